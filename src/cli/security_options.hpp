// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/configuration.hpp"
#include "net/peer.hpp"

namespace dcm::cli {

/// Puts what was typed in the place of what the entry of the configuration file says. An option
/// that names a user leaves nothing of the entry's.
void override_security(Server& entry, const Typed& typed);

/// Gives `peer` the TLS and the user that its entry asks for; reads the files and variables that it
/// names. Fails (exit 1; 5 for a disk that fails) at what does not go together or cannot be used.
/// No failure shows a user, a password or a token.
Checked<void> secure(net::Peer& peer, const Server& entry, const Environment& environment);

/// What to warn of, every time, before `peer` is spoken to.
[[nodiscard]] std::vector<std::string> security_warnings(const net::Peer& peer);

}  // namespace dcm::cli
