// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace dcm::app {

/// Hands out the numbers 0, 1, 2 ... to many threads, and keeps in this order the works that are
/// about the same thing: of two objects with one SOP Instance UID the same one comes first in every
/// run, whatever the number of threads. Works about different things never wait for each other's
/// end, only until all before them have said what they are about.
class Turnstile {
 public:
  explicit Turnstile(std::size_t count) noexcept : count_(count) {}

  /// The next number, for which leave() must be called; none when all are given out.
  [[nodiscard]] std::optional<std::size_t> enter();

  /// Says what the work is about, which may be said once.
  void announce(std::size_t number, std::string subject);

  /// Waits until no earlier work can be about the subject that was announced.
  void wait(std::size_t number);

  void leave(std::size_t number);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t count_;
  std::size_t next_ = 0;
  std::size_t waiting_ = 0;
  std::map<std::size_t, std::optional<std::string>> inside_;  ///< number -> subject, once announced
};

}  // namespace dcm::app
