// SPDX-License-Identifier: MIT
#include "cli/anonymize_report.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace dcm::cli {
namespace {

app::AnonymizeReport mixed() {
  app::AnonymizeReport report;
  report.expected = 12;
  report.stored = 6;
  report.skipped = 2;
  report.refused = 2;
  report.failed = report.conflict = 1;
  report.bytes = 1'000'000;
  report.seconds = 0.5;
  report.refused_for = {{Errc::burned_in, 1}, {Errc::truncated, 1}};
  report.doubts = {.declared_burned_in = 0, .suspected_burned_in = 1, .unreadable = 2};
  report.patients = 2;
  report.studies = 3;
  report.not_dicom = 4;
  report.directories = 1;
  report.links = 2;
  report.irregular = 1;
  report.unreadable_files = 1;
  report.notable = {
      {.file = 1, .sop_instance_uid = "2.25.1", .reason = Errc::burned_in},
      {.file = 2, .reason = Errc::truncated},
      {.file = 3, .reason = Errc::io},
      {.file = 5,
       .sop_instance_uid = "2.25.2",
       .findings = {.suspected_burned_in = true, .unreadable = 2}},
  };
  return report;
}

TEST(AnonymizeReport, SummarisesInOneLine) {
  EXPECT_EQ(
      summary_text(mixed(), "out"),
      "8 of 12 objects stored in out (2 there before), 2 refused, 1 failed, 1 in conflict; "
      "4 files are no DICOM; 2 links passed over; 1 entry is no regular file; 1 DICOMDIR passed "
      "over; 1.0 MB in 0.5 s (2.0 MB/s)");
  EXPECT_EQ(rehearsal_text(mixed()),
            "would be stored: 6 of 12 objects, 2 patients, 3 studies; 2 refused; 4 files are no "
            "DICOM; 2 links passed over; 1 entry is no regular file; 1 DICOMDIR passed over");
}

TEST(AnonymizeReport, WarnsInWords) {
  auto report = mixed();
  report.unreadable_folders = 2;
  EXPECT_EQ(report_warnings(report),
            (std::vector<std::string>{
                "1 file could not be read",
                "2 folders could not be looked through",
                "1 object refused: the data end inside an element",
                "1 object refused: its pixels are said to show who the patient is",
                ("1 object is in the tree with other content under the same name: the tree keeps "
                 "what it had until you remove it"),
                ("1 object is of a kind that often shows text in its pixels: look before you pass "
                 "them on"),
                "2 elements were removed, which could not be interpreted",
            }));
  EXPECT_TRUE(report_warnings({}).empty());
}

TEST(AnonymizeReport, GivesMachinesTheObjectsToLookAtWithoutTheirPaths) {
  const auto json = nlohmann::json::parse(json_text(mixed(), ExitCode::local_io, nullptr));
  EXPECT_EQ(json, nlohmann::json::parse(R"json({
    "expected": 12, "stored": 6, "skipped": 2, "refused": 2, "failed": 1, "conflict": 1,
    "missing": 0, "displaced_patients": 0, "waiting": 0, "verified": true, "bytes": 1000000, "seconds": 0.5, "exit": 5,
    "refused_for": [{"reason": "truncated", "count": 1}, {"reason": "burned_in", "count": 1}],
    "doubts": {"declared_burned_in": 0, "suspected_burned_in": 1, "unreadable_elements": 2},
    "patients": 2, "studies": 3, "not_dicom": 4, "dicomdirs": 1, "passed_over": 2, "irregular": 1,
    "unreadable_files": 1, "unreadable_folders": 0,
    "objects": [
      {"state": "refused", "reason": "burned_in", "sop_instance_uid": "2.25.1"},
      {"state": "refused", "reason": "truncated"},
      {"state": "failed", "reason": "io"},
      {"state": "doubtful", "suspected_burned_in": true, "unreadable_elements": 2,
       "sop_instance_uid": "2.25.2"}
    ]
  })json"));
}

TEST(AnonymizeReport, EndsAsItsWorstPart) {
  struct Row {
    ExitCode exit;
    void (*come_to)(app::AnonymizeReport& report);
  };
  for (const auto& row : {
           Row{ExitCode::done, [](auto& it) { it.stored = it.expected; }},
           Row{ExitCode::done, [](auto& it) { it.not_dicom = it.directories = 1; }},
           Row{ExitCode::nothing_matched, [](auto& it) { it.expected = 0; }},
           Row{ExitCode::refused_objects, [](auto& it) { it.refused = 1; }},
           Row{ExitCode::partial, [](auto& it) { it.refused = it.conflict = 1; }},
           Row{ExitCode::local_io,
               [](auto& it) { it.refused = it.failed = it.unreadable_files = 1; }},
           Row{ExitCode::local_io, [](auto& it) { it.unreadable_folders = 1; }},
           Row{ExitCode::local_io, [](auto& it) { it.fatal = Error{.code = Errc::io}; }},
           Row{ExitCode::interrupted,
               [](auto& it) {
                 it.missing = it.failed = it.unreadable_files = 1;
                 it.fatal = Error{.code = Errc::interrupted};
               }},
       }) {
    app::AnonymizeReport report;
    report.expected = 10;
    row.come_to(report);
    EXPECT_EQ(exit_code(report), row.exit);
  }
}

}  // namespace
}  // namespace dcm::cli
