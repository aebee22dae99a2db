// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace dcm::app {

/// One request to a server, for a series or some of its instances.
struct Request {
  std::size_t series = 0;                   ///< index into the plan
  std::vector<std::string> instances = {};  ///< empty: the whole series
  std::size_t way = 0;                      ///< of the ways to ask for this series, best first
  unsigned repeats = 0;                     ///< times it was put off
  bool asked = false;                       ///< by some way, also as a part of a longer list

  friend bool operator==(const Request&, const Request&) = default;
};

/// What came of a request.
struct Ending {
  enum class How : std::uint8_t {
    answered,      ///< the server said its last word, whatever it was
    nothing_sent,  ///< success, and not one object: servers say so when they are busy
    busy,          ///< out of resources before the first object
    lost,          ///< the connection ended, or the server fell silent
    impossible,    ///< the server does not take this way
  };
  How how = How::answered;
  std::uint64_t came = 0;              ///< objects that were still wanted and came
  std::uint64_t pending = 0;           ///< of what it asked for, still to come
  std::vector<std::string> rest = {};  ///< those, where the server had listed them
};

/// How often and how long to wait for what does not come.
struct Patience {
  unsigned repeats = 4;                   ///< times to ask again in vain
  std::chrono::milliseconds pause{1000};  ///< before the first; doubled each time
};

/// A request to come, and the pause before it as a number of doublings; none for at once.
struct FollowUp {
  Request request;
  std::optional<unsigned> doublings = {};

  friend bool operator==(const FollowUp&, const FollowUp&) = default;
};

/// What to ask for next when not all came: the same later where nothing came at all or the
/// connection broke, the rest in smaller lists where some of it came, and otherwise by the next of
/// the ways that are `open`; when all were in vain, later the same where the server was busy, else
/// in smaller lists, from the first way on. Empty when there is nothing left to try.
[[nodiscard]] std::vector<FollowUp> follow_ups(const Request& request, const Ending& ending,
                                               const std::vector<bool>& open,
                                               const Patience& patience);

/// The requests of a retrieval that are to come: shared out among threads, put off with back-off
/// and jitter, and bounded - a way by which nothing of a series comes any more is closed for what
/// was asked before; each request that was added is asked once, if the server takes any of its
/// ways. Safe for many threads.
class Agenda {
 public:
  using Clock = std::chrono::steady_clock;
  using Preferred = std::function<bool(const Request&)>;
  using IsOpen = std::function<bool(std::size_t series, std::size_t way)>;

  /// `ways[i]` is how many ways there are to ask for series i; `is_open` tells which of them the
  /// server takes as far as is known, `over` that nothing more is to be asked for. Both are called
  /// from any thread.
  Agenda(const std::vector<std::size_t>& ways, Patience patience, IsOpen is_open,
         std::function<bool()> over);

  void add(Request request);

  /// The next request that is due, a preferred one first; waits for it. Nothing when none is left
  /// and none can follow, or when it is over.
  std::optional<Request> take(const Preferred& preferred);

  /// Returns one that was taken and could not be asked.
  void put_back(Request request);

  /// Whether there is hope in asking for a request by its way.
  [[nodiscard]] bool is_open(const Request& request) const;

  /// Ends one that was taken and adds what follows from it; tells how many those are.
  std::size_t end(const Request& request, const Ending& ending);

  /// Waits as long as before repeat `doublings` of a request; false when there is nothing left to
  /// wait for.
  bool wait(unsigned doublings);

  [[nodiscard]] const Patience& patience() const noexcept { return patience_; }

  /// The requests that nobody took.
  [[nodiscard]] std::vector<Request> left() const;

 private:
  struct Entry {
    Request request;
    Clock::time_point due;
  };
  [[nodiscard]] Clock::duration pause(unsigned doublings);
  std::list<Entry>::iterator due_entry(const Preferred& preferred);
  [[nodiscard]] std::vector<bool> open_ways(const Request& request) const;

  const Patience patience_;
  const IsOpen is_open_;
  const std::function<bool()> over_;
  mutable std::mutex mutex_;  ///< guards what follows
  std::condition_variable changed_;
  std::list<Entry> entries_;
  std::size_t taken_ = 0;
  /// By series and way: requests in a row that brought nothing.
  std::vector<std::vector<unsigned>> fruitless_;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace dcm::app
