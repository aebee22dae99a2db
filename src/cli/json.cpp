// SPDX-License-Identifier: MIT
#include "cli/json.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string_view>

#include "dicom/text.hpp"

namespace dcm::cli {
namespace {

std::size_t length_of(unsigned char first) noexcept {
  return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/// The code point of one well-formed UTF-8 sequence.
char32_t decode(std::string_view sequence) noexcept {
  const auto first = static_cast<unsigned char>(sequence[0]);
  if (sequence.size() == 1) return first;
  char32_t point = first & (0x7FU >> sequence.size());
  for (const char each : sequence.substr(1)) {
    point = point << 6 | (static_cast<unsigned char>(each) & 0x3FU);
  }
  return point;
}

std::string escaped(char32_t point) {
  const auto number = static_cast<std::uint32_t>(point);
  if (number < 0x10000) return fmt::format("\\u{:04x}", number);
  const auto rest = number - 0x10000;
  return fmt::format("\\u{:04x}\\u{:04x}", 0xD800 + (rest >> 10), 0xDC00 + (rest & 0x3FFU));
}

}  // namespace

std::string safe_json(const nlohmann::ordered_json& value) {
  const auto dumped = value.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  std::string text;
  text.reserve(dumped.size() + 1);
  for (std::size_t at = 0; at < dumped.size();) {
    const auto length = length_of(static_cast<unsigned char>(dumped[at]));
    const auto sequence = std::string_view(dumped).substr(at, length);
    at += length;
    // The dump's own line feeds are the only controls below DEL; those in strings are escaped.
    const bool plain = length == 1 ? sequence[0] != '\x7F' : printable(sequence) == sequence;
    text += plain ? std::string(sequence) : escaped(decode(sequence));
  }
  return text + "\n";
}

}  // namespace dcm::cli
