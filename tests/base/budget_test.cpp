// SPDX-License-Identifier: MIT
#include "base/budget.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>
#include <vector>

namespace dcm {
namespace {

TEST(Budget, GivesAllItHas) {
  Budget budget(10);
  budget.take(4);
  budget.take(6);
  budget.give_back(10);
  budget.take(10);
}

TEST(Budget, MakesTheNextWaitUntilEnoughIsGivenBack) {
  Budget budget(10);
  budget.take(8);
  auto waiting = std::async(std::launch::async, [&] { budget.take(6); });
  budget.give_back(2);
  EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  budget.give_back(2);
  waiting.get();
}

TEST(Budget, IsNeverOverdrawn) {
  Budget budget(2);
  std::atomic<int> holders{0}, most{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] {
      for (int round = 0; round < 200; ++round) {
        budget.take(1);
        most = std::max(most.load(), ++holders);
        --holders;
        budget.give_back(1);
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most.load(), 2);
}

}  // namespace
}  // namespace dcm
