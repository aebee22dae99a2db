// SPDX-License-Identifier: MIT
#include "app/crew.hpp"

#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace dcm::app {
namespace {

constexpr auto kTick = std::chrono::milliseconds(200);

}  // namespace

void run_crew(std::size_t size, const std::function<void()>& work,
              const std::function<void()>& tick, const std::function<void()>& on_broken) {
  std::mutex mutex;
  std::condition_variable done;
  std::size_t at_work = 0;
  const auto body = [&] {
    try {
      work();
    } catch (const std::exception&) {
      on_broken();
    }
    const std::lock_guard lock(mutex);
    if (--at_work == 0) done.notify_all();
  };
  std::vector<std::thread> threads;
  std::unique_lock lock(mutex);
  for (std::size_t i = 0; i < size; ++i) {
    try {
      threads.emplace_back(body);
      ++at_work;
    } catch (const std::system_error&) {  // fewer threads than wanted will do
      break;
    }
  }
  while (!done.wait_for(lock, kTick, [&] { return at_work == 0; })) {
    lock.unlock();
    tick();
    lock.lock();
  }
  lock.unlock();
  for (std::thread& thread : threads) thread.join();
  if (threads.empty() && size > 0) on_broken();
}

}  // namespace dcm::app
