// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

#include "support/temp_dir.hpp"

namespace dcm::test {

/// An ext4 file system in a file, mounted so that what is written is on it at once. Only this
/// process and its children see it, so it goes with them. Needs root and loop devices: throws
/// std::runtime_error where they are not there.
class LoopDisk {
 public:
  explicit LoopDisk(std::uintmax_t mebibytes);
  ~LoopDisk();
  LoopDisk(const LoopDisk&) = delete;
  LoopDisk& operator=(const LoopDisk&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return mounted_; }

  /// What is on the disk, the journal and what was deleted included: all of its blocks that were
  /// ever written to, one after another.
  [[nodiscard]] std::string blocks() const;

 private:
  TempDir folder_;
  std::filesystem::path image_, mounted_;
};

}  // namespace dcm::test
