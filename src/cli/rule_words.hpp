// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "deid/profile.hpp"
#include "deid/rule.hpp"

namespace dcm::cli {

/// What is done to an attribute, in a word: `remove`, `new-uid`, `pseudonym`.
[[nodiscard]] std::string_view action_word(deid::Action action) noexcept;

/// The same for a rule that no object decided on yet: `by-type` where the IOD decides.
[[nodiscard]] std::string_view action_word(const deid::Rule& rule) noexcept;

/// Why, in words: `table row Z/D`, `option clean-descriptors`, `private`.
[[nodiscard]] std::string reason_words(const deid::Profile& profile, Tag tag,
                                       const deid::Rule& rule);

}  // namespace dcm::cli
