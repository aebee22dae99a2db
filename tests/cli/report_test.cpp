// SPDX-License-Identifier: MIT
#include "cli/report.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace dcm::cli {
namespace {

using Kind = app::ServerRemark::Kind;

app::RetrieveReport mixed() {
  app::RetrieveReport report;
  report.expected = 1042;
  report.stored = 1000;
  report.skipped = 30;
  report.refused = 5;
  report.failed = 4;
  report.conflict = 1;
  report.missing = 2;
  report.bytes = 526'000'000;
  report.seconds = 2;
  report.refused_for = {{Errc::bad_vr, 4}, {Errc::too_deep, 1}};
  return report;
}

TEST(Report, SaysInOneLineWhatIsToCome) {
  app::Plan plan;
  plan.patients = 1;
  plan.studies = 2;
  plan.series.resize(7);
  plan.instances = 1042;
  EXPECT_EQ(plan_text(plan, "to retrieve"),
            "to retrieve: 1 patient, 2 studies, 7 series, 1,042 instances");
}

TEST(Report, SummarisesInOneLine) {
  app::RetrieveReport all;
  all.expected = all.stored = 1;
  all.bytes = 900;
  EXPECT_EQ(summary_text(all, "out"), "1 of 1 instance stored in out; 900 bytes in 0.0 s");
  EXPECT_EQ(summary_text(mixed(), "out"),
            "1,030 of 1,042 instances stored in out (30 there before), 5 refused, 4 failed, "
            "1 in conflict, 2 missing; 526.0 MB in 2.0 s (263.0 MB/s)");
}

TEST(Report, CallsNothingMissingThatWasNotAskedForYet) {
  auto report = mixed();
  report.fatal = app::Fatal{{.code = Errc::interrupted}};
  EXPECT_NE(summary_text(report, "out").find(", 2 not fetched yet; "), std::string::npos);
  report.fatal = app::Fatal{{.code = Errc::disconnected}};
  EXPECT_NE(summary_text(report, "out").find(", 2 missing; "), std::string::npos);
}

TEST(Report, WarnsInWords) {
  auto report = mixed();
  report.verified = false;
  report.displaced = 2;
  report.remarks = {
      {{Kind::final_status, {.code = Errc::dimse_status, .detail = 0xA702}}, 3},
      {{Kind::counters_differ, {.detail = 5, .offset = 4}}, 1},
      {{Kind::failures_hidden, {.detail = 1}}, 1},
      {{Kind::nothing_sent, {}}, 1},
      {{Kind::unasked_object, {}}, 2},
      {{Kind::no_get}, 1},
      {{.kind = Kind::turned_away,
        .error = {.code = Errc::association_rejected, .detail = 0x010103},
        .host = "10.0.0.7"},
       2},
      {{.kind = Kind::turned_away,
        .error = {.code = Errc::association_rejected, .detail = 0x010107},
        .host = "10.0.0.7"},
       1},
      {{.kind = Kind::turned_away,
        .error = {.code = Errc::certificate_untrusted, .detail = 20},
        .host = "10.0.0.7"},
       1},
      {{.kind = Kind::turned_away,
        .error = {.code = Errc::certificate_untrusted, .detail = 26},
        .host = "10.0.0.7"},
       1},
      {{.kind = Kind::would_be_plain}, 1},
      {{Kind::failure, {.code = Errc::association_aborted}}, 1},
  };
  EXPECT_EQ(
      report_warnings(report),
      (std::vector<std::string>{
          ("the server's final status: refused: out of resources, cannot send the objects "
           "(A702) (3 times)"),
          "the server counts 5 objects as sent, and 4 arrived",
          "the server reports success, and yet counts 1 failure",
          "the server reports success, and sent nothing",
          "the server sent an object that was not asked for (2 times)",
          "the server accepts no C-GET from us, which leaves C-MOVE",
          ("10.0.0.7 was turned away: association rejected: calling AE title not "
           "recognised; if it belongs to the server, add --receive-from 10.0.0.7 (2 times)"),
          ("10.0.0.7 was turned away: association rejected: called AE title not "
           "recognised; the server must call us by --calling-aet"),
          ("10.0.0.7 was turned away: its certificate is not trusted: it comes from an "
           "authority that is not known here (20); if it is the server, name the certificate "
           "of its authority with --tls-ca"),
          ("10.0.0.7 was turned away: its certificate is not meant for clients (26); have the "
           "server send with one that is, or with one without a purpose"),
          ("no C-MOVE, as the objects would come in the clear; add --tls-cert and --tls-key, "
           "or --receive-plain"),
          "an association ended early: the server aborted the association",
          "4 objects refused: an element has no valid value representation",
          "1 object refused: sequences are nested too deep",
          ("1 object is in the tree with other content under the same name: the tree keeps "
           "what it had until you remove it"),
          ("2 patients have a new folder beside one of that name which is not known as "
           "theirs, as it has no metadata.json of ours or is a link: put that right and "
           "remove the new one, or both stay"),
          "completeness could not be verified: the server does not list all that it may have",
      }));
  EXPECT_TRUE(report_warnings({}).empty());
}

TEST(Report, GivesMachinesExactlyTheKeysOfTheSchema) {
  auto report = mixed();
  report.remarks = {{{Kind::final_status, {.code = Errc::dimse_status, .detail = 0xB000}}, 1},
                    {{Kind::failure, {.code = Errc::timed_out}}, 2}};
  report.doubts = {.declared_burned_in = 1, .suspected_burned_in = 2, .unreadable = 3};
  const auto json = nlohmann::json::parse(json_text(report, ExitCode::partial));
  EXPECT_EQ(json, nlohmann::json::parse(R"json({
    "expected": 1042, "stored": 1000, "skipped": 30, "refused": 5, "failed": 4, "conflict": 1,
    "missing": 2, "displaced_patients": 0, "waiting": 0, "verified": true, "bytes": 526000000, "seconds": 2.0, "exit": 2,
    "refused_for": [{"reason": "bad_vr", "count": 4}, {"reason": "too_deep", "count": 1}],
    "doubts": {"declared_burned_in": 1, "suspected_burned_in": 2, "unreadable_elements": 3},
    "remarks": [
      {"kind": "final_status", "status": "B000", "count": 1,
       "text": "the server's final status: complete, with failures or warnings (B000)"},
      {"kind": "failure", "reason": "timed_out", "count": 2,
       "text": "an association ended early: the server was silent for too long"}
    ]
  })json"));
}

}  // namespace
}  // namespace dcm::cli
