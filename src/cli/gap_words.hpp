// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "app/sweep.hpp"

namespace dcm::cli {

/// What a server may have kept back, in words for warnings.
[[nodiscard]] std::vector<std::string> gap_warnings(const app::Gaps& gaps);

/// That spellings with accents were left out.
[[nodiscard]] std::string accents_text();

}  // namespace dcm::cli
