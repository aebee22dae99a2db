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

TEST(Profile, DemographicsRemovesTheTwentyAndGroupLengthsOfAllTags) {
  std::set<Tag> twenty;
  for (const std::string_view keyword : kTwenty) twenty.insert(*find_keyword(keyword));
  for (std::uint32_t group = 0; group <= 0xFFFF; group += group < 0x30 ? 1 : 997)
    for (std::uint32_t element = 0; element <= 0xFFFF; element += element < 0x30 ? 1 : 0x10) {
      const Tag tag = Tag::from(group << 16 | element);
      const bool goes = twenty.contains(tag) || element == 0;
      ASSERT_EQ(demographics().rule(tag, vr::kUN).action, goes ? Action::remove : Action::keep)
          << std::hex << tag.packed();
    }
  for (const Tag tag : twenty) EXPECT_EQ(demographics().rule(tag, vr::kUN).action, Action::remove);
}

Profile made_of(OptionSet options, std::vector<UserRule> rules = {}) {
  return Profile({.name = "made-up", .options = options, .rules = std::move(rules)});
}

TEST(Profile, AUserRuleComesBeforeTheTableAndTheMoreSpecificBeforeTheBroad) {
  const Profile profile =
      made_of({}, {{.kind = UserRule::Kind::vr, .vr = vr::kLO, .action = Action::keep},
                   {.kind = UserRule::Kind::pattern,
                    .tag = {0x0010, 0},
                    .mask = {0xFFFF, 0},
                    .action = Action::empty},
                   {.tag = tags::kPatientName, .action = Action::keep}});
  EXPECT_EQ(profile.rule(tags::kPatientName, vr::kPN).action, Action::keep);
  EXPECT_EQ(profile.rule(tags::kPatientBirthDate, vr::kDA).action, Action::empty);
  EXPECT_EQ(profile.rule(0x00104000_tag, vr::kLT).action, Action::empty);
  EXPECT_EQ(profile.rule(tags::kStudyDescription, vr::kLO).action, Action::keep);
  EXPECT_EQ(profile.rule(tags::kStudyDate, vr::kDA).action, Action::empty);
  EXPECT_EQ(profile.rule(tags::kStudyDate, vr::kDA).reason, Reason::table_row);
}

TEST(Profile, AnOptionComesBeforeTheTable) {
  const Profile basic = made_of({});
  EXPECT_EQ(basic.rule(tags::kStudyDescription, vr::kLO).action, Action::remove);
  EXPECT_EQ(basic.rule(tags::kSeriesInstanceUid, vr::kUI).action, Action::map_uid);
  const Profile cleaned = made_of({Option::clean_descriptors, Option::retain_uids});
  EXPECT_EQ(cleaned.rule(tags::kStudyDescription, vr::kLO).action, Action::clean);
  EXPECT_EQ(cleaned.rule(tags::kSeriesInstanceUid, vr::kUI).action, Action::keep);
}

TEST(Profile, WhereTwoOptionsSpeakTheOneThatCleansDecides) {
  const Tag calibrated = 0x00181200_tag;
  EXPECT_EQ(made_of({Option::retain_device_identity}).rule(calibrated, vr::kDA).action,
            Action::keep);
  EXPECT_EQ(made_of({Option::retain_device_identity, Option::retain_modified_dates})
                .rule(calibrated, vr::kDA)
                .action,
            Action::shift);
}

TEST(Profile, WhatTheTableDoesNotNameGoesByItsVr) {
  const Profile basic = made_of({});
  EXPECT_EQ(basic.rule(0x00142006_tag, vr::kPN).action, Action::remove);  // EvaluatorName
  EXPECT_EQ(basic.rule(0x00081190_tag, vr::kUR).action, Action::remove);  // RetrieveURL
  EXPECT_EQ(basic.rule(0x00081167_tag, vr::kUI).action, Action::map_uid);
  EXPECT_EQ(basic.rule(tags::kSopClassUid, vr::kUI).action, Action::keep);
  EXPECT_EQ(basic.rule(tags::kModality, vr::kPN).action, Action::remove) << "by the VR as sent";
  EXPECT_EQ(basic.rule(0x0018FFFE_tag, vr::kLO).reason, Reason::unknown);
  EXPECT_EQ(basic.rule(0x00280010_tag, vr::kUS).action, Action::keep);
}

TEST(Profile, PrivateAttributesGoUnlessTheyAreSafe) {
  const Profile safe = made_of({Option::retain_safe_private});
  EXPECT_EQ(made_of({}).private_rule(0x70531000_tag, "Philips PET Private Group", vr::kDS).action,
            Action::remove);
  EXPECT_EQ(safe.private_rule(0x70531000_tag, "PHILIPS PET PRIVATE GROUP ", vr::kDS).action,
            Action::keep);
  EXPECT_EQ(safe.private_rule(0x70531001_tag, "Philips PET Private Group", vr::kDS).action,
            Action::remove);
  EXPECT_EQ(safe.private_rule(0x70531000_tag, "", vr::kDS).action, Action::remove);
}

TEST(Profile, FindsBuiltInProfilesByName) {
  for (const auto& [name, what] : built_in_profiles()) {
    const Profile* profile = find_profile(name);
    ASSERT_NE(profile, nullptr);
    EXPECT_EQ(profile->name(), name);
    EXPECT_FALSE(what.empty());
    EXPECT_EQ(profile, find_profile(name));
  }
  EXPECT_EQ(find_profile("Demographics"), nullptr);
  EXPECT_EQ(find_profile(""), nullptr);
}

}  // namespace
}  // namespace dcm::deid
