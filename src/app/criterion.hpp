// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "app/criteria.hpp"
#include "dicom/tag.hpp"

namespace dcm::app {

/// Why something typed, on the command line or in a cohort, cannot be the value of a criterion.
enum class ValueFault : std::uint8_t {
  none,
  too_long,       ///< more than kMaxCriterionBytes
  empty,          ///< nothing but padding
  unprintable,    ///< a backslash, a control character, or not UTF-8
  starred_dates,  ///< no wildcard may stand in a date (PS3.4 C.2.2.2.4)
  no_dates,       ///< not what DateRange::parse takes
  starred_uid,    ///< no wildcard may stand in a UID
  no_uid,         ///< anything but digits and dots, or more than 64
  no_modality,
  no_number,
};

inline constexpr std::size_t kMaxCriterionBytes = 256;

/// Whether `typed` can be the value of an attribute of text.
[[nodiscard]] ValueFault fault_of_text(std::string_view typed);

/// Whether Criteria has a member of its own for an attribute.
[[nodiscard]] bool is_criterion(Tag tag) noexcept;

/// Sets the criterion of an attribute, in UTF-8 as people type it; sets nothing where the value has
/// a fault. is_criterion(tag) must hold.
ValueFault set_criterion(Criteria& criteria, Tag tag, std::string_view typed);

}  // namespace dcm::app
