// SPDX-License-Identifier: MIT
#include "app/plan.hpp"
#include "cli/commands.hpp"
#include "cli/fetch.hpp"
#include "cli/planning.hpp"
#include "cli/report.hpp"

namespace dcm::cli {
namespace {

/// The end of every `get` whose options were understood: its result on stdout, where wanted.
ExitCode finish(const app::RetrieveReport& report, ExitCode exit, const GetOptions& options,
                const World& world) {
  if (!options.json) return exit;
  return graver(exit, write_results(json_text(report, exit), world));
}

ExitCode fail_with(const Failure& failure, const GetOptions& options, const World& world) {
  app::RetrieveReport nothing;
  nothing.verified = false;
  world.people << error_text(failure) << std::flush;
  return finish(nothing, failure.exit, options, world);
}

}  // namespace

ExitCode run_get(const GetOptions& options, const World& world) {
  auto project = set_up(options, world);
  if (!project) return fail_with(project.error(), options, world);
  const auto plan = make_plan(options.peer, options.criteria, world);
  if (!plan) {
    return fail_with(explain(plan.error(), {Operation::find, &options.peer, {}}), options, world);
  }
  tell_plan(*plan, "to retrieve", world);
  if (plan->series.empty())
    return finish(report_of(*plan), ExitCode::nothing_matched, options, world);
  world.people << mode_text(project->project());
  if (options.dry_run) return finish(report_of(*plan), ExitCode::done, options, world);
  app::Checklist checklist(*plan);
  const auto fetched = fetch(*project, *plan, checklist, options, world, {});
  return finish(fetched.report, fetched.exit, options, world);
}

}  // namespace dcm::cli
