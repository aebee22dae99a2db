// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "deid/project.hpp"
#include "dicom/attributes.hpp"
#include "store/object_description.hpp"
#include "store/tree.hpp"

namespace dcm::app {

/// What the store files an object by, and whether a profile that de-identifies to PS3.15 leaves it
/// in doubt. `project` may be nullptr.
[[nodiscard]] store::ObjectDescription describe(const Attributes& written,
                                                const deid::Project* project);

/// The same, without the doubt, from a DICOM file, positioned at its start and read as far as these
/// attributes go. Fails with io, unsupported_syntax, and as parse_file_meta(), ElementReader and
/// Inflater do.
Result<store::ObjectDescription> describe_file(int fd);

/// Reads a DICOM file, positioned at its start, to its end. Fails as describe_file() does, with
/// truncated where it ends early, and with uid_mismatch where its file meta group names another SOP
/// instance.
Result<void> check_whole(int fd, std::string_view sop_instance_uid);

/// Tells the doubt that describe() tells, from a file: none under profiles that do not de-identify
/// to PS3.15. `project` may be nullptr, and must outlive the result.
[[nodiscard]] store::JudgeFile judge_for(const deid::Project* project);

}  // namespace dcm::app
