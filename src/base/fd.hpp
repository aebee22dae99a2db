// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace dcm {

/// Owns a file descriptor and closes it. -1 is none.
class Fd {
 public:
  Fd() noexcept = default;
  explicit Fd(int fd) noexcept : fd_(fd) {}
  Fd(Fd&& other) noexcept;
  Fd& operator=(Fd&& other) noexcept;
  ~Fd();

  [[nodiscard]] int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }

  /// Closes now. Safe to call twice.
  void reset() noexcept;

 private:
  int fd_ = -1;
};

/// Writes all of `bytes` at the current position. Fails with io.
Result<void> write_all(int fd, Bytes bytes) noexcept;

/// Reads up to `limit` bytes from the current position to the end of the file. Fails with io; a
/// longer file is io with EFBIG.
Result<std::string> read_all(int fd, std::size_t limit);

/// The errno of the last failed call, as an Error.
[[nodiscard]] Error last_io_error() noexcept;

}  // namespace dcm
