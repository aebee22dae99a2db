// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <iostream>
#include <optional>
#include <thread>

#include "net/calling_peer.hpp"
#include "net/storage_shelf.hpp"
#include "support/certificates.hpp"
#include "support/read_back.hpp"
#include "support/tls_front.hpp"

#if defined(__SANITIZE_ADDRESS__)
// GCC 12 has the function, but not the header that declares it.
extern "C" std::size_t __sanitizer_get_current_allocated_bytes();
#endif

namespace dcm::net {
namespace {

using namespace std::chrono_literals;
using dcm::test::read_file;
using test::CallingPeer;
using test::request_body;
using test::Wanted;
using Clock = std::chrono::steady_clock;

/// What a process holds on to.
struct Holdings {
  std::size_t descriptors = 0, threads = 0, heap = 0;
};

std::size_t entries(const char* folder) {
  const std::filesystem::directory_iterator all(folder);
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

std::size_t heap_in_use() {
#if defined(__SANITIZE_ADDRESS__)
  return __sanitizer_get_current_allocated_bytes();
#else
  return mallinfo2().uordblks;
#endif
}

Holdings holdings() {
  return {entries("/proc/self/fd"), entries("/proc/self/task"), heap_in_use()};
}

/// Counts and drops, so that only what the SCP itself keeps can grow.
class CountingSink final : public ObjectSink {
 public:
  explicit CountingSink(std::atomic<int>& objects) : objects_(objects) {}
  void begin(const ObjectInfo&) override {}
  void write(Bytes) override {}
  Receipt end() override {
    ++objects_;
    return Receipt::stored;
  }
  void abandon() noexcept override {}

 private:
  std::atomic<int>& objects_;
};

class StorageScpSoak : public testing::Test {
 protected:
  void SetUp() override { open({}); }

  void open(std::optional<TlsSettings> tls) {
    auto opened = StorageScp::open(
        {.address = "127.0.0.1",
         .ae_title = "TEST",
         .expected = {{"PACS", ""}},
         .tls = std::move(tls),
         .on_turned_away = [this](const Caller&, const Error&) { ++turned_away_; }},
        [this](const Caller&) { return std::make_unique<CountingSink>(objects_); }, stop_);
    ASSERT_TRUE(opened);
    scp_ = std::move(*opened);
  }

  /// Runs `once` some times to fill every cache, then `times` times, and expects that nothing is
  /// left of it: no descriptor, no thread, and less than eight bytes of memory each time.
  template <typename Once>
  void expect_nothing_left(int times, Once once) {
    constexpr int kWarmUp = 100;
    const auto idle = holdings();
    for (int each = 0; each < kWarmUp; ++each) once();
    const auto before = settled(idle);
    ASSERT_EQ(before.descriptors, idle.descriptors);
    for (int each = 0; each < times; ++each) once();
    const auto after = settled(before);
    EXPECT_EQ(after.descriptors, before.descriptors);
    EXPECT_EQ(after.threads, before.threads);
    EXPECT_LT(after.heap, before.heap + 8 * static_cast<std::size_t>(times));
  }

  void expect_short_waits(std::uint16_t by);

  StopSource stop_;
  std::atomic<int> objects_{0}, turned_away_{0};
  std::unique_ptr<StorageScp> scp_;

 private:
  /// The holdings once the SCP is done with what still waits at its door.
  [[nodiscard]] static Holdings settled(const Holdings& hoped_for) {
    Holdings now = holdings();
    for (int round = 0; round < 1500; ++round) {
      std::this_thread::sleep_for(20ms);
      now = holdings();
      if (now.threads <= hoped_for.threads && now.descriptors <= hoped_for.descriptors) break;
    }
    return now;
  }
};

TEST_F(StorageScpSoak, TenThousandConnectionsMadeAndDroppedLeaveNothingBehind) {
  int each = 0;
  expect_nothing_left(10'000, [&] {
    const CallingPeer peer(scp_->port());
    if (++each % 2 == 0) peer.talk().send(std::string("\x01\0\0\0", 4));
  });
  EXPECT_EQ(scp_->associations(), 0U);
}

TEST_F(StorageScpSoak, AThousandAssociationsLeaveNothingBehind) {
  expect_nothing_left(1'000, [&] {
    const CallingPeer peer(scp_->port());
    ASSERT_EQ(peer.ask().type, 2);
    ASSERT_EQ(peer.store("1.2.3", std::string(1000, 'x')), 0);
    ASSERT_TRUE(peer.release());
  });
  EXPECT_GE(objects_, 1'000);
}

TEST_F(StorageScpSoak, BrokenAssociationsLeaveNothingBehind) {
  int each = 0;
  expect_nothing_left(300, [&] {
    const CallingPeer peer(scp_->port());
    ASSERT_EQ(peer.ask().type, 2);
    peer.begin_store("1.2.3");
    peer.talk().send_data(1, std::string(1000, 'x'), false);
    if (++each % 2 == 0) peer.talk().send_pdu(7, std::string(4, '\0'));
  });
}

TEST_F(StorageScpSoak, RequestsFullOfWhatWeDoNotOfferLeaveNothingBehind) {
  Wanted wanted;
  for (int each = 0; each < 40; ++each) {
    wanted.more_user_information +=
        test::make_item(0x58, std::string("\x01\x01\0\x04USER\0\0", 10));
  }
  wanted.contexts.resize(127, wanted.contexts.front());
  expect_nothing_left(300, [&] {
    const CallingPeer peer(scp_->port());
    ASSERT_EQ(peer.ask(wanted).type, 2);
    ASSERT_TRUE(peer.release());
  });
}

TEST_F(StorageScpSoak, RejectionsLeaveNothingBehind) {
  expect_nothing_left(300, [&] {
    const CallingPeer peer(scp_->port());
    ASSERT_EQ(peer.ask({.calling_aet = "STRANGER"}).type, 3);
  });
}

/// An A-ASSOCIATE-RQ.
std::string first_words() { return std::string("\x01\0\0\0\0\xF0", 6) + request_body({}); }

/// A ClientHello that says how long it is, and never comes to its end.
std::string first_words_of_tls() {
  return std::string("\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", 11) + std::string(400, 'r');
}

/// 256 peers that are slow: some amid an object, which is sent to the port `by`, the others with
/// what they say first, byte by byte.
class SlowPeers {
 public:
  static constexpr int kAll = 256, kWithinAnObject = 48;

