// SPDX-License-Identifier: MIT
#include "net/find.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "net/connection.hpp"
#include "net/fake_peer.hpp"
#include "net/identifier.hpp"
#include "support/servers.hpp"

namespace dcm::net {
namespace {

using namespace std::chrono_literals;
using test::FakePeer;
using test::response_to;
using test::Talk;

const Query kStudies{
    QueryModel::study_root, QueryLevel::study, {{tags::kStudyInstanceUid, vr::kUI, ""}}};

std::string answer_with(const std::string& study_uid) {
  const auto bytes = encode_identifier({.keys = {{tags::kStudyInstanceUid, vr::kUI, study_uid}}},
                                       Encoding::explicit_le);
  return std::string(as_text(bytes.value()));
}

void respond(const Talk& talk, const Talk::Message& request, std::uint16_t status,
             const std::string& data_set = {}) {
  talk.send_command(request.context, response_to(request, status), !data_set.empty());
  if (!data_set.empty()) talk.send_data(request.context, data_set, true);
}

class FindTest : public testing::Test {
 protected:
  Association open(std::uint16_t port, const std::string& called_aet = "PACS") {
    const Peer peer{.host = "127.0.0.1",
                    .port = port,
                    .called_aet = called_aet,
                    .calling_aet = "TEST",
                    .first_answer_timeout = 10s,
                    .idle_timeout = 10s};
    const std::vector contexts{find_context(QueryModel::study_root)};
    return Association::open(peer, contexts, stop_).value();
  }

  Result<void> collect(Association& association, const Query& query = kStudies) {
    uids_.clear();
    return find(association, query, [this](const Attributes& answer) -> Result<void> {
      uids_.push_back(answer.text(tags::kStudyInstanceUid));
      return {};
    });
  }

  StopSource stop_;
  std::vector<std::string> uids_;
};

TEST_F(FindTest, BothPendingStatusesCarryAnAnswer) {
  const FakePeer peer([](const Talk& talk) {
    talk.accept();
    const auto request = talk.receive_message();
    respond(talk, request, 0xFF00, answer_with("1.2"));
    respond(talk, request, 0xFF01, answer_with("1.3"));
    respond(talk, request, 0x0000);
    talk.serve_release();
  });
  auto association = open(peer.port());
  EXPECT_TRUE(collect(association));
  EXPECT_EQ(uids_, (std::vector<std::string>{"1.2", "1.3"}));
}

TEST_F(FindTest, AnAnswerMayComeInAnyPieces) {
  const FakePeer peer([](const Talk& talk) {
    talk.accept();
    const auto request = talk.receive_message();
    CommandSet response;
    response.set(element::kCommandField, command::kFind | command::kResponse);
    response.set(element::kRespondedTo, request.command.number(element::kMessageId).value_or(0));
    response.set(element::kStatus, 0xFF00);
    talk.send_command(request.context, response, true);
    for (const char each : answer_with("1.2.3")) {
      talk.send_data(request.context, std::string(1, each), false);
    }
    talk.send_data(request.context, "", true);
    respond(talk, request, 0x0000);
    talk.serve_release();
  });
  auto association = open(peer.port());
  EXPECT_TRUE(collect(association));
  EXPECT_EQ(uids_, std::vector<std::string>{"1.2.3"});
}

TEST_F(FindTest, EveryFinalStatusButSuccessIsAnError) {
  const std::vector<std::uint16_t> failures{0xA700, 0xA900, 0xC001, 0xFE00, 0x0122};
  for (const auto status : failures) {
    const FakePeer peer([&](const Talk& talk) {
      talk.accept();
      respond(talk, talk.receive_message(), status);
      talk.serve_release();
    });
    auto association = open(peer.port());
    const auto found = collect(association);
    ASSERT_FALSE(found);
    EXPECT_EQ(found.error(), (Error{.code = Errc::dimse_status, .detail = status}));
  }
}

TEST_F(FindTest, WhatTheReceiverSaysEndsTheQueryWithACancel) {
  std::atomic<int> cancelled = 0;
  const FakePeer peer([&](const Talk& talk) {
    talk.accept();
    const auto request = talk.receive_message();
    respond(talk, request, 0xFF00, answer_with("1.2"));
    respond(talk, request, 0xFF00, answer_with("1.3"));
    const auto cancel = talk.receive_message();
    if (cancel.command.number(element::kCommandField) == command::kCancel &&
        cancel.command.number(element::kRespondedTo) ==
            request.command.number(element::kMessageId)) {
      ++cancelled;
    }
    respond(talk, request, 0xFF00, answer_with("1.4"));
    respond(talk, request, 0xFE00);
    respond(talk, talk.receive_message(), 0x0000);
    talk.serve_release();
  });
  auto association = open(peer.port());
  int answers = 0;
  const auto found = find(association, kStudies, [&](const Attributes&) -> Result<void> {
    ++answers;
    return fail(Errc::io);
  });
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::io);
  EXPECT_EQ(answers, 1);
  EXPECT_EQ(cancelled, 1);
  EXPECT_TRUE(collect(association)) << "the association can be used again";
}

TEST_F(FindTest, AServerThatIgnoresTheCancelIsAborted) {
  const FakePeer peer([](const Talk& talk) {
    talk.accept();
    const auto request = talk.receive_message();
    while (!talk.over()) {
      respond(talk, request, 0xFF00, answer_with("1.2"));
      std::this_thread::sleep_for(100ms);
    }
  });
  auto association = open(peer.port());
  const auto from = Connection::Clock::now();
  const auto found =
      find(association, kStudies, [](const Attributes&) -> Result<void> { return fail(Errc::io); });
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::io);
  EXPECT_LT(Connection::Clock::now() - from, 60s);
}

