// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/checklist.hpp"
#include "app/plan.hpp"
#include "base/result.hpp"
#include "deid/project.hpp"
#include "store/ledger.hpp"
#include "store/tree.hpp"

namespace dcm::app {

/// Whether to ask again for what earlier runs refused for its content.
enum class Refused : std::uint8_t { leave, retry };

/// What stands in the tree for the instances of a plan: by their written names, and by the ledger
/// (HMAC-SHA-256 of the patient and the source UIDs, label `ledger`). Only what the server listed
/// is in it. An object may tell another patient than the server does - a PatientID that is not
/// valid in its character set, say - and so stands in another folder than the plan knows: a second
/// entry, with that patient, remembers it. Safe for many threads.
class Record {
 public:
  /// `plan`, `tree` and `project`, which may be nullptr, outlive it. Fails as Tree::ledger() and
  /// Tree::secret() do.
  static Result<std::unique_ptr<Record>> open(const Plan& plan, const store::Tree& tree,
                                              const deid::Project* project);

  /// Gives instances the state that they have before anything is fetched - skipped, refused by an
  /// earlier run, or in conflict: a file that is not as it was written, or of which the ledger
  /// knows nothing and which is not whole - and notes all others as expected. Fails with io or
  /// ledger.
  Result<void> look_up(Checklist& checklist, Refused refused);

  /// Remembers where an object went, for close() and waiting_names().
  void note_placed(std::size_t series, const std::string& sop_instance_uid,
                   const store::PatientKey& written);

  /// store::Tree::waiting_name() of each instance of these series that is stored or skipped, and
  /// which that is.
  using Instance = std::pair<std::size_t, std::string>;  ///< series, SOP instance UID
  [[nodiscard]] std::map<std::string, Instance> waiting_names(std::span<const std::size_t> series,
                                                              const Checklist& checklist) const;

  /// Remembers why an instance was refused, for close().
  void note_refusal(std::size_t series, std::string_view sop_instance_uid, Errc reason);

  /// Why each instance was refused, looked up and noted: reason -> instances.
  [[nodiscard]] std::map<Errc, std::uint64_t> refusals() const;

  /// How many instances an earlier run refused and this one does not ask for.
  [[nodiscard]] std::uint64_t refused_before() const noexcept { return refused_before_; }

  /// Whether an earlier run ended without what is not in the tree of this series; also where the
  /// server does not list it, as nothing is remembered then.
  [[nodiscard]] bool failed_before(std::size_t series) const { return failed_before_[series]; }

  /// Writes down what has become of a series, whose objects are settled. Instances that are
  /// pending are written as `unfinished`. Fails with io or ledger.
  Result<void> close(std::size_t series, const Checklist& checklist, store::LedgerState unfinished);

 private:
  Record(const Plan& plan, const store::Tree& tree, const deid::Project* project,
         const deid::Key& key, store::Ledger ledger);

  [[nodiscard]] std::string written(Tag tag, const std::string& uid) const;
  [[nodiscard]] store::LedgerKey key_of(std::size_t series, std::size_t instance,
                                        const store::PatientKey* other_patient = nullptr) const;
  [[nodiscard]] std::vector<std::optional<std::uint64_t>> sizes(std::size_t series) const;
  Result<std::optional<std::uint64_t>> size_under_other_patient(std::size_t series,
                                                                std::size_t instance);
  [[nodiscard]] std::optional<std::uint64_t> size_under(const store::PatientKey& patient,
                                                        std::size_t series,
                                                        std::size_t instance) const;
  Result<bool> is_as_written(std::size_t series, std::size_t instance, std::uint64_t bytes,
                             const std::optional<store::LedgerEntry>& known) const;

  const Plan& plan_;
  const store::Tree& tree_;
  const deid::Project* const project_;
  const deid::Key key_;
  std::vector<store::SeriesNaming> namings_;  ///< by series
  mutable std::mutex mutex_;                  ///< guards what follows
  store::Ledger ledger_;
  std::map<Instance, Errc> reasons_;
  std::map<Instance, store::PatientKey> other_patients_;  ///< where it is not the plan's
  std::uint64_t refused_before_ = 0;
  std::vector<bool> failed_before_;  ///< by series
};

/// What the tree will call a series and its patient, as far as the plan can know. An empty
/// SeriesDescription may be one that the server does not tell.
[[nodiscard]] store::SeriesNaming naming_of(const PlannedSeries& series,
                                            const deid::Project* project);

}  // namespace dcm::app
