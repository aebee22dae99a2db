// SPDX-License-Identifier: MIT
#include "base/utf8.hpp"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>

namespace dcm {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

struct Free {
  void operator()(utf8proc_uint8_t* bytes) const noexcept { std::free(bytes); }
};

}  // namespace

char32_t take_code_point(std::string_view& rest) noexcept {
  utf8proc_int32_t code = -1;
  const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(rest.data());
  const auto used = utf8proc_iterate(bytes, static_cast<utf8proc_ssize_t>(rest.size()), &code);
  if (used <= 0 || code < 0) {
    rest.remove_prefix(1);
    return kReplacement;
  }
  rest.remove_prefix(static_cast<std::size_t>(used));
  return static_cast<char32_t>(code);
}

void append_code_point(std::string& utf8, char32_t code) {
  utf8proc_uint8_t bytes[4];
  const auto count = utf8proc_encode_char(static_cast<utf8proc_int32_t>(code), bytes);
  utf8.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(count));
}

std::string valid_utf8(std::string_view utf8) {
  std::string valid;
  valid.reserve(utf8.size());
  while (!utf8.empty()) append_code_point(valid, take_code_point(utf8));
  return valid;
}

std::string map_utf8(const std::string& valid, int options) {
  utf8proc_uint8_t* mapped = nullptr;
  const auto size = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(valid.data()),
                                 static_cast<utf8proc_ssize_t>(valid.size()), &mapped,
                                 static_cast<utf8proc_option_t>(options));
  const std::unique_ptr<utf8proc_uint8_t, Free> owner(mapped);
  if (size < 0) return valid;
  return {reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(size)};
}

}  // namespace dcm
