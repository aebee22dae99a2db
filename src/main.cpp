// SPDX-License-Identifier: MIT
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <span>

#include "base/stop.hpp"
#include "cli/run.hpp"

namespace {

// A signal handler has no other way to reach it.
std::atomic<dcm::StopSource*> stop_of_run{nullptr};

/// The first signal asks to stop in order, the second one stops at once.
void on_signal(int /*signal*/) {
  auto* const stop = stop_of_run.load();
  if (stop == nullptr || stop->requested())
    _exit(static_cast<int>(dcm::cli::ExitCode::interrupted));
  stop->request();
}

void handle_signals(dcm::StopSource& stop) {
  stop_of_run = &stop;
  struct sigaction action = {};
  action.sa_handler = on_signal;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGHUP, &action, nullptr);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, nullptr);
  sigaction(SIGXFSZ, &action, nullptr);  // a file size limit is an error of write(2) like others
}

std::optional<std::string> environment_variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

}  // namespace

int main(int argc, char** argv) {
  using dcm::cli::Display, dcm::cli::ExitCode;
  auto exit = ExitCode::internal;
  try {
    dcm::StopSource stop;
    handle_signals(stop);
    const dcm::cli::Environment environment = environment_variable;
    const auto display = isatty(STDERR_FILENO) != 0 ? Display::terminal : Display::lines;
    const std::span<const char* const> words(argv, static_cast<std::size_t>(argc));
    exit = dcm::cli::run(words.subspan(words.empty() ? 0 : 1),
                         {std::cout, std::cerr, display, environment, stop});
    stop_of_run = nullptr;
  } catch (const std::exception&) {
    // What it says may hold data, so it is not printed.
    std::cerr << "dicom-client: error: internal error: an unexpected condition\n"
                 "hint: please report this with the command, but without patients' data\n";
  }
  return static_cast<int>(exit);
}
