// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string_view>

#include "app/pace.hpp"
#include "app/plan.hpp"
#include "base/stop.hpp"
#include "net/peer.hpp"

namespace dcm::app {

/// What dispatch() tells while it works.
struct DispatchProgress {
  std::uint64_t studies = 0, studies_done = 0;
  std::uint64_t instances = 0, instances_done = 0;  ///< done: sent or failed, as the server counts
  std::optional<Hours::TimePoint> resumes = {};     ///< while it waits for the server's hours
};

/// What a server says about having sent instances elsewhere. Whether they arrived cannot be seen
/// from here. expected = sent + failed + uncounted + missing.
struct DispatchReport {
  std::uint64_t expected = 0;
  std::uint64_t sent = 0;       ///< counted by the server as sent
  std::uint64_t failed = 0;     ///< counted by it as failed, or of requests that failed as a whole
  std::uint64_t uncounted = 0;  ///< of requests that it calls a success without counting
  std::uint64_t missing = 0;    ///< neither, or the run ended before their turn
  std::uint64_t requests = 0;   ///< C-MOVEs that the server was asked for, answered or not
  bool verified = true;         ///< expected comes from IMAGE level answers
  double seconds = 0;           ///< of work: without waiting for the hours
  /// Final statuses other than success, and how many requests ended so.
  std::map<std::uint16_t, std::uint64_t> statuses = {};
  /// What ended the run early: interrupted, the server gone, or dimse_status A801: it does not know
  /// the destination.
  std::optional<Error> fatal = {};
};

/// Asks a server to send a plan to `destination`, an AE title that it must know: C-MOVE by C-MOVE
/// on one association, at `level` - whole studies at PATIENT and STUDY level, whole series where
/// the plan wants all of a series, lists of instances elsewhere. An association that breaks is
/// opened again once for the same request. Outside `hours` it waits, without an association, before
/// the next request. `on_progress` comes with each response and each wait. Never fails: the report
/// tells.
DispatchReport dispatch(const net::Peer& peer, const Plan& plan, net::QueryLevel level,
                        std::string_view destination, const Hours& hours,
                        const std::function<void(const DispatchProgress&)>& on_progress,
                        const StopSource& stop);

}  // namespace dcm::app
