// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "store/folder_plan.hpp"
#include "store/staged_file.hpp"

namespace dcm::store {

/// What made a tree; a tree belongs to one of these for ever.
struct TreeIdentity {
  std::string profile;               ///< "demographics", or "none" for objects as received
  std::vector<std::string> options;  ///< sorted
  std::string table_edition;         ///< edition of the rules, empty for "none"
  std::string version;               ///< of this program; told in metadata.json, free to change
};

/// What metadata.json tells of an object's patient, study and series: written values, UTF-8.
struct ObjectDescription {
  std::string patient_id;
  std::string study_instance_uid, study_date, study_description, study_id, accession_number;
  std::string series_instance_uid, series_number, series_description, series_date, modality;
  std::string sop_instance_uid;
};

/// Reads the description from a file of the tree. The store knows no DICOM; the caller lends it.
using DescribeFile = std::function<Result<ObjectDescription>(int fd)>;

/// What became of an object handed to the tree.
enum class Placed : std::uint8_t {
  stored,
  already_there,  ///< the same bytes under the same name
  conflict,       ///< other bytes under the same name: the tree keeps what it had
};

/// The output tree:
///
///   root/{PatientID}/{SeriesNumber}_{SeriesDescription}/{SOPInstanceUID}.dcm
///   root/{PatientID}/metadata.json
///   root/.dicom-client/{lock, tree.json, incoming/...}
///
/// Whole objects wait under `.dicom-client/incoming` until settle() knows every name that could
/// collide; then they move to their final names, so that the tree never depends on the order of
/// arrival. Directories 0700, files 0600; every path is made of our own names, opened relative to
/// its parent without following links. Safe for many threads.
class Tree {
 public:
  /// Opens or creates the tree and locks it. Fails with io, tree_locked (another live process) or
  /// tree_mismatch (it belongs to another profile or option set) before anything is written.
  static Result<Tree> open(const std::string& root, TreeIdentity identity, DescribeFile describe);

  Tree(Tree&&) noexcept;
  Tree& operator=(Tree&&) noexcept;
  ~Tree();

  /// A new nameless file in the tree's file system. Fails with io.
  Result<StagedFile> stage();

  /// Takes a whole object. Fails with io, or missing_uid where the description lacks the SOP
  /// instance or series instance UID.
  Result<Placed> place(StagedFile file, const ObjectDescription& description);

  /// Whether the object is whole in the tree, settled or waiting.
  [[nodiscard]] bool contains(const std::string& patient_id, const std::string& series_instance_uid,
                              const std::string& sop_instance_uid) const;

  /// Ends the work on these patients (written PatientIDs): syncs, gives names, moves what waits to
  /// its place, writes each metadata.json anew from the files that are there. `expected` holds what
  /// is known of series of these patients that may have no object yet, so that a later run finds
  /// their names free. Returns the number of objects that met other bytes under their final name.
  /// Fails with io. Calling it again changes nothing.
  Result<std::uint64_t> settle(std::span<const std::string> patient_ids,
                               std::span<const SeriesNaming> expected);

  /// How many whole objects wait, of this run or of an interrupted one.
  [[nodiscard]] std::uint64_t waiting() const;

 private:
  struct State;
  explicit Tree(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace dcm::store
