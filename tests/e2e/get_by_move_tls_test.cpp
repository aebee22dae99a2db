// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <memory>

#include "e2e/aftermath.hpp"
#include "e2e/tool.hpp"
#include "support/certificates.hpp"
#include "support/json_schema.hpp"
#include "support/phantoms.hpp"
#include "support/scripted_scp.hpp"
#include "support/temp_dir.hpp"
#include "support/tls_front.hpp"

/// `get` by C-MOVE to ourselves from servers that are asked by TLS: what they send must come by TLS
/// too. Orthanc speaks it itself; dcmqrscp, which has none in Debian, between two relays.
namespace dcm::test {
namespace {

namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;

constexpr const char* kTitle = "DICOM-CLIENT";

std::vector<Phantom> phantoms() {
  std::vector<Phantom> all;
  for (int i = 1; i <= 3; ++i) all.push_back(make_phantom(Kind::ct, {.series = 1, .instance = i}));
  return all;
}

Authority& authority() {
  static Authority one;
  return one;
}

/// The port on which the tool receives, and how a server gets there.
struct Inbound {
  enum class Speaks : std::uint8_t { tls, clear };

  explicit Inbound(Speaks speaks, const TlsFrontOptions& how = {.certified = authority().issue()})
      : port(free_port()), tail(port, how), speaks_(speaks) {}

  /// Where a server without TLS is to send to.
  [[nodiscard]] std::uint16_t plain_port() const {
    return speaks_ == Speaks::tls ? tail.port() : port;
  }

  /// How Orthanc is told the same.
  [[nodiscard]] nlohmann::json orthanc_modalities() const {
    return {{kTitle,
             {{"AET", kTitle},
              {"Host", "127.0.0.1"},
              {"Port", port},
              {"UseDicomTls", speaks_ == Speaks::tls}}}};
  }

  std::uint16_t port;
  TlsTail tail;

 private:
  Speaks speaks_;
};

/// A real server that is asked by TLS.
class SecuredServer {
 public:
  SecuredServer(WhichServer which, const Inbound& inbound) {
    if (which == WhichServer::dcmqrscp) {
      dcmqrscp_ = std::make_unique<DcmqrscpServer>(
          DcmqrscpServer::Options{.move_peers = {{kTitle, inbound.plain_port()}}});
      front_ = std::make_unique<TlsFront>(dcmqrscp_->port(),
                                          TlsFrontOptions{.certified = authority().issue()});
      address_ = {front_->port(), dcmqrscp_->ae_title()};
      stored_ = dcmqrscp_->store(phantoms());
      return;
    }
    auto settings = orthanc_tls_settings(authority());
    settings["DicomModalities"] = inbound.orthanc_modalities();
    orthanc_ =
        std::make_unique<OrthancServer>(OrthancServer::Options{.settings = std::move(settings)});
    address_ = address_of(*orthanc_);
    stored_ = orthanc_->store(phantoms());
  }

  [[nodiscard]] const Address& address() const { return address_; }
  [[nodiscard]] bool stored() const { return stored_; }

 private:
  std::unique_ptr<DcmqrscpServer> dcmqrscp_;
  std::unique_ptr<TlsFront> front_;
  std::unique_ptr<OrthancServer> orthanc_;
  Address address_;
  bool stored_ = false;
};

/// What the tool trusts, and shows.
Arguments trust() { return {"--tls-ca", authority().certificate().string()}; }
Arguments trust_and_show() {
  static const auto kOurs = authority().issue();
  return {"--tls-ca",   authority().certificate().string(),
          "--tls-cert", kOurs.certificate.string(),
          "--tls-key",  kOurs.key.string()};
}

class GetByMoveOverTls : public testing::Test {
 protected:
  [[nodiscard]] fs::path tree(const char* name = "tree") const { return folder_.path() / name; }

  [[nodiscard]] Got get_by(const Address& server, const Arguments& method,
                           const Arguments& security, const char* name = "tree") const {
    Arguments arguments{"--patient-id", "12345", "--anonymize-data", "--retries", "0"};
    arguments.insert(arguments.end(), method.begin(), method.end());
    arguments.insert(arguments.end(), security.begin(), security.end());
    return get(server, tree(name), arguments);
  }

