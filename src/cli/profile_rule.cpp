// SPDX-License-Identifier: MIT
#include "cli/profile_rule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "cli/messages.hpp"
#include "cli/value_check.hpp"
#include "deid/confidentiality_table.hpp"
#include "dicom/dictionary.hpp"
#include "dicom/text.hpp"

namespace dcm::cli {
namespace {

using deid::Action;
using deid::UserRule;
using Kind = UserRule::Kind;

constexpr std::size_t kLongString = 64;  // LO (PS3.5 6.2), of private creators

/// VRs and what may be done to their values.
struct VrRow {
  Vr vr;
  bool text;     ///< words may be taken out of it
  bool hash;     ///< a pseudonym fits in
  bool replace;  ///< a value of it can be typed
};

constexpr std::array kVrs{
    VrRow{vr::kAE, true, true, true},    VrRow{vr::kAS, false, false, true},
    VrRow{vr::kAT, false, false, false}, VrRow{vr::kCS, true, true, true},
    VrRow{vr::kDA, false, false, true},  VrRow{vr::kDS, false, false, true},
    VrRow{vr::kDT, false, false, true},  VrRow{vr::kFD, false, false, false},
    VrRow{vr::kFL, false, false, false}, VrRow{vr::kIS, false, false, true},
    VrRow{vr::kLO, true, true, true},    VrRow{vr::kLT, true, true, true},
    VrRow{vr::kOB, false, false, false}, VrRow{vr::kOD, false, false, false},
    VrRow{vr::kOF, false, false, false}, VrRow{vr::kOL, false, false, false},
    VrRow{vr::kOV, false, false, false}, VrRow{vr::kOW, false, false, false},
    VrRow{vr::kPN, true, true, true},    VrRow{vr::kSH, true, true, true},
    VrRow{vr::kSL, false, false, false}, VrRow{vr::kSQ, true, false, false},
    VrRow{vr::kSS, false, false, false}, VrRow{vr::kST, true, true, true},
    VrRow{vr::kSV, false, false, false}, VrRow{vr::kTM, false, false, true},
    VrRow{vr::kUC, true, true, true},    VrRow{vr::kUI, false, true, true},
    VrRow{vr::kUL, false, false, false}, VrRow{vr::kUN, false, false, false},
    VrRow{vr::kUR, true, false, true},   VrRow{vr::kUS, false, false, false},
    VrRow{vr::kUT, true, true, true},    VrRow{vr::kUV, false, false, false},
};

const VrRow* find_vr(Vr vr) noexcept {
  const auto* const found =
      std::find_if(kVrs.begin(), kVrs.end(), [&](const VrRow& row) { return row.vr == vr; });
  return found == kVrs.end() ? nullptr : found;
}

/// What an object cannot be read or filed without.
constexpr std::array kIndispensable{tags::kSpecificCharacterSet, tags::kSopClassUid,
                                    tags::kSopInstanceUid, tags::kStudyInstanceUid,
                                    tags::kSeriesInstanceUid};

/// The marks of PS3.15 E.1.1, which say what was done to an object.
constexpr std::array kMarks{Tag{0x0012, 0x0062}, Tag{0x0012, 0x0063}, Tag{0x0012, 0x0064},
                            Tag{0x0028, 0x0303}};

struct ActionName {
  std::string_view name;
  Action action;
};

constexpr std::array kActions{
    ActionName{"keep", Action::keep},   ActionName{"remove", Action::remove},
    ActionName{"empty", Action::empty}, ActionName{"replace", Action::replace},
    ActionName{"hash", Action::hash},   ActionName{"shift", Action::shift},
    ActionName{"clean", Action::clean},
};

tl::unexpected<Objection> object(std::string why, std::string hint = {}) {
  return tl::unexpected<Objection>(Objection{std::move(why), std::move(hint)});
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& each : result)
    each = static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
  return result;
}

/// All of `digits` as one hexadecimal number.
std::optional<std::uint32_t> parse_hex(std::string_view digits) {
  std::uint32_t number = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, number, 16);
  if (digits.empty() || error != std::errc() || stop != end) return std::nullopt;
  return number;
}

