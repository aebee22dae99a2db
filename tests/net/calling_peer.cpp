// SPDX-License-Identifier: MIT
#include "net/calling_peer.hpp"

#include <sys/socket.h>

#include "support/process.hpp"

namespace dcm::net::test {
namespace {

std::string big(std::size_t value, int bytes) {
  std::string text;
  while (bytes-- > 0) text += static_cast<char>(value >> (8 * bytes) & 0xFF);
  return text;
}

std::string padded(std::string title) {
  title.resize(16, ' ');
  return title;
}

}  // namespace

std::string make_item(char type, std::string_view body) {
  return std::string{type, '\0'} + big(body.size(), 2) + std::string(body);
}

std::string request_body(const Wanted& wanted) {
  std::string body = std::string{'\0', wanted.protocol_version, '\0', '\0'} +
                     padded(wanted.called_aet) + padded(wanted.calling_aet) +
                     std::string(32, '\0') + make_item(0x10, wanted.application_context);
  char id = 1;
  for (const auto& context : wanted.contexts) {
    std::string items =
        std::string{id, '\0', '\0', '\0'} + make_item(0x30, context.abstract_syntax);
    for (const auto& syntax : context.transfer_syntaxes) items += make_item(0x40, syntax);
    body += make_item(0x20, items);
    id = static_cast<char>(id + 2);
  }
  return body + make_item(0x50, make_item(0x51, big(wanted.max_pdu, 4)) + make_item(0x52, "1.2.3") +
                                    wanted.more_user_information);
}

CallingPeer::CallingPeer(std::uint16_t port, const char* from)
    : socket_(dcm::test::connect_to(port, from)), talk_(socket_.get(), over_) {}

Talk::Pdu CallingPeer::ask(const Wanted& wanted) const {
  talk_.send_pdu(1, request_body(wanted));
  return talk_.receive_pdu();
}

void CallingPeer::begin_store(const std::string& sop_instance, std::uint8_t context) const {
  CommandSet request;
  request.set(element::kCommandField, command::kStore);
  request.set(element::kMessageId, 1);
  request.set(element::kAffectedSopClass, "1.2.840.10008.5.1.4.1.1.7");
  request.set(element::kAffectedSopInstance, sop_instance);
  talk_.send_command(context, request, true);
}

std::uint16_t CallingPeer::store(const std::string& sop_instance, std::string_view data_set,
                                 std::uint8_t context) const {
  begin_store(sop_instance, context);
  talk_.send_data(context, data_set, true);
  return talk_.receive_message().command.number(element::kStatus).value_or(0xFFFF);
}

void CallingPeer::hang_up() const { ::shutdown(socket_.get(), SHUT_RDWR); }

bool CallingPeer::release() const {
  talk_.send_pdu(5, std::string(4, '\0'));
  if (talk_.receive_pdu().type != 6) return false;
  ::shutdown(socket_.get(), SHUT_WR);
  return talk_.receive(1).empty();
}

}  // namespace dcm::net::test
