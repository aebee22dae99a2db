// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "app/plan.hpp"
#include "deid/project.hpp"
#include "store/export_map.hpp"
#include "store/tree.hpp"

namespace dcm::app {

/// Writes down what the objects tell of: each replacement that is made in one of them.
class ReplacementNotes : public deid::Replacements {
 public:
  /// `map` must outlive it.
  explicit ReplacementNotes(store::ExportMap& map) noexcept : map_(&map) {}
  void patient(std::string_view patient, std::string_view pseudonym) override;
  void uid(std::string_view before, std::string_view after) override;

 private:
  store::ExportMap* map_;
};

/// Notes in `map` what became of the PatientIDs, and of the UIDs of studies, series and instances,
/// of those planned instances that `tree` holds, those of earlier runs too. A patient without a
/// PatientID is noted by the StudyInstanceUID. What stays as it was is not noted. Instances that
/// the server does not list are not known here.
void note_replacements(const Plan& plan, const deid::Project& project, const store::Tree& tree,
                       store::ExportMap& map);

}  // namespace dcm::app
