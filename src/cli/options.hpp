// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "app/criteria.hpp"
#include "cli/command_line.hpp"
#include "cli/configuration.hpp"
#include "cli/messages.hpp"
#include "deid/profile.hpp"
#include "net/peer.hpp"

namespace dcm::cli {

/// `echo`, understood.
struct EchoOptions {
  net::Peer peer;
};

/// How results look on stdout.
enum class Format : std::uint8_t { table, csv, json };

/// `search`, understood.
struct SearchOptions {
  net::Peer peer;
  app::Criteria criteria;
  Format format = Format::table;
};

/// `get`, understood.
struct GetOptions {
  net::Peer peer;
  app::Criteria criteria;
  std::string output = "output_dir";
  const deid::Profile* profile = nullptr;  ///< nullptr: objects as received
  unsigned jobs = 4;
  bool dry_run = false;
  bool json = false;
};

/// What is asked for; a string is only to be printed (--help, --version).
using Options = std::variant<std::string, EchoOptions, SearchOptions, GetOptions>;

/// Gives what was typed its meaning; reads the configuration file unless --host makes it needless.
/// Fails (exit 1) at the first value that cannot be meant, and on `get` without a criterion that
/// narrows. Shows the value only of dates of studies and series, levels and names of ours.
Checked<Options> understand(const Typed& typed, const Environment& environment);

/// The criteria of what was typed. Fails as understand() does.
Checked<app::Criteria> understand_criteria(const Typed& typed);

/// The server that was meant, and how long to wait for it: --host and its companions, or --server
/// or the default server with single values overridden.
Checked<net::Peer> understand_server(const Typed& typed, const Environment& environment);

}  // namespace dcm::cli
