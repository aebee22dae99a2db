// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "e2e/tool.hpp"
#include "support/certificates.hpp"
#include "support/read_back.hpp"
#include "support/temp_dir.hpp"
#include "support/tls_front.hpp"

/// The program against servers that speak TLS: Orthanc's own, which demands a certificate of ours,
/// and one before dcmqrscp, which has none in Debian.
namespace dcm::test {
namespace {

using Arguments = std::vector<std::string>;

struct Secured {
  Address plain, tls;
  Arguments options;
};

Authority& authority() {
  static Authority one;
  return one;
}

const Secured& secured_dcmqrscp() {
  static const auto& holding = shared_dcmqrscp();
  static const TlsFront kFront(holding.address.port, {.certified = authority().issue()});
  static const Secured kSecured{holding.address,
                                {kFront.port(), holding.address.ae_title},
                                {"--tls-ca", authority().certificate().string()}};
  return kSecured;
}

OrthancServer::Options orthanc_with_tls(nlohmann::json settings) {
  settings.update(orthanc_tls_settings(authority()));
  return orthanc_options(std::move(settings));
}

const Secured& secured_orthanc() {
  static const auto& holding = shared_orthanc();
  static const OrthancServer kServer(orthanc_with_tls({{"DefaultEncoding", "Utf8"}}));
  static const auto kOurs = authority().issue();
  static const bool kStored = kServer.store(holding.phantoms);
  if (!kStored) throw std::runtime_error("Orthanc does not take the phantoms");
  static const Secured kSecured{holding.address,
                                address_of(kServer),
                                {"--tls-ca", authority().certificate().string(), "--tls-cert",
                                 kOurs.certificate.string(), "--tls-key", kOurs.key.string()}};
  return kSecured;
}

const Secured& secured(WhichServer which) {
  return which == WhichServer::orthanc ? secured_orthanc() : secured_dcmqrscp();
}

Arguments with(Arguments arguments, const Arguments& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

class TlsOn : public testing::TestWithParam<WhichServer> {
 protected:
  const Secured& server_ = secured(GetParam());
};

INSTANTIATE_TEST_SUITE_P(Servers, TlsOn, testing::ValuesIn(kBothServers),
                         [](const auto& tested) { return name_of(tested.param); });

TEST_P(TlsOn, Echoes) {
  const auto echoed = run_tool_at(server_.tls, with({"echo"}, server_.options));
  EXPECT_EQ(echoed.exit_code, 0) << echoed.err;
}

TEST_P(TlsOn, SearchesAsInTheClear) {
  const Arguments search{"search", "--level", "SERIES", "--json"};
  const auto plain = run_tool_at(server_.plain, search);
  const auto secured = run_tool_at(server_.tls, with(search, server_.options));
  ASSERT_EQ(secured.exit_code, 0) << secured.err;
  auto expected = nlohmann::json::parse(plain.out), found = nlohmann::json::parse(secured.out);
  std::sort(expected.begin(), expected.end());
  std::sort(found.begin(), found.end());
  EXPECT_GT(found.size(), 0U);
  EXPECT_EQ(found, expected);
}

TEST_P(TlsOn, GetsTheSameTreeAsInTheClear) {
  const TempDir folder;
  const Arguments what{"--everything", "--jobs", "3"};
  const auto plain = get(server_.plain, folder.path() / "plain", what);
  const auto secured = get(server_.tls, folder.path() / "tls", with(what, server_.options));
  ASSERT_EQ(plain.run.exit_code, 0) << plain.run.err;
  ASSERT_EQ(secured.run.exit_code, 0) << secured.run.err;
  const auto expected = states_in(folder.path() / "plain"),
             found = states_in(folder.path() / "tls");
  ASSERT_EQ(found.size(), expected.size());
  EXPECT_GT(secured.instances.size(), 1U);
  for (const auto& [path, state] : expected) {
    const auto at = found.find(path);
    ASSERT_NE(at, found.end()) << path;
    EXPECT_TRUE(at->second.content == state.content) << path;
  }
}

TEST_P(TlsOn, InTheClearItIsToldThatTlsIsWanted) {
  const auto echoed = run_tool_at(server_.tls, {"echo"});
  EXPECT_EQ(echoed.exit_code, 4);
  EXPECT_NE(echoed.err.find("the server wants an encrypted connection (TLS)\nhint: add --tls"),
            std::string::npos)
      << echoed.err;
}

TEST_P(TlsOn, AServerInTheClearIsToldApart) {
  const auto echoed = run_tool_at(server_.plain, {"echo", "--tls"});
  EXPECT_EQ(echoed.exit_code, 4);
  EXPECT_NE(echoed.err.find("the server does not answer in TLS\n"), std::string::npos)
      << echoed.err;
}

TEST_P(TlsOn, AnAuthorityThatNobodyKnowsIsNotTrusted) {
  const TempDir folder;
  const Authority stranger("Stranger");
  for (const Arguments& trust :
       {Arguments{"--tls"}, Arguments{"--tls-ca", stranger.certificate().string()}}) {
    const auto got = get(server_.tls, folder.path() / "tree", with({"--everything"}, trust));
    EXPECT_EQ(got.run.exit_code, 4);
    EXPECT_NE(got.run.err.find("the server's certificate is not trusted"), std::string::npos)
        << got.run.err;
    EXPECT_TRUE(got.instances.empty());
  }
}

TEST_P(TlsOn, TheNameMayBeAnotherThanTheHost) {
  const auto wrong =
      run_tool_at(server_.tls, with({"echo", "--tls-name", "pacs.example.org"}, server_.options));
  EXPECT_EQ(wrong.exit_code, 4);
  EXPECT_NE(wrong.err.find("the server's certificate is for another name than pacs.example.org"),
            std::string::npos)
      << wrong.err;
  const auto right =
      run_tool_at(server_.tls, with({"echo", "--tls-name", "localhost"}, server_.options));
  EXPECT_EQ(right.exit_code, 0) << right.err;
}

TEST(Tls, OrthancDemandsACertificateOfOurs) {
  const auto& server = secured_orthanc();
  const Arguments trust{"--tls-ca", authority().certificate().string()};
  // What it refuses comes after the handshake, beside what we send already.
  for (int times = 0; times < 10; ++times) {
    const auto echoed = run_tool_at(server.tls, with({"echo"}, trust));
    EXPECT_EQ(echoed.exit_code, 4);
    ASSERT_NE(echoed.err.find("the server demands a certificate of ours\n"
                              "hint: name it and its key with --tls-cert and --tls-key"),
              std::string::npos)
        << echoed.err;
  }
  Authority stranger("Stranger");
  const auto other = stranger.issue();
  const auto echoed = run_tool_at(
      server.tls,
      with({"echo", "--tls-cert", other.certificate.string(), "--tls-key", other.key.string()},
           trust));
  EXPECT_EQ(echoed.exit_code, 4);
  EXPECT_NE(echoed.err.find("the server refuses our certificate"), std::string::npos) << echoed.err;
}

TEST(Tls, AnExpiredCertificateIsToldAsSuch) {
  const auto& plain = secured_dcmqrscp().plain;
  const TlsFront front(plain.port,
                       {.certified = authority().issue({.valid_from = -7200, .valid_to = -3600})});
  const auto echoed = run_tool_at({front.port(), plain.ae_title},
                                  {"echo", "--tls-ca", authority().certificate().string()});
  EXPECT_EQ(echoed.exit_code, 4);
  EXPECT_NE(echoed.err.find("the server's certificate has expired\n"), std::string::npos)
      << echoed.err;
}

TEST(Tls, ATooOldServerIsToldAsSuch) {
  const auto& plain = secured_dcmqrscp().plain;
  const TlsFront front(
      plain.port,
      {.certified = authority().issue(), .lowest_version = 0x0301, .highest_version = 0x0302});
  const auto echoed = run_tool_at({front.port(), plain.ae_title},
                                  {"echo", "--tls-ca", authority().certificate().string()});
  EXPECT_EQ(echoed.exit_code, 4);
  EXPECT_NE(echoed.err.find("no TLS version or cipher in common"), std::string::npos) << echoed.err;
}

TEST(Tls, AServersEntryHasItToo) {
  const auto& server = secured_orthanc();
  const TempDir folder;
  const auto file = folder.path() / "config.yaml";
  std::ofstream(file) << "servers:\n  main:\n    host: 127.0.0.1\n    port: " << server.tls.port
                      << "\n    called_aet: " << server.tls.ae_title
                      << "\n    tls: {ca: " << server.options[1] << ", cert: " << server.options[3]
                      << ", key: " << server.options[5] << "}\n";
  const auto echoed = run_tool({"echo", "--config", file.string()});
  EXPECT_EQ(echoed.exit_code, 0) << echoed.err;
}

TEST(Tls, ThePasswordIsNeverShownAndTheClearIsWarnedOf) {
  const auto& server = secured_dcmqrscp();
  const RunOptions options{.environment = {{"PACS_PASSWORD", "s3cret-canary"}}};
  const Arguments user{"echo", "--user", "jane-canary", "--password-env", "PACS_PASSWORD"};
  const auto secured = run_tool_at(server.tls, with(user, server.options), options);
  EXPECT_EQ(secured.exit_code, 0) << secured.err;
  EXPECT_EQ(secured.err, "");
  const auto plain = run_tool_at(server.plain, user, options);
  EXPECT_EQ(plain.exit_code, 0) << plain.err;
  EXPECT_NE(plain.err.find("warning: the password goes to "), std::string::npos) << plain.err;
  const auto confirmed = run_tool_at(server.plain, with(user, {"--user-response"}), options);
  EXPECT_EQ(confirmed.exit_code, 4) << "dcmqrscp does not look at users";
  EXPECT_NE(confirmed.err.find("the server did not confirm the user\n"), std::string::npos);
  for (const auto& run : {secured, plain, confirmed}) {
    EXPECT_EQ((run.out + run.err).find("canary"), std::string::npos);
  }
}

}  // namespace
}  // namespace dcm::test
