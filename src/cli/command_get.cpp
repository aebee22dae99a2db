// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <cerrno>
#include <optional>
#include <vector>

#include "app/filing.hpp"
#include "app/plan.hpp"
#include "app/replacements.hpp"
#include "app/retrieve.hpp"
#include "app/search.hpp"
#include "cli/commands.hpp"
#include "cli/planning.hpp"
#include "cli/report.hpp"
#include "dicom/text.hpp"
#include "store/export_map.hpp"

namespace dcm::cli {
namespace {

/// What is told when nothing was retrieved.
app::RetrieveReport report_of(const app::Plan& plan) {
  app::RetrieveReport report;
  report.expected = plan.instances;
  report.verified = plan.verified;
  return report;
}

/// Before the server is asked for anything. A dry run makes no file.
Checked<OpenProject> set_up(const GetOptions& options, const World& world) {
  if (options.dry_run) return OpenProject::look(options.deid, world.environment);
  DCM_TRY(auto project, OpenProject::open(options.deid, options.output, world.environment));
  if (!project.new_key().empty()) world.people << new_key_text(project.new_key()) << std::flush;
  return project;
}

Checked<void> number(OpenProject& project, const app::Plan& plan) {
  std::vector<std::string> patients;
  for (const auto& series : plan.series) {
    patients.emplace_back(deid::Project::patient(series.patient_id, series.study_instance_uid));
  }
  return project.number(patients);
}

app::RetrieveReport fetch(const GetOptions& options, const app::Plan& plan,
                          const deid::Project* project, store::Tree& tree, const World& world) {
  ProgressLine progress(world.people, world.display);
  app::Checklist checklist(plan);
  app::RetrieveOptions how = options.retrieve;
  how.project = project;
  auto report = app::retrieve(
      options.peer, plan, checklist, tree, how, [&](const auto& now) { progress.retrieving(now); },
      world.stop);
  progress.clear();
  return report;
}

/// Where the error that ended a retrieval early belongs.
Place place_of(const Error& error, const GetOptions& options) {
  const auto kind = classify(error.code);
  if (kind == ErrorClass::local || kind == ErrorClass::usage) {
    return {Operation::store, nullptr, options.output};
  }
  return {Operation::get, &options.peer, {}};
}

/// What ended the retrieval early, or why the server sent nothing: the first remark that alone
/// accounts for it.
std::optional<Error> cause_of_failure(const app::RetrieveReport& report) {
  if (report.fatal || exit_code(report) != ExitCode::unreachable) return report.fatal;
  for (const auto& remark : report.remarks) {
    app::RetrieveReport alone;
    alone.failed = 1;
    alone.remarks = {remark};
    if (exit_code(alone) == ExitCode::unreachable) return remark.first.error;
  }
  return std::nullopt;
}

void tell_report(const app::RetrieveReport& report, const GetOptions& options, const World& world) {
  for (const auto& words : report_warnings(report)) world.people << warning_text(words);
  if (const auto cause = cause_of_failure(report)) {
    world.people << error_text(explain(*cause, place_of(*cause, options)));
  }
  world.people << printable(summary_text(report, options.output)) << '\n' << std::flush;
}

/// The end of every `get` whose options were understood: its result on stdout, where wanted.
ExitCode finish(const app::RetrieveReport& report, ExitCode exit, const GetOptions& options,
                const World& world) {
  if (!options.json) return exit;
  return graver(exit, write_results(json_text(report, exit), world));
}

ExitCode fail_with(const Failure& failure, const app::RetrieveReport& report,
                   const GetOptions& options, const World& world) {
  world.people << error_text(failure) << std::flush;
  return finish(report, failure.exit, options, world);
}

/// The export map tells of what is in the tree, also where the retrieval broke off.
ExitCode write_map(OpenProject& project, const app::Plan& plan, const store::Tree& tree,
                   const World& world) {
  if (project.map() == nullptr) return ExitCode::done;
  app::note_replacements(plan, *project.project(), tree, *project.map());
  const auto written = project.write_map();
  if (written) return ExitCode::done;
  world.people << error_text(written.error()) << std::flush;
  return written.error().exit;
}

/// Fetches what was planned.
ExitCode work(OpenProject& opened, const app::Plan& plan, const GetOptions& options,
              const World& world) {
  const auto planned = report_of(plan);
  if (const auto numbered = number(opened, plan); !numbered) {
    return fail_with(numbered.error(), planned, options, world);
  }
  const auto* project = opened.project();
  auto tree = store::Tree::open(options.output, opened.identity(), app::describe_file,
                                app::judge_for(project));
  if (!tree) {
    return fail_with(explain(tree.error(), {Operation::store, nullptr, options.output}), planned,
                     options, world);
  }
  const auto report = fetch(options, plan, project, *tree, world);
  tell_report(report, options, world);
  const auto map = write_map(opened, plan, *tree, world);
  return finish(report, graver(exit_code(report), map), options, world);
}

}  // namespace

ExitCode run_get(const GetOptions& options, const World& world) {
  app::RetrieveReport nothing;
  nothing.verified = false;
  auto project = set_up(options, world);
  if (!project) return fail_with(project.error(), nothing, options, world);
  const auto plan = make_plan(options.peer, options.criteria, world);
  if (!plan) {
    return fail_with(explain(plan.error(), {Operation::find, &options.peer, {}}), nothing, options,
                     world);
  }
  tell_plan(*plan, "to retrieve", world);
  const auto planned = report_of(*plan);
  if (plan->series.empty()) return finish(planned, ExitCode::nothing_matched, options, world);
  world.people << mode_text(project->project());
  if (options.dry_run) return finish(planned, ExitCode::done, options, world);
  return work(*project, *plan, options, world);
}

}  // namespace dcm::cli
