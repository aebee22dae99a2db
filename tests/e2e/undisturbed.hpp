// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "e2e/tool.hpp"
#include "support/address.hpp"

/// What interrupted runs are measured by.
namespace dcm::test {

/// Four patients on one study date, with a CT and an MR series of 12 instances each: names are
/// given as patients become complete.
[[nodiscard]] std::vector<Phantom> several_patients();
inline constexpr std::size_t kSeveralObjects = std::size_t{4} * 2 * 12;

/// `get` of several_patients() by one profile.
inline const std::vector<std::string> kSeveralByDate = {"--study-date", "20230101",
                                                        "--anonymize-data"};

/// A server with several_patients(), and the tree that an undisturbed run of kSeveralByDate with
/// one job makes of it. Shared by the tests of a process, which must not change it; throws if that
/// run fails.
struct Undisturbed {
  Address address;
  std::filesystem::path tree;
  double seconds = 0;  ///< that the run took
};
[[nodiscard]] const Undisturbed& undisturbed(WhichServer which);

}  // namespace dcm::test