UserRule rule_of(Kind kind, Tag tag, Tag mask = {}) {
  UserRule rule;
  rule.kind = kind;
  rule.tag = tag;
  rule.mask = mask;
  return rule;
}

bool is_repeating(Tag tag) noexcept { return tag.group >= 0x5000 && tag.group <= 0x7FDE; }

/// Whether the keyword of this attribute names others too, of element numbers beside it.
bool names_several(const DictionaryEntry& entry) noexcept {
  for (const unsigned step : {1U, 0x10U}) {
    const Tag next{entry.tag.group, static_cast<std::uint16_t>(entry.tag.element + step)};
    if (const auto other = find_entry(next); other && other->keyword == entry.keyword) return true;
  }
  return false;
}

std::string hint_for_attribute() {
  return "write a keyword such as PatientName, (gggg,eeee), or (gggg,\"CREATOR\",ee)";
}

Meant<UserRule> rule_for_keyword(std::string_view keyword) {
  const auto tag = find_keyword(keyword);
  if (!tag) {
    return object(fmt::format("unknown keyword `{}`", keyword),
                  did_you_mean(closest_keyword(keyword), hint_for_attribute()));
  }
  const auto entry = find_entry(*tag);
  UserRule rule = rule_of(Kind::tag, *tag);
  if (entry && is_repeating(*tag) && find_entry({0x6002, tag->element}) &&
      find_entry({0x6002, tag->element})->keyword == entry->keyword) {
    rule = rule_of(Kind::pattern, *tag, {0xFF01, 0xFFFF});
  } else if (entry && names_several(*entry)) {
    return object(fmt::format("`{}` names several attributes", keyword), "write (gggg,eeee)");
  }
  return rule;
}

Meant<UserRule> rule_for_public(Tag tag) {
  if (tag.is_private()) {
    return object("a private attribute is named with its creator",
                  fmt::format("write ({:04x},\"CREATOR\",{:02x})", tag.group, tag.element & 0xFFU));
  }
  return rule_of(Kind::tag, tag);
}

/// `parts` are those of (gggg,"CREATOR",ee).
Meant<UserRule> rule_for_private(std::string_view group, std::string_view creator,
                                 std::string_view element) {
  const auto high = parse_hex(group), low = parse_hex(element);
  if (!high || group.size() != 4 || !low || element.size() != 2) {
    return object("not a private attribute", "for example (0019,\"GEMS_ACQU_01\",23)");
  }
  if ((*high & 1U) == 0) {
    return object(fmt::format("group {} is not private", group),
                  "private groups are odd; public attributes have no creator");
  }
  const std::string_view name = trim(creator);
  if (name.empty() || name.size() > kLongString || !is_plain_ascii(name)) {
    return object("not a private creator", "1 to 64 ASCII characters, no backslash");
  }
  UserRule rule = rule_of(Kind::private_attribute,
                          {static_cast<std::uint16_t>(*high), static_cast<std::uint16_t>(*low)});
  rule.creator = name;
  return rule;
}

/// What stands in brackets.
Meant<UserRule> rule_for_tag(std::string_view inside) {
  const std::size_t open = inside.find(",\""), close = inside.rfind("\",");
  if (open != std::string_view::npos && close != std::string_view::npos && close > open + 1) {
    return rule_for_private(trim(inside.substr(0, open)), inside.substr(open + 2, close - open - 2),
                            trim(inside.substr(close + 2)));
  }
  const std::size_t comma = inside.find(',');
  const auto group = parse_hex(inside.substr(0, comma));
  const auto element =
      comma == std::string_view::npos ? std::nullopt : parse_hex(inside.substr(comma + 1));
  if (!group || !element || comma != 4 || inside.size() != 9) {
    return object("not a tag", hint_for_attribute());
  }
  return rule_for_public(Tag::from(*group << 16U | *element));
}

