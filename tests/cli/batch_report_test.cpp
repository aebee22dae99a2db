// SPDX-License-Identifier: MIT
#include "cli/batch_report.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/json_schema.hpp"

namespace dcm::cli {
namespace {

using app::RowFault;
using app::RowState;
using app::RowStatus;

RowStatus row(std::uint32_t number, RowState state, app::InstanceCounts counts = {}) {
  RowStatus result;
  result.row = number;
  result.state = state;
  result.studies = result.series = result.patients = counts.total() > 0 ? 1 : 0;
  result.counts = counts;
  return result;
}

/// One row of each state.
std::vector<RowStatus> one_of_each() {
  std::vector<RowStatus> rows{
      row(2, RowState::complete, {.stored = 1, .skipped = 2}),
      row(3, RowState::partial, {.stored = 1, .missing = 2}),
      row(4, RowState::nothing_found),
      row(5, RowState::refused),
      row(6, RowState::failed),
      row(7, RowState::not_yet, {.stored = 1, .pending = 2}),
  };
  rows[3].fault = RowFault{RowFault::Kind::rounded_number, 27, "PatientID", {}};
  rows[4].failure = Error{.code = Errc::dimse_status, .detail = 0xA700};
  return rows;
}

const CohortMark kMark{"0123abcd", "0123456789abcdef"};

TEST(BatchReport, WritesALineForEachRow) {
  EXPECT_EQ(
      status_text(status_lines(one_of_each()), kMark),
      "row,state,studies,series,expected,stored,refused,failed,missing,conflict,pending,reason,"
      "explanation,cohort\n"
      "2,complete,1,1,3,3,0,0,0,0,0,,\"\",0123abcd-0123456789abcdef\n"
      "3,partial,1,1,3,1,0,0,2,0,0,missing,\"2 instances never came\","
      "0123abcd-0123456789abcdef\n"
      "4,nothing found,0,0,0,0,0,0,0,0,0,no_match,\"the server has nothing that matches\","
      "0123abcd-0123456789abcdef\n"
      "5,refused,0,0,0,0,0,0,0,0,0,rounded_number,\"column AB (PatientID): a number that may have "
      "lost digits, as 1.23E+11 has: type it again in a cell whose format is text\","
      "0123abcd-0123456789abcdef\n"
      "6,failed,0,0,0,0,0,0,0,0,0,dimse_status,\"refused: out of resources (A700)\","
      "0123abcd-0123456789abcdef\n"
      "7,not yet,1,1,3,1,0,0,0,0,2,not_yet,\"the same command, run again, goes on with it\","
      "0123abcd-0123456789abcdef\n");
}

TEST(BatchReport, KeepsWhatAnEarlierRunToldAndThisOneDoesNotKnow) {
  const std::vector<StatusLine> earlier = status_lines(std::vector{
      row(2, RowState::partial, {.stored = 1, .missing = 2}),
      row(6, RowState::complete, {.skipped = 3}), row(7, RowState::complete, {.stored = 3})});
  const auto rows = one_of_each();
  auto lines = status_lines(rows);
  const auto told = lines;
  keep_known(lines, rows, earlier, Compared::not_yet);
  EXPECT_EQ(lines[0], told[0]) << "this run knows better";
  EXPECT_EQ(lines[5], earlier[2]);
  EXPECT_EQ(lines[4].state, "failed");
  EXPECT_EQ(lines[4].reason, "dimse_status");
  EXPECT_EQ(lines[4].counts, (app::InstanceCounts{.stored = 3}));
  EXPECT_EQ(lines[4].explanation,
            "refused: out of resources (A700); the numbers are what an earlier run told");
  lines = told;
  keep_known(lines, rows, earlier, Compared::yes);
  EXPECT_EQ(lines[5], told[5]) << "of what is pending the tree has been asked";
}

TEST(BatchReport, NamesTheRowAndColumnWhoseSpellingsWereLeftOut) {
  std::vector<RowStatus> rows{row(2, RowState::complete, {.stored = 1}),
                              row(3, RowState::nothing_found),
                              row(4, RowState::complete, {.stored = 1})};
  rows[0].accents_left_out = rows[1].accents_left_out = app::CohortColumn{1, "PatientName"};
  EXPECT_EQ(row_warnings(rows),
            (std::vector<std::string>{
                "row 2: column B (PatientName): spellings with accents were not all looked for, as "
                "too much would match; add a given name or a study date",
                "row 3: the server has nothing that matches; column B (PatientName): spellings "
                "with accents were not all looked for, as too much would match; add a given name "
                "or a study date"}));
  EXPECT_EQ(status_lines(rows)[0].reason, "accents_left_out");
  EXPECT_EQ(status_lines(rows)[1].reason, "no_match");
}

TEST(BatchReport, CountsRowsByState) {
  EXPECT_EQ(rows_text(one_of_each()),
            "6 rows: 1 complete, 1 partial, 1 nothing found, 1 refused, 1 failed, 1 not yet");
  EXPECT_EQ(rows_text(std::vector{row(1, RowState::complete)}), "1 row: 1 complete");
}

TEST(BatchReport, WarnsOncePerReasonWithTheRows) {
  std::vector<RowStatus> rows;
  for (std::uint32_t i = 1; i <= 20; ++i) rows.push_back(row(i, RowState::nothing_found));
  rows.push_back(row(21, RowState::complete));
  EXPECT_EQ(row_warnings(rows),
            std::vector<std::string>{"rows 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 8 more: the "
                                     "server has nothing that matches"});
  rows.resize(2);
  EXPECT_EQ(row_warnings(rows).front(), "rows 1 and 2: the server has nothing that matches");
}

TEST(BatchReport, TellsOfSeveralPatientsAndOfRowsThatAskForTheSame) {
  std::vector<RowStatus> rows(2, row(2, RowState::complete, {.stored = 1}));
  rows[0].patients = 2;
  rows[1].same_as = 7;
  const std::string text = status_text(status_lines(rows), kMark);
  EXPECT_NE(text.find("several_patients,\"matches 2 patients\""), std::string::npos);
  EXPECT_NE(text.find("same_row,\"asks for the same as row 7\""), std::string::npos);
}

TEST(BatchReport, IsValidJson) {
  const auto json =
      nlohmann::json::parse(json_text(app::RetrieveReport(), one_of_each(), ExitCode::partial));
  EXPECT_EQ(test::schema_violation(json, test::schema_of_docs("batch.schema.json")), "");
  EXPECT_EQ(json.at("rows").at(3).at("reason"), "rounded_number");
  EXPECT_EQ(json.at("rows").at(0).contains("reason"), false);
}

TEST(BatchReport, EndsAsItsRowsDid) {
  const auto rows = one_of_each();
  EXPECT_EQ(exit_code(std::vector{rows[0]}, 3), ExitCode::done);
  EXPECT_EQ(exit_code(std::vector{rows[0], rows[2]}, 3), ExitCode::done);
  EXPECT_EQ(exit_code(std::vector{rows[2]}, 0), ExitCode::nothing_matched);
  EXPECT_EQ(exit_code(std::vector{rows[0], rows[3]}, 3), ExitCode::partial);
  EXPECT_EQ(exit_code(std::vector{rows[0], rows[4]}, 3), ExitCode::partial);
  EXPECT_EQ(exit_code(std::vector{rows[2], rows[4]}, 0), ExitCode::unreachable);
}

}  // namespace
}  // namespace dcm::cli
