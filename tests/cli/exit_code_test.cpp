// SPDX-License-Identifier: MIT
#include "cli/exit_code.hpp"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <string_view>

namespace dcm::cli {
namespace {

using app::RetrieveReport;
using app::ServerRemark;

constexpr std::array kGravestFirst{
    ExitCode::interrupted,     ExitCode::internal,        ExitCode::usage,
    ExitCode::local_io,        ExitCode::unreachable,     ExitCode::partial,
    ExitCode::refused_objects, ExitCode::nothing_matched, ExitCode::done,
};

TEST(ExitCode, TheGraverOfAnyTwoCounts) {
  for (std::size_t a = 0; a < kGravestFirst.size(); ++a) {
    for (std::size_t b = 0; b < kGravestFirst.size(); ++b) {
      EXPECT_EQ(graver(kGravestFirst[a], kGravestFirst[b]), kGravestFirst[std::min(a, b)]);
    }
  }
}

TEST(ExitCode, EveryClassOfErrorHasItsOwn) {
  EXPECT_EQ(exit_code(Error{.code = Errc::ok}), ExitCode::done);
  EXPECT_EQ(exit_code(Error{.code = Errc::tree_locked}), ExitCode::usage);
  EXPECT_EQ(exit_code(Error{.code = Errc::key_exposed}), ExitCode::usage);
  EXPECT_EQ(exit_code(Error{.code = Errc::truncated}), ExitCode::unreachable);
  EXPECT_EQ(exit_code(Error{.code = Errc::io}), ExitCode::local_io);
  EXPECT_EQ(exit_code(Error{.code = Errc::association_rejected}), ExitCode::unreachable);
  EXPECT_EQ(exit_code(Error{.code = Errc::interrupted}), ExitCode::interrupted);
  EXPECT_EQ(exit_code(Error{.code = Errc::internal}), ExitCode::internal);
}

void remark(RetrieveReport& report, ServerRemark::Kind kind, Errc code, std::uint32_t detail) {
  report.remarks.push_back({{kind, {.code = code, .detail = detail}}, 1});
}

void final_status(RetrieveReport& report, std::uint16_t status) {
  remark(report, ServerRemark::Kind::final_status, Errc::dimse_status, status);
}

void fatal(RetrieveReport& report, Errc code) { report.fatal = app::Fatal{{.code = code}}; }

struct Row {
  std::string_view name;
  ExitCode exit;
  std::function<void(RetrieveReport&)> come_to;
};

const std::array kRows{
    Row{"all stored", ExitCode::done, [](auto& it) { it.stored = 10; }},
    Row{"all there before", ExitCode::done, [](auto& it) { it.skipped = 10; }},
    Row{"all stored, completeness unknown", ExitCode::done,
        [](auto& it) {
          it.stored = 10;
          it.verified = false;
        }},
    Row{"all stored, whatever the server says", ExitCode::done,
        [](auto& it) {
          it.stored = 10;
          final_status(it, 0xA702);
          fatal(it, Errc::association_aborted);
        }},
    Row{"nothing stored, as nothing could be received", ExitCode::local_io,
        [](auto& it) {
          it.missing = 10;
          remark(it, ServerRemark::Kind::cannot_receive, Errc::io, 98);
        }},
    Row{"some not stored, as nothing could be received", ExitCode::partial,
        [](auto& it) {
          it.stored = 9;
          it.missing = 1;
          remark(it, ServerRemark::Kind::cannot_receive, Errc::io, 98);
        }},
    Row{"some missing", ExitCode::partial,
        [](auto& it) {
          it.stored = 9;
          it.missing = 1;
        }},
    Row{"some failed as the server broke off", ExitCode::partial,
        [](auto& it) {
          it.stored = 9;
          it.failed = 1;
          fatal(it, Errc::disconnected);
        }},
    Row{"conflict", ExitCode::partial,
        [](auto& it) {
          it.stored = 9;
          it.conflict = 1;
        }},
    Row{"nothing sent in spite of success", ExitCode::partial,
        [](auto& it) {
          it.missing = 10;
          remark(it, ServerRemark::Kind::nothing_sent, Errc::ok, 0);
        }},
    Row{"nothing stored, with a warning status", ExitCode::partial,
        [](auto& it) {
          it.failed = 10;
          final_status(it, 0xB000);
        }},
    Row{"nothing stored, cancelled by the server", ExitCode::partial,
        [](auto& it) {
          it.missing = 10;
          final_status(it, 0xFE00);
        }},
    Row{"refused by status", ExitCode::unreachable,
        [](auto& it) {
          it.failed = 10;
          final_status(it, 0x0122);
        }},
    Row{"all failed by status", ExitCode::unreachable,
        [](auto& it) {
          it.failed = 10;
          final_status(it, 0xA702);
        }},
    Row{"server gone, nothing stored", ExitCode::unreachable,
        [](auto& it) {
          it.failed = 10;
          fatal(it, Errc::context_refused);
        }},
    Row{"every association ended early", ExitCode::unreachable,
        [](auto& it) {
          it.failed = 10;
          remark(it, ServerRemark::Kind::failure, Errc::timed_out, 0);
        }},
    Row{"some refused, all others stored", ExitCode::refused_objects,
        [](auto& it) {
          it.stored = 9;
          it.refused = 1;
        }},
    Row{"some refused, some missing", ExitCode::partial,
        [](auto& it) {
          it.stored = 8;
          it.refused = it.missing = 1;
        }},
    Row{"disk full", ExitCode::local_io,
        [](auto& it) {
          it.stored = 8;
          it.failed = it.refused = 1;
          fatal(it, Errc::io);
        }},
    Row{"interrupted", ExitCode::interrupted,
        [](auto& it) {
          it.failed = 9;
          it.refused = 1;
          fatal(it, Errc::interrupted);
        }},
    Row{"broken invariant", ExitCode::internal,
        [](auto& it) {
          it.failed = 10;
          fatal(it, Errc::internal);
        }},
};

TEST(ExitCode, FollowsFromWhatARetrievalCameTo) {
  for (const auto& row : kRows) {
    RetrieveReport report;
    report.expected = 10;
    row.come_to(report);
    EXPECT_EQ(exit_code(report), row.exit) << row.name;
  }
}

TEST(ExitCode, NothingAtAllIsNothingMatched) {
  EXPECT_EQ(exit_code(RetrieveReport{}), ExitCode::nothing_matched);
}

TEST(ExitCode, AMoveIsDoneWhenTheServerCountsEverythingOrNothing) {
  EXPECT_EQ(exit_code(app::DispatchReport{.expected = 5, .sent = 5}), ExitCode::done);
  EXPECT_EQ(exit_code(app::DispatchReport{.expected = 5, .uncounted = 5}), ExitCode::done);
  EXPECT_EQ(exit_code(app::DispatchReport{.expected = 5, .sent = 4, .failed = 1}),
            ExitCode::partial);
  EXPECT_EQ(exit_code(app::DispatchReport{.expected = 5, .sent = 4, .missing = 1}),
            ExitCode::partial);
  EXPECT_EQ(exit_code(app::DispatchReport{.expected = 5, .failed = 5}), ExitCode::unreachable);
  EXPECT_EQ(exit_code(app::DispatchReport{}), ExitCode::nothing_matched);
}

TEST(ExitCode, AMoveThatEndedEarlyTellsWhy) {
  const app::DispatchReport stopped{
      .expected = 5, .sent = 4, .missing = 1, .fatal = Error{.code = Errc::interrupted}};
  EXPECT_EQ(exit_code(stopped), ExitCode::interrupted);
  const app::DispatchReport lost{
      .expected = 5, .sent = 4, .missing = 1, .fatal = Error{.code = Errc::disconnected}};
  EXPECT_EQ(exit_code(lost), ExitCode::partial);
}

}  // namespace
}  // namespace dcm::cli
