// SPDX-License-Identifier: MIT
#include "cli/cohort_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/sheet.hpp"
#include "cli/named_file.hpp"

namespace dcm::cli {
namespace {

using app::CohortFault;
using app::SheetFault;

/// Why a file is no sheet, in words.
Failure words_of(const CohortSource& source, SheetFault fault, std::uint64_t row) {
  const auto what = row == 0 ? fmt::format("cohort {}", source.path)
                             : fmt::format("cohort {}, row {}", source.path, row);
  const auto refusal = [&](std::string why, std::string hint) {
    return Failure{ExitCode::usage, what, std::move(why), std::move(hint)};
  };
  switch (fault) {
    case SheetFault::too_large:
      return refusal("too large: a cohort has at most 64 MiB, unpacked too",
                     "leave out what is no criterion, or split it");
    case SheetFault::too_many_rows:
      return refusal(fmt::format("more than {} rows", grouped(app::kMaxSheetRows)), "split it");
    case SheetFault::too_many_columns:
      return refusal(fmt::format("more than {} columns", app::kMaxSheetColumns),
                     "leave out what is no criterion");
    case SheetFault::long_cell:
      return refusal(fmt::format("a cell of more than {} bytes", grouped(app::kMaxCellBytes)),
                     "leave out what is no criterion");
    case SheetFault::old_format:
      return refusal("an old workbook (.xls), or one with a password",
                     "save it as .xlsx without a password, or as CSV UTF-8");
    case SheetFault::not_a_workbook:
      return refusal("an archive, and no XLSX workbook", "save it as .xlsx or as CSV UTF-8");
    case SheetFault::damaged:
      return refusal("the workbook is damaged", "open it in a spreadsheet and save it again");
    case SheetFault::no_such_sheet:
      return refusal(source.sheet.empty() ? "the workbook has no sheet that is not hidden"
                                          : "there is no sheet of that name",
                     "--sheet NAME takes the name on a tab of an XLSX workbook");
    case SheetFault::not_unicode:
      return refusal("neither UTF-8 nor UTF-16 with a byte order mark",
                     "save it as CSV UTF-8, or as .xlsx: other encodings are not guessed");
    case SheetFault::stray_quote:
      break;
  }
  return refusal("a quote or a carriage return out of place",
                 "a quote within quotes is doubled: \"DOE \"\"JD\"\" JOHN\"; lines end with LF or "
                 "CR LF");
}

Failure words_of(const CohortSource& source, const Error& error) {
  if (error.code == Errc::bad_value)
    return words_of(source, static_cast<SheetFault>(error.detail), error.offset);
  return file_failure(fmt::format("cohort {}", source.path), error, "name a CSV or XLSX file");
}

/// Why a sheet is no cohort, in words. What the cell of a header says is not repeated: where there
/// is no header it is a patient's.
Failure words_of(const CohortSource& source, const app::Sheet& sheet, const Error& error) {
  const auto what = fmt::format("cohort {}", source.path);
  const auto column = static_cast<std::size_t>(error.offset);
  const auto keywords = app::column_keywords();
  const auto all = fmt::format("the columns may be: {}", fmt::join(keywords, ", "));
  switch (static_cast<CohortFault>(error.detail)) {
    case CohortFault::empty:
      return {ExitCode::usage, what, "it has no row besides a header", {}};
    case CohortFault::repeated_column:
      return {ExitCode::usage, what,
              fmt::format("another column means the same as column {}", column_letters(column)),
              "leave one of them out"};
    case CohortFault::no_header:
      return {ExitCode::usage, what, "the first row names no criterion that is known", all};
    case CohortFault::unknown_column:
      break;
  }
  const auto& header = sheet.rows.front().cells;
  constexpr std::string_view kLeaveOut = "--ignore-columns leaves out what is not known";
  if (column >= header.size() || header[column] == app::Cell()) {
    const auto row = std::find_if(sheet.rows.begin(), sheet.rows.end(), [&](const auto& each) {
      return column < each.cells.size() && each.cells[column] != app::Cell();
    });
    return {ExitCode::usage, fmt::format("{}, row {}", what, row->number),
            fmt::format("a value in column {}, which has no header", column_letters(column)),
            fmt::format("a value with a separator in it stands in quotes; {}", kLeaveOut)};
  }
  const auto near = nearest(header[column].text, keywords);
  const auto hint = near.empty() ? all + ";" : did_you_mean(near, {});
  return {
      ExitCode::usage, what,
      fmt::format("the header of column {} is no criterion that is known", column_letters(column)),
      fmt::format("{} {}", hint, kLeaveOut)};
}

}  // namespace

std::string column_letters(std::size_t column) {
  std::string letters;
  for (++column; column > 0; column = (column - 1) / 26)
    letters.insert(letters.begin(), static_cast<char>('A' + (column - 1) % 26));
  return letters;
}

Checked<app::Cohort> load_cohort(const CohortSource& source) {
  const auto sheet = app::read_sheet(source.path, source.sheet);
  if (!sheet) return fail(words_of(source, sheet.error()));
  auto cohort = app::make_cohort(*sheet, source.level, source.unknown);
  if (!cohort) return fail(words_of(source, *sheet, cohort.error()));
  return std::move(*cohort);
}

}  // namespace dcm::cli
