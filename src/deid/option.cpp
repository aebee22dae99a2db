// SPDX-License-Identifier: MIT
#include "deid/option.hpp"

#include <algorithm>
#include <array>

namespace dcm::deid {
namespace {

constexpr std::array<OptionName, kOptions> kNames = {{
    {Option::retain_safe_private, "retain-safe-private", "113111", "Retain Safe Private Option"},
    {Option::retain_uids, "retain-uids", "113110", "Retain UIDs Option"},
    {Option::retain_device_identity, "retain-device-identity", "113109",
     "Retain Device Identity Option"},
    {Option::retain_institution_identity, "retain-institution-identity", "113112",
     "Retain Institution Identity Option"},
    {Option::retain_patient_characteristics, "retain-patient-characteristics", "113108",
     "Retain Patient Characteristics Option"},
    {Option::retain_full_dates, "retain-full-dates", "113106",
     "Retain Longitudinal Temporal Information Full Dates Option"},
    {Option::retain_modified_dates, "retain-modified-dates", "113107",
     "Retain Longitudinal Temporal Information Modified Dates Option"},
    {Option::clean_descriptors, "clean-descriptors", "113105", "Clean Descriptors Option"},
    {Option::clean_structured_content, "clean-structured-content", "113104",
     "Clean Structured Content Option"},
    {Option::clean_graphics, "clean-graphics", "113103", "Clean Graphics Option"},
}};

}  // namespace

std::vector<Option> OptionSet::list() const {
  std::vector<Option> options;
  for (const OptionName& each : kNames)
    if (has(each.option)) options.push_back(each.option);
  return options;
}

const OptionName& name_of(Option option) noexcept {
  return kNames[static_cast<std::size_t>(option)];
}

std::optional<Option> find_option(std::string_view name) noexcept {
  const auto* const found = std::find_if(kNames.begin(), kNames.end(),
                                         [&](const OptionName& each) { return each.name == name; });
  if (found == kNames.end()) return std::nullopt;
  return found->option;
}

}  // namespace dcm::deid
