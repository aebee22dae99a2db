// SPDX-License-Identifier: MIT
#include "deid/deidentifier.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "deid/date_shift.hpp"
#include "deid/dummy.hpp"
#include "dicom/character_set.hpp"
#include "dicom/element_encoder.hpp"
#include "dicom/text.hpp"
#include "dicom/uid.hpp"

namespace dcm::deid {
namespace {

constexpr Tag kPatientIdentityRemoved{0x0012, 0x0062};
constexpr Tag kDeidentificationMethod{0x0012, 0x0063};
constexpr Tag kDeidentificationMethodCodes{0x0012, 0x0064};
constexpr Tag kLongitudinalModified{0x0028, 0x0303};
constexpr Tag kCodeValue{0x0008, 0x0100};
constexpr Tag kCodingScheme{0x0008, 0x0102};
constexpr Tag kCodeMeaning{0x0008, 0x0104};
constexpr Tag kTextValue{0x0040, 0xA160};
constexpr std::size_t kRememberedUids = 4096;
constexpr std::size_t kLongString = 64;  // LO (PS3.5 6.2)

bool is_mark(Tag tag) noexcept {
  return tag == kPatientIdentityRemoved || tag == kDeidentificationMethod ||
         tag == kDeidentificationMethodCodes || tag == kLongitudinalModified;
}

struct MethodCode {
  std::string_view value;
  std::string_view meaning;
};

constexpr MethodCode kBasicProfile{"113100", "Basic Application Confidentiality Profile"};

/// The codes of CID 7050 by their value, so that those of an earlier pass are told again.
std::optional<MethodCode> known_method(std::string_view value) noexcept {
  static constexpr std::array kOthers = {
      kBasicProfile,
      MethodCode{"113101", "Clean Pixel Data Option"},
      MethodCode{"113102", "Clean Recognizable Visual Features Option"},
  };
  const auto* const found = std::find_if(
      kOthers.begin(), kOthers.end(), [&](const MethodCode& each) { return each.value == value; });
  if (found != kOthers.end()) return *found;
  for (std::size_t i = 0; i < kOptions; ++i) {
    const OptionName& name = name_of(static_cast<Option>(i));
    if (name.code_value == value) return MethodCode{name.code_value, name.code_meaning};
  }
  return std::nullopt;
}

/// Texts that are of Type 1 wherever they stand: those of content items and codes.
bool must_say_something(Tag tag) noexcept {
  return tag == kTextValue ||
         (tag.group == kCodeValue.group && tag >= kCodeValue && tag.element <= 0x0120);
}

std::size_t find_top_level(const HeaderTape& tape, Tag tag) noexcept {
  const auto records = tape.records();
  std::size_t i = 0;
  while (i < records.size() && (records[i].depth > 0 || records[i].tag != tag)) ++i;
  return i;
}

std::string_view value_at(const HeaderTape& tape, std::size_t index) noexcept {
  const bool readable = index < tape.records().size() &&
                        tape.records()[index].kind == TapeRecord::Kind::element &&
                        !(index + 1 == tape.records().size() && tape.value_incomplete());
  return readable ? trim(as_text(tape.value(tape.records()[index]))) : std::string_view{};
}

std::string utf8_of(std::string_view value, std::string_view character_set) {
  const std::string_view trimmed = trim(value);
  if (is_ascii(trimmed) && trimmed.find('\x1B') == std::string_view::npos)
    return std::string(trimmed);
  return std::string(trim(to_utf8(value, CharacterSets::parse(character_set), vr::kLO)));
}

std::vector<std::byte> padded(std::string_view value, Vr vr) {
  const Bytes bytes = as_bytes(value);
  std::vector<std::byte> even(bytes.begin(), bytes.end());
  if (even.size() % 2 != 0) even.push_back(padding_of(vr));
  return even;
}

}  // namespace

Deidentifier::Deidentifier(const Project& project)
    : project_(project),
      scrubber_(project.phrases, project.profile.options().has(Option::retain_uids)
                                     ? Scrubber::Uids::keep
                                     : Scrubber::Uids::remove),
      review_(project.profile, scrubber_) {}

void Deidentifier::begin(std::string_view sop_class_uid, Encoding encoding) {
  encoding_ = encoding;
  knows_patient_ = false;
  unreadable_ = 0;
  scrubber_.begin();
  review_.begin(sop_class_uid);
}

Findings Deidentifier::findings() const noexcept {
  Findings findings = review_.findings();
  findings.declared_burned_in = project_.profile.is_ps3_15() && review_.facts().burned_in;
  findings.unreadable += unreadable_;
  return findings;
}

Result<Edits> Deidentifier::edits(const HeaderTape& tape, Part part) {
  marks_.clear();
  DCM_CHECK(review_.run(tape, part));
  if (part == Part::header) {
    DCM_CHECK(know_patient());
    if (project_.profile.is_ps3_15()) {
      DCM_CHECK(make_marks(tape));
      take_out_old_marks(tape);
    }
  }
  return apply(tape);
}

std::string_view Deidentifier::added_patient_id() const noexcept {
  const bool added = !marks_.empty() && marks_.front().tag == tags::kPatientId;
  return added ? std::string_view(pseudonym_) : std::string_view{};
}

Result<void> Deidentifier::know_patient() {
  if (!project_.key || knows_patient_) return {};
  const Facts& facts = review_.facts();
  const std::string id = utf8_of(facts.patient_id, facts.character_set);
  const std::string_view patient = Project::patient(id, facts.study_instance_uid);
  if (patient.empty()) return fail(Errc::missing_uid, {.tag = tags::kStudyInstanceUid.packed()});
  if (patient != patient_) {
    DCM_TRY(pseudonym_, project_.pseudonym(patient));
    date_shift_ = project_.key->date_shift(patient);
    patient_ = patient;
  }
  knows_patient_ = true;
  if (project_.replacements != nullptr) project_.replacements->patient(patient, pseudonym_);
  return {};
}

Result<void> Deidentifier::make_marks(const HeaderTape& tape) {
  const Facts& facts = review_.facts();
  if (facts.burned_in && project_.burned_in == BurnedIn::refuse) return fail(Errc::burned_in);
  const OptionSet options = project_.profile.options();
  const bool removed = !facts.burned_in && !review_.weakened();
  const Review::Days days = review_.days();
  const bool kept = options.has(Option::retain_full_dates) || days == Review::Days::kept;
  const bool moved = options.has(Option::retain_modified_dates) || days == Review::Days::moved;
  const auto add = [&](Tag tag, Vr vr, std::string_view value) {
    ElementEncoder encoder(encoding_);
    encoder.add(tag, vr, value);
    marks_.push_back({tag, encoder.take()});
  };
  const bool pseudonymous =
      project_.profile.rule(tags::kPatientId, vr::kLO).action == Action::pseudonym;
  if (!facts.has_patient_id && pseudonymous) add(tags::kPatientId, vr::kLO, pseudonym_);
  add(kPatientIdentityRemoved, vr::kCS, removed ? "YES" : "NO");
  add(kDeidentificationMethod, vr::kLO, method(earlier_method(tape)));
  marks_.push_back({kDeidentificationMethodCodes, method_codes(tape)});
  add(kLongitudinalModified, vr::kCS, kept ? "UNMODIFIED" : moved ? "MODIFIED" : "REMOVED");
  return {};
}

std::string_view Deidentifier::earlier_method(const HeaderTape& tape) {
  const std::string_view earlier = value_at(tape, find_top_level(tape, kDeidentificationMethod));
  const auto clean = scrubber_.scrub(earlier, vr::kLO, review_.facts().character_set);
  return trim(clean.value_or(earlier));
}

std::string Deidentifier::method(std::string_view earlier) const {
  std::string ours =
      "dicom-client PS3.15 " + std::string(Profile::edition()) + " " + project_.profile.name();
  ours.resize(std::min(ours.size(), kLongString));
  const bool told = earlier == ours || earlier.ends_with("\\" + ours);
  if (earlier.empty() || told) return earlier.empty() ? ours : std::string(earlier);
  return std::string(earlier) + "\\" + ours;
}

std::vector<std::byte> Deidentifier::method_codes(const HeaderTape& tape) const {
  std::set<std::string_view> values;
  if (!review_.weakened()) values.insert(kBasicProfile.value);
  for (const Option option : review_.applied().list()) values.insert(name_of(option).code_value);
  const auto records = tape.records();
  const std::size_t earlier = find_top_level(tape, kDeidentificationMethodCodes);
  if (earlier < records.size())
    for (std::size_t i = earlier; i < tape.subtree_end(earlier); ++i)
      if (records[i].tag == kCodeValue)
        if (const auto known = known_method(value_at(tape, i))) values.insert(known->value);

  std::vector<std::vector<std::byte>> items;
  for (const std::string_view value : values) {
    ElementEncoder item(encoding_);
    item.add(kCodeValue, vr::kSH, value);
    item.add(kCodingScheme, vr::kSH, "DCM");
    item.add(kCodeMeaning, vr::kLO, known_method(value)->meaning);
    items.push_back(item.take());
  }
  ElementEncoder sequence(encoding_);
  sequence.add_sequence(kDeidentificationMethodCodes, items);
  return sequence.take();
}

void Deidentifier::take_out_old_marks(const HeaderTape& tape) {
  const auto records = tape.records();
  for (std::size_t i = 0; i < records.size(); ++i) {
    const bool replaced = is_mark(records[i].tag) || (records[i].tag == tags::kPatientId &&
                                                      marks_.front().tag == tags::kPatientId);
    if (records[i].depth == 0 && replaced)
      review_.decisions()[i].rule = {Action::remove, Reason::mark};
  }
}

Edits Deidentifier::apply(const HeaderTape& tape) {
  Edits edits;
  auto mark = marks_.begin();
  const auto records = tape.records();
  for (std::size_t i = 0; i < records.size();) {
    const bool between = records[i].depth == 0 && records[i].kind != TapeRecord::Kind::end;
    while (mark != marks_.end() && between && records[i].tag >= mark->tag)
      edits.insert(i, std::move((mark++)->element));
    i = apply_to(tape, i, edits);
  }
  while (mark != marks_.end()) edits.insert(records.size(), std::move((mark++)->element));
  return edits;
}

std::size_t Deidentifier::apply_to(const HeaderTape& tape, std::size_t index, Edits& edits) {
  const TapeRecord& record = tape.records()[index];
  const Action action = review_.decisions()[index].rule.action;
  const bool incomplete = index + 1 == tape.records().size() && tape.value_incomplete();
  // What passes by stays as it is, or goes; what was let go of cannot stay.
  const bool stays = action == Action::keep || action == Action::clean;
  const bool goes = (incomplete && !stays) || (record.dropped && stays);
  if (goes || action == Action::remove) {
    edits.remove(index);
    return tape.subtree_end(index);
  }
  if (action == Action::empty) {
    empty(tape, index, edits);
    return tape.subtree_end(index);
  }
  if (record.kind == TapeRecord::Kind::element && !incomplete) rewrite(tape, index, edits);
  return index + 1;
}

void Deidentifier::empty(const HeaderTape& tape, std::size_t index, Edits& edits) const {
  const auto records = tape.records();
  if (records[index].kind == TapeRecord::Kind::element) {
    if (records[index].length > 0 || records[index].dropped) edits.replace(index, {});
    return;
  }
  const std::size_t end = tape.subtree_end(index);
  for (std::size_t i = index + 1; i < end;) {
    if (records[i].kind != TapeRecord::Kind::item) {
      ++i;
      continue;
    }
    edits.remove(i);
    i = tape.subtree_end(i);
  }
}

void Deidentifier::rewrite(const HeaderTape& tape, std::size_t index, Edits& edits) {
  const TapeRecord& record = tape.records()[index];
  const Decision& decision = review_.decisions()[index];
  if (record.length == 0 && !record.dropped) return;
  const std::string_view value = as_text(tape.value(record));
  const bool stays = decision.rule.action == Action::keep || decision.rule.action == Action::clean;
  if (!stays) {
    const std::optional<std::string> written = new_value(decision, record, value);
    if (!written) {
      edits.remove(index);
    } else if (*written != value) {
      edits.replace(index, padded(*written, decision.vr));
    }
    return;
  }
  const bool scrubbed = project_.profile.is_ps3_15() || decision.rule.action == Action::clean;
  if (!scrubbed || record.tag == tags::kSpecificCharacterSet) return;
  if (record.tag.is_private() && record.tag.element <= 0x00FF) return;
  const auto clean = scrubber_.scrub(value, decision.vr, review_.character_set(decision));
  if (!clean) return;
  const bool emptied = trim(*clean).empty() && must_say_something(record.tag);
  edits.replace(
      index,
      padded(emptied ? dummy_value(record.tag, decision.vr, 0) : std::string(*clean), decision.vr));
}

std::optional<std::string> Deidentifier::new_value(const Decision& decision,
                                                   const TapeRecord& record,
                                                   std::string_view value) {
  switch (decision.rule.action) {
    case Action::dummy:
      if (decision.vr == vr::kUI) return mapped_uids(value);
      if (decision.vr == vr::kSQ) return std::nullopt;
      return dummy_value(record.tag, decision.vr, record.length);
    case Action::map_uid:
      return mapped_uids(value);
    case Action::shift:
      return readable(shift_dates(value, decision.vr, date_shift_));
    case Action::cap_age:
      return readable(cap_ages(value));
    case Action::pseudonym:
      return pseudonym_;
    case Action::replace:
      if (!is_string(decision.vr)) return std::nullopt;
      return project_.profile.rules()[decision.rule.which].value;
    case Action::hash:
      if (!is_string(decision.vr)) return std::nullopt;
      return hashed(value, decision.vr);
    default:
      return std::nullopt;
  }
}

// The value goes, the attribute stays: it may be one that the IOD wants.
std::string Deidentifier::readable(const std::optional<std::string>& value) {
  if (!value) ++unreadable_;
  return value.value_or("");
}

std::string Deidentifier::mapped_uids(std::string_view value) {
  std::string mapped;
  for (;;) {
    const std::size_t end = value.find('\\');
    const std::string_view uid = trim(value.substr(0, end));
    if (is_standard_uid(uid) || uid.empty()) {
      mapped += uid;
    } else {
      if (uids_.size() >= kRememberedUids) uids_.clear();
      std::string& known = uids_[std::string(uid)];
      if (known.empty()) {
        known = project_.key->uid(uid);
        if (project_.replacements != nullptr) project_.replacements->uid(uid, known);
      }
      mapped += known;
    }
    if (end == std::string_view::npos) return mapped;
    mapped += '\\';
    value.remove_prefix(end + 1);
  }
}

std::string Deidentifier::hashed(std::string_view value, Vr vr) const {
  constexpr std::size_t kShortString = 16;
  if (vr == vr::kUI) return project_.key->uid(trim(value));
  std::string hash = project_.key->pseudonym(trim(value));
  if (vr == vr::kSH || vr == vr::kCS || vr == vr::kAE) hash.resize(kShortString);
  return hash;
}

}  // namespace dcm::deid
