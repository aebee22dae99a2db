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

/// Told of each pending response as it comes.
using OnSubOperations = std::function<void(const SubOperations&)>;

}  // namespace dcm::net
