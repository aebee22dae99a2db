// SPDX-License-Identifier: MIT
#include "app/criteria.hpp"

#include <algorithm>
#include <string_view>

#include "dicom/text.hpp"

namespace dcm::app {
namespace {

bool is_narrow(std::string_view value) {
  return trim(value).find_first_not_of('*') != std::string_view::npos;
}

}  // namespace

bool Criteria::narrows() const noexcept {
  if (patient_birth_date || study_date || series_date) return true;
  for (const auto* value : {&patient_id, &patient_name, &study_description, &series_description,
                            &accession_number, &modality, &study_instance_uid, &series_instance_uid,
                            &sop_instance_uid, &number_of_study_related_instances})
    if (*value && is_narrow(**value)) return true;
  return std::any_of(others.begin(), others.end(),
                     [](const OtherMatch& other) { return is_narrow(other.value); });
}

}  // namespace dcm::app
