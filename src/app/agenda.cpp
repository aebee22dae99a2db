// SPDX-License-Identifier: MIT
#include "app/agenda.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace dcm::app {
namespace {

/// A list that did not bring all is asked for again in lists of so many times less.
constexpr std::size_t kShrink = 8;
/// A way is closed for the rest of a series when so many requests in a row brought nothing of it.
constexpr unsigned kMostFruitless = 16;
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
                       .repeats = request.repeats,
                       .asked = request.asked},
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

std::vector<FollowUp> later(const Request& request, const Ending& ending, std::size_t way) {
  Request next = again(request, ending);
  next.way = way;
  const unsigned doublings = next.repeats++;
  return {{std::move(next), doublings}};
}

std::optional<std::size_t> open_way(const std::vector<bool>& open, std::size_t from) {
  for (std::size_t way = from; way < open.size(); ++way)
    if (open[way]) return way;
  return std::nullopt;
}

std::vector<FollowUp> other_way(const Request& request, const Ending& ending,
                                const std::vector<bool>& open, bool may_repeat) {
  if (const auto way = open_way(open, request.way + 1)) {
    Request next = again(request, ending);
    next.way = *way;
    return {{std::move(next)}};
  }
  const auto first = open_way(open, 0);
  if (!first) return {};
  if (ending.how == Ending::How::busy && may_repeat) return later(request, ending, *first);
  return smaller(request, ending, *first, 0);
}

/// Whether a request tells that its way brings nothing: not while a pause may still mend it.
bool is_in_vain(const Request& request, const Ending& ending, const Patience& patience) {
  if (ending.how == Ending::How::impossible) return false;
  return ending.how == Ending::How::answered || request.repeats >= patience.repeats;
}

}  // namespace

std::vector<FollowUp> follow_ups(const Request& request, const Ending& ending,
                                 const std::vector<bool>& open, const Patience& patience) {
  if (ending.pending == 0) return {};
  const bool may_repeat = request.repeats < patience.repeats;
  std::vector<FollowUp> next;
  switch (ending.how) {
    case Ending::How::answered:
      if (ending.came > 0) next = smaller(request, ending, request.way, std::nullopt);
      break;
    case Ending::How::nothing_sent:
      if (may_repeat) return later(request, ending, request.way);
      break;
    case Ending::How::lost:
      if (ending.came > 0) next = smaller(request, ending, request.way, 0);
      if (next.empty() && may_repeat) return later(request, ending, request.way);
      break;
    case Ending::How::busy:
    case Ending::How::impossible:
      break;
  }
  return next.empty() ? other_way(request, ending, open, may_repeat) : next;
}

Agenda::Agenda(const std::vector<std::size_t>& ways, Patience patience, IsOpen is_open,
               std::function<bool()> over)
    : patience_(patience), is_open_(std::move(is_open)), over_(std::move(over)) {
  for (const std::size_t count : ways) fruitless_.emplace_back(count);
}

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

std::vector<bool> Agenda::open_ways(const Request& request) const {
  const std::vector<unsigned>& fruitless = fruitless_[request.series];
  std::vector<bool> open(fruitless.size());
  for (std::size_t way = 0; way < open.size(); ++way)
    open[way] =
        (!request.asked || fruitless[way] < kMostFruitless) && is_open_(request.series, way);
  return open;
}

bool Agenda::is_open(const Request& request) const {
  const std::lock_guard lock(mutex_);
  return open_ways(request)[request.way];
}

std::size_t Agenda::end(const Request& request, const Ending& ending) {
  const std::lock_guard lock(mutex_);
  --taken_;
  changed_.notify_all();
  unsigned& fruitless = fruitless_[request.series][request.way];
  if (is_in_vain(request, ending, patience_)) ++fruitless;
  if (ending.came > 0) fruitless = 0;
  Request ended = request;
  ended.asked = request.asked || ending.how != Ending::How::impossible;
  std::vector<FollowUp> next = follow_ups(ended, ending, open_ways(ended), patience_);
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
