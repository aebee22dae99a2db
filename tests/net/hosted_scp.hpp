// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "net/storage_scp.hpp"
#include "net/storage_shelf.hpp"

namespace dcm::net::test {

/// A test with a storage SCP of its own, which puts on a shelf what arrives and notes whom it turns
/// away.
class HostedScp : public testing::Test {
 protected:
  void host(StorageScpSettings how) {
    how.on_turned_away = [this](const Caller& caller, const Error& error) {
      const std::lock_guard lock(mutex_);
      turned_away_.emplace_back(caller.ae_title, error);
    };
    auto opened = StorageScp::open(std::move(how), shelf_.factory(), stop_);
    ASSERT_TRUE(opened);
    scp_ = std::move(*opened);
  }

  /// The title that was told, if any, and why.
  [[nodiscard]] std::vector<std::pair<std::string, Error>> turned_away() const {
    const std::lock_guard lock(mutex_);
    return turned_away_;
  }

  /// True once `condition` holds; gives up after a long time.
  template <typename Condition>
  [[nodiscard]] static bool eventually(Condition condition) {
    for (int round = 0; round < 1500; ++round) {
      if (condition()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  StopSource stop_;
  StorageShelf shelf_;
  mutable std::mutex mutex_;
  std::vector<std::pair<std::string, Error>> turned_away_;
  std::unique_ptr<StorageScp> scp_;
};

}  // namespace dcm::net::test