/// Whether `rule` reaches an attribute, of that VR in the dictionary.
bool reaches(const UserRule& rule, Tag tag) noexcept {
  switch (rule.kind) {
    case Kind::tag:
      return rule.tag == tag;
    case Kind::pattern:
      return (tag.packed() & rule.mask.packed()) == rule.tag.packed();
    case Kind::vr:
      return dictionary_vr(tag) == rule.vr;
    case Kind::private_attribute:
      break;
  }
  return false;
}

/// The VR of what a rule selects; none where there may be several.
std::optional<Vr> vr_of(const UserRule& rule) noexcept {
  switch (rule.kind) {
    case Kind::tag:
      return dictionary_vr(rule.tag);
    case Kind::vr:
      return rule.vr;
    case Kind::pattern:
      if (rule.mask.element == 0xFFFF) return dictionary_vr(rule.tag);
      break;
    case Kind::private_attribute:
      break;
  }
  return std::nullopt;
}

bool is_whole_group(const UserRule& rule) noexcept {
  return rule.kind == Kind::pattern && rule.mask.element == 0;
}

std::string name_of(Tag tag) {
  const auto entry = find_entry(tag);
  return entry && !entry->keyword.empty() ? std::string(entry->keyword) : tag_text(tag);
}

/// Why no rule at all may speak of what `rule` selects.
std::optional<Objection> objection_to_selection(const UserRule& rule, deid::Profile::Base base) {
  const bool one = rule.kind == Kind::tag;
  if (one && rule.tag.group <= 0x0002) {
    return Objection{"the file meta information is made new for every file",
                     "rules are for data sets, from group 0004 on"};
  }
  if (one && (rule.tag.is_group_length() || rule.tag.group == tags::kItem.group)) {
    return Objection{fmt::format("{} is no attribute of an object", tag_text(rule.tag)), {}};
  }
  const bool is_mark = std::find(kMarks.begin(), kMarks.end(), rule.tag) != kMarks.end();
  if (one && is_mark && base == deid::Profile::Base::ps3_15) {
    return Objection{
        fmt::format("{} says what was done to an object: it is written here", name_of(rule.tag)),
        {}};
  }
  return std::nullopt;
}

/// Why an action other than `keep` would make objects that cannot be read or filed.
std::optional<Objection> objection_to_loss(const UserRule& rule, Action action) {
  const bool stays =
      action == Action::keep || (action == Action::clean && !reaches(rule, tags::kSopClassUid));
  if (stays) return std::nullopt;
  for (const Tag tag : kIndispensable) {
    if (!reaches(rule, tag)) continue;
    if (rule.kind == Kind::tag) {
      return Objection{fmt::format("no object can do without its {}", name_of(tag)),
                       tag == tags::kSpecificCharacterSet || tag == tags::kSopClassUid
                           ? "it stays as it is under every profile"
                           : "every PS3.15 profile maps it; keep is the other choice"};
    }
    return Objection{
        fmt::format("no object can do without its {}, which is among them", name_of(tag)),
        "name the attributes one by one"};
  }
  const bool constant = action == Action::replace && reaches(rule, tags::kPatientId);
  if (constant) {
    return Objection{"with one PatientID for all, all patients would be one",
                     "`hash` gives each patient a pseudonym, --pseudonyms those of a table"};
  }
  if (action == Action::hash && rule.kind != Kind::tag && reaches(rule, tags::kPatientId)) {
    return Objection{"PatientID is among them, and patients are told apart by it",
                     "name the attributes one by one"};
  }
  return std::nullopt;
}

Objection unfit(Action action, const std::string& whose, std::string hint) {
  const auto* const name =
      std::find_if(kActions.begin(), kActions.end(),
                   [&](const ActionName& row) { return row.action == action; });
  return {fmt::format("`{}` is nothing for {}", name->name, whose), std::move(hint)};
}

