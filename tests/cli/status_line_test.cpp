// SPDX-License-Identifier: MIT
#include "cli/status_line.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "support/phantoms.hpp"
#include "support/temp_dir.hpp"

namespace dcm::cli {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

const CohortMark kMark{"0123abcd", "0123456789abcdef"};

std::vector<StatusLine> lines() {
  return {
      {.row = 2,
       .state = "partial",
       .studies = 1,
       .series = 2,
       .counts = {.stored = 1, .refused = 2, .failed = 3, .missing = 4, .conflict = 5},
       .reason = "failed",
       .explanation = "the server failed on 3 instances, or 'so'"},
      {.row = 4, .state = "not yet", .counts = {.pending = 7}, .reason = {}, .explanation = {}}};
}

TEST(StatusLine, IsReadAsItWasWritten) {
  const auto read = read_status(status_text(lines(), kMark));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->mark, kMark);
  EXPECT_EQ(read->lines, lines());
}

TEST(StatusLine, IsNotBelievedWhereAnyOfItIsNotAsItWasWritten) {
  const std::string good = status_text(lines(), kMark);
  const std::string first = "2,partial,1,2,15,1,2,3,4,5,0,failed,";
  ASSERT_NE(good.find(first), std::string::npos) << good;
  const auto with = [&](std::string_view from, const std::string& to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  EXPECT_FALSE(read_status(""));
  EXPECT_FALSE(read_status(std::string(kStatusHeader)));
  EXPECT_FALSE(read_status("name,id\n" + good));
  EXPECT_FALSE(read_status(good.substr(0, good.size() - 5))) << "cut short";
  EXPECT_FALSE(read_status(with(",15,", ",16,"))) << "it does not add up";
  EXPECT_FALSE(read_status(with(",15,", ",-15,")));
  EXPECT_FALSE(read_status(with("2,partial", "4,partial"))) << "rows twice";
  EXPECT_FALSE(read_status(with("0123abcd", "0123abce"))) << "lines of two cohorts";
  EXPECT_FALSE(read_status(with("2,partial", "2,,partial")));
}

class CohortMarkTest : public ::testing::Test {
 protected:
  [[nodiscard]] CohortMark mark() const { return mark_of(source_, output_); }

  test::TempDir folder_;
  CohortSource source_{.path = folder_.path() / "cohort.csv", .sheet = {}};
  std::string output_ = folder_.path() / "tree";
};

TEST_F(CohortMarkTest, ChangesWithTheFileAndWithWhatIsMadeOfIt) {
  test::write_file(source_.path, "1\n");
  const auto before = mark();
  EXPECT_EQ(mark(), before);
  output_ = folder_.path() / "other" / ".." / "tree" / "";
  EXPECT_EQ(mark(), before);
  output_ = folder_.path() / "other";
  EXPECT_NE(mark(), before) << "another tree";
  EXPECT_EQ(mark().name, before.name);
  output_ = folder_.path() / "tree";
  source_.level = net::QueryLevel::series;
  EXPECT_NE(mark().state, before.state);
  source_.level = net::QueryLevel::study;
  fs::last_write_time(source_.path, fs::last_write_time(source_.path) + 1s);
  EXPECT_NE(mark().state, before.state) << "changed";
  EXPECT_EQ(mark().name, before.name);
  source_.sheet = "Arm B";
  EXPECT_NE(mark().name, before.name) << "another sheet";
}

}  // namespace
}  // namespace dcm::cli
