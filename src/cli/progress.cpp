// SPDX-License-Identifier: MIT
#include "cli/progress.hpp"

#include <fmt/format.h>

#include <utility>

#include "cli/messages.hpp"

namespace dcm::cli {
namespace {

// Before this much time the speed is a guess not worth showing.
constexpr std::chrono::seconds kTrustSpeedAfter{1};

}  // namespace

ProgressLine::ProgressLine(std::ostream& people, Display display, Now now)
    : people_(people), display_(display), now_(std::move(now)) {}

bool ProgressLine::is_time() {
  const auto now = now_();
  if (display_ == Display::lines && !shown_) {
    shown_ = now;  // the first line comes when the work turns out to be long
    return false;
  }
  const std::chrono::milliseconds pause = display_ == Display::terminal ? kRedrawEvery : kLineEvery;
  if (shown_ && now - *shown_ < pause) return false;
  shown_ = now;
  return true;
}

void ProgressLine::show(const std::string& text) {
  if (display_ == Display::terminal) {
    people_ << '\r' << text << "\x1b[K" << std::flush;
    drawn_ = true;
  } else {
    people_ << text << '\n' << std::flush;
  }
}

/// Tells of a wait that begins; true while it lasts.
bool ProgressLine::waits(const std::optional<app::Hours::TimePoint>& until) {
  if (until && !waiting_) {
    clear();
    people_ << fmt::format("waiting until {}, when the hours of the server begin\n",
                           app::clock_text(*until))
            << std::flush;
    started_.reset();
  }
  waiting_ = until.has_value();
  return waiting_;
}

void ProgressLine::planning(std::uint64_t done, std::uint64_t total) {
  if (!is_time()) return;
  show(fmt::format("looking into studies {}/{}", grouped(done), grouped(total)));
}

void ProgressLine::asking(std::uint64_t done, std::uint64_t total) {
  if (!is_time()) return;
  show(fmt::format("asking for rows {}/{}", grouped(done), grouped(total)));
}

void ProgressLine::retrieving(const app::Progress& progress) {
  if (waits(progress.resumes)) return;
  const auto now = now_();
  if (!started_) {
    started_ = now;
    instances_at_start_ = progress.instances_done;
    bytes_at_start_ = progress.bytes;
  }
  if (!is_time()) return;
  auto text = fmt::format("studies {}/{}  instances {}/{}", grouped(progress.studies_done),
                          grouped(progress.studies), grouped(progress.instances_done),
                          grouped(progress.instances));
  const std::chrono::duration<double> elapsed = now - *started_;
  if (elapsed >= kTrustSpeedAfter) {
    const auto bytes = static_cast<double>(progress.bytes - bytes_at_start_);
    text += fmt::format("  {:.1f} MB/s", bytes / 1e6 / elapsed.count());
    const auto done = progress.instances_done - instances_at_start_;
    if (done > 0 && progress.instances >= progress.instances_done) {
      const auto left = static_cast<double>(progress.instances - progress.instances_done) *
                        elapsed.count() / static_cast<double>(done);
      const std::chrono::seconds rounded(static_cast<std::int64_t>(left));
      text += fmt::format("  {} left", duration_words(rounded));
    }
  }
  show(text);
}

void ProgressLine::dispatching(const app::DispatchProgress& progress) {
  if (waits(progress.resumes)) return;
  if (!is_time()) return;
  show(fmt::format("studies {}/{}  instances {}/{}", grouped(progress.studies_done),
                   grouped(progress.studies), grouped(progress.instances_done),
                   grouped(progress.instances)));
}

void ProgressLine::anonymizing(const app::AnonymizeProgress& progress) {
  const auto now = now_();
  if (!started_) started_ = now;
  if (!is_time()) return;
  auto text = fmt::format("files {}/{}", grouped(progress.files_done), grouped(progress.files));
  const std::chrono::duration<double> elapsed = now - *started_;
  const auto bytes = static_cast<double>(progress.bytes_done);
  if (elapsed >= kTrustSpeedAfter) {
    text += fmt::format("  {:.1f} MB/s", bytes / 1e6 / elapsed.count());
    if (progress.bytes_done > 0 && progress.bytes >= progress.bytes_done) {
      const auto ahead = static_cast<double>(progress.bytes - progress.bytes_done);
      const std::chrono::seconds left(static_cast<std::int64_t>(ahead * elapsed.count() / bytes));
      text += fmt::format("  {} left", duration_words(left));
    }
  }
  show(text);
}

void ProgressLine::clear() {
  if (drawn_) people_ << "\r\x1b[K" << std::flush;
  drawn_ = false;
  shown_.reset();
}

std::string duration_words(std::chrono::seconds duration) {
  const auto seconds = duration.count();
  if (seconds < 3600) return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
  return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

}  // namespace dcm::cli
