// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

/// XLSX workbooks, part by part.
namespace dcm::test {

/// Names and contents of the files in an archive.
using Parts = std::vector<std::pair<std::string, std::string>>;

/// A ZIP archive, deflated. Throws if it cannot be made.
[[nodiscard]] std::string zip_archive(const Parts& parts);

/// The parts of a workbook with one sheet, "Cohort", as a spreadsheet writes it. `rows` is what
/// stands in its sheetData, `strings` in the shared strings, `styles` in the style sheet.
[[nodiscard]] Parts workbook_parts(const std::string& rows, const std::string& strings = {},
                                   const std::string& styles = {});

/// The part of that name, to be changed. Throws if there is none.
[[nodiscard]] std::string& part(Parts& parts, const std::string& name);

/// A workbook of text: rows of cells, all of them shared strings.
[[nodiscard]] std::string workbook_of(const std::vector<std::vector<std::string>>& rows);

}  // namespace dcm::test
