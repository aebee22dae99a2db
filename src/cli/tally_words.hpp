// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "app/tally.hpp"
#include "cli/exit_code.hpp"

namespace dcm::cli {

/// What a command calls the things that it counts.
struct Counted {
  std::string_view one;
  std::string_view many;
  std::string_view absent;  ///< what those are of which nothing came
};

/// Adds why objects were refused, what is in conflict, and what somebody should look at, one
/// sentence each.
void add_warnings(const app::Tally& tally, std::vector<std::string>& warnings);

/// `9 of 12 files stored in DIR (4 there before), 3 refused`.
[[nodiscard]] std::string stored_words(const app::Tally& tally, const Counted& counted,
                                       std::string_view output);

/// `; 526.0 MB in 2.0 s (263.0 MB/s)`.
[[nodiscard]] std::string pace_words(const app::Tally& tally);

/// What `get` and `anonymize` tell machines alike.
[[nodiscard]] nlohmann::ordered_json tally_json(const app::Tally& tally, bool verified,
                                                ExitCode exit);

}  // namespace dcm::cli
