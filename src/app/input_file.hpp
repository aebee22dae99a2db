// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "app/file_head.hpp"
#include "base/fd.hpp"

namespace dcm::app {

/// One local file after another, each read from its start in pieces: small ones first, as most of
/// an object is not for reading, then larger ones.
class InputFile {
 public:
  /// Starts with a file and tells what it holds. Fails with io, or as read_head().
  Result<FileHead> begin(Fd file);

  /// The next bytes of the data set, those behind the head first; none at the end. They live until
  /// the next call. Fails with io.
  Result<Bytes> next();

  /// Leaves out `count` bytes, at most left(); the pieces after that are small again.
  void skip(std::uint64_t count) noexcept;

  [[nodiscard]] int fd() const noexcept { return file_.get(); }
  /// Where in the file next() goes on.
  [[nodiscard]] std::uint64_t position() const noexcept { return position_; }
  /// How much the file, as it was in the beginning, has from there on.
  [[nodiscard]] std::uint64_t left() const noexcept {
    return size_ > position_ ? size_ - position_ : 0;
  }

  /// Whether the kernel gives the `count` bytes from `offset` on. Reads them.
  [[nodiscard]] bool is_readable(std::uint64_t offset, std::uint64_t count);

 private:
  Result<void> fill(std::size_t until);

  Fd file_;
  std::uint64_t size_ = 0;
  std::uint64_t position_ = 0;
  std::size_t piece_ = 0;          ///< how much next() reads
  std::vector<std::byte> buffer_;  ///< never shrinks
  std::size_t filled_ = 0;
  std::size_t behind_head_ = 0;  ///< where in the buffer the data set begins
  bool at_head_ = false;
};

}  // namespace dcm::app
