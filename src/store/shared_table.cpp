// SPDX-License-Identifier: MIT
#include "store/shared_table.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

namespace dcm::store {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{64} << 20;

Result<struct stat> status_of(int file) {
  struct stat status {};
  if (::fstat(file, &status) != 0) return fail(last_io_error());
  return status;
}

/// Whether `path` still names the open file. An editor that saves puts another one in its place.
bool is_still(const std::string& path, const struct stat& file) noexcept {
  struct stat named {};
  return ::stat(path.c_str(), &named) == 0 && named.st_dev == file.st_dev &&
         named.st_ino == file.st_ino;
}

Result<bool> ends_amid_a_line(int file, off_t size) {
  char last = '\n';
  if (size > 0 && ::pread(file, &last, 1, size - 1) != 1) return fail(last_io_error());
  return last != '\n';
}

/// Makes the name of a new file durable too.
Result<void> sync_parent(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path();
  const Fd directory(
      ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.get()) != 0) return fail(last_io_error());
  return {};
}

}  // namespace

SharedTable::SharedTable(Fd file) noexcept : file_(std::move(file)) {}

Result<SharedTable> SharedTable::open(const std::string& path, Use use) {
  // Not to wait for the writer of a pipe.
  constexpr int kAlways = O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  const int flags = use == Use::append ? O_RDWR | O_APPEND | O_CREAT | kAlways : O_RDONLY | kAlways;
  for (;;) {
    Fd file(::open(path.c_str(), flags, 0600));
    if (!file) return fail(last_io_error());
    if (::flock(file.get(), use == Use::append ? LOCK_EX : LOCK_SH) != 0)
      return errno == EINTR ? fail(Errc::interrupted) : fail(last_io_error());
    DCM_TRY(const struct stat status, status_of(file.get()));
    if (!S_ISREG(status.st_mode)) return fail(Errc::io, {.detail = EINVAL});
    if (!is_still(path, status)) continue;
    if (use == Use::append && status.st_size == 0) DCM_CHECK(sync_parent(path));
    return SharedTable(std::move(file));
  }
}

Result<std::string> SharedTable::read() {
  if (::lseek(file_.get(), 0, SEEK_SET) < 0) return fail(last_io_error());
  return read_all(file_.get(), kMaxBytes);
}

Result<void> SharedTable::append(std::string_view lines) {
  if (lines.empty()) return {};
  DCM_TRY(const struct stat before, status_of(file_.get()));
  DCM_TRY(const bool needs_line_feed, ends_amid_a_line(file_.get(), before.st_size));
  std::string text(needs_line_feed ? "\n" : "");
  text += lines;
  auto written = write_all(file_.get(), as_bytes(text));
  if (written && ::fsync(file_.get()) != 0) written = fail(last_io_error());
  // Half a line would be somebody's wrong pseudonym.
  if (!written && ::ftruncate(file_.get(), before.st_size) != 0) return fail(last_io_error());
  return written;
}

}  // namespace dcm::store
