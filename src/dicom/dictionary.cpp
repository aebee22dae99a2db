// SPDX-License-Identifier: MIT
#include "dicom/dictionary.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "dicom/text.hpp"

namespace dcm {
namespace {

using namespace std::string_view_literals;

/// A tag matches a row if its digits are the row's wherever the table has no `x`.
struct Row {
  std::uint32_t tag;  ///< with 0 for each `x`
  std::uint32_t mask;
  Vr vr;
  std::string_view keyword;
};

constexpr std::uint32_t kWholeTag = 0xFFFFFFFF;

/// Longer than any keyword; whoever types more did not mean one.
constexpr std::size_t kLongestGuess = 128;

constexpr std::uint32_t digit(char c) noexcept {
  return static_cast<std::uint32_t>(c == 'x' ? 0 : c <= '9' ? c - '0' : c - 'A' + 10);
}

constexpr std::uint32_t digits(const char* t) noexcept {
  return digit(t[0]) << 28 | digit(t[1]) << 24 | digit(t[2]) << 20 | digit(t[3]) << 16 |
         digit(t[4]) << 12 | digit(t[5]) << 8 | digit(t[6]) << 4 | digit(t[7]);
}

constexpr std::uint32_t known(char c, int shift) noexcept { return c == 'x' ? 0U : 0xFU << shift; }

constexpr std::uint32_t mask_of(const char* t) noexcept {
  return known(t[0], 28) | known(t[1], 24) | known(t[2], 20) | known(t[3], 16) | known(t[4], 12) |
         known(t[5], 8) | known(t[6], 4) | known(t[7], 0);
}

constexpr Vr vr_of(const char* text) noexcept {
  return text[0] == '-' ? vr::kNone : make_vr(text[0], text[1]);
}

#define ROW(tag, keyword, vr, vm, retired) {digits(tag), mask_of(tag), vr_of(vr), keyword ""sv},
constexpr Row kRows[] = {
#include "generated/dictionary.inc"
};
#undef ROW

/// Rows with an `x` are the last of the table.
constexpr std::size_t first_repeating() noexcept {
  std::size_t count = std::size(kRows);
  while (count > 0 && kRows[count - 1].mask != kWholeTag) --count;
  return count;
}

constexpr std::size_t kWholeTags = first_repeating();

/// An open hash of tags, so that the VR of most elements costs one cache line.
struct Slot {
  std::uint32_t tag = 0;
  Vr vr = vr::kUN;
  std::uint16_t row_after = 0;  ///< the row + 1, or 0 for none
};

constexpr unsigned kSlotBits = 13;
constexpr std::size_t kSlots = std::size_t{1} << kSlotBits;
static_assert(kWholeTags < kSlots * 2 / 3, "the hash has become too full: add a bit");

constexpr std::size_t slot_of(std::uint32_t tag) noexcept {
  return (tag * 0x9E3779B1U) >> (32 - kSlotBits);
}

constexpr std::array<Slot, kSlots> make_slots() noexcept {
  std::array<Slot, kSlots> slots{};
  for (std::size_t row = 0; row < kWholeTags; ++row) {
    std::size_t at = slot_of(kRows[row].tag);
    while (slots[at].row_after != 0) at = (at + 1) % kSlots;
    slots[at] = {kRows[row].tag, kRows[row].vr, static_cast<std::uint16_t>(row + 1)};
  }
  return slots;
}

constexpr std::array<Slot, kSlots> kIndex = make_slots();

const Slot& probe(std::uint32_t tag) noexcept {
  std::size_t at = slot_of(tag);
  while (kIndex[at].row_after != 0 && kIndex[at].tag != tag) at = (at + 1) % kSlots;
  return kIndex[at];
}

const Row* find_repeating(std::uint32_t tag) noexcept {
  for (const Row& row : std::span(kRows).subspan(kWholeTags))
    if ((tag & row.mask) == row.tag) return &row;
  return nullptr;
}

/// The lowest tag of the row that is no other attribute's: (0028,0410) of (0028,04x0).
Tag first_tag(const Row& row) noexcept {
  if (row.mask == kWholeTag) return Tag::from(row.tag);
  std::uint32_t tag = row.tag;
  const auto is_taken = [](std::uint32_t packed) {
    return Tag::from(packed).is_group_length() || probe(packed).row_after != 0;
  };
  while ((tag & row.mask) != row.tag || is_taken(tag)) ++tag;
  return Tag::from(tag);
}

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_word(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) { return lower(c); });
  return result;
}

}  // namespace

std::optional<DictionaryEntry> find_entry(Tag tag) noexcept {
  if (tag.is_private()) return std::nullopt;
  const Slot& slot = probe(tag.packed());
  if (slot.row_after != 0) return DictionaryEntry{tag, kRows[slot.row_after - 1].keyword, slot.vr};
  if (tag.is_group_length()) return std::nullopt;
  const Row* row = find_repeating(tag.packed());
  if (row == nullptr) return std::nullopt;
  return DictionaryEntry{tag, row->keyword, row->vr};
}

Vr dictionary_vr(Tag tag) noexcept {
  if (tag.is_group_length()) return vr::kUL;
  if (tag.is_private()) {
    const bool is_creator = tag.element >= 0x0010 && tag.element <= 0x00FF;
    return is_creator ? vr::kLO : vr::kUN;
  }
  const Slot& slot = probe(tag.packed());
  if (slot.row_after != 0) return slot.vr;
  const Row* row = find_repeating(tag.packed());
  return row == nullptr ? vr::kUN : row->vr;
}

std::optional<Tag> find_keyword(std::string_view keyword) noexcept {
  if (keyword.empty()) return std::nullopt;
  for (const Row& row : kRows)
    if (same_word(row.keyword, keyword)) return first_tag(row);
  return std::nullopt;
}

std::string_view closest_keyword(std::string_view keyword) {
  // More changes than a third of the letters make another word.
  std::size_t nearest = keyword.size() / 3 + 1;
  std::string_view closest;
  if (keyword.size() > kLongestGuess) return closest;
  const std::string wanted = lower(keyword);
  for (const Row& row : kRows) {
    if (row.keyword.empty()) continue;
    const std::size_t distance = edit_distance(lower(row.keyword), wanted);
    if (distance >= nearest) continue;
    nearest = distance;
    closest = row.keyword;
  }
  return closest;
}

}  // namespace dcm