/// Why values of this VR cannot bear the action.
std::optional<Objection> objection_by_vr(Vr vr, Action action, const std::string& whose) {
  const VrRow row = find_vr(vr) == nullptr ? VrRow{vr, false, false, false} : *find_vr(vr);
  const bool is_date = vr == vr::kDA || vr == vr::kDT;
  switch (action) {
    case Action::shift:
      if (is_date) return std::nullopt;
      return unfit(action, whose,
                   "only dates (DA, DT) can be shifted; times of day stay with keep");
    case Action::hash:
      if (row.hash) return std::nullopt;
      return unfit(action, whose, "only text can hold a pseudonym; remove and empty always work");
    case Action::replace:
      if (row.replace) return std::nullopt;
      return unfit(action, whose, "only text, numbers as text, dates and times can be written");
    case Action::clean:
      if (row.text || is_date || vr == vr::kAS || vr == vr::kUI) return std::nullopt;
      return unfit(action, whose, "it takes words out of text; choose keep or remove");
    case Action::empty:
      if (!is_bulk(vr)) return std::nullopt;
      return unfit(action, whose, "choose keep or remove");
    default:
      return std::nullopt;
  }
}

std::optional<Objection> objection_to_action(const UserRule& rule, Action action) {
  if (auto loss = objection_to_loss(rule, action)) return loss;
  if (is_whole_group(rule)) {
    const bool holds_pixels = action == Action::empty && reaches(rule, tags::kPixelData);
    if (action == Action::keep || action == Action::remove) return std::nullopt;
    if (action == Action::empty && !holds_pixels) return std::nullopt;
    return unfit(action, "a whole group", "name attributes, or a VR");
  }
  const auto vr = vr_of(rule);
  if (!vr) return std::nullopt;
  const std::string whose = rule.kind == Kind::vr
                                ? fmt::format("the VR {}", vr_text(*vr))
                                : fmt::format("{}, which is {}", name_of(rule.tag), vr_text(*vr));
  if (auto objection = objection_by_vr(*vr, action, whose)) return objection;
  if (action == Action::hash && rule.kind == Kind::tag && *vr == vr::kUI &&
      deid::is_definition_uid(rule.tag)) {
    return unfit(action, name_of(rule.tag), "it names a class or a scheme, not an instance");
  }
  return std::nullopt;
}

/// What is done to values of this VR in the name of cleaning.
Action cleaning(std::optional<Vr> vr) noexcept {
  if (vr == vr::kDA || vr == vr::kDT) return Action::shift;
  if (vr == vr::kAS) return Action::cap_age;
  if (vr == vr::kUI) return Action::map_uid;
  return Action::clean;
}

}  // namespace

Meant<UserRule> rule_for_attribute(std::string_view text) {
  const std::string_view word = trim(text);
  if (word.starts_with('(') && !word.ends_with(')')) {
    return object("not a tag", "between braces { } a tag must stand in quotes: '(0010,0010)'");
  }
  if (word.starts_with('(')) return rule_for_tag(word.substr(1, word.size() - 2));
  if (const auto packed = parse_hex(word); packed && word.size() == 8) {
    return rule_for_public(Tag::from(*packed));
  }
  return rule_for_keyword(word);
}

Meant<UserRule> rule_for_group(std::string_view text) {
  const std::string word = lower(trim(text));
  if (word == "private") {
    return rule_of(Kind::pattern, {1, 0}, {1, 0});
  }
  const bool fits = word.size() == 4 && word.find_first_not_of("0123456789abcdefx") == word.npos;
  if (!fits) {
    return object("not a group", "four hexadecimal digits, x for any: 0019, 60xx; or private");
  }
  std::uint32_t group = 0, mask = 0;
  for (const char digit : word) {
    const auto number = parse_hex(std::string_view(&digit, 1));
    group = group << 4U | number.value_or(0);
    mask = mask << 4U | (number ? 0xFU : 0U);
  }
  if (word.back() == 'x') mask |= 1U;
  return rule_of(Kind::pattern, Tag::from(group << 16U), Tag::from(mask << 16U));
}

