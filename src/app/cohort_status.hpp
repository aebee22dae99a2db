// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "app/checklist.hpp"
#include "app/cohort.hpp"
#include "app/cohort_plan.hpp"

namespace dcm::app {

/// What has become of a row.
enum class RowState : std::uint8_t {
  complete,       ///< every expected instance is in the tree
  partial,        ///< some are, and no more will come in this run
  nothing_found,  ///< the server has nothing that matches
  refused,        ///< the row has a fault: nobody was asked
  failed,         ///< it could not be asked for, or none of what is expected came
  not_yet,        ///< the same command, run again, goes on with it
};

/// What has become of the instances of a series, or of all series of a row.
struct InstanceCounts {
  std::uint64_t stored = 0, skipped = 0, refused = 0, failed = 0, missing = 0, conflict = 0;
  std::uint64_t pending = 0;  ///< not fetched yet

  [[nodiscard]] std::uint64_t total() const noexcept {
    return stored + skipped + refused + failed + missing + conflict + pending;
  }
  friend bool operator==(const InstanceCounts&, const InstanceCounts&) = default;
};

/// A row as it stands; what is expected of it is the sum of the counts. Holds no value of the
/// cohort or of a server.
struct RowStatus {
  std::uint32_t row = 0;  ///< its number in the sheet
  RowState state = RowState::not_yet;
  std::uint64_t patients = 0, studies = 0, series = 0;
  InstanceCounts counts;
  std::optional<RowFault> fault;         ///< of a refused row
  std::optional<Error> failure;          ///< why it could not be asked for
  std::optional<std::uint32_t> same_as;  ///< the row that asks for the same
  std::uint64_t unverified_matches = 0;  ///< left out: a criterion could not be confirmed
  bool other_name_order = false;         ///< found with the given name first
  /// The column whose spellings with accents were not looked for throughout.
  std::optional<CohortColumn> accents_left_out;
};

/// What has become of the instances of a series of the plan.
using CountSeries = std::function<InstanceCounts(std::size_t series)>;

/// Each row of a cohort as it stands, by the rows' order.
[[nodiscard]] std::vector<RowStatus> row_statuses(const Cohort& cohort, const CohortPlan& planned,
                                                  const CountSeries& count);

/// Whether more may come.
enum class Fetching : std::uint8_t { goes_on, is_over };

/// What a checklist says of a series: what is pending when fetching is over has failed where the
/// server did, and is missing elsewhere.
[[nodiscard]] InstanceCounts counts_of(const Checklist& checklist, std::size_t series,
                                       Fetching fetching);

/// Before anybody was asked.
[[nodiscard]] std::vector<RowStatus> row_statuses(const Cohort& cohort);

}  // namespace dcm::app
