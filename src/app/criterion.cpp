// SPDX-License-Identifier: MIT
#include "app/criterion.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

#include "app/condition.hpp"
#include "dicom/date.hpp"
#include "dicom/text.hpp"

namespace dcm::app {
namespace {

using Text = std::optional<std::string>;
using Dates = std::optional<DateRange>;

ValueFault set_text(Text& member, std::string_view typed) {
  const auto fault = fault_of_text(typed);
  if (fault == ValueFault::none) member = nfc(trim(typed));
  return fault;
}

ValueFault set_uid(Text& member, std::string_view typed) {
  if (const auto fault = fault_of_text(typed); fault != ValueFault::none) return fault;
  const auto uid = trim(typed);
  if (has_wildcard(uid)) return ValueFault::starred_uid;
  if (uid.size() > 64 || uid.find_first_not_of("0123456789.") != std::string_view::npos)
    return ValueFault::no_uid;
  member = std::string(uid);
  return ValueFault::none;
}

ValueFault set_modality(Text& member, std::string_view typed) {
  if (const auto fault = fault_of_text(typed); fault != ValueFault::none) return fault;
  std::string modality(trim(typed));
  for (char& c : modality)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  constexpr auto kAllowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_ *?";
  if (modality.size() > 16 || modality.find_first_not_of(kAllowed) != std::string::npos)
    return ValueFault::no_modality;
  member = std::move(modality);
  return ValueFault::none;
}

ValueFault set_number(Text& member, std::string_view typed) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(typed.data(), typed.data() + typed.size(), number);
  if (error != std::errc() || end != typed.data() + typed.size()) return ValueFault::no_number;
  member = std::to_string(number);
  return ValueFault::none;
}

ValueFault set_dates(Dates& member, std::string_view typed) {
  const auto range = DateRange::parse(typed);
  if (!range) return has_wildcard(typed) ? ValueFault::starred_dates : ValueFault::no_dates;
  member = *range;
  return ValueFault::none;
}

/// The member of a criterion, and how it is set.
template <typename Member>
struct Setter {
  Tag tag;
  std::optional<Member> Criteria::*member;
  ValueFault (*set)(std::optional<Member>& member, std::string_view typed);
};

constexpr std::array kTexts{
    Setter<std::string>{tags::kPatientId, &Criteria::patient_id, set_text},
    Setter<std::string>{tags::kPatientName, &Criteria::patient_name, set_text},
    Setter<std::string>{tags::kStudyDescription, &Criteria::study_description, set_text},
    Setter<std::string>{tags::kSeriesDescription, &Criteria::series_description, set_text},
    Setter<std::string>{tags::kAccessionNumber, &Criteria::accession_number, set_text},
    Setter<std::string>{tags::kModality, &Criteria::modality, set_modality},
    Setter<std::string>{tags::kStudyInstanceUid, &Criteria::study_instance_uid, set_uid},
    Setter<std::string>{tags::kSeriesInstanceUid, &Criteria::series_instance_uid, set_uid},
    Setter<std::string>{tags::kSopInstanceUid, &Criteria::sop_instance_uid, set_uid},
    Setter<std::string>{tags::kStudyRelatedInstances, &Criteria::number_of_study_related_instances,
                        set_number},
};

constexpr std::array kDates{
    Setter<DateRange>{tags::kPatientBirthDate, &Criteria::patient_birth_date, set_dates},
    Setter<DateRange>{tags::kStudyDate, &Criteria::study_date, set_dates},
    Setter<DateRange>{tags::kSeriesDate, &Criteria::series_date, set_dates},
};

}  // namespace

ValueFault fault_of_text(std::string_view typed) {
  if (typed.size() > kMaxCriterionBytes) return ValueFault::too_long;
  if (trim(typed).empty()) return ValueFault::empty;
  const bool is_clean = typed.find('\\') == std::string_view::npos && printable(typed) == typed;
  return is_clean ? ValueFault::none : ValueFault::unprintable;
}

bool is_criterion(Tag tag) noexcept {
  const auto is_for = [&](const auto& each) { return each.tag == tag; };
  return std::any_of(kTexts.begin(), kTexts.end(), is_for) ||
         std::any_of(kDates.begin(), kDates.end(), is_for);
}

ValueFault set_criterion(Criteria& criteria, Tag tag, std::string_view typed) {
  for (const auto& each : kTexts)
    if (each.tag == tag) return each.set(criteria.*each.member, typed);
  const auto found =
      std::find_if(kDates.begin(), kDates.end(), [&](const auto& each) { return each.tag == tag; });
  return found->set(criteria.*found->member, typed);
}

}  // namespace dcm::app
