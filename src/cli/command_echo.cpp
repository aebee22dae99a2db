// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <array>
#include <chrono>

#include "cli/commands.hpp"
#include "dicom/text.hpp"
#include "net/echo.hpp"

namespace dcm::cli {
namespace {

Result<std::chrono::milliseconds> measure_echo(const net::Peer& peer, const StopSource& stop) {
  const auto before = std::chrono::steady_clock::now();
  const std::array contexts{net::verification_context()};
  DCM_TRY(auto association, net::Association::open(peer, contexts, stop));
  DCM_CHECK(net::echo(association));
  association.release();
  const auto taken = std::chrono::steady_clock::now() - before;
  return std::chrono::ceil<std::chrono::milliseconds>(taken);
}

}  // namespace

ExitCode run_echo(const EchoOptions& options, const World& world) {
  const auto taken = measure_echo(options.peer, world.stop);
  if (!taken) {
    const auto failure = explain(taken.error(), {Operation::echo, &options.peer, {}});
    world.people << error_text(failure) << std::flush;
    return failure.exit;
  }
  return write_results(
      fmt::format("{} answered in {} ms\n", printable(name_of(options.peer)), taken->count()),
      world);
}

}  // namespace dcm::cli
