// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "store/doubt_book.hpp"
#include "store/object_description.hpp"

namespace dcm::store {

/// No metadata.json is read further.
inline constexpr std::size_t kMaxMetadataBytes = std::size_t{64} << 20U;

/// What made a tree; a tree belongs to one of these for ever.
struct TreeIdentity {
  std::string profile;               ///< "demographics", or "none" for objects as received
  std::vector<std::string> options;  ///< sorted
  std::string table_edition;         ///< edition of the rules, empty for "none"
  std::string version;               ///< of this program; told in metadata.json, free to change
  /// What stands for the key and all that is secret or long, in hex; empty where there is nothing
  /// of it. Only in tree.json: metadata.json goes out with the objects.
  std::string seal{};
};

/// Whether what `one` wrote may stand beside what `other` writes: all but the version is equal.
[[nodiscard]] bool same_tree(const TreeIdentity& one, const TreeIdentity& other);

/// The text of tree.json: two equal identities give equal texts. Without the version.
[[nodiscard]] std::string tree_text(const TreeIdentity& identity);

/// Whether some tree_text() of the format that we know made `text`.
[[nodiscard]] bool is_tree_text(const std::string& text);

/// One series as metadata.json tells it.
struct SeriesRecord {
  ObjectDescription about;  ///< of its first file; of the study, too
  std::string folder;
  std::uint64_t instances = 0;
  std::uint64_t bytes = 0;
  DoubtCount doubts{};
};

/// The text of a patient's metadata.json (docs/metadata.schema.json): sorted, so that equal records
/// in any order give equal bytes. Absent values are left out, but for PatientID and the UIDs.
[[nodiscard]] std::string metadata_text(const PatientKey& patient, std::vector<SeriesRecord> series,
                                        const TreeIdentity& made_by);

/// What a metadata.json says of names.
struct MetadataNames {
  PatientKey patient;
  TreeIdentity made_by;
  std::map<std::string, std::string> series;  ///< SeriesInstanceUID -> folder, one safe component
};

/// Reads what metadata_text() wrote; nothing for any other text.
[[nodiscard]] std::optional<MetadataNames> read_metadata(const std::string& text);

}  // namespace dcm::store
