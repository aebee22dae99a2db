// SPDX-License-Identifier: MIT
#include "store/status_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "store/directory.hpp"

namespace dcm::store {
namespace {

/// Whether a file begins with `mark`. Fails with io, EEXIST for what is no regular file.
Result<bool> begins_with(int file, std::string_view mark) {
  struct stat status {};
  if (::fstat(file, &status) != 0) return fail(last_io_error());
  if (!S_ISREG(status.st_mode)) return fail(Errc::io, {.detail = EEXIST});
  std::string head(mark.size(), '\0');
  const auto size = ::pread(file, head.data(), head.size(), 0);
  if (size < 0) return fail(last_io_error());
  return head == mark;
}

}  // namespace

StatusFile::StatusFile(Fd directory, std::string name) noexcept
    : directory_(std::move(directory)), name_(std::move(name)) {}

Result<StatusFile> StatusFile::open(const std::string& path, std::string_view mark) {
  const std::filesystem::path whole(path);
  if (!whole.has_filename()) return fail(Errc::io, {.detail = EISDIR});
  const std::string parent = whole.has_parent_path() ? whole.parent_path().string() : ".";
  Fd directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory) return fail(last_io_error());
  std::string name = whole.filename();
  const Fd there(
      ::openat(directory.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!there && errno == ELOOP) return fail(Errc::io, {.detail = EEXIST});
  if (!there && errno != ENOENT) return fail(last_io_error());
  if (there) {
    DCM_TRY(const bool ours, begins_with(there.get(), mark));
    if (!ours) return fail(Errc::io, {.detail = EEXIST});
  }
  return StatusFile(std::move(directory), std::move(name));
}

Result<void> StatusFile::replace(std::string_view text) {
  const std::string draft = "." + name_ + ".part";
  const int directory = directory_.get();
  // What a killed run left is no longer needed; what is there as a link leads elsewhere.
  if (::unlinkat(directory, draft.c_str(), 0) != 0 && errno != ENOENT) return fail(last_io_error());
  DCM_TRY(const Fd file, open_beneath(directory, draft, O_WRONLY | O_CREAT | O_EXCL, 0600));
  auto written = write_all(file.get(), as_bytes(text));
  if (written && ::fsync(file.get()) != 0) written = fail(last_io_error());
  if (written && ::renameat(directory, draft.c_str(), directory, name_.c_str()) != 0)
    written = fail(last_io_error());
  if (!written) {
    ::unlinkat(directory, draft.c_str(), 0);
    return written;
  }
  return ::fsync(directory) == 0 ? Result<void>() : fail(last_io_error());
}

}  // namespace dcm::store
