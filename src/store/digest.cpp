// SPDX-License-Identifier: MIT
#include "store/digest.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstdlib>

namespace dcm::store {

std::string hex_digest(std::string_view text) {
  std::array<unsigned char, 32> digest{};
  // It fails only when OpenSSL itself is broken; a made-up digest would mix two patients.
  if (EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr) != 1)
    std::abort();
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  hex.reserve(64);
  for (const unsigned byte : digest) {
    hex += kDigits[byte >> 4U];
    hex += kDigits[byte & 15U];
  }
  return hex;
}

}  // namespace dcm::store
