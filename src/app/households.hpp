// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <set>
#include <vector>

#include "app/plan.hpp"
#include "deid/project.hpp"
#include "store/tree.hpp"

namespace dcm::app {

/// Patients whose names in the tree can depend on each other: they are settled together, when
/// nothing more is asked for of any of them.
struct Household {
  std::set<store::PatientKey> patients;
  std::vector<store::SeriesNaming> expected;
  std::vector<std::size_t> series;  ///< indices into the plan
  std::size_t requests = 0;         ///< that are to come or under way
  bool settled = false;
};

/// Divides a plan; `project` may be nullptr.
[[nodiscard]] std::vector<Household> plan_households(const Plan& plan,
                                                     const deid::Project* project);

}  // namespace dcm::app
