// SPDX-License-Identifier: MIT
#include "deid/confidentiality_table.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <vector>

#include "deid/table_cell.hpp"

namespace dcm::deid {
namespace {

struct Cells {
  std::string_view tag, keyword, basic, keeps, cleans, identity;
  bool of_standard;
};

constexpr Cells kCells[] = {
#define ROW(tag, keyword, vr, basic, keeps, cleans, identity) \
  {tag, keyword, basic, keeps, cleans, identity, true},
#include "generated/confidentiality.inc"
#undef ROW
#define ROW(tag, keyword, vr, basic, keeps, cleans, identity, reason) \
  {tag, keyword, basic, keeps, cleans, identity, false},
#include "generated/confidentiality_gaps.inc"
#undef ROW
};

struct IodCells {
  std::string_view uid, type1, type2;
};

constexpr IodCells kIodCells[] = {
#define ROW(uid, keyword, type1, type2) {uid, type1, type2},
#include "generated/attribute_types.inc"
#undef ROW
};

constexpr std::string_view kOftenBurnedIn[] = {
#define ROW(uid, keyword, why) uid,
#include "generated/often_burned_in.inc"
#undef ROW
};

constexpr std::uint32_t kDefinitionUids[] = {
#define ROW(tag, keyword, names) parse_hex(tag),
#include "generated/definition_uids.inc"
#undef ROW
};
static_assert(std::is_sorted(std::begin(kDefinitionUids), std::end(kDefinitionUids)));

Identity parse_identity(std::string_view text) noexcept {
  constexpr std::string_view kNames[] = {"none", "name", "id", "date", "phone", "place", "site"};
  const auto* const found = std::find(std::begin(kNames), std::end(kNames), text);
  return found == std::end(kNames) ? Identity::none
                                   : static_cast<Identity>(found - std::begin(kNames));
}

/// Patterns - repeating groups and private attributes - are for the engine.
bool is_pattern(std::string_view tag) noexcept {
  return tag.find_first_not_of("0123456789ABCDEF") != std::string_view::npos;
}

std::vector<TableRow> table_rows() {
  std::vector<TableRow> rows;
  rows.reserve(std::size(kCells));
  for (const Cells& cells : kCells) {
    if (is_pattern(cells.tag)) continue;
    rows.push_back({Tag::from(parse_hex(cells.tag)), parse_code(cells.basic),
                    parse_options(cells.keeps), parse_options(cells.cleans),
                    parse_identity(cells.identity), cells.of_standard});
  }
  std::sort(rows.begin(), rows.end(),
            [](const TableRow& a, const TableRow& b) { return a.tag < b.tag; });
  return rows;
}

using Tags = std::vector<Tag>;

/// An IOD, and the tags of those attributes that have a Type there.
struct Iod {
  std::string_view uid;
  Tags type1;
  Tags type2;
};

using Keywords = std::map<std::string_view, Tag>;

Tags tags_of(std::string_view keywords, const Keywords& known) {
  Tags tags;
  while (!keywords.empty()) {
    const std::size_t space = keywords.find(' ');
    const auto found = known.find(keywords.substr(0, space));
    if (found != known.end()) tags.push_back(found->second);
    keywords.remove_prefix(space == std::string_view::npos ? keywords.size() : space + 1);
  }
  std::sort(tags.begin(), tags.end());
  return tags;
}

std::vector<Iod> all_iods() {
  Keywords known;
  for (const Cells& cells : kCells)
    if (!is_pattern(cells.tag)) known.emplace(cells.keyword, Tag::from(parse_hex(cells.tag)));
  std::vector<Iod> iods;
  iods.reserve(std::size(kIodCells));
  for (const IodCells& cells : kIodCells)
    iods.push_back({cells.uid, tags_of(cells.type1, known), tags_of(cells.type2, known)});
  std::sort(iods.begin(), iods.end(), [](const Iod& a, const Iod& b) { return a.uid < b.uid; });
  return iods;
}

bool has(const Tags& tags, Tag tag) noexcept {
  return std::binary_search(tags.begin(), tags.end(), tag);
}

}  // namespace

std::span<const TableRow> confidentiality_table() noexcept {
  static const std::vector<TableRow> kRows = table_rows();
  return kRows;
}

std::string_view table_edition() noexcept { return "2024b"; }

namespace {
const std::vector<Iod>& iods() {
  static const std::vector<Iod> kIods = all_iods();
  return kIods;
}
}  // namespace

AttributeType attribute_type(std::string_view sop_class_uid, Tag tag) noexcept {
  const auto iod =
      std::lower_bound(iods().begin(), iods().end(), sop_class_uid,
                       [](const Iod& each, std::string_view uid) { return each.uid < uid; });
  if (iod == iods().end() || iod->uid != sop_class_uid) return AttributeType::unknown;
  if (has(iod->type1, tag)) return AttributeType::type1;
  return has(iod->type2, tag) ? AttributeType::type2 : AttributeType::type3;
}

bool has_known_type(Tag tag) noexcept {
  static const Tags kTyped = [] {
    Tags tags;
    for (const Iod& iod : iods())
      for (const Tags* typed : {&iod.type1, &iod.type2})
        tags.insert(tags.end(), typed->begin(), typed->end());
    std::sort(tags.begin(), tags.end());
    return tags;
  }();
  return has(kTyped, tag);
}

bool often_burned_in(std::string_view sop_class_uid) noexcept {
  return std::find(std::begin(kOftenBurnedIn), std::end(kOftenBurnedIn), sop_class_uid) !=
         std::end(kOftenBurnedIn);
}

bool is_definition_uid(Tag tag) noexcept {
  return std::binary_search(std::begin(kDefinitionUids), std::end(kDefinitionUids), tag.packed());
}

}  // namespace dcm::deid
