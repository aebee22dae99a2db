// SPDX-License-Identifier: MIT
#include "app/pace.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace dcm::app {
namespace {

/// How often those who wait look whether it is over.
constexpr std::chrono::milliseconds kLook{100};

}  // namespace

Pace::Pace(PaceLimits limits, std::function<bool()> over, Now now)
    : limits_(std::move(limits)), over_(std::move(over)), now_(std::move(now)) {}

void Pace::await_turn() {
  if (limits_.objects_per_second == 0) return;
  Clock::time_point turn;
  {
    const std::lock_guard lock(mutex_);
    turn = std::max(Clock::now(), next_turn_);
    next_turn_ =
        turn + std::chrono::nanoseconds(std::chrono::seconds(1)) / limits_.objects_per_second;
  }
  while (!over_()) {
    const auto left = turn - Clock::now();
    if (left <= Clock::duration::zero()) return;
    std::this_thread::sleep_for(std::min<Clock::duration>(left, kLook));
  }
}

std::optional<Hours::TimePoint> Pace::opens_at() const {
  const Hours::TimePoint now = now_();
  if (limits_.hours.contain(now)) return std::nullopt;
  return limits_.hours.next_begin(now);
}

void Pace::await_opening() {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_++ == 0) waiting_since_ = Clock::now();
  }
  // No wait is longer, as the clock may jump: it is set, or the machine sleeps.
  while (!over_() && opens_at()) std::this_thread::sleep_for(kLook);
  const std::lock_guard lock(mutex_);
  if (--waiting_ == 0) waited_ += Clock::now() - waiting_since_;
}

bool Pace::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_ > 0;
}

std::chrono::duration<double> Pace::waited() const {
  const std::lock_guard lock(mutex_);
  return waited_;
}

}  // namespace dcm::app
