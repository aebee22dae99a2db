// SPDX-License-Identifier: MIT
#include "cli/rule_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cli/profile_rule.hpp"
#include "deid/confidentiality_table.hpp"

namespace dcm::cli {
namespace {

using deid::Action;
using deid::Code;
using deid::Reason;

std::string_view code_text(Code code) noexcept {
  switch (code) {
    case Code::K:
      return "K";
    case Code::X:
      return "X";
    case Code::Z:
      return "Z";
    case Code::D:
      return "D";
    case Code::U:
      return "U";
    case Code::C:
      return "C";
    case Code::X_Z:
      return "X/Z";
    case Code::X_D:
      return "X/D";
    case Code::X_Z_D:
      return "X/Z/D";
    case Code::Z_D:
      return "Z/D";
    case Code::X_Z_Ustar:
      return "X/Z/U*";
  }
  return "?";
}

std::string row_words(Tag tag) {
  const auto table = deid::confidentiality_table();
  const auto row =
      std::lower_bound(table.begin(), table.end(), tag,
                       [](const deid::TableRow& each, Tag wanted) { return each.tag < wanted; });
  if (row == table.end() || row->tag != tag) return "table row";
  return fmt::format("table row {}", code_text(row->basic));
}

std::string pattern_words(Tag tag) {
  if (tag.is_group_length()) return "group length";
  if (tag.is_private()) return "private";
  const unsigned family = tag.group & 0xFF00U;
  if (family == 0x5000) return "curves (50xx)";
  if (family == 0x6000) return "overlays (60xx)";
  return fmt::format("group {:04x}", tag.group);
}

}  // namespace

std::string_view action_word(Action action) noexcept {
  switch (action) {
    case Action::keep:
      return "keep";
    case Action::clean:
      return "clean";
    case Action::remove:
      return "remove";
    case Action::empty:
      return "empty";
    case Action::dummy:
      return "dummy";
    case Action::map_uid:
      return "new-uid";
    case Action::shift:
      return "shift";
    case Action::cap_age:
      return "cap-age";
    case Action::pseudonym:
      return "pseudonym";
    case Action::replace:
      return "replace";
    case Action::hash:
      return "hash";
  }
  return "?";
}

std::string_view action_word(const deid::Rule& rule) noexcept {
  return rule.code == Code::K ? action_word(rule.action) : "by-type";
}

std::string reason_words(const deid::Profile& profile, Tag tag, const deid::Rule& rule) {
  switch (rule.reason) {
    case Reason::user_rule:
      return fmt::format("rule for {}", selector_text(profile.rules()[rule.which]));
    case Reason::option:
      return fmt::format("option {}", deid::name_of(rule.option()).name);
    case Reason::table_row:
      return profile.is_ps3_15() ? row_words(tag) : std::string("table row");
    case Reason::gap_row:
      return "added " + row_words(tag);
    case Reason::vr_default:
      return "VR";
    case Reason::pattern:
      return pattern_words(tag);
    case Reason::unnamed:
      return rule.action == Action::clean ? "holds what identifies" : "no rule";
    case Reason::unknown:
      return "not in the dictionary";
    case Reason::unreadable:
      return "unreadable";
    case Reason::sr_concept:
      return "content item";
    case Reason::mark:
      return "made anew";
    case Reason::surrounding:
      return "what it stands in";
  }
  return "?";
}

}  // namespace dcm::cli
