// SPDX-License-Identifier: MIT
#include "net/connection.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <memory>
#include <utility>

namespace dcm::net {
namespace {

using std::chrono::milliseconds;
using Clock = Connection::Clock;

enum class Woken : std::uint8_t { ready, stop, deadline };

/// Waits for `events` on `fd`; a null `stop` is not waited for.
Woken wait_until(int fd, short events, Clock::time_point deadline, const StopSource* stop) {
  for (;;) {
    if (stop != nullptr && stop->requested()) return Woken::stop;
    std::array<pollfd, 2> fds{pollfd{fd, events, 0},
                              pollfd{stop != nullptr ? stop->wait_fd() : -1, POLLIN, 0}};
    int timeout = -1;
    if (deadline != Connection::kNoDeadline) {
      const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now()).count();
      if (left <= 0) return Woken::deadline;
      timeout = static_cast<int>(std::min<decltype(left)>(left, 60'000));
    }
    if (::poll(fds.data(), fds.size(), timeout) > 0 && fds[0].revents != 0) return Woken::ready;
  }
}

/// Adds without running over: a deadline of "never" stays "never".
Clock::time_point after(milliseconds time) {
  return Clock::now() + std::min<Clock::duration>(time, std::chrono::hours(24 * 365));
}

void set_option(int fd, int level, int name, int value) {
  [[maybe_unused]] const int ignored = ::setsockopt(fd, level, name, &value, sizeof value);
}

void tune(int fd, milliseconds idle) {
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 30);
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT,
             static_cast<int>(std::min<milliseconds::rep>(idle.count(), 3'600'000)));
}

Result<Fd> connect_to(const addrinfo& address, Clock::time_point deadline, const StopSource& stop) {
  Fd fd(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const auto refused = [](int error) {
    return fail(Errc::connect_failed, {.detail = static_cast<std::uint32_t>(error)});
  };
  if (!fd) return refused(errno);
  if (::connect(fd.get(), address.ai_addr, address.ai_addrlen) == 0) return fd;
  if (errno != EINPROGRESS) return refused(errno);

  switch (wait_until(fd.get(), POLLOUT, deadline, &stop)) {
    case Woken::stop:
      return fail(Errc::interrupted);
    case Woken::deadline:
      return refused(ETIMEDOUT);
    case Woken::ready:
      break;
  }
  int error = 0;
  socklen_t size = sizeof error;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) return refused(errno);
  if (error != 0) return refused(error);
  return fd;
}

/// After a call on the socket that moved nothing: wait for `events`, or it is over (errno).
Progress stuck(short events) {
  if (errno == EAGAIN) return {.wanted = events};
  return {.failure = {.code = errno == ETIMEDOUT ? Errc::timed_out : Errc::disconnected}};
}

struct FreeAddresses {
  void operator()(addrinfo* list) const noexcept { ::freeaddrinfo(list); }
};

}  // namespace

Result<Connection> Connection::open(const std::string& host, std::uint16_t port,
                                    milliseconds timeout, milliseconds idle,
                                    const StopSource& stop) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
    return fail(Errc::unknown_host);
  }
  const std::unique_ptr<addrinfo, FreeAddresses> addresses(found);

  milliseconds::rep left = 0;
  for (const auto* each = found; each != nullptr; each = each->ai_next) ++left;
  const auto deadline = after(timeout);
  Error last{.code = Errc::unknown_host};
  for (const auto* each = found; each != nullptr; each = each->ai_next, --left) {
    // A share of the time for each, so that a route that swallows packets leaves some to the next.
    const auto share = (deadline - Clock::now()) / left;
    auto fd = connect_to(*each, Clock::now() + share, stop);
    if (fd) {
      tune(fd->get(), idle);
      return Connection(std::move(*fd), idle, stop);
    }
    last = fd.error();
    if (last.code == Errc::interrupted) break;
  }
  return fail(last);
}

Connection Connection::adopt(Fd fd, milliseconds idle, const StopSource& stop) noexcept {
  tune(fd.get(), idle);
  return Connection(std::move(fd), idle, stop);
}

Connection::Connection(Fd fd, milliseconds idle, const StopSource& stop) noexcept
    : fd_(std::move(fd)), stop_(&stop), idle_(idle), patience_(idle) {}

Result<void> Connection::secure(const TlsSettings& tls, const std::string& host,
                                milliseconds within) {
  DCM_TRY(tls_, TlsSession::calling(fd_.get(), tls, host));
  const auto done = shake_hands(after(within));
  // A server that takes a handshake for the beginning of a long PDU waits for the rest of it.
  const bool in_silence = failure_.code == Errc::timed_out || failure_.code == Errc::disconnected;
  if (!done && in_silence && !tls_->heard()) return failed(Errc::no_tls);
  return done;
}

Result<void> Connection::secure_called(const TlsSettings& tls, Clock::time_point latest) {
  DCM_TRY(tls_, TlsSession::called(fd_.get(), tls));
  return shake_hands(latest);
}

