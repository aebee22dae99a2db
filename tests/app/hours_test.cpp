// SPDX-License-Identifier: MIT
#include "app/hours.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>

namespace dcm::app {
namespace {

/// Local time is that of `zone` for a while.
class LocalTime {
 public:
  explicit LocalTime(const char* zone) {
    ::setenv("TZ", zone, 1);
    ::tzset();
  }
  ~LocalTime() {
    ::unsetenv("TZ");
    ::tzset();
  }
  LocalTime(const LocalTime&) = delete;
  LocalTime& operator=(const LocalTime&) = delete;

  static Hours::TimePoint at(int month, int day, int hour, int minute, int second = 0) {
    std::tm time{};
    time.tm_year = 2023 - 1900;
    time.tm_mon = month - 1;
    time.tm_mday = day;
    time.tm_hour = hour;
    time.tm_min = minute;
    time.tm_sec = second;
    time.tm_isdst = -1;
    return std::chrono::system_clock::from_time_t(std::mktime(&time));
  }
};

Hours hours_of(std::initializer_list<const char*> spans) {
  Hours hours;
  for (const char* span : spans) EXPECT_TRUE(hours.add(span)) << span;
  return hours;
}

TEST(Hours, HoldFromTheFirstMinuteToTheLast) {
  const LocalTime utc("UTC");
  const Hours hours = hours_of({"08:00-12:30"});
  EXPECT_FALSE(hours.contain(LocalTime::at(6, 1, 7, 59, 59)));
  EXPECT_TRUE(hours.contain(LocalTime::at(6, 1, 8, 0)));
  EXPECT_TRUE(hours.contain(LocalTime::at(6, 1, 12, 29, 59)));
  EXPECT_FALSE(hours.contain(LocalTime::at(6, 1, 12, 30)));
}

TEST(Hours, MayGoPastMidnight) {
  const LocalTime utc("UTC");
  const Hours hours = hours_of({"18:00-07:00"});
  EXPECT_TRUE(hours.contain(LocalTime::at(6, 1, 23, 59)));
  EXPECT_TRUE(hours.contain(LocalTime::at(6, 2, 0, 0)));
  EXPECT_FALSE(hours.contain(LocalTime::at(6, 2, 7, 0)));
  EXPECT_FALSE(hours.contain(LocalTime::at(6, 2, 17, 59)));
}

TEST(Hours, MayBeOfSeveralSpans) {
  const LocalTime utc("UTC");
  const Hours hours = hours_of({"12:00-13:00", "20:00-24:00", "00:00-06:00"});
  EXPECT_TRUE(hours.contain(LocalTime::at(6, 1, 12, 30)));
  EXPECT_TRUE(hours.contain(LocalTime::at(6, 1, 23, 59)));
  EXPECT_TRUE(hours.contain(LocalTime::at(6, 1, 0, 0)));
  EXPECT_FALSE(hours.contain(LocalTime::at(6, 1, 13, 0)));
  EXPECT_EQ(hours.next_begin(LocalTime::at(6, 1, 13, 0)), LocalTime::at(6, 1, 20, 0));
  EXPECT_EQ(hours.next_begin(LocalTime::at(6, 1, 11, 0)), LocalTime::at(6, 1, 12, 0));
  EXPECT_EQ(hours.spans(), (std::vector<std::string>{"12:00-13:00", "20:00-24:00", "00:00-06:00"}));
}

TEST(Hours, BeginTomorrowWhenTodaysAreOver) {
  const LocalTime utc("UTC");
  const Hours hours = hours_of({"08:00-12:00"});
  EXPECT_EQ(hours.next_begin(LocalTime::at(12, 31, 12, 0, 7)), LocalTime::at(12, 32, 8, 0));
}

TEST(Hours, AreOfLocalTimeWhenTheClocksChange) {
  const LocalTime berlin("CET-1CEST,M3.5.0,M10.5.0/3");
  const Hours hours = hours_of({"18:00-07:00"});
  // The night of 26 March has no hour from two to three.
  EXPECT_EQ(hours.next_begin(LocalTime::at(3, 25, 12, 0)), LocalTime::at(3, 25, 18, 0));
  EXPECT_TRUE(hours.contain(LocalTime::at(3, 26, 6, 59)));
  EXPECT_FALSE(hours.contain(LocalTime::at(3, 26, 7, 0)));
  EXPECT_EQ(clock_text(hours.next_begin(LocalTime::at(3, 26, 7, 0))), "18:00");
}

TEST(Hours, NoneAreAlways) {
  const Hours hours;
  EXPECT_TRUE(hours.contain(std::chrono::system_clock::now()));
  EXPECT_EQ(hours.spans(), std::vector<std::string>());
}

TEST(Hours, RefuseWhatIsNoSpan) {
  Hours hours;
  for (const char* text : {"", "18:00", "18-07", "18:00-7:00", "18:00-25:00", "18:00-24:01",
                           "18:60-19:00", "24:00-07:00", "18:00-18:00", "18:00-07:00 ",
                           "-1:00-07:00", "18:00--7:00", "18:00–07:00", "18.00-07.00"})
    EXPECT_FALSE(hours.add(text)) << text;
  EXPECT_EQ(hours.spans(), std::vector<std::string>());
}

}  // namespace
}  // namespace dcm::app
