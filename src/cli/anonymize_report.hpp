// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/anonymize.hpp"
#include "cli/exit_code.hpp"

namespace dcm::cli {

/// How `anonymize` ends.
[[nodiscard]] ExitCode exit_code(const app::AnonymizeReport& report) noexcept;

/// What an anonymization has to say besides its summary, one sentence each.
[[nodiscard]] std::vector<std::string> report_warnings(const app::AnonymizeReport& report);

/// What an anonymization came to, as one line.
[[nodiscard]] std::string summary_text(const app::AnonymizeReport& report, std::string_view output);

/// What it would come to: the summary of --dry-run.
[[nodiscard]] std::string rehearsal_text(const app::AnonymizeReport& report);

/// The same for machines (docs/anonymize.schema.json). Paths may name patients: with
/// `files_to_name` (which outlives the call, or nullptr) each object that is told of says its own.
[[nodiscard]] std::string json_text(const app::AnonymizeReport& report, ExitCode exit,
                                    const app::LocalFiles* files_to_name);

}  // namespace dcm::cli
