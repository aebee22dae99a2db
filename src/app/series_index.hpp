// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "app/plan.hpp"
#include "deid/project.hpp"

namespace dcm::app {

/// Finds the series of objects that come in an order that is not ours, as by C-MOVE. Series are
/// indices into the plan.
class SeriesIndex {
 public:
  /// `plan` must outlive it; `project` may be nullptr.
  SeriesIndex(const Plan& plan, const deid::Project* project);

  /// The series that list this SOP instance UID: more than one where an archive holds it twice.
  [[nodiscard]] std::vector<std::size_t> of_instance(std::string_view sop_instance_uid) const;

  /// The series without a list that is written under this UID.
  [[nodiscard]] std::optional<std::size_t> of_series(const std::string& written_uid) const;

  /// Whether there are series whose instances the server would not list.
  [[nodiscard]] bool has_unlisted() const noexcept { return !unlisted_.empty(); }

 private:
  std::unordered_multimap<std::string_view, std::size_t> instances_;
  std::unordered_map<std::string, std::size_t> unlisted_;
};

}  // namespace dcm::app
