// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "dicom/transfer_syntax.hpp"
#include "net/query.hpp"

namespace dcm::net {

/// The identifier of `query` as it travels: (0008,0052) and the keys in order of their tags, each
/// value padded to even length. `encoding` is one of the little endian ones. Fails with internal
/// for a value that its VR's 16-bit length cannot tell: long UID lists are the caller's to divide.
Result<std::vector<std::byte>> encode_identifier(const Query& query, Encoding encoding);

/// The services of the Query/Retrieve class (PS3.4 C.4).
enum class QueryService : std::uint8_t { find, move, get };

/// The SOP class of a service (PS3.4 C.6.1.3 and C.6.2.3).
[[nodiscard]] std::string_view sop_class_of(QueryModel model, QueryService service) noexcept;

}  // namespace dcm::net
