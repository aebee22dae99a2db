// SPDX-License-Identifier: MIT
#include "app/hours.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <optional>

namespace dcm::app {
namespace {

constexpr unsigned kMinutesOfDay = 24 * 60;

std::optional<unsigned> parse_minute(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto number = [&](std::size_t at) -> std::optional<unsigned> {
    if (!is_digit(text[at]) || !is_digit(text[at + 1])) return std::nullopt;
    return static_cast<unsigned>((text[at] - '0') * 10 + (text[at + 1] - '0'));
  };
  const auto hours = number(0);
  const auto minutes = number(3);
  if (!hours || !minutes || *minutes > 59) return std::nullopt;
  const unsigned minute = *hours * 60 + *minutes;
  return minute <= kMinutesOfDay ? std::optional(minute) : std::nullopt;
}

std::string minute_text(unsigned minute) {
  return fmt::format("{:02}:{:02}", minute / 60, minute % 60);
}

std::tm local(Hours::TimePoint time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm result{};
  ::localtime_r(&seconds, &result);
  return result;
}

unsigned minute_of_day(const std::tm& time) {
  return static_cast<unsigned>(time.tm_hour * 60 + time.tm_min);
}

}  // namespace

bool Hours::add(std::string_view span) {
  const auto dash = span.find('-');
  if (dash == std::string_view::npos) return false;
  const auto from = parse_minute(span.substr(0, dash));
  const auto to = parse_minute(span.substr(dash + 1));
  if (!from || !to || *from == *to || *from == kMinutesOfDay) return false;
  spans_.push_back({*from, *to});
  return true;
}

bool Hours::contain(TimePoint time) const {
  const unsigned minute = minute_of_day(local(time));
  return spans_.empty() || std::any_of(spans_.begin(), spans_.end(), [&](const Span& span) {
           return span.from < span.to ? span.from <= minute && minute < span.to
                                      : span.from <= minute || minute < span.to;
         });
}

Hours::TimePoint Hours::next_begin(TimePoint time) const {
  std::optional<TimePoint> next;
  for (const Span& span : spans_) {
    std::tm begin = local(time);
    if (minute_of_day(begin) >= span.from) ++begin.tm_mday;
    begin.tm_hour = static_cast<int>(span.from / 60);
    begin.tm_min = static_cast<int>(span.from % 60);
    begin.tm_sec = 0;
    begin.tm_isdst = -1;
    const auto candidate = std::chrono::system_clock::from_time_t(std::mktime(&begin));
    if (!next || candidate < *next) next = candidate;
  }
  return next.value_or(time);
}

std::vector<std::string> Hours::spans() const {
  std::vector<std::string> result;
  for (const Span& span : spans_)
    result.push_back(minute_text(span.from) + '-' + minute_text(span.to));
  return result;
}

std::string clock_text(Hours::TimePoint time) { return minute_text(minute_of_day(local(time))); }

}  // namespace dcm::app
