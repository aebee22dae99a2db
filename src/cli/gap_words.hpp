// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "app/sweep.hpp"

namespace dcm::cli {

/// What a server may have kept back, in words for warnings.
[[nodiscard]] std::vector<std::string> gap_warnings(const app::Gaps& gaps);

/// That series were left out which tell another PatientID than their study does: `count`, not 0.
[[nodiscard]] std::string others_warning(std::size_t count);

/// That spellings with accents were left out.
[[nodiscard]] std::string accents_text();

}  // namespace dcm::cli
