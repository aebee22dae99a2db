// SPDX-License-Identifier: MIT
#include "cli/fetch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <vector>

#include "app/filing.hpp"
#include "app/reception.hpp"
#include "app/replacements.hpp"
#include "cli/report.hpp"
#include "dicom/text.hpp"
#include "net/listener.hpp"
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

/// What was asked of the server when an error of its came up.
Place place_of(app::Way::Command command, const FetchOptions& options) {
  if (command == app::Way::Command::get) return {Operation::get, &options.peer};
  const auto port = options.retrieve.receiver.port;
  return {Operation::receive, &options.peer, {}, port == 0 ? app::kUsualReceivePort : port};
}

/// Where what ended a retrieval early belongs.
Place place_of(const app::Fatal& fatal, const FetchOptions& options) {
  const auto kind = classify(fatal.error.code);
  if (kind == ErrorClass::local || kind == ErrorClass::usage) {
    return {Operation::store, nullptr, options.output};
  }
  return place_of(fatal.command, options);
}

bool never_connected(const app::RetrieveReport& report) {
  return std::any_of(report.remarks.begin(), report.remarks.end(), [](const auto& counted) {
    return counted.first.kind == app::ServerRemark::Kind::unreached;
  });
}

/// What ended the retrieval early, or why nothing came: the first remark that alone accounts for
/// it.
std::optional<Failure> cause_of_failure(const app::RetrieveReport& report,
                                        const FetchOptions& options) {
  if (report.fatal) return explain(report.fatal->error, place_of(*report.fatal, options));
  const auto exit = exit_code(report);
  if (exit != ExitCode::unreachable && exit != ExitCode::local_io) return std::nullopt;
  for (const auto& counted : report.remarks) {
    app::RetrieveReport alone;
    alone.failed = 1;
    alone.remarks = {counted};
    const auto& remark = counted.first;
    if (exit_code(alone) != exit) continue;
    auto place = place_of(remark.command, options);
    place.reached = !never_connected(report);
    return explain(remark.error, place);
  }
  return std::nullopt;
}

void tell_report(const app::RetrieveReport& report, const FetchOptions& options,
                 const World& world) {
  for (const auto& words : report_warnings(report)) world.people << warning_text(words);
  if (const auto cause = cause_of_failure(report, options)) world.people << error_text(*cause);
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

/// Who may send to us besides the server is asked for by name only when a C-MOVE is due, too late
/// to mend it. A retrieval that may well do without is not stopped by it.
Checked<void> check_senders(const FetchOptions& options) {
  if (!options.retrieve.asks_for_move()) return {};
  const auto& origin = options.peer.origin;
  for (const auto& sender : options.retrieve.receiver.expected) {
    if (sender.host == options.peer.host || net::addresses_of(sender.host)) continue;
    return refuse(
        origin.typed.contains("--receive-from") ? "option --receive-from"
                                                : "`receive_from` of " + entry_words(origin),
        fmt::format("unknown host {}", sender.host), "check the name, or write its address");
  }
  return {};
}

/// What can be no folder is told of before the server is asked, which may take long.
Checked<void> check_output(const std::string& output) {
  std::error_code ignored;
  std::filesystem::path there = std::filesystem::absolute(output, ignored);
  while (there.has_relative_path() &&
         !std::filesystem::exists(std::filesystem::symlink_status(there, ignored)))
    there = there.parent_path();
  if (std::filesystem::is_directory(there, ignored)) return {};
  const int why = std::filesystem::exists(there, ignored) ? ENOTDIR : ENOENT;
  return fail(explain({.code = Errc::io, .detail = static_cast<std::uint32_t>(why)},
                      {Operation::store, nullptr, output}));
}

}  // namespace

Checked<OpenProject> set_up(const FetchOptions& options, const World& world) {
  DCM_CHECK(check_senders(options));
  DCM_CHECK(check_output(options.output));
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
  // Without it nobody knows what became of the objects, and any count would mislead.
  if (const auto ledger = tree->ledger(); !ledger)
    return fail_with(explain(ledger.error(), {Operation::store, nullptr, options.output}));
  auto report = retrieve(opened, plan, checklist, *tree, options, world, on_progress);
  tell_report(report, options, world);
  const auto exit = graver(exit_code(report), write_map(opened, plan, *tree, world));
  const bool ended_early = ended_here(report);
  return {std::move(report), exit, ended_early};
}

}  // namespace dcm::cli
