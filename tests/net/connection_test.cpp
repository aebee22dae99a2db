// SPDX-License-Identifier: MIT
#include "net/connection.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <thread>

#include "net/fake_peer.hpp"
#include "support/process.hpp"

namespace dcm::net {
namespace {

using namespace std::chrono_literals;
using test::FakePeer;
using test::Talk;

class ConnectionTest : public testing::Test {
 protected:
  Connection connect(const FakePeer& peer) {
    return Connection::open("127.0.0.1", peer.port(), 2s, 300ms, stop_).value();
  }

  Errc failure_of_read(Connection& connection) {
    const auto count = connection.read(buffer_);
    return count ? Errc::ok : count.error().code;
  }

  StopSource stop_;
  std::array<std::byte, 64> buffer_{};
};

TEST_F(ConnectionTest, TellsAnUnknownHostFromARefusedConnection) {
  const auto unknown = Connection::open("no-such-host.invalid", 104, 2s, 1s, stop_);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Errc::unknown_host);

  const auto refused = Connection::open("127.0.0.1", dcm::test::free_port(), 2s, 1s, stop_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::connect_failed);
  EXPECT_EQ(refused.error().detail, static_cast<std::uint32_t>(ECONNREFUSED));
}

TEST_F(ConnectionTest, TriesEveryAddressOfTheHost) {
  const FakePeer peer([](const Talk& talk) { talk.wait_for_close(); });  // on 127.0.0.1 alone
  EXPECT_TRUE(Connection::open("localhost", peer.port(), 2s, 1s, stop_));
}

TEST_F(ConnectionTest, TimesOutWhenThePeerIsSilent) {
  const FakePeer peer([](const Talk& talk) { talk.wait_for_close(); });
  auto connection = connect(peer);
  EXPECT_EQ(failure_of_read(connection), Errc::timed_out);
  EXPECT_EQ(failure_of_read(connection), Errc::timed_out) << "a failure stays";
}

TEST_F(ConnectionTest, WaitsLongerForAnAnswerButOnlyOnce) {
  const FakePeer peer([](const Talk& talk) {
    std::this_thread::sleep_for(600ms);
    talk.send("x");
    talk.wait_for_close();
  });
  auto connection = connect(peer);
  connection.expect_answer(120s);
  EXPECT_EQ(failure_of_read(connection), Errc::ok);
  const auto from = Connection::Clock::now();
  EXPECT_EQ(failure_of_read(connection), Errc::timed_out);
  EXPECT_LT(Connection::Clock::now() - from, 60s);
}

TEST_F(ConnectionTest, ReportsAClosedPeer) {
  const FakePeer peer([](const Talk&) {});
  auto connection = connect(peer);
  EXPECT_EQ(failure_of_read(connection), Errc::disconnected);
}

TEST_F(ConnectionTest, AStopRequestEndsTheWait) {
  const FakePeer peer([](const Talk& talk) { talk.wait_for_close(); });
  auto connection = connect(peer);
  connection.expect_answer(60s);
  std::thread other([this] {
    std::this_thread::sleep_for(50ms);
    stop_.request();
  });
  EXPECT_EQ(failure_of_read(connection), Errc::interrupted);
  other.join();
}

TEST_F(ConnectionTest, LastWordsAreReadInSpiteOfAStopRequest) {
  const FakePeer peer([](const Talk& talk) { talk.send("x"); });
  auto connection = connect(peer);
  stop_.request();
  connection.ignore_stop();
  EXPECT_EQ(failure_of_read(connection), Errc::ok);
}

TEST_F(ConnectionTest, APeerThatStopsReadingTimesOut) {
  const FakePeer peer([](const Talk& talk) {
    while (!talk.over()) std::this_thread::sleep_for(10ms);
  });
  auto connection = connect(peer);
  const std::vector<std::byte> much(64 << 20);
  const auto written = connection.write(much);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Errc::timed_out);
}

TEST_F(ConnectionTest, EverythingEndsWithinTheLastDeadlineThoughBytesKeepComing) {
  const FakePeer peer([](const Talk& talk) {
    while (!talk.over()) talk.send("x");
  });
  auto connection = connect(peer);
  connection.finish_within(200ms);
  const auto from = Connection::Clock::now();
  while (failure_of_read(connection) == Errc::ok) {
  }
  EXPECT_EQ(connection.failure().code, Errc::timed_out);
  EXPECT_LT(Connection::Clock::now() - from, 60s);
}

TEST_F(ConnectionTest, KeepsTheFirstBytes) {
  const FakePeer peer([](const Talk& talk) { talk.send("HTTP/1.1 400 Bad Request\r\n"); });
  auto connection = connect(peer);
  while (failure_of_read(connection) == Errc::ok) {
  }
  EXPECT_EQ(as_text(connection.first_bytes()), "HTTP/1.1");
}

}  // namespace
}  // namespace dcm::net
