// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/criteria.hpp"
#include "app/criterion.hpp"
#include "app/sheet.hpp"

namespace dcm::app {

/// Why nobody is asked for a row of a cohort.
struct RowFault {
  enum class Kind : std::uint8_t {
    bad_value,         ///< `value` says why
    rounded_number,    ///< a number that may have lost digits, or its spelling: 1.23E+11
    disguised_number,  ///< as Cell::Kind::disguised
    unusable_cell,     ///< as Cell::Kind::unusable
    misplaced_date,    ///< a spreadsheet's date where no date is meant: it was an ID once
    narrows_nothing,   ///< no criterion, or Modality alone
  };
  Kind kind;
  std::size_t column = 0;    ///< from 0; not for narrows_nothing
  std::string_view keyword;  ///< of the column's attribute (PS3.6); lives for ever
  ValueFault value = ValueFault::none;
};

/// A column of a cohort.
struct CohortColumn {
  std::size_t at = 0;        ///< from 0
  std::string_view keyword;  ///< of its attribute (PS3.6); lives for ever
};

/// What one row asks for.
struct CohortRow {
  std::uint32_t number = 0;  ///< in the sheet, as a spreadsheet counts
  Criteria criteria;
  std::optional<RowFault> fault;
  std::optional<CohortColumn> spelled;  ///< whose text is looked for in many spellings
  std::optional<std::size_t> same_as;   ///< index of the first row that asks for the same
};

/// A list of patients, studies or series.
struct Cohort {
  std::vector<CohortRow> rows;
  std::vector<std::size_t> ignored_columns = {};  ///< from 0
  std::vector<std::uint32_t> hidden_rows = {};    ///< by number: the spreadsheet hides them
};

/// Why a sheet is no cohort: the detail of the Error, whose offset is the column from 0.
enum class CohortFault : std::uint8_t {
  empty,            ///< no row besides a header
  unknown_column,   ///< a header that is no criterion, or values without a header above them
  repeated_column,  ///< two columns of one criterion
  no_header,        ///< several columns, and none of the first row's cells is a criterion
};

enum class UnknownColumns : std::uint8_t { refuse, ignore };

/// Gives each row of a sheet its meaning. The first row names the criteria, by DICOM keyword or in
/// plain words; case, accents, spaces and punctuation aside. A sheet with one column needs no
/// header: it is one of PatientIDs then, unless its first cell looks like a misspelt header. Values
/// obey the rules of set_criterion(). A row that cannot be meant has a fault; the others are not
/// touched by it. Fails with bad_value and a CohortFault.
Result<Cohort> make_cohort(const Sheet& sheet, net::QueryLevel level, UnknownColumns unknown);

/// The keywords that name columns, for hints.
[[nodiscard]] std::span<const std::string_view> column_keywords() noexcept;

}  // namespace dcm::app
