// SPDX-License-Identifier: MIT
#include "app/agenda.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace dcm::app {
namespace {

/// A list that did not bring all is asked for again in lists of so many times less.
constexpr std::size_t kShrink = 8;
/// A series is given up when so many requests in a row brought nothing of it.
constexpr unsigned kMostFruitless = 24;
constexpr auto kLongestPause = std::chrono::seconds(60);
/// How often those who wait look whether it is over.
constexpr auto kLook = std::chrono::milliseconds(100);

std::vector<FollowUp> smaller(const Request& request, const Ending& ending, std::size_t way,
                              std::optional<unsigned> doublings) {
  std::vector<FollowUp> result;
  const std::vector<std::string>& rest = ending.rest;
  const std::size_t asked = request.instances.empty() ? rest.size() : request.instances.size();
  if (rest.empty() || request.instances.size() == 1) return result;
  const std::size_t size = std::max<std::size_t>(asked / kShrink, 1);
  for (std::size_t from = 0; from < rest.size(); from += size) {
    const auto first = rest.begin() + static_cast<std::ptrdiff_t>(from);
    const auto last = first + static_cast<std::ptrdiff_t>(std::min(size, rest.size() - from));
    result.push_back({{.series = request.series,
                       .instances = {first, last},
                       .way = way,
                       .repeats = request.repeats},
                      doublings});
  }
  return result;
}

/// The same, for what is left of it.
Request again(const Request& request, const Ending& ending) {
  Request next = request;
  if (!request.instances.empty()) next.instances = ending.rest;
  return next;
}

std::vector<FollowUp> other_way(const Request& request, const Ending& ending, std::size_t ways) {
  if (request.way + 1 >= ways) return smaller(request, ending, 0, std::nullopt);
  Request next = again(request, ending);
  ++next.way;
  return {{std::move(next)}};
}

std::vector<FollowUp> later(const Request& request, const Ending& ending) {
  Request next = again(request, ending);
  const unsigned doublings = next.repeats++;
  return {{std::move(next), doublings}};
}

}  // namespace

std::vector<FollowUp> follow_ups(const Request& request, const Ending& ending, std::size_t ways,
                                 const Patience& patience) {
  if (ending.pending == 0) return {};
  const bool may_repeat = request.repeats < patience.repeats;
  std::vector<FollowUp> next;
  switch (ending.how) {
    case Ending::How::answered:
      if (ending.came > 0) next = smaller(request, ending, request.way, std::nullopt);
      break;
    case Ending::How::nothing_sent:
      if (may_repeat) return later(request, ending);
      break;
    case Ending::How::lost:
      if (ending.came > 0) next = smaller(request, ending, request.way, 0);
      if (next.empty() && may_repeat) return later(request, ending);
      break;
    case Ending::How::impossible:
      break;
  }
  return next.empty() ? other_way(request, ending, ways) : next;
}

Agenda::Agenda(std::vector<std::size_t> ways, Patience patience, std::function<bool()> over)
    : ways_(std::move(ways)),
      patience_(patience),
      over_(std::move(over)),
      fruitless_(ways_.size()) {}

void Agenda::add(Request request) {
  const std::lock_guard lock(mutex_);
  entries_.push_back({std::move(request), Clock::now()});
  changed_.notify_one();
}

std::list<Agenda::Entry>::iterator Agenda::due_entry(const Preferred& preferred) {
  const Clock::time_point now = Clock::now();
  auto first = entries_.end();
  for (auto at = entries_.begin(); at != entries_.end(); ++at) {
    if (at->due > now) continue;
    if (preferred(at->request)) return at;
    if (first == entries_.end()) first = at;
  }
  return first;
}

std::optional<Request> Agenda::take(const Preferred& preferred) {
  std::unique_lock lock(mutex_);
  while (!over_() && (!entries_.empty() || taken_ > 0)) {
    const auto next = due_entry(preferred);
    if (next != entries_.end()) {
      Request request = std::move(next->request);
      entries_.erase(next);
      ++taken_;
      return request;
    }
    changed_.wait_for(lock, kLook);
  }
  return std::nullopt;
}

void Agenda::put_back(Request request) {
  const std::lock_guard lock(mutex_);
  entries_.push_front({std::move(request), Clock::now()});
  --taken_;
  changed_.notify_all();
}

std::size_t Agenda::end(const Request& request, const Ending& ending) {
  const std::lock_guard lock(mutex_);
  --taken_;
  changed_.notify_all();
  unsigned& fruitless = fruitless_[request.series];
  fruitless = ending.came > 0 ? 0 : fruitless + 1;
  if (fruitless >= kMostFruitless) return 0;
  std::vector<FollowUp> next = follow_ups(request, ending, ways_[request.series], patience_);
  for (FollowUp& one : next) {
    const auto wait = one.doublings ? pause(*one.doublings) : Clock::duration::zero();
    entries_.push_back({std::move(one.request), Clock::now() + wait});
  }
  return next.size();
}

bool Agenda::wait(unsigned doublings) {
  std::unique_lock lock(mutex_);
  const Clock::time_point until = Clock::now() + pause(doublings);
  while (Clock::now() < until) {
    if (over_() || (entries_.empty() && taken_ == 0)) return false;
    changed_.wait_until(lock, std::min(until, Clock::now() + kLook));
  }
  return true;
}

std::vector<Request> Agenda::left() const {
  const std::lock_guard lock(mutex_);
  std::vector<Request> requests;
  for (const Entry& entry : entries_) requests.push_back(entry.request);
  return requests;
}

/// Between half and one and a half times the doubled pause, so that not all come back at once.
Agenda::Clock::duration Agenda::pause(unsigned doublings) {
  const auto longest = std::chrono::duration_cast<std::chrono::milliseconds>(kLongestPause);
  const auto whole = std::min(patience_.pause * (1U << std::min(doublings, 16U)), longest);
  std::uniform_real_distribution<double> factor(0.5, 1.5);
  return std::chrono::duration_cast<Clock::duration>(whole * factor(random_));
}

}  // namespace dcm::app
