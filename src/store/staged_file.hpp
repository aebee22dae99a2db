// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.hpp"
#include "store/directory.hpp"

namespace dcm::store {

enum class Linked : std::uint8_t { yes, name_taken };

/// A file without a name until it is whole: O_TMPFILE, or where the file system has none an `.part`
/// file opened O_EXCL|O_NOFOLLOW that is removed unless linked. Mode 0600. Writes are gathered in a
/// small buffer. Destroying it unlinked leaves nothing behind. One thread at a time.
class StagedFile {
 public:
  /// Creates the file in the file system of `directory`, which must outlive it. Fails with io.
  static Result<StagedFile> create(int directory);

  /// What create() does where files without a name are not known.
  static Result<StagedFile> create_part(int directory);

  StagedFile(StagedFile&&) noexcept;
  StagedFile& operator=(StagedFile&&) noexcept;
  ~StagedFile();

  /// Appends. Fails with io; ENOSPC may also come from link_as. A file that failed stays failed, so
  /// that one with a hole is never linked.
  Result<void> write(Bytes bytes);

  /// Appends `count` bytes of the open file `fd` from `offset` on, which the kernel moves where it
  /// can (copy_file_range, else sendfile, else read and write); the position of `fd` stays. Fails
  /// with io, or truncated where the input ends before them; in both cases the file has failed.
  Result<void> append_from(int fd, std::uint64_t offset, std::uint64_t count);

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }

  /// Flushes down to the disk itself. Fails with io.
  Result<void> sync();

  /// Flushes and gives the file its name in `directory` - one component of our own making. Never
  /// replaces: name_taken leaves the staged file as it is. Fails with io.
  Result<Linked> link_as(int directory, const std::string& name);

  /// Flushes, and whether the file `name` in `directory` has the same bytes; a symbolic link never
  /// has. Fails with io.
  Result<bool> equals(int directory, const std::string& name);

  /// link_as(), and where the name is taken equals(). Fails with io.
  Result<Placed> place_as(int directory, const std::string& name);

 private:
  StagedFile(Fd file, int directory, std::string part_name);
  Result<void> flush();
  Result<void> write_through(Bytes bytes);
  Result<void> failed(const Error& error);
  Result<void> link_nameless(int directory, const std::string& name);
  void discard() noexcept;

  Fd file_;
  int directory_ = -1;
  std::string part_name_;  ///< empty when the file is nameless
  std::uint64_t size_ = 0;
  std::string buffer_;
  Error failure_{};  ///< code is Errc::ok until the first failed write
};

}  // namespace dcm::store
