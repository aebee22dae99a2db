// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "app/plan.hpp"
#include "app/retrieve.hpp"
#include "cli/exit_code.hpp"

namespace dcm::cli {

/// What is about to come, as one line: `PURPOSE: 1 patient, 2 studies, 7 series, 412 instances`.
[[nodiscard]] std::string plan_text(const app::Plan& plan, std::string_view purpose);

/// What a retrieval has to say besides its summary, one sentence each: what the server said and
/// did, why objects were refused, what is in conflict, what could not be verified.
[[nodiscard]] std::vector<std::string> report_warnings(const app::RetrieveReport& report);

/// Whether it was ended by something here, as a full disk or Ctrl-C: much of what is missing then
/// was never asked for.
[[nodiscard]] bool ended_here(const app::RetrieveReport& report) noexcept;

/// What a retrieval came to, as one line.
[[nodiscard]] std::string summary_text(const app::RetrieveReport& report, std::string_view output);

/// The same for machines, as `get` and `batch` have in common.
[[nodiscard]] nlohmann::ordered_json report_json(const app::RetrieveReport& report, ExitCode exit);

/// The result of `get --json` (docs/get.schema.json).
[[nodiscard]] std::string json_text(const app::RetrieveReport& report, ExitCode exit);

}  // namespace dcm::cli
