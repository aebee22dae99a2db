// SPDX-License-Identifier: MIT
#include "net/storage_scp.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <thread>

#include "dicom/transfer_syntax.hpp"
#include "net/calling_peer.hpp"
#include "net/echo.hpp"
#include "net/hosted_scp.hpp"
#include "net/negotiation.hpp"
#include "support/phantoms.hpp"
#include "support/servers.hpp"
#include "support/temp_dir.hpp"

namespace dcm::net {
namespace {

using namespace std::chrono_literals;
using test::CallingPeer;
using test::request_body;
using test::Talk;
using test::Wanted;

constexpr int kAcceptance = 2, kRejection = 3, kAbort = 7;
const std::string kSecondaryCapture = "1.2.840.10008.5.1.4.1.1.7";
const std::string kExplicit = "1.2.840.10008.1.2.1", kImplicit = "1.2.840.10008.1.2",
                  kJpegLossless = "1.2.840.10008.1.2.4.70", kHtj2k = "1.2.840.10008.1.2.4.201";

StorageScpSettings settings() {
  return {.address = "127.0.0.1", .ae_title = "TEST", .expected = {{"PACS", "127.0.0.1"}}};
}

class StorageScpTest : public test::HostedScp {
 protected:
  void open(StorageScpSettings how = settings()) { host(std::move(how)); }

  [[nodiscard]] CallingPeer call() const { return CallingPeer(scp_->port()); }

