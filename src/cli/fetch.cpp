// SPDX-License-Identifier: MIT
#include "cli/fetch.hpp"

#include <fmt/format.h>

#include <optional>
#include <vector>

#include "app/filing.hpp"
#include "app/replacements.hpp"
#include "cli/report.hpp"
#include "dicom/text.hpp"
#include "store/export_map.hpp"

namespace dcm::cli {
namespace {

Checked<void> number(OpenProject& project, const app::Plan& plan) {
  std::vector<std::string> patients;
  for (const auto& series : plan.series) {
    patients.emplace_back(deid::Project::patient(series.patient_id, series.study_instance_uid));
  }
  return project.number(patients);
}

/// Where the error that ended a retrieval early belongs.
Place place_of(const Error& error, const FetchOptions& options) {
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

void tell_report(const app::RetrieveReport& report, const FetchOptions& options,
                 const World& world) {
  for (const auto& words : report_warnings(report)) world.people << warning_text(words);
  if (const auto cause = cause_of_failure(report)) {
    world.people << error_text(explain(*cause, place_of(*cause, options)));
  }
  world.people << printable(summary_text(report, options.output)) << '\n' << std::flush;
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

app::RetrieveReport retrieve(const OpenProject& opened, const app::Plan& plan,
                             app::Checklist& checklist, store::Tree& tree,
                             const FetchOptions& options, const World& world,
                             const app::OnProgress& on_progress) {
  ProgressLine progress(world.people, world.display);
  app::RetrieveOptions how = options.retrieve;
  how.project = opened.project();
  auto report = app::retrieve(
      options.peer, plan, checklist, tree, how,
      [&](const auto& now) {
        progress.retrieving(now);
        if (on_progress) on_progress(now);
      },
      world.stop);
  progress.clear();
  return report;
}

}  // namespace

Checked<OpenProject> set_up(const FetchOptions& options, const World& world) {
  if (options.dry_run) return OpenProject::look(options.deid, world.environment);
  DCM_TRY(auto project, OpenProject::open(options.deid, options.output, world.environment));
  if (!project.new_key().empty()) world.people << new_key_text(project.new_key()) << std::flush;
  return project;
}

app::RetrieveReport report_of(const app::Plan& plan) {
  app::RetrieveReport report;
  report.expected = plan.instances;
  report.verified = plan.verified;
  return report;
}

Fetched fetch(OpenProject& opened, const app::Plan& plan, app::Checklist& checklist,
              const FetchOptions& options, const World& world, const app::OnProgress& on_progress) {
  const auto fail_with = [&](const Failure& failure) {
    world.people << error_text(failure) << std::flush;
    return Fetched{report_of(plan), failure.exit, true};
  };
  if (const auto numbered = number(opened, plan); !numbered) return fail_with(numbered.error());
  auto tree = store::Tree::open(options.output, opened.identity(), app::describe_file,
                                app::judge_for(opened.project()));
  if (!tree) return fail_with(explain(tree.error(), {Operation::store, nullptr, options.output}));
  auto report = retrieve(opened, plan, checklist, *tree, options, world, on_progress);
  tell_report(report, options, world);
  const auto exit = graver(exit_code(report), write_map(opened, plan, *tree, world));
  const bool ended_early = report.fatal && classify(report.fatal->code) != ErrorClass::peer;
  return {std::move(report), exit, ended_early};
}

}  // namespace dcm::cli
