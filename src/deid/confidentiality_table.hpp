// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "deid/option.hpp"
#include "dicom/tag.hpp"

namespace dcm::deid {

/// An action code of PS3.15 Table E.1-1a. Those with several letters depend on the attribute's Type
/// in the IOD of the object.
// NOLINTNEXTLINE(readability-identifier-naming): the letters of the standard
enum class Code : std::uint8_t { K, X, Z, D, U, C, X_Z, X_D, X_Z_D, Z_D, X_Z_Ustar };

/// What of an attribute is the patient's own, to be looked for in text that stays: names, numbers,
/// days, addresses ... Descriptions and the like are not.
enum class Identity : std::uint8_t {
  none,
  name,   ///< of a person, whatever the VR
  id,     ///< patient ID, accession number, order and admission numbers, serial numbers
  date,   ///< a day
  phone,  ///< also fax, e-mail and other ways to reach somebody
  place,  ///< an address, a region
  site,   ///< an institution, department, ward, station
};

/// One row: the code of the basic profile and the options that say something else.
struct TableRow {
  Tag tag;
  Code basic;
  OptionSet keeps;   ///< these have K
  OptionSet cleans;  ///< these have C
  Identity identity;
  bool of_standard;  ///< false for what Table E.1-1 lacks (data/confidentiality_gaps.tsv)
};

/// All rows for one attribute, ascending by tag: PS3.15 Table E.1-1 (617 rows that are no pattern)
/// and the gaps. Lives for ever.
[[nodiscard]] std::span<const TableRow> confidentiality_table() noexcept;

/// The edition of Table E.1-1: `2024b`.
[[nodiscard]] std::string_view table_edition() noexcept;

/// The Type of an attribute at the top level of an IOD (PS3.5 7.4), as far as the conditional codes
/// need it: type 1C counts as 1 and 2C as 2, because what is there may be required. Known as well
/// for four attributes that the table removes although some IODs require them:
/// PresentationCreationDate and -Time, ResponsiblePerson and ResponsibleOrganization.
enum class AttributeType : std::uint8_t { unknown, type1, type2, type3 };

/// `unknown` for an IOD that is not known here; type3 for an attribute that the IOD does not name.
[[nodiscard]] AttributeType attribute_type(std::string_view sop_class_uid, Tag tag) noexcept;

/// Whether attribute_type() knows an IOD that names the attribute.
[[nodiscard]] bool has_known_type(Tag tag) noexcept;

/// Whether objects of this SOP class commonly show text within the pixels: secondary capture,
/// ultrasound, screen shots, encapsulated documents, visible light.
[[nodiscard]] bool often_burned_in(std::string_view sop_class_uid) noexcept;

/// Whether a UI attribute names something that the standard or a scheme defines - a class, a
/// syntax, a coding scheme - and no instance: never mapped.
[[nodiscard]] bool is_definition_uid(Tag tag) noexcept;

}  // namespace dcm::deid
