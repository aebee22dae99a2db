// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>

#include "app/hours.hpp"

namespace dcm::app {

/// What a server is to be spared; by default nothing.
struct PaceLimits {
  unsigned objects_per_second = 0;  ///< 0: as many as come
  Hours hours = {};                 ///< at which objects may be asked for
};

/// Keeps one run within the limits, all its threads together. Its waits end within 0.1 s when
/// `over` tells that nothing more is to be done.
class Pace {
 public:
  using Now = std::function<Hours::TimePoint()>;

  /// `over` is called from any thread; `now` is replaced in tests.
  Pace(PaceLimits limits, std::function<bool()> over, Now now = std::chrono::system_clock::now);

  /// Called for each object that came, before its sender is told so. The first goes by at once, and
  /// n take at least (n - 1) / objects_per_second.
  void await_turn();

  /// When the server may be asked for objects again; nothing where it may be now.
  [[nodiscard]] std::optional<Hours::TimePoint> opens_at() const;

  /// Returns when it may.
  void await_opening();

  /// Whether a thread waits for that.
  [[nodiscard]] bool waiting() const;

  /// How long the run waited for it.
  [[nodiscard]] std::chrono::duration<double> waited() const;

 private:
  using Clock = std::chrono::steady_clock;

  const PaceLimits limits_;
  const std::function<bool()> over_;
  const Now now_;
  mutable std::mutex mutex_;  ///< guards what follows
  Clock::time_point next_turn_;
  unsigned waiting_ = 0;
  Clock::time_point waiting_since_;
  Clock::duration waited_{0};
};

}  // namespace dcm::app
