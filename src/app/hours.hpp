// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace dcm::app {

/// Times of day, in local time, at which something may happen: none for always, or spans such as
/// `18:00-07:00`, which goes past midnight.
class Hours {
 public:
  using TimePoint = std::chrono::system_clock::time_point;

  /// Adds `HH:MM-HH:MM`, the second of which may be 24:00. False for anything else, and where both
  /// are the same, which may mean always or never.
  [[nodiscard]] bool add(std::string_view span);

  [[nodiscard]] bool contain(TimePoint time) const;

  /// When they begin next, less than a day after `time` but for changes of the clocks.
  [[nodiscard]] TimePoint next_begin(TimePoint time) const;

  /// The spans as add() takes them.
  [[nodiscard]] std::vector<std::string> spans() const;

 private:
  /// Minutes from midnight; `to` is outside, and not after `from` where it is of the next day.
  struct Span {
    unsigned from, to;
  };
  std::vector<Span> spans_;
};

/// `18:00`, in local time.
[[nodiscard]] std::string clock_text(Hours::TimePoint time);

}  // namespace dcm::app
