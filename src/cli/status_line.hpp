// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/cohort_status.hpp"
#include "cli/cohort_file.hpp"

namespace dcm::cli {

/// The first line of a status file, by which it is known.
inline constexpr std::string_view kStatusHeader =
    "row,state,studies,series,expected,stored,refused,failed,missing,conflict,pending,reason,"
    "explanation,cohort\n";

/// By what a status file tells which cohort it is of, and where that was filed. It is made of a
/// file's name, size and time of change and of paths, of nothing that is in the cohort.
struct CohortMark {
  std::string name;   ///< of the file and its sheet: 8 hexadecimal digits
  std::string state;  ///< of the file, how it is read, and the output folder: 16 of them

  friend bool operator==(const CohortMark&, const CohortMark&) = default;
};

/// The mark of a cohort as it stands on disk now.
[[nodiscard]] CohortMark mark_of(const CohortSource& source, const std::string& output);

/// What a status file says of a row. Does not tell by which of several runs something was stored,
/// so that resumed and undisturbed runs end with the same file. Expected is the sum of the counts.
struct StatusLine {
  std::uint32_t row = 0;
  std::string state;
  std::uint64_t studies = 0, series = 0;
  app::InstanceCounts counts;  ///< `skipped` is 0: they are stored
  std::string reason, explanation;

  friend bool operator==(const StatusLine&, const StatusLine&) = default;
};

/// The text of a status file: CSV, one line for each row.
[[nodiscard]] std::string status_text(std::span<const StatusLine> lines, const CohortMark& mark);

/// A status file as an earlier run left it.
struct EarlierStatus {
  CohortMark mark;
  std::vector<StatusLine> lines;  ///< in the order of rows
};

/// Reads what status_text() wrote. Nothing is believed of a text that is not such a one throughout.
[[nodiscard]] std::optional<EarlierStatus> read_status(std::string_view text);

}  // namespace dcm::cli
