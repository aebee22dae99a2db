// SPDX-License-Identifier: MIT
#include "app/pace.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace dcm::app {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// One minute, an hour after `time`.
Hours an_hour_after(Hours::TimePoint time) {
  Hours hours;
  EXPECT_TRUE(hours.add(clock_text(time + 1h) + '-' + clock_text(time + 1h + 1min)));
  return hours;
}

const Hours::TimePoint kStart = std::chrono::system_clock::from_time_t(1'700'000'000);

TEST(Pace, LetsNoMoreObjectsByThanAllThreadsTogetherMay) {
  constexpr int kThreads = 4, kEach = 5;
  Pace pace({.objects_per_second = 20}, [] { return false; });
  const auto begun = Clock::now();
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < kEach; ++k) pace.await_turn();
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_GE(Clock::now() - begun, 19 * 50ms);
}

TEST(Pace, SavesNoTurnsUpForLater) {
  Pace pace({.objects_per_second = 10}, [] { return false; });
  pace.await_turn();
  std::this_thread::sleep_for(300ms);
  const auto begun = Clock::now();
  for (int i = 0; i < 3; ++i) pace.await_turn();
  EXPECT_GE(Clock::now() - begun, 200ms);
}

TEST(Pace, HoldsNobodyBackWithoutALimit) {
  Pace pace({}, [] { return false; });
  for (int i = 0; i < 1'000'000; ++i) pace.await_turn();
  EXPECT_FALSE(pace.opens_at());
  pace.await_opening();
  EXPECT_FALSE(pace.waiting());
}

TEST(Pace, WaitsUntilTheHoursBegin) {
  std::atomic<Hours::TimePoint> now = kStart;
  Pace pace(
      {.hours = an_hour_after(kStart)}, [] { return false; }, [&] { return now.load(); });
  ASSERT_TRUE(pace.opens_at());
  EXPECT_GT(*pace.opens_at(), kStart + 59min);
  EXPECT_LE(*pace.opens_at(), kStart + 1h);
  std::atomic<bool> opened = false;
  std::thread waiter([&] {
    pace.await_opening();
    opened = true;
  });
  while (!pace.waiting()) std::this_thread::yield();
  now = kStart + 59min;
  std::this_thread::sleep_for(250ms);
  EXPECT_FALSE(opened);
  now = kStart + 1h;
  waiter.join();
  EXPECT_FALSE(pace.waiting());
  EXPECT_GE(pace.waited(), 250ms);
}

TEST(Pace, EndsItsWaitsWhenItIsOver) {
  std::atomic<bool> over = false;
  Pace pace(
      {.objects_per_second = 1, .hours = an_hour_after(kStart)}, [&] { return over.load(); },
      [] { return kStart; });
  std::vector<std::thread> threads;
  threads.emplace_back([&] { pace.await_opening(); });
  threads.emplace_back([&] {
    for (int i = 0; i < 1000; ++i) pace.await_turn();
  });
  while (!pace.waiting()) std::this_thread::yield();
  const auto begun = Clock::now();
  over = true;
  for (std::thread& thread : threads) thread.join();
  EXPECT_LT(Clock::now() - begun, 60s) << "and not a quarter of an hour";
}

}  // namespace
}  // namespace dcm::app
