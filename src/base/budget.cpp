// SPDX-License-Identifier: MIT
#include "base/budget.hpp"

namespace dcm {

void Budget::take(std::size_t bytes) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return free_ >= bytes; });
  free_ -= bytes;
}

void Budget::give_back(std::size_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    free_ += bytes;
  }
  changed_.notify_all();
}

}  // namespace dcm
