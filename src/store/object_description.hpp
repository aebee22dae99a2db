// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace dcm::store {

/// Who is one patient: the PatientID, or without one the StudyInstanceUID. Made by patient_key() or
/// ObjectDescription::patient(), so that equal patients compare equal.
struct PatientKey {
  std::string patient_id;
  std::string study_instance_uid;  ///< empty where there is a PatientID

  /// The value that tells this patient apart; empty when there is none at all.
  [[nodiscard]] const std::string& text() const noexcept {
    return patient_id.empty() ? study_instance_uid : patient_id;
  }

  friend auto operator<=>(const PatientKey&, const PatientKey&) = default;
};

/// The key of a patient from values as they stand in an object or in a C-FIND answer, padding
/// included; UTF-8.
[[nodiscard]] PatientKey patient_key(std::string_view patient_id,
                                     std::string_view study_instance_uid);

/// Whether somebody should look at what an object shows, for metadata.json to count.
enum class Doubt : std::uint8_t {
  none,
  suspected,  ///< of a kind that commonly shows text in its pixels
  declared,   ///< it says that its pixels show who the patient is
};

/// What metadata.json tells of an object's patient, study and series: written values, UTF-8; empty
/// when absent. They come from a peer and are trusted for nothing.
struct ObjectDescription {
  std::string patient_id;
  std::string study_instance_uid, study_date, study_description, study_id, accession_number;
  std::string series_instance_uid, series_number, series_description, series_date, modality;
  std::string sop_instance_uid;
  Doubt doubt = Doubt::none;

  [[nodiscard]] PatientKey patient() const;

  /// The same with each value passed through written_value().
  [[nodiscard]] ObjectDescription normalised() const;
};

}  // namespace dcm::store
