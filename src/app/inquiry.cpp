// SPDX-License-Identifier: MIT
#include "app/inquiry.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <utility>

#include "dicom/dictionary.hpp"
#include "dicom/text.hpp"
#include "dicom/text_encoder.hpp"

namespace dcm::app {
namespace {

using net::QueryLevel;
using net::QueryModel;
using Rule = Condition::Rule;

constexpr Tag kStudyTime{0x0008, 0x0030};

Tag unique_key(QueryLevel level) noexcept {
  switch (level) {
    case QueryLevel::patient:
      return tags::kPatientId;
    case QueryLevel::study:
      return tags::kStudyInstanceUid;
    case QueryLevel::series:
      return tags::kSeriesInstanceUid;
    case QueryLevel::image:
      break;
  }
  return tags::kSopInstanceUid;
}

std::vector<Tag> return_keys(QueryLevel level, Inquiry::Detail detail) {
  switch (level) {
    case QueryLevel::patient:
      return {tags::kPatientId, tags::kPatientName, tags::kPatientBirthDate};
    case QueryLevel::study:
      return {tags::kPatientId,
              tags::kPatientName,
              tags::kPatientBirthDate,
              tags::kStudyInstanceUid,
              tags::kStudyDate,
              kStudyTime,
              tags::kStudyDescription,
              tags::kStudyId,
              tags::kAccessionNumber,
              tags::kModalitiesInStudy,
              tags::kSopClassesInStudy,
              tags::kStudyRelatedSeries,
              tags::kStudyRelatedInstances};
    case QueryLevel::series:
      return {tags::kPatientId,
              tags::kSeriesInstanceUid,
              tags::kSeriesNumber,
              tags::kSeriesDescription,
              tags::kSeriesDate,
              tags::kModality,
              tags::kSeriesRelatedInstances};
    case QueryLevel::image:
      break;
  }
  if (detail == Inquiry::Detail::index)
    return {tags::kPatientId, tags::kSopInstanceUid, tags::kInstanceNumber};
  return {tags::kPatientId, tags::kSopInstanceUid, tags::kInstanceNumber, tags::kSopClassUid,
          tags::kAvailableTransferSyntaxUid};
}

QueryLevel level_below(QueryLevel level) noexcept {
  return level == QueryLevel::patient ? QueryLevel::study
         : level == QueryLevel::study ? QueryLevel::series
                                      : QueryLevel::image;
}

Vr text_vr(Tag tag) {
  const Vr vr = dictionary_vr(tag);
  return is_bulk(vr) || vr == vr::kSQ ? vr::kUC : vr;
}

void add_text(Attributes& target, const Attributes& source, Tag tag) {
  if (target.has(tag) || tag == tags::kQueryRetrieveLevel) return;
  target.add(tag, text_vr(tag), as_bytes(source.text(tag)));
}

/// A unique key from the network goes into further queries, so it must name one thing only.
bool names_one(std::string_view uid) noexcept {
  return !uid.empty() && uid.find_first_of("\\*?") == std::string_view::npos;
}

/// A PatientID that any two answers tell alike, whatever character sets they are in; else empty.
std::string plain_patient_id(const Attributes& answer) {
  std::string id = answer.text(tags::kPatientId);
  return is_ascii(id) && names_one(id) ? id : std::string();
}

bool is_text_of_any_case(const Condition& condition) noexcept {
  return condition.rule == Rule::name || (condition.rule == Rule::text && condition.vr != vr::kCS);
}

bool is_short(const DateRange& range) noexcept {
  constexpr std::chrono::days kShort{31};
  return range.from && range.to &&
         std::chrono::sys_days(*range.to) - std::chrono::sys_days(*range.from) <= kShort;
}

}  // namespace

/// A query, and what its answers must meet.
struct Inquiry::Question {
  QueryModel model = QueryModel::study_root;
  QueryLevel level = QueryLevel::study;
  Form form = Form::spelled;
  std::vector<net::QueryKey> keys = {};  ///< the values sent, UTF-8; at most one for each tag
  std::vector<Tag> parents = {};         ///< of these, the unique keys of the levels above
  Conditions conditions = {};
  std::optional<std::uint64_t> counted = {};  ///< answers there must be, if the server told
  std::string patient_id = {};                ///< answers that tell another are not meant

  void set(Tag tag, Vr vr, std::string value) {
    const auto at = std::find_if(keys.begin(), keys.end(),
                                 [tag](const net::QueryKey& key) { return key.tag == tag; });
    if (at == keys.end())
      keys.push_back({tag, vr, std::move(value)});
    else if (!value.empty())
      at->value = std::move(value);
  }

