// SPDX-License-Identifier: MIT
#include "app/agenda.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

namespace dcm::app {
namespace {

using How = Ending::How;
using std::chrono::milliseconds;

std::vector<std::string> uids(std::size_t count) {
  std::vector<std::string> result;
  for (std::size_t i = 0; i < count; ++i) result.push_back("1.2." + std::to_string(100 + i));
  return result;
}

Ending ending(How how, std::uint64_t came, std::vector<std::string> rest) {
  const std::size_t pending = rest.size();
  return {.how = how, .came = came, .pending = pending, .rest = std::move(rest)};
}

constexpr Patience kQuick{.repeats = 2, .pause = milliseconds(0)};

const std::vector<bool> kOne{true};
const std::vector<bool> kTwo{true, true};

bool all_open(std::size_t /*series*/, std::size_t /*way*/) { return true; }

bool nobody(const Request& /*request*/) { return false; }

TEST(FollowUps, AreNoneWhenAllCame) {
  EXPECT_TRUE(follow_ups({.instances = uids(3)}, ending(How::answered, 3, {}), kTwo, {}).empty());
  EXPECT_TRUE(follow_ups({.instances = uids(3)}, ending(How::lost, 3, {}), kTwo, {}).empty());
}

TEST(FollowUps, AskForTheRestInSmallerLists) {
  const auto next = follow_ups({.series = 4, .instances = uids(64), .way = 1},
                               ending(How::answered, 44, uids(20)), kTwo, {});
  std::vector<std::string> asked;
  for (const FollowUp& one : next) {
    EXPECT_EQ(one.request.series, 4U);
    EXPECT_EQ(one.request.way, 1U);
    EXPECT_LE(one.request.instances.size(), 8U);
    EXPECT_EQ(one.doublings, std::nullopt);
    asked.insert(asked.end(), one.request.instances.begin(), one.request.instances.end());
  }
  EXPECT_EQ(asked, uids(20));
}

TEST(FollowUps, AskForTheLastOneOfASeriesByName) {
  const auto next = follow_ups({.series = 2}, ending(How::answered, 3, uids(1)), kOne, {});
  ASSERT_EQ(next.size(), 1U);
  EXPECT_EQ(next[0].request, (Request{.series = 2, .instances = uids(1)}));
}

TEST(FollowUps, TakeTheNextWayWhereNothingCame) {
  const Request whole{.series = 0};
  const auto next = follow_ups(whole, ending(How::answered, 0, uids(20)), kTwo, {});
  ASSERT_EQ(next.size(), 1U);
  EXPECT_EQ(next[0], (FollowUp{{.series = 0, .way = 1}}));
  EXPECT_EQ(follow_ups(whole, ending(How::impossible, 0, uids(20)), kTwo, {}), next);
}

TEST(FollowUps, StartAnewInSmallerListsWhenAllWaysWereInVain) {
  const auto next =
      follow_ups({.instances = uids(16), .way = 1}, ending(How::answered, 0, uids(16)), kTwo, {});
  ASSERT_EQ(next.size(), 8U);
  EXPECT_EQ(next[0].request.way, 0U);
  EXPECT_EQ(next[0].request.instances.size(), 2U);
}

TEST(FollowUps, PassOverWaysThatAreClosed) {
  const Ending none = ending(How::answered, 0, uids(16));
  const auto next = follow_ups({.instances = uids(16)}, none, {true, false, true}, {});
  ASSERT_EQ(next.size(), 1U);
  EXPECT_EQ(next[0].request.way, 2U);
  const auto anew = follow_ups({.instances = uids(16), .way = 2}, none, {false, true, false}, {});
  ASSERT_EQ(anew.size(), 8U);
  EXPECT_EQ(anew[0].request.way, 1U);
  EXPECT_TRUE(follow_ups({.instances = uids(16)}, none, {false, false}, {}).empty());
}

TEST(FollowUps, PutOffWhatABusyServerRefusedInAllWays) {
  Request request{.instances = uids(1)};
  for (unsigned repeat = 0; repeat < 4; ++repeat) {
    const auto other = follow_ups(request, ending(How::busy, 0, uids(1)), kTwo, {});
    ASSERT_EQ(other.size(), 1U);
    EXPECT_EQ(other[0].request.way, 1U);
    EXPECT_EQ(other[0].doublings, std::nullopt);
    const auto next = follow_ups(other[0].request, ending(How::busy, 0, uids(1)), kTwo, {});
    ASSERT_EQ(next.size(), 1U);
    EXPECT_EQ(next[0].request.way, 0U);
    EXPECT_EQ(next[0].doublings, repeat);
    request = next[0].request;
  }
  request.way = 1;
  EXPECT_TRUE(follow_ups(request, ending(How::busy, 0, uids(1)), kTwo, {}).empty());
}

TEST(FollowUps, GiveUpOnASingleInstanceWhenAllWaysWereInVain) {
  EXPECT_TRUE(
      follow_ups({.instances = uids(1), .way = 1}, ending(How::answered, 0, uids(1)), kTwo, {})
          .empty());
}

TEST(FollowUps, DoNotBelieveASuccessThatSentNothing) {
  Request request{.instances = uids(3)};
  for (unsigned repeat = 0; repeat < 4; ++repeat) {
    const auto next = follow_ups(request, ending(How::nothing_sent, 0, uids(3)), kOne, {});
    ASSERT_EQ(next.size(), 1U);
    EXPECT_EQ(next[0].doublings, repeat);
    EXPECT_EQ(next[0].request.instances, uids(3));
    request = next[0].request;
  }
  const auto last = follow_ups(request, ending(How::nothing_sent, 0, uids(3)), kOne, {});
  EXPECT_EQ(last.size(), 3U) << "in smaller lists at last";
}

TEST(FollowUps, AskAgainLaterWhereTheConnectionBroke) {
  const auto next = follow_ups({.series = 1}, ending(How::lost, 0, uids(9)), kTwo, {});
  ASSERT_EQ(next.size(), 1U);
  EXPECT_EQ(next[0], (FollowUp{{.series = 1, .repeats = 1}, 0U}));
  EXPECT_GT(follow_ups({.series = 1}, ending(How::lost, 5, uids(9)), kTwo, {}).size(), 1U);
}

TEST(FollowUps, CanNameNothingInASeriesWithoutAList) {
  const Ending some{.how = How::answered, .came = 5, .pending = 4};
  const auto next = follow_ups({.series = 0}, some, kTwo, {});
  ASSERT_EQ(next.size(), 1U);
  EXPECT_EQ(next[0].request, (Request{.series = 0, .way = 1}));
}

/// Every sequence of endings comes to an end, whatever the server does.
TEST(Agenda, ComesToAnEnd) {
  for (const How how : {How::answered, How::nothing_sent, How::busy, How::lost, How::impossible}) {
    Agenda agenda({3}, kQuick, all_open, [] { return false; });
    agenda.add({.series = 0, .instances = uids(128)});
    std::size_t asked = 0;
    while (auto request = agenda.take(nobody)) {
      ASSERT_LT(++asked, 1000U);
      agenda.end(*request, ending(how, 0, request->instances));
    }
    EXPECT_GT(asked, 3U);
  }
}

/// A server that does not take the first ways is asked for all of a long series by the last.
TEST(Agenda, AsksForAllByTheOnlyWayThatIsOpen) {
  constexpr std::size_t kLists = 80;
  Agenda agenda({3}, kQuick, all_open, [] { return false; });
  for (std::size_t list = 0; list < kLists; ++list)
    agenda.add({.series = 0, .instances = {std::to_string(list)}});
  std::set<std::string> came;
  while (auto request = agenda.take([](const Request& one) { return one.way == 0; })) {
    const bool works = request->way == 2;
    if (works) came.insert(request->instances.begin(), request->instances.end());
    agenda.end(*request, works ? ending(How::answered, 1, {})
                               : ending(How::impossible, 0, request->instances));
  }
  EXPECT_EQ(came.size(), kLists);
}

TEST(Agenda, OutlastsAServerThatIsBusyForEveryListOfALongSeries) {
  for (const How how : {How::busy, How::nothing_sent, How::lost}) {
    Agenda agenda({2}, kQuick, all_open, [] { return false; });
    for (const std::string& uid : uids(80)) agenda.add({.series = 0, .instances = {uid}});
    std::size_t asked = 0;
    std::size_t came = 0;
    while (auto request = agenda.take(nobody)) {
      const bool well = agenda.is_open(*request) && ++asked > 160;
      came += well ? 1 : 0;
      agenda.end(*request,
                 well ? ending(How::answered, 1, {}) : ending(how, 0, request->instances));
    }
    EXPECT_EQ(came, 80U);
  }
}

/// Where nothing comes at all, each list is asked for once, and few of them again.
TEST(Agenda, ClosesAWayByWhichNothingComesForWhatWasAskedBefore) {
  constexpr std::size_t kLists = 500;
  for (const std::size_t ways : {1U, 3U}) {
    Agenda agenda({ways}, kQuick, all_open, [] { return false; });
    for (std::size_t list = 0; list < kLists; ++list)
      agenda.add({.series = 0, .instances = uids(64)});
    std::size_t asked = 0;
    std::size_t again = 0;
    while (auto request = agenda.take(nobody)) {
      const bool open = agenda.is_open(*request);
      if (open) ++(request->asked ? again : asked);
      agenda.end(*request, ending(open ? How::answered : How::impossible, 0, request->instances));
    }
    EXPECT_EQ(asked, kLists);
    EXPECT_LT(again, 50U);
  }
}

TEST(Agenda, AsksForTheLastListsThoughNothingCameOfTheFirst) {
  constexpr std::size_t kLists = 40;
  Agenda agenda(
      {3}, kQuick, [](std::size_t /*series*/, std::size_t way) { return way > 0; },
      [] { return false; });
  for (std::size_t list = 0; list < kLists; ++list)
    agenda.add({.series = 0, .instances = {std::to_string(list)}});
  std::set<std::string> came;
  while (auto request = agenda.take(nobody)) {
    const bool open = agenda.is_open(*request);
    const bool there = open && std::stoul(request->instances.front()) >= kLists - 4;
    if (there) came.insert(request->instances.begin(), request->instances.end());
    agenda.end(*request,
               there ? ending(How::answered, 1, {})
                     : ending(open ? How::answered : How::impossible, 0, request->instances));
  }
  EXPECT_EQ(came.size(), 4U);
}

TEST(Agenda, BringsAllButThePoisonedOnes) {
  const std::set<std::string> poisoned{"1.2.103", "1.2.177", "1.2.178"};
  Agenda agenda({2}, kQuick, all_open, [] { return false; });
  agenda.add({.series = 0, .instances = uids(100)});
  std::set<std::string> came;
  while (auto request = agenda.take(nobody)) {
    // The server dies at a poisoned object, whatever comes after it.
    Ending told{.how = How::lost};
    bool dead = false;
    for (const std::string& uid : request->instances) {
      dead = dead || poisoned.contains(uid);
      if (dead) {
        told.rest.push_back(uid);
      } else {
        told.came += came.insert(uid).second ? 1 : 0;
      }
    }
    if (!dead) told.how = How::answered;
    told.pending = told.rest.size();
    agenda.end(*request, told);
  }
  EXPECT_EQ(came.size(), 97U);
}

TEST(Agenda, WaitsForWhatOthersMayStillAdd) {
  Agenda agenda({1}, kQuick, all_open, [] { return false; });
  agenda.add({.series = 0, .instances = uids(2)});
  const auto first = agenda.take(nobody);
  ASSERT_TRUE(first);
  std::optional<Request> second;
  std::thread other([&] { second = agenda.take(nobody); });
  agenda.end(*first, ending(How::answered, 1, {uids(2)[1]}));
  other.join();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->instances.size(), 1U);
}

TEST(Agenda, EndsWhenItIsOver) {
  std::atomic<bool> over{false};
  Agenda agenda({1}, {.repeats = 9, .pause = std::chrono::hours(1)}, all_open,
                [&] { return over.load(); });
  agenda.add({.series = 0});
  const auto request = agenda.take(nobody);
  ASSERT_TRUE(request);
  agenda.end(*request, {.how = How::nothing_sent, .pending = 1});
  std::thread ender([&] { over = true; });
  EXPECT_EQ(agenda.take(nobody), std::nullopt);
  EXPECT_FALSE(agenda.wait(0));
  ender.join();
  EXPECT_EQ(agenda.left().size(), 1U);
}

TEST(Agenda, PrefersWhatFitsAnOpenAssociation) {
  Agenda agenda({2, 2}, kQuick, all_open, [] { return false; });
  agenda.add({.series = 0});
  agenda.add({.series = 1});
  const auto request = agenda.take([](const Request& one) { return one.series == 1; });
  ASSERT_TRUE(request);
  EXPECT_EQ(request->series, 1U);
}

}  // namespace
}  // namespace dcm::app
