// SPDX-License-Identifier: MIT
#include "cli/batch_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "cli/cohort_file.hpp"
#include "cli/gap_words.hpp"
#include "cli/json.hpp"
#include "cli/messages.hpp"
#include "cli/report.hpp"
#include "cli/value_words.hpp"

namespace dcm::cli {
namespace {

using app::RowFault;
using app::RowState;
using app::RowStatus;

/// Why a row is not as it should be; empty where nothing is to be said.
struct Reason {
  std::string_view code;  ///< for machines
  std::string words;
  std::string of_many = {};  ///< the same of several rows, where `words` are of one alone
};

std::string_view name_of(RowState state) noexcept {
  switch (state) {
    case RowState::complete:
      return "complete";
    case RowState::partial:
      return "partial";
    case RowState::nothing_found:
      return "nothing found";
    case RowState::refused:
      return "refused";
    case RowState::failed:
      return "failed";
    case RowState::not_yet:
      break;
  }
  return "not yet";
}

Reason reason_of(const RowFault& fault) {
  const auto column = fmt::format("column {} ({}): ", column_letters(fault.column), fault.keyword);
  switch (fault.kind) {
    case RowFault::Kind::bad_value:
      return {"bad_value", column + words_of(fault.value).why};
    case RowFault::Kind::rounded_number:
      return {"rounded_number",
              column +
                  "a number that may have lost digits, as 1.23E+11 has: type it again in a "
                  "cell whose format is text"};
    case RowFault::Kind::disguised_number:
      return {"disguised_number",
              column +
                  "a number that its format shows otherwise, as P-042 for 42: type what is meant "
                  "in a cell whose format is text"};
    case RowFault::Kind::unusable_cell:
      return {"unusable_cell",
              column +
                  "an error, a truth value, a date that does not exist, a formula without a "
                  "result, or a cell merged with one left of it"};
    case RowFault::Kind::misplaced_date:
      return {"misplaced_date", column +
                                    "the spreadsheet made a date of it: type it again in a "
                                    "cell whose format is text"};
    case RowFault::Kind::narrows_nothing:
      break;
  }
  return {"narrows_nothing", "no criterion that narrows it down, as an ID, a name or a date does"};
}

Reason reason_of_counts(const RowStatus& row) {
  const auto& counts = row.counts;
  const auto instances = [](std::uint64_t count) {
    return quantity(count, "instance", "instances");
  };
  if (counts.failed > 0) {
    return {"failed", fmt::format("the server failed on {}", instances(counts.failed)),
            "the server failed on instances"};
  }
  if (counts.missing > 0) {
    return {"missing", fmt::format("{} never came", instances(counts.missing)),
            "instances never came"};
  }
  if (counts.conflict > 0) {
    return {
        "conflict",
        fmt::format("the tree holds other content in the place of {}", instances(counts.conflict)),
        "the tree holds other content in the place of instances"};
  }
  if (counts.refused > 0) {
    return {"refused_objects",
            fmt::format("{} refused for their content", instances(counts.refused)),
            "instances were refused for their content"};
  }
  return {};
}

Reason main_reason_of(const RowStatus& row) {
  if (row.fault) return reason_of(*row.fault);
  if (row.failure) return {code_name(row.failure->code), reason_words(*row.failure)};
  if (row.state == RowState::not_yet)
    return {"not_yet", "the same command, run again, goes on with it"};
  if (row.state == RowState::nothing_found && row.unverified_matches > 0)
    return {"unverified_match", "the server's answers do not tell whether the criteria are met"};
  if (row.state == RowState::nothing_found)
    return {"no_match", "the server has nothing that matches"};
  if (auto reason = reason_of_counts(row); !reason.code.empty()) return reason;
  if (row.patients > 1) {
    return {"several_patients",
            fmt::format("matches {}", quantity(row.patients, "patient", "patients")),
            "more than one patient matches"};
  }
  if (row.other_name_order) return {"other_name_order", "found with the given name first"};
  if (row.same_as) {
    return {"same_row", fmt::format("asks for the same as row {}", *row.same_as),
            "the same is asked for by a row above"};
  }
  return {};
}

/// What was left out may be why a row is as it is, so it is said besides.
Reason reason_of(const RowStatus& row) {
  auto reason = main_reason_of(row);
  if (!row.accents_left_out) return reason;
  const auto words = fmt::format("column {} ({}): {}", column_letters(row.accents_left_out->at),
                                 row.accents_left_out->keyword, accents_text());
  if (reason.code.empty()) return {"accents_left_out", words};
  const auto besides = [&](std::string_view before) {
    return fmt::format("{}; {}", before, words);
  };
  if (!reason.of_many.empty()) reason.of_many = besides(reason.of_many);
  reason.words = besides(reason.words);
  return reason;
}

constexpr std::array kStates{RowState::complete, RowState::partial, RowState::nothing_found,
                             RowState::refused,  RowState::failed,  RowState::not_yet};

}  // namespace

std::string list_of_rows(std::span<const std::uint32_t> rows) {
  constexpr std::size_t kShown = 12;
  if (rows.size() == 1) return fmt::format("row {}", rows.front());
  const auto shown = std::min(kShown, rows.size());
  const bool all = shown == rows.size();
  const auto end = rows.begin() + static_cast<std::ptrdiff_t>(all ? shown - 1 : shown);
  return fmt::format(
      "rows {} and {}", fmt::join(rows.begin(), end, ", "),
      all ? std::to_string(rows.back()) : fmt::format("{} more", grouped(rows.size() - shown)));
}

std::vector<StatusLine> status_lines(Rows rows) {
  std::vector<StatusLine> lines;
  for (const RowStatus& row : rows) {
    auto reason = reason_of(row);
    std::replace(reason.words.begin(), reason.words.end(), '"', '\'');
    auto counts = row.counts;
    counts.stored += std::exchange(counts.skipped, 0);
    lines.push_back({.row = row.row,
                     .state = std::string(name_of(row.state)),
                     .studies = row.studies,
                     .series = row.series,
                     .counts = counts,
                     .reason = std::string(reason.code),
                     .explanation = std::move(reason.words)});
  }
  return lines;
}

void keep_known(std::vector<StatusLine>& lines, Rows rows, std::span<const StatusLine> earlier,
                Compared compared) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto known =
        std::lower_bound(earlier.begin(), earlier.end(), lines[i].row,
                         [](const StatusLine& line, std::uint32_t row) { return line.row < row; });
    if (known == earlier.end() || known->row != lines[i].row) continue;
    if (rows[i].state == RowState::not_yet && compared == Compared::not_yet) {
      lines[i] = *known;
    } else if (rows[i].failure && known->series > 0) {
      lines[i].studies = known->studies;
      lines[i].series = known->series;
      lines[i].counts = known->counts;
      lines[i].explanation += "; the numbers are what an earlier run told";
    }
  }
}

