// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <chrono>

#include "net/calling_peer.hpp"
#include "net/hosted_scp.hpp"
#include "support/certificates.hpp"
#include "support/phantoms.hpp"
#include "support/read_back.hpp"
#include "support/servers.hpp"
#include "support/temp_dir.hpp"
#include "support/tls_front.hpp"

/// The storage SCP under TLS: who calls it without, with the wrong certificate, or says nothing.
namespace dcm::net {
namespace {

using namespace std::chrono_literals;
using dcm::test::Authority;
using dcm::test::Certified;
using dcm::test::read_file;
using dcm::test::TlsTail;
using test::CallingPeer;

constexpr int kTls11 = 0x0302, kTls12 = 0x0303, kTls13 = 0x0304;
constexpr int kAcceptance = 2, kRejection = 3, kAbort = 7;

class StorageScpTlsTest : public test::HostedScp {
 protected:
  void open(std::chrono::milliseconds association_timeout = 16s) {
    host({.address = "127.0.0.1",
          .ae_title = "TEST",
          .expected = {{"PACS", "127.0.0.1"}, {"STORESCU", ""}},
          .association_timeout = association_timeout,
          .tls = settings(ours_)});
  }

  [[nodiscard]] TlsSettings settings(const Certified& shown) const {
    return TlsSettings::create({.authorities = read_file(authority_.certificate()),
                                .certificate = read_file(shown.certificate),
                                .key = read_file(shown.key)},
                               {})
        .value();
  }

  /// What the SCP says of a caller that speaks such TLS, and asks for an association by it.
  [[nodiscard]] Error said_of(const dcm::test::TlsFrontOptions& caller) {
    const auto before = turned_away().size();
    const TlsTail tail(scp_->port(), caller);
    const CallingPeer peer(tail.port());
    EXPECT_NE(peer.ask().type, kAcceptance);
    EXPECT_TRUE(eventually([&] { return turned_away().size() > before; }));
    const auto all = turned_away();
    EXPECT_EQ(all.size(), before + 1);
    return all.empty() ? Error{} : all.back().second;
  }

