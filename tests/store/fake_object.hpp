// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "store/tree.hpp"

namespace dcm::store::test {

/// An object as the store sees one: bytes from which describe_fake() reads the description back.
struct FakeObject {
  ObjectDescription about;
  std::string payload = "pixels";

  [[nodiscard]] std::string bytes() const;
};

/// Patient DOE1, study 1.2.1 of 20230101, series `series` with number 1 and description T1.
FakeObject object_of(const std::string& series, const std::string& sop_instance_uid);

Result<ObjectDescription> describe_fake(int fd);

TreeIdentity demographics();

/// Opens the tree as `demographics`.
Result<Tree> open_tree(const std::filesystem::path& root);

/// Stages and places; ADD_FAILURE and `conflict` when that fails.
Placed put(Tree& tree, const FakeObject& object);

/// A temporary directory, in memory where the machine offers that, removed at the end.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path operator/(const std::string& name) const {
    return path_ / name;
  }

 private:
  std::filesystem::path path_;
};

std::string read_text(const std::filesystem::path& file);
void write_text(const std::filesystem::path& file, const std::string& text);

/// Everything below `root`, path -> content; directories end in `/`, links tell where to.
std::map<std::string, std::string> snapshot(const std::filesystem::path& root);

}  // namespace dcm::store::test
