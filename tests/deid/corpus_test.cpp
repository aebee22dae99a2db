// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <optional>

#include "deid/rewritten.hpp"
#include "dicom/file_meta.hpp"
#include "dicom/text.hpp"
#include "dicom/transfer_syntax.hpp"
#include "support/phantoms.hpp"

namespace dcm::deid {
namespace {

namespace fs = std::filesystem;

using test::rewrite;
using test::Rewritten;

/// A file that begins as PS3.10 wants it, in a transfer syntax that is known.
struct CorpusFile {
  fs::path path;
  ObjectInfo info;
  std::string data_set;
};

test::Tree tree_of(const std::string& bytes, std::string_view transfer_syntax) {
  const TransferSyntax& syntax = *find_transfer_syntax(transfer_syntax);
  return test::parse_tree(syntax.deflated ? test::inflated(bytes) : bytes, syntax.encoding);
}

// A server names in its C-STORE command what the data set holds, whatever the file meta says.
std::string instance_uid_of(const std::string& data_set, std::string_view transfer_syntax) try {
  for (const test::TreeNode& node : tree_of(data_set, transfer_syntax))
    if (node.tag == tags::kSopInstanceUid) return std::string(trim(node.value));
  return "1.2.3";
} catch (const std::runtime_error&) {
  return "1.2.3";
}

std::optional<CorpusFile> load_corpus_file(const fs::path& path) {
  const std::string file = test::read_file(path);
  const Result<ParsedFileMeta> parsed = parse_file_meta(as_bytes(file));
  if (!parsed) return std::nullopt;
  const std::string& syntax = parsed->meta.transfer_syntax_uid;
  if (find_transfer_syntax(syntax) == nullptr) return std::nullopt;
  std::string data_set = file.substr(parsed->data_set_offset);
  std::string instance = instance_uid_of(data_set, syntax);
  return CorpusFile{path, {"1.2.3", std::move(instance), syntax}, std::move(data_set)};
}

std::vector<CorpusFile> corpus() {
  std::vector<CorpusFile> all;
  for (const auto& entry : fs::recursive_directory_iterator(DCM_CORPUS_DIR))
    if (entry.is_regular_file())
      if (auto file = load_corpus_file(entry.path())) all.push_back(*std::move(file));
  return all;
}

bool goes(Tag tag) {
  return tag.is_group_length() ||
         find_profile("demographics")->rule(tag, vr::kUN).action == Action::remove;
}

Rewritten send(const Project* project, const CorpusFile& file) {
  Budget budget(2 * HeaderTape::kMaxBytes);
  Rewriter rewriter(project, budget);
  return rewrite(rewriter, file.data_set, file.info, 0, 4096);
}

class Corpus : public testing::Test {
 protected:
  // The files are public, but not the project's to carry; ctest counts the suite as skipped.
  void SetUp() override {
    if (fs::is_directory(DCM_CORPUS_DIR)) return;
    std::printf("corpus: skipped, there are no public DICOM files at %s\n", DCM_CORPUS_DIR);
    GTEST_SKIP();
  }
};

TEST_F(Corpus, IsKeptByteForByteOrRefusedForAReason) {
  std::map<int, int> counts;
  const std::vector<CorpusFile> files = corpus();
  for (const CorpusFile& file : files) {
    const Rewritten out = send(nullptr, file);
    ++counts[static_cast<int>(out.error.code)];
    if (out.error.code == Errc::ok) {
      EXPECT_TRUE(out.data_set() == file.data_set) << file.path;
    } else {
      EXPECT_EQ(classify(out.error.code), ErrorClass::bad_object) << file.path;
      std::printf("  refused, code %d at %llu, tag %08x: %s\n", static_cast<int>(out.error.code),
                  static_cast<unsigned long long>(out.error.offset), out.error.tag,
                  file.path.filename().c_str());
    }
  }
  std::printf("corpus: %zu files", files.size());
  for (const auto& [code, count] : counts) std::printf(", code %d: %d", code, count);
  std::printf("\n");
}

TEST_F(Corpus, LosesTheTwentyAttributesAndNothingElse) {
  for (const CorpusFile& file : corpus()) {
    if (send(nullptr, file).error.code != Errc::ok) continue;
    const Rewritten out = send(test::demographics(), file);
    ASSERT_EQ(out.error.code, Errc::ok) << file.path;
    try {
      const std::string& syntax = file.info.transfer_syntax_uid;
      EXPECT_EQ(tree_of(out.data_set(), syntax), without(tree_of(file.data_set, syntax), goes))
          << file.path;
    } catch (const std::runtime_error& error) {
      ADD_FAILURE() << file.path << ": " << error.what();
    }
  }
}

}  // namespace
}  // namespace dcm::deid
