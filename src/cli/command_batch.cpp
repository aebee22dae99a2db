// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>

#include "app/cohort_plan.hpp"
#include "app/cohort_status.hpp"
#include "cli/batch_report.hpp"
#include "cli/commands.hpp"
#include "cli/fetch.hpp"
#include "cli/planning.hpp"
#include "cli/report.hpp"
#include "dicom/text.hpp"
#include "store/status_file.hpp"
#include "store/tree.hpp"

namespace dcm::cli {
namespace {

using Clock = std::chrono::steady_clock;

/// How often the status file tells anew while work goes on.
constexpr std::chrono::seconds kStatusEvery{3};

Failure status_failure(const std::string& path, const Error& error) {
  const auto failure = [&](ExitCode exit, std::string why) {
    return Failure{exit, "status file " + path, std::move(why), "choose another one with --status"};
  };
  const auto number = error.code == Errc::io ? error.detail : 0;
  if (number == EEXIST) return failure(ExitCode::usage, "another file is there already");
  if (number == EISDIR) return failure(ExitCode::usage, "a folder is there");
  return failure(exit_code(error), reason_words(error));
}

/// One run over a cohort.
class Batch {
 public:
  Batch(const BatchOptions& options, const World& world, app::Cohort cohort, CohortMark mark)
      : options_(options),
        world_(world),
        cohort_(std::move(cohort)),
        mark_(std::move(mark)),
        rows_(app::row_statuses(cohort_)) {}

  ExitCode run();

 private:
  [[nodiscard]] Checked<OpenProject> begin();
  void tell_cohort() const;
  Checked<void> open_status();
  Checked<void> write_status();
  void plan();
  ExitCode finish(const app::RetrieveReport& report, ExitCode exit);
  ExitCode fetch_all(OpenProject& project);
  void look_at(const app::Checklist& checklist, app::Fetching fetching);
  void tell_rows();

