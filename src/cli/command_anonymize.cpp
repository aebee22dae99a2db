// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include "app/anonymize.hpp"
#include "app/filing.hpp"
#include "cli/anonymize_report.hpp"
#include "cli/commands.hpp"
#include "dicom/text.hpp"
#include "store/secret_file.hpp"

namespace dcm::cli {
namespace {

/// A path as people count them: what it says may name a patient.
std::string name_of_path(std::size_t index) { return fmt::format("path number {}", index + 1); }

Checked<app::LocalFiles> collect(const AnonymizeOptions& options, const World& world) {
  for (std::size_t i = 0; i < options.paths.size(); ++i) {
    const auto within = store::lies_within(options.paths[i], options.output);
    if (!within) {
      return fail(Failure{exit_code(within.error()), name_of_path(i), reason_words(within.error()),
                          "this path and the output folder must be accessible"});
    }
    if (*within) {
      return refuse(name_of_path(i), "it lies in the output folder",
                    "choose another folder with --output");
    }
  }
  auto files = app::LocalFiles::collect(options.paths, options.output, world.stop);
  if (files) return std::move(*files);
  if (files.error().code == Errc::interrupted) {
    return fail(explain(files.error(), {Operation::store, nullptr, options.output}));
  }
  return refuse(name_of_path(files.error().offset), reason_words(files.error()),
                "name files and folders that are there");
}

/// Why the command cannot go on, in the report too where that is wanted.
ExitCode give_up(const Failure& failure, const AnonymizeOptions& options, const World& world) {
  world.people << error_text(failure) << std::flush;
  if (!options.json) return failure.exit;
  return graver(failure.exit, write_results(json_text({}, failure.exit, nullptr), world));
}

void tell_mode(const deid::Project& project, const World& world) {
  if (!project.profile.is_ps3_15()) {
    world.people << "this is not PS3.15 de-identification: PatientID, dates and UIDs stay; "
                    "--profile basic replaces them\n";
  }
}

void tell_report(const app::AnonymizeReport& report, const std::string& summary,
                 const AnonymizeOptions& options, const World& world) {
  for (const auto& words : report_warnings(report)) world.people << warning_text(words);
  if (report.fatal) {
    world.people << error_text(explain(*report.fatal, {Operation::store, nullptr, options.output}));
  }
  world.people << printable(report.expected == 0 ? "no DICOM object was found" : summary) << '\n'
               << std::flush;
}

ExitCode finish(const app::AnonymizeReport& report, const app::LocalFiles& files,
                const AnonymizeOptions& options, const World& world,
                ExitCode other = ExitCode::done) {
  const auto exit = graver(exit_code(report), other);
  if (!options.json) return exit;
  const auto* files_to_name = options.report_paths ? &files : nullptr;
  return graver(exit, write_results(json_text(report, exit, files_to_name), world));
}

ExitCode rehearse(const app::LocalFiles& files, const AnonymizeOptions& options,
                  const World& world) {
  const auto project = OpenProject::look(options.deid, world.environment);
  if (!project) return give_up(project.error(), options, world);
  ProgressLine progress(world.people, world.display);
  const auto report = app::rehearse(
      files, *project->project(), options.jobs, [&](const auto& now) { progress.anonymizing(now); },
      world.stop);
  progress.clear();
  tell_report(report, rehearsal_text(report), options, world);
  return finish(report, files, options, world);
}

Checked<OpenProject> open_project(const app::LocalFiles& files, const AnonymizeOptions& options,
                                  const World& world) {
  DCM_TRY(auto project, OpenProject::open(options.deid, options.output, world.environment));
  if (!project.new_key().empty()) world.people << new_key_text(project.new_key()) << std::flush;
  if (options.deid.number_new) {
    const auto patients = app::patients(files, world.stop);
    if (!patients) {
      return fail(explain(patients.error(), {Operation::store, nullptr, options.output}));
    }
    DCM_CHECK(project.number(*patients));
  }
  return project;
}

}  // namespace

ExitCode run_anonymize(const AnonymizeOptions& options, const World& world) {
  const auto files = collect(options, world);
  if (!files) return give_up(files.error(), options, world);
  if (options.dry_run || files->size() == 0) return rehearse(*files, options, world);

  auto project = open_project(*files, options, world);
  if (!project) return give_up(project.error(), options, world);
  tell_mode(*project->project(), world);
  auto tree = store::Tree::open(options.output, project->identity(), app::describe_file,
                                app::judge_for(project->project()));
  if (!tree) {
    return give_up(explain(tree.error(), {Operation::store, nullptr, options.output}), options,
                   world);
  }
  ProgressLine progress(world.people, world.display);
  const auto report = app::anonymize(
      *files, *tree, *project->project(), options.jobs,
      [&](const auto& now) { progress.anonymizing(now); }, world.stop);
  progress.clear();
  tell_report(report, summary_text(report, options.output), options, world);
  const auto map = project->write_map();
  if (!map) world.people << error_text(map.error()) << std::flush;
  return finish(report, *files, options, world, map ? ExitCode::done : map.error().exit);
}

}  // namespace dcm::cli