  /// The value asked for.
  [[nodiscard]] std::string text(Tag tag) const {
    const auto at = std::find_if(keys.begin(), keys.end(),
                                 [tag](const net::QueryKey& key) { return key.tag == tag; });
    return at == keys.end() ? std::string() : at->value;
  }

  void set_parent(const Match& match, QueryLevel level_above) {
    if (match.of_one_patient) patient_id = plain_patient_id(match.attributes);
    const Tag tag = unique_key(level_above);
    set(tag, dictionary_vr(tag), match.attributes.text(tag));
    parents.push_back(tag);
  }

  /// Adds the return keys, and those of the conditions, without values.
  void want(Conditions what, Detail detail) {
    for (const Tag tag : return_keys(level, detail)) set(tag, dictionary_vr(tag), {});
    for (const Condition* condition : what) set(condition->tag, condition->vr, {});
    conditions = std::move(what);
  }

  /// Leaves what is matched or checked, and what tells answers apart.
  void drop_return_keys() {
    std::erase_if(keys, [this](const net::QueryKey& key) {
      return key.value.empty() && key.tag != unique_key(level) && key.tag != tags::kPatientId &&
             std::none_of(conditions.begin(), conditions.end(),
                          [&key](const Condition* each) { return each->tag == key.tag; });
    });
  }

  /// The queries that ask it: one, or for text beyond ASCII one for each character set that holds
  /// it, only `set` if that is given and does. Sets that give the same bytes are asked once.
  [[nodiscard]] std::vector<net::Query> encoded(std::string_view set) const {
    std::string text;
    for (const net::QueryKey& key : keys) text += key.value;
    if (is_ascii(text)) return {encoded_in("").value()};
    if (!set.empty())
      if (auto query = encoded_in(set)) return {std::move(*query)};
    std::vector<net::Query> queries;
    std::set<std::string> asked;
    for (const std::string_view each : character_sets_for(text)) {
      auto query = encoded_in(each);
      std::string bytes;
      if (query)
        for (const net::QueryKey& key : query->keys)
          if (key.tag != tags::kSpecificCharacterSet) bytes += key.value + '\\';
      if (query && asked.insert(std::move(bytes)).second) queries.push_back(std::move(*query));
    }
    return queries;
  }

  [[nodiscard]] bool is_of_patient(const Attributes& answer) const {
    const std::string told = plain_patient_id(answer);
    return patient_id.empty() || told.empty() || told == patient_id;
  }

  [[nodiscard]] bool is_about(const Attributes& answer) const {
    return std::all_of(parents.begin(), parents.end(), [&](Tag tag) {
      const std::string value = answer.text(tag);
      return value.empty() || std::any_of(keys.begin(), keys.end(), [&](const auto& key) {
               return key.tag == tag && key.value == value;
             });
    });
  }

