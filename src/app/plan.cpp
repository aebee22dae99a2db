// SPDX-License-Identifier: MIT
#include "app/plan.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace dcm::app {
namespace {

using net::QueryLevel;

void add_once(std::vector<std::string>& values, const std::string& value) {
  if (!value.empty() && std::find(values.begin(), values.end(), value) == values.end())
    values.push_back(value);
}

auto place(const PlannedSeries& series) {
  return std::tie(series.patient_id, series.study_instance_uid, series.series_instance_uid);
}

/// Who a study belongs to (one patient for each PatientID).
std::string patient_key(const PlannedSeries& series) {
  return series.patient_id.empty() ? "\\" + series.study_instance_uid : series.patient_id;
}

/// Sorts the series and counts what they are.
void sum_up(Plan& plan) {
  std::sort(plan.series.begin(), plan.series.end(),
            [](const auto& a, const auto& b) { return place(a) < place(b); });
  std::set<std::string> patients, studies;
  for (const PlannedSeries& series : plan.series) {
    patients.insert(patient_key(series));
    studies.insert(series.study_instance_uid);
    plan.instances += series.expected();
  }
  for (const PlannedSeries& series : plan.series)
    plan.others.erase({series.patient_id, series.study_instance_uid, series.series_instance_uid});
  plan.patients = patients.size();
  plan.studies = studies.size();
}

/// Takes into `series` what another plan wants of it.
void unite(PlannedSeries& series, PlannedSeries other) {
  series.whole = series.whole || other.whole;
  series.beside_others = series.beside_others || other.beside_others;
  for (const std::string& uid : other.sop_classes) add_once(series.sop_classes, uid);
  for (const std::string& uid : other.transfer_syntaxes) add_once(series.transfer_syntaxes, uid);
  std::sort(series.sop_classes.begin(), series.sop_classes.end());
  if (series.instances.empty() || other.instances.empty()) {
    // Of a series that was not listed every instance is wanted.
    series.counted = std::max(series.counted, other.counted);
    series.instances.clear();
    return;
  }
  std::vector<std::string> both;
  std::set_union(series.instances.begin(), series.instances.end(), other.instances.begin(),
                 other.instances.end(), std::back_inserter(both));
  series.instances = std::move(both);
}

PlannedSeries describe(const Attributes& answer) {
  PlannedSeries series;
  series.patient_id = answer.text(tags::kPatientId);
  series.study_instance_uid = answer.text(tags::kStudyInstanceUid);
  series.study_date = answer.text(tags::kStudyDate);
  series.series_instance_uid = answer.text(tags::kSeriesInstanceUid);
  series.series_number = answer.text(tags::kSeriesNumber);
  series.series_description = answer.text(tags::kSeriesDescription);
  series.modality = answer.text(tags::kModality);
  series.sop_classes = answer.values(tags::kSopClassesInStudy);
  return series;
}

/// One plan in the making.
class Planner {
 public:
  Planner(Archive& archive, const Criteria& criteria,
          std::span<const Condition> conditions) noexcept
      : archive_(archive),
        level_(criteria.level),
        conditions_(conditions),
        matching_(archive, conditions),
        everything_(archive, {}) {}

  Result<Plan> run(const OnPlanning& on_planning) {
    std::vector<Match> studies;
    DCM_CHECK(matching_.studies(studies));
    plan_.other_name_order = matching_.other_name_order();
    if (level_ == QueryLevel::patient) DCM_CHECK(widen_to_patients(studies));
    std::uint64_t done = 0;
    if (on_planning) on_planning(done, studies.size());
    for (Match& study : studies) {
      DCM_CHECK(add_study(study));
      if (on_planning) on_planning(++done, studies.size());
    }
    finish();
    return std::move(plan_);
  }

 private:
  /// Whether `match` and what it must hold are certain.
  Result<bool> is_certain(Match& match, QueryLevel level) {
    Verdict verdict = Verdict::met;
    if (match.unverified.empty()) {
      DCM_TRY(verdict, matching_.confirm_below(match, level));
    }
    if (!match.unverified.empty()) ++plan_.unverified_matches;
    return verdict == Verdict::met && match.unverified.empty();
  }

  /// Puts all studies of the patients with a matching one in place of the matching ones.
  Result<void> widen_to_patients(std::vector<Match>& studies) {
    std::set<std::string> ids;
    std::vector<Match> all;
    for (Match& study : studies) {
      std::string id = study.attributes.text(tags::kPatientId);
      if (ids.count(id) != 0) continue;
      DCM_TRY(const bool certain, is_certain(study, QueryLevel::study));
      if (!certain) continue;
      if (id.empty())
        all.push_back(std::move(study));
      else
        ids.insert(std::move(id));
    }
    for (const std::string& id : ids) DCM_CHECK(add_studies_of(id, all));
    studies = std::move(all);
    return {};
  }

  Result<void> add_studies_of(const std::string& patient_id, std::vector<Match>& studies) {
    const std::array condition = {Condition{
        tags::kPatientId, vr::kLO, QueryLevel::patient, Condition::Rule::exact, patient_id, {}}};
    Inquiry inquiry(archive_, condition);
    std::vector<Match> found;
    DCM_CHECK(inquiry.studies(found));
    for (Match& study : found)
      // An ID with a wildcard in it matches others too.
      if (study.attributes.text(tags::kPatientId) == patient_id)
        studies.push_back(std::move(study));
    note(inquiry);
    return {};
  }

