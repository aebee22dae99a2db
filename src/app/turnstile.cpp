// SPDX-License-Identifier: MIT
#include "app/turnstile.hpp"

#include <algorithm>

namespace dcm::app {

std::optional<std::size_t> Turnstile::enter() {
  const std::lock_guard lock(mutex_);
  if (next_ == count_) return std::nullopt;
  inside_.emplace(next_, std::nullopt);
  return next_++;
}

void Turnstile::announce(std::size_t number, std::string subject) {
  const std::lock_guard lock(mutex_);
  inside_.at(number) = std::move(subject);
  if (waiting_ > 0) changed_.notify_all();
}

void Turnstile::wait(std::size_t number) {
  std::unique_lock lock(mutex_);
  const auto self = inside_.find(number);
  const auto is_free = [&] {
    return std::none_of(inside_.begin(), self, [&](const auto& earlier) {
      return !earlier.second || *earlier.second == *self->second;
    });
  };
  ++waiting_;
  changed_.wait(lock, is_free);
  --waiting_;
}

void Turnstile::leave(std::size_t number) {
  const std::lock_guard lock(mutex_);
  inside_.erase(number);
  if (waiting_ > 0) changed_.notify_all();
}

}  // namespace dcm::app
