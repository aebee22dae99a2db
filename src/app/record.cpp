// SPDX-License-Identifier: MIT
#include "app/record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "app/filing.hpp"
#include "base/fd.hpp"

namespace dcm::app {

using store::LedgerEntry;
using store::LedgerState;

store::SeriesNaming naming_of(const PlannedSeries& series, const deid::Project* project) {
  store::SeriesNaming naming{
      .patient = store::patient_key(series.patient_id, series.study_instance_uid),
      .study_date = series.study_date,
      .series_instance_uid = series.series_instance_uid,
      .series_number = series.series_number,
      .series_description = {}};
  if (!series.series_description.empty()) naming.series_description = series.series_description;
  if (project == nullptr) return naming;
  const std::string id =
      project->written_patient_id(series.patient_id, series.study_instance_uid).value_or("");
  naming.patient = store::patient_key(
      id, project->written_uid(tags::kStudyInstanceUid, series.study_instance_uid));
  naming.study_date = project->written_study_date(
      deid::Project::patient(series.patient_id, series.study_instance_uid), series.study_date);
  naming.series_instance_uid =
      project->written_uid(tags::kSeriesInstanceUid, series.series_instance_uid);
  // What cleaning takes out of a description is known when the first object comes.
  if (!project->keeps(tags::kSeriesDescription, vr::kLO)) naming.series_description = "";
  return naming;
}

Record::Record(const Plan& plan, const store::Tree& tree, const deid::Project* project,
               const deid::Key& key, store::Ledger ledger)
    : plan_(plan),
      tree_(tree),
      project_(project),
      key_(key),
      ledger_(std::move(ledger)),
      failed_before_(plan.series.size(), true) {
  namings_.reserve(plan.series.size());
  for (const PlannedSeries& series : plan.series) namings_.push_back(naming_of(series, project));
}

Result<std::unique_ptr<Record>> Record::open(const Plan& plan, const store::Tree& tree,
                                             const deid::Project* project) {
  DCM_TRY(store::Ledger ledger, tree.ledger());
  std::optional<deid::Key> key;
  if (project != nullptr) key = project->key;
  if (!key) {
    DCM_TRY(const std::string secret, tree.secret());
    key.emplace(as_bytes(secret));
  }
  return std::unique_ptr<Record>(new Record(plan, tree, project, *key, std::move(ledger)));
}

std::string Record::written(Tag tag, const std::string& uid) const {
  return project_ == nullptr ? uid : project_->written_uid(tag, uid);
}

store::LedgerKey Record::key_of(std::size_t series, std::size_t instance,
                                const store::PatientKey* other_patient) const {
  const PlannedSeries& planned = plan_.series[series];
  std::string value = fmt::format(
      "{}\\{}\\{}\\{}", deid::Project::patient(planned.patient_id, planned.study_instance_uid),
      planned.study_instance_uid, planned.series_instance_uid, planned.instances[instance]);
  if (other_patient != nullptr) value += '\\' + other_patient->text();
  return key_.derive("ledger", value);
}

std::optional<std::uint64_t> Record::size_under(const store::PatientKey& patient,
                                                std::size_t series, std::size_t instance) const {
  return tree_.size_of(patient, namings_[series].series_instance_uid,
                       written(tags::kSopInstanceUid, plan_.series[series].instances[instance]));
}

Result<std::optional<std::uint64_t>> Record::size_under_other_patient(std::size_t series,
                                                                      std::size_t instance) {
  for (store::PatientKey& patient : tree_.patients_with(namings_[series].series_instance_uid)) {
    DCM_TRY(const auto known, ledger_.find(key_of(series, instance, &patient)));
    if (!known) continue;
    const auto size = size_under(patient, series, instance);
    other_patients_[{series, plan_.series[series].instances[instance]}] = std::move(patient);
    return size;
  }
  return std::optional<std::uint64_t>{};
}

/// The sizes of a series' files, in the order of its instances.
std::vector<std::optional<std::uint64_t>> Record::sizes(std::size_t series) const {
  std::vector<std::optional<std::uint64_t>> found;
  found.reserve(plan_.series[series].instances.size());
  for (std::size_t at = 0; at < plan_.series[series].instances.size(); ++at)
    found.push_back(size_under(namings_[series].patient, series, at));
  return found;
}

// What came in a run that was killed is whole, as it gets its name by a rename; of what the ledger
// does not know at all, as where it was lost, nothing is certain.
Result<bool> Record::is_as_written(std::size_t series, std::size_t instance, std::uint64_t bytes,
                                   const std::optional<LedgerEntry>& known) const {
  if (known && known->state == LedgerState::stored) return known->bytes == bytes;
  if (known && known->state == LedgerState::conflict) return false;
  if (known && known->state == LedgerState::expected) return true;
  const std::string uid = written(tags::kSopInstanceUid, plan_.series[series].instances[instance]);
  DCM_TRY(const Fd file,
          tree_.open_object(namings_[series].patient, namings_[series].series_instance_uid, uid));
  const Result<void> whole = check_whole(file.get(), uid);
  if (!whole && whole.error().code == Errc::io) return fail(whole.error());
  return whole.has_value();
}

Result<void> Record::look_up(Checklist& checklist, Refused refused) {
  const std::lock_guard lock(mutex_);
  std::vector<LedgerEntry> fresh;
  for (std::size_t i = 0; i < plan_.series.size(); ++i) {
    const auto& instances = plan_.series[i].instances;
    auto files = sizes(i);
    for (std::size_t at = 0; at < instances.size(); ++at) {
      const store::LedgerKey key = key_of(i, at);
      DCM_TRY(const auto known, ledger_.find(key));
      const LedgerState state = known ? known->state : LedgerState::missing;
      if (!files[at] && state == LedgerState::stored) {
        DCM_TRY(files[at], size_under_other_patient(i, at));
      }
      if (files[at]) {
        DCM_TRY(const bool as_written, is_as_written(i, at, *files[at], known));
        checklist.mark(i, instances[at],
                       as_written ? InstanceState::skipped : InstanceState::conflict);
      } else if (state == LedgerState::refused && refused == Refused::leave) {
        checklist.mark(i, instances[at], InstanceState::refused);
        reasons_[{i, instances[at]}] = known->reason;
        ++refused_before_;
      } else {
        const bool failed =
            known && (state == LedgerState::failed || state == LedgerState::missing);
        if (!failed) failed_before_[i] = false;
        if (!known || state != LedgerState::expected) fresh.push_back({.key = key});
      }
    }
  }
  return ledger_.record(fresh);
}

void Record::note_placed(std::size_t series, const std::string& sop_instance_uid,
                         const store::PatientKey& written) {
  if (written == namings_[series].patient) return;
  const std::lock_guard lock(mutex_);
  other_patients_[{series, sop_instance_uid}] = written;
}

std::map<std::string, Record::Instance> Record::waiting_names(std::span<const std::size_t> series,
                                                              const Checklist& checklist) const {
  const std::lock_guard lock(mutex_);
  std::map<std::string, Instance> names;
  for (const std::size_t each : series)
    for (const std::string& uid : checklist.present(each)) {
      const auto other = other_patients_.find({each, uid});
      const store::PatientKey& patient =
          other == other_patients_.end() ? namings_[each].patient : other->second;
      names.insert({store::Tree::waiting_name(patient, namings_[each].series_instance_uid,
                                              written(tags::kSopInstanceUid, uid)),
                    {each, uid}});
    }
  return names;
}

void Record::note_refusal(std::size_t series, std::string_view sop_instance_uid, Errc reason) {
  const std::lock_guard lock(mutex_);
  reasons_[{series, std::string(sop_instance_uid)}] = reason;
}

std::map<Errc, std::uint64_t> Record::refusals() const {
  const std::lock_guard lock(mutex_);
  std::map<Errc, std::uint64_t> counts;
  for (const auto& [instance, reason] : reasons_) ++counts[reason];
  return counts;
}

Result<void> Record::close(std::size_t series, const Checklist& checklist, LedgerState unfinished) {
  const auto& instances = plan_.series[series].instances;
  const std::vector<InstanceState> states = checklist.states(series);
  auto files = sizes(series);
  const std::lock_guard lock(mutex_);
  std::vector<LedgerEntry> entries;
  for (std::size_t at = 0; at < instances.size(); ++at) {
    LedgerEntry entry{.key = key_of(series, at), .state = unfinished};
    switch (states[at]) {
      case InstanceState::pending:
        break;
      case InstanceState::stored:
      case InstanceState::skipped:
        if (const auto other = other_patients_.find({series, instances[at]});
            !files[at] && other != other_patients_.end()) {
          files[at] = size_under(other->second, series, at);
          entries.push_back(
              {.key = key_of(series, at, &other->second), .state = LedgerState::stored});
        }
        // What the tree could not file, or lost meanwhile, is asked for again.
        entry.state = files[at] ? LedgerState::stored : LedgerState::failed;
        entry.bytes = files[at].value_or(0);
        break;
      case InstanceState::refused: {
        const auto reason = reasons_.find({series, instances[at]});
        entry.state = LedgerState::refused;
        entry.reason = reason == reasons_.end() ? Errc::internal : reason->second;
        break;
      }
      case InstanceState::conflict:
        entry.state = LedgerState::conflict;
        break;
    }
    entries.push_back(entry);
  }
  return ledger_.record(entries);
}

}  // namespace dcm::app
