// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.hpp"
#include "store/object_description.hpp"
#include "store/staged_file.hpp"

namespace dcm::store {

/// The objects of one series that wait.
struct WaitingSeries {
  std::string folder;              ///< its path beneath Incoming::directory()
  std::vector<std::string> files;  ///< sorted, never empty
};

/// Where whole objects wait for their final names:
///
///   incoming/{digest of the patient}/{digest of the series}/{SOPInstanceUID}.dcm
///
/// The names follow from the object alone, so that the next run finds what an interrupted one left.
/// What waits has not been synced, so a file that was whole when the machine went down may be torn:
/// what another boot left is thrown away. `boot` tells whose it is, or that an orderly end synced
/// it. Safe for many threads.
class Incoming {
 public:
  /// Opens or makes the directory in `home`, the `.dicom-client` of a locked tree, which stays open
  /// for the life of the object, and removes what cannot be trusted. Fails with io.
  static Result<std::unique_ptr<Incoming>> open(int home);

  Incoming(const Incoming&) = delete;
  Incoming& operator=(const Incoming&) = delete;
  /// Syncs what waits and marks it as synced; takes the mark away when nothing waits.
  ~Incoming();

  /// A new nameless file. Fails with io.
  Result<StagedFile> stage() const;

  /// Takes a whole object. Fails with io.
  Result<Placed> place(StagedFile& file, const PatientKey& patient, const std::string& series_uid,
                       const std::string& file_name);

  /// The path of an object that waits, beneath directory().
  [[nodiscard]] static std::string name_of(const PatientKey& patient, const std::string& series_uid,
                                           const std::string& file_name);

  /// How many bytes an object has that waits.
  [[nodiscard]] std::optional<std::uint64_t> size_of(const PatientKey& patient,
                                                     const std::string& series_uid,
                                                     const std::string& file_name) const;

  /// What waits of a patient, in an order that follows from the series. Fails with io.
  [[nodiscard]] Result<std::vector<WaitingSeries>> series_of(const PatientKey& patient) const;

  /// Writes everything of this file system to the disk. Fails with io.
  [[nodiscard]] Result<void> sync() const;

  /// Moves all that waits of a series at once, as the folder `name` in the directory `to`. False
  /// when that is there already. Fails with io.
  Result<bool> move_out(const WaitingSeries& series, int to, const std::string& name);

  /// Tells that an object has left.
  void left() noexcept { --waiting_; }

  /// Removes the folders of a patient where they are empty.
  void tidy(const PatientKey& patient) const noexcept;

  [[nodiscard]] std::uint64_t waiting() const noexcept { return waiting_; }
  [[nodiscard]] int directory() const noexcept { return directory_.get(); }

 private:
  Incoming(int home, Fd directory) noexcept : home_(home), directory_(std::move(directory)) {}
  Result<void> adopt_boot();
  Result<void> take_over();
  Result<void> discard_all();
  void forget_folders();
  Result<std::shared_ptr<const Fd>> folder_for(const PatientKey& patient,
                                               const std::string& series_uid);
  void remove_empty_folders(const std::string& patient_folder) const noexcept;

  int home_;
  Fd directory_;
  bool is_open_ = false;
  std::atomic<std::uint64_t> waiting_ = 0;
  std::shared_mutex moving_;  ///< held alone by who renames a folder, shared by who fills one
  std::mutex folders_mutex_;  ///< guards folders_
  std::map<std::pair<PatientKey, std::string>, std::shared_ptr<const Fd>> folders_;
};

}  // namespace dcm::store
