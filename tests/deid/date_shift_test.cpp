// SPDX-License-Identifier: MIT
#include "deid/date_shift.hpp"

#include <gtest/gtest.h>

namespace dcm::deid {
namespace {

using namespace std::string_view_literals;

std::string da(std::string_view value, int days) {
  return shift_dates(value, vr::kDA, days).value_or("none");
}

std::string dt(std::string_view value, int days) {
  return shift_dates(value, vr::kDT, days).value_or("none");
}

TEST(ShiftDates, MovesADayByWholeDays) {
  EXPECT_EQ(da("20230115", -1), "20230114");
  EXPECT_EQ(da("20230101", -1), "20221231");
  EXPECT_EQ(da("20230115", -3650), "20130117");
  EXPECT_EQ(da("20230115", 31), "20230215");
  EXPECT_EQ(da("19700101", -365), "19690101");
}

TEST(ShiftDates, KnowsLeapDays) {
  EXPECT_EQ(da("20240301", -1), "20240229");
  EXPECT_EQ(da("20230301", -1), "20230228");
  EXPECT_EQ(da("20000301", -1), "20000229");
  EXPECT_EQ(da("19000301", -1), "19000228");
  EXPECT_EQ(da("20240229", -366), "20230228");
  EXPECT_EQ(da("20230229", -1), "none");
}

TEST(ShiftDates, KeepsIntervals) {
  EXPECT_EQ(da("20230115\\20230122\\20230301", -59), "20221117\\20221124\\20230101");
}

TEST(ShiftDates, KeepsTheFormOfAcrNema) {
  EXPECT_EQ(da("2023.01.01", -1), "2022.12.31");
  EXPECT_EQ(da("2023.01", -1), "none");
  EXPECT_EQ(da("2023.1.1", -1), "none");
  EXPECT_EQ(da("2023.01.1", -1), "none");
  EXPECT_EQ(da("2023.0101", -1), "none");
}

TEST(ShiftDates, BetraysNoDayOfWhatHasNone) {
  EXPECT_EQ(da("2023", -1), "2022");
  EXPECT_EQ(da("2023", -365), "2022");
  EXPECT_EQ(da("2023", -366), "2021");
  EXPECT_EQ(da("202303", -1), "202302");
  EXPECT_EQ(da("202303", -59), "202301");
  EXPECT_EQ(dt("2023", -1), "2022");
  EXPECT_EQ(dt("202301", -1), "202212");
}

TEST(ShiftDates, KeepsTimeFractionAndOffset) {
  EXPECT_EQ(dt("20230101", -1), "20221231");
  EXPECT_EQ(dt("2023010112", -1), "2022123112");
  EXPECT_EQ(dt("202301011230", -1), "202212311230");
  EXPECT_EQ(dt("20230101123059", -1), "20221231123059");
  EXPECT_EQ(dt("20230101123060.1", -1), "20221231123060.1");
  EXPECT_EQ(dt("20230101235959.123456", -1), "20221231235959.123456");
  EXPECT_EQ(dt("20230101235959.123456+0100", -1), "20221231235959.123456+0100");
  EXPECT_EQ(dt("20230101235959.123456-0500", -1), "20221231235959.123456-0500");
  EXPECT_EQ(dt("2023010123-0330", -1), "2022123123-0330");
  EXPECT_EQ(dt("2023+1400", -1), "2022+1400");
}

TEST(ShiftDates, MovesBothEndsOfARange) {
  EXPECT_EQ(da("20230101-20230131", -1), "20221231-20230130");
  EXPECT_EQ(da("20230101-", -1), "20221231-");
  EXPECT_EQ(da("-20230101", -1), "-20221231");
  EXPECT_EQ(dt("20230101-20230131", -1), "20221231-20230130");
  EXPECT_EQ(dt("2023-2024", -1), "2022-2023");
  EXPECT_EQ(dt("20230101-0500-20230131-0500", -1), "20221231-0500-20230130-0500");
  EXPECT_EQ(dt("20230101-0500-", -1), "20221231-0500-");
  EXPECT_EQ(dt("-20230101+0100", -1), "-20221231+0100");
  EXPECT_EQ(da("-", -1), "none");
  EXPECT_EQ(da("20230101-20230102-20230103", -1), "none");
  EXPECT_EQ(da("20230101-today", -1), "none");
}

TEST(ShiftDates, KeepsPaddingAndEmptyValues) {
  EXPECT_EQ(da("20230101 ", -1), "20221231 ");
  EXPECT_EQ(da(" 20230101\0"sv, -1), " 20221231\0"sv);
  EXPECT_EQ(da("", -1), "");
  EXPECT_EQ(da("  ", -1), "  ");
  EXPECT_EQ(da("\\20230101\\ \\", -1), "\\20221231\\ \\");
  EXPECT_EQ(dt("20230101123059.1+0100 ", -1), "20221231123059.1+0100 ");
}

TEST(ShiftDates, HaveNoneForWhatIsNoDate) {
  for (const std::string_view value :
       {"today", "20231301", "20230230", "20230001", "20230100", "00000000", "202301011", "2023010",
        "20230", "202", "2023-01-01", "2023/01/01", "20230101x", "x20230101", "20230101\\never",
        "2023 01 01", "20230101+0100", "20230101123059", "2023-0305"}) {
    EXPECT_EQ(da(value, -1), "none") << value;
  }
  for (const std::string_view value :
       {"now", "20230101240000", "20230101126000", "20230101123061", "2023010112305",
        "20230101123059.", "20230101123059.1234567", "202301011230.5", "20230101123059+1500",
        "20230101123059+0160", "20230101123059+010", "20230101123059+01000", "20230101123059Z",
        "20230101 123059", "2023010112305900", "2023-0305", "2023.01.01"}) {
    EXPECT_EQ(dt(value, -1), "none") << value;
  }
}

TEST(ShiftDates, LeaveTheCalendarOnNeitherSide) {
  EXPECT_EQ(da("00010101", -1), "none");
  EXPECT_EQ(da("15000101", -1), "none");
  EXPECT_EQ(da("15000102", -1), "15000101");
  EXPECT_EQ(da("99991231", -1), "99991230");
  EXPECT_EQ(da("99991231", 1), "none");
}

TEST(CapAges, LeavesAgesUpTo89Years) {
  for (const std::string_view value : {"000Y", "045Y", "089Y", "090Y", "999M", "999W", "999D", "",
                                       "045Y\\003M ", "  ", "\\045Y"}) {
    EXPECT_EQ(cap_ages(value), value);
  }
}

TEST(CapAges, MakesAllOthers90Years) {
  EXPECT_EQ(cap_ages("091Y"), "090Y");
  EXPECT_EQ(cap_ages("104Y"), "090Y");
  EXPECT_EQ(cap_ages("999Y"), "090Y");
  EXPECT_EQ(cap_ages("045Y\\099Y "), "045Y\\090Y ");
}

TEST(CapAges, HasNoneForWhatIsNoAge) {
  for (const std::string_view value :
       {"95Y", "95", "095", "095y", "95 Y", "-95Y", "0950Y", "old", "045Y\\old", "045Y/099Y"}) {
    EXPECT_FALSE(cap_ages(value)) << value;
  }
}

}  // namespace
}  // namespace dcm::deid
