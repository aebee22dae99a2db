// SPDX-License-Identifier: MIT
#include "store/object_description.hpp"

#include "store/safe_name.hpp"

namespace dcm::store {

PatientKey patient_key(std::string_view patient_id, std::string_view study_instance_uid) {
  PatientKey key{written_value(patient_id), {}};
  if (key.patient_id.empty()) key.study_instance_uid = written_value(study_instance_uid);
  return key;
}

PatientKey ObjectDescription::patient() const {
  return patient_key(patient_id, study_instance_uid);
}

ObjectDescription ObjectDescription::normalised() const {
  ObjectDescription result = *this;
  for (std::string* value :
       {&result.patient_id, &result.study_instance_uid, &result.study_date,
        &result.study_description, &result.study_id, &result.accession_number,
        &result.series_instance_uid, &result.series_number, &result.series_description,
        &result.series_date, &result.modality, &result.sop_instance_uid})
    *value = written_value(*value);
  return result;
}

}  // namespace dcm::store
