// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.hpp"

namespace dcm::store {

/// A text file of the user's own that several processes read and append lines to. Locked while it
/// is open (flock, advisory), so that what is read holds until what follows from it is appended:
/// keep it open for that long and no longer. Nothing in it is ever overwritten. One thread at a
/// time.
class SharedTable {
 public:
  enum class Use : std::uint8_t {
    read,    ///< beside other readers
    append,  ///< alone; a file that is absent is made, mode 0600
  };

  /// Opens the file, symbolic links followed, and waits until it is free. Fails with io (no regular
  /// file is EINVAL), or interrupted by a signal while it waits.
  static Result<SharedTable> open(const std::string& path, Use use);

  /// All that is in the file. Fails with io; more than 64 MiB is EFBIG.
  Result<std::string> read();

  /// Appends whole lines, on a line of their own, durable on return. No lines change nothing. Fails
  /// with io; the file is then as it was, if the file system lets it.
  Result<void> append(std::string_view lines);

 private:
  explicit SharedTable(Fd file) noexcept;

  Fd file_;
};

}  // namespace dcm::store
