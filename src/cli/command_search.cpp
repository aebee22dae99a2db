// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <set>

#include "app/search.hpp"
#include "cli/commands.hpp"
#include "cli/gap_words.hpp"
#include "cli/listing.hpp"
#include "dicom/dictionary.hpp"

namespace dcm::cli {
namespace {

Result<app::SearchOutcome> find_all(const SearchOptions& options, const StopSource& stop) {
  DCM_TRY(auto association, net::Association::open(options.peer, app::search_contexts(), stop));
  auto found = app::search(association, options.criteria);
  association.release();
  return found;
}

std::string results_text(const app::SearchOutcome& found, const SearchOptions& options) {
  switch (options.format) {
    case Format::json:
      return json_text(found);
    case Format::csv:
      return csv_text(found, options.criteria.level);
    case Format::table:
      break;
  }
  return table_text(found, options.criteria.level);
}

/// The criteria that some match could not be checked against.
std::string unverified_keywords(const app::SearchOutcome& found) {
  std::set<std::string_view> keywords;
  for (const auto& match : found.matches) {
    for (const auto tag : match.unverified) {
      if (const auto entry = find_entry(tag)) keywords.insert(entry->keyword);
    }
  }
  return fmt::format("{}", fmt::join(keywords, ", "));
}

void tell_of_doubts(const app::SearchOutcome& found, const World& world) {
  std::uint64_t unverified = 0;
  for (const auto& match : found.matches) unverified += match.unverified.empty() ? 0 : 1;
  if (unverified > 0) {
    world.people << warning_text(
        fmt::format("{} could not be verified and {} marked: the server's answers do not carry {}",
                    quantity(unverified, "match", "matches"), unverified == 1 ? "is" : "are",
                    unverified_keywords(found)));
  }
  if (found.dropped > 0) {
    world.people << fmt::format("{} of the server did not match after all, and {} left out\n",
                                quantity(found.dropped, "answer", "answers"),
                                found.dropped == 1 ? "is" : "are");
  }
  if (found.other_name_order) {
    world.people
        << "nothing was found with the family name first; these have the given name first\n";
  }
  for (const auto& words : gap_warnings(found.gaps)) world.people << warning_text(words);
  if (!found.others.empty()) world.people << warning_text(others_warning(found.others.size()));
  if (found.accents_left_out) world.people << accents_text() << '\n';
  if (found.matches.empty() && !found.incomplete) world.people << "nothing matches\n";
}

}  // namespace

ExitCode run_search(const SearchOptions& options, const World& world) {
  const Place place{Operation::find, &options.peer, {}};
  const auto found = find_all(options, world.stop);
  if (!found) {
    const auto failure = explain(found.error(), place);
    world.people << error_text(failure) << std::flush;
    return failure.exit;
  }
  auto written = write_results(results_text(*found, options), world);
  tell_of_doubts(*found, world);
  // What is known to be cut off is not all, though no query failed.
  if (found->gaps.cut > 0) written = graver(written, ExitCode::unreachable);
  if (!found->incomplete) return written;
  auto failure = explain(*found->incomplete, place);
  failure.why += "; the results are incomplete";
  world.people << error_text(failure) << std::flush;
  return graver(written, failure.exit);
}

}  // namespace dcm::cli
