// SPDX-License-Identifier: MIT
#include "cli/phrase_list.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "dicom/text.hpp"

namespace dcm::cli {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::ptrdiff_t kShortest = 2, kLongest = 256;

std::ptrdiff_t characters_in(std::string_view utf8) {
  return std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;  // begins a character
  });
}

std::string objection_to(std::string_view phrase) {
  if (printable(phrase) != phrase) return "not UTF-8, or a control character";
  const auto count = characters_in(phrase);
  if (count < kShortest) return "one character is no phrase: it would cut words to pieces";
  if (count > kLongest) return fmt::format("longer than {} characters", kLongest);
  return {};
}

}  // namespace

Checked<std::vector<std::string>> parse_phrases(std::string_view text, const std::string& path) {
  std::vector<std::string> phrases;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  for (int line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view phrase = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (phrase.ends_with('\r')) phrase.remove_suffix(1);
    phrase = trim(phrase);
    if (phrase.empty() || phrase.starts_with('#')) continue;
    if (auto why = objection_to(phrase); !why.empty()) {
      return refuse(fmt::format("scrub list {}:{}", path, line), std::move(why));
    }
    phrases.emplace_back(phrase);
  }
  return phrases;
}

}  // namespace dcm::cli
