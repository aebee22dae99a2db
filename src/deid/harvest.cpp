// SPDX-License-Identifier: MIT
#include "deid/harvest.hpp"

#include <algorithm>
#include <cstring>

#include "deid/identifier_on_sight.hpp"
#include "dicom/text.hpp"

namespace dcm::deid {
namespace {

using Kind = FoldedText::Kind;
using Stop = TextDecoder::Stop;

constexpr std::size_t kMaxBytes = std::size_t{128} << 10;
/// Values longer than this are read in part where their meaning is unknown.
constexpr std::size_t kMaxUnknown = std::size_t{16} << 10;
constexpr std::size_t kMaxShapes = 64;  ///< of one such value
constexpr std::size_t kMaxUnknownRecords = 1024;
constexpr std::size_t kMaxRemembered = 4096;
constexpr std::size_t kLongNumber = 7;

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Calls `use` with all bytes of `text` in eights, the last of which may overlap; what is short of
/// eight bytes is filled up with zeros.
template <typename Use>
void for_each_eight(std::string_view text, Use use) noexcept {
  const auto load = [](const char* from, auto number) {
    std::memcpy(&number, from, sizeof number);
    return std::uint64_t{number};
  };
  const char* const begin = text.data();
  const std::size_t size = text.size();
  if (size >= 8) {
    for (std::size_t at = 0; at + 8 < size; at += 8) use(load(begin + at, std::uint64_t{}));
    use(load(begin + size - 8, std::uint64_t{}));
  } else if (size >= 4) {
    use(load(begin, std::uint32_t{}) | load(begin + size - 4, std::uint32_t{}) << 32);
  } else if (size > 0) {
    const auto byte = [&](std::size_t at) {
      return std::uint64_t{static_cast<unsigned char>(begin[at])};
    };
    use(byte(0) | byte(size / 2) << 8 | byte(size - 1) << 16);
  }
}

bool may_hold_text(Vr vr) noexcept {
  return vr == vr::kUN || (is_string(vr) && vr != vr::kAS && vr != vr::kTM && vr != vr::kUI);
}

/// Measurements and counters: they name nobody.
bool is_number(Vr vr) noexcept { return vr == vr::kDS || vr == vr::kIS; }

bool has_control(std::string_view value) noexcept {
  return std::any_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 && std::string_view("\t\n\f\r\x1B").find(c) == std::string_view::npos;
  });
}

/// Cheaper than looking closely: six digits are the least of a day, a caret is in every name.
bool may_have_shape(std::string_view value) noexcept {
  std::size_t digits = 0;
  for (const char c : value) {
    if (c == '^') return true;
    if (is_digit(c) && ++digits == 6) return true;
  }
  return false;
}

/// One record: identity, VR, the sizes of the value and of the character set, both.
struct Record {
  Identity identity{};
  Vr vr{};
  std::string_view value;
  std::string_view character_set;
};

constexpr std::size_t kHeader = 3 + 2 * sizeof(std::uint32_t);

void append(std::string& bytes, const Record& record) {
  char header[kHeader];
  const auto number = static_cast<unsigned>(record.vr);
  const std::uint32_t sizes[2] = {static_cast<std::uint32_t>(record.value.size()),
                                  static_cast<std::uint32_t>(record.character_set.size())};
  header[0] = static_cast<char>(record.identity);
  header[1] = static_cast<char>(number >> 8);
  header[2] = static_cast<char>(number & 0xFF);
  std::memcpy(header + 3, sizes, sizeof sizes);
  bytes.append(header, kHeader);
  bytes += record.value;
  bytes += record.character_set;
}

/// Takes the first record off `bytes`, which must not be empty.
Record take(std::string_view& bytes) noexcept {
  std::uint32_t sizes[2];
  std::memcpy(sizes, bytes.data() + 3, sizeof sizes);
  const Record record{static_cast<Identity>(bytes[0]), make_vr(bytes[1], bytes[2]),
                      bytes.substr(kHeader, sizes[0]), bytes.substr(kHeader + sizes[0], sizes[1])};
  bytes.remove_prefix(kHeader + sizes[0] + sizes[1]);
  return record;
}

/// Calls `use` with each value of a raw value.
template <typename Use>
void for_each_value(TextDecoder& decoder, std::string_view raw, Vr vr, TextDecoder::Umlauts umlauts,
                    Use use) {
  FoldedText text;
  decoder.start(raw, vr, umlauts);
  for (Stop stop = Stop::separator; stop != Stop::end;) {
    text.clear();
    stop = decoder.read(text, raw.size());
    text.find_words();
    use(text);
  }
}

