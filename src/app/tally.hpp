// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>

#include "app/doubt_report.hpp"
#include "base/error.hpp"

namespace dcm::app {

/// What became of the objects that a run was about.
/// expected = stored + skipped + refused + failed + conflict + missing.
struct Tally {
  std::uint64_t expected = 0;
  std::uint64_t stored = 0;    ///< new in the tree
  std::uint64_t skipped = 0;   ///< whole in the tree before
  std::uint64_t refused = 0;   ///< for their content
  std::uint64_t failed = 0;    ///< the source failed on them: a server, a connection, a disk
  std::uint64_t conflict = 0;  ///< other bytes are there under the same name
  std::uint64_t missing = 0;   ///< never came, or the run ended before their turn
  std::uint64_t waiting = 0;  ///< of the stored and skipped: not in their folders yet, as names are
                              ///< given when all of a patient has come
  std::uint64_t displaced = 0;  ///< patients who got a new folder beside something of its name
  std::uint64_t bytes = 0;      ///< received or read
  double seconds = 0;           ///< of work: without waiting for the hours of a server
  std::map<Errc, std::uint64_t> refused_for;  ///< reason -> objects
  DoubtReport doubts;                         ///< of what was stored
};

}  // namespace dcm::app
