// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/cohort_status.hpp"
#include "app/retrieve.hpp"
#include "cli/exit_code.hpp"
#include "cli/status_line.hpp"

namespace dcm::cli {

using Rows = std::span<const app::RowStatus>;

/// What the status file of a batch says of each row: no value of the cohort.
[[nodiscard]] std::vector<StatusLine> status_lines(Rows rows);

/// Whether the output tree has been compared with what is expected.
enum class Compared : std::uint8_t { not_yet, yes };

/// Puts what an `earlier` run told, in the order of rows, in the place of what this one does not
/// know: the whole line of a row that was not compared yet, and the numbers of one that could not
/// be asked for.
void keep_known(std::vector<StatusLine>& lines, Rows rows, std::span<const StatusLine> earlier,
                Compared compared);

/// What is not as it should be, one sentence for each reason with the rows that it is about.
[[nodiscard]] std::vector<std::string> row_warnings(Rows rows);

/// `row 7`, `rows 7, 9 and 12`, `rows 1, 2, ... and 40 more`. At least one.
[[nodiscard]] std::string list_of_rows(std::span<const std::uint32_t> rows);

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
