// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace dcm {

/// A number of bytes shared by all objects in flight. Who needs more than a small header takes one
/// share, waits until it is free, and gives it back whole: nobody waits while holding a share, so
/// the waiting always ends.
class Budget {
 public:
  explicit Budget(std::size_t bytes) noexcept : free_(bytes) {}

  /// Takes `bytes`, which must not exceed what the budget was made with; blocks until it has them.
  void take(std::size_t bytes);
  void give_back(std::size_t bytes);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t free_;
};

}  // namespace dcm