  SlowPeers(std::uint16_t port, std::uint16_t by, std::string first_words)
      : first_words_(std::move(first_words)) {
    for (int each = 0; each < kWithinAnObject; ++each) {
      sending_.push_back(std::make_unique<CallingPeer>(by));
      EXPECT_EQ(sending_.back()->ask().type, 2);
      sending_.back()->begin_store("1.2.3");
    }
    for (int each = kWithinAnObject; each < kAll; ++each)
      asking_.push_back(std::make_unique<CallingPeer>(port));
    drip_ = std::thread([this] { drip(); });
  }
  ~SlowPeers() {
    over_ = true;
    drip_.join();
  }
  SlowPeers(const SlowPeers&) = delete;
  SlowPeers& operator=(const SlowPeers&) = delete;

 private:
  void drip() const {
    for (std::size_t at = 0; at < first_words_.size() && !over_; ++at) {
      for (const auto& each : asking_) each->talk().send(first_words_.substr(at, 1));
      for (const auto& each : sending_) each->talk().send_data(1, "x", false);
      std::this_thread::sleep_for(100ms);
    }
  }

  const std::string first_words_;
  std::vector<std::unique_ptr<CallingPeer>> sending_, asking_;
  std::atomic<bool> over_{false};
  std::thread drip_;
};

/// A good peer calls `by` again and again.
void StorageScpSoak::expect_short_waits(std::uint16_t by) {
  constexpr int kRounds = 21;
  std::this_thread::sleep_for(500ms);
  EXPECT_EQ(scp_->associations(), std::size_t{SlowPeers::kWithinAnObject});
  std::vector<Clock::duration> waits;
  for (int round = 0; round < kRounds; ++round) {
    const auto from = Clock::now();
    const CallingPeer good(by);
    EXPECT_EQ(good.ask().type, 2);
    EXPECT_EQ(good.store("1.2.3", "abcd"), 0);
    EXPECT_TRUE(good.release());
    waits.push_back(Clock::now() - from);
  }
  std::sort(waits.begin(), waits.end());
  using Milliseconds = std::chrono::duration<double, std::milli>;
  std::cout << "waits: median " << Milliseconds(waits[kRounds / 2]).count() << " ms, longest "
            << Milliseconds(waits.back()).count() << " ms" << std::endl;
  // One may meet a machine that has something else to do.
  EXPECT_LT(waits[kRounds - 2], 1s);
  EXPECT_EQ(objects_, kRounds);
  EXPECT_GE(turned_away_, SlowPeers::kAll - SlowPeers::kWithinAnObject - 128);
}

TEST_F(StorageScpSoak, SlowPeersDoNotKeepAGoodOneWaiting) {
  const SlowPeers slow(scp_->port(), scp_->port(), first_words());
  expect_short_waits(scp_->port());
}

class StorageScpTlsSoak : public StorageScpSoak {
 protected:
  void SetUp() override {
    open(TlsSettings::create({.authorities = read_file(authority_.certificate()),
                              .certificate = read_file(ours_.certificate),
                              .key = read_file(ours_.key)},
                             {})
             .value());
  }

  dcm::test::Authority authority_;
  dcm::test::Certified ours_ = authority_.issue();
};

TEST_F(StorageScpTlsSoak, SlowPeersDoNotKeepAGoodOneWaiting) {
  const dcm::test::TlsTail tail(scp_->port(), {.certified = authority_.issue()});
  const SlowPeers slow(scp_->port(), tail.port(), first_words_of_tls());
  expect_short_waits(tail.port());
}

TEST_F(StorageScpTlsSoak, BrokenHandshakesLeaveNothingBehind) {
  int each = 0;
  expect_nothing_left(1'000, [&] {
    const CallingPeer peer(scp_->port());
    peer.talk().send(++each % 2 == 0 ? first_words_of_tls() : first_words());
  });
  EXPECT_EQ(scp_->associations(), 0U);
}

}  // namespace
}  // namespace dcm::net