TEST_F(FindTest, AnAnswerThatCannotBeReadFailsTheQuery) {
  const FakePeer peer([](const Talk& talk) {
    talk.accept();
    const auto request = talk.receive_message();
    respond(talk, request, 0xFF00, answer_with("1.2.3").substr(0, 20));
    respond(talk, request, 0x0000);
    talk.serve_release();
  });
  auto association = open(peer.port());
  const auto found = collect(association);
  ASSERT_FALSE(found);
  EXPECT_EQ(classify(found.error().code), ErrorClass::bad_object);
}

TEST_F(FindTest, AnAnswerLargerThanOneMebibyteFailsTheQuery) {
  const FakePeer peer([](const Talk& talk) {
    talk.accept();
    const auto request = talk.receive_message();
    CommandSet response;
    response.set(element::kCommandField, command::kFind | command::kResponse);
    response.set(element::kRespondedTo, request.command.number(element::kMessageId).value_or(0));
    response.set(element::kStatus, 0xFF00);
    talk.send_command(request.context, response, true);
    for (int piece = 0; piece < 33; ++piece) {
      talk.send_data(request.context, std::string(32768, ' '), piece == 32);
    }
    respond(talk, request, 0x0000);
    talk.serve_release();
  });
  auto association = open(peer.port());
  const auto found = collect(association);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::header_limit);
}

TEST_F(FindTest, AResponseToAnotherRequestIsAProtocolError) {
  const FakePeer peer([](const Talk& talk) {
    talk.accept();
    auto request = talk.receive_message();
    request.command.set(element::kMessageId, 999);
    respond(talk, request, 0x0000);
    talk.serve_release();
  });
  auto association = open(peer.port());
  const auto found = collect(association);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::protocol);
}

TEST_F(FindTest, AnAbortInTheMiddleIsReported) {
  const FakePeer peer([](const Talk& talk) {
    talk.accept();
    respond(talk, talk.receive_message(), 0xFF00, answer_with("1.2"));
    talk.send_pdu(7, std::string(4, '\0'));
  });
  auto association = open(peer.port());
  const auto found = collect(association);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::association_aborted);
}

TEST_F(FindTest, ListsTheStudiesOfRealServers) {
  const auto phantoms = dcm::test::default_collection();
  std::set<std::string> stored;
  std::vector<dcm::test::Phantom> plain;
  for (const auto& each : phantoms) {
    if (each.transfer_syntax == "1.2.840.10008.1.2.1.99" || each.patient_id.empty()) continue;
    plain.push_back(each);
    stored.insert(each.study_uid);
  }
  const dcm::test::DcmqrscpServer dcmqrscp;
  const dcm::test::OrthancServer orthanc({.settings = {{"DicomAlwaysAllowFind", true}}});
  ASSERT_TRUE(dcmqrscp.store(plain));
  ASSERT_TRUE(orthanc.store(plain));
  for (const auto port : {dcmqrscp.port(), orthanc.port()}) {
    auto association = open(port);
    const auto from = Connection::Clock::now();
    for (int times = 0; times < 10; ++times) {
      ASSERT_TRUE(collect(association));
      EXPECT_EQ(std::set<std::string>(uids_.begin(), uids_.end()), stored);
    }
    EXPECT_LT(Connection::Clock::now() - from, 10 * 40ms * stored.size())
        << "an answer must not wait for a delayed acknowledgement";
    association.release();
  }
}

}  // namespace
}  // namespace dcm::net
