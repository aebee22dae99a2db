// SPDX-License-Identifier: MIT
#pragma once

#include "app/plan.hpp"
#include "deid/project.hpp"
#include "store/export_map.hpp"
#include "store/tree.hpp"

namespace dcm::app {

/// Notes in `map` what became of the PatientIDs, and of the UIDs of studies, series and instances,
/// of those planned instances that `tree` holds - and of those alone. A patient without a PatientID
/// is noted by the StudyInstanceUID. What stays as it was is not noted. Instances that the server
/// does not list are not known here.
void note_replacements(const Plan& plan, const deid::Project& project, const store::Tree& tree,
                       store::ExportMap& map);

}  // namespace dcm::app
