// SPDX-License-Identifier: MIT
#include "app/dispatch.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "app/ways.hpp"
#include "dicom/filing_tags.hpp"
#include "net/move.hpp"

namespace dcm::app {
namespace {

/// More instances would not fit into the 16-bit length of their UIDs everywhere (64 bytes each).
constexpr std::size_t kChunk = 128;

/// One C-MOVE to come.
struct Request {
  net::Query query;
  std::uint64_t expected = 0;
  bool ends_study = false;
};

Request whole_study(std::span<const PlannedSeries> series) {
  Request request{
      .query = {.level = net::QueryLevel::study,
                .keys = {{tags::kStudyInstanceUid, vr::kUI, series.front().study_instance_uid}}}};
  for (const auto& each : series) request.expected += each.expected();
  return request;
}

void add_series(const PlannedSeries& series, std::vector<Request>& requests) {
  const auto add = [&](const std::vector<std::string>& instances, std::uint64_t expected) {
    requests.push_back({.query = query_for(series, instances), .expected = expected});
  };
  if ((series.whole && !series.beside_others) || series.instances.empty())
    return add({}, series.expected());
  for (std::size_t from = 0; from < series.instances.size(); from += kChunk) {
    const auto to = std::min(from + kChunk, series.instances.size());
    const auto begin = series.instances.begin();
    add({begin + static_cast<std::ptrdiff_t>(from), begin + static_cast<std::ptrdiff_t>(to)},
        to - from);
  }
}

std::vector<Request> make_requests(const Plan& plan, net::QueryLevel level) {
  std::vector<Request> requests;
  const std::span series(plan.series);
  for (std::size_t from = 0, to = 0; from < series.size(); from = to) {
    const auto& study = series[from].study_instance_uid;
    while (to < series.size() && series[to].study_instance_uid == study) ++to;
    const auto of_study = series.subspan(from, to - from);
    if (level <= net::QueryLevel::study && !of_study.front().beside_others) {
      requests.push_back(whole_study(of_study));
    } else {
      for (const auto& each : of_study) add_series(each, requests);
    }
    requests.back().ends_study = true;
  }
  return requests;
}

class Dispatch {
 public:
  using OnProgress = std::function<void(const DispatchProgress&)>;

  Dispatch(const net::Peer& peer, std::string_view destination, const Hours& hours,
           const OnProgress& on_progress, const StopSource& stop)
      : peer_(peer),
        destination_(destination),
        on_progress_(on_progress),
        stop_(stop),
        pace_({.hours = hours}, [this] { return stop_.requested(); }) {}

  DispatchReport run(const Plan& plan, net::QueryLevel level) {
    const auto begun = Clock::now();
    progress_ = {.studies = plan.studies, .instances = plan.instances};
    report_.expected = plan.instances;
    report_.verified = plan.verified;
    for (const auto& request : make_requests(plan, level)) {
      await_hours();
      const auto outcome = send(request);
      if (!outcome) {
        report_.fatal = outcome.error();
        break;
      }
      judge(request, *outcome);
      if (outcome->status == net::kMoveDestinationUnknown) {
        report_.fatal = Error{.code = Errc::dimse_status, .detail = outcome->status};
        break;
      }
      progress_.studies_done += request.ends_study ? 1 : 0;
      tell(0);
    }
    if (association_) association_->release();
    report_.missing = report_.expected - counted();
    report_.seconds =
        (std::chrono::duration<double>(Clock::now() - begun) - pace_.waited()).count();
    return report_;
  }

 private:
  using Clock = std::chrono::steady_clock;

  void await_hours() {
    progress_.resumes = pace_.opens_at();
    if (!progress_.resumes) return;
    if (association_) association_->release();
    association_.reset();
    tell(0);
    pace_.await_opening();
    progress_.resumes.reset();
  }

  Result<net::SubOperations> send(const Request& request) {
    auto outcome = try_to_send(request);
    const bool broken = !outcome && association_ && outcome.error().code != Errc::interrupted &&
                        outcome.error().code != Errc::context_refused;
    if (!broken) return outcome;
    association_.reset();
    return try_to_send(request);
  }

  Result<net::SubOperations> try_to_send(const Request& request) {
    if (!association_) {
      DCM_TRY(association_, net::Association::open(
                                peer_, std::array{net::move_context(request.query.model)}, stop_));
    }
    ++report_.requests;
    return net::move(*association_, request.query, destination_,
                     [&](const net::SubOperations& told) {
                       const auto done = std::uint64_t{told.completed.value_or(0)} +
                                         told.warning.value_or(0) + told.failed.value_or(0);
                       tell(std::min(done, request.expected));
                     });
  }

  /// Believes the server as far as its counters go, and no further than what was expected.
  void judge(const Request& request, const net::SubOperations& outcome) {
    if (outcome.status != 0) ++report_.statuses[outcome.status];
    const auto counted_as_sent =
        std::uint64_t{outcome.completed.value_or(0)} + outcome.warning.value_or(0);
    const auto sent = std::min(counted_as_sent, request.expected);
    const auto rest = request.expected - sent;
    const bool counts = outcome.completed || outcome.failed || outcome.warning;
    report_.sent += sent;
    if (outcome.status == 0 && !counts) {
      report_.uncounted += rest;
    } else if (outcome.status != 0 && counted_as_sent == 0) {
      report_.failed += rest;
    } else {
      report_.failed += std::min<std::uint64_t>(outcome.failed.value_or(0), rest);
    }
    asked_ += request.expected;
  }

  [[nodiscard]] std::uint64_t counted() const {
    return report_.sent + report_.failed + report_.uncounted;
  }

  void tell(std::uint64_t done_of_request) {
    progress_.instances_done = asked_ + done_of_request;
    if (on_progress_) on_progress_(progress_);
  }

  const net::Peer& peer_;
  std::string_view destination_;
  const OnProgress& on_progress_;
  const StopSource& stop_;
  Pace pace_;
  std::optional<net::Association> association_;
  DispatchProgress progress_;
  DispatchReport report_;
  std::uint64_t asked_ = 0;  ///< instances of the requests that have been answered
};

}  // namespace

DispatchReport dispatch(const net::Peer& peer, const Plan& plan, net::QueryLevel level,
                        std::string_view destination, const Hours& hours,
                        const std::function<void(const DispatchProgress&)>& on_progress,
                        const StopSource& stop) {
  return Dispatch(peer, destination, hours, on_progress, stop).run(plan, level);
}

}  // namespace dcm::app
