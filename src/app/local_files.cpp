// SPDX-License-Identifier: MIT
#include "app/local_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <utility>

#include "store/directory.hpp"

namespace dcm::app {
namespace {

using Identity = std::pair<std::uint64_t, std::uint64_t>;

Identity identity_of(const struct stat& status) noexcept { return {status.st_dev, status.st_ino}; }

/// What no file is.
constexpr Identity kNothing{~std::uint64_t{0}, ~std::uint64_t{0}};

Identity identity_of(const std::string& path) noexcept {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 ? identity_of(status) : kNothing;
}

std::string with_slash(std::string path) {
  if (!path.ends_with('/')) path += '/';
  return path;
}

}  // namespace

void LocalFiles::add(std::string name, Link link, const Identity& identity, std::uint64_t bytes) {
  if (!known_.insert(identity).second) return;
  files_.push_back({static_cast<std::uint32_t>(folders_.size() - 1), link, std::move(name)});
  bytes_ += bytes;
}

/// Takes the files of a folder; its folders come next, ahead of what is pending.
void LocalFiles::enter(Pending folder, const Identity& left_out, std::vector<Pending>& pending) {
  const int follow = folder.link == Link::follow ? 0 : O_NOFOLLOW;
  const Fd directory(
      ::open(folder.path.c_str(), O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC | follow));
  struct stat status {};
  if (!directory || ::fstat(directory.get(), &status) != 0) {
    ++unreadable_folders_;
    return;
  }
  if (identity_of(status) == left_out || !known_.insert(identity_of(status)).second) return;
  auto names = store::names_in(directory.get());
  if (!names) {
    ++unreadable_folders_;
    return;
  }
  folders_.push_back(with_slash(std::move(folder.path)));
  std::vector<Pending> inside;
  for (std::string& name : *names) {
    if (::fstatat(directory.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (S_ISREG(status.st_mode))
      add(std::move(name), Link::never, identity_of(status),
          static_cast<std::uint64_t>(status.st_size));
    else if (S_ISDIR(status.st_mode))
      inside.push_back({folders_.back() + name, Link::never});
    else
      ++(S_ISLNK(status.st_mode) ? links_ : irregular_);
  }
  pending.insert(pending.end(), std::make_move_iterator(inside.rbegin()),
                 std::make_move_iterator(inside.rend()));
}

Result<LocalFiles> LocalFiles::collect(std::span<const std::string> paths,
                                       const std::string& left_out, const StopSource& stop) {
  LocalFiles all;
  const Identity output = identity_of(left_out);
  for (std::size_t i = 0; i < paths.size(); ++i) {
    struct stat status {};
    if (::stat(paths[i].c_str(), &status) != 0) {
      Error error = last_io_error();
      error.offset = i;
      return fail(error);
    }
    if (S_ISREG(status.st_mode)) {
      all.folders_.emplace_back();
      all.add(paths[i], Link::follow, identity_of(status),
              static_cast<std::uint64_t>(status.st_size));
      continue;
    }
    if (!S_ISDIR(status.st_mode)) return fail(Errc::io, {.detail = EINVAL, .offset = i});
    std::vector<Pending> pending{{paths[i], Link::follow}};
    while (!pending.empty()) {
      if (stop.requested()) return fail(Errc::interrupted);
      Pending next = std::move(pending.back());
      pending.pop_back();
      all.enter(std::move(next), output, pending);
    }
  }
  all.known_.clear();
  return all;
}

std::string LocalFiles::path(std::size_t index) const {
  const File& file = files_[index];
  return folders_[file.folder] + file.name;
}

Result<Fd> LocalFiles::open(std::size_t index) const {
  const int follow = files_[index].link == Link::follow ? 0 : O_NOFOLLOW;
  Fd file(::open(path(index).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | follow));
  if (!file) return fail(last_io_error());
  return file;
}

}  // namespace dcm::app
