// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "dicom/date.hpp"
#include "dicom/tag.hpp"
#include "dicom/vr.hpp"
#include "net/query.hpp"

namespace dcm::app {

/// `--match KEYWORD=VALUE`: any other attribute. Dates as DateRange::parse takes them.
struct OtherMatch {
  Tag tag;
  Vr vr;
  std::string value;
};

/// What is asked for, as people mean it, in UTF-8. A criterion that is absent, empty or `*` matches
/// everything; `*` and `?` are wildcards in text.
struct Criteria {
  net::QueryLevel level = net::QueryLevel::study;  ///< the unit searched and retrieved
  std::optional<std::string> patient_id = {};
  std::optional<std::string> patient_name = {};  ///< words in any case, family name first
  std::optional<DateRange> patient_birth_date = {};
  std::optional<DateRange> study_date = {};
  std::optional<DateRange> series_date = {};
  std::optional<std::string> study_description = {};
  std::optional<std::string> series_description = {};
  std::optional<std::string> accession_number = {};
  std::optional<std::string> modality = {};
  std::optional<std::string> study_instance_uid = {};
  std::optional<std::string> series_instance_uid = {};
  std::optional<std::string> sop_instance_uid = {};
  std::optional<std::string> number_of_study_related_instances = {};
  std::vector<OtherMatch> others = {};

  /// Whether anything narrows the search at all; the level does not.
  [[nodiscard]] bool narrows() const noexcept;
};

}  // namespace dcm::app
