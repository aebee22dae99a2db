// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace dcm::deid {

/// The secret from which all replacements are derived, so that every run and every machine that has
/// it gives the same answers and nobody without it can guess back. All derivations are
/// HMAC-SHA-256(key, label || 0x00 || value); docs/key.md has test vectors. Values are bytes: one
/// text in two character sets is two values. Copies share one secret; safe for many threads.
class Key {
 public:
  static constexpr std::size_t kMinBytes = 16;

  /// `secret` is taken in, not kept as it is: at least kMinBytes, or everything derived is
  /// worthless. What was made of it is wiped with the last copy of the key.
  explicit Key(Bytes secret);
  Key(const Key&) = default;
  Key& operator=(const Key&) = default;

  using Digest = std::array<std::byte, 32>;
  [[nodiscard]] Digest derive(std::string_view label, std::string_view value) const;

  /// The UID for `uid` (label `uid`): `2.25.` and the decimal of 128 bits with UUID version 8 and
  /// variant. `uid` is trimmed of padding; one flat map, whatever attribute it stands in.
  [[nodiscard]] std::string uid(std::string_view uid) const;

  /// `P` and 16 base32 characters (label `pseudonym`). `value` is trimmed of padding.
  [[nodiscard]] std::string pseudonym(std::string_view value) const;

  /// Whole days to add to every date of a patient, -3650 ... -1 (label `dateshift`). `patient` is
  /// trimmed of padding.
  [[nodiscard]] int date_shift(std::string_view patient) const;

  /// Which key this is, without telling it: 16 hex digits (label `ledger`, value `fingerprint`).
  [[nodiscard]] std::string fingerprint() const;

 private:
  struct State;
  std::shared_ptr<const State> state_;
};

}  // namespace dcm::deid
