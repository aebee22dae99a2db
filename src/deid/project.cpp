// SPDX-License-Identifier: MIT
#include "deid/project.hpp"

#include "deid/date_shift.hpp"
#include "dicom/text.hpp"
#include "dicom/uid.hpp"

namespace dcm::deid {

std::string_view Project::patient(std::string_view patient_id,
                                  std::string_view study_instance_uid) noexcept {
  const std::string_view id = trim(patient_id);
  return id.empty() ? trim(study_instance_uid) : id;
}

Result<std::string> Project::pseudonym(std::string_view patient) const {
  if (!pseudonyms) return key->pseudonym(patient);
  const std::string* given = pseudonyms->find(patient);
  if (given == nullptr) return fail(Errc::no_pseudonym);
  return *given;
}

Result<std::string> Project::written_patient_id(std::string_view patient_id,
                                                std::string_view study_instance_uid) const {
  switch (profile.rule(tags::kPatientId, vr::kLO).action) {
    case Action::pseudonym:
      return pseudonym(patient(patient_id, study_instance_uid));
    case Action::keep:
    case Action::clean:
      return std::string(trim(patient_id));
    default:
      return std::string();
  }
}

std::string Project::written_uid(Tag tag, std::string_view uid) const {
  const bool mapped = profile.rule(tag, vr::kUI).action == Action::map_uid;
  return mapped && !is_standard_uid(uid) && !trim(uid).empty() ? key->uid(uid)
                                                               : std::string(trim(uid));
}

std::string Project::written_study_date(std::string_view patient,
                                        std::string_view study_date) const {
  switch (profile.rule(tags::kStudyDate, vr::kDA).action) {
    case Action::keep:
      return std::string(study_date);
    case Action::shift:
      return shift_dates(study_date, vr::kDA, key->date_shift(patient)).value_or("");
    default:
      return {};
  }
}

bool Project::keeps(Tag tag, Vr vr) const noexcept {
  const Action action = profile.rule(tag, vr).action;
  return action == Action::keep || action == Action::clean;
}

}  // namespace dcm::deid
