// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include "base/result.hpp"
#include "dicom/file_meta.hpp"
#include "dicom/object_sink.hpp"

namespace dcm::app {

/// What the start of a file says of what it holds.
struct FileHead {
  enum class Kind : std::uint8_t {
    object,
    directory,  ///< a DICOMDIR (PS3.10 8): names of files and patients, no object of its own
    other,      ///< no DICOM
  };
  Kind kind = Kind::other;
  ObjectInfo info{};                ///< of an object; UIDs that it does not tell are empty
  std::size_t data_set_offset = 0;  ///< of an object
};

/// So much of a file, or all of it, must be at hand to tell.
inline constexpr std::size_t kMaxHeadBytes = kMaxFileMetaBytes;

/// Looks at the start of a file: as PS3.10 7.1 has it, or without the preamble, or without the file
/// meta group too where the data set begins with a known element of group 0008 and soon names its
/// SOP class and instance. Where file meta and data set differ, or one lacks a UID, the data set is
/// right: programs that change objects forget the other. Fails with bad_file_meta: a `DICM` prefix,
/// and no usable file meta group after it.
Result<FileHead> read_head(Bytes start);

}  // namespace dcm::app
