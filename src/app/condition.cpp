// SPDX-License-Identifier: MIT
#include "app/condition.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "app/spelling.hpp"
#include "dicom/person_name.hpp"
#include "dicom/text.hpp"

namespace dcm::app {
namespace {

using net::QueryLevel;
using Rule = Condition::Rule;

constexpr std::array kPatientTags = {
    0x00100010U, 0x00100020U, 0x00100021U, 0x00100030U, 0x00100032U, 0x00100040U, 0x00101000U,
    0x00101001U, 0x00102160U, 0x00104000U, 0x00201200U, 0x00201202U, 0x00201204U};
constexpr std::array kStudyTags = {0x00080020U, 0x00080030U, 0x00080050U, 0x00080061U, 0x00080062U,
                                   0x00080090U, 0x00081030U, 0x00081032U, 0x00081048U, 0x00081060U,
                                   0x00081080U, 0x00101010U, 0x00101020U, 0x00101030U, 0x00102180U,
                                   0x001021B0U, 0x0020000DU, 0x00200010U, 0x00201070U, 0x00201206U,
                                   0x00201208U, 0x00321060U};
constexpr std::array kSeriesTags = {
    0x00080021U, 0x00080031U, 0x00080060U, 0x00080070U, 0x00080080U, 0x00081010U, 0x00081040U,
    0x0008103EU, 0x00081050U, 0x00081070U, 0x00081090U, 0x00180015U, 0x00180024U, 0x00181000U,
    0x00181020U, 0x00181030U, 0x00185100U, 0x0020000EU, 0x00200011U, 0x00200052U, 0x00200060U,
    0x00201209U, 0x00400244U, 0x00400245U, 0x00400253U, 0x00400254U};
constexpr std::array kImageTags = {0x00080008U, 0x00080016U, 0x00080018U, 0x00080022U,
                                   0x00080023U, 0x0008002AU, 0x00080032U, 0x00080033U,
                                   0x00083002U, 0x00180050U, 0x00200012U, 0x00200013U,
                                   0x00280008U, 0x00280010U, 0x00280011U, 0x00280100U};

template <std::size_t N>
constexpr bool holds(const std::array<std::uint32_t, N>& tags, Tag tag) noexcept {
  return std::find(tags.begin(), tags.end(), tag.packed()) != tags.end();
}

constexpr bool is_count(Tag tag) noexcept {
  return tag.group == 0x0020 && tag.element >= 0x1200 && tag.element <= 0x1209;
}

/// Keys that a server returns without a value when it does not know them.
constexpr bool says_nothing_when_empty(Tag tag) noexcept {
  return is_count(tag) || tag == tags::kModalitiesInStudy || tag == tags::kSopClassesInStudy;
}

bool has_wildcard(std::string_view value) noexcept {
  return value.find_first_of("*?") != std::string_view::npos;
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
  if (has_wildcard(wanted)) return wildcard_match(wanted, trim(value));
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
  if (has_wildcard(wanted)) return wildcard_match(without_colons(wanted), value);
  const std::size_t dash = wanted.find('-');
  const std::string_view from = wanted.substr(0, dash);
  const std::string_view to = dash == std::string_view::npos ? wanted : wanted.substr(dash + 1);
  const std::string at = full_time(value, '0');
  return full_time(from, '0') <= at && at <= full_time(to, '9');
}

bool value_matches(const Condition& condition, std::string_view value) {
  switch (condition.rule) {
    case Rule::exact:
    case Rule::uid:
      return wildcard_match(condition.value, value);
    case Rule::text:
      return wildcard_match(fold(condition.value), fold(value));
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

Verdict check_values(const Condition& condition, Tag tag, const Attributes& answer) {
  if (!answer.has(tag)) return Verdict::unknown;
  const std::string whole = answer.text(tag);
  if (whole.empty()) return says_nothing_when_empty(tag) ? Verdict::unknown : Verdict::unmet;
  if (value_matches(condition, whole)) return Verdict::met;
  if (whole.find('\\') == std::string::npos) return Verdict::unmet;
  const auto values = answer.values(tag);
  return std::any_of(values.begin(), values.end(),
                     [&](const std::string& value) { return value_matches(condition, value); })
             ? Verdict::met
             : Verdict::unmet;
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
    if (!rule) {
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
  if (holds(kPatientTags, tag)) return QueryLevel::patient;
  if (holds(kStudyTags, tag)) return QueryLevel::study;
  if (holds(kSeriesTags, tag)) return QueryLevel::series;
  if (holds(kImageTags, tag)) return QueryLevel::image;
  return otherwise;
}

std::string matching_key(const Condition& condition) {
  const bool wild = has_wildcard(condition.value);
  switch (condition.rule) {
    case Rule::date:
      return condition.dates->dicom();
    case Rule::uid:
      return wild ? "" : condition.value;
    case Rule::time:
      return wild ? "" : without_colons(condition.value);
    case Rule::number: {
      const bool is_text = condition.vr == vr::kIS || condition.vr == vr::kDS;
      return wild || !is_text || is_count(condition.tag) ? "" : condition.value;
    }
    case Rule::text:
      return condition.vr == vr::kCS ? upper(condition.value) : condition.value;
    case Rule::exact:
    case Rule::name:
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