std::vector<std::string> row_warnings(Rows rows) {
  // In the order in which reasons first appear.
  std::vector<std::pair<std::string, std::vector<std::uint32_t>>> by_words;
  for (const RowStatus& row : rows) {
    const auto reason = reason_of(row);
    if (reason.code.empty() || row.state == RowState::not_yet) continue;
    const auto& words = reason.of_many.empty() ? reason.words : reason.of_many;
    const auto known = std::find_if(by_words.begin(), by_words.end(),
                                    [&](const auto& each) { return each.first == words; });
    if (known == by_words.end())
      by_words.push_back({words, {row.row}});
    else
      known->second.push_back(row.row);
  }
  std::vector<std::string> warnings;
  for (const auto& [words, numbers] : by_words)
    warnings.push_back(fmt::format("{}: {}", list_of_rows(numbers), words));
  return warnings;
}

std::string rows_text(Rows rows) {
  auto text = quantity(rows.size(), "row", "rows");
  std::string_view before = ": ";
  for (const RowState state : kStates) {
    const auto count = std::count_if(rows.begin(), rows.end(),
                                     [&](const RowStatus& row) { return row.state == state; });
    if (count == 0) continue;
    text +=
        fmt::format("{}{} {}", before, grouped(static_cast<std::uint64_t>(count)), name_of(state));
    before = ", ";
  }
  return text;
}

std::string row_plans_text(Rows rows) {
  std::string text;
  for (const RowStatus& row : rows) {
    const auto reason = reason_of(row);
    const bool found = row.series > 0;
    text += fmt::format("row {}: {}", row.row, found ? "" : name_of(row.state));
    if (found) {
      text += fmt::format("{}, {}, {}", quantity(row.studies, "study", "studies"),
                          quantity(row.series, "series", "series"),
                          quantity(row.counts.total(), "instance", "instances"));
    }
    const bool is_plain = found && row.state == RowState::not_yet;
    if (row.patients > 1) {
      text += fmt::format(", of {}", quantity(row.patients, "patient", "patients"));
    } else if (!is_plain && !reason.words.empty()) {
      text += fmt::format(" ({})", reason.words);
    }
    if (is_plain && row.same_as) text += fmt::format(" (the same as row {})", *row.same_as);
    text += '\n';
  }
  return text;
}

std::string json_text(const app::RetrieveReport& report, Rows rows, ExitCode exit) {
  auto json = report_json(report, exit);
  auto list = nlohmann::ordered_json::array();
  for (const RowStatus& row : rows) {
    const auto reason = reason_of(row);
    nlohmann::ordered_json entry{{"row", row.row},
                                 {"state", name_of(row.state)},
                                 {"patients", row.patients},
                                 {"studies", row.studies},
                                 {"series", row.series},
                                 {"expected", row.counts.total()},
                                 {"stored", row.counts.stored},
                                 {"skipped", row.counts.skipped},
                                 {"refused", row.counts.refused},
                                 {"failed", row.counts.failed},
                                 {"missing", row.counts.missing},
                                 {"conflict", row.counts.conflict},
                                 {"pending", row.counts.pending}};
    if (!reason.code.empty()) {
      entry["reason"] = reason.code;
      entry["text"] = reason.words;
    }
    list.push_back(std::move(entry));
  }
  json["rows"] = std::move(list);
  return safe_json(json);
}

ExitCode exit_code(Rows rows, std::uint64_t stored) noexcept {
  auto code = ExitCode::done;
  bool any = false;
  for (const RowStatus& row : rows) {
    any = any || row.series > 0;
    if (row.fault || row.failure) code = graver(code, ExitCode::partial);
    if (row.failure && stored == 0 && exit_code(*row.failure) == ExitCode::unreachable)
      code = graver(code, ExitCode::unreachable);
  }
  return any ? code : graver(code, ExitCode::nothing_matched);
}

}  // namespace dcm::cli
