// SPDX-License-Identifier: MIT
#include "deid/profile.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "dicom/dictionary.hpp"

namespace dcm::deid {
namespace {

struct Row {
  std::string_view tag;
  std::string_view keyword;
  std::string_view action;
};

constexpr std::array kDemographicsRows = {
#define ROW(tag, keyword, action) Row{tag, keyword, action},
#include "generated/demographics.inc"
#undef ROW
};

Tag parse_tag(std::string_view hex) noexcept {
  std::uint32_t packed = 0;
  std::from_chars(hex.data(), hex.data() + hex.size(), packed, 16);
  return Tag::from(packed);
}

std::vector<TagRule> rules(std::span<const Row> rows) {
  std::vector<TagRule> rules;
  for (const Row& row : rows)
    rules.push_back({parse_tag(row.tag), row.action == "keep" ? Action::keep : Action::remove});
  return rules;
}

// Group lengths are retired and would be wrong once an element of their group is gone (PS3.5 7.2).
constexpr PatternRule kGroupLengths{
    .tag = {0x0000, 0x0000}, .mask = {0x0000, 0xFFFF}, .action = Action::remove};

bool hides_items(const HeaderTape& tape, std::size_t index) {
  const TapeRecord& record = tape.records()[index];
  if (record.kind != TapeRecord::Kind::element || record.length < 8) return false;
  const bool streamed = index + 1 == tape.records().size() && tape.value_incomplete();
  return !streamed && starts_with_item(tape.value(record)) && dictionary_vr(record.tag) == vr::kSQ;
}

}  // namespace

Profile::Profile(std::string_view name, std::string_view edition, std::vector<TagRule> rows,
                 std::vector<PatternRule> patterns, Action otherwise)
    : name_(name),
      edition_(edition),
      rows_(std::move(rows)),
      patterns_(std::move(patterns)),
      otherwise_(otherwise) {
  std::sort(rows_.begin(), rows_.end(),
            [](const TagRule& a, const TagRule& b) { return a.tag < b.tag; });
  for (const TagRule& row : rows_) keys_.push_back(row.tag.packed());
}

Action Profile::action(Tag tag) const noexcept {
  const auto key = std::lower_bound(keys_.begin(), keys_.end(), tag.packed());
  if (key != keys_.end() && *key == tag.packed())
    return rows_[static_cast<std::size_t>(key - keys_.begin())].action;
  for (const PatternRule& pattern : patterns_)
    if ((tag.packed() & pattern.mask.packed()) == pattern.tag.packed()) return pattern.action;
  return otherwise_;
}

Result<Edits> Profile::edits(const HeaderTape& tape) const {
  Edits edits;
  const auto records = tape.records();
  for (std::size_t i = 0; i < records.size();) {
    const TapeRecord& record = records[i];
    const bool rules_apply = record.tag.group != tags::kItem.group;
    if (rules_apply && action(record.tag) == Action::remove) {
      edits.remove(i);
      i = tape.subtree_end(i);
      continue;
    }
    if (hides_items(tape, i))
      return fail(Errc::bad_length, {.tag = record.tag.packed(), .offset = record.offset});
    ++i;
  }
  return edits;
}

const Profile* find_profile(std::string_view name) {
  static const Profile kDemographics("demographics", "2024b", rules(kDemographicsRows),
                                     {kGroupLengths}, Action::keep);
  return name == kDemographics.name() ? &kDemographics : nullptr;
}

std::vector<std::string_view> profile_names() { return {"demographics"}; }

}  // namespace dcm::deid
