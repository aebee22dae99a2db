// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "base/fd.hpp"

namespace dcm::store {

/// A small text file that tells how far long work has come: replaced as a whole, again and again,
/// so that who reads it never sees half of it. Mode 0600. One thread at a time.
class StatusFile {
 public:
  /// Looks whether `path` can be such a file: absent, or a regular file that begins with `mark`.
  /// Fails with io: EEXIST where anything else is there.
  static Result<StatusFile> open(const std::string& path, std::string_view mark);

  /// Gives the file its content, durable on return; it begins with `mark`. Fails with io; the file
  /// is then as it was.
  Result<void> replace(std::string_view text);

 private:
  StatusFile(Fd directory, std::string name) noexcept;

  Fd directory_;
  std::string name_;
};

}  // namespace dcm::store
