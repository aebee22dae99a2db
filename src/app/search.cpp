// SPDX-License-Identifier: MIT
#include "app/search.hpp"

#include <algorithm>
#include <compare>
#include <map>
#include <string>
#include <tuple>
#include <utility>

#include "net/find.hpp"

namespace dcm::app {
namespace {

using net::QueryLevel;
using net::QueryModel;

/// What matches are shown by, patient first.
struct Place {
  std::string patient, date, study;
  std::uint64_t series_number = 0;
  std::string series;
  std::uint64_t instance_number = 0;
  std::string instance;

  explicit Place(const Attributes& of)
      : patient(of.text(tags::kPatientId)),
        date(of.text(tags::kStudyDate)),
        study(of.text(tags::kStudyInstanceUid)),
        series_number(parse_count(of.text(tags::kSeriesNumber)).value_or(0)),
        series(of.text(tags::kSeriesInstanceUid)),
        instance_number(parse_count(of.text(tags::kInstanceNumber)).value_or(0)),
        instance(of.text(tags::kSopInstanceUid)) {}

  friend auto operator<=>(const Place&, const Place&) = default;
};

void sort_by_place(std::vector<Match>& matches) {
  std::vector<std::pair<Place, std::size_t>> places;
  places.reserve(matches.size());
  for (const Match& match : matches) places.emplace_back(Place(match.attributes), places.size());
  std::sort(places.begin(), places.end());
  std::vector<Match> sorted;
  sorted.reserve(matches.size());
  for (const auto& place : places) sorted.push_back(std::move(matches[place.second]));
  matches = std::move(sorted);
}

std::vector<Match> patients_of(const std::vector<Match>& studies) {
  std::map<std::string, Match> patients;
  for (const Match& study : studies) {
    // Without a PatientID each study is a patient of its own.
    std::string id = study.attributes.text(tags::kPatientId);
    if (id.empty()) id = "\\" + study.attributes.text(tags::kStudyInstanceUid);
    Match patient{patient_part(study.attributes), study.unverified};
    const auto [at, added] = patients.try_emplace(std::move(id), std::move(patient));
    if (!added && study.unverified.empty()) at->second.unverified.clear();
  }
  std::vector<Match> result;
  for (auto& patient : patients) result.push_back(std::move(patient.second));
  return result;
}

/// One search on its way; what it found stays when a query fails.
class Search {
 public:
  Search(Archive& archive, Inquiry& inquiry, QueryLevel level) noexcept
      : archive_(archive), inquiry_(inquiry), level_(level) {}

  Result<void> run() {
    const bool patients_only = !inquiry_.reaches_below(QueryLevel::patient);
    if (level_ == QueryLevel::patient && patients_only &&
        archive_.accepts(QueryModel::patient_root)) {
      DCM_TRY(const Sweep::Extent extent, inquiry_.patients(matches_));
      if (extent == Sweep::Extent::whole) return {};
      matches_.clear();
    }
    std::vector<Match> studies;
    const Result<void> asked = inquiry_.studies(studies);
    if (level_ <= QueryLevel::study && !inquiry_.reaches_below(QueryLevel::study)) {
      matches_ = std::move(studies);
      return asked;
    }
    DCM_CHECK(asked);
    for (Match& study : studies)
      DCM_CHECK(level_ <= QueryLevel::study ? keep_if_confirmed(study, QueryLevel::study)
                                            : look_into(study));
    return {};
  }

  std::vector<Match> take() && {
    // In the Patient Root model they are patients already, and stay what they are.
    if (level_ == QueryLevel::patient) matches_ = patients_of(matches_);
    sort_by_place(matches_);
    return std::move(matches_);
  }

 private:
  Result<void> keep_if_confirmed(Match& match, QueryLevel level) {
    DCM_TRY(const Verdict verdict, inquiry_.confirm_below(match, level));
    if (verdict != Verdict::unmet) matches_.push_back(std::move(match));
    return {};
  }

  Result<void> look_into(const Match& study) {
    std::vector<Match> found;
    const Result<void> asked = inquiry_.series(study, found);
    for (Match& series : found)
      DCM_CHECK(level_ == QueryLevel::series ? keep_if_confirmed(series, QueryLevel::series)
                                             : list(series));
    return asked;
  }

  Result<void> list(const Match& series) {
    return inquiry_.instances(series, Inquiry::Detail::files, [&](Match instance) {
      instance.attributes = joined(series.attributes, instance.attributes);
      instance.unverified.insert(instance.unverified.begin(), series.unverified.begin(),
                                 series.unverified.end());
      matches_.push_back(std::move(instance));
    });
  }

  Archive& archive_;
  Inquiry& inquiry_;
  QueryLevel level_;
  std::vector<Match> matches_;
};

}  // namespace

std::vector<net::PresentationContext> search_contexts() {
  return {net::find_context(QueryModel::study_root), net::find_context(QueryModel::patient_root)};
}

Result<SearchOutcome> search(net::Association& association, const Criteria& criteria) {
  RemoteArchive archive(association);
  return search(archive, criteria);
}

Result<SearchOutcome> search(Archive& archive, const Criteria& criteria) {
  DCM_TRY(const std::vector<Condition> conditions, conditions_of(criteria));
  Inquiry inquiry(archive, conditions);
  Search search(archive, inquiry, criteria.level);
  const Result<void> asked = search.run();
  if (!asked && !inquiry.answered()) return fail(asked.error());
  SearchOutcome outcome{.matches = std::move(search).take(),
                        .dropped = inquiry.dropped(),
                        .other_name_order = inquiry.other_name_order(),
                        .gaps = inquiry.gaps(),
                        .others = inquiry.others(),
                        .accents_left_out = inquiry.accents_left_out(),
                        .incomplete = {}};
  for (const Match& match : outcome.matches)
    outcome.others.erase({match.attributes.text(tags::kPatientId),
                          match.attributes.text(tags::kStudyInstanceUid),
                          match.attributes.text(tags::kSeriesInstanceUid)});
  if (!asked) outcome.incomplete = asked.error();
  return outcome;
}

}  // namespace dcm::app
