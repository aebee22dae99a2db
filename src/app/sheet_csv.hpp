// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "app/sheet.hpp"

namespace dcm::app {

/// Reads CSV (RFC 4180) as spreadsheets write it: UTF-8 with or without a byte order mark, or
/// UTF-16 with one; comma, semicolon or tab, whichever the first line that is not empty has most
/// of. A row's number is its place among the records, as a spreadsheet shows it. Any other encoding
/// is refused: nothing tells which of the many it is, and a wrong guess is a wrong name. Fails with
/// bad_value and a SheetFault.
Result<Sheet> parse_csv(std::string_view bytes);

}  // namespace dcm::app
