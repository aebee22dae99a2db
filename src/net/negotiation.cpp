// SPDX-License-Identifier: MIT
#include "net/negotiation.hpp"

#include <algorithm>
#include <bit>
#include <iterator>
#include <string_view>
#include <utility>

#include "dicom/implementation.hpp"

namespace dcm::net {
namespace {

constexpr std::size_t kPduHeader = 6;   // type, reserved, length (PS3.8 9.3.1)
constexpr std::size_t kFixedPart = 68;  // version, titles and reserved bytes (PS3.8 Table 9-11)
constexpr std::size_t kItemHeader = 4;  // type, reserved, length

namespace item {
constexpr std::uint8_t kApplicationContext = 0x10, kProposedContext = 0x20, kAnsweredContext = 0x21,
                       kAbstractSyntax = 0x30, kTransferSyntax = 0x40, kUserInformation = 0x50,
                       kMaxLength = 0x51, kImplementationClass = 0x52;
}  // namespace item

/// One item of variable length: a type and what is in it.
struct Item {
  std::uint8_t type;
  Bytes body;
};

/// Takes the next item off the front of `bytes`.
Result<Item> take_item(Bytes& bytes) {
  if (bytes.size() < kItemHeader) return fail(Errc::protocol);
  const auto length = load<std::uint16_t>(bytes.data() + 2, std::endian::big);
  if (length > bytes.size() - kItemHeader) return fail(Errc::protocol);
  const Item taken{static_cast<std::uint8_t>(bytes[0]), bytes.subspan(kItemHeader, length)};
  bytes = bytes.subspan(kItemHeader + length);
  return taken;
}

/// Text without the padding that peers put around it.
std::string trimmed(Bytes bytes) {
  constexpr std::string_view kPadding(" \0", 2);
  const auto text = as_text(bytes);
  const auto from = text.find_first_not_of(kPadding);
  if (from == std::string_view::npos) return {};
  return std::string(text.substr(from, text.find_last_not_of(kPadding) + 1 - from));
}

Result<ProposedContext> parse_context(Bytes body) {
  constexpr std::size_t kHeader = 4;  // identifier and reserved bytes
  if (body.size() < kHeader) return fail(Errc::protocol);
  ProposedContext context;
  context.id = static_cast<std::uint8_t>(body[0]);
  if (context.id % 2 == 0) return fail(Errc::protocol);
  body = body.subspan(kHeader);
  while (!body.empty()) {
    DCM_TRY(const auto part, take_item(body));
    if (part.type == item::kAbstractSyntax) context.abstract_syntax = trimmed(part.body);
    if (part.type == item::kTransferSyntax) context.transfer_syntaxes.push_back(trimmed(part.body));
  }
  return context;
}

Result<std::uint32_t> parse_max_pdu(Bytes user_information) {
  std::uint32_t max_pdu = 0;
  while (!user_information.empty()) {
    DCM_TRY(const auto part, take_item(user_information));
    if (part.type != item::kMaxLength) continue;
    if (part.body.size() != sizeof max_pdu) return fail(Errc::protocol);
    max_pdu = load<std::uint32_t>(part.body.data(), std::endian::big);
  }
  return max_pdu;
}

/// A PDU under construction. Each length is filled in when what it counts is there.
class Writer {
 public:
  explicit Writer(std::uint8_t type) : bytes_(kPduHeader) {
    bytes_[0] = static_cast<std::byte>(type);
  }

  void append(Bytes bytes) { std::copy(bytes.begin(), bytes.end(), std::back_inserter(bytes_)); }

  /// An item with what `fill` appends.
  template <typename Fill>
  void nest(std::uint8_t type, Fill fill) {
    bytes_.push_back(static_cast<std::byte>(type));
    bytes_.resize(bytes_.size() + kItemHeader - 1);
    const auto body = bytes_.size();
    fill();
    put(bytes_.data() + body - 2, static_cast<std::uint16_t>(bytes_.size() - body),
        std::endian::big);
  }

  void item(std::uint8_t type, Bytes body) {
    nest(type, [&] { append(body); });
  }

  std::vector<std::byte> finish() && {
    put(bytes_.data() + 2, static_cast<std::uint32_t>(bytes_.size() - kPduHeader),
        std::endian::big);
    return std::move(bytes_);
  }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace

Result<AssociationRequest> AssociationRequest::parse(Bytes body) {
  if (body.size() < kFixedPart) return fail(Errc::protocol);
  AssociationRequest request;
  request.protocol_version = load<std::uint16_t>(body.data(), std::endian::big);
  request.called_aet = trimmed(body.subspan(4, 16));
  request.calling_aet = trimmed(body.subspan(20, 16));
  std::copy_n(body.begin() + 4, request.echoed.size(), request.echoed.begin());
  body = body.subspan(kFixedPart);
  std::array<bool, 256> seen{};
  while (!body.empty()) {
    DCM_TRY(const auto part, take_item(body));
    if (part.type == item::kApplicationContext) request.application_context = trimmed(part.body);
    if (part.type == item::kProposedContext) {
      DCM_TRY(auto context, parse_context(part.body));
      if (std::exchange(seen[context.id], true)) return fail(Errc::protocol);
      request.contexts.push_back(std::move(context));
    }
    if (part.type == item::kUserInformation) {
      DCM_TRY(request.max_pdu, parse_max_pdu(part.body));
    }
  }
  if (request.contexts.empty()) return fail(Errc::protocol);
  return request;
}

std::vector<std::byte> encode_acceptance(const AssociationRequest& request,
                                         std::span<const ContextAnswer> answers,
                                         std::uint32_t max_pdu) {
  Writer pdu(0x02);
  pdu.append(std::array{std::byte{0}, std::byte{1}, std::byte{0}, std::byte{0}});
  pdu.append(request.echoed);
  pdu.item(item::kApplicationContext, as_bytes(request.application_context));
  for (const auto& answer : answers) {
    pdu.nest(item::kAnsweredContext, [&] {
      pdu.append(std::array{std::byte{answer.id}, std::byte{0},
                            static_cast<std::byte>(answer.result), std::byte{0}});
      pdu.item(item::kTransferSyntax, as_bytes(answer.transfer_syntax));
    });
  }
  pdu.nest(item::kUserInformation, [&] {
    std::array<std::byte, 4> length{};
    put(length.data(), max_pdu, std::endian::big);
    pdu.item(item::kMaxLength, length);
    pdu.item(item::kImplementationClass, as_bytes(kImplementationClassUid));
  });
  return std::move(pdu).finish();
}

ShortPdu encode_rejection(Rejection rejection) noexcept {
  return {std::byte{0x03},
          {},
          {},
          {},
          {},
          std::byte{4},
          {},
          std::byte{rejection.result},
          std::byte{rejection.source},
          std::byte{rejection.reason}};
}

ShortPdu encode_protocol_abort() noexcept {
  constexpr std::byte kByProvider{2};
  constexpr std::byte kUnexpectedPdu{2};
  return {std::byte{0x07}, {}, {}, {}, {}, std::byte{4}, {}, {}, kByProvider, kUnexpectedPdu};
}

}  // namespace dcm::net
