// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/local_files.hpp"
#include "app/tally.hpp"
#include "base/stop.hpp"
#include "deid/findings.hpp"
#include "deid/project.hpp"
#include "store/tree.hpp"

namespace dcm::app {

/// What anonymize() tells while it works.
struct AnonymizeProgress {
  std::uint64_t files = 0, files_done = 0;
  std::uint64_t bytes = 0, bytes_done = 0;
};

/// An object for people to look at. Holds nothing of what the object or its path says.
struct NotableObject {
  std::size_t file = 0;            ///< index into the LocalFiles
  std::string sop_instance_uid{};  ///< as it is written, or would be; empty where none is known
  Errc reason = Errc::ok;          ///< why it was not stored; ok: it was
  deid::Findings findings{};       ///< of one that was stored
};

/// What came of local files. `failed` could not be read, `missing` were not looked at when the run
/// ended early, DICOM or not.
struct AnonymizeReport : Tally {
  std::uint64_t not_dicom = 0;           ///< files; not expected
  std::uint64_t directories = 0;         ///< DICOMDIRs; not expected
  std::uint64_t links = 0;               ///< in folders; not expected
  std::uint64_t irregular = 0;           ///< pipes, sockets and devices in folders; not expected
  std::uint64_t unreadable_files = 0;    ///< of the failed: most or all
  std::uint64_t unreadable_folders = 0;  ///< with who knows what in them
  std::uint64_t patients = 0;            ///< of the stored and skipped, as written
  std::uint64_t studies = 0;
  std::optional<Error> fatal;          ///< what ended the run early: io, interrupted or internal
  std::vector<NotableObject> notable;  ///< refused or doubtful, in the order of the files
};

/// Called from one thread at a time, a few times a second.
using OnAnonymizeProgress = std::function<void(const AnonymizeProgress&)>;

/// De-identifies the objects of local files into a tree, `jobs` files at the same time; it may hold
/// some of them already. The files are read only; large pixel data are moved by the kernel. What
/// goes wrong with one file stops no other: only a tree that cannot be written does, and `stop`. Of
/// two objects with one SOP Instance UID the first in the order of the files counts. Never fails:
/// the report tells.
AnonymizeReport anonymize(const LocalFiles& files, store::Tree& tree, const deid::Project& project,
                          unsigned jobs, const OnAnonymizeProgress& on_progress,
                          const StopSource& stop);

/// The same, written nowhere: `stored` counts what would be, were the tree empty and no object
/// there twice.
AnonymizeReport rehearse(const LocalFiles& files, const deid::Project& project, unsigned jobs,
                         const OnAnonymizeProgress& on_progress, const StopSource& stop);

/// Who the patients of the files are (Project::patient()), sorted, each once. Reads headers only;
/// what is no DICOM, or cannot be read, has none. Fails with interrupted.
Result<std::vector<std::string>> patients(const LocalFiles& files, const StopSource& stop);

}  // namespace dcm::app
