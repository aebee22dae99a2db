// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "app/diagnosis.hpp"
#include "cli/configuration.hpp"
#include "cli/exit_code.hpp"
#include "net/peer.hpp"

namespace dcm::cli {

/// What was found out about a server, for people: a line for each thing, and an entry of the
/// configuration file to paste. Ends with a line feed.
[[nodiscard]] std::string doctor_text(const app::Diagnosis& diagnosis, const Addressee& peer,
                                      const Server& entry);

/// The same for machines (docs/doctor.schema.json).
[[nodiscard]] std::string doctor_json(const app::Diagnosis& diagnosis, const Addressee& peer,
                                      const Server& entry, ExitCode exit);

/// done where `get` has what it needs: C-FIND, and a method to use (IMAGE level is not needed);
/// nothing_matched where the server lists nothing of the study that was named, so that no object
/// could be tried; interrupted after a stop request; else unreachable, or as grave as the error.
[[nodiscard]] ExitCode exit_code(const app::Diagnosis& diagnosis) noexcept;

/// The entry for the configuration file, under the name it has, else `main`. In the place of a way
/// for objects to come that was seen not to work stands a comment that says so.
[[nodiscard]] std::string entry_text(const Server& entry, const app::Diagnosis& diagnosis);

}  // namespace dcm::cli
