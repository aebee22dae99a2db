// SPDX-License-Identifier: MIT
#include "store/status_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
namespace dcm::store {
namespace {

constexpr std::size_t kLongest = 64 << 20;

/// The content of an open file. Fails with io: EEXIST for what is no regular file, EISDIR for a
/// folder.
Result<std::string> content_of(int file) {
  struct stat status {};
  if (::fstat(file, &status) != 0) return fail(last_io_error());
  if (S_ISDIR(status.st_mode)) return fail(Errc::io, {.detail = EISDIR});
  if (!S_ISREG(status.st_mode)) return fail(Errc::io, {.detail = EEXIST});
  return read_all(file, kLongest);
}

}  // namespace

StatusFile::StatusFile(FilePlace place, std::string before) noexcept
    : place_(std::move(place)), before_(std::move(before)) {}

Result<StatusFile> StatusFile::open(const std::string& path, std::string_view mark) {
  DCM_TRY(FilePlace place, open_folder_of(path));
  const Fd there(::openat(place.directory.get(), place.name.c_str(),
                          O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!there && errno == ELOOP) return fail(Errc::io, {.detail = EEXIST});
  if (!there && errno != ENOENT) return fail(last_io_error());
  std::string before;
  if (there) {
    DCM_TRY(before, content_of(there.get()));
    if (!before.starts_with(mark)) return fail(Errc::io, {.detail = EEXIST});
  }
  return StatusFile(std::move(place), std::move(before));
}

Result<void> StatusFile::replace(std::string_view text) {
  const std::string draft = "." + place_.name + ".part";
  const int directory = place_.directory.get();
  // What a killed run left is no longer needed; what is there as a link leads elsewhere.
  if (::unlinkat(directory, draft.c_str(), 0) != 0 && errno != ENOENT) return fail(last_io_error());
  DCM_TRY(const Fd file, open_beneath(directory, draft, O_WRONLY | O_CREAT | O_EXCL, 0600));
  auto written = write_all(file.get(), as_bytes(text));
  if (written && ::fsync(file.get()) != 0) written = fail(last_io_error());
  if (written && ::renameat(directory, draft.c_str(), directory, place_.name.c_str()) != 0)
    written = fail(last_io_error());
  if (!written) {
    ::unlinkat(directory, draft.c_str(), 0);
    return written;
  }
  return ::fsync(directory) == 0 ? Result<void>() : fail(last_io_error());
}

}  // namespace dcm::store
