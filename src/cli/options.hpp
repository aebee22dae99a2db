// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "app/criteria.hpp"
#include "app/diagnosis.hpp"
#include "app/hours.hpp"
#include "app/retrieve.hpp"
#include "cli/cohort_file.hpp"
#include "cli/command_line.hpp"
#include "cli/configuration.hpp"
#include "cli/deid_options.hpp"
#include "cli/messages.hpp"
#include "cli/origin.hpp"

namespace dcm::cli {

/// `echo`, understood.
struct EchoOptions {
  Addressee peer;
};

/// How results look on stdout.
enum class Format : std::uint8_t { table, csv, json };

/// `search`, understood.
struct SearchOptions {
  Addressee peer;
  app::Criteria criteria;
  Format format = Format::table;
};

/// What `get` and `batch` have in common.
struct FetchOptions {
  Addressee peer;
  std::string output = "output_dir";
  DeidOptions deid;
  app::RetrieveOptions retrieve;  ///< but for the project
  bool dry_run = false;
  bool json = false;
};

/// `get`, understood.
struct GetOptions : FetchOptions {
  app::Criteria criteria;
};

/// `batch`, understood.
struct BatchOptions : FetchOptions {
  CohortSource cohort;
  std::string status;  ///< the path of the status file
};

/// `move`, understood.
struct MoveOptions {
  Addressee peer;
  app::Criteria criteria;
  std::string destination;  ///< an AE title that the server must know
  app::Hours hours;
  bool dry_run = false;
  bool json = false;
};

/// `anonymize`, understood.
struct AnonymizeOptions {
  std::vector<std::string> paths;  ///< at least one
  DeidOptions deid;                ///< with a profile
  std::string output = "output_dir";
  unsigned jobs = 1;
  bool dry_run = false;
  bool json = false;
  bool report_paths = false;
};

/// `profile list`, `show` or `explain`, understood.
struct ProfileOptions {
  enum class Verb : std::uint8_t { list, show, explain };
  Verb verb = Verb::list;
  DeidOptions deid;                ///< has a profile, unless for `list`
  std::vector<std::string> files;  ///< to explain
  bool all = false;                ///< show each attribute
  bool values = false;             ///< explain with values
  bool json = false;
};

/// `doctor`, understood.
struct DoctorOptions {
  Addressee peer;
  Server entry;  ///< the same server, to paste
  app::Examination examination;
  bool json = false;
};

/// What is asked for; a string is only to be printed (--help, --version).
using Options = std::variant<std::string, EchoOptions, SearchOptions, GetOptions, BatchOptions,
                             MoveOptions, AnonymizeOptions, ProfileOptions, DoctorOptions>;

/// Gives what was typed its meaning; reads the configuration file unless --host makes it needless.
/// Fails (exit 1) at the first value that cannot be meant, and on `get` or `move` without a
/// criterion that narrows. Shows the value only of dates of studies and series, levels and names of
/// ours.
Checked<Options> understand(const Typed& typed, const Environment& environment);

/// The criteria of what was typed. Fails as understand() does.
Checked<app::Criteria> understand_criteria(const Typed& typed);

/// The server that was meant, as an entry of the configuration file: --host and its companions, or
/// --server or the default server with single values overridden.
Checked<Server> understand_entry(const Typed& typed, const Environment& environment);

/// The same to speak to: with its certificates and secrets read, and how long to wait for it.
Checked<Addressee> understand_server(const Typed& typed, const Environment& environment);

}  // namespace dcm::cli
