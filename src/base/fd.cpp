// SPDX-License-Identifier: MIT
#include "base/fd.hpp"

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace dcm {

Fd::Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

Fd::~Fd() { reset(); }

void Fd::reset() noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Error last_io_error() noexcept {
  return {.code = Errc::io, .detail = static_cast<std::uint32_t>(errno)};
}

Result<void> write_all(int fd, Bytes bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail(last_io_error());
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Result<std::string> read_all(int fd, std::size_t limit) {
  std::string content;
  for (;;) {
    const std::size_t used = content.size();
    content.resize(used + 65536);
    const ssize_t count = ::read(fd, content.data() + used, 65536);
    content.resize(used + static_cast<std::size_t>(count < 0 ? 0 : count));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(last_io_error());
    if (count == 0) return content;
    if (content.size() > limit) return fail(Errc::io, {.detail = EFBIG});
  }
}

}  // namespace dcm
