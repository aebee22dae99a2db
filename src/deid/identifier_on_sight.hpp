// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include "deid/phrase_set.hpp"

namespace dcm::deid {

/// What becomes of UIDs of instances.
enum class UidFate : std::uint8_t { cut, keep };

/// Marks what is an identifier whoever it belongs to, in FoldedText::chars():
/// - e-mail addresses;
/// - phone numbers of the form 555-123-4567, (555) 123-4567 or 555.123.4567, a country code in
///   front and an extension after it allowed; +44 20 7946 0958; and what follows `Tel` or `Fax`;
/// - social security numbers, 123-45-6789;
/// - UIDs. Those that the standard defines (1.2.840.10008.*) are kept whole, and so are all with
///   UidFate::keep. Version numbers (1.2.3.4) are no UIDs.
void mark_identifiers_on_sight(std::string_view chars, UidFate uids, std::vector<Fate>& fates);

}  // namespace dcm::deid
