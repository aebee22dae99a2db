// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "deid/confidentiality_table.hpp"
#include "dicom/tag.hpp"
#include "dicom/vr.hpp"

namespace dcm::deid {

/// What becomes of an element. Of a sequence that stays, each item is dealt with in its turn.
enum class Action : std::uint8_t {
  keep,       ///< stays; under a PS3.15 profile its text is cleaned all the same
  clean,      ///< stays without what identifies
  remove,     ///< X
  empty,      ///< Z: stays without a value or items
  dummy,      ///< D: another value that is valid; in a sequence for everything in its items
  map_uid,    ///< U
  shift,      ///< a date, moved by the patient's shift
  cap_age,    ///< an age, above 89 years 090Y
  pseudonym,  ///< the patient's
  replace,    ///< the value of a user rule
  hash,       ///< a keyed pseudonym of the value
};

/// Why.
enum class Reason : std::uint8_t {
  user_rule,
  option,       ///< Rule::which is the Option
  table_row,    ///< Table E.1-1
  gap_row,      ///< what the table lacks
  vr_default,   ///< by its VR
  pattern,      ///< private, curve, overlay and other groups as a whole
  unnamed,      ///< no rule speaks of it: it stays
  unknown,      ///< not in the data dictionary
  unreadable,   ///< a value that its VR cannot have
  sr_concept,   ///< a content item of Table E.3.4-1
  mark,         ///< made anew, to tell what was done
  surrounding,  ///< decided by what it stands in, or behind (pixel data)
};

/// The rule for one attribute, before the object is known: looked up and handed on for every
/// element, hence exactly as large as a register.
struct alignas(8) Rule {
  Action action = Action::keep;
  Reason reason = Reason::unnamed;
  Code code = Code::K;  ///< one of several letters where the object's IOD decides
  Identity identity = Identity::none;
  std::uint32_t which = 0;  ///< the Option, or the index of the user rule

  [[nodiscard]] Option option() const noexcept { return static_cast<Option>(which); }
};
static_assert(sizeof(Rule) == 8);

/// A rule that a user wrote. The most specific decides: one tag or private attribute, then a
/// pattern, then a VR; among equals the later.
struct UserRule {
  enum class Kind : std::uint8_t { tag, private_attribute, pattern, vr };
  Kind kind = Kind::tag;
  Tag tag{};              ///< of private attributes the group and, in `element`, the low byte
  Tag mask{};             ///< of a pattern: the bits that must agree
  Vr vr = vr::kNone;      ///< of kind vr
  std::string creator{};  ///< of a private attribute
  Action action = Action::keep;
  std::string value{};  ///< of Action::replace: UTF-8
};

}  // namespace dcm::deid
