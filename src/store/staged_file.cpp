// SPDX-License-Identifier: MIT
#include "store/staged_file.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

namespace dcm::store {
namespace {

constexpr std::size_t kBufferBytes = 65536;
constexpr std::uint64_t kMostAtOnce = std::uint64_t{1} << 30;

Result<std::string> random_part_name() {
  std::array<unsigned char, 16> bytes{};
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
    return fail(Errc::io, {.detail = EIO});
  std::string name;
  for (const unsigned byte : bytes) {
    name += static_cast<char>('a' + (byte >> 4U));
    name += static_cast<char>('a' + (byte & 15U));
  }
  return name + ".part";
}

/// What read() and write() would do, one step of it.
ssize_t copy_by_hand(int to, int from, off_t* offset, std::size_t count) {
  std::vector<std::byte> block(std::min(count, kBufferBytes));
  const ssize_t got = ::pread(from, block.data(), block.size(), *offset);
  if (got <= 0) return got;
  const auto written = write_all(to, Bytes(block).first(static_cast<std::size_t>(got)));
  if (!written) {
    errno = static_cast<int>(written.error().detail);
    return -1;
  }
  *offset += got;
  return got;
}

/// A way to move bytes: from `*offset`, which it moves on, to the position of `to`. Returns how
/// many, 0 at the end of the input, or -1 with errno.
using Mover = ssize_t (*)(int to, int from, off_t* offset, std::size_t count);

/// The quickest first.
constexpr std::array<Mover, 3> kMovers{
    [](int to, int from, off_t* offset, std::size_t count) {
      return ::copy_file_range(from, offset, to, nullptr, count, 0);
    },
    [](int to, int from, off_t* offset, std::size_t count) {
      return ::sendfile(to, from, offset, count);
    },
    copy_by_hand,
};

/// Whether this pair of files is not for this way. Not a full disk, and not an unreadable input.
bool asks_for_another_way(int reason) noexcept {
  constexpr std::array kReasons{EXDEV, EINVAL, ENOSYS, EOPNOTSUPP, EPERM, ETXTBSY, EBADF};
  return std::find(kReasons.begin(), kReasons.end(), reason) != kReasons.end();
}

}  // namespace

StagedFile::StagedFile(Fd file, int directory, std::string part_name)
    : file_(std::move(file)), directory_(directory), part_name_(std::move(part_name)) {}

StagedFile::StagedFile(StagedFile&& other) noexcept
    : file_(std::move(other.file_)),
      directory_(other.directory_),
      part_name_(std::exchange(other.part_name_, {})),
      size_(other.size_),
      buffer_(std::move(other.buffer_)),
      failure_(other.failure_) {}

StagedFile& StagedFile::operator=(StagedFile&& other) noexcept {
  if (this != &other) {
    discard();
    file_ = std::move(other.file_);
    directory_ = other.directory_;
    part_name_ = std::exchange(other.part_name_, {});
    size_ = other.size_;
    buffer_ = std::move(other.buffer_);
    failure_ = other.failure_;
  }
  return *this;
}

StagedFile::~StagedFile() { discard(); }

void StagedFile::discard() noexcept {
  if (!part_name_.empty()) ::unlinkat(directory_, part_name_.c_str(), 0);
  part_name_.clear();
}

Result<StagedFile> StagedFile::create(int directory) {
  // Read and write: equals() reads it back.
  Fd file(::openat(directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (file) return StagedFile(std::move(file), directory, {});
  if (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL) return create_part(directory);
  return fail(last_io_error());
}

Result<StagedFile> StagedFile::create_part(int directory) {
  DCM_TRY(std::string name, random_part_name());
  Fd file(
      ::openat(directory, name.c_str(), O_CREAT | O_EXCL | O_NOFOLLOW | O_RDWR | O_CLOEXEC, 0600));
  if (!file) return fail(last_io_error());
  return StagedFile(std::move(file), directory, std::move(name));
}

Result<void> StagedFile::write(Bytes bytes) {
  size_ += bytes.size();
  if (buffer_.size() + bytes.size() > kBufferBytes) DCM_CHECK(flush());
  if (bytes.size() >= kBufferBytes) return write_through(bytes);
  if (buffer_.capacity() < kBufferBytes) buffer_.reserve(kBufferBytes);
  buffer_ += as_text(bytes);
  return {};
}

Result<void> StagedFile::write_through(Bytes bytes) {
  if (failure_.code != Errc::ok) return fail(failure_);
  const auto written = write_all(file_.get(), bytes);
  return written ? written : failed(written.error());
}

Result<void> StagedFile::failed(const Error& error) {
  failure_ = error;
  return fail(error);
}

Result<void> StagedFile::append_from(int fd, std::uint64_t offset, std::uint64_t count) {
  DCM_CHECK(flush());
  size_ += count;
  auto at = static_cast<off_t>(offset);
  // Some file systems say 0 for what they cannot move: only the last way tells the end for sure.
  for (auto mover = kMovers.begin(); count > 0;) {
    const ssize_t moved =
        (*mover)(file_.get(), fd, &at, static_cast<std::size_t>(std::min(count, kMostAtOnce)));
    if (moved > 0) {
      count -= static_cast<std::uint64_t>(moved);
      continue;
    }
    if (moved < 0 && errno == EINTR) continue;
    const bool wanting = moved == 0 || asks_for_another_way(errno);
    if (!wanting) return failed(last_io_error());
    if (++mover != kMovers.end()) continue;
    return failed(moved == 0
                      ? Error{.code = Errc::truncated, .offset = static_cast<std::uint64_t>(at)}
                      : last_io_error());
  }
  return {};
}

Result<void> StagedFile::flush() {
  DCM_CHECK(write_through(as_bytes(buffer_)));
  buffer_.clear();
  return {};
}

Result<void> StagedFile::sync() {
  DCM_CHECK(flush());
  return ::fsync(file_.get()) == 0 ? Result<void>{} : failed(last_io_error());
}

Result<void> StagedFile::link_nameless(int directory, const std::string& name) {
  // The quick way is for those who have CAP_DAC_READ_SEARCH and, on newer kernels, for who opened
  // the file; the way through /proc is for all who have one.
  if (::linkat(file_.get(), "", directory, name.c_str(), AT_EMPTY_PATH) == 0) return {};
  if (errno == EEXIST) return fail(last_io_error());
  const std::string self = "/proc/self/fd/" + std::to_string(file_.get());
  if (::linkat(AT_FDCWD, self.c_str(), directory, name.c_str(), AT_SYMLINK_FOLLOW) == 0) return {};
  return fail(last_io_error());
}

Result<Linked> StagedFile::link_as(int directory, const std::string& name) {
  DCM_CHECK(flush());
  const auto linked = part_name_.empty() ? link_nameless(directory, name)
                                         : rename_new(directory_, part_name_, directory, name);
  if (linked) part_name_.clear();
  if (linked) return Linked::yes;
  if (linked.error().detail == EEXIST) return Linked::name_taken;
  return fail(linked.error());
}

Result<bool> StagedFile::equals(int directory, const std::string& name) {
  DCM_CHECK(flush());
  const auto there = open_beneath(directory, name, O_RDONLY | O_NONBLOCK);
  if (!there && there.error().detail == ELOOP) return false;
  if (!there) return fail(there.error());
  return same_bytes(file_.get(), there->get());
}

Result<Placed> StagedFile::place_as(int directory, const std::string& name) {
  DCM_TRY(const Linked linked, link_as(directory, name));
  if (linked == Linked::yes) return Placed::stored;
  DCM_TRY(const bool same, equals(directory, name));
  return same ? Placed::already_there : Placed::conflict;
}

}  // namespace dcm::store
