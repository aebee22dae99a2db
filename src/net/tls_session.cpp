// SPDX-License-Identifier: MIT
#include "net/tls_session.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "net/openssl_handle.hpp"
#include "net/peer_probe.hpp"

namespace dcm::net {

struct TlsSession::State {
  OpensslHandle<SSL, SSL_free> ssl;
  int socket = -1;
  int last_errno = 0;
  std::array<std::byte, 8> first{};  // as they were on the wire
  std::size_t first_count = 0;
  bool asked_for_certificate = false;
  bool names_nothing = false;  // the server's certificate has no subject alternative name
  bool called = false;         // by the peer
  bool failed = false;

  [[nodiscard]] Error why(int result);
  [[nodiscard]] Error why_not_tls(PeerKind kind) const;
  [[nodiscard]] Error why_not_trusted() const;
  [[nodiscard]] Error why_refused() const;
  [[nodiscard]] Progress came_to(int result, std::size_t count);
};

namespace {

using State = TlsSession::State;

Progress wait_for(short events) { return {.wanted = events}; }

int fail_at_socket(BIO* bio, State& state) {
  state.last_errno = errno;
  if (errno == EAGAIN || errno == EINTR) BIO_set_flags(bio, BIO_FLAGS_SHOULD_RETRY);
  return -1;
}

// OpenSSL's own socket BIO raises SIGPIPE, and tells nobody what came first.
int receive(BIO* bio, char* buffer, int size) {
  auto& state = *static_cast<State*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const auto count = ::recv(state.socket, buffer, static_cast<std::size_t>(size), MSG_DONTWAIT);
  if (count < 0) {
    const int result = fail_at_socket(bio, state);
    if (BIO_should_retry(bio)) BIO_set_retry_read(bio);
    return result;
  }
  const auto room =
      std::min(state.first.size() - state.first_count, static_cast<std::size_t>(count));
  std::copy_n(reinterpret_cast<const std::byte*>(buffer), room,
              state.first.begin() + static_cast<std::ptrdiff_t>(state.first_count));
  state.first_count += room;
  if (count == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  return static_cast<int>(count);
}

int transmit(BIO* bio, const char* bytes, int size) {
  auto& state = *static_cast<State*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  const auto count =
      ::send(state.socket, bytes, static_cast<std::size_t>(size), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (count >= 0) return static_cast<int>(count);
  const int result = fail_at_socket(bio, state);
  if (BIO_should_retry(bio)) BIO_set_retry_write(bio);
  return result;
}

long control(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
  if (command == BIO_CTRL_FLUSH) return 1;
  if (command == BIO_CTRL_EOF) return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
  return 0;
}

BIO* make_bio(State& state) {
  static const OpensslHandle<BIO_METHOD, BIO_meth_free> kMethod = [] {
    auto* const made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    BIO_meth_set_read(made, receive);
    BIO_meth_set_write(made, transmit);
    BIO_meth_set_ctrl(made, control);
    return OpensslHandle<BIO_METHOD, BIO_meth_free>(made);
  }();
  BIO* const bio = BIO_new(kMethod.get());
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, &state);
  BIO_set_init(bio, 1);
  return bio;
}

/// OpenSSL has no room for data of ours in this callback but the SSL's own.
int on_verify(int is_good, X509_STORE_CTX* verification) {
  auto* const ssl = static_cast<SSL*>(
      X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* const certificate = X509_STORE_CTX_get0_cert(verification);
  if (ssl != nullptr && certificate != nullptr) {
    static_cast<State*>(SSL_get_app_data(ssl))->names_nothing =
        X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1) < 0;
  }
  return is_good;
}

int on_certificate_asked(SSL* /*ssl*/, void* state) {
  static_cast<State*>(state)->asked_for_certificate = true;
  return 1;
}

/// Who the certificate must be for; only a name, no address, goes to the server (RFC 6066 3).
bool expect_name(SSL* ssl, const std::string& name) {
  auto* const rules = SSL_get0_param(ssl);
  if (X509_VERIFY_PARAM_set1_ip_asc(rules, name.c_str()) == 1) return true;
  ERR_clear_error();
  X509_VERIFY_PARAM_set_hostflags(
      rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  return X509_VERIFY_PARAM_set1_host(rules, name.c_str(), 0) == 1 &&
         SSL_set_tlsext_host_name(ssl, name.c_str()) == 1;
}

Error error_with(Errc code, long detail = 0) {
  return {.code = code, .detail = static_cast<std::uint32_t>(detail)};
}

/// A failure that we found ourselves, or that the peer's alert tells (RFC 8446 6.2).
Error handshake_error(int reason) {
  switch (reason) {
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_UNKNOWN_PROTOCOL:
    case SSL_R_WRONG_SSL_VERSION:
    case SSL_R_UNKNOWN_CIPHER_RETURNED:
    case SSL_R_WRONG_CIPHER_RETURNED:
    case SSL_R_DH_KEY_TOO_SMALL:
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED:
    case SSL_AD_REASON_OFFSET + SSL_AD_HANDSHAKE_FAILURE:
    case SSL_AD_REASON_OFFSET + SSL_AD_PROTOCOL_VERSION:
    case SSL_AD_REASON_OFFSET + SSL_AD_INSUFFICIENT_SECURITY:
      return error_with(Errc::no_common_tls);
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return error_with(Errc::certificate_untrusted);
    case SSL_AD_REASON_OFFSET + SSL_AD_NO_CERTIFICATE:
    case SSL_AD_REASON_OFFSET + SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_REASON_OFFSET + SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_REASON_OFFSET + SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_REASON_OFFSET + SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_REASON_OFFSET + SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_REASON_OFFSET + SSL_AD_UNKNOWN_CA:
    case SSL_AD_REASON_OFFSET + SSL_AD_ACCESS_DENIED:
    case SSL_AD_REASON_OFFSET + TLS13_AD_CERTIFICATE_REQUIRED:
      return error_with(Errc::client_certificate, reason - SSL_AD_REASON_OFFSET);
    default:
      return error_with(Errc::tls_failed, reason);
  }
}

}  // namespace

Error State::why_not_trusted() const {
  const auto result = SSL_get_verify_result(ssl.get());
  switch (result) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return error_with(Errc::certificate_name, names_nothing ? 1 : 0);
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return error_with(Errc::certificate_expired);
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return error_with(Errc::certificate_expired, 1);
    default:
      return error_with(Errc::certificate_untrusted, result);
  }
}

Error State::why_refused() const {
  const auto error = ERR_peek_last_error();
  if (ERR_GET_LIB(error) != ERR_LIB_SSL) return error_with(Errc::tls_failed);
  const auto reason = ERR_GET_REASON(error);
  if (reason == SSL_R_UNEXPECTED_EOF_WHILE_READING) return error_with(Errc::disconnected);
  if (reason == SSL_R_CERTIFICATE_VERIFY_FAILED) return why_not_trusted();
  // TLS 1.2 has no alert of its own for a certificate that did not come; and one whose authority
  // only has the name of another's cannot be decrypted.
  const int alert = reason - SSL_AD_REASON_OFFSET;
  if (asked_for_certificate &&
      (alert == SSL_AD_HANDSHAKE_FAILURE || alert == SSL_AD_DECRYPT_ERROR)) {
    return error_with(Errc::client_certificate, alert);
  }
  return handshake_error(reason);
}

Error State::why_not_tls(PeerKind kind) const {
  constexpr std::array kAssociateRequest{std::byte{1}, std::byte{0}};
  const bool asks_in_dicom =
      std::equal(kAssociateRequest.begin(), kAssociateRequest.end(), first.begin());
  if (kind == PeerKind::http || (called && !asks_in_dicom)) {
    return error_with(Errc::not_dicom, static_cast<long>(kind));
  }
  return error_with(Errc::no_tls);
}

Error State::why(int result) {
  const auto kind = first_count > 0 ? kind_of(Bytes(first).first(first_count)) : PeerKind::unknown;
  if (first_count > 0 && kind != PeerKind::tls) return why_not_tls(kind);
  switch (SSL_get_error(ssl.get(), result)) {
    case SSL_ERROR_SSL:
      return why_refused();
    case SSL_ERROR_SYSCALL:
      return error_with(last_errno == ETIMEDOUT ? Errc::timed_out : Errc::disconnected);
    default:
      return error_with(Errc::disconnected);
  }
}

Progress State::came_to(int result, std::size_t count) {
  if (result == 1) return {.count = count};
  switch (SSL_get_error(ssl.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return wait_for(POLLIN);
    case SSL_ERROR_WANT_WRITE:
      return wait_for(POLLOUT);
    default:
      failed = true;
      return {.failure = why(result)};
  }
}

Result<std::unique_ptr<TlsSession>> TlsSession::create(int socket, const TlsSettings& settings) {
  auto state = std::make_unique<State>();
  state->socket = socket;
  state->ssl.reset(SSL_new(settings.context()));
  auto* const ssl = state->ssl.get();
  if (ssl == nullptr) return fail(Errc::internal);
  auto* const bio = make_bio(*state);
  if (bio == nullptr) return fail(Errc::internal);
  SSL_set_bio(ssl, bio, bio);
  SSL_set_app_data(ssl, state.get());
  return std::unique_ptr<TlsSession>(new TlsSession(std::move(state)));
}

Result<std::unique_ptr<TlsSession>> TlsSession::calling(int socket, const TlsSettings& settings,
                                                        const std::string& host) {
  DCM_TRY(auto session, create(socket, settings));
  auto* const ssl = session->state_->ssl.get();
  if (!expect_name(ssl, settings.server_name().empty() ? host : settings.server_name())) {
    return fail(Errc::internal);
  }
  SSL_set_verify(ssl, SSL_VERIFY_PEER, on_verify);
  SSL_set_cert_cb(ssl, on_certificate_asked, session->state_.get());
  SSL_set_connect_state(ssl);
  return session;
}

Result<std::unique_ptr<TlsSession>> TlsSession::called(int socket, const TlsSettings& settings) {
  DCM_TRY(auto session, create(socket, settings));
  auto* const ssl = session->state_->ssl.get();
  session->state_->called = true;
  SSL_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_set_accept_state(ssl);
  return session;
}

TlsSession::TlsSession(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
TlsSession::~TlsSession() = default;

Progress TlsSession::handshake() {
  ERR_clear_error();
  return state_->came_to(SSL_do_handshake(state_->ssl.get()), 0);
}

Progress TlsSession::read(std::span<std::byte> buffer) {
  ERR_clear_error();
  std::size_t count = 0;
  const int result = SSL_read_ex(state_->ssl.get(), buffer.data(), buffer.size(), &count);
  return state_->came_to(result, count);
}

Progress TlsSession::write(Bytes bytes) {
  ERR_clear_error();
  std::size_t count = 0;
  const int result = SSL_write_ex(state_->ssl.get(), bytes.data(), bytes.size(), &count);
  auto progress = state_->came_to(result, count);
  if (progress.failure.code != Errc::disconnected) return progress;
  // In TLS 1.3 a server refuses our certificate after we think that all is well: its alert may be
  // there to be read.
  std::array<std::byte, 1024> dropped;
  for (auto last = read(dropped);; last = read(dropped)) {
    if (last.failure.code != Errc::ok) return last;
    if (last.count == 0) return progress;
  }
}

void TlsSession::close() noexcept {
  if (!state_->failed && SSL_is_init_finished(state_->ssl.get()) == 1) {
    SSL_shutdown(state_->ssl.get());
  }
  ERR_clear_error();
}

bool TlsSession::heard() const noexcept { return state_->first_count > 0; }

}  // namespace dcm::net
