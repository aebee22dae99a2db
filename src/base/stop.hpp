// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>

#include "base/fd.hpp"

namespace dcm {

/// Tells every thread to stop, also those that wait in poll(): `wait_fd` becomes readable and stays
/// so. `request` is safe in a signal handler. One for the whole run, owned by main.
class StopSource {
 public:
  StopSource();

  void request() noexcept;
  [[nodiscard]] bool requested() const noexcept { return requested_.load(); }

  /// For poll() with POLLIN beside a socket; never read from it.
  [[nodiscard]] int wait_fd() const noexcept { return event_.get(); }

 private:
  std::atomic<bool> requested_{false};
  Fd event_;
};

}  // namespace dcm
