// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "store/object_description.hpp"

namespace dcm::store {

/// What a series is filed by: written values (written_value()), empty when absent.
struct SeriesNaming {
  PatientKey patient;
  std::string study_date;  ///< YYYYMMDD
  std::string series_instance_uid;
  std::string series_number;
  std::optional<std::string> series_description;  ///< nothing: only its objects tell
};

/// The folder of a patient and those of the patient's series in it.
struct PatientFolder {
  std::string name;
  std::map<std::string, std::string> series;  ///< SeriesInstanceUID -> folder
  std::set<std::string> taken;                ///< folded_name() of whatever else is in the folder
};

/// The names that a tree has given already: they never change.
struct GivenNames {
  std::map<PatientKey, PatientFolder> patients;
  std::set<std::string> taken;  ///< folded_name() of whatever is in the root, `patients` included
};

/// The folder of a patient who collides with nobody. Only patients whose bare folders have one
/// folded_name() can change each other's names.
[[nodiscard]] std::string bare_folder(const PatientKey& patient);

/// The folders of the patients and series in `series`, for any order of them the same;
/// those that have a name already keep it. When two would share a name (case aside) the one with
/// the earlier study date, then the smaller SeriesInstanceUID, keeps the bare name - for patients:
/// their earliest study date, then the smaller PatientKey::text(); the others add `_` and six hex
/// digits of the SHA-256 of that UID or text, more digits where six are taken too. Without a study
/// date a series stands last. A name that is taken is never given.
///
/// A series without a name that does not tell its description gets none, nor do those that it would
/// come before and whose number it has or may have: it could turn out to bear their name.
[[nodiscard]] std::map<PatientKey, PatientFolder> plan_folders(std::vector<SeriesNaming> series,
                                                               const GivenNames& given);

}  // namespace dcm::store
