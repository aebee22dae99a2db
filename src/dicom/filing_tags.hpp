// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>

#include "dicom/tag.hpp"

namespace dcm {

/// The attributes of patient, study, series and instance that an object is filed by, ascending.
inline constexpr std::array kFilingTags = {
    tags::kSpecificCharacterSet,
    tags::kSopClassUid,
    tags::kSopInstanceUid,
    tags::kStudyDate,
    tags::kSeriesDate,
    tags::kAccessionNumber,
    tags::kModality,
    tags::kStudyDescription,
    tags::kSeriesDescription,
    tags::kPatientId,
    tags::kStudyInstanceUid,
    tags::kSeriesInstanceUid,
    tags::kStudyId,
    tags::kSeriesNumber,
    tags::kBurnedInAnnotation,
};

[[nodiscard]] constexpr bool is_filing_tag(Tag tag) noexcept {
  return tag <= kFilingTags.back() &&
         std::binary_search(kFilingTags.begin(), kFilingTags.end(), tag);
}

}  // namespace dcm
