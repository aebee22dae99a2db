// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

namespace dcm::test {

/// A folder of its own under the system's temporary folder (TMPDIR), removed with all it holds.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace dcm::test
