// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.hpp"

namespace dcm::test {

struct RunOptions {
  std::vector<std::pair<std::string, std::string>> environment = {};  ///< added to ours
  std::chrono::milliseconds timeout{120'000};                         ///< then it is killed
  std::string working_directory = {};
};

struct RunResult {
  int exit_code = -1;  ///< 128 + number if a signal ended it, as in a shell
  std::string out, err;
  long peak_rss_kib = 0;
  double seconds = 0;
  bool timed_out = false;
};

/// A program running beside us, in a process group of its own. The destructor kills the group; if
/// the thread that started it ends first, the kernel kills the program.
class Process {
 public:
  /// Looks `argv[0]` up in /usr/bin, /usr/sbin and then PATH. Standard input is empty, output is
  /// kept for out() and err(). A program that is not there exits with 127.
  explicit Process(const std::vector<std::string>& argv, const RunOptions& options = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] bool running();
  void signal(int number) const;

  /// Lets it run until `seen`, which is asked every now and then, or until it ends. Throws if
  /// neither comes within a minute.
  void run_until(const std::function<bool()>& seen);

  /// Waits for the end; nothing if it has not ended by then.
  std::optional<RunResult> wait(std::chrono::milliseconds timeout);

  /// What it has printed so far.
  [[nodiscard]] std::string out() const;
  [[nodiscard]] std::string err() const;

 private:
  bool reap(int flags);

  pid_t pid_ = -1;
  bool ended_ = false;
  RunResult result_;
  std::chrono::steady_clock::time_point started_;
  Fd out_, err_;
};

/// Runs a program to its end.
[[nodiscard]] RunResult run(const std::vector<std::string>& argv, const RunOptions& options = {});

/// A TCP port of 127.0.0.1 that was free a moment ago, and none that the kernel gives to clients.
[[nodiscard]] std::uint16_t free_port();

/// A connection to 127.0.0.1, from another address of this machine if one is given; no descriptor
/// if nobody listens.
[[nodiscard]] Fd connect_to(std::uint16_t port, const char* from = "127.0.0.1");

}  // namespace dcm::test
