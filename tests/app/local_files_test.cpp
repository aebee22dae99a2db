// SPDX-License-Identifier: MIT
#include "app/local_files.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>

#include "support/phantoms.hpp"
#include "support/temp_dir.hpp"

namespace dcm::app {
namespace {

namespace fs = std::filesystem;

class LocalFilesTest : public testing::Test {
 protected:
  void put(const std::string& name) { test::write_file(root() / name, name); }
  [[nodiscard]] const fs::path& root() const { return folder_.path(); }

  [[nodiscard]] Result<LocalFiles> collect(const std::vector<std::string>& names,
                                           const std::string& left_out = "output") const {
    std::vector<std::string> paths;
    for (const std::string& name : names) paths.push_back(root() / name);
    return LocalFiles::collect(paths, root() / left_out, stop_);
  }

  /// The paths found, beneath the root.
  [[nodiscard]] std::vector<std::string> found(const std::vector<std::string>& names) const {
    const auto files = collect(names);
    std::vector<std::string> paths;
    for (std::size_t i = 0; files && i < files->size(); ++i)
      paths.push_back(fs::path(files->path(i)).lexically_relative(root()));
    return paths;
  }

  StopSource stop_;

 private:
  test::TempDir folder_;
};

using Names = std::vector<std::string>;

TEST_F(LocalFilesTest, AreAllFilesInTheOrderOfTheirNames) {
  for (const char* name : {"in/b/2", "in/b/1", "in/a/deep/er/3", "in/z", "in/c"}) put(name);
  EXPECT_EQ(found({"in"}), (Names{"in/c", "in/z", "in/a/deep/er/3", "in/b/1", "in/b/2"}));
  const auto files = collect({"in"});
  ASSERT_TRUE(files);
  EXPECT_EQ(files->bytes(), 4 + 4 + 14 + 6 + 6U);
}

TEST_F(LocalFilesTest, CountAFileOnceWhateverItsNames) {
  put("in/a");
  put("in/b/c");
  fs::create_hard_link(root() / "in/a", root() / "in/b/also_a");
  EXPECT_EQ(found({"in/b/c", "in", "in/a", "in/../in/b"}), (Names{"in/b/c", "in/a"}));
}

TEST_F(LocalFilesTest, FollowLinksOnlyWhereTheUserNamedThem) {
  put("elsewhere/a");
  put("in/b");
  fs::create_symlink(root() / "elsewhere", root() / "in/folder_link");
  fs::create_symlink(root() / "elsewhere/a", root() / "in/file_link");
  EXPECT_EQ(found({"in"}), Names{"in/b"});
  EXPECT_EQ(found({"in/file_link"}), Names{"in/file_link"});
  EXPECT_EQ(found({"in/folder_link"}), Names{"in/folder_link/a"});
  const auto files = collect({"in/file_link"});
  ASSERT_TRUE(files);
  EXPECT_TRUE(files->open(0));
}

TEST_F(LocalFilesTest, AreNotOpenedThroughALinkThatCameLater) {
  put("secret");
  put("in/a");
  const auto files = collect({"in"});
  ASSERT_TRUE(files);
  fs::remove(root() / "in/a");
  fs::create_symlink(root() / "secret", root() / "in/a");
  const auto opened = files->open(0);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().detail, static_cast<std::uint32_t>(ELOOP));
}

TEST_F(LocalFilesTest, LeaveOutTheOutputAndWhatIsNoFile) {
  put("in/a");
  put("in/output/P1/1_T1/1.2.dcm");
  ASSERT_EQ(::mkfifo((root() / "in/fifo").c_str(), 0600), 0);
  fs::create_symlink("a", root() / "in/link");
  fs::create_symlink("fifo", root() / "in/link_too");
  const auto files = collect({"in"}, "in/output");
  ASSERT_TRUE(files);
  EXPECT_EQ(files->size(), 1U);
  EXPECT_EQ(files->links(), 2U);
  EXPECT_EQ(files->irregular(), 1U);
}

TEST_F(LocalFilesTest, FailForAPathThatIsNotThere) {
  put("in/a");
  const auto files = collect({"in", "nowhere"});
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().code, Errc::io);
  EXPECT_EQ(files.error().detail, static_cast<std::uint32_t>(ENOENT));
  EXPECT_EQ(files.error().offset, 1U);
}

TEST_F(LocalFilesTest, StopWhenAsked) {
  put("in/a");
  stop_.request();
  const auto files = collect({"in"});
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().code, Errc::interrupted);
}

}  // namespace
}  // namespace dcm::app
