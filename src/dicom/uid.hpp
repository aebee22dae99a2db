// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace dcm {

/// Whether a UID, padding aside, is one that DICOM itself defines (PS3.6 Annex A): a class, a
/// syntax, a context group, a well-known instance. Some makers issue UIDs of instances under the
/// root of DICOM; these have longer numbers in them than any of the standard's own.
[[nodiscard]] bool is_standard_uid(std::string_view uid) noexcept;

}  // namespace dcm
