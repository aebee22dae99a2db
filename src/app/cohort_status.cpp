// SPDX-License-Identifier: MIT
#include "app/cohort_status.hpp"

namespace dcm::app {
namespace {

void add(InstanceCounts& total, const InstanceCounts& counts) {
  total.stored += counts.stored;
  total.skipped += counts.skipped;
  total.refused += counts.refused;
  total.failed += counts.failed;
  total.missing += counts.missing;
  total.conflict += counts.conflict;
  total.pending += counts.pending;
}

RowState state_of(const RowStatus& row, const RowPlan& plan) {
  if (row.fault) return RowState::refused;
  if (plan.failure) return RowState::failed;
  if (!plan.asked) return RowState::not_yet;
  if (plan.series.empty()) return RowState::nothing_found;
  const InstanceCounts& counts = row.counts;
  if (counts.pending > 0) return RowState::not_yet;
  if (counts.refused + counts.failed + counts.missing + counts.conflict == 0)
    return RowState::complete;
  return counts.stored + counts.skipped > 0 ? RowState::partial : RowState::failed;
}

}  // namespace

std::vector<RowStatus> row_statuses(const Cohort& cohort, const CohortPlan& planned,
                                    const CountSeries& count) {
  std::vector<InstanceCounts> of_series;
  for (std::size_t i = 0; i < planned.plan.series.size(); ++i) of_series.push_back(count(i));
  std::vector<RowStatus> rows;
  for (std::size_t i = 0; i < cohort.rows.size(); ++i) {
    const CohortRow& asked = cohort.rows[i];
    const RowPlan& plan = planned.rows[i];
    RowStatus row;
    row.row = asked.number;
    row.patients = plan.patients;
    row.studies = plan.studies;
    row.series = plan.series.size();
    row.fault = asked.fault;
    row.failure = plan.failure;
    row.unverified_matches = plan.unverified_matches;
    row.other_name_order = plan.other_name_order;
    if (plan.accents_left_out) row.accents_left_out = asked.spelled;
    if (asked.same_as) row.same_as = cohort.rows[*asked.same_as].number;
    for (const std::size_t series : plan.series) add(row.counts, of_series[series]);
    row.state = state_of(row, plan);
    rows.push_back(row);
  }
  return rows;
}

InstanceCounts counts_of(const Checklist& checklist, std::size_t series, Fetching fetching) {
  const auto totals = checklist.totals(series);
  const auto total = [&](InstanceState state) { return totals[static_cast<std::size_t>(state)]; };
  InstanceCounts counts{.stored = total(InstanceState::stored),
                        .skipped = total(InstanceState::skipped),
                        .refused = total(InstanceState::refused),
                        .conflict = total(InstanceState::conflict)};
  const std::uint64_t pending = total(InstanceState::pending);
  if (fetching == Fetching::goes_on) {
    counts.pending = pending;
  } else {
    (checklist.has_failed(series) ? counts.failed : counts.missing) = pending;
  }
  return counts;
}

std::vector<RowStatus> row_statuses(const Cohort& cohort) {
  CohortPlan nothing;
  nothing.rows.resize(cohort.rows.size());
  return row_statuses(cohort, nothing, {});
}

}  // namespace dcm::app
