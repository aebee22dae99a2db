// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <ostream>
#include <string>

#include "app/anonymize.hpp"
#include "app/dispatch.hpp"
#include "app/retrieve.hpp"

namespace dcm::cli {

/// Where people's text goes: a terminal gets one line that is drawn anew, anything else plain lines
/// from time to time.
enum class Display : std::uint8_t { terminal, lines };

/// Tells people how far long work has come. Used by one thread at a time.
class ProgressLine {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Now = std::function<TimePoint()>;

  static constexpr std::chrono::milliseconds kRedrawEvery{100};  ///< on a terminal
  static constexpr std::chrono::seconds kLineEvery{10};          ///< elsewhere

  /// `people` must outlive it; `now` is replaced in tests.
  ProgressLine(std::ostream& people, Display display, Now now = std::chrono::steady_clock::now);

  /// Looking into studies, `done` of `total` so far.
  void planning(std::uint64_t done, std::uint64_t total);

  /// Asking for the rows of a cohort, `done` of `total` so far.
  void asking(std::uint64_t done, std::uint64_t total);

  /// Retrieving: studies, instances, MB/s, time left. A wait for the server's hours is told once,
  /// in a line that stays.
  void retrieving(const app::Progress& progress);

  /// Having a server send elsewhere: studies, instances; waits as above.
  void dispatching(const app::DispatchProgress& progress);

  /// De-identifying local files: files, MB/s, time left.
  void anonymizing(const app::AnonymizeProgress& progress);

  /// Takes the line off a terminal, so that other text can follow.
  void clear();

 private:
  [[nodiscard]] bool is_time();
  bool waits(const std::optional<app::Hours::TimePoint>& until);
  void show(const std::string& text);

  std::ostream& people_;
  Display display_;
  Now now_;
  std::optional<TimePoint> shown_;
  std::optional<TimePoint> started_;  ///< retrieving or anonymizing
  std::uint64_t instances_at_start_ = 0, bytes_at_start_ = 0;
  bool waiting_ = false;  ///< told that it waits
  bool drawn_ = false;
};

/// `1:05:09`, `5:09`, `0:09`.
[[nodiscard]] std::string duration_words(std::chrono::seconds duration);

}  // namespace dcm::cli