/// Whether both its first components are words that are nothing else: `Head^Routine` is no name.
bool is_name_shaped(const FoldedText& text) noexcept {
  const std::string_view chars = text.chars();
  if (chars.find('^') == std::string_view::npos) return false;
  std::size_t named[2] = {0, 0};
  std::size_t component = 0;
  std::size_t counted = 0;
  for (const FoldedText::Word& word : text.words()) {
    for (; counted < word.first; ++counted) component += chars[counted] == '^' ? 1U : 0U;
    if (word.kind == Kind::digits) return false;
    if (component > 1) continue;
    if (is_harmless(text.text(word))) return false;
    ++named[component];
  }
  return named[0] > 0 && named[1] > 0;
}

/// Calls `use` with each day that stands in full.
template <typename Use>
void for_each_day(const FoldedText& text, std::size_t word, Use use) {
  const bool is_one_run = text.text(text.words()[word]).size() >= 8;
  for (const DayReadings::Reading& reading : DayReadings::at(text, word)) {
    if (!is_whole(reading.day) || !reading.has_whole_year) continue;
    use(reading);
    if (is_one_run) return;  // 20140321 is no day of the year 0321
  }
}

void add_days(const FoldedText& text, Vr vr, PhraseSet& phrases) {
  for (std::size_t i = 0; i < text.words().size(); ++i)
    for_each_day(text, i, [&](const DayReadings::Reading& found) { phrases.add_day(found.day); });
  const bool is_month = (vr == vr::kDA || vr == vr::kDT) && text.words().size() == 1 &&
                        text.text(text.words()[0]).size() == 6;
  if (!is_month) return;
  Day day = 0;
  for (const char c : text.text(text.words()[0])) day = day * 10 + static_cast<Day>(c - '0');
  phrases.add_day(day * 100);
}

void add_value(Identity identity, Vr vr, const FoldedText& text, PhraseSet& phrases) {
  switch (identity) {
    case Identity::none:
      if (is_name_shaped(text)) phrases.add_name(text);
      return;
    case Identity::name:
      return phrases.add_name(text);
    case Identity::id:
      return phrases.add_number(text);
    case Identity::date:
      return add_days(text, vr, phrases);
    case Identity::phone:
      return phrases.add_phone(text);
    case Identity::place:
    case Identity::site:
      return phrases.add_place(text);
  }
}

/// The records for what `text`, of unknown meaning, shows.
void append_shapes(const FoldedText& text, std::size_t& left, std::string& records) {
  const std::string_view chars = text.chars();
  std::vector<Fate> fates(chars.size(), Fate::open);
  mark_identifiers_on_sight(chars, UidFate::keep, fates);
  std::size_t end_of_day = 0;
  for (std::size_t i = 0; i < text.words().size() && left > 0; ++i) {
    const FoldedText::Word& word = text.words()[i];
    if (fates[word.first] != Fate::open || word.first < end_of_day) continue;
    for_each_day(text, i, [&](const DayReadings::Reading& found) {
      end_of_day = found.end;
      append(records, {Identity::date, vr::kDA, std::to_string(found.day), {}});
      left -= std::min<std::size_t>(left, 1);
    });
    const bool is_fraction = word.first > 0 && chars[word.first - 1] == '.';
    const std::string_view digits = text.text(word);
    if (word.first < end_of_day || word.kind != Kind::digits || is_fraction) continue;
    if (digits.size() < kLongNumber || left == 0) continue;
    append(records, {Identity::id, vr::kLO, digits, {}});
    --left;
  }
}

}  // namespace

std::uint64_t quick_hash(std::string_view text, std::uint64_t seed) noexcept {
  constexpr std::uint64_t kOdd = 0x9E3779B97F4A7C15;
  std::uint64_t hash = seed ^ (text.size() * kOdd);
  for_each_eight(text, [&](std::uint64_t bytes) {
    hash = (hash ^ bytes) * kOdd;
    hash ^= hash >> 29;
  });
  return hash ^ hash >> 32;
}

bool is_plain(std::string_view raw) noexcept {
  constexpr std::uint64_t kOnes = 0x0101010101010101;
  std::uint64_t found = 0;
  for_each_eight(raw, [&](std::uint64_t bytes) {
    // The subtraction borrows into the top bit of a byte that is 0 here, and so an escape.
    const std::uint64_t escapes = bytes ^ (kOnes * 0x1B);
    found |= bytes | ((escapes - kOnes) & ~escapes);
  });
  return (found & (kOnes << 7)) == 0;
}

