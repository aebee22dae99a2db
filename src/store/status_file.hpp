// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "store/directory.hpp"

namespace dcm::store {

/// A small text file that tells how far long work has come: replaced as a whole, again and again,
/// so that who reads it never sees half of it. Mode 0600. One thread at a time.
class StatusFile {
 public:
  /// Looks whether `path` can be such a file: absent, or a regular file that begins with `mark`.
  /// Fails with io: EEXIST where anything else is there, EISDIR for a folder, EFBIG for more than
  /// 64 MiB.
  static Result<StatusFile> open(const std::string& path, std::string_view mark);

  /// What was there when it was opened; empty if nothing was.
  [[nodiscard]] const std::string& before() const noexcept { return before_; }

  /// Gives the file its content, durable on return; it begins with `mark`. Fails with io; the file
  /// is then as it was.
  Result<void> replace(std::string_view text);

 private:
  StatusFile(FilePlace place, std::string before) noexcept;

  FilePlace place_;
  std::string before_;
};

}  // namespace dcm::store
