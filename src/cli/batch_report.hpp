// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/cohort_status.hpp"
#include "app/retrieve.hpp"
#include "cli/exit_code.hpp"

namespace dcm::cli {

/// The first line of a status file, by which it is known.
inline constexpr std::string_view kStatusHeader =
    "row,state,studies,series,expected,stored,skipped,refused,failed,missing,conflict,reason,"
    "explanation\n";

using Rows = std::span<const app::RowStatus>;

/// The status file of a batch: CSV, one line for each row, and no value of the cohort.
[[nodiscard]] std::string status_text(Rows rows);

/// What is not as it should be, one sentence for each reason with the rows that it is about.
[[nodiscard]] std::vector<std::string> row_warnings(Rows rows);

/// `200 rows: 180 complete, 3 partial, 10 nothing found`.
[[nodiscard]] std::string rows_text(Rows rows);

/// What was found for each row, as lines.
[[nodiscard]] std::string row_plans_text(Rows rows);

/// The result of `batch --json` (docs/batch.schema.json).
[[nodiscard]] std::string json_text(const app::RetrieveReport& report, Rows rows, ExitCode exit);

/// What the rows alone make of the end: rows that could not be asked for leave it partial, or
/// unreachable where nothing is `stored`; nothing_matched where no row found anything.
[[nodiscard]] ExitCode exit_code(Rows rows, std::uint64_t stored) noexcept;

}  // namespace dcm::cli
