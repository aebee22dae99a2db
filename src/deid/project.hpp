// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "deid/key.hpp"
#include "deid/profile.hpp"
#include "deid/pseudonyms.hpp"
#include "deid/replacements.hpp"

namespace dcm::deid {

/// What to do with an object that says that its pixels show who the patient is.
enum class BurnedIn : std::uint8_t { refuse, allow };

/// How all objects of one tree are de-identified: the profile, and what it needs to know of the
/// project it works for. Never changes while objects pass, so any number of threads may share it.
struct Project {
  Profile profile;
  std::optional<Key> key{};                    ///< there is one whenever the profile is PS3.15
  std::optional<PseudonymTable> pseudonyms{};  ///< instead of keyed ones
  std::vector<std::string> phrases{};          ///< to be taken out of text besides (--scrub-list)
  BurnedIn burned_in = BurnedIn::refuse;
  Replacements* replacements = nullptr;  ///< is told of what is replaced; outlives the project

  /// The patient an object belongs to, by its values in UTF-8 as they came: what derives the
  /// pseudonym and the date shift. The PatientID, trimmed, or without one the StudyInstanceUID.
  [[nodiscard]] static std::string_view patient(std::string_view patient_id,
                                                std::string_view study_instance_uid) noexcept;

  /// The PatientID to write for patient(). Fails with no_pseudonym for one that the table lacks.
  [[nodiscard]] Result<std::string> pseudonym(std::string_view patient) const;

  /// The PatientID that will be written, also under profiles that keep it. Fails as pseudonym().
  [[nodiscard]] Result<std::string> written_patient_id(std::string_view patient_id,
                                                       std::string_view study_instance_uid) const;

  /// The UID that will be written for one that stands in attribute `tag`.
  [[nodiscard]] std::string written_uid(Tag tag, std::string_view uid) const;

  /// The StudyDate that will be written; empty where none will be.
  [[nodiscard]] std::string written_study_date(std::string_view patient,
                                               std::string_view study_date) const;

  /// Whether something of an attribute's value stays as it is.
  [[nodiscard]] bool keeps(Tag tag, Vr vr) const noexcept;
};

}  // namespace dcm::deid
