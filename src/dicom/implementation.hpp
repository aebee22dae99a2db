// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace dcm {

/// What this program calls itself in files (PS3.10 7.1) and on associations (PS3.7 D.3.3.2).
inline constexpr std::string_view kImplementationClassUid =
    "2.25.216812384518623186904417259486203912";
inline constexpr std::string_view kImplementationVersionName = "DICOM_CLIENT_1";

}  // namespace dcm
