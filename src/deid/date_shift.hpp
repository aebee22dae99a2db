// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "dicom/vr.hpp"

namespace dcm::deid {

/// A raw DA or DT value (PS3.5 6.2), several values with `\` and ranges with `-` included, moved by
/// whole days: YYYYMMDD, YYYY.MM.DD of ACR-NEMA, DT with fraction and offset from UTC. What has no
/// day - YYYY, YYYYMM - is taken as its first day, moved, and cut again, so that no day is
/// betrayed. Time, fraction, offset, padding and length of each value stay. None if a value cannot
/// be read as a date, or if it or what it becomes is no day of the years 1500 to 9999: it must not
/// be kept then. A value that is empty stays empty. All VRs but DT are read as DA.
[[nodiscard]] std::optional<std::string> shift_dates(std::string_view value, Vr vr, int days);

/// A raw AS value (PS3.5 6.2: nnnD, nnnW, nnnM, nnnY), several values included, with ages above 89
/// years as 090Y (HIPAA safe harbour). Padding and length stay. None if it is no age. A value that
/// is empty stays empty.
[[nodiscard]] std::optional<std::string> cap_ages(std::string_view value);

}  // namespace dcm::deid
