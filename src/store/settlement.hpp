// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <shared_mutex>
#include <span>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "store/doubt_book.hpp"
#include "store/folder_plan.hpp"
#include "store/incoming.hpp"
#include "store/metadata.hpp"
#include "store/tree.hpp"

namespace dcm::store {

/// The given names, read by many and changed by one settlement at a time.
struct NameBook {
  GivenNames names;
  mutable std::shared_mutex mutex;
};

/// What a settlement works on; outlives it.
struct TreeParts {
  int root;
  int home;  ///< `.dicom-client`
  Incoming& incoming;
  NameBook& book;
  const DoubtBook& doubts;
  const TreeIdentity& identity;
  const DescribeFile& describe;
  const JudgeFile& judge;
};

/// One Tree::settle(). The order of its steps is what makes a kill at any point harmless:
///
/// 1. sync: from here on whatever waits is whole, also after a power failure;
/// 2. plan every name; nothing is written;
/// 3. per patient: metadata.json with the new names (a new patient's folder appears together with
///    it), so that no later run gives them again;
/// 4. move the objects, each by one rename, or a new series by one for all of it;
/// 5. metadata.json anew, from what is there;
/// 6. sync.
///
/// A run that was killed after step 3 left names and waiting objects: the next one goes on at 4.
class Settlement {
 public:
  explicit Settlement(const TreeParts& parts) noexcept : parts_(parts) {}

  /// Removes what a killed settlement left half-made in `home`. Fails with io.
  static Result<void> sweep(int home);

  /// Settles what waits of these patients. Fails with io.
  Result<Settled> run(const std::set<PatientKey>& patients, std::span<const SeriesNaming> expected);

 private:
  /// A series of a patient that has objects waiting.
  struct Arrival {
    WaitingSeries waiting;
    ObjectDescription about;
  };
  using Arrivals = std::vector<Arrival>;

  Result<void> gather(const PatientKey& patient);
  Result<void> look_around(const PatientKey& patient);
  [[nodiscard]] std::vector<SeriesNaming> namings(std::span<const SeriesNaming> expected) const;
  void leave_nameless(const std::map<PatientKey, PatientFolder>& plan);
  Result<void> give_names(std::span<const SeriesNaming> expected);
  [[nodiscard]] bool is_displaced(const PatientKey& patient, const std::string& name) const;
  Result<bool> make_folder(const PatientKey& patient, const PatientFolder& folder);
  Result<void> move_all(const PatientKey& patient);
  Result<void> write_metadata(const PatientKey& patient);
  Result<std::string> metadata_of(const PatientKey& patient, const PatientFolder& folder,
                                  const Fd* directory) const;
  Result<bool> read_series(int patient_directory, const DoubtCount& told,
                           SeriesRecord& record) const;
  Result<DoubtCount> judge(int directory, const std::vector<std::string>& files) const;
  Result<bool> describe_first(int directory, const std::vector<std::string>& files,
                              ObjectDescription& about) const;
  [[nodiscard]] const PatientFolder& folder_of(const PatientKey& patient) const;

  TreeParts parts_;
  std::map<PatientKey, Arrivals> arrivals_;  ///< every patient that has or gets a folder
  Settled settled_;
  bool changed_ = false;
};

}  // namespace dcm::store
