// SPDX-License-Identifier: MIT
#pragma once

#include "app/criterion.hpp"
#include "cli/objection.hpp"

namespace dcm::cli {

/// Why a value cannot be a criterion, without the value. `fault` must not be none.
[[nodiscard]] Objection words_of(app::ValueFault fault);

}  // namespace dcm::cli
