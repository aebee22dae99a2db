// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dicom/character_set.hpp"

namespace dcm {

/// Writes UTF-8 text in the character sets that a value of (0008,0005) names, as queries need it.
class TextEncoder {
 public:
  /// Reads a value of (0008,0005), such as `ISO_IR 100` or `\ISO 2022 IR 87`, as CharacterSets
  /// does.
  explicit TextEncoder(std::string_view character_set);

  /// `utf8` as a value of `vr`; none if it has a character that the sets lack. Code extensions are
  /// designated within each name component (PS3.5 6.1.2.5.3) and switched back to ISO_IR 6 or 14
  /// after each run, as in PS3.5 Annexes H to K, so that servers that compare bytes match, too.
  [[nodiscard]] std::optional<std::string> encode(std::string_view utf8, Vr vr) const;

 private:
  using Set = CharacterSets::Set;

  [[nodiscard]] static std::optional<std::string> convert(std::string_view utf8, Set set);
  [[nodiscard]] std::optional<std::string> encode_component(std::string_view utf8) const;
  [[nodiscard]] bool append_run(std::string& bytes, std::string_view run, Set& designated) const;

  std::vector<Set> sets_;  ///< in the order of the value; the first may be ascii
};

}  // namespace dcm
