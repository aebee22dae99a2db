// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"

namespace dcm {

/// What a file says of itself before its data set (PS3.10 7.1).
struct FileMeta {
  std::string sop_class_uid;
  std::string sop_instance_uid;
  std::string transfer_syntax_uid;

  /// A zeroed preamble, `DICM` and a new file meta group: these three values and our own
  /// implementation UID. Nothing that would identify a sender (no AE titles).
  [[nodiscard]] std::vector<std::byte> encode() const;
};

/// A FileMeta and where the data set starts.
struct ParsedFileMeta {
  FileMeta meta;
  std::size_t data_set_offset = 0;
};

/// At most this many bytes lie before the data set of a file that we read.
inline constexpr std::size_t kMaxFileMetaBytes = 64 * 1024;

/// Reads the start of a file, of which `bytes` holds kMaxFileMetaBytes or all. Fails with
/// bad_file_meta: no prefix, broken elements, no transfer syntax, or too long.
Result<ParsedFileMeta> parse_file_meta(Bytes bytes);

}  // namespace dcm
