// SPDX-License-Identifier: MIT
#include "deid/profile.hpp"

#include <gtest/gtest.h>

#include <set>

#include "dicom/dictionary.hpp"
#include "support/dataset_builder.hpp"

namespace dcm::deid {
namespace {

using test::operator""_tag;

constexpr std::string_view kTwenty[] = {"PatientName",
                                        "PatientBirthDate",
                                        "PatientSex",
                                        "PatientAge",
                                        "PatientWeight",
                                        "PatientSize",
                                        "OtherPatientIDs",
                                        "OtherPatientNames",
                                        "EthnicGroup",
                                        "PatientComments",
                                        "PatientAddress",
                                        "PatientTelephoneNumbers",
                                        "PatientMotherBirthName",
                                        "MilitaryRank",
                                        "BranchOfService",
                                        "MedicalRecordLocator",
                                        "ReferencedPatientSequence",
                                        "ResponsiblePerson",
                                        "ResponsiblePersonRole",
                                        "ResponsibleOrganization"};

const Profile& demographics() {
  const Profile* profile = find_profile("demographics");
  if (profile == nullptr) throw std::runtime_error("no such profile");
  return *profile;
}

TEST(Profile, DemographicsNamesTheTwentyAttributesAndNoOther) {
  std::set<Tag> expected, found;
  for (const std::string_view keyword : kTwenty) {
    const std::optional<Tag> tag = find_keyword(keyword);
    ASSERT_TRUE(tag) << keyword;
    expected.insert(*tag);
  }
  for (const TagRule& row : demographics().rows()) {
    EXPECT_EQ(row.action, Action::remove);
    found.insert(row.tag);
  }
  EXPECT_EQ(demographics().rows().size(), 20U);
  EXPECT_EQ(found, expected);
}

TEST(Profile, DemographicsRemovesTheTwentyAndGroupLengthsOfAllTags) {
  std::set<Tag> twenty;
  for (const std::string_view keyword : kTwenty) twenty.insert(*find_keyword(keyword));
  for (std::uint32_t group = 0; group <= 0xFFFF; group += group < 0x30 ? 1 : 997)
    for (std::uint32_t element = 0; element <= 0xFFFF; element += element < 0x30 ? 1 : 0x10) {
      const Tag tag = Tag::from(group << 16 | element);
      const bool goes = twenty.contains(tag) || element == 0;
      ASSERT_EQ(demographics().action(tag), goes ? Action::remove : Action::keep)
          << std::hex << tag.packed();
    }
  for (const Tag tag : twenty) EXPECT_EQ(demographics().action(tag), Action::remove);
}

TEST(Profile, TheFirstThatSpeaksDecides) {
  const Profile profile("made-up", "none", {{0x00100020_tag, Action::keep}},
                        {{.tag = {0x0010, 0}, .mask = {0xFFFF, 0}, .action = Action::remove},
                         {.tag = {0x0010, 0}, .mask = {0x00FF, 0}, .action = Action::keep}},
                        Action::remove);
  EXPECT_EQ(profile.action(0x00100020_tag), Action::keep);
  EXPECT_EQ(profile.action(0x00100010_tag), Action::remove);
  EXPECT_EQ(profile.action(0x01100010_tag), Action::keep);
  EXPECT_EQ(profile.action(0x00080018_tag), Action::remove);
}

TEST(Profile, FindsBuiltInProfilesByName) {
  for (const std::string_view name : profile_names()) {
    const Profile* profile = find_profile(name);
    ASSERT_NE(profile, nullptr);
    EXPECT_EQ(profile->name(), name);
    EXPECT_EQ(profile, find_profile(name));
  }
  EXPECT_EQ(find_profile("Demographics"), nullptr);
  EXPECT_EQ(find_profile(""), nullptr);
}

}  // namespace
}  // namespace dcm::deid
