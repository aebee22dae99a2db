// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "app/search.hpp"

namespace dcm::cli {

/// What a search found, for people: columns that fit the level, aligned, one match a line; `?`
/// before a match that could not be verified in full. No value from a server can move the cursor,
/// and long ones are cut with an ellipsis. Empty when nothing was found.
[[nodiscard]] std::string table_text(const app::SearchOutcome& found, net::QueryLevel level);

/// As CSV (RFC 4180): a line of keywords - those of the level, then all others that were answered -
/// and `Unverified` at last. Several values are joined by `\`; what printable() refuses is
/// replaced. A text that a spreadsheet would run as a formula gets an apostrophe before it; numbers
/// do not.
[[nodiscard]] std::string csv_text(const app::SearchOutcome& found, net::QueryLevel level);

/// As JSON (docs/search.schema.json): an array of objects, keyword -> string, or array of strings
/// for several values; absent and empty ones are left out. `unverified` lists keywords.
[[nodiscard]] std::string json_text(const app::SearchOutcome& found);

}  // namespace dcm::cli
