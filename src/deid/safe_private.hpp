// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "dicom/vr.hpp"

namespace dcm::deid {

/// The VR of a private attribute that is known to hold nothing of a patient (PS3.15 Table
/// E.3.10-1), UN where the table gives no VR; none for all others. `creator` is the text of the
/// private creator, trimmed here and compared without regard to case; `element` is the low byte of
/// the element number.
[[nodiscard]] std::optional<Vr> safe_private_vr(std::uint16_t group, std::string_view creator,
                                                std::uint8_t element) noexcept;

/// The edition of the table.
[[nodiscard]] std::string_view safe_private_edition() noexcept;

}  // namespace dcm::deid
