// SPDX-License-Identifier: MIT
#include "support/tls_front.hpp"

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <csignal>
#include <memory>
#include <stdexcept>

#include "support/process.hpp"

namespace dcm::test {
namespace {

constexpr int kTick = 50;  // milliseconds until the end of the test is noticed

void check(bool good) {
  if (!good) throw std::runtime_error("no TLS before the server");
}

struct FreeSsl {
  void operator()(SSL* it) const { SSL_free(it); }
};
using Session = std::unique_ptr<SSL, FreeSsl>;

bool send_all(int fd, const char* bytes, std::size_t size) {
  while (size > 0) {
    const auto count = ::send(fd, bytes, size, MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes += count;
    size -= static_cast<std::size_t>(count);
  }
  return true;
}

/// Everything that waits on one side, to the other. False when one of them is gone.
bool pass_on(SSL* session, int plain, short session_events, short plain_events) {
  std::array<char, 16384> buffer;
  if (session_events != 0) {
    do {
      const int count = SSL_read(session, buffer.data(), static_cast<int>(buffer.size()));
      if (count <= 0) return false;
      if (!send_all(plain, buffer.data(), static_cast<std::size_t>(count))) return false;
    } while (SSL_pending(session) > 0);
  }
  if (plain_events != 0) {
    const auto count = ::recv(plain, buffer.data(), buffer.size(), 0);
    if (count <= 0) return false;
    if (SSL_write(session, buffer.data(), static_cast<int>(count)) <= 0) return false;
  }
  return true;
}

/// Until one side is gone or the test is over.
void pass_all(SSL* session, int plain, const std::atomic<bool>& over) {
  while (!over) {
    std::array<pollfd, 2> sides{pollfd{SSL_get_fd(session), POLLIN, 0}, pollfd{plain, POLLIN, 0}};
    if (::poll(sides.data(), sides.size(), kTick) <= 0) continue;
    if (!pass_on(session, plain, sides[0].revents, sides[1].revents)) break;
  }
  SSL_shutdown(session);
}

Session session_on(int fd, SSL_CTX* context) {
  // Nobody is waited for longer than this, so that the test comes to its end.
  const timeval patience{30, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  Session session(SSL_new(context));
  SSL_set_fd(session.get(), fd);
  return session;
}

std::shared_ptr<SSL_CTX> make_context(const SSL_METHOD* method, const TlsFrontOptions& options) {
  std::shared_ptr<SSL_CTX> made(SSL_CTX_new(method), SSL_CTX_free);
  auto* const context = made.get();
  SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_min_proto_version(context, options.lowest_version);
  SSL_CTX_set_max_proto_version(context, options.highest_version);
  const auto& [certificate, key] = options.certified;
  if (!certificate.empty()) {
    check(SSL_CTX_use_certificate_chain_file(context, certificate.c_str()) == 1);
    check(SSL_CTX_use_PrivateKey_file(context, key.c_str(), SSL_FILETYPE_PEM) == 1);
  }
  if (!options.cipher_suites.empty()) {
    check(SSL_CTX_set_cipher_list(context, options.cipher_suites.c_str()) == 1);
  }
  if (!options.peer_authority.empty()) {
    check(SSL_CTX_load_verify_file(context, options.peer_authority.c_str()) == 1);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  return made;
}

}  // namespace

TlsRelay::TlsRelay(Serve serve)
    : serve_(std::move(serve)),
      port_(free_port()),
      listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port_);
  check(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  check(::listen(listener_.get(), 64) == 0);
  acceptor_ = std::thread([this] { run(); });
}

TlsRelay::~TlsRelay() {
  over_ = true;
  acceptor_.join();
  for (auto& each : talks_) each.join();
}

void TlsRelay::run() {
  sigset_t broken_pipe;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
  while (!over_) {
    pollfd waiting{listener_.get(), POLLIN, 0};
    if (::poll(&waiting, 1, kTick) <= 0) continue;
    Fd client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client) continue;
    talks_.emplace_back(
        [this, client = std::move(client)]() mutable { serve_(std::move(client), over_); });
  }
}

TlsFront::TlsFront(std::uint16_t plain_port, const TlsFrontOptions& options)
    : context_(make_context(TLS_server_method(), options)),
      plain_port_(plain_port),
      relay_([this](const Fd& client, const auto& over) { serve(client, over); }) {}

std::string TlsFront::asked_for() const {
  const std::lock_guard lock(mutex_);
  return asked_for_;
}

void TlsFront::serve(const Fd& client, const std::atomic<bool>& over) {
  const auto session = session_on(client.get(), context_.get());
  const bool agreed = SSL_accept(session.get()) == 1;
  if (const auto* name = SSL_get_servername(session.get(), TLSEXT_NAMETYPE_host_name)) {
    const std::lock_guard lock(mutex_);
    asked_for_ = name;
  }
  if (const Fd plain = agreed ? connect_to(plain_port_) : Fd()) {
    pass_all(session.get(), plain.get(), over);
  }
  // What the client has sent and nobody read would turn the last words into a reset.
  ::shutdown(client.get(), SHUT_WR);
  std::array<char, 4096> dropped;
  while (!over && ::recv(client.get(), dropped.data(), dropped.size(), 0) > 0) {
  }
}

TlsTail::TlsTail(std::uint16_t tls_port, const TlsFrontOptions& options)
    : context_(make_context(TLS_client_method(), options)),
      tls_port_(tls_port),
      relay_([this](const Fd& plain, const auto& over) { serve(plain, over); }) {}

void TlsTail::serve(const Fd& plain, const std::atomic<bool>& over) const {
  const Fd server = connect_to(tls_port_);
  if (!server) return;
  const auto session = session_on(server.get(), context_.get());
  if (SSL_connect(session.get()) == 1) pass_all(session.get(), plain.get(), over);
}

}  // namespace dcm::test
