// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "dicom/element_writer.hpp"
#include "dicom/header_tape.hpp"
#include "dicom/tag.hpp"

namespace dcm::deid {

/// What becomes of an element.
enum class Action : std::uint8_t { keep, remove };

/// A rule for one attribute, wherever it stands.
struct TagRule {
  Tag tag;
  Action action;
};

/// A rule for all tags that agree with `tag` in the bits of `mask`.
struct PatternRule {
  Tag tag;
  Tag mask;
  Action action;
};

/// What a profile does, as data. The first that speaks decides: the row of the tag, a pattern in
/// their order, and at last `otherwise`.
class Profile {
 public:
  Profile(std::string_view name, std::string_view edition, std::vector<TagRule> rows,
          std::vector<PatternRule> patterns, Action otherwise);

  [[nodiscard]] std::string_view name() const noexcept { return name_; }
  /// The edition of the table the rows come from.
  [[nodiscard]] std::string_view edition() const noexcept { return edition_; }
  /// All rows, ascending.
  [[nodiscard]] const std::vector<TagRule>& rows() const noexcept { return rows_; }

  /// The action for an element of this tag, at any depth and with any VR.
  [[nodiscard]] Action action(Tag tag) const noexcept;

  /// What becomes of each record of `tape`. Fails with bad_length for an element to keep that the
  /// dictionary knows as a sequence and that begins like one, but cannot be read as one: what is
  /// nested in it is out of reach. (A private value may look like items by chance.)
  [[nodiscard]] Result<Edits> edits(const HeaderTape& tape) const;

 private:
  std::string_view name_;
  std::string_view edition_;
  std::vector<TagRule> rows_;
  std::vector<std::uint32_t> keys_;  ///< the tags of rows_, dense: looked up for every element
  std::vector<PatternRule> patterns_;
  Action otherwise_;
};

/// The built-in profile of that name (`demographics`), or nullptr. Lives for ever.
[[nodiscard]] const Profile* find_profile(std::string_view name);

/// The names of all built-in profiles.
[[nodiscard]] std::vector<std::string_view> profile_names();

}  // namespace dcm::deid
