// SPDX-License-Identifier: MIT
#pragma once

#include <ostream>
#include <span>

#include "base/stop.hpp"
#include "cli/configuration.hpp"
#include "cli/exit_code.hpp"
#include "cli/progress.hpp"

namespace dcm::cli {

/// The world a command works in, lent by main.
struct World {
  std::ostream& results;  ///< stdout: only what was asked for
  std::ostream& people;   ///< stderr: everything else
  Display display;        ///< of `people`
  const Environment& environment;
  const StopSource& stop;
};

/// The whole program: reads `arguments` (without the program's name), does the command, and tells
/// of every failure in `world.people`. Throws nothing but what std does when memory runs out.
ExitCode run(std::span<const char* const> arguments, const World& world);

}  // namespace dcm::cli
