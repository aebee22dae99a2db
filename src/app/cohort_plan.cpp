// SPDX-License-Identifier: MIT
#include "app/cohort_plan.hpp"

#include <poll.h>

#include <chrono>
#include <random>
#include <utility>

#include "app/search.hpp"
#include "net/association.hpp"

namespace dcm::app {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{500};

/// Whether the same query may succeed on another association.
bool may_pass(const Error& error) noexcept {
  switch (error.code) {
    case Errc::connect_failed:
    case Errc::association_rejected:
    case Errc::association_aborted:
    case Errc::disconnected:
    case Errc::timed_out:
    case Errc::protocol:
      return true;
    default:
      return false;
  }
}

/// An association for one query after another.
class QueryLine {
 public:
  QueryLine(const net::Peer& peer, const StopSource& stop) noexcept : peer_(peer), stop_(stop) {}

  ~QueryLine() {
    if (association_) association_->release();
  }
  QueryLine(const QueryLine&) = delete;
  QueryLine& operator=(const QueryLine&) = delete;

  Result<Plan> plan(const Criteria& criteria) {
    if (gone_) return fail(*gone_);
    for (unsigned attempt = 1;; ++attempt) {
      auto plan = try_to_plan(criteria);
      if (plan) return plan;
      const bool over = stop_.requested() || !may_pass(plan.error());
      if (over || attempt == kRowAttempts) {
        if (!association_opened_) gone_ = plan.error();
        return plan;
      }
      pause(attempt);
      if (stop_.requested()) return fail(Errc::interrupted);
    }
  }

 private:
  Result<Plan> try_to_plan(const Criteria& criteria) {
    if (!association_) {
      association_opened_ = false;
      DCM_TRY(auto opened, net::Association::open(peer_, search_contexts(), stop_));
      association_.emplace(std::move(opened));
      association_opened_ = true;
    }
    auto plan = make_plan(*association_, criteria, {});
    // After the server's own word on a query the association is as good as before.
    if (!plan && plan.error().code != Errc::dimse_status) association_.reset();
    return plan;
  }

  /// Twice as long each time, and not in step with others.
  void pause(unsigned attempt) {
    const auto longest = kFirstPause * (1 << (attempt - 1));
    const auto length = longest / 2 + longest / 2 * static_cast<int>(random_() % 1000) / 1000;
    pollfd stopped{stop_.wait_fd(), POLLIN, 0};
    ::poll(&stopped, 1, static_cast<int>(length.count()));
  }

  const net::Peer& peer_;
  const StopSource& stop_;
  std::optional<net::Association> association_;
  bool association_opened_ = false;
  std::optional<Error> gone_;  ///< why the server cannot be reached any more
  std::minstd_rand random_{std::random_device{}()};
};

RowPlan describe(const Plan& plan) {
  RowPlan row;
  row.asked = true;
  row.patients = plan.patients;
  row.studies = plan.studies;
  row.instances = plan.instances;
  row.unverified_matches = plan.unverified_matches;
  row.other_name_order = plan.other_name_order;
  row.accents_left_out = plan.accents_left_out;
  return row;
}

/// Which series of the whole plan a row's plan had.
std::vector<std::size_t> indices_of(const std::vector<PlannedSeries>& keys, const Plan& whole) {
  std::vector<std::size_t> indices;
  for (const PlannedSeries& key : keys)
    if (const auto index = whole.find(key)) indices.push_back(*index);
  return indices;
}

std::vector<PlannedSeries> keys_of(const Plan& plan) {
  std::vector<PlannedSeries> keys;
  for (const PlannedSeries& series : plan.series) {
    PlannedSeries key;
    key.patient_id = series.patient_id;
    key.study_instance_uid = series.study_instance_uid;
    key.series_instance_uid = series.series_instance_uid;
    keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace

CohortPlan plan_cohort(const Cohort& cohort, const PlanRow& plan_row, const OnRow& on_row) {
  CohortPlan result;
  result.rows.resize(cohort.rows.size());
  std::vector<Plan> plans;
  std::vector<std::vector<PlannedSeries>> keys(cohort.rows.size());
  for (std::size_t i = 0; i < cohort.rows.size() && !result.cut_short; ++i) {
    const CohortRow& row = cohort.rows[i];
    if (row.fault || row.same_as) continue;
    auto plan = plan_row(row.criteria);
    if (plan) {
      result.rows[i] = describe(*plan);
      keys[i] = keys_of(*plan);
      plans.push_back(std::move(*plan));
    } else if (plan.error().code == Errc::interrupted) {
      result.cut_short = plan.error();
    } else {
      result.rows[i].failure = plan.error();
    }
    if (on_row) on_row(i + 1, cohort.rows.size());
  }
  result.plan = merged(std::move(plans));
  for (std::size_t i = 0; i < cohort.rows.size(); ++i) {
    result.rows[i].series = indices_of(keys[i], result.plan);
    if (cohort.rows[i].same_as) result.rows[i] = result.rows[*cohort.rows[i].same_as];
  }
  return result;
}

CohortPlan plan_cohort(const net::Peer& peer, const Cohort& cohort, const OnRow& on_row,
                       const StopSource& stop) {
  QueryLine line(peer, stop);
  return plan_cohort(
      cohort, [&](const Criteria& criteria) { return line.plan(criteria); }, on_row);
}

}  // namespace dcm::app