TextDecoder& Decoders::of(std::string_view character_set) {
  constexpr std::size_t kMaxDecoders = 16;
  if (decoders_.size() >= kMaxDecoders && !decoders_.contains(std::string(character_set)))
    decoders_.clear();
  return decoders_.try_emplace(std::string(character_set), character_set).first->second;
}

void Harvest::clear() {
  bytes_.clear();
  is_overfull_ = false;
  ++generation_;
  count_ = 0;
  unknown_ = 0;
}

void Harvest::add(Identity identity, Vr vr, std::string_view value, std::string_view character_set,
                  Decoders& decoders) {
  if (!may_hold_text(vr) || (identity == Identity::none && is_number(vr))) return;
  value = trim(value);
  if (value.empty()) return;
  const bool is_day = vr == vr::kDA || vr == vr::kDT;
  if (is_day && (identity == Identity::date || identity == Identity::none)) {
    // Times of day would make a harvest of its own of every frame.
    const bool is_one = value.size() >= 8 && value.find('\\') == std::string_view::npos &&
                        std::all_of(value.begin(), value.begin() + 8, is_digit);
    return record(Identity::date, vr, is_one ? value.substr(0, 8) : value, {});
  }
  if (identity == Identity::none) return add_shapes(vr, value, character_set, decoders);
  if (vr == vr::kUN && has_control(value)) return;
  record(identity, vr, value, is_plain(value) ? std::string_view() : character_set);
}

void Harvest::add_shapes(Vr vr, std::string_view value, std::string_view character_set,
                         Decoders& decoders) {
  value = value.substr(0, kMaxUnknown);
  if (!may_have_shape(value) || has_control(value)) return;
  const std::string_view set = is_plain(value) ? std::string_view() : character_set;
  std::string key;
  append(key, {Identity::none, vr, value, set});
  if (shapes_.size() >= kMaxRemembered) shapes_.clear();
  const auto [known, is_new] = shapes_.try_emplace(std::move(key));
  std::string& records = known->second;
  if (is_new) {
    bool has_name = false;
    std::size_t left = kMaxShapes;
    for_each_value(decoders.of(set), value, vr, TextDecoder::Umlauts::bare,
                   [&](const FoldedText& text) {
                     has_name = has_name || is_name_shaped(text);
                     append_shapes(text, left, records);
                   });
    if (has_name) append(records, {Identity::none, vr, value, set});
  }
  for (std::string_view rest = records; !rest.empty() && unknown_ < kMaxUnknownRecords;) {
    const Record found = take(rest);
    record(found.identity, found.vr, found.value, found.character_set);
    ++unknown_;
  }
}

void Harvest::record(Identity identity, Vr vr, std::string_view value,
                     std::string_view character_set) {
  if (bytes_.size() + kHeader + value.size() + character_set.size() > kMaxBytes) {
    is_overfull_ = true;
    return;
  }
  const std::size_t offset = bytes_.size();
  append(bytes_, {identity, vr, value, character_set});
  const std::string_view added = std::string_view(bytes_).substr(offset);
  const std::uint64_t hash = quick_hash(added);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
    Slot& slot = slots_[at];
    if (slot.generation != generation_) {
      slot = {generation_, static_cast<std::uint32_t>(offset), hash};
      break;
    }
    if (slot.hash != hash || bytes_.compare(slot.offset, added.size(), added) != 0) continue;
    bytes_.resize(offset);
    return;
  }
  if (++count_ * 2 > slots_.size()) grow();
}

void Harvest::grow() {
  std::vector<Slot> larger(slots_.size() * 2);
  for (const Slot& slot : slots_) {
    if (slot.generation != generation_) continue;
    std::size_t at = slot.hash & (larger.size() - 1);
    while (larger[at].generation == generation_) at = (at + 1) & (larger.size() - 1);
    larger[at] = slot;
  }
  slots_ = std::move(larger);
}

void Harvest::compile(std::string_view bytes, Decoders& decoders, PhraseSet& phrases) {
  while (!bytes.empty()) {
    const Record found = take(bytes);
    TextDecoder& decoder = decoders.of(found.character_set);
    const auto add = [&](const FoldedText& text) {
      add_value(found.identity, found.vr, text, phrases);
    };
    for_each_value(decoder, found.value, found.vr, TextDecoder::Umlauts::bare, add);
    if (!is_plain(found.value))
      for_each_value(decoder, found.value, found.vr, TextDecoder::Umlauts::with_e, add);
  }
}

}  // namespace dcm::deid