 private:
  /// None if the set lacks a character. An empty set is sent, too: some servers tell their own only
  /// when asked.
  [[nodiscard]] std::optional<net::Query> encoded_in(std::string_view set) const {
    const TextEncoder encoder(set);
    net::Query query{model, level, keys};
    for (net::QueryKey& key : query.keys) {
      auto bytes = encoder.encode(key.value, key.vr);
      if (!bytes) return std::nullopt;
      key.value = std::move(*bytes);
    }
    query.keys.push_back({tags::kSpecificCharacterSet, vr::kCS, std::string(set)});
    return query;
  }
};

Attributes joined(const Attributes& above, const Attributes& own) {
  Attributes result;
  result.add(tags::kSpecificCharacterSet, vr::kCS, as_bytes("ISO_IR 192"));
  for (const Tag tag : own.all_tags()) add_text(result, own, tag);
  for (const Tag tag : above.all_tags()) add_text(result, above, tag);
  return result;
}

Attributes patient_part(const Attributes& study) {
  Attributes result;
  result.add(tags::kSpecificCharacterSet, vr::kCS, as_bytes("ISO_IR 192"));
  for (const Tag tag : study.all_tags())
    if (level_of(tag, QueryLevel::image) == QueryLevel::patient) add_text(result, study, tag);
  return result;
}

Inquiry::Conditions Inquiry::conditions_at(QueryLevel level) const {
  Conditions result;
  for (const Condition& condition : conditions_) {
    // The Study Root model has the patient's attributes at STUDY level (PS3.4 C.6.2.1).
    const bool above = level == QueryLevel::study && condition.level == QueryLevel::patient;
    if (above || condition.level == level) result.push_back(&condition);
  }
  return result;
}

bool Inquiry::reaches_below(QueryLevel level) const noexcept {
  return std::any_of(conditions_.begin(), conditions_.end(),
                     [level](const Condition& condition) { return condition.level > level; });
}

Result<void> Inquiry::ask(const Question& question, Seen& seen, const OnFound& on_found) {
  const net::OnAnswer on_answer = [&](Attributes answer) -> Result<void> {
    answered_ = true;
    take(question, std::move(answer), seen, on_found);
    return {};
  };
  std::optional<Error> refused;
  bool answered = false;
  for (const net::Query& query : question.encoded(archive_.character_set())) {
    const Result<void> asked = ask(question, query, on_answer);
    if (!asked && !is_refusal(asked.error())) return asked;
    if (asked)
      answered = true;
    else
      refused = asked.error();
  }
  if (refused && !answered) return fail(*refused);
  answered_ = answered_ || answered;
  return {};
}

Result<void> Inquiry::ask(const Question& question, const net::Query& query,
                          const net::OnAnswer& on_answer) {
  const bool is_root = question.level <= QueryLevel::study;
  if (!is_root) return sweep_.parts(query, question.counted, on_answer);
  if (question.form == Form::spelled && question.level == QueryLevel::study)
    return sweep_.studies(query, on_answer);
  DCM_TRY(const Sweep::Extent extent, sweep_.once(query, on_answer));
  if (question.form == Form::starred)
    accents_left_out_ = accents_left_out_ || extent == Sweep::Extent::cut;
  else
    patients_whole_ = patients_whole_ && extent == Sweep::Extent::whole;
  return {};
}

void Inquiry::take(const Question& question, Attributes answer, Seen& seen,
                   const OnFound& on_found) {
  const Tag key_tag = unique_key(question.level);
  std::string key = answer.text(key_tag);
  const bool is_patient = question.level == QueryLevel::patient;
  // Patients may lack an ID; then their name is all there is to tell them apart.
  if (is_patient && key.empty()) key = "\\" + answer.text(tags::kPatientName);
  if (!is_patient && !names_one(key)) {
    ++dropped_;
    ++nameless_;
    return;
  }
  if (!question.is_of_patient(answer)) {
    ++of_others_;
    others_.insert(
        {plain_patient_id(answer), question.text(tags::kStudyInstanceUid),
         question.level == QueryLevel::series ? key : question.text(tags::kSeriesInstanceUid)});
    return;
  }
  if (question.level == QueryLevel::study) key += '\\' + plain_patient_id(answer);
  if (!seen.insert(std::move(key)).second) return;
  Match match;
  for (const Condition* condition : question.conditions) {
    const Verdict verdict = check(*condition, answer);
    if (verdict == Verdict::unmet) {
      ++dropped_;
      return;
    }
    if (verdict == Verdict::unknown) match.unverified.push_back(condition->tag);
  }
  if (!question.is_about(answer)) {
    ++dropped_;
    return;
  }
  match.attributes = std::move(answer);
  on_found(std::move(match));
}

bool Inquiry::has_name() const noexcept {
  return std::any_of(conditions_.begin(), conditions_.end(), [](const Condition& condition) {
    return condition.tag == tags::kPatientName;
  });
}

bool Inquiry::is_identified() const noexcept {
  return std::any_of(conditions_.begin(), conditions_.end(), [](const Condition& condition) {
    return condition.rule == Rule::exact || condition.rule == Rule::uid;
  });
}

Inquiry::Question Inquiry::bare(QueryLevel level) const {
  Question question{
      .model = level == QueryLevel::patient ? QueryModel::patient_root : QueryModel::study_root,
      .level = level};
  question.want(conditions_at(level), Detail::index);
  for (const Condition& condition : conditions_)
    if (level == QueryLevel::study && condition.tag == tags::kModality)
      question.set(tags::kModalitiesInStudy, vr::kCS, matching_key(condition));
  return question;
}

std::vector<std::string> Inquiry::keys(const Condition& condition, NameOrder order, Form form) {
  if (!is_text_of_any_case(condition)) return {matching_key(condition)};
  const bool is_name = condition.rule == Rule::name;
  // Few answers to look through are better than guessing at the case of a description.
  if (!is_name && (is_identified() || has_name())) return {""};
  const bool has_pattern = is_name || !is_ascii(condition.value);
  if (form == Form::spelled || !has_pattern)
    return is_name ? name_spellings(condition.value, order) : text_spellings(condition.value);
  const bool is_narrow =
      is_identified() || std::any_of(conditions_.begin(), conditions_.end(), [](const auto& each) {
        return each.tag == tags::kStudyDate && each.dates && is_short(*each.dates);
      });
  const auto around = is_narrow ? Surroundings::narrow : Surroundings::open;
  Patterns patterns = is_name ? name_patterns(condition.value, order, around)
                              : text_patterns(condition.value, around);
  accents_left_out_ = accents_left_out_ || patterns.too_wide;
  return std::move(patterns.keys);
}

std::vector<Inquiry::Question> Inquiry::worded(const Question& bare, NameOrder order, Form form) {
  std::vector<Question> questions = {bare};
  for (const Condition* condition : bare.conditions) {
    std::vector<Question> next;
    for (const std::string& value : keys(*condition, order, form))
      for (const Question& question : questions)
        next.emplace_back(question).set(condition->tag, condition->vr, value);
    questions = std::move(next);
  }
  return questions;
}

Result<void> Inquiry::roots_starred(QueryLevel level, NameOrder order, Seen& seen,
                                    const OnFound& on_found) {
  const Conditions conditions = conditions_at(level);
  const bool has_pattern =
      has_name() ||
      (!is_identified() &&
       std::any_of(conditions.begin(), conditions.end(), [](const Condition* condition) {
         return is_text_of_any_case(*condition) && !is_ascii(condition->value);
       }));
  if (!has_pattern) return {};
  // Much of what answers is not meant, so it is asked for little, and is not told of.
  Question lean = bare(level);
  lean.form = Form::starred;
  if (level == QueryLevel::study) lean.drop_return_keys();
  const auto dropped = dropped_, nameless = nameless_;
  Seen looked_at = seen;
  std::vector<Match> hits;
  for (const Question& question : worded(lean, order, Form::starred))
    DCM_CHECK(ask(question, looked_at, [&](Match match) { hits.push_back(std::move(match)); }));
  dropped_ = dropped;
  nameless_ = nameless;
  for (Match& hit : hits) {
    if (level == QueryLevel::patient) {
      on_found(std::move(hit));
      continue;
    }
    Question whole = bare(level);
    whole.set(tags::kStudyInstanceUid, vr::kUI, hit.attributes.text(tags::kStudyInstanceUid));
    DCM_CHECK(ask(whole, seen, on_found));
  }
  return {};
}

Result<void> Inquiry::roots(QueryLevel level, std::vector<Match>& found) {
  const auto on_found = [&](Match match) { found.push_back(std::move(match)); };
  for (const NameOrder order : {NameOrder::family_first, NameOrder::given_first}) {
    if (order == NameOrder::given_first && !has_name()) return {};
    Seen seen;
    for (const Question& question : worded(bare(level), order, Form::spelled))
      DCM_CHECK(ask(question, seen, on_found));
    DCM_CHECK(roots_starred(level, order, seen, on_found));
    other_name_order_ = order == NameOrder::given_first && !found.empty();
    if (!found.empty()) return {};
  }
  return {};
}

Result<Sweep::Extent> Inquiry::patients(std::vector<Match>& found) {
  DCM_CHECK(roots(QueryLevel::patient, found));
  return patients_whole_ ? Sweep::Extent::whole : Sweep::Extent::perhaps_cut;
}

Result<void> Inquiry::studies(std::vector<Match>& found) {
  DCM_CHECK(roots(QueryLevel::study, found));
  tell_patients_apart(found);
  std::vector<Match> agreed;
  for (Match& study : found) {
    const Result<bool> agree = counts_agree(study);
    if (!agree) {
      found = std::move(agreed);
      return fail(agree.error());
    }
    if (*agree)
      agreed.push_back(std::move(study));
    else
      ++dropped_;
  }
  found = std::move(agreed);
  return {};
}

void Inquiry::tell_patients_apart(std::vector<Match>& studies) const {
  std::map<std::string, std::size_t> answers;
  for (const Match& study : studies) ++answers[study.attributes.text(tags::kStudyInstanceUid)];
  for (Match& study : studies)
    study.of_one_patient = !conditions_at(QueryLevel::patient).empty() ||
                           answers[study.attributes.text(tags::kStudyInstanceUid)] > 1;
}

Result<void> Inquiry::children(const Match& parent, QueryLevel level, Detail detail,
                               const Conditions& conditions, const OnFound& on_found) {
  Question question{.level = level};
  question.set_parent(parent, QueryLevel::study);
  if (level == QueryLevel::image) question.set_parent(parent, QueryLevel::series);
  question.want(conditions, detail);
  bool is_narrowed = false;
  for (const Condition* condition : conditions) {
    // Below a study all are looked through here, whatever the case or form a server stores.
    if (is_text_of_any_case(*condition) || condition->rule == Rule::number) continue;
    question.set(condition->tag, condition->vr, matching_key(*condition));
    is_narrowed = true;
  }
  const Tag count =
      level == QueryLevel::series ? tags::kStudyRelatedSeries : tags::kSeriesRelatedInstances;
  if (!is_narrowed) question.counted = parse_count(parent.attributes.text(count));
  Seen seen;
  return ask(question, seen, on_found);
}

Result<void> Inquiry::series(const Match& study, std::vector<Match>& found) {
  const auto on_found = [&](Match match) {
    match.attributes = joined(study.attributes, match.attributes);
    match.unverified.insert(match.unverified.begin(), study.unverified.begin(),
                            study.unverified.end());
    match.of_one_patient = study.of_one_patient;
    found.push_back(std::move(match));
  };
  return children(study, QueryLevel::series, Detail::index, conditions_at(QueryLevel::series),
                  on_found);
}

Result<void> Inquiry::instances(const Match& series, Detail detail, const OnFound& on_found) {
  return children(series, QueryLevel::image, detail, conditions_at(QueryLevel::image), on_found);
}

Result<std::uint64_t> Inquiry::count(const Match& study, Tag what) {
  std::vector<Match> all;
  DCM_CHECK(children(study, QueryLevel::series, Detail::index, {}, [&](Match match) {
    match.attributes = joined(study.attributes, match.attributes);
    match.of_one_patient = study.of_one_patient;
    all.push_back(std::move(match));
  }));
  if (what == tags::kStudyRelatedSeries) return all.size();
  std::uint64_t instances = 0;
  for (const Match& series : all) {
    const auto told = parse_count(series.attributes.text(tags::kSeriesRelatedInstances));
    instances += told.value_or(0);
    if (told) continue;
    DCM_CHECK(
        children(series, QueryLevel::image, Detail::index, {}, [&](const Match&) { ++instances; }));
  }
  return instances;
}

Result<bool> Inquiry::counts_agree(Match& study) {
  for (const Condition& condition : conditions_) {
    const Tag tag = condition.tag;
    if (tag != tags::kStudyRelatedSeries && tag != tags::kStudyRelatedInstances) continue;
    const auto open = std::find(study.unverified.begin(), study.unverified.end(), tag);
    if (open == study.unverified.end()) continue;
    const Result<std::uint64_t> counted = count(study, tag);
    if (!counted && counted.error().code == Errc::dimse_status) continue;
    if (!counted) return fail(counted.error());
    Attributes told;
    told.add(tag, vr::kIS, as_bytes(std::to_string(*counted)));
    if (check(condition, told) == Verdict::unmet) return false;
    study.attributes = joined(study.attributes, told);
    study.unverified.erase(open);
  }
  return true;
}

Result<Verdict> Inquiry::confirm_below(Match& match, QueryLevel level) {
  auto verdict = find_below(match, level);
  if (verdict && *verdict == Verdict::unmet) ++dropped_;
  return verdict;
}

Result<Verdict> Inquiry::find_below(Match& match, QueryLevel level) {
  if (!reaches_below(level)) return Verdict::met;
  if (level == QueryLevel::study) {
    const auto is_below = [](const Condition& c) { return c.level > QueryLevel::study; };
    const bool only = std::count_if(conditions_.begin(), conditions_.end(), is_below) == 1;
    for (const Condition& condition : conditions_) {
      if (condition.tag != tags::kModality) continue;
      const Verdict verdict = check_in_study(condition, match.attributes);
      if (verdict == Verdict::unmet || (verdict == Verdict::met && only)) return verdict;
    }
  }
  const QueryLevel below = level_below(level);
  std::vector<Match> candidates;
  DCM_CHECK(children(match, below, Detail::index, conditions_at(below), [&](Match candidate) {
    candidate.attributes = joined(match.attributes, candidate.attributes);
    candidate.of_one_patient = match.of_one_patient;
    candidates.push_back(std::move(candidate));
  }));
  const Match* best = nullptr;
  for (Match& candidate : candidates) {
    DCM_TRY(const Verdict verdict, find_below(candidate, below));
    if (verdict == Verdict::unmet) continue;
    if (candidate.unverified.empty()) return Verdict::met;
    if (best == nullptr) best = &candidate;
  }
  if (best == nullptr) return Verdict::unmet;
  match.unverified.insert(match.unverified.end(), best->unverified.begin(), best->unverified.end());
  return Verdict::unknown;
}

}  // namespace dcm::app
