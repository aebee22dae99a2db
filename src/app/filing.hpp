// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.hpp"
#include "dicom/attributes.hpp"
#include "store/object_description.hpp"

namespace dcm::app {

/// What the store files an object by.
[[nodiscard]] store::ObjectDescription describe(const Attributes& written);

/// The same from a DICOM file, read from its start as far as its header goes. Fails with io, and as
/// parse_file_meta() and deid::Rewriter do.
Result<store::ObjectDescription> describe_file(int fd);

}  // namespace dcm::app
