// SPDX-License-Identifier: MIT
#include "cli/gap_words.hpp"

#include <fmt/format.h>

#include "cli/messages.hpp"

namespace dcm::cli {

std::vector<std::string> gap_warnings(const app::Gaps& gaps) {
  std::vector<std::string> warnings;
  if (gaps.cut > 0) {
    warnings.push_back(fmt::format(
        "the server limits its answers, and {} could not be asked in smaller parts: matches may be "
        "missing; narrow it down by dates or other criteria",
        quantity(gaps.cut, "query", "queries")));
  }
  if (gaps.short_lists > 0) {
    warnings.push_back(
        fmt::format("the server lists less than it counts in {}",
                    quantity(gaps.short_lists, "study or series", "studies or series")));
  }
  if (gaps.undated) {
    warnings.emplace_back(
        "the server limits its answers; they were asked for by date and time, so studies without "
        "one may be missing");
  }
  return warnings;
}

std::string others_warning(std::size_t count) {
  return fmt::format(
      "{} of a study that was asked for by its patient tell{} another PatientID, and {} left out; "
      "ask for the study by its UID to have all of it",
      quantity(count, "series", "series"), count == 1 ? "s" : "", count == 1 ? "is" : "are");
}

std::string accents_text() {
  return "spellings with accents were not all looked for, as too much would match; add a given "
         "name or a study date";
}

}  // namespace dcm::cli
