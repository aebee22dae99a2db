// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.hpp"
#include "dicom/attributes.hpp"
#include "store/object_description.hpp"

namespace dcm::app {

/// What the store files an object by.
[[nodiscard]] store::ObjectDescription describe(const Attributes& written);

/// The same from a DICOM file, positioned at its start and read as far as these attributes go.
/// Fails with io, unsupported_syntax, and as parse_file_meta(), ElementReader and Inflater do.
Result<store::ObjectDescription> describe_file(int fd);

}  // namespace dcm::app
