// SPDX-License-Identifier: MIT
#include "app/criterion.hpp"

#include <gtest/gtest.h>

namespace dcm::app {
namespace {

TEST(Criterion, IsSetAsItIsMeant) {
  Criteria criteria;
  EXPECT_EQ(set_criterion(criteria, tags::kPatientId, " 00042 "), ValueFault::none);
  EXPECT_EQ(set_criterion(criteria, tags::kPatientName, "M\u00FCller*"), ValueFault::none);
  EXPECT_EQ(set_criterion(criteria, tags::kStudyDate, "2023-01-01 - 2023-12-31"), ValueFault::none);
  EXPECT_EQ(set_criterion(criteria, tags::kModality, "mr"), ValueFault::none);
  EXPECT_EQ(set_criterion(criteria, tags::kStudyInstanceUid, "1.2.3"), ValueFault::none);
  EXPECT_EQ(criteria.patient_id, "00042");
  EXPECT_EQ(criteria.patient_name, "M\u00FCller*");
  EXPECT_EQ(criteria.study_date->dicom(), "20230101-20231231");
  EXPECT_EQ(criteria.modality, "MR");
  EXPECT_EQ(criteria.study_instance_uid, "1.2.3");
}

TEST(Criterion, IsComposedAsServersHoldIt) {
  Criteria criteria;
  EXPECT_EQ(set_criterion(criteria, tags::kPatientId, "MU\u0308LLER"), ValueFault::none);
  EXPECT_EQ(criteria.patient_id, "M\u00DCLLER");
}

TEST(Criterion, IsNotSetByWhatItCannotBe) {
  const auto fault = [](Tag tag, std::string_view typed) {
    Criteria criteria;
    const ValueFault found = set_criterion(criteria, tag, typed);
    EXPECT_FALSE(criteria.narrows());
    return found;
  };
  EXPECT_EQ(fault(tags::kPatientId, "  "), ValueFault::empty);
  EXPECT_EQ(fault(tags::kPatientId, std::string(257, '1')), ValueFault::too_long);
  for (const char* text : {"1\\2", "1\n2", "M\xFCller", "\xE2\x80\xAE"})
    EXPECT_EQ(fault(tags::kPatientId, text), ValueFault::unprintable);
  EXPECT_EQ(fault(tags::kPatientBirthDate, "31.01.1950"), ValueFault::no_dates);
  EXPECT_EQ(fault(tags::kPatientBirthDate, "20230230"), ValueFault::no_dates);
  EXPECT_EQ(fault(tags::kStudyDate, "202301*"), ValueFault::starred_dates);
  EXPECT_EQ(fault(tags::kStudyInstanceUid, "1.2.*"), ValueFault::starred_uid);
  EXPECT_EQ(fault(tags::kStudyInstanceUid, "1.2.x"), ValueFault::no_uid);
  EXPECT_EQ(fault(tags::kStudyInstanceUid, std::string(65, '1')), ValueFault::no_uid);
  EXPECT_EQ(fault(tags::kModality, "CT;MR"), ValueFault::no_modality);
  EXPECT_EQ(fault(tags::kStudyRelatedInstances, "many"), ValueFault::no_number);
}

TEST(Criterion, IsKnownForEachMemberOfCriteria) {
  EXPECT_TRUE(is_criterion(tags::kPatientId));
  EXPECT_TRUE(is_criterion(tags::kSeriesDate));
  EXPECT_FALSE(is_criterion(tags::kModalitiesInStudy));
  EXPECT_FALSE(is_criterion(tags::kQueryRetrieveLevel));
}

}  // namespace
}  // namespace dcm::app
