// SPDX-License-Identifier: MIT
#include "store/directory.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>

namespace dcm::store {
namespace {

constexpr const char* kScratch = "scratch";

Result<Fd> checked(int fd) {
  if (fd < 0) return fail(last_io_error());
  return Fd(fd);
}

/// What open_beneath() does where the kernel (before 5.6) or a sandbox has no openat2.
Result<Fd> open_by_steps(int directory, const std::string& path, int flags, mode_t mode) {
  Fd parent;
  std::size_t start = 0;
  for (;;) {
    const std::size_t slash = path.find('/', start);
    const std::string name = path.substr(start, slash - start);
    if (name.empty() || name == "..") return fail(Errc::io, {.detail = EXDEV});
    const int base = parent ? parent.get() : directory;
    if (slash == std::string::npos)
      return checked(::openat(base, name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, mode));
    DCM_TRY(parent,
            checked(::openat(base, name.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)));
    start = slash + 1;
  }
}

/// Reads a full block, or what is left of the file.
Result<std::size_t> read_block(int fd, std::span<char> block, off_t offset) {
  std::size_t used = 0;
  while (used < block.size()) {
    const ssize_t count =
        ::pread(fd, block.data() + used, block.size() - used, offset + static_cast<off_t>(used));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(last_io_error());
    if (count == 0) break;
    used += static_cast<std::size_t>(count);
  }
  return used;
}

Result<void> check_call(int result) {
  if (result != 0) return fail(last_io_error());
  return {};
}

/// `kind` is S_IFREG, S_IFDIR and so on.
bool is_of_kind(int directory, const std::string& name, mode_t kind) {
  struct stat status {};
  return ::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
         (status.st_mode & S_IFMT) == kind;
}

/// The names that are wanted of what is in a directory, sorted.
template <typename Wanted>
Result<std::vector<std::string>> list(int directory, Wanted wanted) {
  // A descriptor of its own, since the position of a directory is shared between duplicates.
  DCM_TRY(const Fd self, open_directory(directory, "."));
  const int copy = ::fcntl(self.get(), F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return fail(last_io_error());
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(copy), &::closedir);
  if (!stream) {
    ::close(copy);
    return fail(Errc::io, {.detail = ENOMEM});
  }
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr && errno != 0) return fail(last_io_error());
    if (entry == nullptr) break;
    std::string name = entry->d_name;
    if (name != "." && name != ".." && wanted(name, entry->d_type))
      names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

Result<Fd> open_beneath(int directory, const std::string& path, int flags, mode_t mode) {
  struct open_how how {};
  how.flags = static_cast<std::uint64_t>(flags | O_NOFOLLOW | O_CLOEXEC);
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  for (;;) {
    const long fd = ::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how);
    if (fd >= 0) return Fd(static_cast<int>(fd));
    if (errno == ENOSYS || errno == EPERM) return open_by_steps(directory, path, flags, mode);
    if (errno != EINTR && errno != EAGAIN) return fail(last_io_error());
  }
}

Result<Fd> open_directory(int directory, const std::string& path) {
  return open_beneath(directory, path, O_RDONLY | O_DIRECTORY);
}

Result<Fd> make_directory(int directory, const std::string& path) {
  auto there = open_directory(directory, path);
  if (there || !is_absent(there.error())) return there;
  const std::size_t slash = path.rfind('/');
  Fd parent;
  int base = directory;
  if (slash != std::string::npos) {
    DCM_TRY(parent, open_directory(directory, path.substr(0, slash)));
    base = parent.get();
  }
  const std::string name = path.substr(slash + 1);
  if (::mkdirat(base, name.c_str(), 0700) != 0 && errno != EEXIST) return fail(last_io_error());
  return open_directory(base, name);
}

Result<FilePlace> open_folder_of(const std::string& path) {
  const std::filesystem::path whole(path);
  if (!whole.has_filename()) return fail(Errc::io, {.detail = EISDIR});
  const std::string parent = whole.has_parent_path() ? whole.parent_path().string() : ".";
  DCM_TRY(Fd directory, checked(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
  return FilePlace{std::move(directory), whole.filename()};
}

std::optional<std::uint64_t> file_size(int directory, const std::string& path) {
  const auto file = open_beneath(directory, path, O_PATH);
  struct stat status {};
  if (!file || ::fstat(file->get(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return static_cast<std::uint64_t>(status.st_size);
}

bool is_absent(const Error& error) noexcept {
  return error.code == Errc::io && error.detail == ENOENT;
}

Result<std::vector<std::string>> names_in(int directory) {
  return list(directory, [](const std::string&, unsigned char) { return true; });
}

Result<std::vector<std::string>> objects_in(int directory) {
  return list(directory, [&](const std::string& name, unsigned char type) {
    if (!name.ends_with(".dcm")) return false;
    return type == DT_REG || (type == DT_UNKNOWN && is_of_kind(directory, name, S_IFREG));
  });
}

Result<bool> same_bytes(int one, int other) {
  struct stat first {};
  struct stat second {};
  if (::fstat(one, &first) != 0 || ::fstat(other, &second) != 0) return fail(last_io_error());
  if (!S_ISREG(first.st_mode) || !S_ISREG(second.st_mode)) return false;
  if (first.st_size != second.st_size) return false;
  std::vector<char> blocks(std::size_t{2} * 65536);
  const std::span<char> left(blocks.data(), 65536);
  const std::span<char> right(blocks.data() + 65536, 65536);
  for (off_t offset = 0; offset < first.st_size; offset += 65536) {
    DCM_TRY(const std::size_t size, read_block(one, left, offset));
    DCM_TRY(const std::size_t other_size, read_block(other, right, offset));
    if (size != other_size ||
        !std::equal(left.begin(), left.begin() + static_cast<long>(size), right.begin()))
      return false;
  }
  return true;
}

Result<Placed> move_file(int from, const std::string& name, int to) {
  const auto moved = rename_new(from, name, to, name);
  if (moved) return Placed::stored;
  if (moved.error().detail != EEXIST) return fail(moved.error());
  DCM_TRY(const Fd ours, open_beneath(from, name, O_RDONLY | O_NONBLOCK));
  const auto theirs = open_beneath(to, name, O_RDONLY | O_NONBLOCK);
  bool same = false;
  if (theirs) {
    DCM_TRY(same, same_bytes(ours.get(), theirs->get()));
  } else if (theirs.error().detail != ELOOP && theirs.error().detail != ENXIO) {
    return fail(theirs.error());
  }
  DCM_CHECK(check_call(::unlinkat(from, name.c_str(), 0)));
  return same ? Placed::already_there : Placed::conflict;
}

Result<void> rename_new(int from, const std::string& name, int to, const std::string& new_name) {
  const char* source = name.c_str();
  const char* target = new_name.c_str();
  if (::renameat2(from, source, to, target, RENAME_NOREPLACE) == 0) return {};
  if (errno != EINVAL && errno != ENOSYS) return fail(last_io_error());
  // No RENAME_NOREPLACE on this file system: a hard link never replaces, a rename of a directory
  // only an empty one. For a file without links nothing is left that could not replace.
  if (::linkat(from, source, to, target, 0) == 0) return check_call(::unlinkat(from, source, 0));
  const Error unlinked = last_io_error();
  if (unlinked.detail != EPERM || !is_of_kind(from, name, S_IFDIR)) return fail(unlinked);
  if (::renameat(from, source, to, target) == 0) return {};
  return fail(Errc::io, {.detail = static_cast<std::uint32_t>(
                             errno == ENOTEMPTY || errno == ENOTDIR ? EEXIST : errno)});
}

Result<void> replace_file(int scratch, int directory, const std::string& name,
                          const std::string& text) {
  DCM_TRY(const Fd file, open_beneath(scratch, kScratch, O_WRONLY | O_CREAT | O_TRUNC, 0600));
  DCM_CHECK(write_all(file.get(), as_bytes(text)));
  DCM_CHECK(check_call(::fsync(file.get())));
  return check_call(::renameat(scratch, kScratch, directory, name.c_str()));
}

Result<void> discard_scratch(int scratch) {
  if (::unlinkat(scratch, kScratch, 0) == 0 || errno == ENOENT) return {};
  return fail(last_io_error());
}

Result<void> remove_flat_directory(int directory, const std::string& name) {
  const auto doomed = open_directory(directory, name);
  if (!doomed && is_absent(doomed.error())) return {};
  if (!doomed) return fail(doomed.error());
  DCM_TRY(const auto names, names_in(doomed->get()));
  for (const std::string& one : names)
    DCM_CHECK(check_call(::unlinkat(doomed->get(), one.c_str(), 0)));
  return check_call(::unlinkat(directory, name.c_str(), AT_REMOVEDIR));
}

}  // namespace dcm::store
