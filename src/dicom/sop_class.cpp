// SPDX-License-Identifier: MIT
#include "dicom/sop_class.hpp"

#include <algorithm>
#include <cstddef>

namespace dcm {
namespace {

constexpr StorageKind kind_of(std::string_view text) noexcept {
  if (text == "image") return StorageKind::image;
  return text == "video" ? StorageKind::video : StorageKind::other;
}

#define ROW(uid, keyword, kind, modalities) {uid, keyword, kind_of(kind), modalities},
constexpr StorageSopClass kClasses[] = {
#include "generated/storage_sop_classes.inc"
};
#undef ROW

bool lists(std::string_view modalities, std::string_view modality) noexcept {
  while (!modalities.empty()) {
    const std::size_t end = std::min(modalities.find(','), modalities.size());
    if (modalities.substr(0, end) == modality) return true;
    modalities.remove_prefix(std::min(end + 1, modalities.size()));
  }
  return false;
}

}  // namespace

std::span<const StorageSopClass> storage_sop_classes() noexcept { return kClasses; }

const StorageSopClass* find_storage_sop_class(std::string_view uid) noexcept {
  for (const StorageSopClass& sop_class : kClasses)
    if (sop_class.uid == uid) return &sop_class;
  return nullptr;
}

bool may_be_storage(std::string_view uid) noexcept {
  constexpr std::string_view kStandard = "1.2.840.10008.";
  constexpr std::string_view kStorage = "1.2.840.10008.5.1.4.1.1.";
  if (uid.empty()) return false;
  return !uid.starts_with(kStandard) || uid.starts_with(kStorage) ||
         find_storage_sop_class(uid) != nullptr;
}

std::vector<std::string_view> storage_classes_for_modality(std::string_view modality) {
  std::vector<std::string_view> uids;
  for (const StorageSopClass& sop_class : kClasses)
    if (modality != "*" && lists(sop_class.modalities, modality)) uids.push_back(sop_class.uid);
  for (const StorageSopClass& sop_class : kClasses)
    if (lists(sop_class.modalities, "*")) uids.push_back(sop_class.uid);
  return uids;
}

}  // namespace dcm
