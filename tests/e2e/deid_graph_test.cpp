// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <utility>

#include "e2e/tool.hpp"
#include "support/parsed_tree.hpp"
#include "support/read_back.hpp"
#include "support/referring_study.hpp"
#include "support/temp_dir.hpp"

/// Objects that refer to each other do so after de-identification, by other names or by their own.
namespace dcm::test {
namespace {

namespace fs = std::filesystem;
using Texts = std::vector<std::string>;

constexpr std::string_view kStandard = "1.2.840.10008.";
constexpr std::string_view kOurs = "1.2.826.0.1.3680043.10.1337.";

/// All UIDs of an object by where they stand: `(0008,1140)[0](0008,1155)[0]`.
using Uids = std::map<std::string, std::string>;

Texts split(std::string value) {
  Texts parts;
  while (!value.empty() && (value.back() == '\0' || value.back() == ' ')) value.pop_back();
  for (std::size_t at = 0; at <= value.size();) {
    const std::size_t end = std::min(value.find('\\', at), value.size());
    parts.push_back(value.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

std::string name_of(Tag tag) {
  char name[12];
  std::snprintf(name, sizeof name, "(%04X,%04X)", tag.group, tag.element);
  return name;
}

void collect(const Tree& tree, const std::string& path, Uids& uids) {
  for (const TreeNode& node : tree) {
    const std::string here = path + name_of(node.tag);
    for (std::size_t i = 0; i < node.items.size(); ++i)
      collect(node.items[i], here + "[" + std::to_string(i) + "]", uids);
    if (node.vr != vr::kUI) continue;
    const Texts values = split(node.value);
    for (std::size_t i = 0; i < values.size(); ++i)
      uids[here + "[" + std::to_string(i) + "]"] = values[i];
  }
}

struct Object {
  Tree tree;
  Uids uids;
};

/// By modality and instance number.
using Objects = std::map<std::string, Object>;

Objects objects_of(const std::vector<std::string>& files) {
  Objects objects;
  for (const std::string& file : files) {
    Object object{parse_tree(data_set_of(file), dcm::Encoding::explicit_le), {}};
    collect(object.tree, "", object.uids);
    std::string name;
    for (const TreeNode& node : object.tree)
      if (node.tag == tags::kModality || node.tag == 0x00200013_tag)
        name += split(node.value).front() + " ";
    objects.emplace(name, std::move(object));
  }
  return objects;
}

/// The UIDs that objects have as their own: instance, series, study, frame of reference.
std::set<std::string> named_in(const Objects& objects) {
  std::set<std::string> names;
  for (const auto& [name, object] : objects)
    for (const char* path :
         {"(0008,0018)[0]", "(0020,000E)[0]", "(0020,000D)[0]", "(0020,0052)[0]"})
      if (const auto at = object.uids.find(path); at != object.uids.end()) names.insert(at->second);
  return names;
}

/// The parameter is a profile, or an option.
class UidGraph : public ::testing::TestWithParam<std::string> {
 protected:
  UidGraph() {
    const bool profile = GetParam() == "basic" || GetParam() == "research";
    write_file(folder_.path() / "key", std::string(32, 'k'));
    fs::permissions(folder_.path() / "key", fs::perms::owner_read);
    write_files(phantoms_, folder_.path() / "study");
    const RunResult run = run_tool({"anonymize", folder_.path() / "study", "--output", tree(),
                                    profile ? "--profile" : "--option", GetParam(), "--key-file",
                                    folder_.path() / "key"});
    EXPECT_EQ(run.exit_code, 0) << run.err;
    std::vector<std::string> before, after;
    for (const Phantom& phantom : phantoms_) before.push_back(phantom.bytes);
    for (const auto& [uid, path] : objects_in(tree())) after.push_back(read_file(path));
    before_ = objects_of(before);
    after_ = objects_of(after);
    EXPECT_EQ(before_.size(), phantoms_.size());
  }

  [[nodiscard]] fs::path tree() const { return folder_.path() / "tree"; }

  TempDir folder_;
  std::vector<Phantom> phantoms_ = referring_study();
  Objects before_, after_;
};

class RenamedUidGraph : public UidGraph {};

std::string test_name(const ::testing::TestParamInfo<std::string>& tested) {
  std::string name = tested.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Under, UidGraph, ::testing::Values("basic", "research", "retain-uids"),
                         test_name);
INSTANTIATE_TEST_SUITE_P(Under, RenamedUidGraph, ::testing::Values("basic", "research"), test_name);

/// What PS3.15 takes away with all it refers to (X/Z, X/Z/D and X), and what is private.
bool is_taken_away(const std::string& path) {
  return path.starts_with("(0008,1110)") || path.starts_with("(0008,1111)") ||
         path.find("(0008,1120)") != path.npos || path.starts_with("(0029,");
}

TEST_P(UidGraph, IsTheSameByWhateverNames) {
  ASSERT_EQ(after_.size(), before_.size());
  const std::set<std::string> targets = named_in(before_), new_targets = named_in(after_);
  std::map<std::string, std::string> renamed, named_before;
  int references = 0;
  for (const auto& [name, object] : before_)
    for (const auto& [path, uid] : object.uids) {
      SCOPED_TRACE(name + path);
      const auto at = after_.at(name).uids.find(path);
      if (at == after_.at(name).uids.end()) {
        EXPECT_TRUE(is_taken_away(path));
        continue;
      }
      EXPECT_EQ(renamed.emplace(uid, at->second).first->second, at->second);
      EXPECT_EQ(named_before.emplace(at->second, uid).first->second, uid);
      EXPECT_EQ(targets.contains(uid), new_targets.contains(at->second));
      references += targets.contains(uid) ? 1 : 0;
    }
  EXPECT_GE(references, 80);
}

TEST_P(RenamedUidGraph, KeepsTheUidsOfTheStandardAndNoOther) {
  for (const auto& [name, object] : before_)
    for (const auto& [path, uid] : object.uids) {
      SCOPED_TRACE(name + path);
      const auto at = after_.at(name).uids.find(path);
      if (at == after_.at(name).uids.end()) continue;
      if (uid.starts_with(kStandard))
        EXPECT_EQ(at->second, uid);
      else
        EXPECT_TRUE(at->second.starts_with("2.25.")) << at->second;
    }
}

TEST_P(RenamedUidGraph, LeavesNoOldUidAnywhereInTheTree) {
  int files = 0;
  for (const auto& entry : fs::recursive_directory_iterator(tree())) {
    EXPECT_EQ(entry.path().lexically_relative(tree()).string().find(kOurs), std::string::npos);
    if (!entry.is_regular_file()) continue;
    EXPECT_EQ(read_file(entry.path()).find(kOurs), std::string::npos) << entry.path();
    ++files;
  }
  EXPECT_GT(files, 9);
}

}  // namespace
}  // namespace dcm::test
