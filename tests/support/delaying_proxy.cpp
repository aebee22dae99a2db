// SPDX-License-Identifier: MIT
#include "support/delaying_proxy.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <limits>
#include <list>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/fd.hpp"
#include "support/process.hpp"

namespace dcm::test {
namespace {

using Clock = std::chrono::steady_clock;
using Moment = std::optional<Clock::time_point>;

constexpr std::size_t kPiece = std::size_t{256} << 10U;
constexpr std::size_t kMostUnderWay = std::size_t{64} << 20U;
constexpr auto kUnlimited = std::numeric_limits<std::uint64_t>::max();

void send_at_once(int socket) {
  const int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void reset_when_closed(int socket) {
  const linger at_once = {.l_onoff = 1, .l_linger = 0};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

/// One direction of a connection. Borrows both sockets.
class Lane {
 public:
  Lane(int from, int to, Clock::duration delay, std::uint64_t allowance)
      : from_(from), to_(to), delay_(delay), allowance_(allowance) {}

  [[nodiscard]] bool wants_input() const { return !ended_ && under_way_ < kMostUnderWay; }
  [[nodiscard]] bool is_blocked() const { return blocked_; }
  [[nodiscard]] bool is_over() const { return ended_ && chunks_.empty(); }
  [[nodiscard]] bool used_up() const { return allowance_ == 0; }
  [[nodiscard]] Moment next() const {
    return chunks_.empty() || blocked_ ? Moment() : chunks_.front().due;
  }

  void take_in() {
    if (!wants_input()) return;
    static thread_local std::array<char, kPiece> buffer;
    const ssize_t got = recv(from_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    const std::size_t size = got < 0 ? 0 : static_cast<std::size_t>(got);
    ended_ = size == 0;
    under_way_ += size;
    chunks_.push_back({Clock::now() + delay_, std::string(buffer.data(), size)});
  }

  /// Hands over what is due; returns how many bytes.
  std::uint64_t hand_over() {
    std::uint64_t handed = 0;
    blocked_ = false;
    while (!chunks_.empty() && chunks_.front().due <= Clock::now() && !used_up()) {
      Chunk& chunk = chunks_.front();
      const std::size_t size =
          std::min<std::uint64_t>(chunk.bytes.size() - chunk.handed, allowance_);
      const ssize_t sent = size == 0 ? 0
                                     : ::send(to_, chunk.bytes.data() + chunk.handed, size,
                                              MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent < 0) {
        blocked_ = errno == EAGAIN;
        if (!blocked_) give_up();
        return handed;
      }
      const auto step = static_cast<std::size_t>(sent);
      handed += step;
      chunk.handed += step;
      under_way_ -= step;
      if (allowance_ != kUnlimited) allowance_ -= step;
      if (chunk.handed < chunk.bytes.size()) continue;
      if (chunk.bytes.empty()) shutdown(to_, SHUT_WR);
      chunks_.pop_front();
    }
    return handed;
  }

 private:
  struct Chunk {
    Clock::time_point due;
    std::string bytes;  // none: the end
    std::size_t handed = 0;
  };

  void give_up() {
    chunks_.clear();
    ended_ = true;
    shutdown(from_, SHUT_RD);
  }

  int from_, to_;
  Clock::duration delay_;
  std::uint64_t allowance_;
  std::deque<Chunk> chunks_ = {};
  std::size_t under_way_ = 0;
  bool ended_ = false, blocked_ = false;
};

struct Connection {
  Connection(Fd own_client, Fd own_target, Clock::duration delay, std::uint64_t allowance)
      : client(std::move(own_client)),
        target(std::move(own_target)),
        there(client.get(), target.get(), delay, kUnlimited),
        back(target.get(), client.get(), delay, allowance) {
    send_at_once(client.get());
    send_at_once(target.get());
  }

  void reset() const {
    reset_when_closed(client.get());
    reset_when_closed(target.get());
  }

  Fd client, target;
  Lane there, back;
};

/// What to wait for at the end of a lane and the beginning of the other; nothing if neither wants.
pollfd wait_at(int socket, const Lane& out, const Lane& in) {
  const int events = (out.wants_input() ? POLLIN : 0) | (in.is_blocked() ? POLLOUT : 0);
  return {events == 0 ? -1 : socket, static_cast<short>(events), 0};
}

}  // namespace

class DelayingProxy::Loop {
 public:
  Loop(std::uint16_t target, Clock::duration delay)
      : target_(target), delay_(delay), port_(free_port()) {
    const int on = 1;
    setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("a proxy cannot have its port");
    listen_again();
    thread_ = std::thread([this] { run(); });
  }

  ~Loop() {
    order([](Orders& orders) { orders.stop = true; });
    thread_.join();
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::uint64_t arrived() const { return arrived_.load(); }
  [[nodiscard]] int connections() const { return taken_.load(); }

  void set(Network network) {
    order([=](Orders& orders) { orders.network = network; });
  }
  void cut_after(std::uint64_t bytes, int connections) {
    order([=](Orders& orders) {
      orders.allowance = bytes;
      orders.cuts = connections;
    });
  }

 private:
  struct Orders {
    Network network = Network::up;
    std::uint64_t allowance = kUnlimited;
    int cuts = 0;
    bool stop = false;
  };

  template <typename Change>
  void order(const Change& change) {
    std::unique_lock lock(mutex_);
    change(orders_);
    obeyed_ = false;
    eventfd_write(wake_.get(), 1);
    all_done_.wait(lock, [this] { return obeyed_; });
  }

  void run() {
    while (obey()) {
      wait();
      if (network_ != Network::up) continue;
      for (Connection& each : connections_) {
        each.there.take_in();
        each.back.take_in();
        each.there.hand_over();
        arrived_ += each.back.hand_over();
      }
      connections_.remove_if([](const Connection& each) {
        if (each.back.used_up()) each.reset();
        return each.back.used_up() || (each.there.is_over() && each.back.is_over());
      });
      accept_next();
    }
  }

  /// Does what was ordered; false if that is to stop.
  bool obey() {
    const std::lock_guard lock(mutex_);
    if (orders_.network != network_) {
      if (network_ == Network::gone) listen_again();
      network_ = orders_.network;
      if (network_ == Network::gone) {
        // Still bound, so that nobody else gets the port.
        shutdown(listener_.get(), SHUT_RD);
        for (const Connection& each : connections_) each.reset();
        connections_.clear();
      }
    }
    obeyed_ = true;
    all_done_.notify_all();
    return !orders_.stop;
  }

  void wait() {
    std::vector<pollfd> waits = {{wake_.get(), POLLIN, 0}};
    Moment first;
    if (network_ == Network::up) {
      waits.push_back({listener_.get(), POLLIN, 0});
      for (const Connection& each : connections_) {
        waits.push_back(wait_at(each.client.get(), each.there, each.back));
        waits.push_back(wait_at(each.target.get(), each.back, each.there));
        for (const Moment next : {each.there.next(), each.back.next()})
          if (next && (!first || *next < *first)) first = next;
      }
    }
    const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::max(first.value_or(Clock::now()) - Clock::now(), Clock::duration::zero()));
    const timespec timeout = {.tv_sec = left.count() / 1'000'000'000,
                              .tv_nsec = left.count() % 1'000'000'000};
    ppoll(waits.data(), waits.size(), first ? &timeout : nullptr, nullptr);
    eventfd_t woken = 0;
    if (waits[0].revents != 0) eventfd_read(wake_.get(), &woken);
  }

  void accept_next() {
    Fd client(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!client) return;
    ++taken_;
    Fd target = connect_to(target_);
    if (!target) return reset_when_closed(client.get());
    connections_.emplace_back(std::move(client), std::move(target), delay_, next_allowance());
  }

  std::uint64_t next_allowance() {
    const std::lock_guard lock(mutex_);
    return orders_.cuts > 0 && orders_.cuts-- > 0 ? orders_.allowance : kUnlimited;
  }

  void listen_again() const {
    if (listen(listener_.get(), 128) != 0) throw std::runtime_error("a proxy cannot listen");
  }

  const std::uint16_t target_;
  const Clock::duration delay_;
  const std::uint16_t port_;
  Fd listener_{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  Fd wake_{eventfd(0, EFD_CLOEXEC)};
  std::list<Connection> connections_;
  Network network_ = Network::up;
  std::atomic<std::uint64_t> arrived_{0};
  std::atomic<int> taken_{0};

  std::mutex mutex_;
  std::condition_variable all_done_;
  Orders orders_;       // under mutex_
  bool obeyed_ = true;  // under mutex_
  std::thread thread_;
};

DelayingProxy::DelayingProxy(std::uint16_t target, std::chrono::microseconds one_way)
    : loop_(std::make_unique<Loop>(target, one_way)) {}

DelayingProxy::~DelayingProxy() = default;

std::uint16_t DelayingProxy::port() const { return loop_->port(); }
void DelayingProxy::set(Network network) { loop_->set(network); }
void DelayingProxy::cut_after(std::uint64_t bytes, int connections) {
  loop_->cut_after(bytes, connections);
}
std::uint64_t DelayingProxy::arrived() const { return loop_->arrived(); }
int DelayingProxy::connections() const { return loop_->connections(); }

}  // namespace dcm::test
