// SPDX-License-Identifier: MIT
#include "app/turnstile.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

namespace dcm::app {
namespace {

TEST(Turnstile, GivesEachNumberOnce) {
  Turnstile turnstile(3);
  EXPECT_EQ(turnstile.enter(), 0U);
  EXPECT_EQ(turnstile.enter(), 1U);
  EXPECT_EQ(turnstile.enter(), 2U);
  EXPECT_EQ(turnstile.enter(), std::nullopt);
}

TEST(Turnstile, KeepsNobodyWaitingForOtherSubjects) {
  Turnstile turnstile(2);
  const auto first = *turnstile.enter();
  const auto second = *turnstile.enter();
  turnstile.announce(first, "a");
  turnstile.announce(second, "b");
  turnstile.wait(second);
  turnstile.leave(second);
  turnstile.wait(first);
  turnstile.leave(first);
}

TEST(Turnstile, KeepsWorksOnOneSubjectInOrder) {
  constexpr std::size_t kWorks = 2000, kSubjects = 3;
  Turnstile turnstile(kWorks);
  std::vector<std::vector<std::size_t>> done(kSubjects);
  std::atomic<bool> overlap{false};
  std::vector<std::atomic<int>> inside(kSubjects);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      while (const auto number = turnstile.enter()) {
        const std::size_t subject = *number % kSubjects;
        if (*number % 5 != 0) turnstile.announce(*number, std::to_string(subject));
        if (*number % 7 == 0) std::this_thread::yield();
        if (*number % 5 != 0) {
          turnstile.wait(*number);
          if (++inside[subject] > 1) overlap = true;
          done[subject].push_back(*number);
          --inside[subject];
        }
        turnstile.leave(*number);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(overlap);
  for (const auto& numbers : done) EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end()));
}

}  // namespace
}  // namespace dcm::app
