// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

namespace dcm::net {

/// What a server says about the C-STOREs that a C-GET or C-MOVE makes it do (PS3.7 9.1.3, 9.1.4):
/// a status, and counters that are absent if it did not send them. Nothing here is believed without
/// the objects.
struct SubOperations {
  std::uint16_t status = 0;  ///< of the last response, 0000 included
  std::optional<std::uint16_t> remaining;
  std::optional<std::uint16_t> completed;
  std::optional<std::uint16_t> failed;
  std::optional<std::uint16_t> warning;
};

/// Whether a final status tells of failure; B000 and FE00 come with what did arrive (PS3.7 Annex C,
/// PS3.4 C.4.2.1.5).
[[nodiscard]] constexpr bool is_failure(std::uint32_t status) noexcept {
  return (status & 0xF000U) == 0xA000U || (status & 0xF000U) == 0xC000U ||
         (status >= 0x0105U && status <= 0x02FFU);
}

/// The server could not begin for now: out of resources (PS3.4 C.4.2.1.5, C.4.3.1.4).
[[nodiscard]] constexpr bool is_out_of_resources(std::uint32_t status) noexcept {
  return status >= 0xA700U && status <= 0xA702U;
}

/// The server does not know the destination of a C-MOVE (PS3.4 C.4.2.1.5).
inline constexpr std::uint16_t kMoveDestinationUnknown = 0xA801;

/// Told of each pending response as it comes.
using OnSubOperations = std::function<void(const SubOperations&)>;

}  // namespace dcm::net
