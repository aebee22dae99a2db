// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/criteria.hpp"
#include "dicom/attributes.hpp"

namespace dcm::app {

/// What an answer says about a condition. `unknown`: it does not carry the attribute, or only what
/// is left of it in a character set that cannot say it.
enum class Verdict : std::uint8_t { met, unmet, unknown };

/// One criterion on one attribute: what is sent for it, and how answers are checked.
struct Condition {
  enum class Rule : std::uint8_t {
    exact,   ///< as typed, case included; wildcards
    text,    ///< dcm::loosely_matches: case and accents aside; wildcards
    name,    ///< dcm::name_matches
    date,    ///< within `dates`
    time,    ///< within the times typed, to their precision: 0930, 09:30, 0900-1000
    uid,     ///< as typed
    number,  ///< by value: 4, +4 and 4.0 are one
  };
  Tag tag;
  Vr vr;
  net::QueryLevel level;  ///< where the attribute lives (PS3.4 C.6.2.1); patients above studies
  Rule rule;
  std::string value;               ///< trimmed; not used by `date`
  std::optional<DateRange> dates;  ///< of `date`
};

/// The criteria that narrow, one condition for each. Fails with bad_value, the tag at fault, for
/// a date that is none, an attribute that cannot be matched (sequences, bulk data), and wildcards
/// where the standard knows none: in all that is no text (PS3.4 C.2.2.2.4, is_text).
Result<std::vector<Condition>> conditions_of(const Criteria& criteria);

/// The level whose answers carry an attribute (PS3.4 Tables C.6-1 to C.6-5, and the modules that
/// servers offer besides); `otherwise` for an unknown one.
[[nodiscard]] net::QueryLevel level_of(Tag tag, net::QueryLevel otherwise) noexcept;

/// Whether somebody typed `*` or `?`.
[[nodiscard]] bool has_wildcard(std::string_view value) noexcept;

/// The single key to send for a condition, in UTF-8; empty, which matches everything, where the
/// server's own matching is not to be trusted: counts, binary values.
[[nodiscard]] std::string matching_key(const Condition& condition);

/// Checks an answer. Where one of several values is enough, each is looked at. An empty count or
/// ModalitiesInStudy is unknown, any other empty value does not match.
[[nodiscard]] Verdict check(const Condition& condition, const Attributes& answer);

/// Checks Modality by the study's ModalitiesInStudy (0008,0061).
[[nodiscard]] Verdict check_in_study(const Condition& modality, const Attributes& study);

/// Reads an IS value; none if it is no number or negative.
[[nodiscard]] std::optional<std::uint64_t> parse_count(std::string_view value) noexcept;

}  // namespace dcm::app
