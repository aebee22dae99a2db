// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <optional>

#include "app/filing.hpp"
#include "app/plan.hpp"
#include "app/retrieve.hpp"
#include "app/search.hpp"
#include "cli/commands.hpp"
#include "cli/report.hpp"
#include "dicom/text.hpp"

namespace dcm::cli {
namespace {

/// What is told when nothing was retrieved.
app::RetrieveReport report_of(const app::Plan& plan) {
  app::RetrieveReport report;
  report.expected = plan.instances;
  report.verified = plan.verified;
  return report;
}

Result<app::Plan> plan_all(const GetOptions& options, const World& world) {
  ProgressLine progress(world.people, world.display);
  DCM_TRY(auto association,
          net::Association::open(options.peer, app::search_contexts(), world.stop));
  auto plan = app::make_plan(association, options.criteria,
                             [&](auto done, auto total) { progress.planning(done, total); });
  progress.clear();
  association.release();
  return plan;
}

void tell_plan(const app::Plan& plan, const World& world) {
  if (plan.unverified_matches > 0) {
    world.people << warning_text(
        fmt::format("{} left out: the server's answers do not tell whether the criteria are met",
                    quantity(plan.unverified_matches, "match is", "matches are")));
  }
  if (plan.other_name_order && !plan.series.empty()) {
    world.people
        << "nothing was found with the family name first; these have the given name first\n";
  }
  world.people << (plan.series.empty() ? "nothing matches" : plan_text(plan)) << '\n' << std::flush;
}

void tell_mode(const GetOptions& options, const World& world) {
  world.people << (options.profile == nullptr
                       ? "objects are stored as received, without de-identification\n"
                       : "this is not PS3.15 de-identification: PatientID, dates and UIDs stay\n");
}

Result<store::Tree> open_tree(const GetOptions& options) {
  store::TreeIdentity identity;
  identity.profile = "none";
  identity.version = DCM_VERSION;
  if (options.profile != nullptr) {
    identity.profile = options.profile->name();
    identity.table_edition = options.profile->edition();
  }
  return store::Tree::open(options.output, std::move(identity), app::describe_file);
}

app::RetrieveReport fetch(const GetOptions& options, const app::Plan& plan, store::Tree& tree,
                          const World& world) {
  ProgressLine progress(world.people, world.display);
  auto report = app::retrieve(
      options.peer, plan, tree, {options.jobs, options.profile},
      [&](const auto& now) { progress.retrieving(now); }, world.stop);
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

ExitCode fail_with(const Error& error, const Place& place, const app::RetrieveReport& report,
                   const GetOptions& options, const World& world) {
  const auto failure = explain(error, place);
  world.people << error_text(failure) << std::flush;
  return finish(report, failure.exit, options, world);
}

}  // namespace

ExitCode run_get(const GetOptions& options, const World& world) {
  const auto plan = plan_all(options, world);
  if (!plan) {
    app::RetrieveReport nothing;
    nothing.verified = false;
    return fail_with(plan.error(), {Operation::find, &options.peer, {}}, nothing, options, world);
  }
  tell_plan(*plan, world);
  const auto planned = report_of(*plan);
  if (plan->series.empty()) return finish(planned, ExitCode::nothing_matched, options, world);
  tell_mode(options, world);
  if (options.dry_run) return finish(planned, ExitCode::done, options, world);

  auto tree = open_tree(options);
  if (!tree) {
    return fail_with(tree.error(), {Operation::store, nullptr, options.output}, planned, options,
                     world);
  }
  const auto report = fetch(options, *plan, *tree, world);
  tell_report(report, options, world);
  return finish(report, exit_code(report), options, world);
}

}  // namespace dcm::cli
