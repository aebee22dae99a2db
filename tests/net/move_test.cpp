// SPDX-License-Identifier: MIT
#include "net/move.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <thread>

#include "net/fake_peer.hpp"
#include "net/storage_shelf.hpp"
#include "support/phantoms.hpp"
#include "support/servers.hpp"

namespace dcm::net {
namespace {

using namespace std::chrono_literals;
using test::FakePeer;
using test::response_to;
using test::StorageShelf;
using test::Talk;

constexpr std::uint8_t kContext = 1;

Query study(const std::string& uid) {
  return {QueryModel::study_root, QueryLevel::study, {{tags::kStudyInstanceUid, vr::kUI, uid}}};
}

class MoveTest : public testing::Test {
 protected:
  Result<Association> open(std::uint16_t port) {
    const Peer peer{.host = "127.0.0.1",
                    .port = port,
                    .called_aet = "PACS",
                    .calling_aet = "TEST",
                    .first_answer_timeout = 10s,
                    .idle_timeout = 2s};
    return Association::open(peer, std::array{move_context(QueryModel::study_root)}, stop_);
  }

  Result<SubOperations> move_from(std::uint16_t port, const OnSubOperations& on_pending = nullptr) {
    auto association = open(port).value();
    return move(association, study("1.2"), "THERE", on_pending);
  }

  StopSource stop_;
};

TEST_F(MoveTest, TellsTheServerWhereToAndReportsWhatItSays) {
  Talk::Message asked;
  std::vector<SubOperations> pending;
  {
    const FakePeer peer([&](const Talk& talk) {
      talk.accept();
      asked = talk.receive_message();
      auto response = response_to(asked, 0xFF00);
      response.set(element::kRemaining, 3);
      response.set(element::kCompleted, 1);
      talk.send_command(kContext, response, true);
      talk.send_data(kContext, "some servers add one", true);
      talk.send_command(kContext, response_to(asked, 0xFF00), false);
      auto last = response_to(asked, 0xB000);
      last.set(element::kCompleted, 2);
      last.set(element::kFailed, 1);
      last.set(element::kWarning, 1);
      talk.send_command(kContext, last, true);
      talk.send_data(kContext, "failed list", true);
      talk.serve_release();
    });
    const auto outcome =
        move_from(peer.port(), [&](const SubOperations& told) { pending.push_back(told); });
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->status, 0xB000);
    EXPECT_EQ(outcome->completed, 2);
    EXPECT_EQ(outcome->failed, 1);
    EXPECT_EQ(outcome->warning, 1);
    EXPECT_FALSE(outcome->remaining);
  }
  EXPECT_EQ(asked.command.number(element::kCommandField), command::kMove);
  EXPECT_EQ(asked.command.title(element::kMoveDestination), "THERE");
  EXPECT_EQ(asked.command.uid(element::kAffectedSopClass), "1.2.840.10008.5.1.4.1.2.2.2");
  EXPECT_NE(asked.data_set.find("STUDY"), std::string::npos);
  ASSERT_EQ(pending.size(), 2U);
  EXPECT_EQ(pending[0].remaining, 3);
  EXPECT_EQ(pending[0].completed, 1);
  EXPECT_FALSE(pending[1].remaining);
}

TEST_F(MoveTest, AFailureStatusIsAnOutcome) {
  for (const auto status :
       std::initializer_list<std::uint16_t>{0xA701, 0xA702, 0xA801, 0xA900, 0xC000, 0x0124}) {
    const FakePeer peer([&](const Talk& talk) {
      talk.accept();
      talk.send_command(kContext, response_to(talk.receive_message(), status), false);
      talk.serve_release();
    });
    const auto outcome = move_from(peer.port());
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->status, status);
  }
}

TEST_F(MoveTest, AStopRequestCancelsTheMoveAndTakesItsLastWord) {
  CommandSet cancel;
  std::uint16_t asked = 0;
  {
    const FakePeer peer([&](const Talk& talk) {
      talk.accept();
      const auto request = talk.receive_message();
      asked = request.command.number(element::kMessageId).value_or(0);
      talk.send_command(kContext, response_to(request, 0xFF00), false);
      stop_.request();
      cancel = talk.receive_message().command;
      talk.send_command(kContext, response_to(request, 0xFF00), false);
      talk.send_command(kContext, response_to(request, 0xFE00), false);
      talk.serve_release();
    });
    auto association = open(peer.port()).value();
    const auto outcome = move(association, study("1.2"), "THERE");
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().code, Errc::interrupted);
    association.release();
  }
  EXPECT_EQ(cancel.number(element::kCommandField), command::kCancel);
  EXPECT_EQ(cancel.number(element::kRespondedTo), asked);
}

TEST_F(MoveTest, AServerThatDoesNotHeedTheCancelIsLeft) {
  const FakePeer peer([&](const Talk& talk) {
    talk.accept();
    const auto request = talk.receive_message();
    stop_.request();
    while (talk.receive_message().command.number(element::kCommandField)) {
    }
  });
  const auto outcome = move_from(peer.port());
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Errc::interrupted);
}

TEST_F(MoveTest, AConnectionThatIsCutIsAnError) {
  const FakePeer peer([](const Talk& talk) {
    talk.accept();
    talk.send_command(kContext, response_to(talk.receive_message(), 0xFF00), false);
  });
  const auto outcome = move_from(peer.port());
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Errc::disconnected);
}

TEST_F(MoveTest, AServerWithoutMoveIsToldApart) {
  const FakePeer peer([](const Talk& talk) {
    talk.accept();
    talk.serve_release();
  });
  const Peer server{
      .host = "127.0.0.1", .port = peer.port(), .called_aet = "PACS", .calling_aet = "TEST"};
  auto association =
      Association::open(server, std::array{move_context(QueryModel::patient_root)}, stop_);
  ASSERT_TRUE(association);
  const auto outcome = move(*association, study("1.2"), "THERE");
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Errc::context_refused);
  association->release();
}

