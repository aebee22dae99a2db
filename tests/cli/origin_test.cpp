// SPDX-License-Identifier: MIT
#include "cli/origin.hpp"

#include <gtest/gtest.h>

namespace dcm::cli {
namespace {

TEST(Origin, NamesTheKeysOfTheFileThatTheValuesCameFrom) {
  const Origin origin{.file = "c.yaml", .entry = "archive"};
  EXPECT_EQ(as_written("check --host and --port, or wait longer with --connect-timeout", origin),
            "check `host` and `port`, or wait longer with --connect-timeout (server archive in "
            "c.yaml)");
  EXPECT_EQ(as_written("add --tls; --tls-ca FILE too", origin),
            "add `tls`; `tls.ca` FILE too (server archive in c.yaml)");
  EXPECT_EQ(as_written("fewer --jobs", origin), "fewer --jobs");
  EXPECT_EQ(as_written("the server's log may say more", origin), "the server's log may say more");
  EXPECT_EQ(as_written("", origin), "");
}

TEST(Origin, NamesOptionsThatWereTyped) {
  EXPECT_EQ(as_written("check --host and --port", {}), "check --host and --port");
  EXPECT_EQ(as_written("check --host and --port",
                       {.file = "c.yaml", .entry = "archive", .typed = {"--port"}}),
            "check `host` and --port (server archive in c.yaml)");
}

}  // namespace
}  // namespace dcm::cli