Meant<UserRule> rule_for_vr(std::string_view text) {
  const std::string_view word = trim(text);
  if (word.size() == 2) {
    const auto upper = [](char c) {
      return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    };
    const Vr vr = make_vr(upper(word[0]), upper(word[1]));
    if (find_vr(vr) != nullptr) {
      UserRule rule = rule_of(Kind::vr, {});
      rule.vr = vr;
      return rule;
    }
  }
  return object("not a VR", "two letters of PS3.5, such as PN, DA or UI");
}

Meant<Action> action_of_rule(const UserRule& rule, std::string_view name,
                             deid::Profile::Base base) {
  if (auto objection = objection_to_selection(rule, base)) {
    return tl::unexpected<Objection>(std::move(*objection));
  }
  const auto* const found = std::find_if(kActions.begin(), kActions.end(),
                                         [&](const ActionName& row) { return row.name == name; });
  if (found == kActions.end()) {
    std::vector<std::string_view> names;
    for (const ActionName& row : kActions) names.push_back(row.name);
    return object(fmt::format("unknown action `{}`", name),
                  did_you_mean(nearest(name, names),
                               fmt::format("the actions are: {}", fmt::join(names, ", "))));
  }
  if (found->action == Action::clean && base == deid::Profile::Base::demographics) {
    return object("`clean` needs a PS3.15 base, which gathers what identifies the patient",
                  "write `base: basic`");
  }
  if (auto objection = objection_to_action(rule, found->action)) {
    return tl::unexpected<Objection>(std::move(*objection));
  }
  if (found->action == Action::clean) return cleaning(vr_of(rule));
  const bool patient = rule.kind == Kind::tag && rule.tag == tags::kPatientId;
  if (found->action == Action::hash && patient) return Action::pseudonym;
  return found->action;
}

std::optional<Objection> objection_to_value(const UserRule& rule, std::string_view value) {
  const Vr vr = vr_of(rule).value_or(vr::kLO);
  if (std::string why = why_not_a_value(vr, value); !why.empty()) {
    return Objection{fmt::format("not a value of the VR {}: {}", vr_text(vr), why), {}};
  }
  return std::nullopt;
}

bool same_selector(const UserRule& one, const UserRule& other) {
  return one.kind == other.kind && one.tag == other.tag && one.mask == other.mask &&
         one.vr == other.vr && fold(one.creator) == fold(other.creator);
}

std::string selector_text(const UserRule& rule) {
  switch (rule.kind) {
    case Kind::tag:
      return name_of(rule.tag);
    case Kind::private_attribute:
      return fmt::format("({:04x},\"{}\",{:02x})", rule.tag.group, rule.creator, rule.tag.element);
    case Kind::vr:
      return vr_text(rule.vr);
    case Kind::pattern:
      break;
  }
  if (!is_whole_group(rule)) return name_of(rule.tag);
  if (rule.mask.group == 1) return "private";
  std::string text = fmt::format("{:04x}", rule.tag.group);
  for (std::size_t i = 0; i < text.size(); ++i)
    if ((rule.mask.group >> (4 * (3 - i)) & 0xFU) != 0xFU) text[i] = 'x';
  return text;
}

std::string tag_text(Tag tag) { return fmt::format("({:04x},{:04x})", tag.group, tag.element); }

std::string vr_text(Vr vr) {
  if (vr == vr::kNone) return "--";
  const auto letters = static_cast<std::uint16_t>(vr);
  return {static_cast<char>(letters >> 8U), static_cast<char>(letters & 0xFFU)};
}

}  // namespace dcm::cli
