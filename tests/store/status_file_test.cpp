// SPDX-License-Identifier: MIT
#include "store/status_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "support/phantoms.hpp"
#include "support/temp_dir.hpp"

namespace dcm::store {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = "row,state\n";

class StatusFileTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string content() const {
    std::ifstream in(path_);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()));
  }
  void expect_failure(std::uint32_t number) const {
    const auto file = StatusFile::open(path_, kMark);
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error(), (Error{.code = Errc::io, .detail = number}));
  }

  test::TempDir folder_;
  std::string path_ = folder_.path() / "cohort.csv.status.csv";
};

TEST_F(StatusFileTest, IsReplacedAsAWholeAndReadableByItsOwnerAlone) {
  auto file = StatusFile::open(path_, kMark);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->before(), "");
  EXPECT_EQ(files(), 0U);
  for (const char* rows : {"1,not yet\n2,not yet\n", "1,complete\n"}) {
    ASSERT_TRUE(file->replace(std::string(kMark) + rows));
    EXPECT_EQ(content(), std::string(kMark) + rows);
    EXPECT_EQ(files(), 1U);
    struct stat status {};
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
  }
}

TEST_F(StatusFileTest, TakesThePlaceOfAnEarlierOneAndOfWhatAKilledRunLeft) {
  test::write_file(path_, std::string(kMark) + "1,not yet\n");
  test::write_file(folder_.path() / ".cohort.csv.status.csv.part", "half");
  auto file = StatusFile::open(path_, kMark);
  ASSERT_TRUE(file);
  EXPECT_EQ(file->before(), std::string(kMark) + "1,not yet\n");
  ASSERT_TRUE(file->replace(kMark));
  EXPECT_EQ(content(), kMark);
  EXPECT_EQ(files(), 1U);
}

TEST_F(StatusFileTest, NeverTakesThePlaceOfAnythingElse) {
  for (const char* other : {"", "row", "name,state\nDOE,1\n"}) {
    test::write_file(path_, other);
    expect_failure(EEXIST);
    EXPECT_EQ(content(), other);
  }
  fs::remove(path_);
  fs::create_directory(path_);
  expect_failure(EISDIR);
  fs::remove(path_);
  test::write_file(folder_.path() / "elsewhere", std::string(kMark));
  fs::create_symlink("elsewhere", path_);
  expect_failure(EEXIST);
}

TEST_F(StatusFileTest, NeedsAFolder) {
  const auto file = StatusFile::open(folder_.path() / "none" / "status.csv", kMark);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().detail, static_cast<std::uint32_t>(ENOENT));
}

}  // namespace
}  // namespace dcm::store
