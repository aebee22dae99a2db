// SPDX-License-Identifier: MIT
#include "net/get.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <thread>

#include "net/connection.hpp"
#include "net/context_plan.hpp"
#include "net/fake_peer.hpp"
#include "net/find.hpp"
#include "net/recording_sink.hpp"
#include "support/servers.hpp"
#include "support/temp_dir.hpp"

namespace dcm::net {
namespace {

using namespace std::chrono_literals;
using test::FakePeer;
using test::RecordingSink;
using test::response_to;
using test::Talk;

constexpr std::uint8_t kGetContext = 1;
constexpr std::uint8_t kStoreContext = 3;
const std::string kSecondaryCapture = "1.2.840.10008.5.1.4.1.1.7";
const Query kStudy{
    QueryModel::study_root, QueryLevel::study, {{tags::kStudyInstanceUid, vr::kUI, "1.2"}}};

CommandSet store_request(const std::string& sop_instance, std::uint16_t message_id) {
  CommandSet request;
  request.set(element::kCommandField, command::kStore);
  request.set(element::kMessageId, message_id);
  request.set(element::kAffectedSopClass, kSecondaryCapture);
  request.set(element::kAffectedSopInstance, sop_instance);
  return request;
}

class GetTest : public testing::Test {
 protected:
  Result<Association> open(std::uint16_t port, std::span<const PresentationContext> contexts) {
    const Peer peer{.host = "127.0.0.1",
                    .port = port,
                    .called_aet = "PACS",
                    .calling_aet = "TEST",
                    .first_answer_timeout = 10s,
                    .idle_timeout = 1s};
    return Association::open(peer, contexts, stop_);
  }

  /// One C-GET from a scripted server that accepts all contexts.
  Result<GetOutcome> get_from(const FakePeer& peer) {
    const std::vector<PresentationContext> contexts{
        get_context(QueryModel::study_root),
        {kSecondaryCapture, {"1.2.840.10008.1.2.1"}, Role::scp},
        {kSecondaryCapture, {"1.2.840.10008.1.2.4.201"}, Role::scp}};
    auto association = open(peer.port(), contexts).value();
    return get(association, kStudy, sink_);
  }

  /// Why one C-GET fails from a server that plays `script` when it is asked.
  Errc failure_by(const std::function<void(const Talk&)>& script) {
    const FakePeer peer([&](const Talk& talk) {
      talk.accept();
      static_cast<void>(talk.receive_message());
      script(talk);
    });
    const auto outcome = get_from(peer);
    return outcome ? Errc::ok : outcome.error().code;
  }

  StopSource stop_;
  RecordingSink sink_;
};

TEST_F(GetTest, StreamsObjectsAndReportsTheFinalResponse) {
  std::uint16_t answered = 0xFFFF;
  const FakePeer peer([&](const Talk& talk) {
    talk.accept();
    const auto request = talk.receive_message();
    talk.send_command(kStoreContext, store_request("1.2.3", 7), true);
    talk.send_data(kStoreContext, "abc", false);
    talk.send_data(kStoreContext, "defg", true);
    const auto answer = talk.receive_message();
    if (answer.command.number(element::kCommandField) == 0x8001 &&
        answer.command.number(element::kRespondedTo) == 7 &&
        answer.command.uid(element::kAffectedSopInstance) == "1.2.3") {
      answered = answer.command.number(element::kStatus).value_or(0xFFFF);
    }
    auto pending = response_to(request, 0xFF00);
    pending.set(element::kCompleted, 1);
    talk.send_command(kGetContext, pending, false);
    auto final = response_to(request, 0xB000);
    final.set(element::kCompleted, 1);
    final.set(element::kFailed, 2);
    talk.send_command(kGetContext, final, true);
    talk.send_data(kGetContext, "failed list", true);
    talk.serve_release();
  });
  const auto outcome = get_from(peer);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->status, 0xB000);
  EXPECT_EQ(outcome->completed, 1);
  EXPECT_EQ(outcome->failed, 2);
  EXPECT_FALSE(outcome->warning);
  EXPECT_EQ(outcome->stored, 1U);
  EXPECT_EQ(answered, 0x0000);
  ASSERT_EQ(sink_.objects.size(), 1U);
  EXPECT_EQ(sink_.objects[0].bytes, "abcdefg");
  EXPECT_EQ(sink_.objects[0].info.sop_class_uid, kSecondaryCapture);
  EXPECT_EQ(sink_.objects[0].info.sop_instance_uid, "1.2.3");
  EXPECT_EQ(sink_.objects[0].info.transfer_syntax_uid, "1.2.840.10008.1.2.1");
}

TEST_F(GetTest, TakesSyntaxesThatDcmtkDoesNotKnow) {
  const FakePeer peer([](const Talk& talk) {
    talk.accept();
    const auto request = talk.receive_message();
    talk.send_command(5, store_request("1.2.3", 1), true);
    talk.send_data(5, "abcd", true);
    static_cast<void>(talk.receive_message());
    talk.send_command(kGetContext, response_to(request, 0), false);
    talk.serve_release();
  });
  ASSERT_TRUE(get_from(peer));
  ASSERT_EQ(sink_.objects.size(), 1U);
  EXPECT_EQ(sink_.objects[0].info.transfer_syntax_uid, "1.2.840.10008.1.2.4.201");
}

TEST_F(GetTest, ARefusedObjectIsAnsweredAndTheNextOneTaken) {
  std::vector<std::uint16_t> statuses;
  const FakePeer peer([&](const Talk& talk) {
    talk.accept();
    const auto request = talk.receive_message();
    for (const auto* uid : {"1.2.3", "1.2.4"}) {
      talk.send_command(kStoreContext, store_request(uid, 1), true);
      talk.send_data(kStoreContext, "abcd", true);
      statuses.push_back(talk.receive_message().command.number(element::kStatus).value_or(1));
    }
    talk.send_command(kGetContext, response_to(request, 0xB000), false);
    talk.serve_release();
  });
  sink_.receipt = Receipt::refused;
  const auto outcome = get_from(peer);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->refused, 2U);
  EXPECT_EQ(statuses, (std::vector<std::uint16_t>{0xC000, 0xC000}));
}

