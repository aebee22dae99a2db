// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace dcm::test {

/// Where a server listens on 127.0.0.1, and the AE title it answers to.
struct Address {
  std::uint16_t port = 0;
  std::string ae_title = "PACS";
};

template <typename Server>
[[nodiscard]] Address address_of(const Server& server) {
  return {server.port(), server.ae_title()};
}

}  // namespace dcm::test
