// SPDX-License-Identifier: MIT
#pragma once

#include "app/checklist.hpp"
#include "app/plan.hpp"
#include "app/retrieve.hpp"
#include "cli/deid_options.hpp"
#include "cli/options.hpp"
#include "cli/run.hpp"

/// What `get` and `batch` do alike: everything but finding out what to fetch.
namespace dcm::cli {

/// Reads key, pseudonyms and phrases before the server is asked for anything, and tells of a new
/// key. A dry run makes no file.
Checked<OpenProject> set_up(const FetchOptions& options, const World& world);

/// What is reported when nothing of a plan was fetched.
[[nodiscard]] app::RetrieveReport report_of(const app::Plan& plan);

/// What came of fetching a plan.
struct Fetched {
  app::RetrieveReport report;
  ExitCode exit = ExitCode::done;
  bool ended_early = false;  ///< what is missing was not waited for
};

/// Opens the tree, fetches the plan into it, tells what came of it and writes the export map.
/// `checklist` is of `plan`; `on_progress`, which may be empty, is called besides the progress
/// line. Failures are told and end as the exit code says.
Fetched fetch(OpenProject& opened, const app::Plan& plan, app::Checklist& checklist,
              const FetchOptions& options, const World& world, const app::OnProgress& on_progress);

}  // namespace dcm::cli
