// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "app/plan.hpp"
#include "base/stop.hpp"
#include "deid/profile.hpp"
#include "net/peer.hpp"
#include "store/tree.hpp"

namespace dcm::app {

/// What retrieve() tells while it works.
struct Progress {
  std::uint64_t studies = 0, studies_done = 0;
  std::uint64_t instances = 0, instances_done = 0;  ///< done: stored, skipped, refused or failed
  std::uint64_t bytes = 0;                          ///< received so far
};

/// Called from one thread at a time, a few times a second.
using OnProgress = std::function<void(const Progress&)>;

struct RetrieveOptions {
  unsigned jobs = 4;                       ///< associations at the same time
  const deid::Profile* profile = nullptr;  ///< nullptr: objects as received
};

/// One thing that a server said or did that does not go with success, counted.
struct ServerRemark {
  enum class Kind : std::uint8_t {
    final_status,     ///< dimse_status: the last word on a request was not success
    counters_differ,  ///< detail: objects it counts as sent; offset: objects that arrived
    failures_hidden,  ///< success, and yet it counts `detail` failures
    nothing_sent,     ///< success without a single object although some were listed
    unasked_object,   ///< an object that nobody asked for; it was not kept
    failure,          ///< what ended an association
  };
  Kind kind;
  Error error;

  friend bool operator==(const ServerRemark&, const ServerRemark&) = default;
};

/// What came of a retrieval. expected = stored + skipped + refused + failed + conflict + missing.
struct RetrieveReport {
  std::uint64_t expected = 0;
  std::uint64_t stored = 0;    ///< new in the tree
  std::uint64_t skipped = 0;   ///< whole in the tree before
  std::uint64_t refused = 0;   ///< for their content
  std::uint64_t failed = 0;    ///< the server or the connection failed on them
  std::uint64_t conflict = 0;  ///< other bytes are there under the same name
  std::uint64_t missing = 0;   ///< listed, never sent
  std::uint64_t waiting = 0;  ///< of the stored and skipped: not in their folders yet, as names are
                              ///< given when all of a patient has come
  bool verified = true;       ///< expected comes from IMAGE level answers
  std::uint64_t bytes = 0;    ///< received
  double seconds = 0;
  std::map<Errc, std::uint64_t> refused_for;                    ///< reason -> objects
  std::vector<std::pair<ServerRemark, std::uint64_t>> remarks;  ///< in order of first appearance
  std::optional<Error> fatal;  ///< what ended the run early: io, interrupted, or a peer's refusal
};

/// Fetches a plan into a tree over `options.jobs` associations, de-identifying in flight. Never
/// fails: the report tells. Instances that the tree already holds are not asked for again.
RetrieveReport retrieve(const net::Peer& peer, const Plan& plan, store::Tree& tree,
                        const RetrieveOptions& options, const OnProgress& on_progress,
                        const StopSource& stop);

}  // namespace dcm::app
