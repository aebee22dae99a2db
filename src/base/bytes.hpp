// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace dcm {

using Bytes = std::span<const std::byte>;

/// Reads an unsigned integer at `at`, which need not be aligned.
template <typename T>
[[nodiscard]] T load(const std::byte* at, std::endian order) noexcept {
  T value;
  std::memcpy(&value, at, sizeof value);
  if (order == std::endian::native) return value;
  if constexpr (sizeof(T) == 2) return static_cast<T>(__builtin_bswap16(value));
  if constexpr (sizeof(T) == 4) return static_cast<T>(__builtin_bswap32(value));
  if constexpr (sizeof(T) == 8) return static_cast<T>(__builtin_bswap64(value));
}

/// Writes an unsigned integer at `at`, which need not be aligned.
template <typename T>
void put(std::byte* at, T value, std::endian order) noexcept {
  const T ordered = load<T>(reinterpret_cast<const std::byte*>(&value), order);
  std::memcpy(at, &ordered, sizeof ordered);
}

/// The bytes of `text`; they live as long as the text does.
[[nodiscard]] inline Bytes as_bytes(std::string_view text) noexcept {
  return std::as_bytes(std::span(text.data(), text.size()));
}

/// The characters of `bytes`; they live as long as the bytes do.
[[nodiscard]] inline std::string_view as_text(Bytes bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace dcm