TEST_F(GetTest, WhenNothingMoreCanBeKeptTheServerIsToldAndLeft) {
  std::uint16_t status = 0;
  std::atomic<int> last_pdu = 0;
  {
    const FakePeer peer([&](const Talk& talk) {
      talk.accept();
      static_cast<void>(talk.receive_message());
      talk.send_command(kStoreContext, store_request("1.2.3", 1), true);
      talk.send_data(kStoreContext, "abcd", true);
      status = talk.receive_message().command.number(element::kStatus).value_or(0);
      last_pdu = talk.receive_pdu().type;
    });
    sink_.receipt = Receipt::stop;
    const auto outcome = get_from(peer);
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Errc::io);
  }
  EXPECT_EQ(status, 0xA700);
  EXPECT_EQ(last_pdu, 7) << "A-ABORT";
}

TEST_F(GetTest, AnObjectThatIsCutOffIsAbandoned) {
  const auto failure = failure_by([](const Talk& talk) {
    talk.send_command(kStoreContext, store_request("1.2.3", 1), true);
    talk.send_data(kStoreContext, "abcd", false);
  });
  EXPECT_EQ(failure, Errc::disconnected);
  EXPECT_EQ(sink_.abandoned, 1);
}

TEST_F(GetTest, AServerThatFallsSilentInAnObjectTimesOut) {
  const auto failure = failure_by([](const Talk& talk) {
    talk.send_command(kStoreContext, store_request("1.2.3", 1), true);
    talk.send_data(kStoreContext, "abcd", false);
    talk.wait_for_close();
  });
  EXPECT_EQ(failure, Errc::timed_out);
  EXPECT_EQ(sink_.abandoned, 1);
}

TEST_F(GetTest, AStopRequestAbandonsTheObject) {
  const auto failure = failure_by([this](const Talk& talk) {
    talk.send_command(kStoreContext, store_request("1.2.3", 1), true);
    talk.send_data(kStoreContext, "abcd", false);
    std::this_thread::sleep_for(100ms);
    stop_.request();
    talk.wait_for_close();
  });
  EXPECT_EQ(failure, Errc::interrupted);
  EXPECT_EQ(sink_.abandoned, 1);
}

TEST_F(GetTest, DataOnAnotherContextIsAProtocolError) {
  const auto failure = failure_by([](const Talk& talk) {
    talk.send_command(kStoreContext, store_request("1.2.3", 1), true);
    talk.send_data(5, "abcd", true);
    talk.wait_for_close();
  });
  EXPECT_EQ(failure, Errc::protocol);
  EXPECT_EQ(sink_.abandoned, 1);
}

TEST_F(GetTest, AContextThatWasNotAcceptedIsAProtocolError) {
  const auto failure = failure_by([](const Talk& talk) {
    talk.send_command(99, store_request("1.2.3", 1), true);
    talk.wait_for_close();
  });
  EXPECT_EQ(failure, Errc::protocol);
}

TEST_F(GetTest, StrayRequestsAreAnswered) {
  std::map<std::uint16_t, std::uint16_t> answers;
  const FakePeer peer([&](const Talk& talk) {
    talk.accept();
    const auto request = talk.receive_message();
    for (const std::uint16_t field : {std::uint16_t{0x0030}, std::uint16_t{0x0150}}) {
      CommandSet stray;
      stray.set(element::kCommandField, field);
      stray.set(element::kMessageId, field);
      talk.send_command(kGetContext, stray, false);
      const auto answer = talk.receive_message().command;
      answers[answer.number(element::kCommandField).value_or(0)] =
          answer.number(element::kStatus).value_or(0xFFFF);
    }
    talk.send_command(kGetContext, response_to(request, 0), false);
    talk.serve_release();
  });
  EXPECT_TRUE(get_from(peer));
  EXPECT_EQ(answers, (std::map<std::uint16_t, std::uint16_t>{{0x8030, 0}, {0x8150, 0x0211}}));
}

