// SPDX-License-Identifier: MIT
#include "deid/safe_private.hpp"

#include <algorithm>
#include <array>

#include "deid/table_cell.hpp"
#include "dicom/text.hpp"

namespace dcm::deid {
namespace {

struct Row {
  std::uint32_t key;  ///< group and, in the low byte, element
  std::string_view creator;
  Vr vr;
};

constexpr std::uint32_t key_of(std::uint32_t group, std::uint32_t element) noexcept {
  return group << 8 | element;
}

constexpr auto kRows = [] {
  std::array rows = {
#define ROW(group, creator, element, vr, vm, meaning) \
  Row{key_of(parse_hex(group), parse_hex(element)), creator, make_vr(vr)},
#include "generated/safe_private.inc"
#undef ROW
  };
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.key < b.key; });
  return rows;
}();

/// An open hash of keys: the first row of each, counted from 1. Most private elements are not safe,
/// and this tells in one step.
constexpr std::size_t kSlots = 512;
static_assert(kRows.size() < kSlots / 2, "the hash has become too full");

constexpr std::size_t slot_of(std::uint32_t key) noexcept { return key * 0x9E3779B1U >> 23U; }

constexpr auto kFirstRows = [] {
  std::array<std::uint16_t, kSlots> first{};
  for (std::size_t row = 0; row < kRows.size(); ++row) {
    if (row > 0 && kRows[row].key == kRows[row - 1].key) continue;
    std::size_t at = slot_of(kRows[row].key);
    while (first[at] != 0) at = (at + 1) % kSlots;
    first[at] = static_cast<std::uint16_t>(row + 1);
  }
  return first;
}();

/// The number of rows if there is none.
std::size_t first_row(std::uint32_t key) noexcept {
  for (std::size_t at = slot_of(key); kFirstRows[at] != 0; at = (at + 1) % kSlots)
    if (kRows[kFirstRows[at] - 1U].key == key) return kFirstRows[at] - 1U;
  return kRows.size();
}

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equal_but_for_case(std::string_view a, std::string_view b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::optional<Vr> safe_private_vr(std::uint16_t group, std::string_view creator,
                                  std::uint8_t element) noexcept {
  const std::uint32_t key = key_of(group, element);
  for (std::size_t row = first_row(key); row < kRows.size() && kRows[row].key == key; ++row)
    if (equal_but_for_case(kRows[row].creator, trim(creator))) return kRows[row].vr;
  return std::nullopt;
}

std::string_view safe_private_edition() noexcept { return "2020c"; }

}  // namespace dcm::deid
