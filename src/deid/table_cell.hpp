// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "base/hex.hpp"
#include "deid/confidentiality_table.hpp"

namespace dcm::deid {

/// The cells of the tables in data/, as C++ values. The tables are compiled in and tested whole, so
/// nothing here reports errors.

/// `X/Z/D`; K for any other text.
[[nodiscard]] Code parse_code(std::string_view text) noexcept;

/// Names of options with commas between them; `-` is none.
[[nodiscard]] OptionSet parse_options(std::string_view text) noexcept;

}  // namespace dcm::deid
