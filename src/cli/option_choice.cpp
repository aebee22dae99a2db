// SPDX-License-Identifier: MIT
#include "cli/option_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "cli/messages.hpp"

namespace dcm::cli {
namespace {

using deid::Option;
using deid::OptionSet;

constexpr std::array<std::string_view, 2> kOfPixels{"clean-pixel-data",
                                                    "clean-recognizable-visual-features"};

tl::unexpected<Objection> object(std::string why, std::string hint) {
  return tl::unexpected<Objection>(Objection{std::move(why), std::move(hint)});
}

}  // namespace

Meant<Option> option_called(std::string_view name) {
  if (const auto option = deid::find_option(name)) return *option;
  if (std::find(kOfPixels.begin(), kOfPixels.end(), name) != kOfPixels.end()) {
    return object(fmt::format("{} is not there yet: no pixels are changed", name),
                  "look at the images yourself before you pass them on");
  }
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < deid::kOptions; ++i)
    names.push_back(deid::name_of(static_cast<Option>(i)).name);
  auto all = fmt::format("the options are: {}", fmt::join(names, ", "));
  names.insert(names.end(), kOfPixels.begin(), kOfPixels.end());
  return object(fmt::format("there is no option {}", name),
                did_you_mean(nearest(name, names), std::move(all)));
}

Meant<OptionSet> choose_options(OptionSet base, OptionSet added, OptionSet left_out) {
  constexpr OptionSet kDates{Option::retain_full_dates, Option::retain_modified_dates};
  if (const OptionSet both = added & left_out; !both.empty()) {
    return object(
        fmt::format("{} is both asked for and left out", deid::name_of(both.list().front()).name),
        "choose one");
  }
  if ((added & kDates) == kDates) {
    return object("retain-full-dates and retain-modified-dates exclude each other", "choose one");
  }
  if (!(added & kDates).empty()) {
    for (const Option option : kDates.list()) base.remove(option);
  }
  for (const Option option : added.list()) base.add(option);
  for (const Option option : left_out.list()) base.remove(option);
  return base;
}

}  // namespace dcm::cli
