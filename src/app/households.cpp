// SPDX-License-Identifier: MIT
#include "app/households.hpp"

#include <map>
#include <string>
#include <utility>

#include "app/record.hpp"
#include "store/safe_name.hpp"

namespace dcm::app {

std::vector<Household> plan_households(const Plan& plan, const deid::Project* project) {
  std::vector<Household> households;
  std::map<std::string, std::size_t> by_name;
  for (std::size_t i = 0; i < plan.series.size(); ++i) {
    store::SeriesNaming naming = naming_of(plan.series[i], project);
    const std::string name = store::folded_name(store::bare_folder(naming.patient));
    const auto [at, added] = by_name.try_emplace(name, households.size());
    if (added) households.emplace_back();
    Household& household = households[at->second];
    household.patients.insert(naming.patient);
    household.expected.push_back(std::move(naming));
    household.series.push_back(i);
  }
  return households;
}

}  // namespace dcm::app
