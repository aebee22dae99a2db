// SPDX-License-Identifier: MIT
#include "cli/security_options.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <optional>
#include <vector>

#include "cli/options.hpp"
#include "support/certificates.hpp"
#include "support/read_back.hpp"

namespace dcm::cli {
namespace {

namespace fs = std::filesystem;
using net::UserIdentity;

class SecurityOptionsTest : public testing::Test {
 protected:
  /// A file that nobody else can read.
  std::string secret(const std::string& name, const std::string& text) const {
    const auto path = folder_.path() / name;
    std::ofstream(path) << text;
    fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
    return path;
  }

  Checked<net::Peer> read(const std::map<std::string, std::string>& options, Server entry = {}) {
    Typed typed;
    for (const auto& [name, value] : options) {
      typed.values[name] = value.empty() ? std::vector<std::string>() : std::vector{value};
    }
    net::Peer peer;
    peer.called_aet = "PACS";
    peer.host = "localhost";
    const auto environment = [this](const char* name) -> std::optional<std::string> {
      const auto found = variables_.find(name);
      if (found == variables_.end()) return std::nullopt;
      return found->second;
    };
    override_security(entry, typed);
    DCM_CHECK(secure(peer, entry, environment));
    return peer;
  }

  std::string complaint(const std::map<std::string, std::string>& options,
                        const Server& entry = {}) {
    const auto peer = read(options, entry);
    if (peer) return "understood";
    EXPECT_EQ(peer.error().exit, ExitCode::usage);
    return error_text(peer.error());
  }

