// SPDX-License-Identifier: MIT
#include "app/diagnosis.hpp"
#include "cli/commands.hpp"
#include "cli/doctor_report.hpp"

namespace dcm::cli {

ExitCode run_doctor(const DoctorOptions& options, const World& world) {
  const auto diagnosis = app::diagnose(options.peer, options.examination, world.stop);
  const auto exit = exit_code(diagnosis);
  const auto text = options.json ? doctor_json(diagnosis, options.peer, options.entry, exit)
                                 : doctor_text(diagnosis, options.peer, options.entry);
  return graver(exit, write_results(text, world));
}

}  // namespace dcm::cli