  static Arguments move_at(const Inbound& inbound) {
    return {"--method", "move", "--receive-port", std::to_string(inbound.port)};
  }

  static void expect_words(const RunResult& run, const std::string& words) {
    EXPECT_NE(run.err.find(words), std::string::npos) << words << " in\n" << run.err;
  }

  /// Nothing came from `server`, and somebody was turned away with these words.
  void expect_turned_away(const Address& server, const Inbound& inbound, const Arguments& security,
                          const std::string& words) const {
    const auto got = get_by(server, move_at(inbound), security);
    EXPECT_EQ(got.run.exit_code, 4) << got.run.err;
    expect_words(got.run, "warning: 127.0.0.1 was turned away: " + words);
    EXPECT_TRUE(got.instances.empty());
    EXPECT_EQ(schema_violation(got.report, schema_of_docs("get.schema.json")), "") << got.run.out;
  }

  TempDir folder_;
};

class GetByMoveOverTlsFrom : public GetByMoveOverTls,
                             public testing::WithParamInterface<WhichServer> {};

INSTANTIATE_TEST_SUITE_P(Servers, GetByMoveOverTlsFrom, testing::ValuesIn(kBothServers),
                         [](const auto& tested) { return name_of(tested.param); });

TEST_P(GetByMoveOverTlsFrom, MakesTheTreeThatGetMakes) {
  const Inbound inbound(Inbound::Speaks::tls);
  const SecuredServer server(GetParam(), inbound);
  ASSERT_TRUE(server.stored());
  const auto by_get = get_by(server.address(), {"--method", "get"}, trust_and_show(), "by_get");
  ASSERT_EQ(by_get.run.exit_code, 0) << by_get.run.err;
  const auto by_move = get_by(server.address(), move_at(inbound), trust_and_show(), "by_move");
  EXPECT_EQ(by_move.run.exit_code, 0) << by_move.run.err;
  EXPECT_EQ(by_move.count("stored"), 3);
  EXPECT_EQ(differences(tree("by_move"), tree("by_get")), Arguments());
  EXPECT_EQ(litter_in(tree("by_move")), Arguments());
}

TEST_P(GetByMoveOverTlsFrom, NothingIsTakenInTheClearUnlessAllowed) {
  const Inbound inbound(Inbound::Speaks::clear);
  const SecuredServer server(GetParam(), inbound);
  ASSERT_TRUE(server.stored());
  expect_turned_away(server.address(), inbound, trust_and_show(),
                     "it sends in the clear, and only TLS is taken; have the server send by TLS, "
                     "or take it as it is with --receive-plain");
  auto allowed = move_at(inbound);
  allowed.emplace_back("--receive-plain");
  const auto got = get_by(server.address(), allowed, trust_and_show());
  EXPECT_EQ(got.run.exit_code, 0) << got.run.err;
  EXPECT_EQ(got.count("stored"), 3);
}

TEST_P(GetByMoveOverTlsFrom, DoctorTriesIt) {
  const auto examine = [](const SecuredServer& server, const Inbound& inbound) {
    Arguments arguments{"doctor",
                        "--json",
                        "--study-instance-uid",
                        phantoms()[0].study_uid,
                        "--receive-port",
                        std::to_string(inbound.port)};
    for (const auto& each : trust_and_show()) arguments.push_back(each);
    const auto run = run_tool_at(server.address(), arguments);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    auto report = nlohmann::json::parse(run.out, nullptr, false);
    EXPECT_EQ(schema_violation(report, schema_of_docs("doctor.schema.json")), "") << run.out;
    return report.at("delivery").at("move");
  };
  const Inbound by_tls(Inbound::Speaks::tls), in_clear(Inbound::Speaks::clear);
  const SecuredServer good(GetParam(), by_tls), careless(GetParam(), in_clear);
  ASSERT_TRUE(good.stored() && careless.stored());
  EXPECT_EQ(examine(good, by_tls).at("received"), 1);
  const auto move = examine(careless, in_clear);
  EXPECT_EQ(move.at("received"), 0);
  EXPECT_EQ(move.at("turned_away"),
            "127.0.0.1 was turned away: it sends in the clear, and only TLS is taken; have the "
            "server send by TLS, or take it as it is with --receive-plain");
}

TEST_F(GetByMoveOverTls, WithoutACertificateNothingIsAsked) {
  const auto expect_refused = [&](const Arguments& method) {
    const auto got = get_by({free_port()}, method, trust());
    EXPECT_EQ(got.run.exit_code, 1) << got.run.err;
    expect_words(got.run,
                 "error: TLS: what C-MOVE sends to us must come by TLS too, which needs a "
                 "certificate of ours\nhint: add --tls-cert and --tls-key; or --receive-plain");
    EXPECT_FALSE(fs::exists(tree()));
  };
  expect_refused({"--method", "move"});
  expect_refused({"--receive-port", "11112"});
  expect_refused({"--method", "move", "--dry-run"});
}

std::vector<std::string> files() {
  std::vector<std::string> bytes;
  for (const auto& each : phantoms()) bytes.push_back(each.bytes);
  return bytes;
}

TEST_F(GetByMoveOverTls, WithoutACertificateItIsNoFallback) {
  const Inbound inbound(Inbound::Speaks::clear);
  const ScriptedScp scp(files(), {.contexts = Script::Contexts::refuse_get,
                                  .destinations = {{kTitle, inbound.port}}});
  const TlsFront front(scp.port(), {.certified = authority().issue()});
  const auto got = get_by({front.port()}, {}, trust());
  EXPECT_EQ(got.run.exit_code, 4) << got.run.err;
  expect_words(got.run, "error: retrieve from PACS at 127.0.0.1:" + std::to_string(front.port()) +
                            ": C-GET refused");
  expect_words(got.run,
               "warning: no C-MOVE, as the objects would come in the clear; add --tls-cert and "
               "--tls-key, or --receive-plain\n");
  EXPECT_TRUE(got.instances.empty());
  EXPECT_EQ(schema_violation(got.report, schema_of_docs("get.schema.json")), "") << got.run.out;
}

TEST_F(GetByMoveOverTls, AServerThatDoesGetNeedsNoCertificateOfOurs) {
  const ScriptedScp scp(files(), {});
  const TlsFront front(scp.port(), {.certified = authority().issue()});
  const auto got = get_by({front.port()}, {}, trust());
  EXPECT_EQ(got.run.exit_code, 0) << got.run.err;
  EXPECT_EQ(got.run.err.find("warning"), std::string::npos) << got.run.err;
}

TEST_F(GetByMoveOverTls, ASenderWithoutTheRightCertificateIsTurnedAway) {
  Authority stranger("Stranger");
  const std::vector<std::pair<TlsFrontOptions, std::string>> senders{
      {{}, "it shows no certificate; have the server show one when it sends"},
      {{.certified = stranger.issue()}, "its certificate is not trusted: "},
      {{.certified = authority().issue({.valid_from = -7200, .valid_to = -3600})},
       "its certificate has expired; check this machine's clock"},
      {{.certified = authority().issue(), .peer_authority = stranger.certificate()},
       "it refuses our certificate (TLS alert "},
      {{.certified = authority().issue(), .lowest_version = 0x0302, .highest_version = 0x0302},
       "no TLS version or cipher in common"},
  };
  for (const auto& [how, words] : senders) {
    const Inbound inbound(Inbound::Speaks::tls, how);
    const ScriptedScp scp(files(), {.destinations = {{kTitle, inbound.tail.port()}}});
    const TlsFront front(scp.port(), {.certified = authority().issue()});
    expect_turned_away({front.port()}, inbound, trust_and_show(), words);
  }
}

TEST_F(GetByMoveOverTls, ASenderByTlsIsToldApartInTheClear) {
  const Inbound inbound(Inbound::Speaks::tls);
  const ScriptedScp scp(files(), {.destinations = {{kTitle, inbound.tail.port()}}});
  expect_turned_away({scp.port()}, inbound, {},
                     "it sends by TLS, and here it must be in the clear; for TLS, leave "
                     "--receive-plain out, and add --tls, --tls-cert and --tls-key");
}

}  // namespace
}  // namespace dcm::test
