// SPDX-License-Identifier: MIT
#include "dicom/text_encoder.hpp"

#include <iconv.h>

#include <algorithm>
#include <memory>

#include "dicom/text.hpp"

namespace dcm {
namespace {

constexpr char kEscape = '\x1B';

bool is_high(char c) noexcept { return (c & 0x80) != 0; }

struct Close {
  void operator()(void* handle) const noexcept { iconv_close(handle); }
};

/// Where designations begin anew within a value.
constexpr std::string_view delimiters(Vr vr) noexcept {
  return vr == vr::kPN ? "\t\n\f\r^=" : "\t\n\f\r";
}

}  // namespace

TextEncoder::TextEncoder(std::string_view character_set) {
  for (std::size_t begin = 0; begin <= character_set.size();) {
    const std::size_t end = std::min(character_set.find('\\', begin), character_set.size());
    const Set set = CharacterSets::set_of_term(character_set.substr(begin, end - begin));
    if (set != Set::none || begin == 0) sets_.push_back(set == Set::none ? Set::ascii : set);
    begin = end + 1;
  }
}

std::optional<std::string> TextEncoder::convert(std::string_view utf8, Set set) {
  const auto& encoding = CharacterSets::encoding_of(set);
  if (encoding.charset == nullptr) return std::nullopt;
  const auto opened = iconv_open(encoding.charset, "UTF-8");
  if (opened == reinterpret_cast<iconv_t>(-1)) return std::nullopt;
  const std::unique_ptr<void, Close> handle(opened);
  std::string bytes(4 * utf8.size(), '\0');   // GB18030 may take four for two
  char* in = const_cast<char*>(utf8.data());  // iconv writes nothing there
  char* out = bytes.data();
  std::size_t in_left = utf8.size(), out_left = bytes.size();
  if (iconv(handle.get(), &in, &in_left, &out, &out_left) != 0) return std::nullopt;
  bytes.resize(bytes.size() - out_left);
  if (encoding.unit == 1 && encoding.prefix == 0) return bytes;

  // EUC holds several sets, told apart by a prefix (none for the one of two bytes).
  std::string plain;
  const std::size_t step = encoding.unit + (encoding.prefix != 0 ? 1 : 0);
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    const std::string_view character = std::string_view(bytes).substr(at, step);
    const bool prefixed = character[0] == '\x8E' || character[0] == '\x8F';
    if (character.size() < step || prefixed != (encoding.prefix != 0)) return std::nullopt;
    if (prefixed && character[0] != encoding.prefix) return std::nullopt;
    plain += character.substr(step - encoding.unit);
  }
  return plain;
}

bool TextEncoder::append_run(std::string& bytes, std::string_view run, Set& designated) const {
  for (const Set set : sets_) {
    auto encoded = set == Set::ascii ? std::nullopt : convert(run, set);
    if (!encoded) continue;
    if (set == sets_.front()) {
      bytes += *encoded;
      return true;
    }
    const auto escapes = CharacterSets::escapes();
    const auto escape = std::find_if(escapes.begin(), escapes.end(),
                                     [set](const auto& each) { return each.set == set; });
    const bool is_low = set == Set::jis_x0208 || set == Set::jis_x0212;
    if (is_low || designated != set) (bytes += kEscape) += escape->sequence;
    if (is_low) {
      for (char& c : *encoded) c = static_cast<char>(c & 0x7F);
    } else {
      designated = set;
    }
    bytes += *encoded;
    if (is_low) (bytes += kEscape) += sets_.front() == Set::katakana ? "(J" : "(B";
    return true;
  }
  return false;
}

std::optional<std::string> TextEncoder::encode_component(std::string_view utf8) const {
  std::string bytes;
  Set designated = sets_.front();
  while (!utf8.empty()) {
    const auto same = [high = is_high(utf8.front())](char c) { return is_high(c) == high; };
    const auto end = std::find_if_not(utf8.begin(), utf8.end(), same);
    const std::string_view run = utf8.substr(0, static_cast<std::size_t>(end - utf8.begin()));
    utf8.remove_prefix(run.size());
    if (!is_high(run.front()))
      bytes += run;
    else if (!append_run(bytes, run, designated))
      return std::nullopt;
  }
  return bytes;
}

std::optional<std::string> TextEncoder::encode(std::string_view utf8, Vr vr) const {
  if (is_ascii(utf8)) return std::string(utf8);
  if (!has_declared_sets(vr)) return std::nullopt;
  if (sets_.front() >= Set::utf8) return convert(utf8, sets_.front());
  std::string bytes;
  while (!utf8.empty()) {
    const std::size_t end = std::min(utf8.find_first_of(delimiters(vr)), utf8.size());
    const auto component = encode_component(utf8.substr(0, end));
    if (!component) return std::nullopt;
    bytes += *component;
    if (end < utf8.size()) bytes += utf8[end];
    utf8.remove_prefix(std::min(end + 1, utf8.size()));
  }
  return bytes;
}

}  // namespace dcm
