// SPDX-License-Identifier: MIT
#include "deid/profile.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "deid/safe_private.hpp"
#include "dicom/dictionary.hpp"
#include "dicom/text.hpp"

namespace dcm::deid {
namespace {

struct DemographicsRow {
  std::string_view tag;
  std::string_view keyword;
  std::string_view action;
};

constexpr std::array kDemographicsRows = {
#define ROW(tag, keyword, action) DemographicsRow{tag, keyword, action},
#include "generated/demographics.inc"
#undef ROW
};

Tag parse_tag(std::string_view hex) noexcept {
  std::uint32_t packed = 0;
  std::from_chars(hex.data(), hex.data() + hex.size(), packed, 16);
  return Tag::from(packed);
}

Rule by_option(Action action, Option option, Identity identity = Identity::none) noexcept {
  return {action, Reason::option, Code::K, identity, static_cast<std::uint16_t>(option)};
}

constexpr bool is_date(Vr vr) noexcept { return vr == vr::kDA || vr == vr::kDT; }

/// What C means for a value of this VR; none where such a value cannot be cleaned.
std::optional<Action> cleaning(Vr vr) noexcept {
  if (vr == vr::kTM) return Action::keep;  // days move, times of day do not
  if (is_date(vr)) return Action::shift;
  if (vr == vr::kAS) return Action::cap_age;
  if (vr == vr::kUI) return Action::map_uid;
  if (is_bulk(vr)) return std::nullopt;
  return Action::clean;
}

Action keeping(Vr vr) noexcept { return vr == vr::kAS ? Action::cap_age : Action::keep; }

Rule basic_rule(const TableRow& row) noexcept {
  Rule rule{.reason = row.of_standard ? Reason::table_row : Reason::gap_row,
            .identity = row.identity};
  switch (row.basic) {
    case Code::K:
      rule.action = Action::keep;
      break;
    case Code::X:
      rule.action = Action::remove;
      // Some IODs want an attribute all the same, if only an empty one.
      if (has_known_type(row.tag)) rule.code = Code::X;
      break;
    case Code::Z:
      rule.action = Action::empty;
      break;
    case Code::D:
      rule.action = Action::dummy;
      break;
    case Code::U:
    case Code::X_Z_Ustar:
      rule.action = Action::map_uid;
      break;
    case Code::C:
      rule.action = cleaning(dictionary_vr(row.tag)).value_or(Action::remove);
      break;
    case Code::X_Z:
    case Code::X_D:
    case Code::X_Z_D:
    case Code::Z_D:
      rule.action = Action::dummy;
      rule.code = row.basic;
      break;
  }
  const bool patient = row.tag == tags::kPatientId || row.tag == tags::kPatientName;
  if (patient) {
    rule.action = Action::pseudonym;
    rule.code = Code::K;
  }
  return rule;
}

// Two options may speak of one attribute, and PS3.15 does not say which wins: the one that cleans,
// because it keeps less.
Rule rule_of(const TableRow& row, OptionSet options) noexcept {
  const Vr vr = dictionary_vr(row.tag);
  if (const OptionSet cleans = row.cleans & options; !cleans.empty())
    if (const std::optional<Action> action = cleaning(vr))
      return by_option(*action, cleans.list().front(), row.identity);
  if (const OptionSet keeps = row.keeps & options; !keeps.empty())
    return by_option(keeping(vr), keeps.list().front(), row.identity);
  return basic_rule(row);
}

std::size_t slot_of(std::uint32_t tag, std::size_t slots) noexcept {
  return (tag * 0x9E3779B1U >> 12U) & (slots - 1);
}

constexpr Rule kPatternRemoves{Action::remove, Reason::pattern};

}  // namespace

Profile::Profile(Definition definition) : definition_(std::move(definition)) {
  std::size_t count = definition_.rules.size() + std::size(kDemographicsRows);
  if (is_ps3_15()) count += confidentiality_table().size();
  std::size_t slots = 64;
  while (slots < 4 * count) slots *= 2;
  entries_.resize(slots);

  if (is_ps3_15()) {
    for (const TableRow& row : confidentiality_table()) add(row.tag, rule_of(row, options()));
  } else {
    for (const DemographicsRow& row : kDemographicsRows)
      add(parse_tag(row.tag), {Action::remove, Reason::table_row});
  }
  for (std::size_t i = 0; i < definition_.rules.size(); ++i) {
    const UserRule& rule = definition_.rules[i];
    if (rule.kind != UserRule::Kind::tag) {
      has_broad_rules_ = true;
      continue;
    }
    const Entry* before = find(rule.tag);
    const Identity identity = before == nullptr ? Identity::none : before->rule.identity;
    add(rule.tag,
        {rule.action, Reason::user_rule, Code::K, identity, static_cast<std::uint16_t>(i)});
  }
}

Profile Profile::with(OptionSet options) const {
  Definition other = definition_;
  other.options = options;
  return Profile(std::move(other));
}

void Profile::add(Tag tag, Rule rule) {
  std::size_t at = slot_of(tag.packed(), entries_.size());
  while (entries_[at].tag != kFree && entries_[at].tag != tag.packed())
    at = (at + 1) & (entries_.size() - 1);
  entries_[at] = {tag.packed(), rule};
}

const Profile::Entry* Profile::find(Tag tag) const noexcept {
  std::size_t at = slot_of(tag.packed(), entries_.size());
  while (entries_[at].tag != kFree) {
    if (entries_[at].tag == tag.packed()) return &entries_[at];
    at = (at + 1) & (entries_.size() - 1);
  }
  return nullptr;
}

std::optional<Rule> Profile::broad_user_rule(Tag tag, Vr sent) const noexcept {
  std::optional<Rule> by_pattern, by_vr;
  for (std::size_t i = 0; i < definition_.rules.size(); ++i) {
    const UserRule& rule = definition_.rules[i];
    const Rule found{rule.action, Reason::user_rule, Code::K, Identity::none,
                     static_cast<std::uint16_t>(i)};
    if (rule.kind == UserRule::Kind::pattern &&
        (tag.packed() & rule.mask.packed()) == rule.tag.packed())
      by_pattern = found;
    if (rule.kind == UserRule::Kind::vr && (rule.vr == sent || rule.vr == dictionary_vr(tag)))
      by_vr = found;
  }
  return by_pattern ? by_pattern : by_vr;
}

Rule Profile::vr_default(Tag tag, Vr vr) const noexcept {
  const auto has = [this](Option option) { return options().has(option); };
  const Rule remove{Action::remove, Reason::vr_default};
  switch (vr) {
    case vr::kPN:
      return {Action::remove, Reason::vr_default, Code::K, Identity::name};
    case vr::kDA:
    case vr::kDT:
      if (has(Option::retain_full_dates)) return by_option(Action::keep, Option::retain_full_dates);
      if (has(Option::retain_modified_dates))
        return by_option(Action::shift, Option::retain_modified_dates, Identity::date);
      return {Action::remove, Reason::vr_default, Code::K, Identity::date};
    case vr::kTM:
      if (has(Option::retain_full_dates)) return by_option(Action::keep, Option::retain_full_dates);
      if (has(Option::retain_modified_dates))
        return by_option(Action::keep, Option::retain_modified_dates);
      return remove;
    case vr::kUI:
      if (is_definition_uid(tag)) return {};
      if (has(Option::retain_uids)) return by_option(Action::keep, Option::retain_uids);
      return {Action::map_uid, Reason::vr_default};
    case vr::kAS:
      if (has(Option::retain_patient_characteristics))
        return by_option(Action::cap_age, Option::retain_patient_characteristics);
      return remove;
    case vr::kAE:
      if (has(Option::retain_device_identity))
        return by_option(Action::clean, Option::retain_device_identity);
      return remove;
    case vr::kUR:
      return remove;
    default:
      return {};
  }
}

Rule Profile::unlisted(Tag tag, Vr sent) const noexcept {
  // Group lengths are retired, and wrong once an element of their group is gone (PS3.5 7.2).
  if (tag.is_group_length()) return kPatternRemoves;
  if (!is_ps3_15()) return {};
  const unsigned family = tag.group & 0xFF00U;
  const bool graphics = options().has(Option::clean_graphics);
  const bool curve_audio = family == 0x5000 && tag.element >= 0x2000 && tag.element <= 0x200E;
  const bool graphic = family == 0x5000 || family == 0x6000;
  if (tag.is_private() || tag.group < 0x0008) return kPatternRemoves;
  if (graphic && (!graphics || curve_audio)) return kPatternRemoves;

  const Vr known = dictionary_vr(tag);
  if (known == vr::kUN) return {Action::remove, Reason::unknown};
  const Rule by_dictionary = vr_default(tag, known);
  if (by_dictionary.action == Action::remove || sent == known) return by_dictionary;
  const Rule by_sent = vr_default(tag, sent);
  return by_sent.reason == Reason::unnamed ? by_dictionary : by_sent;
}

Rule Profile::rule(Tag tag, Vr sent) const noexcept {
  const Entry* entry = find(tag);
  if (entry != nullptr && entry->rule.reason == Reason::user_rule) return entry->rule;
  if (has_broad_rules_)
    if (const std::optional<Rule> found = broad_user_rule(tag, sent)) return *found;
  return entry != nullptr ? entry->rule : unlisted(tag, sent);
}

std::optional<Rule> Profile::private_user_rule(Tag tag, std::string_view creator,
                                               Vr sent) const noexcept {
  const Entry* entry = find(tag);
  if (entry != nullptr && entry->rule.reason == Reason::user_rule) return entry->rule;
  const auto element = static_cast<std::uint8_t>(tag.element);
  for (std::size_t i = definition_.rules.size(); i-- > 0;) {
    const UserRule& rule = definition_.rules[i];
    if (rule.kind == UserRule::Kind::private_attribute && rule.tag.group == tag.group &&
        rule.tag.element == element && !creator.empty() &&
        fold(rule.creator) == fold(trim(creator)))
      return Rule{rule.action, Reason::user_rule, Code::K, Identity::none,
                  static_cast<std::uint16_t>(i)};
  }
  return has_broad_rules_ ? broad_user_rule(tag, sent) : std::nullopt;
}

Rule Profile::private_rule(Tag tag, std::string_view creator, Vr sent) const noexcept {
  if (!definition_.rules.empty())
    if (const std::optional<Rule> found = private_user_rule(tag, creator, sent)) return *found;
  if (!is_ps3_15()) return unlisted(tag, sent);
  const auto element = static_cast<std::uint8_t>(tag.element);
  if (options().has(Option::retain_safe_private))
    if (const std::optional<Vr> safe = safe_private_vr(tag.group, creator, element)) {
      const Rule by_vr = vr_default(tag, *safe);
      return by_vr.reason == Reason::unnamed ? by_option(Action::keep, Option::retain_safe_private)
                                             : by_vr;
    }
  return kPatternRemoves;
}

Rule Profile::rule_without_user(Tag tag, Vr sent) const noexcept {
  if (!is_ps3_15()) return unlisted(tag, sent);
  const std::span<const TableRow> table = confidentiality_table();
  const auto row = std::lower_bound(table.begin(), table.end(), tag,
                                    [](const TableRow& r, Tag t) { return r.tag < t; });
  if (row != table.end() && row->tag == tag) return rule_of(*row, options());
  return unlisted(tag, sent);
}

const Profile* find_profile(std::string_view name) {
  static const std::array<Profile, 3> kProfiles = {
      Profile({.name = "demographics", .base = Profile::Base::demographics}),
      Profile({.name = "basic"}),
      Profile({.name = "research",
               .options = {Option::retain_safe_private, Option::retain_device_identity,
                           Option::retain_patient_characteristics, Option::retain_modified_dates,
                           Option::clean_descriptors, Option::clean_structured_content,
                           Option::clean_graphics}}),
  };
  const auto* const found = std::find_if(kProfiles.begin(), kProfiles.end(),
                                         [&](const Profile& each) { return each.name() == name; });
  return found == kProfiles.end() ? nullptr : found;
}

const std::vector<ProfileSummary>& built_in_profiles() {
  static const std::vector<ProfileSummary> kSummaries = {
      {"demographics", "removes 20 attributes of the patient, keeps all else (--anonymize-data)"},
      {"basic", "PS3.15 Basic Application Level Confidentiality Profile, no options"},
      {"research",
       "basic, keeping cleaned descriptions, report contents and graphics, shifted dates, patient "
       "characteristics, devices and safe private attributes"},
  };
  return kSummaries;
}

}  // namespace dcm::deid