Result<void> Connection::shake_hands(Clock::time_point deadline) {
  for (;;) {
    const auto step = tls_->handshake();
    if (step.failure.code != Errc::ok) return failed(step.failure);
    if (step.wanted == 0) return {};
    DCM_CHECK(wait(step.wanted, deadline));
  }
}

Progress Connection::receive(std::span<std::byte> buffer) {
  if (tls_) return tls_->read(buffer);
  for (;;) {
    const auto count = ::recv(fd_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (count > 0) return {.count = static_cast<std::size_t>(count)};
    if (count == 0) return {.failure = {.code = Errc::disconnected}};
    if (errno != EINTR) return stuck(POLLIN);
  }
}

Progress Connection::send(Bytes bytes) {
  if (tls_) return tls_->write(bytes);
  for (;;) {
    const auto count = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) return {.count = static_cast<std::size_t>(count)};
    if (errno != EINTR) return stuck(POLLOUT);
  }
}

Result<std::size_t> Connection::read(std::span<std::byte> buffer, Clock::time_point latest) {
  if (failure_.code != Errc::ok) return fail(failure_);
  // Once for all attempts: under TLS, bytes that complete no record are no progress.
  const auto deadline = std::min(latest, after(patience_));
  for (;;) {
    if (stop_ != nullptr && stop_->requested()) DCM_CHECK(stopped());
    if (end_ != kNoDeadline && Clock::now() >= end_) return failed(Errc::timed_out);
    const auto step = receive(buffer);
    if (step.failure.code != Errc::ok) return failed(step.failure);
    if (step.count > 0) {
      received(Bytes(buffer.first(step.count)));
      return step.count;
    }
    DCM_CHECK(wait_for_bytes(step.wanted, deadline));
  }
}

void Connection::received(Bytes bytes) noexcept {
  // The kernel forgets this option as soon as it has sent one quick acknowledgement. Without it a
  // server with Nagle's algorithm on loses 40 ms at the end of each object, waiting for ours.
  set_option(fd_.get(), IPPROTO_TCP, TCP_QUICKACK, 1);
  const auto room = std::min(first_.size() - first_count_, bytes.size());
  std::copy_n(bytes.begin(), room, first_.begin() + static_cast<std::ptrdiff_t>(first_count_));
  first_count_ += room;
  patience_ = idle_;
}

Result<void> Connection::wait_for_bytes(short events, Clock::time_point deadline) {
  if (why_silent_ && first_count_ == 0 && after(silence_) < deadline) {
    const auto woken = wait_until(fd_.get(), events, after(silence_), stop_);
    if (woken == Woken::ready) return {};
    const auto why_silent = std::exchange(why_silent_, nullptr);
    if (woken == Woken::deadline) failure_ = why_silent();
    if (failure_.code != Errc::ok) return fail(failure_);
  }
  return wait(events, deadline);
}

Result<void> Connection::write(Bytes bytes) {
  while (!bytes.empty()) {
    if (failure_.code != Errc::ok) return fail(failure_);
    const auto step = send(bytes);
    if (step.failure.code != Errc::ok) return failed(step.failure);
    bytes = bytes.subspan(step.count);
    if (step.count == 0) DCM_CHECK(wait(step.wanted, after(idle_)));
  }
  return {};
}

void Connection::drain() noexcept {
  std::array<std::byte, 4096> dropped;
  while (fd_ && wait(POLLIN, kNoDeadline)) {
    const auto count = ::recv(fd_.get(), dropped.data(), dropped.size(), MSG_DONTWAIT);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) return;
  }
}

void Connection::leave(milliseconds within) noexcept {
  finish_within(within);
  ::shutdown(fd_.get(), SHUT_WR);
  drain();
}

Result<void> Connection::wait(short events, Clock::time_point deadline) {
  switch (wait_until(fd_.get(), events, std::min(deadline, end_), stop_)) {
    case Woken::stop:
      DCM_CHECK(stopped());
      return wait(events, deadline);
    case Woken::deadline:
      return failed(Errc::timed_out);
    case Woken::ready:
      break;
  }
  return {};
}

Result<void> Connection::stopped() {
  if (!last_words_) return failed(Errc::interrupted);
  ignore_stop();
  finish_within(farewell_);
  std::exchange(last_words_, nullptr)();
  return {};
}

void Connection::on_stop(milliseconds within, std::function<void()> last_words) {
  farewell_ = within;
  last_words_ = std::move(last_words);
}

void Connection::on_silence(milliseconds after, std::function<Error()> why_silent) {
  silence_ = after;
  why_silent_ = std::move(why_silent);
}

void Connection::finish_within(milliseconds within) noexcept { end_ = after(within); }

void Connection::close() noexcept {
  if (fd_ && tls_) tls_->close();
  if (fd_) ::shutdown(fd_.get(), SHUT_RDWR);
  fd_.reset();
}

tl::unexpected<Error> Connection::failed(Error error) noexcept {
  failure_ = error;
  return fail(failure_);
}

}  // namespace dcm::net