/// C-MOVE from real servers to our own storage SCP.
class MoveToOurselves : public MoveTest {
 protected:
  void listen(const std::string& server_title) {
    auto opened = StorageScp::open(
        {.address = "localhost", .ae_title = "TEST", .expected = {{server_title, "localhost"}}},
        shelf_.factory(), stop_);
    ASSERT_TRUE(opened);
    scp_ = std::move(*opened);
  }

  /// Moves every study here and waits for the objects, which may come after the last word.
  void expect_all(std::uint16_t server, const std::vector<dcm::test::Phantom>& phantoms) {
    std::set<std::string> studies, expected;
    for (const auto& each : phantoms) {
      studies.insert(each.study_uid);
      expected.insert(each.sop_uid);
    }
    for (const auto& uid : studies) {
      auto association = open(server);
      ASSERT_TRUE(association);
      const auto outcome = move(*association, study(uid), "TEST");
      ASSERT_TRUE(outcome);
      EXPECT_EQ(outcome->status, 0);
      association->release();
    }
    for (int round = 0; round < 3000 && shelf_.size() < expected.size(); ++round) {
      std::this_thread::sleep_for(10ms);
    }
    const auto arrived = shelf_.by_uid();
    ASSERT_EQ(arrived.size(), expected.size());
    for (const auto& phantom : phantoms) {
      const auto found = arrived.find(phantom.sop_uid);
      ASSERT_NE(found, arrived.end()) << phantom.label;
      EXPECT_EQ(found->second.info.sop_class_uid, phantom.sop_class);
      EXPECT_EQ(found->second.info.move_originator_aet, "TEST");
    }
  }

  [[nodiscard]] std::string syntax_of(const dcm::test::Phantom& phantom) const {
    return shelf_.by_uid()[phantom.sop_uid].info.transfer_syntax_uid;
  }

  StorageShelf shelf_;
  std::unique_ptr<StorageScp> scp_;
};

TEST_F(MoveToOurselves, OrthancSendsEverythingAsItIsWhenItAnswersAfterTheObjects) {
  listen("ORTHANC");
  const dcm::test::OrthancServer server(
      {.move_peers = {{"TEST", scp_->port()}}, .settings = {{"SynchronousCMove", true}}});
  auto phantoms = dcm::test::default_collection();
  const auto compressed = dcm::test::compressed_collection();
  phantoms.insert(phantoms.end(), compressed.begin(), compressed.end());
  ASSERT_TRUE(server.store(phantoms));
  expect_all(server.port(), phantoms);
  for (const auto& each : compressed) EXPECT_EQ(syntax_of(each), each.transfer_syntax);
}

TEST_F(MoveToOurselves, OrthancSendsEverythingWhenItAnswersBeforeTheObjects) {
  listen("ORTHANC");
  const dcm::test::OrthancServer server(
      {.move_peers = {{"TEST", scp_->port()}}, .settings = {{"SynchronousCMove", false}}});
  const auto phantoms = dcm::test::default_collection();
  ASSERT_TRUE(server.store(phantoms));
  expect_all(server.port(), phantoms);
}

TEST_F(MoveToOurselves, DcmqrscpSendsEverything) {
  listen("PACS");
  const dcm::test::DcmqrscpServer server({.move_peers = {{"TEST", scp_->port()}}});
  std::vector<dcm::test::Phantom> phantoms;
  for (int instance = 1; instance <= 3; ++instance) {
    phantoms.push_back(
        dcm::test::make_phantom(dcm::test::Kind::ct, {.study = 9, .instance = instance}));
  }
  phantoms.push_back(dcm::test::make_phantom(dcm::test::Kind::report, {.study = 9, .series = 2}));
  ASSERT_TRUE(server.store(phantoms));
  expect_all(server.port(), phantoms);
}

TEST_F(MoveToOurselves, DcmqrscpStartedForOneCompressionSendsItAsStored) {
  listen("PACS");
  for (const auto& compressed : dcm::test::compressed_collection()) {
    auto arguments = dcm::test::dcmqrscp_arguments(compressed.transfer_syntax);
    ASSERT_EQ(arguments.size(), 1U);
    arguments.push_back("-" + arguments[0].substr(1));  // what it takes, and what it offers
    const dcm::test::DcmqrscpServer server(
        {.arguments = arguments, .move_peers = {{"TEST", scp_->port()}}});
    ASSERT_TRUE(server.store(std::vector{compressed}));
    auto association = open(server.port());
    ASSERT_TRUE(association);
    const auto outcome = move(*association, study(compressed.study_uid), "TEST");
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->completed, 1) << compressed.label;
    EXPECT_EQ(syntax_of(compressed), compressed.transfer_syntax);
  }
}

TEST_F(MoveToOurselves, ADestinationThatTheServerDoesNotKnowIsAStatus) {
  const dcm::test::DcmqrscpServer dcmqrscp;
  const dcm::test::OrthancServer orthanc;
  const auto phantom = dcm::test::make_phantom(dcm::test::Kind::ct, {});
  ASSERT_TRUE(dcmqrscp.store(std::vector{phantom}));
  ASSERT_TRUE(orthanc.store(std::vector{phantom}));
  for (const auto port : {dcmqrscp.port(), orthanc.port()}) {
    auto association = open(port);
    ASSERT_TRUE(association);
    const auto outcome = move(*association, study(phantom.study_uid), "NOWHERE");
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome->status, port == dcmqrscp.port() ? 0xA801 : 0xC000);
  }
}

}  // namespace
}  // namespace dcm::net
