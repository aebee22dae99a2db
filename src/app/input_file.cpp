// SPDX-License-Identifier: MIT
#include "app/input_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace dcm::app {
namespace {

// A usual header is not longer.
constexpr std::size_t kFirstPiece = 16 * 1024;
constexpr std::size_t kLargestPiece = 256 * 1024;
static_assert(kMaxHeadBytes <= kLargestPiece);

}  // namespace

/// Reads on until the buffer holds `until` bytes or the file, as long as it was, ends.
Result<void> InputFile::fill(std::size_t until) {
  if (buffer_.size() < until) buffer_.resize(until);
  while (filled_ < until && left() > 0) {
    const ssize_t count = ::pread(file_.get(), buffer_.data() + filled_, until - filled_,
                                  static_cast<off_t>(position_));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(last_io_error());
    if (count == 0) break;
    filled_ += static_cast<std::size_t>(count);
    position_ += static_cast<std::uint64_t>(count);
  }
  return {};
}

Result<FileHead> InputFile::begin(Fd file) {
  file_ = std::move(file);
  struct stat status {};
  if (::fstat(file_.get(), &status) != 0) return fail(last_io_error());
  if (!S_ISREG(status.st_mode)) return fail(Errc::io, {.detail = EINVAL});
  size_ = static_cast<std::uint64_t>(status.st_size);
  position_ = 0;
  filled_ = 0;
  piece_ = kFirstPiece;
  at_head_ = true;
  DCM_CHECK(fill(kFirstPiece));
  Result<FileHead> head = read_head(Bytes(buffer_).first(filled_));
  // Rarely is the head longer, or does it lack what stands further down.
  const bool enough =
      head && (head->kind != FileHead::Kind::object ||
               (!head->info.sop_class_uid.empty() && !head->info.sop_instance_uid.empty()));
  if (!enough && filled_ == kFirstPiece) {
    DCM_CHECK(fill(kMaxHeadBytes));
    head = read_head(Bytes(buffer_).first(filled_));
  }
  if (head) behind_head_ = head->data_set_offset;
  return head;
}

Result<Bytes> InputFile::next() {
  if (at_head_) {
    at_head_ = false;
    if (behind_head_ < filled_) return Bytes(buffer_).first(filled_).subspan(behind_head_);
  }
  filled_ = 0;
  DCM_CHECK(fill(piece_));
  piece_ = std::min(2 * piece_, kLargestPiece);
  return Bytes(buffer_).first(filled_);
}

void InputFile::skip(std::uint64_t count) noexcept {
  position_ += count;
  piece_ = kFirstPiece;
}

bool InputFile::is_readable(std::uint64_t offset, std::uint64_t count) {
  std::vector<std::byte> block(kLargestPiece);
  while (count > 0) {
    const ssize_t got = ::pread(file_.get(), block.data(), std::min(count, block.size()),
                                static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    offset += static_cast<std::uint64_t>(got);
    count -= std::min(count, static_cast<std::uint64_t>(got));
  }
  return true;
}

}  // namespace dcm::app
