// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "cli/options.hpp"
#include "cli/run.hpp"

namespace dcm::cli {

/// Asks whether the server is there; prints one line.
ExitCode run_echo(const EchoOptions& options, const World& world);

/// Prints what matches. A query that fails midway prints what came, and ends with 4.
ExitCode run_search(const SearchOptions& options, const World& world);

/// Plans, prints the plan, and unless it is a dry run fetches it into the tree.
ExitCode run_get(const GetOptions& options, const World& world);

/// Plans, prints the plan, and unless it is a dry run has the server send it to the destination.
ExitCode run_move(const MoveOptions& options, const World& world);
/// The same for every row of a cohort, with a status file; 3 if no row matched.
ExitCode run_batch(const BatchOptions& options, const World& world);

/// De-identifies local files into the tree; with --dry-run it only tells what would come of it.
ExitCode run_anonymize(const AnonymizeOptions& options, const World& world);

/// Lists the profiles, shows one, or explains what one does to files; 6 if a file is refused.
ExitCode run_profile(const ProfileOptions& options, const World& world);

/// Finds out what a server can do and prints it; 0 where `get` has what it needs.
ExitCode run_doctor(const DoctorOptions& options, const World& world);

/// Writes results and flushes. A reader that is gone (`| head`) is fine; for any other failure says
/// why and returns local_io.
ExitCode write_results(std::string_view text, const World& world);

}  // namespace dcm::cli
