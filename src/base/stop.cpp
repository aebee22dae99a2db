// SPDX-License-Identifier: MIT
#include "base/stop.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

namespace dcm {

StopSource::StopSource() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void StopSource::request() noexcept {
  requested_.store(true);
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto ignored = ::write(event_.get(), &one, sizeof one);
}

}  // namespace dcm
