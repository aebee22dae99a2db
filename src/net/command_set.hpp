// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace dcm::net {

/// Values of (0000,0100) CommandField (PS3.7 E.1); a response is its request with kResponse set.
namespace command {
inline constexpr std::uint16_t kStore = 0x0001, kGet = 0x0010, kFind = 0x0020, kMove = 0x0021,
                               kEcho = 0x0030, kCancel = 0x0FFF, kResponse = 0x8000;
}  // namespace command

/// Elements of group 0000 (PS3.7 E.1), by their element numbers.
namespace element {
inline constexpr std::uint16_t kGroupLength = 0x0000, kAffectedSopClass = 0x0002,
                               kCommandField = 0x0100, kMessageId = 0x0110, kRespondedTo = 0x0120,
                               kMoveDestination = 0x0600, kPriority = 0x0700, kDataSetType = 0x0800,
                               kStatus = 0x0900, kAffectedSopInstance = 0x1000, kRemaining = 0x1020,
                               kCompleted = 0x1021, kFailed = 0x1022, kWarning = 0x1023,
                               kMoveOriginatorAet = 0x1030, kMoveOriginatorMessageId = 0x1031;
}  // namespace element

/// A DIMSE command set (PS3.7 6.3.1): elements of group 0000 in Implicit VR Little Endian. Our own
/// and not dcmdata's, so that no byte of a peer meets a parser without limits, no dictionary file
/// is needed at run time, and syntaxes that DCMTK does not know (HTJ2K) can be carried.
class CommandSet {
 public:
  /// No real command comes near; a longer one is refused before it is kept.
  static constexpr std::size_t kMaxBytes = 65536;

  /// Passes over elements of other groups. Fails with protocol: a length beyond the end.
  static Result<CommandSet> parse(Bytes bytes);

  /// Sets a value of VR US.
  void set(std::uint16_t element, std::uint16_t value);
  /// Sets a value of VR UI.
  void set(std::uint16_t element, std::string_view uid);
  /// Sets a value of VR AE.
  void set_title(std::uint16_t element, std::string_view title);

  /// A value of VR US; nullopt when it is absent or has another length.
  [[nodiscard]] std::optional<std::uint16_t> number(std::uint16_t element) const noexcept;
  /// A value of VR UI without padding; empty when it is absent.
  [[nodiscard]] std::string_view uid(std::uint16_t element) const noexcept;
  /// A value of VR AE without padding; empty when it is absent.
  [[nodiscard]] std::string_view title(std::uint16_t element) const noexcept;

  /// Whether a data set follows (PS3.7 E.1: every value but 0101).
  [[nodiscard]] bool has_data_set() const noexcept;

  /// Everything that was set, in order, after the group length.
  [[nodiscard]] std::vector<std::byte> encode() const;

 private:
  struct Value {
    std::uint16_t element;
    std::string bytes;
  };
  [[nodiscard]] const Value* find(std::uint16_t element) const noexcept;
  void put(std::uint16_t element, std::string bytes);

  std::vector<Value> values_;  ///< ascending
};

}  // namespace dcm::net
