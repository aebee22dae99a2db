// SPDX-License-Identifier: MIT
#include "app/replacements.hpp"

namespace dcm::app {
namespace {

using Kind = store::ExportMap::Kind;

void note(store::ExportMap& map, Kind kind, std::string_view id_old, std::string_view id_new) {
  if (!id_old.empty() && id_old != id_new) map.add(kind, id_old, id_new);
}

}  // namespace

void ReplacementNotes::patient(std::string_view patient, std::string_view pseudonym) {
  note(*map_, Kind::patient, patient, pseudonym);
}

void ReplacementNotes::uid(std::string_view before, std::string_view after) {
  note(*map_, Kind::uid, before, after);
}

void note_replacements(const Plan& plan, const deid::Project& project, const store::Tree& tree,
                       store::ExportMap& map) {
  for (const PlannedSeries& planned : plan.series) {
    const auto patient = project.written_patient_id(planned.patient_id, planned.study_instance_uid);
    if (!patient) continue;
    const std::string study =
        project.written_uid(tags::kStudyInstanceUid, planned.study_instance_uid);
    const std::string series =
        project.written_uid(tags::kSeriesInstanceUid, planned.series_instance_uid);
    bool any = false;
    for (const std::string& instance : planned.instances) {
      const std::string written = project.written_uid(tags::kSopInstanceUid, instance);
      if (!tree.size_of(store::patient_key(*patient, study), series, written)) continue;
      note(map, Kind::uid, instance, written);
      any = true;
    }
    if (!any) continue;
    note(map, Kind::patient, deid::Project::patient(planned.patient_id, planned.study_instance_uid),
         *patient);
    note(map, Kind::uid, planned.study_instance_uid, study);
    note(map, Kind::uid, planned.series_instance_uid, series);
  }
}

}  // namespace dcm::app
