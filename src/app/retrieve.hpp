// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/agenda.hpp"
#include "app/checklist.hpp"
#include "app/inbound.hpp"
#include "app/pace.hpp"
#include "app/plan.hpp"
#include "app/record.hpp"
#include "app/remarks.hpp"
#include "app/tally.hpp"
#include "app/ways.hpp"
#include "base/stop.hpp"
#include "deid/project.hpp"
#include "net/peer.hpp"
#include "net/storage_scp.hpp"
#include "store/tree.hpp"

namespace dcm::app {

/// What retrieve() tells while it works.
struct Progress {
  std::uint64_t studies = 0, studies_done = 0;
  std::uint64_t instances = 0, instances_done = 0;  ///< done: stored, skipped, refused or failed
  std::uint64_t bytes = 0;                          ///< received so far
  std::optional<Hours::TimePoint> resumes = {};     ///< while it waits for the server's hours
};

/// Called from one thread at a time, a few times a second.
using OnProgress = std::function<void(const Progress&)>;

/// After so many requests a server that never connected to us is not asked for C-MOVE any more:
/// each may cost it the time of a connection that nobody answers.
inline constexpr unsigned kMostMovesInVain = 16;

struct RetrieveOptions {
  unsigned jobs = 4;                       ///< associations at the same time
  const deid::Project* project = nullptr;  ///< nullptr: objects as received
  Refused refused = Refused::leave;
  Patience patience = {};
  PaceLimits pace = {};
  Method method = Method::automatic;
  /// For C-MOVE; the server must know us there. Without a port C-MOVE is only used if asked for, or
  /// where the server does no C-GET, at kUsualReceivePort. Its TLS follows from `inbound`.
  net::StorageScpSettings receiver = {};
  /// Where inbound_tls() fails, there is no C-MOVE.
  Inbound inbound = Inbound::as_asked;

  /// Whether C-MOVE was asked for, and is not only what is left where the server does no C-GET.
  [[nodiscard]] bool asks_for_move() const noexcept {
    return method == Method::move || (method == Method::automatic && receiver.port != 0);
  }
};

/// What ended a retrieval early: io, interrupted, or a peer's refusal.
struct Fatal {
  Error error;
  Way::Command command = Way::Command::get;  ///< that a peer refused, where it is a peer's
};

/// What came of a retrieval.
struct RetrieveReport : Tally {
  bool verified = true;              ///< expected comes from IMAGE level answers
  std::uint64_t refused_before = 0;  ///< of the refused: by earlier runs, and not asked for again
  std::vector<Remarks::Counted> remarks;
  std::optional<Fatal> fatal;
};

/// Fetches a plan into a tree over `options.jobs` associations, de-identifying in flight. Never
/// fails: the report tells. What the tree already holds is not asked for again, nor what an earlier
/// run refused. What does not come is asked for again - later, in smaller lists, with another
/// layout of presentation contexts, by another method - until it is there, or patience ends.
/// Outside the hours of `options.pace` nothing is asked for: it waits, without an association, when
/// what was asked for before has ended.
/// `checklist` is of this plan, fresh, and may be looked at meanwhile; at the end it tells of each
/// instance. `on_progress` is called when what the tree holds is known; never where that fails.
RetrieveReport retrieve(const net::Peer& peer, const Plan& plan, Checklist& checklist,
                        store::Tree& tree, const RetrieveOptions& options,
                        const OnProgress& on_progress, const StopSource& stop);

}  // namespace dcm::app