  Result<void> add_study(Match& study) {
    const bool whole_study = level_ <= QueryLevel::study;
    if (level_ == QueryLevel::study) {
      DCM_TRY(const bool certain, is_certain(study, QueryLevel::study));
      if (!certain) return {};
    }
    std::vector<Match> series;
    Inquiry& inquiry = whole_study ? everything_ : matching_;
    const std::uint64_t of_others = inquiry.of_others();
    DCM_CHECK(inquiry.series(study, series));
    const bool beside_others = inquiry.of_others() != of_others;
    const bool only =
        whole_study ? series.size() == 1 : study.attributes.text(tags::kStudyRelatedSeries) == "1";
    for (Match& each : series) {
      if (level_ == QueryLevel::series) {
        DCM_TRY(const bool certain, is_certain(each, QueryLevel::series));
        if (!certain) continue;
      } else if (level_ == QueryLevel::image && !each.unverified.empty()) {
        ++plan_.unverified_matches;
        continue;
      }
      DCM_CHECK(add_series(each, only, beside_others));
    }
    return {};
  }

  Result<void> add_series(const Match& match, bool only_one_of_study, bool beside_others) {
    PlannedSeries series = describe(match.attributes);
    series.beside_others = beside_others;
    series.whole = level_ != QueryLevel::image || !has_image_conditions();
    const auto detail =
        series.sop_classes.empty() ? Inquiry::Detail::files : Inquiry::Detail::index;
    Inquiry& inquiry = series.whole ? everything_ : matching_;
    const Gaps before = inquiry.gaps();
    std::uint64_t uncertain = 0;
    const Result<void> listed = inquiry.instances(match, detail, [&](const Match& instance) {
      if (instance.unverified.empty())
        add_instance(series, instance.attributes);
      else
        ++uncertain;
    });
    plan_.unverified_matches += uncertain;
    if (!listed && (!is_refusal(listed.error()) || !series.whole || !series.instances.empty()))
      return fail(listed.error());
    // Whatever comes is wanted of a series that is not listed to its end.
    if (series.whole && inquiry.gaps() != before) series.instances.clear();
    if (series.instances.empty()) {
      if (!series.whole) return {};
      count(series, match.attributes, only_one_of_study);
    }
    std::sort(series.sop_classes.begin(), series.sop_classes.end());
    std::sort(series.instances.begin(), series.instances.end());
    plan_.series.push_back(std::move(series));
    return {};
  }

  static void add_instance(PlannedSeries& series, const Attributes& answer) {
    series.instances.push_back(answer.text(tags::kSopInstanceUid));
    add_once(series.sop_classes, answer.text(tags::kSopClassUid));
    for (const std::string& syntax : answer.values(tags::kAvailableTransferSyntaxUid))
      add_once(series.transfer_syntaxes, syntax);
  }

  void count(PlannedSeries& series, const Attributes& answer, bool only_one_of_study) {
    plan_.verified = false;
    series.counted = parse_count(answer.text(tags::kSeriesRelatedInstances));
    if (!series.counted && only_one_of_study)
      series.counted = parse_count(answer.text(tags::kStudyRelatedInstances));
  }

  [[nodiscard]] bool has_image_conditions() const noexcept {
    return std::any_of(conditions_.begin(), conditions_.end(), [](const Condition& condition) {
      return condition.level == QueryLevel::image;
    });
  }

  void finish() {
    note(matching_);
    note(everything_);
    sum_up(plan_);
    if (nameless_ > 0 || plan_.gaps.any()) plan_.verified = false;
  }

  void note(const Inquiry& inquiry) {
    nameless_ += inquiry.nameless();
    plan_.others.insert(inquiry.others().begin(), inquiry.others().end());
    plan_.gaps.add(inquiry.gaps());
    plan_.accents_left_out = plan_.accents_left_out || inquiry.accents_left_out();
  }

  Archive& archive_;
  QueryLevel level_;
  std::span<const Condition> conditions_;
  Inquiry matching_;
  Inquiry everything_;
  Plan plan_;
  std::uint64_t nameless_ = 0;
};

}  // namespace

Result<Plan> make_plan(net::Association& association, const Criteria& criteria,
                       const OnPlanning& on_planning) {
  RemoteArchive archive(association);
  return make_plan(archive, criteria, on_planning);
}

Result<Plan> make_plan(Archive& archive, const Criteria& criteria, const OnPlanning& on_planning) {
  DCM_TRY(const std::vector<Condition> conditions, conditions_of(criteria));
  return Planner(archive, criteria, conditions).run(on_planning);
}

Plan merged(std::vector<Plan> plans) {
  Plan whole;
  std::map<std::tuple<std::string, std::string, std::string>, PlannedSeries> all;
  for (Plan& plan : plans) {
    whole.verified = whole.verified && plan.verified;
    whole.unverified_matches += plan.unverified_matches;
    whole.gaps.add(plan.gaps);
    whole.others.merge(plan.others);
    whole.accents_left_out = whole.accents_left_out || plan.accents_left_out;
    for (PlannedSeries& series : plan.series) {
      const auto [at, is_new] = all.try_emplace(place(series));
      if (is_new)
        at->second = std::move(series);
      else
        unite(at->second, std::move(series));
    }
  }
  for (auto& [key, series] : all) whole.series.push_back(std::move(series));
  sum_up(whole);
  return whole;
}

std::optional<std::size_t> Plan::find(const PlannedSeries& wanted) const {
  const auto found =
      std::lower_bound(series.begin(), series.end(), wanted,
                       [](const auto& a, const auto& b) { return place(a) < place(b); });
  if (found == series.end() || place(*found) != place(wanted)) return std::nullopt;
  return static_cast<std::size_t>(found - series.begin());
}

}  // namespace dcm::app
