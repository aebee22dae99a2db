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
  const auto* row = std::lower_bound(kRows.begin(), kRows.end(), key,
                                     [](const Row& each, std::uint32_t k) { return each.key < k; });
  if (row == kRows.end() || row->key != key) return std::nullopt;
  creator = trim(creator);
  for (; row != kRows.end() && row->key == key; ++row)
    if (equal_but_for_case(row->creator, creator)) return row->vr;
  return std::nullopt;
}

std::string_view safe_private_edition() noexcept { return "2020c"; }

}  // namespace dcm::deid
