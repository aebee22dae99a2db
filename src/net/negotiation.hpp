// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

/// The PDUs with which an association that a peer asks for begins (PS3.8 9.3.2 to 9.3.4). Our own
/// and not DCMTK's: its parser of requests loses the memory of repeated items (1 MiB a connection),
/// and what a stranger sends is read before anything is known of him.
namespace dcm::net {

/// A presentation context as it was asked for; padding trimmed, otherwise unchecked.
struct ProposedContext {
  std::uint8_t id = 0;
  std::string abstract_syntax;
  std::vector<std::string> transfer_syntaxes;
};

/// An A-ASSOCIATE-RQ. Role selection, extended negotiation, user identity and asynchronous
/// operations are passed over, which declines them (PS3.7 D.3.3).
struct AssociationRequest {
  /// A longer PDU is refused before it is kept; 128 contexts of 60 syntaxes take half of it.
  static constexpr std::size_t kMaxBytes = 1 << 20;

  std::uint16_t protocol_version = 0;
  std::string called_aet;   ///< peer text, blanks trimmed
  std::string calling_aet;  ///< the same
  std::string application_context;
  std::vector<ProposedContext> contexts;
  std::uint32_t max_pdu = 0;  ///< that the peer takes; 0: any
  std::array<std::byte, 64> echoed =
      {};  ///< titles and reserved bytes, to be sent back as they are

  /// Reads what follows the PDU's length field. Fails with protocol for items that do not add up,
  /// an even or repeated context identifier, or no context at all.
  static Result<AssociationRequest> parse(Bytes body);
};

/// What becomes of a proposed context (PS3.8 Table 9-18).
enum class ContextResult : std::uint8_t {
  accepted = 0,
  abstract_syntax_not_supported = 3,
  transfer_syntaxes_not_supported = 4,
};

/// The answer to a proposed context.
struct ContextAnswer {
  std::uint8_t id = 0;
  ContextResult result = ContextResult::accepted;
  std::string transfer_syntax;  ///< the one chosen; not significant unless accepted
};

/// An A-ASSOCIATE-AC of the whole PDU. `max_pdu` is what its sender takes.
[[nodiscard]] std::vector<std::byte> encode_acceptance(const AssociationRequest& request,
                                                       std::span<const ContextAnswer> answers,
                                                       std::uint32_t max_pdu);

/// Why an association is not granted (PS3.8 Table 9-21).
struct Rejection {
  std::uint8_t result = 1;  ///< 1 permanent, 2 transient
  std::uint8_t source = 1;
  std::uint8_t reason = 1;

  friend bool operator==(const Rejection&, const Rejection&) = default;
};
inline constexpr Rejection kNoReasonGiven{1, 1, 1}, kApplicationContextNotSupported{1, 1, 2},
    kCallingAetNotRecognized{1, 1, 3}, kCalledAetNotRecognized{1, 1, 7},
    kProtocolVersionNotSupported{1, 2, 2}, kTemporaryCongestion{2, 3, 1};

using ShortPdu = std::array<std::byte, 10>;

/// The whole A-ASSOCIATE-RJ.
[[nodiscard]] ShortPdu encode_rejection(Rejection rejection) noexcept;

/// An A-ABORT by the service provider for what is no A-ASSOCIATE-RQ (PS3.8 9.3.8).
[[nodiscard]] ShortPdu encode_protocol_abort() noexcept;

}  // namespace dcm::net
