// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "deid/findings.hpp"

namespace dcm::app {

/// What somebody should look at in objects that were de-identified and stored, counted.
struct DoubtReport {
  std::uint64_t declared_burned_in = 0;   ///< objects whose pixels are said to show the patient
  std::uint64_t suspected_burned_in = 0;  ///< objects of classes that commonly show text
  std::uint64_t unreadable = 0;           ///< elements removed because they could not be read

  void add(const deid::Findings& findings) noexcept {
    declared_burned_in += findings.declared_burned_in ? 1 : 0;
    suspected_burned_in += findings.suspected_burned_in ? 1 : 0;
    unreadable += findings.unreadable;
  }
  [[nodiscard]] bool empty() const noexcept {
    return declared_burned_in == 0 && suspected_burned_in == 0 && unreadable == 0;
  }
};

}  // namespace dcm::app
