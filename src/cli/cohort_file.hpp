// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

#include "app/cohort.hpp"
#include "cli/messages.hpp"

namespace dcm::cli {

/// How a cohort is to be read.
struct CohortSource {
  std::string path;
  std::string sheet;  ///< of a workbook; empty: the first
  net::QueryLevel level = net::QueryLevel::study;
  app::UnknownColumns unknown = app::UnknownColumns::refuse;
};

/// Reads a cohort. Fails with words, in which no cell of it stands: exit 1 for a file that is not
/// there or cannot be meant, 5 for one that cannot be read.
Checked<app::Cohort> load_cohort(const CohortSource& source);

/// The letters of a column, as a spreadsheet shows them: A for 0, AA for 26.
[[nodiscard]] std::string column_letters(std::size_t column);

}  // namespace dcm::cli
