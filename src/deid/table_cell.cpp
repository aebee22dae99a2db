// SPDX-License-Identifier: MIT
#include "deid/table_cell.hpp"

#include <utility>

namespace dcm::deid {

Code parse_code(std::string_view text) noexcept {
  constexpr std::pair<std::string_view, Code> kCodes[] = {
      {"X", Code::X},         {"Z", Code::Z},
      {"D", Code::D},         {"U", Code::U},
      {"C", Code::C},         {"X/Z", Code::X_Z},
      {"X/D", Code::X_D},     {"Z/D", Code::Z_D},
      {"X/Z/D", Code::X_Z_D}, {"X/Z/U*", Code::X_Z_Ustar},
  };
  for (const auto& [name, code] : kCodes)
    if (name == text) return code;
  return Code::K;
}

OptionSet parse_options(std::string_view text) noexcept {
  OptionSet options;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    if (const auto option = find_option(text.substr(0, comma))) options.add(*option);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return options;
}

}  // namespace dcm::deid
