// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

namespace dcm {

/// The words of all components and groups of a name (PS3.5 6.2.1.1), in order: what stands between
/// `^`, `=`, commas and spaces (the ideographic one too). Hyphens and apostrophes are part of a
/// word. The views live as long as `name_utf8`.
[[nodiscard]] std::vector<std::string_view> words_of_name(std::string_view name_utf8);

/// Whether each typed word is a whole word of the name, in any order, by loosely_matches(). `*` and
/// `?` in a typed word are wildcards within one word; nothing typed matches every name, and so does
/// a lone `*`.
[[nodiscard]] bool name_matches(std::string_view typed, std::string_view name_utf8);

}  // namespace dcm
