// SPDX-License-Identifier: MIT
#include "dicom/date.hpp"

#include <gtest/gtest.h>

#include <string>

namespace dcm {
namespace {

std::string key_of(std::string_view typed) {
  const auto range = DateRange::parse(typed);
  return range ? range->dicom() : "failed";
}

TEST(DateRange, ReadsSingleDates) {
  EXPECT_EQ(key_of("20230101"), "20230101");
  EXPECT_EQ(key_of("2023-01-01"), "20230101");
  EXPECT_EQ(key_of("2023.01.01"), "20230101");
  EXPECT_EQ(key_of(" 20240229 "), "20240229");
  EXPECT_EQ(key_of("00010203"), "00010203");
}

TEST(DateRange, ReadsRanges) {
  for (const char* typed :
       {"20230101-20231231", "2023-01-01-2023-12-31", "2023-01-01..2023-12-31",
        "2023-01-01 - 2023-12-31", "20230101..2023-12-31", "2023.01.01-2023.12.31",
        "2023.01.01..2023.12.31", "20230101 .. 20231231"})
    EXPECT_EQ(key_of(typed), "20230101-20231231") << typed;
  EXPECT_EQ(key_of("20230101-20230101"), "20230101");
}

TEST(DateRange, ReadsOpenRanges) {
  EXPECT_EQ(key_of("20230101-"), "20230101-");
  EXPECT_EQ(key_of("2023-01-01-"), "20230101-");
  EXPECT_EQ(key_of("2023-01-01.."), "20230101-");
  EXPECT_EQ(key_of("-20231231"), "-20231231");
  EXPECT_EQ(key_of("-2023-12-31"), "-20231231");
  EXPECT_EQ(key_of("..2023-12-31"), "-20231231");
}

TEST(DateRange, RefusesWhatIsNoDate) {
  for (const char* typed : {"",
                            " ",
                            "-",
                            "..",
                            "2023-13-45",
                            "20230230",
                            "20230229",
                            "20230100",
                            "20230001",
                            "00000101",
                            "2023",
                            "202301",
                            "2023-01",
                            "2023-1-1",
                            "2023-0101",
                            "202301-01",
                            "2023-01.01",
                            "2023/01/01",
                            "today",
                            "20230101x",
                            "20230101 20231231",
                            "20230101--20231231",
                            "20230101-2023",
                            "20230101-20231231-",
                            "+20230101",
                            "2023 0101"})
    EXPECT_EQ(key_of(typed), "failed") << typed;
}

TEST(DateRange, RefusesReversedRangesWithTheCodeOfABadValue) {
  const auto range = DateRange::parse("20231231-20230101");
  ASSERT_FALSE(range);
  EXPECT_EQ(range.error().code, Errc::bad_value);
}

TEST(DateRange, ContainsBothEnds) {
  const auto range = DateRange::parse("20230101-20231231").value();
  EXPECT_TRUE(range.contains("20230101"));
  EXPECT_TRUE(range.contains("20231231"));
  EXPECT_TRUE(range.contains("20230615 "));
  EXPECT_FALSE(range.contains("20221231"));
  EXPECT_FALSE(range.contains("20240101"));
}

TEST(DateRange, OpenEndsContainAllBeyond) {
  EXPECT_TRUE(DateRange::parse("20230101-")->contains("99991231"));
  EXPECT_FALSE(DateRange::parse("20230101-")->contains("20221231"));
  EXPECT_TRUE(DateRange::parse("-20231231")->contains("19000101"));
  EXPECT_FALSE(DateRange::parse("-20231231")->contains("20240101"));
}

TEST(DateRange, UnderstandsTheOldFormAndRefusesNoDates) {
  const auto range = DateRange::parse("20230101").value();
  EXPECT_TRUE(range.contains("2023.01.01"));
  EXPECT_FALSE(range.contains("2023.01.02"));
  EXPECT_FALSE(range.contains("2023-01-01"));
  EXPECT_FALSE(range.contains(""));
  EXPECT_FALSE(range.contains("20230101-20230101"));
  EXPECT_FALSE(range.contains("unknown"));
}

TEST(Date, GoesToDaAndBack) {
  const auto date = parse_da("19991231");
  ASSERT_TRUE(date);
  EXPECT_EQ(to_da(*date), "19991231");
  EXPECT_EQ(parse_da("19990229"), std::nullopt);
}

}  // namespace
}  // namespace dcm
