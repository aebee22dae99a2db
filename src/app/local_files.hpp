// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "base/stop.hpp"

namespace dcm::app {

/// The files that a user named, and all that lie in the folders named: each once, whatever the
/// number of its names, in an order that follows from the names alone. A symbolic link is followed
/// where the user named it, and passed over inside a folder; so is what is neither file nor folder.
class LocalFiles {
 public:
  /// Looks through `paths`. The folder `left_out`, which need not exist, is never entered. Fails
  /// with io and `offset` the index of the path that is not there, cannot be reached, or is neither
  /// file nor folder; and with interrupted.
  static Result<LocalFiles> collect(std::span<const std::string> paths, const std::string& left_out,
                                    const StopSource& stop);

  [[nodiscard]] std::size_t size() const noexcept { return files_.size(); }

  /// The size of all files together, as they were found.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

  /// Folders that could not be looked through to the end.
  [[nodiscard]] std::uint64_t unreadable_folders() const noexcept { return unreadable_folders_; }

  /// Symbolic links in folders.
  [[nodiscard]] std::uint64_t links() const noexcept { return links_; }

  /// What in folders is neither file nor folder nor link: pipes, sockets, devices.
  [[nodiscard]] std::uint64_t irregular() const noexcept { return irregular_; }

  /// Where a file is, beginning as the user's path did.
  [[nodiscard]] std::string path(std::size_t index) const;

  /// Opens a file to be read. Fails with io: ELOOP or ENXIO where it is no longer a file.
  [[nodiscard]] Result<Fd> open(std::size_t index) const;

 private:
  enum class Link : std::uint8_t { follow, never };
  struct File {
    std::uint32_t folder;  ///< index into folders_
    Link link;
    std::string name;
  };
  /// What makes two names the same file: device and inode.
  using Identity = std::pair<std::uint64_t, std::uint64_t>;
  struct Pending {
    std::string path;
    Link link;
  };

  void enter(Pending folder, const Identity& left_out, std::vector<Pending>& pending);
  void add(std::string name, Link link, const Identity& identity, std::uint64_t bytes);

  std::vector<std::string> folders_;  ///< empty, or with a slash at its end
  std::vector<File> files_;
  std::set<Identity> known_;  ///< of files and folders; empty when all are found
  std::uint64_t bytes_ = 0;
  std::uint64_t unreadable_folders_ = 0;
  std::uint64_t links_ = 0;
  std::uint64_t irregular_ = 0;
};

}  // namespace dcm::app