  /// The three bytes of the rejection of `wanted`; zeros if it was no rejection.
  [[nodiscard]] Rejection rejection_of(const Wanted& wanted) const {
    const auto peer = call();
    const auto pdu = peer.ask(wanted);
    if (pdu.type != kRejection || pdu.body.size() != 4) return {0, 0, 0};
    return {static_cast<std::uint8_t>(pdu.body[1]), static_cast<std::uint8_t>(pdu.body[2]),
            static_cast<std::uint8_t>(pdu.body[3])};
  }
};

/// The result and the transfer syntax of each context of an A-ASSOCIATE-AC, by identifier.
std::map<int, std::pair<int, std::string>> contexts_of(const Talk::Pdu& acceptance) {
  std::map<int, std::pair<int, std::string>> contexts;
  const auto& body = acceptance.body;
  const auto size_at = [&](std::size_t at) {
    return static_cast<std::size_t>(static_cast<unsigned char>(body[at]) << 8 |
                                    static_cast<unsigned char>(body[at + 1]));
  };
  for (std::size_t at = 68; at + 4 <= body.size(); at += 4 + size_at(at + 2)) {
    if (body[at] == 0x21) {
      contexts[body[at + 4]] = {body[at + 6], body.substr(at + 12, size_at(at + 10))};
    }
  }
  return contexts;
}

TEST_F(StorageScpTest, AnObjectArrivesAsItWasSentWithWhoSentIt) {
  open();
  const auto peer = call();
  ASSERT_EQ(peer.ask().type, kAcceptance);
  CommandSet request;
  request.set(element::kCommandField, command::kStore);
  request.set(element::kMessageId, 9);
  request.set(element::kAffectedSopClass, kSecondaryCapture);
  request.set(element::kAffectedSopInstance, "1.2.3");
  request.set_title(element::kMoveOriginatorAet, "ASKER");
  request.set(element::kMoveOriginatorMessageId, 77);
  peer.talk().send_command(1, request, true);
  peer.talk().send_data(1, "abc", false);
  peer.talk().send_data(1, "defg", true);
  const auto answer = peer.talk().receive_message().command;
  EXPECT_EQ(answer.number(element::kCommandField), 0x8001);
  EXPECT_EQ(answer.number(element::kRespondedTo), 9);
  EXPECT_EQ(answer.number(element::kStatus), 0);
  EXPECT_EQ(answer.uid(element::kAffectedSopInstance), "1.2.3");
  EXPECT_TRUE(peer.release());

  const auto objects = shelf_.objects();
  ASSERT_EQ(objects.size(), 1U);
  EXPECT_EQ(objects[0].bytes, "abcdefg");
  EXPECT_EQ(objects[0].caller.ae_title, "PACS");
  EXPECT_EQ(objects[0].caller.host, "127.0.0.1");
  EXPECT_EQ(objects[0].info.sop_class_uid, kSecondaryCapture);
  EXPECT_EQ(objects[0].info.sop_instance_uid, "1.2.3");
  EXPECT_EQ(objects[0].info.transfer_syntax_uid, kExplicit);
  EXPECT_EQ(objects[0].info.move_originator_aet, "ASKER");
  EXPECT_EQ(objects[0].info.move_originator_message_id, 77);
}

TEST_F(StorageScpTest, EveryObjectIsAnsweredAsTheSinkDecides) {
  open();
  const auto peer = call();
  ASSERT_EQ(peer.ask().type, kAcceptance);
  EXPECT_EQ(peer.store("1.2.1", "abcd"), 0x0000);
  shelf_.answer_with(Receipt::refused);
  EXPECT_EQ(peer.store("1.2.2", "abcd"), 0xC000);
  shelf_.answer_with(Receipt::stop);
  EXPECT_EQ(peer.store("1.2.3", "abcd"), 0xA700);
  EXPECT_EQ(peer.talk().receive_pdu().type, kAbort);
  EXPECT_EQ(shelf_.size(), 1U);
}

TEST_F(StorageScpTest, SmallPdusOfThePeerAreRespected) {
  open();
  const auto peer = call();
  ASSERT_EQ(peer.ask({.max_pdu = 1024}).type, kAcceptance);
  EXPECT_EQ(peer.store("1.2.3", "abcd"), 0);
  EXPECT_EQ(rejection_of({.max_pdu = 12}), kNoReasonGiven);
}

TEST_F(StorageScpTest, EchoIsAnswered) {
  open();
  const Peer us{
      .host = "127.0.0.1", .port = scp_->port(), .called_aet = "TEST", .calling_aet = "PACS"};
  auto association = Association::open(us, std::array{verification_context()}, stop_);
  ASSERT_TRUE(association);
  EXPECT_TRUE(echo(*association));
  association->release();
  EXPECT_TRUE(eventually([&] { return scp_->associations() == 0; }));
}

TEST_F(StorageScpTest, ContextsAreAcceptedForWhatCanBeStoredAndRead) {
  open();
  const auto peer = call();
  const auto answer = peer.ask({.contexts = {{kSecondaryCapture, {kImplicit, kExplicit}},
                                             {kSecondaryCapture, {kJpegLossless, kExplicit}},
                                             {kSecondaryCapture, {kExplicit, kJpegLossless}},
                                             {kSecondaryCapture, {kHtj2k}},
                                             {kSecondaryCapture, {"1.2.3.4"}},
                                             {"1.2.840.10008.5.1.4.1.1.999.1", {kImplicit}},
                                             {"1.3.12.2.1107.5.9.1", {"1.2.3.4", kImplicit}},
                                             {"1.2.840.10008.5.1.4.1.2.2.1", {kImplicit}},
                                             {"1.2.840.10008.1.1", {kImplicit}},
                                             {"", {kImplicit}},
                                             {kSecondaryCapture, {}}}});
  ASSERT_EQ(answer.type, kAcceptance);
  auto contexts = contexts_of(answer);
  ASSERT_EQ(contexts.size(), 11U);
  EXPECT_EQ(contexts[1], (std::pair(0, kExplicit)));
  EXPECT_EQ(contexts[3], (std::pair(0, kJpegLossless))) << "it stays compressed";
  EXPECT_EQ(contexts[5], (std::pair(0, kExplicit))) << "nothing is compressed for us";
  EXPECT_EQ(contexts[7], (std::pair(0, kHtj2k)));
  EXPECT_EQ(contexts[9].first, 4) << "transfer syntaxes not supported";
  EXPECT_EQ(contexts[11], (std::pair(0, kImplicit))) << "a class of a later edition";
  EXPECT_EQ(contexts[13], (std::pair(0, kImplicit))) << "a private class";
  EXPECT_EQ(contexts[15].first, 3) << "abstract syntax not supported: C-FIND";
  EXPECT_EQ(contexts[17], (std::pair(0, kImplicit))) << "C-ECHO";
  EXPECT_EQ(contexts[19].first, 3);
  EXPECT_EQ(contexts[21].first, 4);
}

TEST_F(StorageScpTest, OnlyExpectedPeersThatMeanUsAreLetIn) {
  open();
  EXPECT_EQ(rejection_of({.called_aet = "OTHER"}), kCalledAetNotRecognized);
  EXPECT_EQ(rejection_of({.calling_aet = "STRANGER"}), kCallingAetNotRecognized);
  EXPECT_EQ(rejection_of({.calling_aet = ""}), kCallingAetNotRecognized);
  EXPECT_EQ(rejection_of({.application_context = "1.2.3"}), kApplicationContextNotSupported);
  EXPECT_EQ(rejection_of({.protocol_version = 2}), kProtocolVersionNotSupported);
  EXPECT_EQ(call().ask().type, kAcceptance);
  ASSERT_TRUE(eventually([&] { return turned_away().size() == 5; }));
  const std::pair stranger(std::string("STRANGER"),
                           Error{.code = Errc::association_rejected, .detail = 0x010103});
  const auto told = turned_away();
  EXPECT_EQ(std::count(told.begin(), told.end(), stranger), 1);
}

TEST_F(StorageScpTest, AnExpectedTitleFromAnotherHostIsAStranger) {
  auto how = settings();
  how.expected = {{"PACS", "192.0.2.1"}, {"", "192.0.2.2"}};
  open(how);
  EXPECT_EQ(rejection_of({}), kCallingAetNotRecognized);
}

TEST_F(StorageScpTest, AHostMayCallItselfWhatItLikesIfOnlyItsAddressIsExpected) {
  auto how = settings();
  how.expected = {{"", "localhost"}};
  open(how);
  EXPECT_EQ(call().ask({.calling_aet = "ANYTHING"}).type, kAcceptance);
  EXPECT_EQ(rejection_of({.calling_aet = "A\nB"}), kCallingAetNotRecognized);
}

TEST_F(StorageScpTest, EverybodyIsNobody) {
  for (const auto& expected : {std::vector<ExpectedCaller>{}, std::vector<ExpectedCaller>{{}}}) {
    auto how = settings();
    how.expected = expected;
    const auto opened = StorageScp::open(how, shelf_.factory(), stop_);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::bad_value);
  }
}

TEST_F(StorageScpTest, APortInUseIsToldAsSuch) {
  open();
  auto how = settings();
  how.port = scp_->port();
  const auto opened = StorageScp::open(how, shelf_.factory(), stop_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::io);
  EXPECT_EQ(opened.error().detail, static_cast<std::uint32_t>(EADDRINUSE));
}

TEST_F(StorageScpTest, WhenAllPlacesAreTakenPeersAreAskedToComeAgain) {
  auto how = settings();
  how.max_associations = 2;
  open(how);
  const auto first = call();
  const auto second = call();
  ASSERT_EQ(first.ask().type, kAcceptance);
  ASSERT_EQ(second.ask().type, kAcceptance);
  EXPECT_EQ(rejection_of({}), kTemporaryCongestion);
  ASSERT_TRUE(first.release());
  ASSERT_TRUE(eventually([&] { return scp_->associations() == 1; }));
  EXPECT_EQ(call().ask().type, kAcceptance);
}

TEST_F(StorageScpTest, OneHostLeavesPlacesToOthers) {
  auto how = settings();
  how.expected = {{"PACS", {}}};
  how.max_associations = 3;
  how.max_associations_of_host = 2;
  open(how);
  const auto first = call();
  const auto second = call();
  ASSERT_EQ(first.ask().type, kAcceptance);
  ASSERT_EQ(second.ask().type, kAcceptance);
  EXPECT_EQ(rejection_of({}), kTemporaryCongestion);
  const CallingPeer elsewhere(scp_->port(), "127.0.0.2");
  EXPECT_EQ(elsewhere.ask().type, kAcceptance);
  ASSERT_TRUE(first.release());
  ASSERT_TRUE(eventually([&] { return scp_->associations() == 2; }));
  EXPECT_EQ(call().ask().type, kAcceptance);
}

TEST_F(StorageScpTest, GarbageIsAbortedAndHarmsNobody) {
  open();
  const auto good = call();
  ASSERT_EQ(good.ask().type, kAcceptance);
  const std::string body = request_body({});
  const auto pdu = [](std::string_view bytes) {
    const auto size = bytes.size();
    return std::string{1, 0, 0, 0, static_cast<char>(size >> 8), static_cast<char>(size)} +
           std::string(bytes);
  };
  std::string even = body, twice = request_body({.contexts = {{}, {}}});
  even[body.find(std::string("\x20\0", 2), 68) + 4] = 2;
  twice[twice.rfind(std::string("\x20\0\0", 3)) + 4] = 1;
  const std::vector<std::string> garbage = {
      "GET / HTTP/1.0\r\n\r\n",
      std::string("\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", 11),
      std::string("\x01\0\xff\xff\xff\xff", 6),
      std::string("\x01\0\x00\x10\x00\x01", 6),
      std::string("\x01\0\0\0\0\0", 6),
      std::string("\x04\0\0\0\0\x04\0\0\0\0", 10),
      std::string("\x07\0\0\0\0\x04\0\0\0\0", 10),
      pdu(body.substr(0, 67)),
      pdu(body.substr(0, 68)),
      pdu(body.substr(0, 90)),
      pdu(body.substr(0, body.size() - 1)),
      pdu(body + "\x50"),
      pdu(even),
      pdu(twice),
      pdu(request_body({.contexts = {}})),
      pdu(request_body({.more_user_information = std::string("\x51\0\0\x02\0\0", 6)})),
  };
  for (const auto& bytes : garbage) {
    const auto peer = call();
    peer.talk().send(bytes);
    EXPECT_EQ(peer.talk().receive_pdu().type, kAbort) << testing::PrintToString(bytes);
  }
  EXPECT_EQ(good.store("1.2.3", "abcd"), 0);
  EXPECT_TRUE(eventually([&] { return turned_away().size() == garbage.size(); }));
}

TEST_F(StorageScpTest, WhatIsAskedBeyondStorageIsPassedOver) {
  open();
  std::string identities;
  for (int each = 0; each < 40; ++each) {
    identities += test::make_item(0x58, std::string("\x01\x01\0\x04USER\0\0", 10));
  }
  const auto peer = call();
  ASSERT_EQ(peer.ask({.more_user_information =
                          identities + test::make_item(0x53, std::string(4, '\xFF')) +
                          test::make_item(0x54, "\xFF\xFF") + test::make_item(0x7F, "what")})
                .type,
            kAcceptance);
  EXPECT_EQ(peer.store("1.2.3", "abcd"), 0);
}

TEST_F(StorageScpTest, HostileDataPdusEndTheirAssociationOnly) {
  open();
  const auto good = call();
  ASSERT_EQ(good.ask().type, kAcceptance);
  const auto length = [](const std::string& bytes) { return std::string("\0\0\0\0", 4) + bytes; };
  for (const auto& body :
       {std::string("\0\0\0\x01\x01", 5), std::string("\0\0\0\0", 4), length(""),
        std::string("\xFF\xFF\xFF\xF0\x01\x03", 6), std::string("\0\0\0\x09\x01\x03zz", 8),
        std::string("\0\0\0\x04\x01\x03zz***", 11), std::string("\0\0\0\x04\x63\x03zz", 8),
        std::string("\0\0\0\x04\x01\x02zz", 8), std::string()}) {
    const auto peer = call();
    ASSERT_EQ(peer.ask().type, kAcceptance);
    peer.talk().send_pdu(4, body);
    const auto answer = peer.talk().receive_pdu().type;
    EXPECT_TRUE(answer == 0 || answer == kAbort) << testing::PrintToString(body);
  }
  EXPECT_EQ(good.store("1.2.3", "abcd"), 0);
  EXPECT_TRUE(eventually([&] { return scp_->associations() == 1; }));
}

TEST_F(StorageScpTest, OtherRequestsAreAnsweredAsUnrecognized) {
  open();
  const auto peer = call();
  ASSERT_EQ(peer.ask().type, kAcceptance);
  CommandSet find;
  find.set(element::kCommandField, command::kFind);
  find.set(element::kMessageId, 5);
  peer.talk().send_command(1, find, false);
  EXPECT_EQ(peer.talk().receive_message().command.number(element::kStatus), 0x0211);
  EXPECT_EQ(peer.store("1.2.3", "abcd"), 0);
}

TEST_F(StorageScpTest, AnObjectThatIsCutOffIsAbandoned) {
  open();
  enum class End : std::uint8_t { close, abort, release, other_context };
  int times = 0;
  for (const auto end : {End::close, End::abort, End::release, End::other_context}) {
    const auto peer = call();
    ASSERT_EQ(peer.ask({.contexts = {{}, {}}}).type, kAcceptance);
    peer.begin_store("1.2.3");
    peer.talk().send_data(1, "abcd", false);
    if (end == End::abort) peer.talk().send_pdu(7, std::string(4, '\0'));
    if (end == End::release) peer.talk().send_pdu(5, std::string(4, '\0'));
    if (end == End::other_context) peer.talk().send_data(3, "abcd", true);
    if (end == End::close) peer.hang_up();
    ++times;
    ASSERT_TRUE(eventually([&] { return shelf_.abandoned() == times; }));
  }
  EXPECT_EQ(shelf_.size(), 0U);
  EXPECT_TRUE(eventually([&] { return scp_->associations() == 0; }));
}

TEST_F(StorageScpTest, APeerThatDripsItsRequestIsLeftAtTheDeadline) {
  auto how = settings();
  how.association_timeout = 400ms;
  open(how);
  const auto peer = call();
  for (const char each : std::string("\x01\0\0\0\0\xF0", 6) + request_body({})) {
    if (!turned_away().empty()) break;
    peer.talk().send(std::string(1, each));
    std::this_thread::sleep_for(50ms);
  }
  ASSERT_TRUE(eventually([&] { return !turned_away().empty(); }));
  EXPECT_EQ(turned_away()[0].second.code, Errc::timed_out);
  EXPECT_EQ(scp_->associations(), 0U);
}

TEST_F(StorageScpTest, APeerThatDripsItsObjectIsLeftThoughItIsNeverIdle) {
  auto how = settings();
  how.idle_timeout = 1s;
  open(how);
  const auto peer = call();
  ASSERT_EQ(peer.ask().type, kAcceptance);
  peer.begin_store("1.2.3");
  peer.talk().send(std::string("\x04\0\0\0\x01\0", 6));
  for (int each = 0; each < 200 && shelf_.abandoned() == 0; ++each) {
    peer.talk().send("x");
    std::this_thread::sleep_for(100ms);
  }
  EXPECT_EQ(shelf_.abandoned(), 1);
  EXPECT_EQ(shelf_.size(), 0U);
}

TEST_F(StorageScpTest, TheOldestOfThoseWhoSayNothingGivesWay) {
  auto how = settings();
  how.max_unassociated = 4;
  open(how);
  std::vector<std::unique_ptr<CallingPeer>> silent;
  for (int each = 0; each < 9; ++each) {
    silent.push_back(std::make_unique<CallingPeer>(scp_->port()));
  }
  const auto good = call();
  EXPECT_EQ(good.ask().type, kAcceptance);
  EXPECT_EQ(good.store("1.2.3", "abcd"), 0);
  ASSERT_TRUE(eventually([&] { return turned_away().size() >= 5; }));
  for (const auto& [title, error] : turned_away()) EXPECT_EQ(error.code, Errc::interrupted);
}

TEST_F(StorageScpTest, FiftyAssociationsAreServedAtOnce) {
  open();
  constexpr int kAtOnce = 50, kEach = 4;
  std::vector<std::unique_ptr<CallingPeer>> peers;
  for (int each = 0; each < kAtOnce; ++each) {
    peers.push_back(std::make_unique<CallingPeer>(scp_->port()));
    ASSERT_EQ(peers.back()->ask().type, kAcceptance);
    peers.back()->begin_store("1.2." + std::to_string(each) + ".0");
  }
  EXPECT_EQ(scp_->associations(), static_cast<std::size_t>(kAtOnce));
  std::vector<std::future<bool>> done;
  for (int each = 0; each < kAtOnce; ++each) {
    done.push_back(
        std::async(std::launch::async, [&peer = *peers[static_cast<std::size_t>(each)], each] {
          const auto uid = [&](int at) {
            return "1.2." + std::to_string(each) + "." + std::to_string(at);
          };
          peer.talk().send_data(1, uid(0), true);
          bool good = peer.talk().receive_message().command.number(element::kStatus) == 0;
          for (int at = 1; at < kEach; ++at) good = peer.store(uid(at), uid(at)) == 0 && good;
          return peer.release() && good;
        }));
  }
  for (auto& each : done) EXPECT_TRUE(each.get());
  const auto objects = shelf_.by_uid();
  EXPECT_EQ(objects.size(), static_cast<std::size_t>(kAtOnce * kEach));
  for (const auto& [uid, object] : objects) EXPECT_EQ(object.bytes, uid);
}

TEST_F(StorageScpTest, ClosingEndsEverythingAndKeepsNoHalfObject) {
  open();
  const auto port = scp_->port();
  const auto idle = call(), busy = call(), silent = call();
  ASSERT_EQ(idle.ask().type, kAcceptance);
  ASSERT_EQ(busy.ask().type, kAcceptance);
  busy.begin_store("1.2.3");
  busy.talk().send_data(1, "abcd", false);
  scp_->close();
  scp_->close();
  EXPECT_EQ(scp_->associations(), 0U);
  EXPECT_LE(shelf_.abandoned(), 1);
  EXPECT_EQ(shelf_.size(), 0U);
  EXPECT_FALSE(dcm::test::connect_to(port));
  for (const auto* peer : {&idle, &busy, &silent}) {
    const auto last = peer->talk().receive_pdu().type;
    EXPECT_TRUE(last == 0 || last == kAbort);
  }
}

TEST_F(StorageScpTest, AStopRequestEndsItToo) {
  open();
  const auto port = scp_->port();
  const auto peer = call();
  ASSERT_EQ(peer.ask().type, kAcceptance);
  stop_.request();
  EXPECT_TRUE(eventually([&] { return !dcm::test::connect_to(port); }));
  EXPECT_TRUE(eventually([&] { return scp_->associations() == 0; }));
}

TEST_F(StorageScpTest, StorescuSendsEverythingInEverySyntax) {
  open({.address = "127.0.0.1", .ae_title = "TEST", .expected = {{"STORESCU", ""}}});
  auto phantoms = dcm::test::default_collection();
  for (auto& each : dcm::test::compressed_collection()) phantoms.push_back(each);
  const dcm::test::TempDir folder;
  ASSERT_TRUE(dcm::test::store_by_storescu(dcm::test::write_files(phantoms, folder.path()),
                                           scp_->port(), "TEST"));
  const auto objects = shelf_.by_uid();
  for (const auto& phantom : phantoms) {
    const auto found = objects.find(phantom.sop_uid);
    ASSERT_NE(found, objects.end()) << phantom.label;
    EXPECT_EQ(found->second.info.sop_class_uid, phantom.sop_class);
    const auto* syntax = find_transfer_syntax(phantom.transfer_syntax);
    ASSERT_NE(syntax, nullptr);
    if (syntax->encapsulated || syntax->deflated) {
      EXPECT_EQ(found->second.info.transfer_syntax_uid, phantom.transfer_syntax) << phantom.label;
    }
    EXPECT_FALSE(found->second.bytes.empty());
  }
}

}  // namespace
}  // namespace dcm::net
