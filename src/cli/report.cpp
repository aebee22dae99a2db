// SPDX-License-Identifier: MIT
#include "cli/report.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/json.hpp"
#include "cli/messages.hpp"
#include "cli/tally_words.hpp"

namespace dcm::cli {
namespace {

using Kind = app::ServerRemark::Kind;

std::string_view name_of(Kind kind) noexcept {
  switch (kind) {
    case Kind::final_status:
      return "final_status";
    case Kind::counters_differ:
      return "counters_differ";
    case Kind::failures_hidden:
      return "failures_hidden";
    case Kind::nothing_sent:
      return "nothing_sent";
    case Kind::unasked_object:
      return "unasked_object";
    case Kind::no_get:
      return "no_get";
    case Kind::cannot_receive:
      return "cannot_receive";
    case Kind::would_be_plain:
      return "would_be_plain";
    case Kind::unreached:
      return "unreached";
    case Kind::turned_away:
      return "turned_away";
    case Kind::failure:
      break;
  }
  return "failure";
}

std::string words_of(const app::ServerRemark& remark) {
  const auto& error = remark.error;
  switch (remark.kind) {
    case Kind::final_status:
      return fmt::format("the server's final status: {}",
                         status_words(static_cast<std::uint16_t>(error.detail)));
    case Kind::counters_differ:
      return fmt::format("the server counts {} as sent, and {} arrived",
                         quantity(error.detail, "object", "objects"), grouped(error.offset));
    case Kind::failures_hidden:
      return fmt::format("the server reports success, and yet counts {}",
                         quantity(error.detail, "failure", "failures"));
    case Kind::nothing_sent:
      return "the server reports success, and sent nothing";
    case Kind::unasked_object:
      return "the server sent an object that was not asked for";
    case Kind::no_get:
      return "the server accepts no C-GET from us, which leaves C-MOVE";
    case Kind::cannot_receive:
      return fmt::format("no C-MOVE, as nothing can be received here: {}", reason_words(error));
    case Kind::would_be_plain:
      return "no C-MOVE, as the objects would come in the clear; add --tls-cert and --tls-key, or "
             "--receive-plain";
    case Kind::unreached:
      return fmt::format("the server did not connect to us, for {}{}",
                         quantity(error.detail, "C-MOVE", "C-MOVEs"),
                         error.detail < app::kMostMovesInVain ? "" : ": C-MOVE was given up");
    case Kind::turned_away:
      return turned_away_words(remark.host, error);
    case Kind::failure:
      break;
  }
  return fmt::format("an association ended early: {}", reason_words(error));
}

std::string times(std::uint64_t count) {
  return count == 1 ? std::string() : fmt::format(" ({} times)", grouped(count));
}

nlohmann::ordered_json remarks_json(const app::RetrieveReport& report) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& [remark, count] : report.remarks) {
    nlohmann::ordered_json entry{{"kind", name_of(remark.kind)}, {"text", words_of(remark)}};
    if (remark.kind == Kind::final_status)
      entry["status"] = fmt::format("{:04X}", remark.error.detail);
    if (remark.kind == Kind::failure || remark.kind == Kind::cannot_receive ||
        remark.kind == Kind::turned_away)
      entry["reason"] = code_name(remark.error.code);
    if (remark.kind == Kind::turned_away) entry["host"] = remark.host;
    entry["count"] = count;
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace

std::string plan_text(const app::Plan& plan, std::string_view purpose) {
  return fmt::format("{}: {}, {}, {}, {}", purpose, quantity(plan.patients, "patient", "patients"),
                     quantity(plan.studies, "study", "studies"),
                     quantity(plan.series.size(), "series", "series"),
                     quantity(plan.instances, "instance", "instances"));
}

std::vector<std::string> report_warnings(const app::RetrieveReport& report) {
  std::vector<std::string> warnings;
  for (const auto& [remark, count] : report.remarks) {
    warnings.push_back(words_of(remark) + times(count));
  }
  if (report.refused_before > 0) {
    warnings.push_back(fmt::format(
        "{} refused by an earlier run and not asked for again; --retry-refused asks for them",
        quantity(report.refused_before, "object was", "objects were")));
  }
  add_warnings(report, warnings);
  if (!report.verified) {
    warnings.emplace_back(
        "completeness could not be verified: the server does not list all that it may have");
  }
  return warnings;
}

bool ended_here(const app::RetrieveReport& report) noexcept {
  return report.fatal && classify(report.fatal->error.code) != ErrorClass::peer;
}

std::string summary_text(const app::RetrieveReport& report, std::string_view output) {
  const std::string_view absent = ended_here(report) ? "not fetched yet" : "missing";
  return stored_words(report, {"instance", "instances", absent}, output) + pace_words(report);
}

nlohmann::ordered_json report_json(const app::RetrieveReport& report, ExitCode exit) {
  auto json = tally_json(report, report.verified, exit);
  json["remarks"] = remarks_json(report);
  return json;
}

std::string json_text(const app::RetrieveReport& report, ExitCode exit) {
  return safe_json(report_json(report, exit));
}

}  // namespace dcm::cli