  Authority authority_;
  Certified ours_ = authority_.issue();
};

TEST_F(StorageScpTlsTest, ObjectsArriveByBothVersionsAsTheyWereSent) {
  open();
  for (const int version : {kTls12, kTls13}) {
    const TlsTail tail(
        scp_->port(),
        {.certified = authority_.issue(), .lowest_version = version, .highest_version = version});
    const CallingPeer peer(tail.port());
    ASSERT_EQ(peer.ask().type, kAcceptance) << version;
    const auto uid = "1.2." + std::to_string(version);
    const std::string piece(100'000, 'x');
    peer.begin_store(uid);
    for (int each = 0; each < 3; ++each) peer.talk().send_data(1, piece, each == 2);
    EXPECT_EQ(peer.talk().receive_message().command.number(element::kStatus), 0);
    EXPECT_TRUE(peer.release());
    const auto objects = shelf_.by_uid();
    ASSERT_EQ(objects.count(uid), 1U);
    EXPECT_EQ(objects.at(uid).bytes, piece + piece + piece);
    EXPECT_EQ(objects.at(uid).caller.ae_title, "PACS");
  }
  EXPECT_TRUE(turned_away().empty());
}

TEST_F(StorageScpTlsTest, ACertificateNeedsNoName) {
  open();
  const TlsTail tail(scp_->port(), {.certified = authority_.issue({.names = ""})});
  EXPECT_EQ(CallingPeer(tail.port()).ask().type, kAcceptance);
}

TEST_F(StorageScpTlsTest, WhoIsNotExpectedIsRejectedUnderTlsToo) {
  open();
  const TlsTail tail(scp_->port(), {.certified = authority_.issue()});
  EXPECT_EQ(CallingPeer(tail.port()).ask({.calling_aet = "STRANGER"}).type, kRejection);
  ASSERT_TRUE(eventually([&] { return turned_away().size() == 1; }));
  EXPECT_EQ(turned_away()[0].second,
            (Error{.code = Errc::association_rejected, .detail = 0x010103}));
}

TEST_F(StorageScpTlsTest, NobodySendsInTheClear) {
  open();
  const CallingPeer peer(scp_->port());
  EXPECT_EQ(peer.ask().type, 0);
  ASSERT_TRUE(eventually([&] { return turned_away().size() == 1; }));
  EXPECT_EQ(turned_away()[0].second, Error{.code = Errc::no_tls});
  const dcm::test::TempDir folder;
  const auto files = dcm::test::write_files(dcm::test::default_collection(), folder.path());
  EXPECT_FALSE(dcm::test::store_by_storescu({files.front()}, scp_->port(), "TEST"));
  EXPECT_EQ(shelf_.size(), 0U);
}

TEST_F(StorageScpTlsTest, WhatIsNeitherTlsNorDicomIsTold) {
  open();
  for (const auto* words : {"GET / HTTP/1.0\r\n\r\n", "SSH-2.0-scan\r\n", "\x01\x02garbage"}) {
    const auto before = turned_away().size();
    const CallingPeer peer(scp_->port());
    peer.talk().send(words);
    EXPECT_EQ(peer.talk().receive_pdu().type, 0);
    ASSERT_TRUE(eventually([&] { return turned_away().size() > before; }));
    EXPECT_EQ(turned_away().back().second, Error{.code = Errc::not_dicom}) << words;
  }
}

TEST_F(StorageScpTlsTest, ACallerMustShowACertificate) {
  open();
  for (const int version : {kTls12, kTls13}) {
    EXPECT_EQ(said_of({.lowest_version = version, .highest_version = version}),
              Error{.code = Errc::certificate_untrusted})
        << version;
  }
}

TEST_F(StorageScpTlsTest, ACallersCertificateMustComeFromAnAuthorityThatIsTrusted) {
  open();
  for (const auto* name : {"Stranger", "Authority of a test"}) {
    Authority stranger(name);
    const auto error = said_of({.certified = stranger.issue()});
    EXPECT_EQ(error.code, Errc::certificate_untrusted) << name;
    EXPECT_NE(error.detail, 0U) << name;
  }
}

TEST_F(StorageScpTlsTest, ACallersCertificateMustBeValidNow) {
  open();
  EXPECT_EQ(said_of({.certified = authority_.issue({.valid_from = -7200, .valid_to = -3600})}),
            Error{.code = Errc::certificate_expired});
  EXPECT_EQ(said_of({.certified = authority_.issue({.valid_from = 3600, .valid_to = 7200})}),
            (Error{.code = Errc::certificate_expired, .detail = 1}));
}

TEST_F(StorageScpTlsTest, OldVersionsAndWeakCiphersAreNotSpoken) {
  open();
  EXPECT_EQ(
      said_of(
          {.certified = authority_.issue(), .lowest_version = kTls11, .highest_version = kTls11})
          .code,
      Errc::no_common_tls);
  for (const auto* suite : {"ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384"}) {
    EXPECT_EQ(
        said_of(
            {.certified = authority_.issue(), .highest_version = kTls12, .cipher_suites = suite})
            .code,
        Errc::no_common_tls)
        << suite;
  }
}

TEST_F(StorageScpTlsTest, ACallerMayRefuseOurCertificate) {
  open();
  const Authority stranger("Stranger");
  for (const int version : {kTls12, kTls13}) {
    EXPECT_EQ(said_of({.certified = authority_.issue(),
                       .peer_authority = stranger.certificate(),
                       .lowest_version = version,
                       .highest_version = version})
                  .code,
              Errc::client_certificate)
        << version;
  }
}

TEST_F(StorageScpTlsTest, SilenceInTheHandshakeEndsWithTheTimeForAnAssociation) {
  open(400ms);
  const CallingPeer silent(scp_->port()), stalls(scp_->port());
  stalls.talk().send(std::string("\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03", 11));
  for (const auto* peer : {&silent, &stalls}) EXPECT_EQ(peer->talk().receive_pdu().type, 0);
  ASSERT_TRUE(eventually([&] { return turned_away().size() >= 2; }));
  for (const auto& [title, error] : turned_away()) EXPECT_EQ(error.code, Errc::timed_out);
}

TEST_F(StorageScpTlsTest, SilenceAfterTheHandshakeEndsWithItToo) {
  open(1s);
  const TlsTail tail(scp_->port(), {.certified = authority_.issue()});
  const CallingPeer peer(tail.port());
  EXPECT_EQ(peer.talk().receive_pdu().type, 0);
  ASSERT_TRUE(eventually([&] { return turned_away().size() == 1; }));
  EXPECT_EQ(turned_away()[0].second.code, Errc::timed_out);
}

TEST_F(StorageScpTlsTest, TheOldestOfThoseWhoStallInTheHandshakeGivesWay) {
  host({.address = "127.0.0.1",
        .ae_title = "TEST",
        .expected = {{"PACS", ""}},
        .max_unassociated = 4,
        .tls = settings(ours_)});
  std::vector<std::unique_ptr<CallingPeer>> stalled;
  for (int each = 0; each < 9; ++each) {
    stalled.push_back(std::make_unique<CallingPeer>(scp_->port()));
    stalled.back()->talk().send(std::string("\x16\x03\x01\x02\0\x01", 6));
  }
  const TlsTail tail(scp_->port(), {.certified = authority_.issue()});
  const CallingPeer good(tail.port());
  ASSERT_EQ(good.ask().type, kAcceptance);
  EXPECT_EQ(good.store("1.2.3", "abcd"), 0);
  ASSERT_TRUE(eventually([&] { return turned_away().size() >= 5; }));
  for (const auto& [title, error] : turned_away()) EXPECT_EQ(error.code, Errc::interrupted);
}

TEST_F(StorageScpTlsTest, ClosingEndsWhatIsUnderWay) {
  open();
  const TlsTail tail(scp_->port(), {.certified = authority_.issue()});
  const CallingPeer busy(tail.port()), silent(scp_->port());
  ASSERT_EQ(busy.ask().type, kAcceptance);
  busy.begin_store("1.2.3");
  busy.talk().send_data(1, "abcd", false);
  scp_->close();
  EXPECT_EQ(scp_->associations(), 0U);
  EXPECT_EQ(shelf_.size(), 0U);
  const auto last = busy.talk().receive_pdu().type;
  EXPECT_TRUE(last == 0 || last == kAbort);
}

TEST_F(StorageScpTlsTest, TlsIsToldApartWhereThereIsNone) {
  host({.address = "127.0.0.1", .ae_title = "TEST", .expected = {{"PACS", ""}}});
  EXPECT_EQ(said_of({.certified = authority_.issue()}),
            (Error{.code = Errc::not_dicom, .detail = static_cast<std::uint32_t>(PeerKind::tls)}));
}

TEST_F(StorageScpTlsTest, WithoutACertificateItDoesNotListen) {
  const auto opened = StorageScp::open({.address = "127.0.0.1",
                                        .ae_title = "TEST",
                                        .expected = {{"PACS", ""}},
                                        .tls = TlsSettings::create({}, {}).value()},
                                       shelf_.factory(), stop_);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::bad_value);
}

TEST_F(StorageScpTlsTest, StorescuSendsEverything) {
  open();
  const auto phantoms = dcm::test::default_collection();
  const dcm::test::TempDir folder;
  const auto theirs = authority_.issue();
  ASSERT_TRUE(dcm::test::store_by_storescu(
      dcm::test::write_files(phantoms, folder.path()), scp_->port(), "TEST",
      {"+tls", theirs.key.string(), theirs.certificate.string(), "+cf",
       authority_.certificate().string()}));
  const auto objects = shelf_.by_uid();
  for (const auto& phantom : phantoms) EXPECT_EQ(objects.count(phantom.sop_uid), 1U);
}

}  // namespace
}  // namespace dcm::net
