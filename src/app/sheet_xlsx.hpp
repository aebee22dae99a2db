// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "app/sheet.hpp"

namespace dcm::app {

/// Reads a sheet of an XLSX workbook (ECMA-376): the one called `name`, else the first that is not
/// hidden. Cells are what a reader of the workbook sees: shared and inline strings with all their
/// runs, results of formulas, whole numbers with the leading zeros that a format of zeros gives
/// them, dates as YYYYMMDD (both date systems). Nothing is unpacked to disk, and never more than
/// kMaxSheetBytes in all; names in the archive are only looked up. Entities of a document type are
/// not expanded: a part with a DOCTYPE is damaged. Fails with bad_value and a SheetFault.
Result<Sheet> parse_xlsx(std::string_view bytes, std::string_view name);

}  // namespace dcm::app
