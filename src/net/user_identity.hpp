// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

namespace dcm::net {

/// Who we say we are when an association is asked for (PS3.7 D.3.3.7).
struct UserIdentity {
  /// As numbered in PS3.7 Table D.3-14.
  enum class Kind : std::uint8_t { name = 1, name_and_password = 2, token = 5 };
  /// Whether the server must confirm that it knows the user. Many that do know say nothing.
  enum class Answer : std::uint8_t { not_needed, needed };

  Kind kind = Kind::name;
  std::string primary;   ///< the name in UTF-8, or the JSON Web Token
  std::string password;  ///< in UTF-8; only for name_and_password
  Answer answer = Answer::not_needed;
};

/// Name and password, or token, have at most this many bytes together, so that they fit beside the
/// rest of an association request; who fills a Peer sees to it.
inline constexpr std::size_t kMaxIdentityBytes = 32768;

}  // namespace dcm::net
