// SPDX-License-Identifier: MIT
#include "net/fake_peer.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <bit>
#include <stdexcept>

#include "base/bytes.hpp"

namespace dcm::net::test {
namespace {

std::string big16(std::size_t value) {
  return {static_cast<char>(value >> 8 & 0xFF), static_cast<char>(value & 0xFF)};
}

std::string big32(std::size_t value) { return big16(value >> 16) + big16(value & 0xFFFF); }

std::size_t read_big(std::string_view bytes, std::size_t at, std::size_t size) {
  std::size_t value = 0;
  for (const char each : bytes.substr(at, size)) {
    value = value << 8 | static_cast<unsigned char>(each);
  }
  return value;
}

std::string item(char type, std::string_view body) {
  return std::string{type, '\0'} + big16(body.size()) + std::string(body);
}

/// The AC that answers a RQ with "yes" to everything (PS3.8 9.3.3).
std::string acceptance(std::string_view request, std::string_view user_items) {
  std::string answer(request.substr(0, 68));
  for (std::size_t at = 68; at + 4 <= request.size();) {
    const auto size = read_big(request, at + 2, 2);
    const auto body = request.substr(at + 4, size);
    if (request[at] == 0x10) answer += item(0x10, body);
    if (request[at] == 0x20) {
      const auto abstract_size = read_big(body, 6, 2);
      const auto syntax_at = 8 + abstract_size;
      const auto syntax = body.substr(syntax_at + 4, read_big(body, syntax_at + 2, 2));
      answer += item(0x21, std::string{body[0], 0, 0, 0} + item(0x40, syntax));
    }
    at += 4 + size;
  }
  return answer +
         item(0x50, item(0x51, big32(16384)) + item(0x52, "1.2.3") + std::string(user_items));
}

}  // namespace

void Talk::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const auto count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

std::string Talk::receive(std::size_t size) const {
  std::string bytes;
  while (bytes.size() < size && !over()) {
    pollfd waiting{fd_, POLLIN, 0};
    if (::poll(&waiting, 1, 20) <= 0) continue;
    char buffer[4096];
    const auto count = ::recv(fd_, buffer, std::min(sizeof buffer, size - bytes.size()), 0);
    if (count <= 0) break;
    bytes.append(buffer, static_cast<std::size_t>(count));
  }
  return bytes;
}

void Talk::wait_for_close() const {
  while (!receive(1).empty()) {
  }
}

Talk::Pdu Talk::receive_pdu() const {
  const auto header = receive(6);
  if (header.size() < 6) return {};
  return {header[0], receive(read_big(header, 2, 4))};
}

void Talk::send_pdu(char type, std::string_view body) const {
  send(std::string{type, '\0'} + big32(body.size()) + std::string(body));
}

void Talk::accept(std::string_view user_items) const {
  send_pdu(2, acceptance(receive_pdu().body, user_items));
}

Talk::Message Talk::receive_message() const {
  Message message;
  std::string command;
  for (;;) {
    const auto pdu = receive_pdu();
    if (pdu.type != 4) return {};
    for (std::size_t at = 0; at + 6 <= pdu.body.size();) {
      const auto size = read_big(pdu.body, at, 4);
      message.context = static_cast<std::uint8_t>(pdu.body[at + 4]);
      const auto flags = static_cast<unsigned char>(pdu.body[at + 5]);
      const auto piece = std::string_view(pdu.body).substr(at + 6, size - 2);
      ((flags & 1) != 0 ? command : message.data_set) += piece;
      at += 4 + size;
      if ((flags & 2) == 0) continue;
      if ((flags & 1) == 0) return message;
      message.command = CommandSet::parse(as_bytes(command)).value();
      if (!message.command.has_data_set()) return message;
    }
  }
}

void Talk::send_command(std::uint8_t context, CommandSet command, bool data_set_follows) const {
  command.set(element::kDataSetType, static_cast<std::uint16_t>(data_set_follows ? 0 : 0x0101));
  const auto bytes = command.encode();
  send_pdu(4, big32(bytes.size() + 2) + static_cast<char>(context) + '\x03' +
                  std::string(as_text(bytes)));
}

void Talk::send_data(std::uint8_t context, std::string_view bytes, bool last) const {
  send_pdu(4, big32(bytes.size() + 2) + static_cast<char>(context) + (last ? '\x02' : '\0') +
                  std::string(bytes));
}

void Talk::serve_release() const {
  for (;;) {
    const auto pdu = receive_pdu();
    if (pdu.type == 5) send_pdu(6, std::string(4, '\0'));
    if (pdu.type == 0) return;
  }
}

CommandSet response_to(const Talk::Message& request, std::uint16_t status) {
  const auto field = request.command.number(element::kCommandField).value_or(0);
  CommandSet response;
  response.set(element::kCommandField, static_cast<std::uint16_t>(field | command::kResponse));
  response.set(element::kRespondedTo, request.command.number(element::kMessageId).value_or(0));
  response.set(element::kStatus, status);
  return response;
}

FakePeer::FakePeer(std::function<void(const Talk&)> script)
    : script_(std::move(script)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_.get(), generic, size) != 0 || ::listen(listener_.get(), 8) != 0 ||
      ::getsockname(listener_.get(), generic, &size) != 0) {
    throw std::runtime_error("fake peer cannot listen");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { run(); });
}

FakePeer::~FakePeer() {
  over_ = true;
  acceptor_.join();
  for (auto& each : talks_) each.join();
}

void FakePeer::run() {
  while (!over_) {
    pollfd waiting{listener_.get(), POLLIN, 0};
    if (::poll(&waiting, 1, 20) <= 0) continue;
    const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    ++connections_;
    talks_.emplace_back([this, fd] {
      const Fd closing(fd);
      script_(Talk(fd, over_));
    });
  }
}

}  // namespace dcm::net::test
