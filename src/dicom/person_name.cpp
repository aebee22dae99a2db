// SPDX-License-Identifier: MIT
#include "dicom/person_name.hpp"

#include <algorithm>
#include <cstddef>
#include <string>

#include "dicom/text.hpp"

namespace dcm {
namespace {

constexpr std::string_view kIdeographicSpace = "\xE3\x80\x80";

/// The bytes of the separator at the beginning of `rest`, or 0.
std::size_t separator_size(std::string_view rest) noexcept {
  if (rest.starts_with(kIdeographicSpace)) return kIdeographicSpace.size();
  constexpr std::string_view kSeparators("^=, \t\0", 6);
  return !rest.empty() && kSeparators.find(rest.front()) != std::string_view::npos ? 1 : 0;
}

}  // namespace

std::vector<std::string_view> words_of_name(std::string_view name_utf8) {
  std::vector<std::string_view> words;
  std::size_t begin = 0;
  for (std::size_t at = 0; at <= name_utf8.size();) {
    const std::size_t separator = separator_size(name_utf8.substr(at));
    if (separator == 0 && at < name_utf8.size()) {
      ++at;
      continue;
    }
    if (at > begin) words.push_back(name_utf8.substr(begin, at - begin));
    at += std::max<std::size_t>(separator, 1);
    begin = at;
  }
  return words;
}

bool name_matches(std::string_view typed, std::string_view name_utf8) {
  const std::vector<std::string_view> words = words_of_name(name_utf8);
  for (const std::string_view wanted : words_of_name(typed)) {
    const bool is_any = wanted.find_first_not_of('*') == std::string_view::npos;
    const auto matches = [&](std::string_view word) { return loosely_matches(wanted, word); };
    if (!is_any && std::none_of(words.begin(), words.end(), matches)) return false;
  }
  return true;
}

}  // namespace dcm