  const BatchOptions& options_;
  const World& world_;
  const app::Cohort cohort_;
  const CohortMark mark_;
  std::vector<app::RowStatus> rows_;
  app::CohortPlan planned_;
  std::optional<store::StatusFile> status_;
  std::vector<StatusLine> earlier_;  ///< what an earlier run told of the same cohort and tree
  Compared compared_ = Compared::not_yet;
};

/// What can go wrong before the server is asked for anything, goes wrong here.
Checked<OpenProject> Batch::begin() {
  const auto is_refused = [](const auto& row) { return row.fault.has_value(); };
  if (std::all_of(rows_.begin(), rows_.end(), is_refused)) {
    for (const auto& words : row_warnings(rows_)) world_.people << warning_text(words);
    return refuse("cohort " + options_.cohort.path, "no row can be asked for");
  }
  tell_cohort();
  DCM_TRY(auto project, set_up(options_, world_));
  if (options_.dry_run) return project;
  DCM_CHECK(open_status());
  DCM_CHECK(write_status());
  return project;
}

/// What of the file is not taken as one might think.
void Batch::tell_cohort() const {
  if (!cohort_.ignored_columns.empty()) {
    std::vector<std::string> columns;
    for (const auto column : cohort_.ignored_columns) columns.push_back(column_letters(column));
    world_.people << fmt::format(
        "{} left out: {}\n",
        quantity(columns.size(), "column that is not known is", "columns that are not known are"),
        fmt::join(columns, ", "));
  }
  if (!cohort_.hidden_rows.empty())
    world_.people << warning_text(
        fmt::format("{}: hidden in the spreadsheet, and asked for all the same",
                    list_of_rows(cohort_.hidden_rows)));
}

/// An earlier run is believed where the cohort is as it was then, and the tree is still there.
/// Nothing of another cohort is written over.
Checked<void> Batch::open_status() {
  auto opened = store::StatusFile::open(options_.status, kStatusHeader);
  if (!opened) return fail(status_failure(options_.status, opened.error()));
  if (!opened->before().empty()) {
    auto earlier = read_status(opened->before());
    if (!earlier) {
      return refuse("status file " + options_.status, "it is damaged",
                    "remove it, or choose another one with --status");
    }
    if (earlier->mark.name != mark_.name) {
      return refuse("status file " + options_.status, "it tells of another cohort",
                    "choose another one with --status");
    }
    if (earlier->mark == mark_ && store::Tree::exists(options_.output))
      earlier_ = std::move(earlier->lines);
  }
  status_.emplace(std::move(*opened));
  return {};
}

Checked<void> Batch::write_status() {
  if (!status_) return {};
  auto lines = status_lines(rows_);
  keep_known(lines, rows_, earlier_, compared_);
  const auto written = status_->replace(status_text(lines, mark_));
  if (written) return {};
  return fail(status_failure(options_.status, written.error()));
}

void Batch::plan() {
  ProgressLine progress(world_.people, world_.display);
  planned_ = app::plan_cohort(
      options_.peer, cohort_, [&](auto done, auto total) { progress.asking(done, total); },
      world_.stop);
  progress.clear();
  planned_.plan.accents_left_out = false;  // told of the rows that it is about
  look_at(app::Checklist(planned_.plan), app::Fetching::goes_on);
}

void Batch::look_at(const app::Checklist& checklist, app::Fetching fetching) {
  rows_ = app::row_statuses(cohort_, planned_, [&](std::size_t series) {
    return app::counts_of(checklist, series, fetching);
  });
}

void Batch::tell_rows() {
  for (const auto& words : row_warnings(rows_)) world_.people << warning_text(words);
  world_.people << rows_text(rows_);
  if (status_) world_.people << printable(fmt::format("; see {}", options_.status));
  world_.people << '\n' << std::flush;
}

/// The end of every batch whose cohort was understood.
ExitCode Batch::finish(const app::RetrieveReport& report, ExitCode exit) {
  if (const auto written = write_status(); !written) {
    world_.people << error_text(written.error()) << std::flush;
    exit = graver(exit, written.error().exit);
  }
  if (!options_.json) return exit;
  return graver(exit, write_results(json_text(report, rows_, exit), world_));
}

ExitCode Batch::fetch_all(OpenProject& project) {
  app::Checklist checklist(planned_.plan);
  std::optional<Clock::time_point> told;
  const auto fetched = fetch(project, planned_.plan, checklist, options_, world_, [&](const auto&) {
    if (told && Clock::now() - *told < kStatusEvery) return;
    look_at(checklist, app::Fetching::goes_on);
    compared_ = Compared::yes;
    // What fails now and then fails at the end too, and is told there.
    (void)write_status();
    told = Clock::now();
  });
  look_at(checklist, fetched.ended_early ? app::Fetching::goes_on : app::Fetching::is_over);
  tell_rows();
  const auto stored = fetched.report.stored + fetched.report.skipped;
  return finish(fetched.report, graver(fetched.exit, exit_code(rows_, stored)));
}

ExitCode Batch::run() {
  app::RetrieveReport nothing;
  nothing.verified = false;
  auto project = begin();
  if (!project) {
    world_.people << error_text(project.error()) << std::flush;
    if (!options_.json) return project.error().exit;
    const auto exit = project.error().exit;
    return graver(exit, write_results(json_text(nothing, rows_, exit), world_));
  }
  plan();
  const auto planned = report_of(planned_.plan);
  if (planned_.cut_short) {
    world_.people << error_text(
        explain(*planned_.cut_short, {Operation::find, &options_.peer, {}}));
    return finish(planned, ExitCode::interrupted);
  }
  // That nothing matches is not known where nobody answered.
  const bool asked = exit_code(rows_, 0) != ExitCode::unreachable;
  if (asked || !planned_.plan.series.empty()) tell_plan(planned_.plan, "to retrieve", world_);
  if (options_.dry_run) world_.people << row_plans_text(rows_);
  if (planned_.plan.series.empty()) {
    tell_rows();
    return finish(planned, exit_code(rows_, 0));
  }
  world_.people << mode_text(project->project()) << std::flush;
  if (options_.dry_run) return finish(planned, exit_code(rows_, planned.expected));
  return fetch_all(*project);
}

}  // namespace

ExitCode run_batch(const BatchOptions& options, const World& world) {
  // Before it is read, so that a mark is never of something newer.
  auto mark = mark_of(options.cohort, options.output);
  auto cohort = load_cohort(options.cohort);
  if (!cohort) {
    world.people << error_text(cohort.error()) << std::flush;
    return cohort.error().exit;
  }
  return Batch(options, world, std::move(*cohort), std::move(mark)).run();
}

}  // namespace dcm::cli
