// SPDX-License-Identifier: MIT
#include "cli/planning.hpp"

#include <fmt/format.h>

#include "app/search.hpp"
#include "cli/gap_words.hpp"
#include "cli/messages.hpp"
#include "cli/progress.hpp"
#include "cli/report.hpp"

namespace dcm::cli {

Result<app::Plan> make_plan(const net::Peer& peer, const app::Criteria& criteria,
                            const World& world) {
  ProgressLine progress(world.people, world.display);
  DCM_TRY(auto association, net::Association::open(peer, app::search_contexts(), world.stop));
  auto plan = app::make_plan(association, criteria,
                             [&](auto done, auto total) { progress.planning(done, total); });
  progress.clear();
  association.release();
  return plan;
}

void tell_plan(const app::Plan& plan, std::string_view purpose, const World& world) {
  if (plan.unverified_matches > 0) {
    world.people << warning_text(
        fmt::format("{} left out: the server's answers do not tell whether the criteria are met",
                    quantity(plan.unverified_matches, "match is", "matches are")));
  }
  for (const auto& words : gap_warnings(plan.gaps)) world.people << warning_text(words);
  if (!plan.others.empty()) world.people << warning_text(others_warning(plan.others.size()));
  if (plan.accents_left_out) world.people << accents_text() << '\n';
  if (plan.other_name_order && !plan.series.empty()) {
    world.people
        << "nothing was found with the family name first; these have the given name first\n";
  }
  world.people << (plan.series.empty() ? "nothing matches" : plan_text(plan, purpose)) << '\n'
               << std::flush;
}

}  // namespace dcm::cli
