// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "deid/confidentiality_table.hpp"

namespace dcm::deid {

/// What PS3.15 Table E.3.4-1 says about a content item of a structured report. Of a concept that
/// the table names several times, for different value types, the options are taken together, and D
/// goes before X.
struct ConceptRow {
  Code basic = Code::C;
  OptionSet keeps;
  OptionSet cleans;
};

/// The row of a concept name code (CodeValue, CodingSchemeDesignator; padding trimmed here, retired
/// SNOMED forms SRT, SNM3, 99SDM looked up too); nullptr for a concept that the table does not
/// name. Lives for ever.
[[nodiscard]] const ConceptRow* find_concept(std::string_view code_value,
                                             std::string_view scheme) noexcept;

/// Whether a scheme is one that anybody may look up - DCM, SCT, LN, UCUM, ... - so that a code of
/// it cannot name a person or a place of its own making.
[[nodiscard]] bool is_public_scheme(std::string_view scheme) noexcept;

/// The edition of the table.
[[nodiscard]] std::string_view sr_concepts_edition() noexcept;

}  // namespace dcm::deid
