// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/messages.hpp"

namespace dcm::cli {

/// What was typed, sorted by option and not yet understood.
struct Typed {
  std::string command;  ///< one of command_names(), or empty when `text` answers it all
  std::string text;     ///< what --help or --version prints

  /// What stands outside the options, for a command that takes paths.
  std::vector<std::string> paths;

  /// Long option with its dashes -> its values as typed; a flag has none. An option that was not
  /// typed is not there.
  std::map<std::string, std::vector<std::string>, std::less<>> values;

  [[nodiscard]] bool has(std::string_view option) const { return values.contains(option); }
  /// The value of an option that takes one; nullptr if it was not typed.
  [[nodiscard]] const std::string* value(std::string_view option) const;
};

/// Sorts `arguments` (without the program's name). Fails on what no command or option is called, on
/// a missing or surplus value, and on an option given twice; no failure repeats a value, since it
/// may name a patient.
Checked<Typed> read_command_line(std::span<const char* const> arguments);

/// The matching options, which `--match` must not double: long option and the attribute's keyword.
struct CriterionOption {
  std::string_view option;
  std::string_view keyword;
};
[[nodiscard]] std::span<const CriterionOption> criterion_options() noexcept;

}  // namespace dcm::cli
