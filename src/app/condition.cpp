// SPDX-License-Identifier: MIT
#include "app/condition.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <utility>

#include "app/spelling.hpp"
#include "base/hex.hpp"
#include "base/utf8.hpp"
#include "dicom/person_name.hpp"
#include "dicom/text.hpp"
#include "dicom/text_encoder.hpp"

namespace dcm::app {
namespace {

using net::QueryLevel;
using Rule = Condition::Rule;

struct LevelRow {
  std::uint32_t tag;
  std::string_view level;
};

constexpr LevelRow kLevelRows[] = {
#define ROW(tag, keyword, level) {parse_hex(tag), level},
#include "generated/query_levels.inc"
#undef ROW
};
static_assert(std::is_sorted(std::begin(kLevelRows), std::end(kLevelRows),
                             [](const auto& a, const auto& b) { return a.tag < b.tag; }));

constexpr bool is_count(Tag tag) noexcept {
  return tag.group == 0x0020 && tag.element >= 0x1200 && tag.element <= 0x1209;
}

/// Keys that a server returns without a value when it does not know them.
constexpr bool says_nothing_when_empty(Tag tag) noexcept {
  return is_count(tag) || tag == tags::kModalitiesInStudy || tag == tags::kSopClassesInStudy;
}

std::optional<Rule> rule_of(Tag tag, Vr vr) noexcept {
  if (tag == tags::kPatientId || tag == tags::kAccessionNumber) return Rule::exact;
  switch (vr) {
    case vr::kPN:
      return Rule::name;
    case vr::kDA:
      return Rule::date;
    case vr::kTM:
      return Rule::time;
    case vr::kUI:
      return Rule::uid;
    case vr::kIS:
    case vr::kDS:
    case vr::kUS:
    case vr::kSS:
    case vr::kUL:
    case vr::kSL:
    case vr::kUV:
    case vr::kSV:
    case vr::kFL:
    case vr::kFD:
      return Rule::number;
    case vr::kSQ:
    case vr::kNone:
    case vr::kAT:
      return std::nullopt;
    default:
      return is_bulk(vr) ? std::nullopt : std::optional(Rule::text);
  }
}

std::optional<double> parse_number(std::string_view text) noexcept {
  text = trim(text);
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

bool number_matches(std::string_view wanted, std::string_view value) {
  const auto a = parse_number(wanted);
  const auto b = parse_number(value);
  return a && b ? *a == *b : trim(wanted) == trim(value);
}

std::string without_colons(std::string_view time) {
  std::string digits(time);
  std::erase(digits, ':');
  return digits;
}

/// HHMMSS.FFFFFF, filled up with the least or the greatest digits.
std::string full_time(std::string_view time, char fill) {
  std::string digits = without_colons(trim(time));
  std::erase(digits, '.');
  if (digits.size() < 12) digits.append(12 - digits.size(), fill);
  return digits;
}

bool time_matches(std::string_view wanted, std::string_view value) {
  const std::size_t dash = wanted.find('-');
  const std::string_view from = wanted.substr(0, dash);
  const std::string_view to = dash == std::string_view::npos ? wanted : wanted.substr(dash + 1);
  const std::string at = full_time(value, '0');
  return full_time(from, '0') <= at && at <= full_time(to, '9');
}

bool value_matches(const Condition& condition, std::string_view value) {
  switch (condition.rule) {
    case Rule::exact:
      return wildcard_match(condition.value, value);
    case Rule::uid:
      return condition.value == value;
    case Rule::text:
      return loosely_matches(condition.value, value);
    case Rule::name:
      return name_matches(condition.value, value);
    case Rule::date:
      return condition.dates->contains(value);
    case Rule::time:
      return time_matches(condition.value, value);
    case Rule::number:
      return number_matches(condition.value, value);
  }
  return false;
}

/// The characters of `text` that a value of (0008,0005) can say.
std::string sayable(std::string_view text, std::string_view character_set) {
  const TextEncoder encoder(character_set);
  std::string result;
  while (!text.empty()) {
    std::string character;
    append_code_point(character, take_code_point(text));
    if (encoder.encode(character, vr::kLO)) result += character;
  }
  return result;
}

/// Whether a name has components and no word in them, which nobody writes.
bool has_hole(std::string_view name) {
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('=', begin), name.size());
    const std::string_view group = name.substr(begin, end - begin);
    if (!trim(group).empty() && words_of_name(group).empty()) return true;
    begin = end + 1;
  }
  return false;
}

/// Whether `value`, with anything in place of what cannot be read or was replaced by `?`, is
/// `wanted`.
bool may_read(std::string_view wanted, std::string_view value) {
  std::string pattern;
  while (!value.empty()) {
    const char32_t code = take_code_point(value);
    append_code_point(pattern, code == U'\uFFFD' || code == U'?' ? U'*' : code);
  }
  if (pattern.find('*') == std::string::npos) return false;
  return has_wildcard(wanted) || loosely_matches(pattern, wanted);
}

/// Whether a text that does not match may be what is left of one that does: some servers leave out
/// or replace what the character set of their answers cannot say, some name none.
bool may_be_mutilated(const Condition& condition, std::string_view value,
                      const Attributes& answer) {
  const bool is_name = condition.rule == Rule::name;
  if (!is_name && condition.rule != Rule::text && condition.rule != Rule::exact) return false;
  const auto words =
      is_name ? words_of_name(condition.value) : std::vector<std::string_view>{condition.value};
  const auto parts = is_name ? words_of_name(value) : std::vector<std::string_view>{value};
  const bool readable = std::all_of(words.begin(), words.end(), [&](std::string_view word) {
    return std::any_of(parts.begin(), parts.end(), [&](std::string_view part) {
      return (condition.rule != Rule::exact && loosely_matches(word, part)) || may_read(word, part);
    });
  });
  if (readable) return true;
  const std::string said = sayable(condition.value, answer.text(tags::kSpecificCharacterSet));
  if (said == condition.value) return false;
  if (!is_name) return loosely_matches(said, value);
  return words_of_name(said).empty() ? has_hole(value) : name_matches(said, value);
}

Verdict check_values(const Condition& condition, Tag tag, const Attributes& answer) {
  if (!answer.has(tag)) return Verdict::unknown;
  const std::string whole = answer.text(tag);
  if (whole.empty() && says_nothing_when_empty(tag)) return Verdict::unknown;
  const auto values = answer.values(tag);
  const auto matches = [&](const std::string& value) { return value_matches(condition, value); };
  if (!whole.empty() && (matches(whole) || std::any_of(values.begin(), values.end(), matches)))
    return Verdict::met;
  return may_be_mutilated(condition, whole, answer) ? Verdict::unknown : Verdict::unmet;
}

/// Gathers the conditions of Criteria.
class Gatherer {
 public:
  explicit Gatherer(QueryLevel asked) noexcept : asked_(asked) {}

