// SPDX-License-Identifier: MIT
#include "cli/exit_code.hpp"

#include <algorithm>
#include <array>

#include "net/sub_operations.hpp"

namespace dcm::cli {
namespace {

constexpr std::array kGravestFirst{
    ExitCode::interrupted,     ExitCode::internal,        ExitCode::usage,
    ExitCode::local_io,        ExitCode::unreachable,     ExitCode::partial,
    ExitCode::refused_objects, ExitCode::nothing_matched, ExitCode::done,
};

using Kind = app::ServerRemark::Kind;

bool is_peers_failure(const app::ServerRemark& remark) noexcept {
  if (remark.kind == Kind::final_status) return net::is_failure(remark.error.detail);
  return remark.kind == Kind::failure && classify(remark.error.code) == ErrorClass::peer;
}

/// Whether the peer is why objects did not come.
bool peer_failed(const app::RetrieveReport& report) noexcept {
  if (report.fatal) return exit_code(report.fatal->error) == ExitCode::unreachable;
  return std::any_of(report.remarks.begin(), report.remarks.end(),
                     [](const auto& counted) { return is_peers_failure(counted.first); });
}

bool could_not_receive(const app::RetrieveReport& report) noexcept {
  return std::any_of(report.remarks.begin(), report.remarks.end(), [](const auto& counted) {
    return counted.first.kind == Kind::cannot_receive;
  });
}

}  // namespace

ExitCode graver(ExitCode a, ExitCode b) noexcept {
  for (const auto code : kGravestFirst) {
    if (code == a || code == b) return code;
  }
  return ExitCode::internal;
}

ExitCode exit_code(const Error& error) noexcept {
  if (error.code == Errc::ok) return ExitCode::done;
  switch (classify(error.code)) {
    case ErrorClass::usage:
      return ExitCode::usage;
    case ErrorClass::local:
      return ExitCode::local_io;
    case ErrorClass::bad_object:
    case ErrorClass::peer:
      return ExitCode::unreachable;
    case ErrorClass::interrupted:
      return ExitCode::interrupted;
    case ErrorClass::internal:
      break;
  }
  return ExitCode::internal;
}

ExitCode exit_code(const app::RetrieveReport& report) noexcept {
  auto code = ExitCode::done;
  if (report.fatal && exit_code(report.fatal->error) != ExitCode::unreachable) {
    code = graver(code, exit_code(report.fatal->error));
  }
  const auto lost = report.failed + report.missing;
  if (lost > 0 && report.stored + report.skipped == 0) {
    if (peer_failed(report)) code = graver(code, ExitCode::unreachable);
    if (could_not_receive(report)) code = graver(code, ExitCode::local_io);
  }
  if (lost + report.conflict > 0) code = graver(code, ExitCode::partial);
  if (report.refused > 0) code = graver(code, ExitCode::refused_objects);
  if (report.expected + report.stored + report.skipped + report.refused == 0) {
    code = graver(code, ExitCode::nothing_matched);
  }
  return code;
}

ExitCode exit_code(const app::DispatchReport& report) noexcept {
  if (report.expected == 0) return ExitCode::nothing_matched;
  const auto code = report.fatal ? exit_code(*report.fatal) : ExitCode::done;
  if (code != ExitCode::done && code != ExitCode::unreachable) return code;
  if (report.failed + report.missing == 0) return ExitCode::done;
  return report.sent + report.uncounted == 0 ? ExitCode::unreachable : ExitCode::partial;
}

}  // namespace dcm::cli
