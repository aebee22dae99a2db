// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cli/objection.hpp"
#include "deid/profile.hpp"
#include "deid/rule.hpp"

namespace dcm::cli {

/// The rule, yet without an action, for what `attribute:` names: a keyword of PS3.6,
/// `(gggg,eeee)`, `ggggeeee`, or a private attribute as `(gggg,"CREATOR",ee)`. The keyword of a
/// repeating group (OverlayRows) is a pattern.
Meant<deid::UserRule> rule_for_attribute(std::string_view text);

/// The same for `group:` - four hexadecimal digits, each of which may be x, or `private`. Where the
/// last digit is x only even groups are meant: those of the standard.
Meant<deid::UserRule> rule_for_group(std::string_view text);

/// The same for `vr:`, a VR of PS3.5.
Meant<deid::UserRule> rule_for_vr(std::string_view text);

/// What `name` does to what `rule` selects: `clean` shifts dates, caps ages and maps UIDs, and
/// `hash` makes of a PatientID the patient's pseudonym. An objection to unknown actions, to those
/// that the values cannot bear, and to all that would lose what an object cannot be read or filed
/// without: its SOP class and the UIDs of instance, study and series, character set, file meta.
Meant<deid::Action> action_of_rule(const deid::UserRule& rule, std::string_view name,
                                   deid::Profile::Base base);

/// Why `value` cannot replace what `rule` selects: it must be one value that its VR may have (PS3.5
/// 6.2), in ASCII. None if it can.
std::optional<Objection> objection_to_value(const deid::UserRule& rule, std::string_view value);

/// Whether two rules are for the same.
[[nodiscard]] bool same_selector(const deid::UserRule& one, const deid::UserRule& other);

/// What a rule selects, as it could stand in a file: `PatientName`, `(0019,"CREATOR",23)`, `60xx`,
/// `private`, `PN`. The same for equal rules.
[[nodiscard]] std::string selector_text(const deid::UserRule& rule);

/// `(0010,0010)`.
[[nodiscard]] std::string tag_text(Tag tag);

/// `PN`; `--` for none.
[[nodiscard]] std::string vr_text(Vr vr);

}  // namespace dcm::cli
