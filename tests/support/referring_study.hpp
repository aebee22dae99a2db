// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "support/phantoms.hpp"

namespace dcm::test {

/// Objects of one patient, LINK^LENA, that refer to each other in the ways of the standard: three
/// CT images and one of an earlier study, a report, a structure set and a plan, a segmentation and
/// a presentation state. They name instances, series, studies (a study where an instance stands
/// too), frames of reference and dimension organizations, up to four sequences deep. Modality and
/// InstanceNumber together are unique.
[[nodiscard]] std::vector<Phantom> referring_study();

}  // namespace dcm::test
