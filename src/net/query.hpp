// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dicom/tag.hpp"
#include "dicom/vr.hpp"

namespace dcm::net {

/// Query/Retrieve information models (PS3.4 C.6.1 and C.6.2).
enum class QueryModel : std::uint8_t { patient_root, study_root };

/// Query/Retrieve levels (PS3.4 C.3), from the widest to the narrowest.
enum class QueryLevel : std::uint8_t { patient, study, series, image };

/// The level's name as (0008,0052) wants it: PATIENT, STUDY, SERIES, IMAGE.
[[nodiscard]] std::string_view level_name(QueryLevel level) noexcept;

/// One attribute of an identifier: a matching key, or a return key when its value is empty.
struct QueryKey {
  Tag tag;
  Vr vr;
  std::string value;  ///< as encoded in the query's character set; several values joined by `\`
};

/// An identifier (PS3.4 C.4.1.1.3). (0008,0052) is added from `level`; keys may be in any order,
/// one for each tag. A value longer than 65534 bytes fails the request with `internal`: long lists
/// of UIDs are the caller's to divide.
struct Query {
  QueryModel model = QueryModel::study_root;
  QueryLevel level = QueryLevel::study;
  std::vector<QueryKey> keys;
};

}  // namespace dcm::net
