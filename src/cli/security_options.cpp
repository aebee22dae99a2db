// SPDX-License-Identifier: MIT
#include "cli/security_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "cli/named_file.hpp"
#include "cli/objection.hpp"
#include "dicom/text.hpp"

namespace dcm::cli {
namespace {

using net::UserIdentity;

void override_text(const Typed& typed, std::string_view option, std::string& text) {
  if (const auto* value = typed.value(option)) text = *value;
}

/// Any of the options asks for TLS.
void override_tls(std::optional<TlsEntry>& tls, const Typed& typed) {
  constexpr std::array<std::string_view, 5> kOptions{"--tls", "--tls-ca", "--tls-cert", "--tls-key",
                                                     "--tls-name"};
  const auto is_typed = [&](std::string_view option) { return typed.has(option); };
  if (std::none_of(kOptions.begin(), kOptions.end(), is_typed)) return;
  if (!tls) tls.emplace();
  override_text(typed, "--tls-ca", tls->ca);
  override_text(typed, "--tls-cert", tls->certificate);
  override_text(typed, "--tls-key", tls->key);
  override_text(typed, "--tls-name", tls->name);
}

void override_user(UserEntry& user, const Typed& typed) {
  if (typed.has("--user") || typed.has("--jwt-file") || typed.has("--jwt-env")) {
    const bool must_be_confirmed = user.must_be_confirmed;
    user = {};
    user.must_be_confirmed = must_be_confirmed;
  }
  if (typed.has("--password-file") || typed.has("--password-env")) {
    user.password_file.clear();
    user.password_variable.clear();
  }
  override_text(typed, "--user", user.name);
  override_text(typed, "--password-file", user.password_file);
  override_text(typed, "--password-env", user.password_variable);
  override_text(typed, "--jwt-file", user.token_file);
  override_text(typed, "--jwt-env", user.token_variable);
  user.must_be_confirmed = user.must_be_confirmed || typed.has("--user-response");
}

Failure unusable(const Error& error, const TlsEntry& tls) {
  if (error.code != Errc::bad_value) return {ExitCode::internal, "TLS", "internal error", {}};
  const auto told = [](std::string_view what, const std::string& path, std::string why,
                       std::string hint) {
    return Failure{ExitCode::usage, fmt::format("{} {}", what, path), std::move(why),
                   std::move(hint)};
  };
  constexpr auto kPem = "it must be PEM text: -----BEGIN CERTIFICATE----- and so on";
  switch (static_cast<net::TlsPart>(error.detail)) {
    case net::TlsPart::authorities:
      return told("TLS CA file", tls.ca, "it holds no certificate that can be read", kPem);
    case net::TlsPart::certificate:
      return told("TLS certificate", tls.certificate,
                  "it cannot be read, or its key or signature is too weak", kPem);
    case net::TlsPart::key:
      return told("TLS key", tls.key,
                  "it holds no private key that can be read without a passphrase",
                  "openssl pkey -in FILE -out NEW writes it without one; then chmod 600 NEW");
    case net::TlsPart::pair:
      break;
  }
  return told("TLS key", tls.key, "it does not belong to the certificate",
              "--tls-cert begins with our own certificate, --tls-key is its key");
}

/// Before the key is read: where the two are swapped, others may read what is named as the key.
std::optional<Objection> objection_to_certificate(std::string_view text) {
  const auto holds = [&](std::string_view label) { return text.find(label) != text.npos; };
  if (text.empty()) return Objection{"it is empty", {}};
  if (holds("CERTIFICATE-----") || !holds("PRIVATE KEY-----")) return std::nullopt;
  return Objection{"it holds a private key, and no certificate",
                   "--tls-cert and --tls-key look swapped"};
}

Checked<net::TlsSettings> read_tls(const TlsEntry& tls) {
  if (tls.certificate.empty() != tls.key.empty()) {
    return refuse("TLS", "a certificate and its key belong together",
                  "give both --tls-cert and --tls-key, or neither");
  }
  net::TlsMaterial material;
  if (!tls.ca.empty()) {
    DCM_TRY(material.authorities, read_named_file("TLS CA file", tls.ca, "check --tls-ca"));
    if (material.authorities.empty()) return refuse("TLS CA file " + tls.ca, "it is empty");
  }
  if (!tls.certificate.empty()) {
    DCM_TRY(material.certificate,
            read_named_file("TLS certificate", tls.certificate, "check --tls-cert"));
    if (const auto objection = objection_to_certificate(material.certificate); objection) {
      return refuse("TLS certificate " + tls.certificate, objection->why, objection->hint);
    }
    DCM_TRY(material.key, read_secret_file("TLS key", tls.key, "check --tls-key"));
  }
  auto settings = net::TlsSettings::create(material, tls.name);
  if (!settings) return fail(unusable(settings.error(), tls));
  return std::move(*settings);
}

Checked<void> check_user(const UserEntry& user, bool has_password, bool has_token) {
  constexpr auto kWhat = "user";
  if (has_token && (has_password || !user.name.empty())) {
    return refuse(kWhat, "a token says who the user is, a name is given too",
                  "leave one of them out: --jwt-file, or --user and --password-file");
  }
  if (has_password && user.name.empty()) {
    return refuse(kWhat, "a password is given, and nobody whose it is", "add --user NAME");
  }
  if (!user.password_file.empty() && !user.password_variable.empty()) {
    return refuse(kWhat, "the password is given twice", "leave the file or the variable out");
  }
  if (!user.token_file.empty() && !user.token_variable.empty()) {
    return refuse(kWhat, "the token is given twice", "leave the file or the variable out");
  }
  if (user.must_be_confirmed && !has_token && user.name.empty()) {
    return refuse(kWhat, "there is none that the server could confirm", "add --user or --jwt-file");
  }
  return {};
}

Checked<std::string> read_secret_text(std::string_view what, const std::string& path,
                                      const std::string& variable, const Environment& environment) {
  const auto name = path.empty() ? fmt::format("environment variable {}", variable)
                                 : fmt::format("{} {}", what, path);
  std::string text;
  if (!path.empty()) {
    DCM_TRY(text, read_secret_file(what, path, "check the name of the file"));
  } else if (auto value = environment(variable.c_str())) {
    text = std::move(*value);
  } else {
    return refuse(name, "it is not set");
  }
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  if (text.empty()) return refuse(name, "it is empty");
  if (printable(text) != text) {
    return refuse(name, "more than one line, a control character, or not UTF-8");
  }
  return text;
}

Checked<std::optional<UserIdentity>> read_user(const UserEntry& user,
                                               const Environment& environment) {
  const bool has_password = !user.password_file.empty() || !user.password_variable.empty();
  const bool has_token = !user.token_file.empty() || !user.token_variable.empty();
  DCM_CHECK(check_user(user, has_password, has_token));
  if (!has_token && user.name.empty()) return std::nullopt;
  UserIdentity identity;
  identity.primary = user.name;
  if (user.must_be_confirmed) identity.answer = UserIdentity::Answer::needed;
  if (has_password) {
    identity.kind = UserIdentity::Kind::name_and_password;
    DCM_TRY(identity.password, read_secret_text("password file", user.password_file,
                                                user.password_variable, environment));
  } else if (has_token) {
    identity.kind = UserIdentity::Kind::token;
    DCM_TRY(identity.primary,
            read_secret_text("token file", user.token_file, user.token_variable, environment));
  }
  if (identity.primary.size() + identity.password.size() > net::kMaxIdentityBytes) {
    return refuse("user", fmt::format("name and password, or the token, are longer than {} bytes",
                                      net::kMaxIdentityBytes));
  }
  return identity;
}

}  // namespace

void override_security(Server& entry, const Typed& typed) {
  override_tls(entry.tls, typed);
  override_user(entry.user, typed);
}

Checked<void> secure(net::Peer& peer, const Server& entry, const Environment& environment) {
  if (entry.tls) {
    DCM_TRY(peer.tls, read_tls(*entry.tls));
  }
  DCM_TRY(peer.user, read_user(entry.user, environment));
  return {};
}

std::vector<std::string> security_warnings(const net::Peer& peer) {
  if (peer.tls || !peer.user || peer.user->kind == UserIdentity::Kind::name) return {};
  return {fmt::format("the {} goes to {} in the clear, for all on the way to read: use --tls",
                      peer.user->kind == UserIdentity::Kind::token ? "token" : "password",
                      name_of(peer))};
}

}  // namespace dcm::cli