  void add(Tag tag, Vr vr, const std::optional<std::string>& value) {
    if (!value) return;
    const std::string_view wanted = trim(*value);
    if (wanted.find_first_not_of('*') == std::string_view::npos) return;
    const std::optional<Rule> rule = rule_of(tag, vr);
    if (!rule || (has_wildcard(wanted) && !is_text(vr))) {
      failure_ = Error{.code = Errc::bad_value, .tag = tag.packed()};
      return;
    }
    if (*rule != Rule::date) {
      conditions_.push_back({tag, vr, level_of(tag, asked_), *rule, std::string(wanted), {}});
      return;
    }
    const Result<DateRange> dates = DateRange::parse(wanted);
    if (dates)
      add(tag, *dates);
    else
      failure_ = Error{.code = Errc::bad_value, .tag = tag.packed()};
  }

  void add(Tag tag, const std::optional<DateRange>& dates) {
    if (dates) conditions_.push_back({tag, vr::kDA, level_of(tag, asked_), Rule::date, {}, dates});
  }

  Result<std::vector<Condition>> take() && {
    if (failure_) return fail(*failure_);
    return std::move(conditions_);
  }

 private:
  QueryLevel asked_;
  std::vector<Condition> conditions_;
  std::optional<Error> failure_;
};

}  // namespace

Result<std::vector<Condition>> conditions_of(const Criteria& criteria) {
  Gatherer gatherer(criteria.level);
  gatherer.add(tags::kPatientId, vr::kLO, criteria.patient_id);
  gatherer.add(tags::kPatientName, vr::kPN, criteria.patient_name);
  gatherer.add(tags::kPatientBirthDate, criteria.patient_birth_date);
  gatherer.add(tags::kStudyDate, criteria.study_date);
  gatherer.add(tags::kSeriesDate, criteria.series_date);
  gatherer.add(tags::kStudyDescription, vr::kLO, criteria.study_description);
  gatherer.add(tags::kSeriesDescription, vr::kLO, criteria.series_description);
  gatherer.add(tags::kAccessionNumber, vr::kSH, criteria.accession_number);
  gatherer.add(tags::kModality, vr::kCS, criteria.modality);
  gatherer.add(tags::kStudyInstanceUid, vr::kUI, criteria.study_instance_uid);
  gatherer.add(tags::kSeriesInstanceUid, vr::kUI, criteria.series_instance_uid);
  gatherer.add(tags::kSopInstanceUid, vr::kUI, criteria.sop_instance_uid);
  gatherer.add(tags::kStudyRelatedInstances, vr::kIS, criteria.number_of_study_related_instances);
  for (const OtherMatch& other : criteria.others) gatherer.add(other.tag, other.vr, other.value);
  return std::move(gatherer).take();
}

QueryLevel level_of(Tag tag, QueryLevel otherwise) noexcept {
  const auto* const row = std::lower_bound(
      std::begin(kLevelRows), std::end(kLevelRows), tag.packed(),
      [](const LevelRow& each, std::uint32_t packed) { return each.tag < packed; });
  if (row == std::end(kLevelRows) || row->tag != tag.packed()) return otherwise;
  for (const QueryLevel level : {QueryLevel::patient, QueryLevel::study, QueryLevel::series})
    if (row->level == net::level_name(level)) return level;
  return QueryLevel::image;
}

bool has_wildcard(std::string_view value) noexcept {
  return value.find_first_of("*?") != std::string_view::npos;
}

std::string matching_key(const Condition& condition) {
  switch (condition.rule) {
    case Rule::date:
      return condition.dates->dicom();
    case Rule::time:
      return without_colons(condition.value);
    case Rule::number: {
      const bool is_text = condition.vr == vr::kIS || condition.vr == vr::kDS;
      return !is_text || is_count(condition.tag) ? "" : condition.value;
    }
    case Rule::text:
      return condition.vr == vr::kCS ? upper(condition.value) : condition.value;
    case Rule::exact:
    case Rule::name:
    case Rule::uid:
      return condition.value;
  }
  return {};
}

Verdict check(const Condition& condition, const Attributes& answer) {
  return check_values(condition, condition.tag, answer);
}

Verdict check_in_study(const Condition& modality, const Attributes& study) {
  return check_values(modality, tags::kModalitiesInStudy, study);
}

std::optional<std::uint64_t> parse_count(std::string_view value) noexcept {
  value = trim(value);
  if (value.starts_with('+')) value.remove_prefix(1);
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), count);
  if (error != std::errc() || end != value.data() + value.size() || value.empty())
    return std::nullopt;
  return count;
}

}  // namespace dcm::app