  test::TempDir folder_;
  test::Authority authority_;
  std::map<std::string, std::string> variables_;
};

TEST_F(SecurityOptionsTest, WithoutOptionsItIsInTheClearAndNobodyInParticular) {
  const auto peer = read({});
  ASSERT_TRUE(peer);
  EXPECT_FALSE(peer->tls);
  EXPECT_FALSE(peer->user);
}

TEST_F(SecurityOptionsTest, AnyOptionOfTlsAsksForTls) {
  EXPECT_TRUE(read({{"--tls", ""}})->tls);
  EXPECT_TRUE(read({{"--tls-ca", authority_.certificate()}})->tls);
  const auto named = read({{"--tls-name", "pacs.example.org"}});
  EXPECT_EQ(named->tls->server_name(), "pacs.example.org");
  EXPECT_FALSE(named->tls->has_certificate());
}

TEST_F(SecurityOptionsTest, OptionsGoBeforeTheEntry) {
  Server entry;
  entry.tls = TlsEntry{.ca = "/nonexistent", .certificate = {}, .key = {}, .name = "old"};
  EXPECT_FALSE(read({}, entry));
  const auto peer = read({{"--tls-ca", authority_.certificate()}}, entry);
  ASSERT_TRUE(peer) << error_text(peer.error());
  EXPECT_EQ(peer->tls->server_name(), "old");
}

TEST_F(SecurityOptionsTest, ACertificateComesWithItsKey) {
  const auto ours = authority_.issue(), other = authority_.issue();
  const auto peer = read({{"--tls-cert", ours.certificate}, {"--tls-key", ours.key}});
  ASSERT_TRUE(peer) << error_text(peer.error());
  EXPECT_TRUE(peer->tls->has_certificate());
  EXPECT_EQ(complaint({{"--tls-cert", ours.certificate}}),
            "dicom-client: error: TLS: a certificate and its key belong together\n"
            "hint: give both --tls-cert and --tls-key, or neither\n");
  EXPECT_EQ(complaint({{"--tls-cert", ours.certificate}, {"--tls-key", other.key}}),
            "dicom-client: error: TLS key " + other.key.string() +
                ": it does not belong to the certificate\n"
                "hint: --tls-cert begins with our own certificate, --tls-key is its key\n");
}

TEST_F(SecurityOptionsTest, WhatIsAskedByTlsSendsToUsByTls) {
  constexpr auto kRefusal =
      "dicom-client: error: TLS: what C-MOVE sends to us must come by TLS too, which needs a "
      "certificate of ours\n"
      "hint: add --tls-cert and --tls-key; or --receive-plain, and the objects come in the clear, "
      "for all on the way to read\n";
  const auto answer_to = [](std::vector<const char*> words) {
    words.insert(words.end(), {"--host", "localhost", "--called-aet", "PACS", "--tls"});
    const auto typed = read_command_line(words);
    const auto options = understand(*typed, [](const char*) { return std::nullopt; });
    return options ? std::string("understood") : error_text(options.error());
  };
  EXPECT_EQ(answer_to({"get", "-p", "1", "--method", "move"}), kRefusal);
  EXPECT_EQ(answer_to({"get", "-p", "1", "--receive-port", "11112"}), kRefusal);
  EXPECT_EQ(answer_to({"batch", "cohort.csv", "--method", "move"}), kRefusal);
  EXPECT_EQ(answer_to({"doctor", "--study-instance-uid", "1.2", "--receive-port", "11112"}),
            kRefusal);
  EXPECT_EQ(answer_to({"doctor"}), "understood");
  EXPECT_EQ(answer_to({"get", "-p", "1"}), "understood");
  EXPECT_EQ(answer_to({"get", "-p", "1", "--method", "get", "--receive-port", "11112"}),
            "understood");
  EXPECT_EQ(answer_to({"move", "-p", "1", "--destination", "X"}), "understood");
  EXPECT_EQ(answer_to({"get", "-p", "1", "--method", "move", "--receive-plain"}), "understood");
  const auto ours = authority_.issue();
  EXPECT_EQ(answer_to({"get", "-p", "1", "--method", "move", "--tls-cert", ours.certificate.c_str(),
                       "--tls-key", ours.key.c_str()}),
            "understood");
}

TEST_F(SecurityOptionsTest, SwappedFilesAreTold) {
  const auto ours = authority_.issue();
  EXPECT_EQ(complaint({{"--tls-cert", ours.key}, {"--tls-key", ours.certificate}}),
            "dicom-client: error: TLS certificate " + ours.key.string() +
                ": it holds a private key, and no certificate\n"
                "hint: --tls-cert and --tls-key look swapped\n");
}

TEST_F(SecurityOptionsTest, ACertificateMayHaveItsKeyInTheSameFile) {
  const auto ours = authority_.issue();
  const auto both = secret("both", test::read_file(ours.key) + test::read_file(ours.certificate));
  EXPECT_TRUE(read({{"--tls-cert", both}, {"--tls-key", both}}));
}

TEST_F(SecurityOptionsTest, AKeyThatOthersCanReadIsRefused) {
  const auto ours = authority_.issue();
  fs::permissions(ours.key, fs::perms::group_read, fs::perm_options::add);
  EXPECT_EQ(complaint({{"--tls-cert", ours.certificate}, {"--tls-key", ours.key}}),
            "dicom-client: error: TLS key " + ours.key.string() +
                ": others can read it, or it is not yours\n"
                "hint: chmod 600 " +
                ours.key.string() + "\n");
  const auto password = secret("password", "s3cret\n");
  fs::permissions(password, fs::perms::others_read, fs::perm_options::add);
  EXPECT_EQ(complaint({{"--user", "jane"}, {"--password-file", password}}),
            "dicom-client: error: password file " + password +
                ": others can read it, or it is not yours\nhint: chmod 600 " + password + "\n");
}

TEST_F(SecurityOptionsTest, FilesThatAreNoneAreNamed) {
  EXPECT_EQ(complaint({{"--tls-ca", "/nonexistent"}}),
            "dicom-client: error: TLS CA file /nonexistent: no such file or directory\n"
            "hint: check --tls-ca\n");
  const auto text = secret("text", "no certificate");
  EXPECT_EQ(complaint({{"--tls-ca", text}}),
            "dicom-client: error: TLS CA file " + text +
                ": it holds no certificate that can be read\n"
                "hint: it must be PEM text: -----BEGIN CERTIFICATE----- and so on\n");
  const auto ours = authority_.issue();
  EXPECT_EQ(complaint({{"--tls-cert", ours.certificate}, {"--tls-key", text}}),
            "dicom-client: error: TLS key " + text +
                ": it holds no private key that can be read without a passphrase\n"
                "hint: openssl pkey -in FILE -out NEW writes it without one; then chmod 600 NEW\n");
}

TEST_F(SecurityOptionsTest, SecretsComeFromFilesAndVariables) {
  const auto file = secret("password", "s3cret\r\n"), token = secret("token", "a.b.c\n");
  variables_ = {{"PASSWORD", "other"}, {"TOKEN", "d.e.f"}};
  const auto named = read({{"--user", "jane"}})->user;
  EXPECT_EQ(named->kind, UserIdentity::Kind::name);
  EXPECT_EQ(named->primary, "jane");
  EXPECT_EQ(named->answer, UserIdentity::Answer::not_needed);
  const auto by_file = read({{"--user", "jane"}, {"--password-file", file}})->user;
  EXPECT_EQ(by_file->kind, UserIdentity::Kind::name_and_password);
  EXPECT_EQ(by_file->password, "s3cret") << "without the end of its line";
  EXPECT_EQ(read({{"--user", "jane"}, {"--password-env", "PASSWORD"}})->user->password, "other");
  const auto by_token = read({{"--jwt-file", token}, {"--user-response", ""}})->user;
  EXPECT_EQ(by_token->kind, UserIdentity::Kind::token);
  EXPECT_EQ(by_token->primary, "a.b.c");
  EXPECT_EQ(by_token->answer, UserIdentity::Answer::needed);
  EXPECT_EQ(read({{"--jwt-env", "TOKEN"}})->user->primary, "d.e.f");
}

TEST_F(SecurityOptionsTest, ATypedUserLeavesNothingOfTheEntrys) {
  Server entry;
  entry.user.name = "jane";
  entry.user.password_file = secret("password", "s3cret");
  EXPECT_EQ(read({}, entry)->user->password, "s3cret");
  const auto joe = read({{"--user", "joe"}}, entry)->user;
  EXPECT_EQ(joe->kind, UserIdentity::Kind::name) << "not with the password of somebody else";
  variables_ = {{"PASSWORD", "other"}};
  EXPECT_EQ(read({{"--password-env", "PASSWORD"}}, entry)->user->password, "other");
}

TEST_F(SecurityOptionsTest, WhatDoesNotGoTogetherIsRefused) {
  variables_ = {{"SECRET", "s3cret"}, {"LINES", "s3cret\nx"}, {"EMPTY", ""}};
  const std::string begin = "dicom-client: error: ";
  EXPECT_EQ(complaint({{"--password-env", "SECRET"}}),
            begin + "user: a password is given, and nobody whose it is\nhint: add --user NAME\n");
  EXPECT_EQ(complaint({{"--user", "jane"}, {"--jwt-env", "SECRET"}}),
            begin +
                "user: a token says who the user is, a name is given too\n"
                "hint: leave one of them out: --jwt-file, or --user and --password-file\n");
  EXPECT_EQ(complaint({{"--user-response", ""}}),
            begin +
                "user: there is none that the server could confirm\n"
                "hint: add --user or --jwt-file\n");
  EXPECT_EQ(complaint({{"--user", "jane"}, {"--password-env", "NONE"}}),
            begin + "environment variable NONE: it is not set\n");
  EXPECT_EQ(complaint({{"--user", "jane"}, {"--password-env", "EMPTY"}}),
            begin + "environment variable EMPTY: it is empty\n");
  EXPECT_EQ(complaint({{"--user", "jane"}, {"--password-env", "LINES"}}),
            begin +
                "environment variable LINES: more than one line, a control character, or not "
                "UTF-8\n");
}

TEST_F(SecurityOptionsTest, ASecretInTheClearIsWarnedOf) {
  variables_ = {{"SECRET", "s3cret"}};
  EXPECT_TRUE(security_warnings(*read({})).empty());
  EXPECT_TRUE(security_warnings(*read({{"--user", "jane"}})).empty());
  EXPECT_EQ(
      security_warnings(*read({{"--user", "jane"}, {"--password-env", "SECRET"}})),
      (std::vector<std::string>{"the password goes to PACS at localhost:104 in the clear, for "
                                "all on the way to read: use --tls"}));
  EXPECT_EQ(security_warnings(*read({{"--jwt-env", "SECRET"}})).size(), 1U);
  EXPECT_TRUE(security_warnings(*read({{"--jwt-env", "SECRET"}, {"--tls", ""}})).empty());
}

}  // namespace
}  // namespace dcm::cli
