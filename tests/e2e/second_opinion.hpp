// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

/// What programs that are not ours say about files, many files at a time. Throws if one of the
/// programs is not there.
namespace dcm::test {

/// What pydicom finds in a file when it converts every element at every depth.
struct Reading {
  std::string sop_uid;
  std::string keyed_uid;  ///< what the key makes of it, as docs/key.md says
  bool bare = false;      ///< without file meta
  int elements = 0;       ///< at all depths
  std::string pixels;     ///< SHA-256 of all pixel data, fragments and their tags included
  std::string error;      ///< empty if all of it could be read
};
/// In the order of the paths.
[[nodiscard]] std::vector<Reading> read_by_pydicom(const std::vector<std::filesystem::path>& paths,
                                                   const std::filesystem::path& key_file);

/// The error lines of dciodvfy for each file, as sets, values and numbers blotted out so that those
/// of two files can be compared. Warnings are left out.
[[nodiscard]] std::vector<std::set<std::string>> errors_by_dciodvfy(
    const std::vector<std::filesystem::path>& paths);

/// Of the files, those that dcmdump does not read to their end.
[[nodiscard]] std::vector<std::filesystem::path> refused_by_dcmdump(
    const std::vector<std::filesystem::path>& paths);

}  // namespace dcm::test
