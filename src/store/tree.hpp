// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/result.hpp"
#include "store/folder_plan.hpp"
#include "store/ledger.hpp"
#include "store/metadata.hpp"
#include "store/object_description.hpp"
#include "store/staged_file.hpp"

namespace dcm::store {

/// Reads the description from a file of the tree, positioned at its start. The store knows no
/// DICOM; the caller lends it. An io failure stops the settlement; any other passes the file over.
using DescribeFile = std::function<Result<ObjectDescription>(int fd)>;

/// Judges a file of the tree, positioned at its start, where no run before told; lent by the caller
/// as DescribeFile is. Fails with io; any other failure counts as none.
using JudgeFile = std::function<Result<Doubt>(int fd)>;

/// What came of a settlement besides the tree.
struct Settled {
  // Objects, by Tree::waiting_name().
  std::vector<std::string> conflicts;    ///< they met other bytes under their final name
  std::vector<std::string> undescribed;  ///< left waiting: nothing in their series tells its name
  std::uint64_t displaced = 0;           ///< patients whose folder's name somebody else's has
};

/// The detail of Errc::tree_mismatch where the tree's own tree.json is lost or cannot be read, so
/// that nothing tells with which key its objects were made.
inline constexpr std::uint32_t kIdentityLost = 1;

/// The output tree:
///
///   root/{PatientID}/{SeriesNumber}_{SeriesDescription}/{SOPInstanceUID}.dcm
///   root/{PatientID}/metadata.json
///   root/.dicom-client/{lock, tree.json, ledger.db, ledger.key, incoming/...}
///
/// Whole objects wait under `.dicom-client/incoming` until settle() knows every name that could
/// collide; then they move to their final names, so that the tree never depends on the order of
/// arrival. Directories 0700, files 0600; every path is made of our own names, opened relative to
/// its parent without following links. What else is in the root - a folder without a metadata.json
/// of ours, a file, a link - is somebody else's: its name is taken and it is never written into.
///
/// The metadata.json files are the record of the names given; open() reads them. Values that come
/// in are passed through written_value() here, so callers may hand them over as they are. Safe for
/// many threads.
class Tree {
 public:
  /// Opens or creates the tree and locks it. Fails with io (also where the metadata.json of one
  /// patient cannot be read: that patient would get a second folder), tree_locked (another live
  /// process) or tree_mismatch (it holds objects of another profile, option set, key or table
  /// edition; or detail kIdentityLost) before anything is written into a tree that is there.
  /// Without `judge` no file is looked into for doubts.
  static Result<Tree> open(const std::string& root, TreeIdentity identity, DescribeFile describe,
                           JudgeFile judge = {});

  /// Whether a tree is there.
  [[nodiscard]] static bool exists(const std::string& root) noexcept;

  Tree(Tree&&) noexcept;
  Tree& operator=(Tree&&) noexcept;
  /// An orderly end: syncs what waits, so that it is there after a reboot too; what a killed run
  /// left is not.
  ~Tree();

  /// A new nameless file in the tree's file system; the tree must outlive it. Fails with io.
  Result<StagedFile> stage();

  /// Takes a whole object; size_of() knows it from then on and durable after settle() or the end
  /// of the tree. Fails with io, or missing_uid where the description lacks the SOP instance or
  /// series instance UID, or both the PatientID and the study instance UID.
  Result<Placed> place(StagedFile file, const ObjectDescription& description);

  /// How many bytes the object's file has, settled or waiting; nothing where it is not in the tree.
  [[nodiscard]] std::optional<std::uint64_t> size_of(const PatientKey& patient,
                                                     const std::string& series_instance_uid,
                                                     const std::string& sop_instance_uid) const;

  /// Opens the object's file to be read, settled or waiting. Fails with io.
  [[nodiscard]] Result<Fd> open_object(const PatientKey& patient,
                                       const std::string& series_instance_uid,
                                       const std::string& sop_instance_uid) const;

  /// The patients in whose folders there is a series of this UID.
  [[nodiscard]] std::vector<PatientKey> patients_with(const std::string& series_instance_uid) const;

  /// What settle() calls an object: digests of its patient and series, and its own file name.
  [[nodiscard]] static std::string waiting_name(const PatientKey& patient,
                                                const std::string& series_instance_uid,
                                                const std::string& sop_instance_uid);

  /// The record of what was expected in this tree. Fails as Ledger::open() does.
  [[nodiscard]] Result<Ledger> ledger() const;

  /// Random bytes of this tree's own, made at the first call: the key of the ledger where no other
  /// key is. Fails as make_secret() and read_secret() do.
  [[nodiscard]] Result<std::string> secret() const;

  /// Ends the work on these patients: syncs, gives names, moves what waits to its place, writes
  /// each metadata.json anew from the files that are there. Call it with every patient of a run,
  /// also with those of which nothing new arrived: an interrupted run may have left their
  /// metadata.json behind. `expected` holds what is known of series that may have no object yet,
  /// also of other patients, so that a later run finds their names free; a series with objects is
  /// named by what is written in them. A series of which nothing has come and nobody tells the
  /// description keeps those waiting whose names it could take (plan_folders()). The objects of a
  /// series of which no file can be described stay waiting (Settled::undescribed); one that comes
  /// later and can be lets them go. Fails with io, and may then be called again. Calling it twice
  /// changes nothing.
  Result<Settled> settle(std::span<const PatientKey> patients,
                         std::span<const SeriesNaming> expected);

  /// How many whole objects wait, of this run or of an interrupted one.
  [[nodiscard]] std::uint64_t waiting() const;

 private:
  struct State;
  explicit Tree(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace dcm::store
