// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "app/criteria.hpp"
#include "app/inquiry.hpp"
#include "net/association.hpp"

namespace dcm::app {

/// One series to fetch, values in UTF-8 as the server answered.
struct PlannedSeries {
  std::string patient_id;
  std::string study_instance_uid, study_date;
  std::string series_instance_uid, series_number, series_description, modality;
  /// Sorted, without duplicates: those of the study (0008,0062) if the server tells, else those of
  /// the instances. Empty if neither is told: Modality is all there is to go by then.
  std::vector<std::string> sop_classes;
  std::vector<std::string> transfer_syntaxes;  ///< (0008,3002) if the server tells, else empty
  std::vector<std::string> instances;          ///< SOP instance UIDs, sorted; empty if not listed
  std::optional<std::uint64_t> counted;        ///< the server's count, when `instances` is empty
  bool whole = true;                           ///< all instances of the series are wanted
  bool beside_others = false;  ///< the server has other patients' objects under the study's UID

  /// Instances to expect.
  [[nodiscard]] std::uint64_t expected() const noexcept {
    return instances.empty() ? counted.value_or(0) : instances.size();
  }
};

/// Everything that is to come, before anything is fetched.
struct Plan {
  std::vector<PlannedSeries> series;  ///< by PatientID, StudyInstanceUID, SeriesInstanceUID
  /// Patients by PatientID, by StudyInstanceUID where that is empty; instances: all expected.
  std::uint64_t patients = 0, studies = 0, instances = 0;
  /// Every series is listed at IMAGE level, no answer lacked its unique key, nothing kept back.
  bool verified = true;
  Gaps gaps;                             ///< what the server may have kept back
  std::uint64_t unverified_matches = 0;  ///< left out: a criterion could not be confirmed
  /// Left out: series of studies asked for that tell another PatientID than their study does.
  std::set<SeriesPlace> others;
  bool other_name_order = false;
  bool accents_left_out = false;  ///< spellings with accents were not looked for throughout

  /// Where a series of the same patient, study and UID is in `series`.
  [[nodiscard]] std::optional<std::size_t> find(const PlannedSeries& wanted) const;
};

/// Tells of the work on a plan: studies looked into so far, of how many.
using OnPlanning = std::function<void(std::uint64_t done, std::uint64_t total)>;

/// Lists what `criteria` asks for down to instances, study by study. The level is the unit
/// retrieved: at PATIENT level all studies of matching patients, at STUDY level whole studies, at
/// SERIES and IMAGE level only what matches itself. SOP classes come from SOPClassesInStudy; only
/// where that is not told they are asked for at IMAGE level, as Orthanc reads every file for them.
/// A series that the server refuses to list (A900, Cxxx, 0122), lists as empty, or of which it
/// lists less than it counts, is planned by its count. `on_planning` may be empty. Fails as
/// search() does and on any query that fails: a plan with a gap is none.
Result<Plan> make_plan(net::Association& association, const Criteria& criteria,
                       const OnPlanning& on_planning);

/// Puts plans of one server together: a series in several is there once, with all instances that
/// any of them wants. Does not depend on their order. In which order a name was found is told of
/// each plan, not of all.
[[nodiscard]] Plan merged(std::vector<Plan> plans);

/// The same in any archive.
Result<Plan> make_plan(Archive& archive, const Criteria& criteria, const OnPlanning& on_planning);

}  // namespace dcm::app
