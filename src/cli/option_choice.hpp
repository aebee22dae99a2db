// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "cli/objection.hpp"
#include "deid/option.hpp"

namespace dcm::cli {

/// The option of Annex E that is called so. An objection to names that there are not, and to those
/// of pixel cleaning, which is not there yet.
Meant<deid::Option> option_called(std::string_view name);

/// `base` with some options added and some left out. What is asked for replaces what it excludes in
/// `base`: full dates modified ones, and the other way round. An objection where one option is both
/// added and left out, or two are added that exclude each other.
Meant<deid::OptionSet> choose_options(deid::OptionSet base, deid::OptionSet added,
                                      deid::OptionSet left_out);

}  // namespace dcm::cli
