// SPDX-License-Identifier: MIT
#include "app/sheet.hpp"

#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "app/sheet_csv.hpp"
#include "app/sheet_xlsx.hpp"
#include "base/fd.hpp"

namespace dcm::app {
namespace {

constexpr std::string_view kZip{"PK\x03\x04", 4};
constexpr std::string_view kCompoundFile{"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8};

/// The no-break space comes along when a value is copied from a web page.
constexpr std::array<std::string_view, 6> kSpaces{" ",  "\t",       "\r",
                                                  "\n", "\xC2\xA0", "\xEF\xBB\xBF"};

std::string_view without_spaces(std::string_view text) {
  for (bool again = true; again;) {
    again = false;
    for (const auto space : kSpaces) {
      if (text.starts_with(space)) {
        text.remove_prefix(space.size());
        again = true;
      }
      if (text.ends_with(space)) {
        text.remove_suffix(space.size());
        again = true;
      }
    }
  }
  return text;
}

}  // namespace

Error sheet_error(SheetFault fault, std::uint32_t row) noexcept {
  return {.code = Errc::bad_value, .detail = static_cast<std::uint32_t>(fault), .offset = row};
}

Result<void> SheetBuilder::add(std::uint32_t row, std::size_t column, Cell cell) {
  cell.text = without_spaces(cell.text);
  if (cell.text.empty() && cell.kind == Cell::Kind::text) return {};
  if (cell.text.size() > kMaxCellBytes) return fail(sheet_error(SheetFault::long_cell, row));
  if (column >= kMaxSheetColumns) return fail(sheet_error(SheetFault::too_many_columns, row));
  if (sheet_.rows.empty() || sheet_.rows.back().number != row) {
    if (sheet_.rows.size() == kMaxSheetRows)
      return fail(sheet_error(SheetFault::too_many_rows, row));
    sheet_.rows.push_back({.number = row, .cells = {}});
  }
  auto& cells = sheet_.rows.back().cells;
  DCM_CHECK(count(cell.text.size(), column + 1 - cells.size(), row));
  cells.resize(column + 1);
  cells.back() = std::move(cell);
  return {};
}

Result<void> SheetBuilder::count(std::size_t bytes, std::size_t cells, std::uint32_t row) {
  bytes_ += bytes;
  cells_ += cells;
  if (bytes_ > kMaxSheetBytes || cells_ > kMaxSheetCells)
    return fail(sheet_error(SheetFault::too_large, row));
  return {};
}

Result<void> SheetBuilder::merge(const CellArea& area) {
  const auto before = [](const SheetRow& row, std::uint32_t number) { return row.number < number; };
  auto row = std::lower_bound(sheet_.rows.begin(), sheet_.rows.end(), area.first_row, before);
  const bool told = row != sheet_.rows.end() && row->number == area.first_row &&
                    area.first_column < row->cells.size();
  const Cell shown = told ? row->cells[area.first_column] : Cell();
  if (shown == Cell()) return {};
  const std::size_t end = std::min(area.last_column + 1, kMaxSheetColumns);
  for (; row != sheet_.rows.end() && row->number <= area.last_row; ++row) {
    DCM_CHECK(count(shown.text.size(), end - area.first_column, row->number));
    row->cells.resize(std::max(row->cells.size(), end));
    row->cells[area.first_column] = shown;
    for (std::size_t i = area.first_column + 1; i < end; ++i)
      row->cells[i] = {Cell::Kind::unusable, {}};
  }
  return {};
}

void SheetBuilder::hide(std::uint32_t row) noexcept {
  if (!sheet_.rows.empty() && sheet_.rows.back().number == row) sheet_.rows.back().hidden = true;
}

Result<Sheet> read_sheet(const std::string& path, std::string_view name) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file) return fail(last_io_error());
  const auto bytes = read_all(file.get(), kMaxSheetBytes);
  if (!bytes && bytes.error() == Error{.code = Errc::io, .detail = EFBIG})
    return fail(sheet_error(SheetFault::too_large));
  if (!bytes) return fail(bytes.error());
  if (bytes->starts_with(kCompoundFile)) return fail(sheet_error(SheetFault::old_format));
  if (bytes->starts_with(kZip)) return parse_xlsx(*bytes, name);
  if (!name.empty()) return fail(sheet_error(SheetFault::no_such_sheet));
  return parse_csv(*bytes);
}

}  // namespace dcm::app
