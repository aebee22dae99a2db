// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace dcm {

/// What an instance of a class can hold, which decides the transfer syntaxes worth proposing.
enum class StorageKind : std::uint8_t {
  image,  ///< pixel data, perhaps compressed_syntaxes()
  video,  ///< pixel data, perhaps video_syntaxes()
  other,  ///< no pixel data
};

/// A standard storage SOP class (PS3.4 B.5, retired ones included). The views live for ever.
struct StorageSopClass {
  std::string_view uid;
  std::string_view keyword;
  StorageKind kind = StorageKind::other;
  std::string_view modalities;  ///< comma-separated values of Modality; `*` goes with any
};

/// All standard storage classes, in the order of their UIDs.
[[nodiscard]] std::span<const StorageSopClass> storage_sop_classes() noexcept;

/// The storage class of `uid`, without padding; nullptr for a private or unknown one.
[[nodiscard]] const StorageSopClass* find_storage_sop_class(std::string_view uid) noexcept;

/// Whether objects of class `uid` may be stored: the standard storage classes, what later editions
/// add to their branch, and private classes, of which nothing can be known.
[[nodiscard]] bool may_be_storage(std::string_view uid) noexcept;

/// The UIDs of the classes that a series of `modality` (0008,0060) may hold: first those of this
/// modality, then those that go along with any (secondary captures, presentation states, reports,
/// key objects, segmentations, raw data). An unknown modality yields the latter alone.
[[nodiscard]] std::vector<std::string_view> storage_classes_for_modality(std::string_view modality);

}  // namespace dcm
