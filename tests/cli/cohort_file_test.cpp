// SPDX-License-Identifier: MIT
#include "cli/cohort_file.hpp"

#include <gtest/gtest.h>

#include "support/phantoms.hpp"
#include "support/temp_dir.hpp"

namespace dcm::cli {
namespace {

class CohortFile : public ::testing::Test {
 protected:
  /// What is said of a file with that content.
  std::string refusal(const std::string& content) {
    test::write_file(path_, content);
    const auto cohort = load_cohort({.path = path_, .sheet = {}});
    EXPECT_FALSE(cohort) << content;
    if (cohort) return {};
    EXPECT_EQ(cohort.error().exit, ExitCode::usage);
    std::string text = error_text(cohort.error());
    for (auto at = text.find(path_); at != std::string::npos; at = text.find(path_))
      text.replace(at, path_.size(), "FILE");
    return text;
  }

  test::TempDir folder_;
  std::string path_ = folder_.path() / "cohort.csv";
};

TEST_F(CohortFile, IsReadRowByRow) {
  test::write_file(path_, "PatientID\n00042\n");
  const auto cohort = load_cohort({.path = path_, .sheet = {}});
  ASSERT_TRUE(cohort);
  EXPECT_EQ(cohort->rows.front().criteria.patient_id, "00042");
}

TEST_F(CohortFile, SaysWhichColumnIsNotKnownAndWhatItMayBe) {
  EXPECT_EQ(refusal("PatientID,Stdy Date\n1,2\n"),
            "dicom-client: error: cohort FILE: the header of column B is no criterion that is "
            "known\nhint: did you mean `StudyDate`? --ignore-columns leaves out what is not "
            "known\n");
}

TEST_F(CohortFile, SaysInWhichRowAValueStandsBesideTheColumns) {
  EXPECT_EQ(refusal("PatientID,StudyDate\n1,2023\n2,2023,3\n"),
            "dicom-client: error: cohort FILE, row 3: a value in column C, which has no header\n"
            "hint: a value with a separator in it stands in quotes; --ignore-columns leaves out "
            "what is not known\n");
}

TEST_F(CohortFile, RepeatsNothingThatMayBeAPatients) {
  const std::string text = refusal("DOE^JOHN,00042\n");
  EXPECT_NE(text.find("the first row names no criterion that is known"), std::string::npos);
  EXPECT_EQ(text.find("DOE"), std::string::npos);
  EXPECT_EQ(text.find("00042"), std::string::npos);
}

TEST_F(CohortFile, SaysWhereItCannotBeRead) {
  EXPECT_EQ(
      refusal("id\n\"1\n"),
      "dicom-client: error: cohort FILE, row 2: a quote or a carriage return out of "
      "place\nhint: a quote within quotes is doubled: \"DOE \"\"JD\"\" JOHN\"; lines end with "
      "LF or CR LF\n");
  EXPECT_EQ(refusal("M\xFCller\n"),
            "dicom-client: error: cohort FILE: neither UTF-8 nor UTF-16 with a byte order mark\n"
            "hint: save it as CSV UTF-8, or as .xlsx: other encodings are not guessed\n");
  EXPECT_EQ(refusal("PatientID\n"),
            "dicom-client: error: cohort FILE: it has no row besides a header\n");
}

TEST_F(CohortFile, ThatIsNotThereIsASlip) {
  const auto cohort = load_cohort({.path = path_, .sheet = {}});
  ASSERT_FALSE(cohort);
  EXPECT_EQ(cohort.error().exit, ExitCode::usage);
}

TEST(ColumnLetters, AreThoseOfASpreadsheet) {
  EXPECT_EQ(column_letters(0), "A");
  EXPECT_EQ(column_letters(25), "Z");
  EXPECT_EQ(column_letters(26), "AA");
  EXPECT_EQ(column_letters(701), "ZZ");
  EXPECT_EQ(column_letters(702), "AAA");
}

}  // namespace
}  // namespace dcm::cli
