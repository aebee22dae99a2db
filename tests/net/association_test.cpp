// SPDX-License-Identifier: MIT
#include "net/association.hpp"

#include <gtest/gtest.h>

#include <cerrno>
#include <thread>

#include "net/echo.hpp"
#include "net/fake_peer.hpp"
#include "support/process.hpp"
#include "support/servers.hpp"

namespace dcm::net {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using test::FakePeer;
using test::Talk;
using Clock = std::chrono::steady_clock;

class AssociationTest : public testing::Test {
 protected:
  static Peer peer_at(std::uint16_t port) {
    return {.host = "127.0.0.1",
            .port = port,
            .called_aet = "PACS",
            .calling_aet = "TEST",
            .connect_timeout = 2s,
            .association_timeout = 120s,
            .first_answer_timeout = 10s,
            .idle_timeout = 1s};
  }

  Result<Association> open(const Peer& peer) { return Association::open(peer, contexts_, stop_); }

  Error error_from(const Peer& peer) {
    const auto association = open(peer);
    return association ? Error{} : association.error();
  }
  Error error_from(const FakePeer& peer) { return error_from(peer_at(peer.port())); }

  StopSource stop_;
  std::vector<PresentationContext> contexts_{verification_context()};
};

Error not_dicom(PeerKind kind) {
  return {.code = Errc::not_dicom, .detail = static_cast<std::uint32_t>(kind)};
}

/// What the items of one type in the user information of a request hold (PS3.7 D.3.3).
std::vector<std::string> user_items(const std::string& request, char type) {
  std::vector<std::string> found;
  const auto size_at = [&](std::size_t at) {
    return static_cast<std::size_t>(static_cast<unsigned char>(request[at]) << 8 |
                                    static_cast<unsigned char>(request[at + 1]));
  };
  for (std::size_t at = 68; at + 4 <= request.size(); at += 4 + size_at(at + 2)) {
    if (request[at] != 0x50) continue;
    for (auto sub = at + 4; sub + 4 <= request.size(); sub += 4 + size_at(sub + 2)) {
      if (request[sub] == type) found.push_back(request.substr(sub + 4, size_at(sub + 2)));
    }
  }
  return found;
}

TEST_F(AssociationTest, RejectionKeepsTheBytesOfTheWire) {
  for (const auto& bytes : {"\0\1\1\7"s, "\0\1\1\3"s, "\0\2\3\2"s, "\0\1\x09\xC8"s}) {
    const FakePeer peer([&](const Talk& talk) {
      static_cast<void>(talk.receive_pdu());
      talk.send_pdu(3, bytes);
      talk.wait_for_close();
    });
    const auto error = error_from(peer);
    EXPECT_EQ(error.code, Errc::association_rejected);
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
    EXPECT_EQ(error.detail, static_cast<std::uint32_t>(byte(1) << 16 | byte(2) << 8 | byte(3)));
  }
}

TEST_F(AssociationTest, AnAbortIsNotADisconnect) {
  const FakePeer peer([](const Talk& talk) {
    static_cast<void>(talk.receive_pdu());
    talk.send_pdu(7, "\0\0\2\0"s);
  });
  EXPECT_EQ(error_from(peer).code, Errc::association_aborted);
}

TEST_F(AssociationTest, AServerThatHangsUpIsDisconnected) {
  const FakePeer peer([](const Talk& talk) { static_cast<void>(talk.receive_pdu()); });
  EXPECT_EQ(error_from(peer).code, Errc::disconnected);
}

TEST_F(AssociationTest, ASilentServerTimesOut) {
  const FakePeer peer([](const Talk& talk) { talk.wait_for_close(); });
  auto silent = peer_at(peer.port());
  silent.association_timeout = 1s;
  EXPECT_EQ(error_from(silent).code, Errc::timed_out);
}

TEST_F(AssociationTest, ASlowServerIsStillADicomServer) {
  const FakePeer peer([](const Talk& talk) {
    std::this_thread::sleep_for(4s);
    talk.accept();
    talk.serve_release();
  });
  auto association = open(peer_at(peer.port()));
  ASSERT_TRUE(association);
  EXPECT_GT(peer.connections(), 1) << "it was silent enough to be asked what it is";
}

TEST_F(AssociationTest, DrippingBytesDoNotKeepItAlive) {
  const FakePeer peer([](const Talk& talk) {
    static_cast<void>(talk.receive_pdu());
    talk.send("\2\0\0\0\1\0"s);
    while (!talk.over()) {
      talk.send("x");
      std::this_thread::sleep_for(50ms);
    }
  });
  const auto from = Clock::now();
  EXPECT_EQ(error_from(peer).code, Errc::timed_out);
  EXPECT_LT(Clock::now() - from, 60s);
}

TEST_F(AssociationTest, AStopRequestEndsTheNegotiation) {
  const FakePeer peer([](const Talk& talk) { talk.wait_for_close(); });
  std::thread other([this] {
    std::this_thread::sleep_for(100ms);
    stop_.request();
  });
  const auto from = Clock::now();
  EXPECT_EQ(error_from(peer).code, Errc::interrupted);
  EXPECT_LT(Clock::now() - from, 60s);
  other.join();
}

TEST_F(AssociationTest, TellsAnHttpServerThatAnswers) {
  const FakePeer peer([](const Talk& talk) {
    static_cast<void>(talk.receive(1));
    talk.send("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  EXPECT_EQ(error_from(peer), not_dicom(PeerKind::http));
}

TEST_F(AssociationTest, TellsAnHttpServerThatWaitsForALine) {
  const FakePeer peer([](const Talk& talk) {
    if (talk.receive(4) == "GET ") talk.send("HTTP/1.0 200 OK\r\n\r\n");
    talk.wait_for_close();
  });
  const auto from = Clock::now();
  EXPECT_EQ(error_from(peer), not_dicom(PeerKind::http));
  EXPECT_LT(Clock::now() - from, 60s);
}

TEST_F(AssociationTest, TellsThatSomethingElseIsNotDicom) {
  const FakePeer peer([](const Talk& talk) {
    talk.send("SSH-2.0-OpenSSH_9.2\r\n");
    talk.wait_for_close();
  });
  EXPECT_EQ(error_from(peer), not_dicom(PeerKind::unknown));
}

TEST_F(AssociationTest, TellsATlsServer) {
  const dcm::test::TempDir folder;
  const auto key = (folder.path() / "key.pem").string();
  const auto certificate = (folder.path() / "certificate.pem").string();
  ASSERT_EQ(dcm::test::run({"openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj",
                            "/CN=localhost", "-keyout", key, "-out", certificate})
                .exit_code,
            0);
  const auto port = dcm::test::free_port();
  const auto port_text = std::to_string(port);
  dcm::test::Process server({"storescp", "+tls", key, certificate, "-ic", port_text});
  for (int tries = 0; tries < 500 && !dcm::test::connect_to(port); ++tries) {
    std::this_thread::sleep_for(10ms);
  }
  const auto from = Clock::now();
  EXPECT_EQ(error_from(peer_at(port)), not_dicom(PeerKind::tls));
  EXPECT_LT(Clock::now() - from, 60s);
}

TEST_F(AssociationTest, SendsOneRoleItemForEachClassAndNoAsynchronousWindow) {
  std::string request;
  const FakePeer peer([&](const Talk& talk) {
    request = talk.receive_pdu().body;
    talk.send_pdu(3, "\0\1\1\1"s);
    talk.wait_for_close();
  });
  const std::vector<std::string> syntax{"1.2.840.10008.1.2"};
  contexts_ = {{"1.2.3.4", syntax, Role::scp},
               {"1.2.3.4", syntax, Role::scp},
               {"1.2.3.5", syntax, Role::scp},
               {"1.2.3.6", syntax, Role::scu}};
  EXPECT_EQ(error_from(peer).code, Errc::association_rejected);

  EXPECT_EQ(user_items(request, 0x54), (std::vector<std::string>{"\0\7"
                                                                 "1.2.3.4\0\1"s,
                                                                 "\0\7"
                                                                 "1.2.3.5\0\1"s}));
  EXPECT_EQ(user_items(request, 0x53).size(), 0U);
}

TEST_F(AssociationTest, SaysWhoTheUserIs) {
  using Kind = UserIdentity::Kind;
  using Answer = UserIdentity::Answer;
  struct Row {
    UserIdentity user;
    std::string item;
  };
  const std::vector<Row> rows{
      {{Kind::name, "jane", {}, Answer::not_needed}, "\1\0\0\4jane\0\0"s},
      {{Kind::name, "jane", {}, Answer::needed}, "\1\1\0\4jane\0\0"s},
      {{Kind::name_and_password, "jane", "s3cret", Answer::not_needed}, "\2\0\0\4jane\0\6s3cret"s},
      {{Kind::token, "eyJ.e30.x", {}, Answer::not_needed},
       "\5\0\0\x09"
       "eyJ.e30.x\0\0"s},
  };
  for (const auto& row : rows) {
    std::string request;
    const FakePeer server([&](const Talk& talk) {
      request = talk.receive_pdu().body;
      talk.send_pdu(3, "\0\1\1\1"s);
      talk.wait_for_close();
    });
    auto peer = peer_at(server.port());
    peer.user = row.user;
    EXPECT_EQ(error_from(peer).code, Errc::association_rejected);
    EXPECT_EQ(user_items(request, 0x58), std::vector<std::string>{row.item});
  }
}

TEST_F(AssociationTest, AUserMustBeConfirmedOnlyWhereThatIsNeeded) {
  const FakePeer silent([](const Talk& talk) {
    talk.accept();
    talk.serve_release();
  });
  auto peer = peer_at(silent.port());
  peer.user = UserIdentity{.primary = "jane", .password = {}};
  EXPECT_EQ(error_from(peer), Error{});
  peer.user->answer = UserIdentity::Answer::needed;
  EXPECT_EQ(error_from(peer).code, Errc::user_not_confirmed);

  const FakePeer confirms([](const Talk& talk) {
    talk.accept(Talk::kConfirmsUser);
    talk.serve_release();
  });
  peer.port = confirms.port();
  EXPECT_EQ(error_from(peer), Error{});
}

TEST_F(AssociationTest, ReleasesWhenAskedAndAbortsOtherwise) {
  std::atomic<int> last_pdu = 0;
  const FakePeer peer([&](const Talk& talk) {
    talk.accept();
    last_pdu = talk.receive_pdu().type;
    if (last_pdu == 5) talk.send_pdu(6, std::string(4, '\0'));
  });
  {
    auto association = open(peer_at(peer.port()));
    ASSERT_TRUE(association);
    EXPECT_TRUE(association->accepts("1.2.840.10008.1.1"));
    EXPECT_FALSE(association->accepts("1.2.840.10008.1.2"));
    association->release();
    EXPECT_EQ(last_pdu, 5);
  }
  EXPECT_EQ(last_pdu, 5);
  ASSERT_TRUE(open(peer_at(peer.port())));
  for (int tries = 0; tries < 200 && last_pdu != 7; ++tries) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(last_pdu, 7);
}

TEST_F(AssociationTest, AReleaseThatNobodyAnswersIsLeftBehind) {
  const FakePeer peer([](const Talk& talk) {
    talk.accept();
    talk.wait_for_close();
  });
  auto association = open(peer_at(peer.port()));
  ASSERT_TRUE(association);
  const auto from = Clock::now();
  association->release();
  EXPECT_LT(Clock::now() - from, 60s);
}

TEST_F(AssociationTest, EchoesWithRealServers) {
  const dcm::test::DcmqrscpServer dcmqrscp;
  const dcm::test::OrthancServer orthanc;
  for (const auto port : {dcmqrscp.port(), orthanc.port()}) {
    auto association = open(peer_at(port));
    ASSERT_TRUE(association);
    for (int times = 0; times < 3; ++times) EXPECT_TRUE(echo(*association));
    association->release();
  }
}

TEST_F(AssociationTest, RealServersRejectAnUnknownTitle) {
  const dcm::test::DcmqrscpServer dcmqrscp;
  const dcm::test::OrthancServer orthanc({.settings = {{"DicomCheckCalledAet", true}}});
  for (const auto port : {dcmqrscp.port(), orthanc.port()}) {
    auto peer = peer_at(port);
    peer.called_aet = "NOBODY";
    const auto error = error_from(peer);
    EXPECT_EQ(error.code, Errc::association_rejected);
    EXPECT_EQ(error.detail, 0x010107U) << "permanent, service user, called AE title";
  }
}

TEST_F(AssociationTest, TellsThatAnOrthancHttpPortIsNotDicom) {
  const dcm::test::OrthancServer orthanc;
  EXPECT_EQ(error_from(peer_at(orthanc.http_port())), not_dicom(PeerKind::http));
}

TEST_F(AssociationTest, ManyThreadsHaveAssociationsAtOnce) {
  const dcm::test::DcmqrscpServer server;
  std::atomic<int> answered = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int times = 0; times < 5; ++times) {
        auto association = open(peer_at(server.port()));
        if (association && echo(*association)) ++answered;
        if (association) association->release();
      }
    });
  }
  for (auto& each : threads) each.join();
  EXPECT_EQ(answered, 20);
}

TEST_F(AssociationTest, ARefusedContextIsNotUsed) {
  const dcm::test::DcmqrscpServer server;
  contexts_ = {{"1.2.3.4.5", {"1.2.840.10008.1.2"}}};
  auto association = open(peer_at(server.port()));
  ASSERT_TRUE(association);
  const auto echoed = echo(*association);
  ASSERT_FALSE(echoed);
  EXPECT_EQ(echoed.error().code, Errc::context_refused);
}

}  // namespace
}  // namespace dcm::net
