// SPDX-License-Identifier: MIT
#include "base/stop.hpp"

#include <gtest/gtest.h>
#include <poll.h>

#include <csignal>

namespace dcm {
namespace {

bool is_readable(int fd) {
  pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
  return ::poll(&waiting, 1, 0) == 1;
}

TEST(StopSource, WakesWhoeverPollsAndStaysSo) {
  StopSource stop;
  EXPECT_FALSE(stop.requested());
  EXPECT_FALSE(is_readable(stop.wait_fd()));
  stop.request();
  stop.request();
  EXPECT_TRUE(stop.requested());
  EXPECT_TRUE(is_readable(stop.wait_fd()));
  EXPECT_TRUE(is_readable(stop.wait_fd()));
}

StopSource* in_handler = nullptr;

TEST(StopSource, MayBeRequestedByASignalHandler) {
  StopSource stop;
  in_handler = &stop;
  const auto before = std::signal(SIGUSR1, [](int) { in_handler->request(); });
  std::raise(SIGUSR1);
  std::signal(SIGUSR1, before);
  EXPECT_TRUE(stop.requested());
}

}  // namespace
}  // namespace dcm
