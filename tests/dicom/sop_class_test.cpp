// SPDX-License-Identifier: MIT
#include "dicom/sop_class.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <vector>

namespace dcm {
namespace {

constexpr std::string_view kCt = "1.2.840.10008.5.1.4.1.1.2";
constexpr std::string_view kSecondaryCapture = "1.2.840.10008.5.1.4.1.1.7";

bool has(const std::vector<std::string_view>& uids, std::string_view uid) {
  return std::find(uids.begin(), uids.end(), uid) != uids.end();
}

TEST(StorageSopClass, IsFoundByUid) {
  const StorageSopClass* ct = find_storage_sop_class(kCt);
  ASSERT_NE(ct, nullptr);
  EXPECT_EQ(ct->keyword, "CTImageStorage");
  EXPECT_EQ(ct->kind, StorageKind::image);
  EXPECT_EQ(find_storage_sop_class("1.2.840.10008.5.1.4.1.1"), nullptr);
  EXPECT_EQ(find_storage_sop_class(""), nullptr);
}

TEST(StorageSopClass, LeavesOutWhatIsNoStorage) {
  EXPECT_EQ(find_storage_sop_class("1.2.840.10008.1.1"), nullptr);              // verification
  EXPECT_EQ(find_storage_sop_class("1.2.840.10008.1.20.1"), nullptr);           // commitment
  EXPECT_EQ(find_storage_sop_class("1.2.840.10008.1.3.10"), nullptr);           // DICOMDIR
  EXPECT_EQ(find_storage_sop_class("1.2.840.10008.5.1.4.1.1.501.1"), nullptr);  // DICOS
}

TEST(StorageSopClass, SaysWhatCanBeCompressed) {
  const auto kind = [](std::string_view uid) { return find_storage_sop_class(uid)->kind; };
  EXPECT_EQ(kind("1.2.840.10008.5.1.4.1.1.77.1.1.1"), StorageKind::video);
  EXPECT_EQ(kind("1.2.840.10008.5.1.4.1.1.66.4"), StorageKind::image);   // segmentation
  EXPECT_EQ(kind("1.2.840.10008.5.1.4.1.1.66.5"), StorageKind::other);   // surfaces
  EXPECT_EQ(kind("1.2.840.10008.5.1.4.1.1.481.2"), StorageKind::image);  // RT dose
  EXPECT_EQ(kind("1.2.840.10008.5.1.4.1.1.481.3"), StorageKind::other);  // RT structures
  EXPECT_EQ(kind("1.2.840.10008.5.1.4.1.1.88.33"), StorageKind::other);  // SR
  EXPECT_EQ(kind("1.2.840.10008.5.1.4.1.1.11.1"), StorageKind::other);   // presentation state
  EXPECT_EQ(kind("1.2.840.10008.5.1.4.1.1.104.1"), StorageKind::other);  // PDF
}

TEST(StorageSopClass, EachUidStandsOnce) {
  std::set<std::string_view> uids;
  for (const StorageSopClass& sop_class : storage_sop_classes())
    EXPECT_TRUE(uids.insert(sop_class.uid).second) << sop_class.uid;
  EXPECT_GT(uids.size(), 180U);
}

TEST(StorageSopClass, AModalityBringsItsOwnClassesAndThoseThatGoAlong) {
  const auto ct = storage_classes_for_modality("CT");
  EXPECT_EQ(ct.front(), kCt);
  EXPECT_TRUE(has(ct, "1.2.840.10008.5.1.4.1.1.2.1"));
  EXPECT_TRUE(has(ct, kSecondaryCapture));
  EXPECT_TRUE(has(ct, "1.2.840.10008.5.1.4.1.1.88.59"));  // key objects
  EXPECT_TRUE(has(ct, "1.2.840.10008.5.1.4.1.1.66"));     // raw data
  EXPECT_FALSE(has(ct, "1.2.840.10008.5.1.4.1.1.4"));     // MR
  EXPECT_EQ(std::set(ct.begin(), ct.end()).size(), ct.size());
}

TEST(StorageSopClass, AnUnknownModalityBringsOnlyThoseThatGoAlong) {
  const auto unknown = storage_classes_for_modality("XYZ");
  EXPECT_TRUE(has(unknown, kSecondaryCapture));
  EXPECT_FALSE(has(unknown, kCt));
  EXPECT_EQ(storage_classes_for_modality(""), unknown);
  EXPECT_EQ(storage_classes_for_modality("*"), unknown);
  EXPECT_EQ(storage_classes_for_modality("C"), unknown);  // no part of a value
}

}  // namespace
}  // namespace dcm
