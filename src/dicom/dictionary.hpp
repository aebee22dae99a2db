// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

#include "dicom/tag.hpp"
#include "dicom/vr.hpp"

namespace dcm {

/// One attribute of the data dictionary (PS3.6 section 6). The keyword lives for ever; the few
/// retired attributes without a name have an empty one.
struct DictionaryEntry {
  Tag tag;  ///< as asked for, also in a repeating group
  std::string_view keyword;
  Vr vr = vr::kUN;
};

/// The attribute at `tag`, repeating groups (50xx, 60xx, ...) included; none for private, unknown
/// and group length tags outside groups 0000 and 0002.
[[nodiscard]] std::optional<DictionaryEntry> find_entry(Tag tag) noexcept;

/// The VR to read an implicit VR element with (PS3.5 A.1): the first of several, but OW for "OB or
/// OW"; UL for any group length, LO for a private creator, UN for all that is not known, and kNone
/// for items and delimiters. Costs one probe into a table: called for every element.
[[nodiscard]] Vr dictionary_vr(Tag tag) noexcept;

/// The tag of a keyword, case aside; of a repeating group the first. Looks through the whole table.
[[nodiscard]] std::optional<Tag> find_keyword(std::string_view keyword) noexcept;

/// The keyword most like `keyword`, for "did you mean"; empty if none is near.
[[nodiscard]] std::string_view closest_keyword(std::string_view keyword);

}  // namespace dcm
