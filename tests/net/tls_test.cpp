// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <thread>

#include "net/association.hpp"
#include "net/connection.hpp"
#include "net/echo.hpp"
#include "net/fake_peer.hpp"
#include "support/certificates.hpp"
#include "support/process.hpp"
#include "support/read_back.hpp"
#include "support/servers.hpp"
#include "support/tls_front.hpp"

namespace dcm::net {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using dcm::test::Authority;
using dcm::test::Certified;
using dcm::test::read_file;
using dcm::test::TlsFront;
using test::FakePeer;
using test::Talk;
using Clock = std::chrono::steady_clock;

constexpr int kTls11 = 0x0302, kTls12 = 0x0303, kTls13 = 0x0304;

/// Accepts what is proposed, answers C-ECHO once, and releases.
void serve_echo(const Talk& talk) {
  talk.accept();
  const auto request = talk.receive_message();
  CommandSet response;
  response.set(element::kAffectedSopClass, "1.2.840.10008.1.1");
  response.set(element::kCommandField, command::kEcho | command::kResponse);
  response.set(element::kRespondedTo, *request.command.number(element::kMessageId));
  response.set(element::kStatus, std::uint16_t{0});
  talk.send_command(request.context, response, false);
  talk.serve_release();
}

class TlsTest : public testing::Test {
 protected:
  Peer peer_at(std::uint16_t port) const {
    return {.host = "127.0.0.1",
            .port = port,
            .called_aet = "PACS",
            .calling_aet = "TEST",
            .connect_timeout = 10s,
            .association_timeout = 20s,
            .first_answer_timeout = 20s,
            .idle_timeout = 10s,
            .tls = trusting(authority_.certificate())};
  }

  static TlsSettings trusting(const std::filesystem::path& authorities,
                              const std::string& name = {}, const Certified& ours = {}) {
    TlsMaterial material{.authorities = read_file(authorities), .certificate = {}, .key = {}};
    if (!ours.key.empty()) {
      material.certificate = read_file(ours.certificate);
      material.key = read_file(ours.key);
    }
    return TlsSettings::create(material, name).value();
  }

  /// Of an echo.
  Error outcome(const Peer& peer) {
    const std::vector<PresentationContext> contexts{verification_context()};
    auto association = Association::open(peer, contexts, stop_);
    if (!association) return association.error();
    const auto echoed = echo(*association);
    association->release();
    return echoed ? Error{} : echoed.error();
  }
  Error outcome(const TlsFront& front) { return outcome(peer_at(front.port())); }

