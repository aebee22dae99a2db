// SPDX-License-Identifier: MIT
#include "cli/run.hpp"

#include <cerrno>
#include <variant>

#include "cli/command_line.hpp"
#include "cli/commands.hpp"
#include "cli/messages.hpp"
#include "cli/options.hpp"
#include "cli/security_options.hpp"

namespace dcm::cli {
namespace {

struct Runner {
  const World& world;

  ExitCode operator()(const std::string& text) const { return write_results(text, world); }
  ExitCode operator()(const EchoOptions& options) const { return run_echo(options, world); }
  ExitCode operator()(const SearchOptions& options) const { return run_search(options, world); }
  ExitCode operator()(const GetOptions& options) const { return run_get(options, world); }
  ExitCode operator()(const MoveOptions& options) const { return run_move(options, world); }
  ExitCode operator()(const BatchOptions& options) const { return run_batch(options, world); }
  ExitCode operator()(const AnonymizeOptions& options) const {
    return run_anonymize(options, world);
  }
  ExitCode operator()(const ProfileOptions& options) const { return run_profile(options, world); }
  ExitCode operator()(const DoctorOptions& options) const { return run_doctor(options, world); }
};

/// Warns of what a command that speaks to a server is about to do.
struct Warner {
  const World& world;

  template <typename Command>
  void operator()(const Command& options) const {
    if constexpr (requires { options.peer; }) {
      for (const auto& words : security_warnings(options.peer)) {
        world.people << warning_text(as_written(words, options.peer.origin)) << std::flush;
      }
    }
  }
};

Checked<Options> read_options(std::span<const char* const> arguments, const World& world) {
  DCM_TRY(const auto typed, read_command_line(arguments));
  return understand(typed, world.environment);
}

}  // namespace

ExitCode run(std::span<const char* const> arguments, const World& world) {
  const auto options = read_options(arguments, world);
  if (options) {
    std::visit(Warner{world}, *options);
    return std::visit(Runner{world}, *options);
  }
  world.people << error_text(options.error()) << std::flush;
  return options.error().exit;
}

ExitCode write_results(std::string_view text, const World& world) {
  errno = 0;
  world.results << text << std::flush;
  if (world.results || errno == EPIPE) return ExitCode::done;
  const Error error{.code = Errc::io,
                    .detail = static_cast<std::uint32_t>(errno != 0 ? errno : EIO)};
  world.people << error_text({ExitCode::local_io, "results on stdout", reason_words(error), {}})
               << std::flush;
  return ExitCode::local_io;
}

}  // namespace dcm::cli
