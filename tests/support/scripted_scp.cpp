// SPDX-License-Identifier: MIT
#include "support/scripted_scp.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/dul.h>
#include <dcmtk/oflog/oflog.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <stdexcept>
#include <thread>

#include "base/fd.hpp"
#include "support/scp_session.hpp"

namespace dcm::test {
namespace {

constexpr int kAssociateTimeout = 10;  // seconds for an A-ASSOCIATE-RQ to come

// dcmnet can only listen on all addresses; this replaces its socket by one of 127.0.0.1.
std::uint16_t move_to_loopback(T_ASC_Network& network) {
  const Fd own(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(own.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(own.get(), 64) != 0 ||
      getsockname(own.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
      dup3(own.get(), DUL_networkSocket(network.network), O_CLOEXEC) < 0)
    throw std::runtime_error("cannot listen on 127.0.0.1");
  return ntohs(address.sin_port);
}

}  // namespace

/// Accepts connections in a thread and gives each association one of its own.
class ScriptedScp::Listener {
 public:
  Listener(const std::vector<std::string>& files, Script script)
      : state_{.catalog = ObjectCatalog(files), .script = std::move(script)} {
    for (const std::string& file : state_.script.unasked)
      state_.unasked.push_back(read_object(file));
    state_.endings_left = state_.script.ending ? state_.script.ending->times : 0;
    state_.rejections_left = state_.script.reject ? state_.script.reject->times : 0;
    state_.busy_left = state_.script.busy ? state_.script.busy->times : 0;
    OFLog::configure(OFLogger::OFF_LOG_LEVEL);  // peers misbehave here by design
    ::signal(SIGPIPE, SIG_IGN);
    if (ASC_initializeNetwork(NET_ACCEPTOR, 0, kAssociateTimeout, &network_).bad())
      throw std::runtime_error("dcmnet cannot listen");
    ASC_setTransportLayer(network_, &layer_, 0);
    port_ = move_to_loopback(*network_);
    accepting_ = std::thread([this] { accept_until_stopped(); });
  }

  ~Listener() {
    eventfd_write(stop_.get(), 1);
    accepting_.join();
    state_.sockets.shut_down_all();
    for (std::thread& each : sessions_) each.join();
    ASC_dropNetwork(&network_);
  }

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] ScpRecords records() const {
    const std::lock_guard lock(state_.mutex);
    return state_.records;
  }

 private:
  void accept_until_stopped() {
    for (;;) {
      pollfd waits[2] = {{stop_.get(), POLLIN, 0},
                         {DUL_networkSocket(network_->network), POLLIN, 0}};
      poll(waits, 2, -1);
      if (waits[0].revents != 0) return;
      T_ASC_Association* association = nullptr;
      if (ASC_receiveAssociation(network_, &association, ASC_MAXIMUMPDUSIZE, nullptr, nullptr,
                                 OFFalse, DUL_NOBLOCK, kAssociateTimeout)
              .good())
        sessions_.emplace_back(
            [this, association, socket = layer_.latest()] { serve(association, socket); });
      else
        destroy(association);
    }
  }

  void serve(T_ASC_Association* association, int socket) {
    state_.sockets.insert(socket);
    ScpSession(state_, *association, socket).run();
    state_.sockets.erase(socket);
    destroy(association);
  }

  static void destroy(T_ASC_Association* association) {
    if (association == nullptr) return;
    ASC_dropAssociation(association);
    ASC_destroyAssociation(&association);
  }

  ScpState state_;
  TellingLayer layer_;
  T_ASC_Network* network_ = nullptr;
  std::uint16_t port_ = 0;
  Fd stop_{eventfd(0, EFD_CLOEXEC)};
  std::thread accepting_;
  std::vector<std::thread> sessions_;  // grown by accepting_ only
};

ScriptedScp::ScriptedScp(const std::vector<std::string>& files, Script script)
    : listener_(std::make_unique<Listener>(files, std::move(script))) {}

ScriptedScp::~ScriptedScp() = default;

std::uint16_t ScriptedScp::port() const { return listener_->port(); }
ScpRecords ScriptedScp::records() const { return listener_->records(); }

}  // namespace dcm::test