TEST_F(GetTest, AbsentCountersAreNotZero) {
  const FakePeer peer([](const Talk& talk) {
    talk.accept();
    talk.send_command(kGetContext, response_to(talk.receive_message(), 0xA702), false);
    talk.serve_release();
  });
  const auto outcome = get_from(peer);
  ASSERT_TRUE(outcome) << "a failure status is an outcome";
  EXPECT_EQ(outcome->status, 0xA702);
  EXPECT_FALSE(outcome->completed);
  EXPECT_FALSE(outcome->failed);
}

/// Retrieves whole studies from a real server in the contexts planned for them.
class GetFromRealServer : public GetTest {
 protected:
  void expect_all(std::uint16_t port, const std::vector<dcm::test::Phantom>& phantoms) {
    std::map<std::string, const dcm::test::Phantom*> expected;
    std::map<std::string, std::vector<SeriesContents>> studies;
    for (const auto& each : phantoms) {
      expected[each.sop_uid] = &each;
      studies[each.study_uid].push_back({{each.sop_class}, {}, each.modality});
    }
    for (const auto& [uid, series] : studies) {
      const auto groups = plan_contexts(QueryModel::study_root, series, Layout::native_first);
      ASSERT_EQ(groups.size(), 1U);
      auto association = open(port, groups[0].contexts);
      ASSERT_TRUE(association);
      const auto outcome =
          get(*association, {.keys = {{tags::kStudyInstanceUid, vr::kUI, uid}}}, sink_);
      ASSERT_TRUE(outcome);
      EXPECT_EQ(outcome->status, 0);
      association->release();
    }
    ASSERT_EQ(sink_.objects.size(), expected.size());
    for (const auto& object : sink_.objects) {
      const auto* phantom = expected[object.info.sop_instance_uid];
      ASSERT_NE(phantom, nullptr);
      EXPECT_EQ(object.info.sop_class_uid, phantom->sop_class);
      if (phantom->transfer_syntax.size() > std::string("1.2.840.10008.1.2.x").size()) {
        EXPECT_EQ(object.info.transfer_syntax_uid, phantom->transfer_syntax) << phantom->label;
      }
    }
  }
};

TEST_F(GetFromRealServer, OrthancSendsEachObjectAsItIsStored) {
  const dcm::test::OrthancServer server;
  auto phantoms = dcm::test::compressed_collection();
  phantoms.push_back(dcm::test::make_phantom(dcm::test::Kind::ct, {.study = 9, .series = 1}));
  phantoms.push_back(dcm::test::make_phantom(dcm::test::Kind::report, {.study = 9, .series = 2}));
  ASSERT_TRUE(server.store(phantoms));
  expect_all(server.port(), phantoms);
}

TEST_F(GetFromRealServer, DcmqrscpStartedForOneCompressionSendsItAsStored) {
  for (const auto& compressed : dcm::test::compressed_collection()) {
    sink_.objects.clear();
    const dcm::test::DcmqrscpServer server(
        {.arguments = dcm::test::dcmqrscp_arguments(compressed.transfer_syntax)});
    ASSERT_TRUE(server.store(std::vector{compressed}));
    expect_all(server.port(), {compressed});
  }
}

TEST_F(GetFromRealServer, NothingWaitsForADelayedAcknowledgement) {
  const dcm::test::TempDir folder;
  constexpr int kSlices = 50;
  const auto files = dcm::test::write_benchmark_study(
      folder.path(), {.series = 1, .slices = kSlices, .size = 128});
  const dcm::test::DcmqrscpServer server;
  ASSERT_TRUE(server.store(files));
  const std::vector<SeriesContents> series{{{"1.2.840.10008.5.1.4.1.1.2"}, {}, "CT"}};
  auto contexts = plan_contexts(QueryModel::study_root, series, Layout::native_first)[0].contexts;
  contexts.push_back(find_context(QueryModel::study_root));
  auto association = open(server.port(), contexts);
  ASSERT_TRUE(association);
  Query study{.keys = {{tags::kStudyInstanceUid, vr::kUI, ""}}};
  ASSERT_TRUE(find(*association, study, [&](const Attributes& answer) -> Result<void> {
    study.keys[0].value = answer.text(tags::kStudyInstanceUid);
    return {};
  }));
  // Each object would wait for 40 ms, each time; a machine that is slow for a while is not always.
  auto shortest = Connection::Clock::duration::max();
  for (int times = 0; times < 10 && shortest >= kSlices * 30ms; ++times) {
    sink_.objects.clear();
    const auto from = Connection::Clock::now();
    ASSERT_TRUE(get(*association, study, sink_));
    EXPECT_EQ(sink_.objects.size(), static_cast<std::size_t>(kSlices));
    shortest = std::min(shortest, Connection::Clock::now() - from);
  }
  EXPECT_LT(shortest, kSlices * 30ms);
}

}  // namespace
}  // namespace dcm::net