  StopSource stop_;
  Authority authority_;
  FakePeer server_{serve_echo};
};

TEST_F(TlsTest, SpeaksBothVersions) {
  for (const int version : {kTls12, kTls13}) {
    const TlsFront front(
        server_.port(),
        {.certified = authority_.issue(), .lowest_version = version, .highest_version = version});
    EXPECT_EQ(outcome(front), Error{}) << version;
    EXPECT_EQ(front.asked_for(), "") << "an address is no name of a server";
  }
}

TEST_F(TlsTest, NamesTheServerItWants) {
  const TlsFront front(server_.port(), {.certified = authority_.issue({.names = "DNS:localhost"})});
  auto peer = peer_at(front.port());
  peer.host = "localhost";
  EXPECT_EQ(outcome(peer), Error{});
  EXPECT_EQ(front.asked_for(), "localhost");
}

TEST_F(TlsTest, AVersionBelow12IsNotSpoken) {
  const TlsFront front(
      server_.port(),
      {.certified = authority_.issue(), .lowest_version = kTls11, .highest_version = kTls11});
  EXPECT_EQ(outcome(front).code, Errc::no_common_tls);
}

TEST_F(TlsTest, CiphersThatBcp195LeavesOutAreNotSpoken) {
  for (const auto* suite : {"ECDHE-ECDSA-AES128-SHA", "ECDHE-ECDSA-AES256-SHA384"}) {
    const TlsFront front(
        server_.port(),
        {.certified = authority_.issue(), .highest_version = kTls12, .cipher_suites = suite});
    EXPECT_EQ(outcome(front).code, Errc::no_common_tls) << suite;
  }
}

TEST_F(TlsTest, AnUnknownAuthorityIsNotTrusted) {
  for (const auto* name : {"Stranger", "Authority of a test"}) {
    Authority stranger(name);
    const TlsFront front(server_.port(), {.certified = stranger.issue()});
    EXPECT_EQ(outcome(front).code, Errc::certificate_untrusted) << name;
    auto peer = peer_at(front.port());
    peer.tls = TlsSettings::create({}, {}).value();
    EXPECT_EQ(outcome(peer).code, Errc::certificate_untrusted) << "nor by the system";
  }
}

TEST_F(TlsTest, TheServersOwnCertificateIsEnough) {
  Authority stranger;
  const auto its_own = stranger.issue(), another = stranger.issue();
  const TlsFront front(server_.port(), {.certified = its_own});
  auto peer = peer_at(front.port());
  peer.tls = trusting(its_own.certificate);
  EXPECT_EQ(outcome(peer), Error{});
  peer.tls = trusting(another.certificate);
  EXPECT_EQ(outcome(peer).code, Errc::certificate_untrusted);
}

TEST_F(TlsTest, ACertificateMustNameTheServer) {
  const TlsFront front(
      server_.port(),
      {.certified = authority_.issue({.names = "DNS:pacs.example.org,IP:10.0.0.5"})});
  EXPECT_EQ(outcome(front), (Error{.code = Errc::certificate_name}));
  auto peer = peer_at(front.port());
  peer.host = "localhost";
  EXPECT_EQ(outcome(peer), (Error{.code = Errc::certificate_name}));
  for (const auto* name : {"pacs.example.org", "10.0.0.5"}) {
    peer.tls = trusting(authority_.certificate(), name);
    EXPECT_EQ(outcome(peer), Error{}) << name;
  }
}

TEST_F(TlsTest, ACommonNameIsNoName) {
  const TlsFront front(server_.port(), {.certified = authority_.issue({.names = ""})});
  auto peer = peer_at(front.port());
  peer.host = "localhost";  // as its subject says
  EXPECT_EQ(outcome(peer), (Error{.code = Errc::certificate_name, .detail = 1}));
}

TEST_F(TlsTest, ACertificateMustBeValidNow) {
  const TlsFront old(server_.port(),
                     {.certified = authority_.issue({.valid_from = -7200, .valid_to = -3600})});
  EXPECT_EQ(outcome(old), (Error{.code = Errc::certificate_expired}));
  const TlsFront young(server_.port(),
                       {.certified = authority_.issue({.valid_from = 3600, .valid_to = 7200})});
  EXPECT_EQ(outcome(young), (Error{.code = Errc::certificate_expired, .detail = 1}));
}

TEST_F(TlsTest, AServerMayDemandACertificate) {
  Authority stranger("Stranger"), namesake;
  for (const int version : {kTls12, kTls13}) {
    const TlsFront front(server_.port(), {.certified = authority_.issue(),
                                          .peer_authority = authority_.certificate(),
                                          .lowest_version = version,
                                          .highest_version = version});
    EXPECT_EQ(outcome(front).code, Errc::client_certificate) << version;
    auto peer = peer_at(front.port());
    for (auto* const other : {&stranger, &namesake}) {
      peer.tls = trusting(authority_.certificate(), {}, other->issue());
      EXPECT_EQ(outcome(peer).code, Errc::client_certificate) << version;
    }
    peer.tls = trusting(authority_.certificate(), {}, authority_.issue());
    EXPECT_EQ(outcome(peer), Error{}) << version;
  }
}

TEST_F(TlsTest, APlainServerIsToldApart) {
  const dcm::test::DcmqrscpServer dcmqrscp;
  EXPECT_EQ(outcome(peer_at(dcmqrscp.port())).code, Errc::no_tls);
  const FakePeer hangs_up([](const Talk& talk) { static_cast<void>(talk.receive(5)); });
  EXPECT_EQ(outcome(peer_at(hangs_up.port())).code, Errc::no_tls);
  const FakePeer waits([](const Talk& talk) { talk.wait_for_close(); });
  auto peer = peer_at(waits.port());
  peer.connect_timeout = 1s;
  EXPECT_EQ(outcome(peer).code, Errc::no_tls);
}

TEST_F(TlsTest, AWebServerIsToldApart) {
  const Error http{.code = Errc::not_dicom, .detail = static_cast<std::uint32_t>(PeerKind::http)};
  const FakePeer plain([](const Talk& talk) {
    static_cast<void>(talk.receive(1));
    talk.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    talk.wait_for_close();
  });
  EXPECT_EQ(outcome(peer_at(plain.port())), http);
  const FakePeer patient([](const Talk& talk) {
    if (talk.receive(4) == "GET ") talk.send("HTTP/1.0 200 OK\r\n\r\n");
    talk.wait_for_close();
  });
  const TlsFront front(patient.port(), {.certified = authority_.issue()});
  EXPECT_EQ(outcome(front), http);
}

TEST_F(TlsTest, AHandshakeThatStallsTimesOutAndStops) {
  const FakePeer stalls([](const Talk& talk) {
    static_cast<void>(talk.receive(5));
    talk.send("\x16\3\3\0\x50\2\0"s);
    talk.wait_for_close();
  });
  auto peer = peer_at(stalls.port());
  peer.connect_timeout = 1s;
  EXPECT_EQ(outcome(peer).code, Errc::timed_out);

  peer.connect_timeout = 60s;
  std::thread other([this] {
    std::this_thread::sleep_for(100ms);
    stop_.request();
  });
  const auto from = Clock::now();
  EXPECT_EQ(outcome(peer).code, Errc::interrupted);
  EXPECT_LT(Clock::now() - from, 20s);
  other.join();
}

TEST_F(TlsTest, NonsenseInTlsIsNoServer) {
  const FakePeer talks_nonsense([](const Talk& talk) {
    static_cast<void>(talk.receive(5));
    talk.send("\x16\3\3\0\4\2\0\0\0"s);  // a ServerHello without anything
    talk.wait_for_close();
  });
  EXPECT_EQ(outcome(peer_at(talks_nonsense.port())).code, Errc::tls_failed);
}

TEST_F(TlsTest, MuchPassesBothWays) {
  constexpr std::size_t kSize = std::size_t{8} << 20;
  const FakePeer mirror([](const Talk& talk) {
    const auto bytes = talk.receive(kSize);
    talk.send(bytes);
    talk.wait_for_close();
  });
  const TlsFront front(mirror.port(), {.certified = authority_.issue()});
  auto connection = Connection::open("127.0.0.1", front.port(), 10s, 10s, stop_).value();
  ASSERT_TRUE(connection.secure(trusting(authority_.certificate()), "127.0.0.1", 10s));
  std::vector<std::byte> sent(kSize);
  for (std::size_t at = 0; at < kSize; ++at) sent[at] = static_cast<std::byte>(at * 31 >> 3);
  ASSERT_TRUE(connection.write(sent));
  std::vector<std::byte> received(kSize);
  std::size_t have = 0;
  while (have < kSize) {
    const auto count = connection.read(std::span(received).subspan(have));
    ASSERT_TRUE(count);
    have += *count;
  }
  EXPECT_EQ(received, sent);
}

TEST_F(TlsTest, AServerThatEndsIsDisconnected) {
  const FakePeer ends([](const Talk& talk) { static_cast<void>(talk.receive(1)); });
  const TlsFront front(ends.port(), {.certified = authority_.issue()});
  EXPECT_EQ(outcome(front).code, Errc::disconnected);
}

TEST_F(TlsTest, WhatCannotBeUsedIsRefusedBeforeAnyConnection) {
  const auto one = authority_.issue(), other = authority_.issue();
  const auto part_of = [](const TlsMaterial& material) {
    const auto made = TlsSettings::create(material, {});
    const auto error = made ? Error{} : made.error();
    EXPECT_EQ(error.code, Errc::bad_value);
    return static_cast<TlsPart>(error.detail);
  };
  const auto certificate = read_file(one.certificate), key = read_file(one.key);
  const auto broken = certificate.substr(0, certificate.size() / 2);
  EXPECT_EQ(part_of({.authorities = "not PEM", .certificate = {}, .key = {}}),
            TlsPart::authorities);
  EXPECT_EQ(part_of({.authorities = certificate + broken, .certificate = {}, .key = {}}),
            TlsPart::authorities);
  EXPECT_EQ(part_of({.authorities = {}, .certificate = broken, .key = key}), TlsPart::certificate);
  EXPECT_EQ(part_of({.authorities = {}, .certificate = certificate, .key = "none"}), TlsPart::key);
  EXPECT_EQ(part_of({.authorities = {}, .certificate = certificate, .key = read_file(other.key)}),
            TlsPart::pair);
}

}  // namespace
}  // namespace dcm::net
