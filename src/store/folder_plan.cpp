// SPDX-License-Identifier: MIT
#include "store/folder_plan.hpp"

#include <algorithm>
#include <functional>
#include <span>
#include <tuple>
#include <utility>

#include "store/digest.hpp"
#include "store/safe_name.hpp"

namespace dcm::store {
namespace {

/// Somebody who needs a name.
struct Candidate {
  std::string bare;
  std::string date;
  std::string id;
  std::string* name;

  [[nodiscard]] auto rank() const { return std::tie(date, id, bare); }
};

/// A date that sorts an unknown one last: no digit is greater than `~`.
std::string sortable(const std::string& date) { return date.empty() ? "~" : date; }

std::string with_digits(const std::string& bare, const std::string& digest, std::size_t count) {
  std::string name = bare + "_" + digest.substr(0, count);
  if (count > digest.size()) name.append(count - digest.size(), '_');
  return name;
}

void name_all(std::vector<Candidate> candidates, std::set<std::string> mine,
              const std::set<std::string>& others) {
  const auto take = [&](const std::string& name) {
    const std::string folded = folded_name(name);
    return !others.contains(folded) && mine.insert(folded).second;
  };
  std::sort(candidates.begin(), candidates.end(),
            [](const Candidate& a, const Candidate& b) { return a.rank() < b.rank(); });
  // All bare names go first, so that no longer name can stand in the way of a bare one.
  std::vector<Candidate*> left;
  for (Candidate& candidate : candidates) {
    if (take(candidate.bare))
      *candidate.name = candidate.bare;
    else
      left.push_back(&candidate);
  }
  for (const Candidate* candidate : left) {
    const std::string digest = hex_digest(candidate->id);
    std::size_t count = 6;
    while (!take(with_digits(candidate->bare, digest, count))) ++count;
    *candidate->name = with_digits(candidate->bare, digest, count);
  }
}

void name_patients(const std::vector<SeriesNaming>& series, const GivenNames& given,
                   std::map<PatientKey, PatientFolder>& plan) {
  std::map<PatientKey, std::string> earliest;
  for (const SeriesNaming& one : series) {
    const std::string date = sortable(one.study_date);
    const auto [at, is_new] = earliest.emplace(one.patient, date);
    if (!is_new) at->second = std::min(at->second, date);
  }
  std::vector<Candidate> candidates;
  for (const auto& [patient, date] : earliest) {
    PatientFolder& folder = plan[patient];
    if (const auto known = given.patients.find(patient); known != given.patients.end())
      folder.name = known->second.name;
    else
      candidates.push_back({bare_folder(patient), date, patient.text(), &folder.name});
  }
  name_all(std::move(candidates), {}, given.taken);
}

/// By number ("": not told) the first of the series that do not tell what they are called.
class Untold {
 public:
  void add(const SeriesNaming& series) {
    const auto [at, is_new] = first_.emplace(number_of(series), rank(series));
    if (!is_new) at->second = std::min(at->second, rank(series));
  }
  [[nodiscard]] bool may_rename(const SeriesNaming& series) const {
    const std::string number = number_of(series);
    return std::any_of(first_.begin(), first_.end(), [&](const auto& untold) {
      const bool may_clash = untold.first == number || untold.first.empty();
      return may_clash && untold.second < rank(series);
    });
  }

 private:
  using Rank = std::pair<std::string, std::string>;
  static Rank rank(const SeriesNaming& series) {
    return {sortable(series.study_date), series.series_instance_uid};
  }
  static std::string number_of(const SeriesNaming& series) {
    return folded_name(safe_part(series.series_number, ""));
  }
  std::map<std::string, Rank> first_;
};

void name_series(std::span<const SeriesNaming> series, const PatientFolder& known,
                 PatientFolder& folder) {
  std::set<std::string> names;
  for (const auto& [uid, name] : known.series) names.insert(folded_name(name));
  Untold untold;
  for (const SeriesNaming& one : series)
    if (!one.series_description && !known.series.contains(one.series_instance_uid)) untold.add(one);
  std::vector<Candidate> candidates;
  for (const SeriesNaming& one : series) {
    const auto given = known.series.find(one.series_instance_uid);
    if (given == known.series.end() && (!one.series_description || untold.may_rename(one)))
      continue;
    const auto [at, is_new] = folder.series.try_emplace(one.series_instance_uid);
    if (!is_new) continue;
    if (given != known.series.end())
      at->second = given->second;
    else
      candidates.push_back({safe_part(one.series_number, "unknown") + "_" +
                                safe_part(*one.series_description, "unknown"),
                            sortable(one.study_date), one.series_instance_uid, &at->second});
  }
  name_all(std::move(candidates), std::move(names), known.taken);
}

}  // namespace

std::string bare_folder(const PatientKey& patient) {
  return safe_part(patient.patient_id, "unknown_patient");
}

std::map<PatientKey, PatientFolder> plan_folders(std::vector<SeriesNaming> series,
                                                 const GivenNames& given) {
  // A series that is told twice is named by the lesser telling, whichever came first.
  std::sort(series.begin(), series.end(), [](const SeriesNaming& a, const SeriesNaming& b) {
    const auto rank = [](const SeriesNaming& s) {
      return std::make_tuple(std::cref(s.patient), sortable(s.study_date),
                             std::cref(s.series_instance_uid), std::cref(s.series_number),
                             std::cref(s.series_description));
    };
    return rank(a) < rank(b);
  });
  std::map<PatientKey, PatientFolder> plan;
  name_patients(series, given, plan);
  static const PatientFolder kNothing;
  auto first = series.begin();
  for (auto& [patient, folder] : plan) {
    const auto last = std::find_if(first, series.end(), [&key = patient](const SeriesNaming& one) {
      return one.patient != key;
    });
    const auto known = given.patients.find(patient);
    name_series({first, last}, known == given.patients.end() ? kNothing : known->second, folder);
    first = last;
  }
  return plan;
}

}  // namespace dcm::store
