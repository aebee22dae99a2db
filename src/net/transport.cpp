// SPDX-License-Identifier: MIT
#include "net/transport.hpp"

#include <dcmtk/dcmnet/dcmtrans.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <vector>

#include "base/bytes.hpp"

namespace dcm::net {
namespace {

using Clock = Connection::Clock;

constexpr std::size_t kPduHeader = 6;  // type, reserved, length (PS3.8 9.3.1)
constexpr std::byte kAssociateRequest{1};
constexpr std::uint32_t kSlowestBytesPerSecond = 1024;

std::uint32_t pdu_length(const std::byte* header) {
  return load<std::uint32_t>(header + 2, std::endian::big);
}

/// When the PDU that is being read must be complete.
class PduDeadline {
 public:
  explicit PduDeadline(std::chrono::milliseconds idle) noexcept : idle_(idle) {}

  [[nodiscard]] Clock::time_point latest() const noexcept { return latest_; }

  /// DCMTK reads a header and its body separately, so `bytes` never reach into the next PDU.
  void advance(Bytes bytes) noexcept {
    if (latest_ == Connection::kNoDeadline) latest_ = Clock::now() + idle_;
    if (header_count_ < kPduHeader) {
      const auto count = std::min(kPduHeader - header_count_, bytes.size());
      std::copy_n(bytes.begin(), count, header_.begin() + static_cast<long>(header_count_));
      header_count_ += count;
      bytes = bytes.subspan(count);
      if (header_count_ < kPduHeader) return;
      body_left_ = pdu_length(header_.data());
      latest_ += std::chrono::seconds(body_left_ / kSlowestBytesPerSecond);
    }
    body_left_ -= std::min(body_left_, bytes.size());
    if (body_left_ == 0) *this = PduDeadline(idle_);
  }

 private:
  std::chrono::milliseconds idle_;
  Clock::time_point latest_ = Connection::kNoDeadline;
  std::array<std::byte, kPduHeader> header_{};
  std::size_t header_count_ = 0;
  std::size_t body_left_ = 0;
};

class TransportConnection final : public DcmTransportConnection {
 public:
  TransportConnection(DcmNativeSocketType socket, Connection& connection,
                      std::chrono::milliseconds idle, std::vector<std::byte> acceptance)
      : DcmTransportConnection(socket),
        connection_(connection),
        deadline_(idle),
        acceptance_(std::move(acceptance)) {}
  ~TransportConnection() override { TransportConnection::close(); }

  ssize_t read(void* buffer, size_t size) override {
    const std::span bytes(static_cast<std::byte*>(buffer), size);
    if (!acceptance_.empty()) return read_acceptance(bytes);
    if (request_lost_) return lost();
    const auto count = connection_.read(bytes, deadline_.latest());
    if (!count) return lost();
    deadline_.advance(bytes.first(*count));
    return static_cast<ssize_t>(*count);
  }

  /// DCMTK writes a PDU in pieces; it leaves as one segment once it is whole.
  ssize_t write(void* buffer, size_t size) override {
    const auto* from = static_cast<const std::byte*>(buffer);
    unsent_.insert(unsent_.end(), from, from + size);
    if (unsent_.size() < kPduHeader) return static_cast<ssize_t>(size);
    if (unsent_.size() < kPduHeader + pdu_length(unsent_.data())) return static_cast<ssize_t>(size);
    const auto sent = acceptance_.empty() ? connection_.write(unsent_) : Result<void>();
    const bool is_request = unsent_.front() == kAssociateRequest;
    unsent_.clear();
    // DCMTK loses the memory of a request that it cannot send: it is told at the answer.
    request_lost_ = request_lost_ || (!sent && is_request);
    return sent || is_request ? static_cast<ssize_t>(size) : lost();
  }

  void close() override {
    connection_.close();
    if (getSocket() >= 0) ::close(getSocket());
    setSocket(-1);
  }
  void closeTransportConnection() override { close(); }

  /// DCMTK asks only where it has a clock of its own, which turns negative for a slow peer and
  /// would then mean "wait for ever". The clock that counts is the connection's.
  OFBool networkDataAvailable(int timeout) override { return timeout >= 0 ? OFTrue : OFFalse; }

  OFCondition serverSideHandshake() override { return EC_Normal; }
  OFCondition clientSideHandshake() override { return EC_Normal; }
  OFCondition renegotiate(const char*) override { return EC_Normal; }
  unsigned long getPeerCertificateLength() override { return 0; }
  unsigned long getPeerCertificate(void*, unsigned long) override { return 0; }
  OFBool isTransparentConnection() override { return OFTrue; }
  OFString& dumpConnectionParameters(OFString& text) override { return text; }

 private:
  ssize_t read_acceptance(std::span<std::byte> buffer) {
    const auto count = std::min(buffer.size(), acceptance_.size());
    const auto end = acceptance_.begin() + static_cast<std::ptrdiff_t>(count);
    std::copy(acceptance_.begin(), end, buffer.begin());
    acceptance_.erase(acceptance_.begin(), end);
    return static_cast<ssize_t>(count);
  }

  /// Any errno but EINTR, at which DCMTK would try again.
  static ssize_t lost() {
    errno = ECONNRESET;
    return -1;
  }

  Connection& connection_;
  PduDeadline deadline_;
  std::vector<std::byte> unsent_;
  std::vector<std::byte> acceptance_;  ///< what is left of it
  bool request_lost_ = false;
};

}  // namespace

Result<std::unique_ptr<Transport>> Transport::create(Connection& connection,
                                                     std::chrono::milliseconds idle) {
  Fd rendezvous(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!rendezvous) return fail(last_io_error());
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(rendezvous.get(), generic, size) != 0 || ::listen(rendezvous.get(), 1) != 0 ||
      ::getsockname(rendezvous.get(), generic, &size) != 0) {
    return fail(last_io_error());
  }
  auto name = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  return std::unique_ptr<Transport>(
      new Transport(connection, idle, std::move(rendezvous), std::move(name)));
}

Transport::Transport(Connection& connection, std::chrono::milliseconds idle, Fd rendezvous,
                     std::string address) noexcept
    : connection_(connection),
      idle_(idle),
      rendezvous_(std::move(rendezvous)),
      address_(std::move(address)) {}

DcmTransportConnection* Transport::createConnection(DcmNativeSocketType socket, OFBool) {
  if (::dup3(connection_.socket(), socket, O_CLOEXEC) < 0) return nullptr;
  rendezvous_.reset();
  return new TransportConnection(socket, connection_, idle_, std::move(acceptance_));
}

}  // namespace dcm::net
