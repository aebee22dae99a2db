// SPDX-License-Identifier: MIT
#include "dicom/character_set.hpp"

#include <algorithm>
#include <cerrno>

#include "dicom/text.hpp"

namespace dcm {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr char kEscape = '\x1B';
const iconv_t kNoConverter = reinterpret_cast<iconv_t>(-1);

bool is_high(char c) noexcept { return (c & 0x80) != 0; }

/// A byte of a set of 94 x 94 characters in G0.
bool is_graphic(char c) noexcept { return c > 0x20 && c < 0x7F; }

bool is_one_value(Vr vr) noexcept {
  return vr == vr::kST || vr == vr::kLT || vr == vr::kUT || vr == vr::kUR;
}

/// Where the designations begin anew (PS3.5 6.1.2.5.3).
bool ends_designations(char c, Vr vr) noexcept {
  if (c == '\t' || c == '\n' || c == '\f' || c == '\r') return true;
  if (c == '\\') return !is_one_value(vr);
  return vr == vr::kPN && (c == '^' || c == '=');
}

template <typename Predicate>
std::string_view take_while(std::string_view& rest, Predicate belongs) {
  const auto end = std::find_if_not(rest.begin(), rest.end(), belongs);
  const auto size = static_cast<std::size_t>(end - rest.begin());
  const std::string_view run = rest.substr(0, size);
  rest.remove_prefix(size);
  return run;
}

void append_replacements(std::string& utf8, std::size_t count) {
  for (; count > 0; --count) utf8 += kReplacement;
}

/// `ISO 2022 IR 100` and all its misspellings as `100`.
std::string core_of_term(std::string_view term) {
  std::string core;
  for (const char c : term) {
    if (c >= 'a' && c <= 'z') core.push_back(static_cast<char>(c - 'a' + 'A'));
    if ((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) core.push_back(c);
  }
  for (const std::string_view prefix : {"ISO", "2022", "IR"})
    if (core.size() > prefix.size() && core.starts_with(prefix)) core.erase(0, prefix.size());
  return core;
}

}  // namespace

const CharacterSets::Encoding& CharacterSets::encoding_of(Set set) noexcept {
  // The multi-byte sets are read through the EUC form that holds them. Order of Set.
  static constexpr Encoding kEncodings[kSets] = {
      {nullptr, 1, 0},      {"ASCII", 1, 0},       {"ISO-8859-1", 1, 0}, {"ISO-8859-2", 1, 0},
      {"ISO-8859-3", 1, 0}, {"ISO-8859-4", 1, 0},  {"ISO-8859-9", 1, 0}, {"ISO-8859-15", 1, 0},
      {"ISO-8859-5", 1, 0}, {"ISO-8859-6", 1, 0},  {"ISO-8859-7", 1, 0}, {"ISO-8859-8", 1, 0},
      {"TIS-620", 1, 0},    {"EUC-JP", 1, '\x8E'}, {"EUC-JP", 2, 0},     {"EUC-JP", 2, '\x8F'},
      {"EUC-KR", 2, 0},     {"EUC-CN", 2, 0},      {"UTF-8", 1, 0},      {"GB18030", 1, 0},
      {"GBK", 1, 0},
  };
  return kEncodings[static_cast<std::size_t>(set)];
}

CharacterSets::Set CharacterSets::set_of_term(std::string_view term) {
  struct Term {
    std::string_view core;
    Set set;
  };
  // PS3.3 Tables C.12-2 to C.12-5.
  static constexpr Term kTerms[] = {
      {"6", Set::ascii},      {"100", Set::latin1},      {"101", Set::latin2},
      {"109", Set::latin3},   {"110", Set::latin4},      {"148", Set::latin5},
      {"203", Set::latin9},   {"144", Set::cyrillic},    {"127", Set::arabic},
      {"126", Set::greek},    {"138", Set::hebrew},      {"166", Set::thai},
      {"13", Set::katakana},  {"87", Set::jis_x0208},    {"159", Set::jis_x0212},
      {"149", Set::ks_x1001}, {"58", Set::gb2312},       {"192", Set::utf8},
      {"UTF8", Set::utf8},    {"GB18030", Set::gb18030}, {"GBK", Set::gbk},
  };
  const std::string core = core_of_term(term);
  for (const Term& known : kTerms)
    if (known.core == core) return known.set;
  return Set::none;
}

std::span<const CharacterSets::Escape> CharacterSets::escapes() noexcept {
  // PS3.3 Tables C.12-3 and C.12-4; `$@` is the older JIS C 6226 that is still met.
  static constexpr Escape kEscapes[] = {
      {"(B", Set::ascii},     {"(J", Set::ascii},     {")I", Set::katakana},
      {"$B", Set::jis_x0208}, {"$@", Set::jis_x0208}, {"$(D", Set::jis_x0212},
      {"$)C", Set::ks_x1001}, {"$)A", Set::gb2312},   {"-A", Set::latin1},
      {"-B", Set::latin2},    {"-C", Set::latin3},    {"-D", Set::latin4},
      {"-F", Set::greek},     {"-G", Set::arabic},    {"-H", Set::hebrew},
      {"-L", Set::cyrillic},  {"-M", Set::latin5},    {"-T", Set::thai},
      {"-b", Set::latin9},
  };
  return kEscapes;
}

const CharacterSets::Escape* CharacterSets::find_escape(std::string_view at) noexcept {
  for (const Escape& escape : escapes())
    if (at.starts_with(escape.sequence)) return &escape;
  return nullptr;
}

CharacterSets CharacterSets::parse(std::string_view value, std::string_view fallback) {
  CharacterSets sets;
  for (std::string_view rest = value; !rest.empty();) {
    const Set set = set_of_term(take_while(rest, [](char c) { return c != '\\'; }));
    if (!rest.empty()) rest.remove_prefix(1);
    const bool is_low = set == Set::ascii || set == Set::jis_x0208 || set == Set::jis_x0212;
    if (set == Set::none || is_low || sets.high_ != Set::none) continue;
    if (set >= Set::utf8) {
      sets.whole_ = set;
      return sets;
    }
    sets.high_ = set;
  }
  if (sets.high_ == Set::none && !fallback.empty()) return parse(fallback);
  return sets;
}

bool CharacterSets::are_terms(std::string_view value) {
  constexpr std::size_t kMaxCodeString = 16;  // PS3.5 6.2
  for (std::string_view rest = value; !rest.empty();) {
    const std::string_view term = trim(take_while(rest, [](char c) { return c != '\\'; }));
    if (!rest.empty()) rest.remove_prefix(1);
    if (term.empty()) continue;
    if (term.size() > kMaxCodeString || set_of_term(term) == Set::none) return false;
  }
  return true;
}

CharacterSets::Converter::~Converter() {
  if (handle_ != nullptr && handle_ != kNoConverter) iconv_close(handle_);
}

void CharacterSets::Converter::append(std::string& utf8, const char* charset,
                                      std::string_view encoded, std::size_t step) {
  if (handle_ == nullptr) handle_ = iconv_open("UTF-8", charset);
  if (handle_ == kNoConverter) {
    append_replacements(utf8, encoded.size() / step);
    return;
  }
  iconv(handle_, nullptr, nullptr, nullptr, nullptr);
  char* in = const_cast<char*>(encoded.data());  // iconv writes nothing there
  std::size_t in_left = encoded.size();
  while (in_left > 0) {
    char buffer[256];
    char* out = buffer;
    std::size_t out_left = sizeof buffer;
    const std::size_t outcome = iconv(handle_, &in, &in_left, &out, &out_left);
    const int error = outcome == static_cast<std::size_t>(-1) ? errno : 0;
    utf8.append(buffer, sizeof buffer - out_left);
    if (error == 0 || error == E2BIG) continue;
    utf8 += kReplacement;
    const std::size_t skipped = std::min(step, in_left);
    in += skipped;
    in_left -= skipped;
  }
}

void CharacterSets::convert(std::string& utf8, Set set, std::string_view run) const {
  const Encoding& encoding = encoding_of(set);
  if (encoding.charset == nullptr) return append_replacements(utf8, run.size());
  Converter& converter = converters_[static_cast<std::size_t>(set)];
  if (encoding.unit == 1 && encoding.prefix == 0)
    return converter.append(utf8, encoding.charset, run, 1);

  std::string encoded;
  const std::size_t whole = run.size() - run.size() % encoding.unit;
  for (std::size_t i = 0; i < whole; ++i) {
    if (encoding.prefix != 0 && i % encoding.unit == 0) encoded.push_back(encoding.prefix);
    encoded.push_back(static_cast<char>(run[i] | 0x80));
  }
  converter.append(utf8, encoding.charset, encoded, encoding.unit + (encoding.prefix != 0 ? 1 : 0));
  append_replacements(utf8, run.size() - whole);
}

std::string CharacterSets::decode_2022(std::string_view bytes, Vr vr) const {
  std::string utf8;
  Set low = Set::ascii;  // what PS3.5 calls G0
  Set high = high_;      // and G1
  while (!bytes.empty()) {
    const char c = bytes.front();
    if (c == kEscape) {
      bytes.remove_prefix(1);
      const Escape* escape = find_escape(bytes);
      if (escape == nullptr) {
        utf8 += kReplacement;
        continue;
      }
      bytes.remove_prefix(escape->sequence.size());
      const bool is_low = escape->set == Set::ascii || escape->set == Set::jis_x0208 ||
                          escape->set == Set::jis_x0212;
      (is_low ? low : high) = escape->set;
    } else if (is_high(c)) {
      convert(utf8, high, take_while(bytes, is_high));
    } else if (low != Set::ascii && is_graphic(c)) {
      convert(utf8, low, take_while(bytes, is_graphic));
    } else {
      if (ends_designations(c, vr)) {
        low = Set::ascii;
        high = high_;
      }
      utf8.push_back(c);
      bytes.remove_prefix(1);
    }
  }
  return utf8;
}

bool has_declared_sets(Vr vr) noexcept {
  switch (vr) {
    case vr::kSH:
    case vr::kLO:
    case vr::kST:
    case vr::kLT:
    case vr::kUC:
    case vr::kUT:
    case vr::kPN:
      return true;
    default:
      return false;
  }
}

std::string to_utf8(std::string_view bytes, const CharacterSets& sets, Vr vr) {
  const auto is_plain = [](char c) { return !is_high(c) && c != kEscape; };
  if (std::all_of(bytes.begin(), bytes.end(), is_plain)) return std::string(bytes);
  if (!has_declared_sets(vr)) return CharacterSets().decode_2022(bytes, vr);
  if (sets.whole_ == CharacterSets::Set::none) return sets.decode_2022(bytes, vr);
  std::string utf8;
  sets.convert(utf8, sets.whole_, bytes);
  return utf8;
}

std::vector<std::string> split_values(std::string_view bytes, const CharacterSets& sets, Vr vr) {
  std::vector<std::string> values;
  if (bytes.empty()) return values;
  const std::string utf8 = to_utf8(bytes, sets, vr);
  if (is_one_value(vr)) return {utf8};
  for (std::size_t begin = 0; begin <= utf8.size();) {
    const std::size_t end = std::min(utf8.find('\\', begin), utf8.size());
    values.push_back(utf8.substr(begin, end - begin));
    begin = end + 1;
  }
  return values;
}

}  // namespace dcm
