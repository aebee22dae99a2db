// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "app/dispatch.hpp"
#include "cli/commands.hpp"
#include "cli/json.hpp"
#include "cli/messages.hpp"
#include "cli/planning.hpp"
#include "dicom/text.hpp"

namespace dcm::cli {
namespace {

app::DispatchReport report_of(const app::Plan& plan) {
  return {.expected = plan.instances, .verified = plan.verified};
}

void append(std::string& text, std::uint64_t count, std::string_view words) {
  if (count > 0) text += fmt::format(", {} {}", grouped(count), words);
}

std::string summary(const app::DispatchReport& report, std::string_view destination) {
  auto text = fmt::format("{} of {} sent to {}, as the server counts", grouped(report.sent),
                          quantity(report.expected, "instance", "instances"), destination);
  append(text, report.failed, "failed");
  append(text, report.uncounted, "said to be sent without a count");
  append(text, report.missing, "not accounted for");
  return text + fmt::format("; {:.1f} s", report.seconds);
}

std::string json(const app::DispatchReport& report, ExitCode exit) {
  nlohmann::ordered_json json{{"expected", report.expected}, {"sent", report.sent},
                              {"failed", report.failed},     {"uncounted", report.uncounted},
                              {"missing", report.missing},   {"verified", report.verified},
                              {"seconds", report.seconds},   {"exit", static_cast<int>(exit)}};
  json["statuses"] = nlohmann::ordered_json::array();
  for (const auto& [status, count] : report.statuses) {
    json["statuses"].push_back({{"status", fmt::format("{:04X}", status)},
                                {"text", status_words(status)},
                                {"count", count}});
  }
  return safe_json(json);
}

ExitCode finish(const app::DispatchReport& report, ExitCode exit, const MoveOptions& options,
                const World& world) {
  if (!options.json) return exit;
  return graver(exit, write_results(json(report, exit), world));
}

app::DispatchReport dispatch(const MoveOptions& options, const app::Plan& plan,
                             const World& world) {
  ProgressLine progress(world.people, world.display);
  auto report = app::dispatch(
      options.peer, plan, options.criteria.level, options.destination, options.hours,
      [&](const auto& now) { progress.dispatching(now); }, world.stop);
  progress.clear();
  return report;
}

/// What an interruption leaves behind, where only the server knows what has been sent.
std::string what_was_asked(const app::DispatchReport& report) {
  if (report.requests == 0) return "the server was not asked for anything yet, and sent nothing";
  return "the server may still send what it was asked for; the same command asks for all of it "
         "again";
}

void tell(const app::DispatchReport& report, const MoveOptions& options, const World& world) {
  for (const auto& [status, count] : report.statuses) {
    world.people << warning_text(fmt::format("the server's final status: {}{}",
                                             status_words(status),
                                             count == 1 ? "" : fmt::format(" ({} times)", count)));
  }
  if (!report.verified) {
    world.people << warning_text(
        "how many instances there are could not be verified: the server does not list those of "
        "every series");
  }
  if (report.fatal) {
    auto failure = explain(*report.fatal, {Operation::move, &options.peer, {}});
    if (failure.exit == ExitCode::interrupted) failure.hint = what_was_asked(report);
    world.people << error_text(failure);
  }
  world.people << printable(summary(report, options.destination)) << '\n' << std::flush;
}

}  // namespace

ExitCode run_move(const MoveOptions& options, const World& world) {
  const auto plan = make_plan(options.peer, options.criteria, world);
  if (!plan) {
    const auto failure = explain(plan.error(), {Operation::find, &options.peer, {}});
    world.people << error_text(failure) << std::flush;
    return finish({.verified = false}, failure.exit, options, world);
  }
  tell_plan(*plan, "to send", world);
  if (plan->series.empty()) {
    return finish(report_of(*plan), ExitCode::nothing_matched, options, world);
  }
  world.people << printable(fmt::format(
                      "the server sends them to {} as they are, not de-identified; whether they "
                      "arrive there cannot be seen from here",
                      options.destination))
               << '\n'
               << std::flush;
  if (options.dry_run) return finish(report_of(*plan), ExitCode::done, options, world);
  const auto report = dispatch(options, *plan, world);
  tell(report, options, world);
  return finish(report, exit_code(report), options, world);
}

}  // namespace dcm::cli
