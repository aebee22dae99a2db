// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace dcm::app {

/// One cell of a sheet, in UTF-8 without spaces around it.
struct Cell {
  enum class Kind : std::uint8_t {
    text,       ///< as it was typed
    number,     ///< all its digits, as many as were typed
    date,       ///< a day, as YYYYMMDD
    rounded,    ///< a number of which the sheet may have lost digits: in scientific notation, or
                ///< longer than the 15 digits that a spreadsheet keeps
    disguised,  ///< a number that its format shows otherwise: 42 as P-042, as 42 %, as nothing
    unusable  ///< a truth value, an error, a formula without a result, a date that does not exist,
              ///< a cell merged with one left of it
  };
  Kind kind = Kind::text;
  std::string text;

  friend bool operator==(const Cell&, const Cell&) = default;
};

struct SheetRow {
  std::uint32_t number = 0;  ///< as a spreadsheet counts, from 1
  std::vector<Cell> cells;   ///< from the first column to the last that is not empty; at least one
  bool hidden = false;       ///< by hand or by a filter; it is there all the same

  friend bool operator==(const SheetRow&, const SheetRow&) = default;
};

/// The rows of a table that are not empty, by their numbers.
struct Sheet {
  std::vector<SheetRow> rows;
};

/// Why a file is not read as a sheet: the detail of the Error, whose offset is the row or 0.
enum class SheetFault : std::uint8_t {
  too_large,         ///< more than kMaxSheetBytes, packed or unpacked, or kMaxSheetCells
  too_many_rows,     ///< more than kMaxSheetRows that are not empty
  too_many_columns,  ///< more than kMaxSheetColumns
  long_cell,         ///< more than kMaxCellBytes
  old_format,        ///< .xls, or a workbook with a password
  not_a_workbook,    ///< a ZIP archive, and yet no .xlsx
  damaged,           ///< a workbook whose parts cannot be read
  no_such_sheet,  ///< the workbook has no sheet of that name; or no file but a workbook has names
  not_unicode,    ///< neither UTF-8 nor UTF-16 with a byte order mark
  stray_quote,    ///< CSV whose quotes do not pair, or with a CR amid a line
};

inline constexpr std::size_t kMaxSheetBytes = std::size_t{64} << 20;
inline constexpr std::size_t kMaxSheetRows = 100'000;
inline constexpr std::size_t kMaxSheetColumns = 256;
inline constexpr std::size_t kMaxSheetCells = 4'000'000;  ///< empty ones between others too
inline constexpr std::size_t kMaxCellBytes = 32'767;

/// Cells that a spreadsheet shows as one, with what stands in the first; rows as it counts them,
/// columns from 0, both ends included.
struct CellArea {
  std::uint32_t first_row = 0, last_row = 0;
  std::size_t first_column = 0, last_column = 0;
};

/// Reads a file as what its first bytes say it is: XLSX (sheet_xlsx.hpp), else CSV (sheet_csv.hpp).
/// `name` is that of a sheet; empty for the first. Fails with io, or bad_value and a SheetFault.
Result<Sheet> read_sheet(const std::string& path, std::string_view name);

/// A SheetFault as an Error.
[[nodiscard]] Error sheet_error(SheetFault fault, std::uint32_t row = 0) noexcept;

/// A sheet in the making, which minds the limits.
class SheetBuilder {
 public:
  /// Puts a cell beyond all before it: right of them in the same row, or in a row below. Spaces
  /// around its text go; what is empty then is left out. Fails with bad_value and a SheetFault.
  Result<void> add(std::uint32_t row, std::size_t column, Cell cell);

  /// Notes that a row is hidden; nothing happens where no cell of it was put.
  void hide(std::uint32_t row) noexcept;

  /// Shows an area of the rows put so far as one cell: what stands in its first column is in each
  /// of its rows that is not empty; its other columns are unusable there, as nobody knows which of
  /// them is meant. Fails with bad_value and a SheetFault.
  Result<void> merge(const CellArea& area);

  [[nodiscard]] Sheet take() noexcept { return std::move(sheet_); }

 private:
  Result<void> count(std::size_t bytes, std::size_t cells, std::uint32_t row);

  Sheet sheet_;
  std::size_t bytes_ = 0, cells_ = 0;
};

}  // namespace dcm::app
