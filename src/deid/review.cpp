// SPDX-License-Identifier: MIT
#include "deid/review.hpp"

#include <algorithm>
#include <array>

#include "deid/safe_private.hpp"
#include "deid/sr_concepts.hpp"
#include "dicom/character_set.hpp"
#include "dicom/dictionary.hpp"
#include "dicom/text.hpp"

namespace dcm::deid {
namespace {

constexpr Tag kCodeValue{0x0008, 0x0100};
constexpr Tag kCodingScheme{0x0008, 0x0102};
constexpr Tag kUrnCodeValue{0x0008, 0x0120};
constexpr Tag kConceptName{0x0040, 0xA043};
constexpr Tag kReferencedFrameNumber{0x0008, 0x1160};
constexpr Tag kReferencedContentItem{0x0040, 0xDB73};
constexpr Tag kContentSequence{0x0040, 0xA730};
constexpr Tag kGraphicAnnotation{0x0070, 0x0001};

constexpr Rule kUnreadable{Action::remove, Reason::unreadable};

/// Where in the tree or in which frame: counted from 1, so there is no dummy, and nobody's.
bool is_position(Tag tag) noexcept {
  return tag == kReferencedFrameNumber || tag == kReferencedContentItem;
}

bool is_code_attribute(Tag tag) noexcept { return tag >= kCodeValue && tag <= kUrnCodeValue; }

/// The attributes that carry the value of a content item (PS3.3 C.17.3.2).
bool is_content_value(Tag tag) noexcept {
  return tag.group == 0x0040 &&
         ((tag.element >= 0xA120 && tag.element <= 0xA124) || tag.element == 0xA160 ||
          tag.element == 0xA161 || tag.element == 0xA30A);
}

/// Bytes of one binary number, 0 for all other VRs.
std::size_t unit_of(Vr vr) noexcept {
  switch (vr) {
    case vr::kSS:
    case vr::kUS:
      return 2;
    case vr::kAT:
    case vr::kFL:
    case vr::kSL:
    case vr::kUL:
      return 4;
    case vr::kFD:
    case vr::kSV:
    case vr::kUV:
      return 8;
    default:
      return 0;
  }
}

/// The VR to read a value by: the dictionary's, but text that was sent is text.
Vr real_vr(const TapeRecord& record) noexcept {
  const Vr known = dictionary_vr(record.tag);
  if (known == record.vr || known == vr::kUN) return record.vr;
  return is_text(record.vr) && !is_text(known) ? record.vr : known;
}

/// Whether a value that was sent with one VR can be what the other says it is.
bool can_be(Vr sent, Vr vr, std::size_t length) noexcept {
  if (sent == vr || is_text(vr)) return true;
  if (unit_of(vr) > 0) {
    const bool fits = sent == vr::kUN ? length % unit_of(vr) == 0 : unit_of(sent) > 0;
    return fits || (sent == vr::kOW && length % 2 == 0);
  }
  if (is_bulk(vr)) return is_bulk(sent) || unit_of(sent) > 0;
  return sent == vr::kUN || !(is_bulk(sent) || unit_of(sent) > 0);
}

/// What a code of several letters comes to for an attribute of this Type (PS3.15 Table E.1-1a). An
/// X stands for what the IOD wants where it wants the attribute all the same.
Action action_for(Code code, AttributeType type) noexcept {
  const bool may_remove = code != Code::Z_D;
  const bool may_empty = code != Code::X_D;
  const bool may_be_dummy = code != Code::X_Z;
  switch (type) {
    case AttributeType::type1:
      return Action::dummy;
    case AttributeType::type2:
      return may_empty ? Action::empty : Action::dummy;
    case AttributeType::type3:
      return may_remove ? Action::remove : Action::empty;
    case AttributeType::unknown:
      break;
  }
  if (code == Code::X) return Action::remove;
  return may_be_dummy ? Action::dummy : Action::empty;
}

using Alphabet = std::array<bool, 256>;

constexpr Alphabet alphabet(std::string_view letters) noexcept {
  Alphabet table{};
  for (const char letter : letters) table[static_cast<unsigned char>(letter)] = true;
  table[0] = true;  // padding
  return table;
}

/// Which bytes a value of this VR is made of, as far as it is certain that nothing else belongs
/// there; nullptr for all other VRs.
const Alphabet* alphabet_of(Vr vr) noexcept {
  static constexpr Alphabet kNumber = alphabet("0123456789+-.,eE \\");
  static constexpr Alphabet kDate = alphabet("0123456789.- \\");
  static constexpr Alphabet kTime = alphabet("0123456789.:- \\");
  static constexpr Alphabet kDateTime = alphabet("0123456789.:+- \\");
  static constexpr Alphabet kUid = alphabet("0123456789. \\");
  static constexpr Alphabet kAge = alphabet("0123456789DWMY \\");
  switch (vr) {
    case vr::kDS:
    case vr::kIS:
      return &kNumber;
    case vr::kDA:
      return &kDate;
    case vr::kTM:
      return &kTime;
    case vr::kDT:
      return &kDateTime;
    case vr::kUI:
      return &kUid;
    case vr::kAS:
      return &kAge;
    default:
      return nullptr;
  }
}

bool is_spelt_as(Vr vr, std::string_view value) noexcept {
  const Alphabet* const letters = alphabet_of(vr);
  return letters == nullptr || std::all_of(value.begin(), value.end(), [&](char letter) {
           return (*letters)[static_cast<unsigned char>(letter)];
         });
}

bool is_private_creator(Tag tag) noexcept {
  return tag.is_private() && tag.element >= 0x0010 && tag.element <= 0x00FF;
}

bool is_overlay_data(Tag tag) noexcept {
  return tag.element == 0x3000 && (tag.group & 0xFF00U) == 0x6000 && !tag.is_private();
}

bool is_container(const TapeRecord& record) noexcept {
  return record.kind == TapeRecord::Kind::sequence;
}

}  // namespace

void Review::begin(std::string_view sop_class_uid) {
  sop_class_uid_ = sop_class_uid;
  facts_ = {};
  findings_ = {};
  findings_.suspected_burned_in = profile_->is_ps3_15() && often_burned_in(sop_class_uid);
  applied_ = {};
  days_ = Days::gone;
  weakened_ = false;
}

Result<void> Review::run(const HeaderTape& tape, Part part) {
  tape_ = &tape;
  part_ = part;
  decisions_.assign(tape.records().size(), {});
  frames_.assign(1, {});
  blocks_.clear();
  character_sets_.assign(1, {});
  for (std::size_t i = 0; i < tape.records().size(); ++i) {
    const TapeRecord& record = tape.records()[i];
    leave_to(record.depth);
    switch (record.kind) {
      case TapeRecord::Kind::end:
      case TapeRecord::Kind::fragment:
        break;
      case TapeRecord::Kind::item:
        enter_item(i);
        break;
      default:
        DCM_CHECK(decide(i));
    }
  }
  return {};
}

void Review::leave_to(std::uint8_t depth) {
  while (frames_.back().inner_depth > depth) {  // never of the first: its depth is 0
    blocks_.resize(frames_.back().creators);
    frames_.pop_back();
  }
}

void Review::enter_item(std::size_t index) {
  Frame frame = frames_.back();
  frame.inner_depth = static_cast<std::uint8_t>(tape_->records()[index].depth + 1);
  frame.creators = blocks_.size();
  if (frame.sequence == kContentSequence && profile_->is_ps3_15()) {
    const Rule rule = concept_rule(index);
    const bool kept = rule.reason == Reason::option && rule.action == Action::keep;
    const bool referable = profile_->options().has(Option::retain_uids);
    frame.keeps_values = kept && (frame.dummies == Dummies::none || referable);
    if (frame.dummies == Dummies::none) {
      decisions_[index].rule = rule;
      frame.removed = frame.removed || rule.action == Action::remove;
      frame.dummy_values = rule.action == Action::dummy;
    }
  }
  if (frame.dummies == Dummies::but_public_codes) {
    const std::size_t scheme = find_child(index, kCodingScheme);
    frame.public_code = scheme != 0 && is_public_scheme(text_of(scheme));
  }
  frames_.push_back(frame);
}

void Review::enter_sequence(std::size_t index, const Decision& decision) {
  const TapeRecord& record = tape_->records()[index];
  Frame frame = frames_.back();
  frame.inner_depth = static_cast<std::uint8_t>(record.depth + 1);
  frame.sequence = record.tag;
  frame.creators = blocks_.size();
  frame.public_code = false;
  frame.dummy_values = frame.keeps_values = false;
  frame.removed = frame.removed || decision.rule.action == Action::remove ||
                  decision.rule.action == Action::empty;
  if (decision.rule.action == Action::dummy && frame.dummies != Dummies::all) {
    const bool science = record.tag == kContentSequence || record.tag == kGraphicAnnotation ||
                         frame.dummies == Dummies::but_public_codes;
    frame.dummies = science ? Dummies::but_public_codes : Dummies::all;
  }
  frames_.push_back(frame);
}

Result<void> Review::decide(std::size_t index) {
  const TapeRecord& record = tape_->records()[index];
  Decision& decision = decisions_[index];
  Frame& frame = frames_.back();
  decision.vr = real_vr(record);
  decision.character_set = frame.character_set;

  Rule rule = resolved(rule_for(index), record);
  harvest(rule, decision.vr, index);
  note(index);
  if (!profile_->is_ps3_15()) {
    const bool hidden = record.kind == TapeRecord::Kind::element && record.length >= 8 &&
                        dictionary_vr(record.tag) == vr::kSQ &&
                        starts_with_item(as_bytes(text_of(index)));
    if (hidden && rule.action != Action::remove && !frame.removed)
      return fail(Errc::bad_length, {.tag = record.tag.packed(), .offset = record.offset});
  } else {
    rule = within(frame, rule, record, decision.vr);
    rule = readable(rule, index, decision.vr);
    if (part_ == Part::trailer && rule.reason != Reason::user_rule)
      rule = {Action::remove, Reason::surrounding};
  }
  decision.rule = rule;
  if (!frame.removed) account(rule, record);
  const bool shown = rule.action == Action::keep && !frame.removed && is_overlay_data(record.tag);
  if (shown && may_show_text(index)) findings_.suspected_burned_in = profile_->is_ps3_15();
  if (is_container(record)) enter_sequence(index, decision);
  return {};
}

Rule Review::rule_for(std::size_t index) {
  const TapeRecord& record = tape_->records()[index];
  return record.tag.is_private() ? private_rule(index) : profile_->rule(record.tag, record.vr);
}

// A creator goes with its block, and stays with the first element of it that stays (PS3.5 7.8.1).
Rule Review::private_rule(std::size_t index) {
  const TapeRecord& record = tape_->records()[index];
  const Tag tag = record.tag;
  if (is_private_creator(tag)) {
    blocks_.push_back({tag.group, static_cast<std::uint8_t>(tag.element), index, text_of(index)});
    if (!profile_->is_ps3_15()) return profile_->rule(tag, record.vr);
    return {Action::remove, Reason::pattern};
  }
  const PrivateBlock* block = nullptr;
  for (std::size_t i = blocks_.size(); i-- > frames_.back().creators && block == nullptr;)
    if (blocks_[i].group == tag.group && blocks_[i].number == tag.element >> 8U)
      block = &blocks_[i];
  const std::string_view creator = block == nullptr ? std::string_view{} : block->creator;
  Rule rule = profile_->private_rule(tag, creator, record.vr);
  if (rule.reason == Reason::option) rule = safe_rule(rule, creator, index);
  if (rule.action == Action::remove) return rule;
  if (block != nullptr)
    decisions_[block->record].rule = {Action::keep, rule.reason, Code::K, Identity::none,
                                      rule.which};
  return rule;
}

// What is safe is safe as that VR only: anything may stand in a text.
Rule Review::safe_rule(Rule rule, std::string_view creator, std::size_t index) {
  const TapeRecord& record = tape_->records()[index];
  const auto element = static_cast<std::uint8_t>(record.tag.element);
  const Vr safe = safe_private_vr(record.tag.group, creator, element).value_or(vr::kUN);
  if (record.kind != TapeRecord::Kind::element) return safe == vr::kSQ ? rule : kUnreadable;
  const bool number = unit_of(record.vr) > 0 || record.vr == vr::kDS || record.vr == vr::kIS;
  if (safe == vr::kUN) return number ? rule : kUnreadable;
  if (record.vr != safe && record.vr != vr::kUN) return kUnreadable;
  if (!can_be(record.vr, safe, record.length)) return kUnreadable;
  decisions_[index].vr = safe;
  return rule;
}

Rule Review::resolved(Rule rule, const TapeRecord& record) const {
  if (rule.code != Code::K) {
    const AttributeType type =
        frames_.size() == 1 ? attribute_type(sop_class_uid_, record.tag) : AttributeType::unknown;
    rule.action = action_for(rule.code, type);
  }
  if (record.kind == TapeRecord::Kind::element) return rule;
  switch (rule.action) {
    case Action::keep:
    case Action::remove:
      return rule;
    case Action::clean:
    case Action::empty:
    case Action::dummy:
    case Action::map_uid:
      return is_container(record) ? rule : kUnreadable;
    default:
      return kUnreadable;
  }
}

Rule Review::within(const Frame& frame, Rule rule, const TapeRecord& record, Vr vr) const {
  if (frame.keeps_values && is_content_value(record.tag) && vr == vr::kUI)
    return {Action::keep, Reason::sr_concept};
  const bool stays = rule.action == Action::keep || rule.action == Action::clean;
  if (!stays || rule.reason == Reason::user_rule || is_container(record)) return rule;
  if (frame.dummy_values && is_content_value(record.tag))
    return {vr == vr::kUI ? Action::map_uid : Action::dummy, Reason::sr_concept};
  if (frame.dummies == Dummies::none || vr == vr::kCS || is_definition_uid(record.tag)) return rule;
  if (is_position(record.tag)) return rule;
  if (frame.public_code && is_code_attribute(record.tag)) return rule;
  if (vr == vr::kUI && rule.reason == Reason::option) return rule;
  return {vr == vr::kUI ? Action::map_uid : Action::dummy, Reason::surrounding};
}

// The bits of an overlay can be letters, which nothing here reads: those of a region (type R) least
// likely.
bool Review::may_show_text(std::size_t index) const {
  constexpr std::size_t kSiblings = 64;
  const auto records = tape_->records();
  const TapeRecord& bits = records[index];
  const auto is_sibling = [&](std::size_t i) {
    return records[i].depth == bits.depth && records[i].tag.group == bits.tag.group;
  };
  for (std::size_t i = index; i-- > 0 && index - i <= kSiblings && is_sibling(i);)
    if (records[i].tag.element == 0x0040) return trim(text_of(i)) != "R";
  return true;
}

Rule Review::readable(Rule rule, std::size_t index, Vr vr) {
  const TapeRecord& record = tape_->records()[index];
  if (record.kind != TapeRecord::Kind::element || record.length == 0) return rule;
  if (rule.reason == Reason::user_rule) return rule;
  switch (rule.action) {
    case Action::keep:
    case Action::clean:
    case Action::shift:
    case Action::cap_age:
    case Action::map_uid:
      break;
    default:
      return rule;
  }
  const bool streams = index + 1 == tape_->records().size() && tape_->value_incomplete();
  if (streams) return rule;
  if (vr == vr::kSQ || !can_be(record.vr, vr, record.length)) return kUnreadable;
  const bool is_term =
      record.tag != tags::kSpecificCharacterSet || CharacterSets::are_terms(text_of(index));
  return is_term && is_spelt_as(vr, text_of(index)) ? rule : kUnreadable;
}

Rule Review::concept_rule(std::size_t item) const {
  const std::size_t name = find_child(item, kConceptName);
  if (name == 0 || !is_container(tape_->records()[name])) return {};
  const std::size_t code = find_child(name, tags::kItem);
  if (code == 0) return {};
  const std::size_t value = find_child(code, kCodeValue);
  const std::size_t scheme = find_child(code, kCodingScheme);
  if (value == 0 || scheme == 0) return {};
  const ConceptRow* row = find_concept(text_of(value), text_of(scheme));
  if (row == nullptr) return {};
  const auto by = [](Action action, OptionSet options) {
    return Rule{action, Reason::option, Code::K, Identity::none,
                static_cast<std::uint16_t>(options.list().front())};
  };
  const OptionSet options = profile_->options();
  if (!(row->cleans & options).empty()) return by(Action::clean, row->cleans & options);
  if (!(row->keeps & options).empty()) return by(Action::keep, row->keeps & options);
  switch (row->basic) {
    case Code::K:
    case Code::C:
    case Code::U:
    case Code::X_Z_Ustar:
      return {};
    case Code::X:
      return {Action::remove, Reason::sr_concept};
    default:
      return {Action::dummy, Reason::sr_concept};
  }
}

std::size_t Review::find_child(std::size_t container, Tag tag) const noexcept {
  const auto records = tape_->records();
  const unsigned inner = records[container].depth + 1U;
  for (std::size_t i = container + 1; i < records.size() && records[i].depth >= inner; ++i)
    if (records[i].depth == inner && records[i].tag == tag) return i;
  return 0;
}

std::string_view Review::text_of(std::size_t index) const noexcept {
  const TapeRecord& record = tape_->records()[index];
  if (record.kind != TapeRecord::Kind::element) return {};
  return as_text(tape_->value(record));
}

void Review::harvest(const Rule& rule, Vr vr, std::size_t index) {
  const TapeRecord& record = tape_->records()[index];
  if (!profile_->is_ps3_15() || record.length == 0) return;
  if (record.kind != TapeRecord::Kind::element) return;
  if (rule.action == Action::keep || rule.action == Action::clean || rule.action == Action::map_uid)
    return;
  const Identity identity = vr == vr::kPN ? Identity::name : rule.identity;
  const bool private_value = record.tag.is_private() && !is_private_creator(record.tag);
  if (identity == Identity::none && !private_value) return;
  scrubber_->harvest(identity, vr, text_of(index), character_sets_[frames_.back().character_set]);
}

void Review::note(std::size_t index) {
  const bool of_object = frames_.size() == 1 && part_ == Part::header;
  switch (tape_->records()[index].tag.packed()) {
    case tags::kSpecificCharacterSet.packed():
      frames_.back().character_set = static_cast<std::uint32_t>(character_sets_.size());
      character_sets_.push_back(text_of(index));
      if (of_object) facts_.character_set = text_of(index);
      break;
    case tags::kPatientId.packed():
      if (!of_object) break;
      facts_.patient_id = text_of(index);
      facts_.has_patient_id = !trim(facts_.patient_id).empty();
      break;
    case tags::kStudyInstanceUid.packed():
      if (of_object) facts_.study_instance_uid = text_of(index);
      break;
    case tags::kBurnedInAnnotation.packed():
      if (of_object) facts_.burned_in = trim(text_of(index)) == "YES";
      break;
    default:
      break;
  }
}

void Review::account(const Rule& rule, const TapeRecord& record) {
  if (rule.reason == Reason::option) applied_.add(rule.option());
  if (rule.reason == Reason::unreadable || rule.reason == Reason::unknown) ++findings_.unreadable;
  if (rule.reason != Reason::user_rule) return;
  const bool stays = rule.action == Action::keep || rule.action == Action::clean;
  const Vr known = dictionary_vr(record.tag);
  if (stays && (known == vr::kDA || known == vr::kDT)) days_ = Days::kept;
  if (rule.action == Action::shift) days_ = std::max(days_, Days::moved);
  if (!stays && rule.action != Action::shift) return;
  const Rule without = profile_->rule_without_user(record.tag, record.vr);
  const bool identifies = without.identity != Identity::none || without.action == Action::map_uid;
  const bool differs = without.action != Action::keep && without.action != rule.action;
  if ((identifies && differs) || (record.tag.is_private() && is_bulk(record.vr))) weakened_ = true;
}

}  // namespace dcm::deid
