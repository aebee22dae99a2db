// SPDX-License-Identifier: MIT
#include "dicom/dictionary.hpp"

#include <gtest/gtest.h>

#include <string>

namespace dcm {
namespace {

TEST(Dictionary, KnowsStandardAttributes) {
  const auto entry = find_entry({0x0010, 0x0010});
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->keyword, "PatientName");
  EXPECT_EQ(entry->vr, vr::kPN);
  EXPECT_EQ(find_entry({0x0000, 0x0900})->keyword, "Status");
  EXPECT_EQ(find_entry({0x0002, 0x0010})->keyword, "TransferSyntaxUID");
}

TEST(Dictionary, KnowsAttributesOfEditionsAfterThatOfItsSource) {
  EXPECT_EQ(find_entry({0x0008, 0x0019})->keyword, "PyramidUID");
  EXPECT_EQ(dictionary_vr({0x0006, 0x0001}), vr::kSQ);
  EXPECT_EQ(dictionary_vr({0x3006, 0x004D}), vr::kSQ);
}

TEST(Dictionary, GivesOneVrWhereTheStandardGivesSeveral) {
  EXPECT_EQ(dictionary_vr(tags::kPixelData), vr::kOW);  // OB or OW
  EXPECT_EQ(dictionary_vr({0x5400, 0x1010}), vr::kOW);  // WaveformData: OB or OW
  EXPECT_EQ(dictionary_vr({0x0028, 0x0106}), vr::kUS);  // US or SS
  EXPECT_EQ(dictionary_vr({0x0028, 0x3006}), vr::kUS);  // US or OW
}

TEST(Dictionary, ItemsAndDelimitersHaveNoVr) {
  EXPECT_EQ(dictionary_vr(tags::kItem), vr::kNone);
  EXPECT_EQ(dictionary_vr(tags::kItemDelimitation), vr::kNone);
  EXPECT_EQ(dictionary_vr(tags::kSequenceDelimitation), vr::kNone);
}

TEST(Dictionary, PrivateElementsAreUnknownExceptTheirCreators) {
  EXPECT_EQ(dictionary_vr({0x0029, 0x0010}), vr::kLO);
  EXPECT_EQ(dictionary_vr({0x0029, 0x00FF}), vr::kLO);
  EXPECT_EQ(dictionary_vr({0x0029, 0x000F}), vr::kUN);
  EXPECT_EQ(dictionary_vr({0x0029, 0x0100}), vr::kUN);
  EXPECT_EQ(dictionary_vr({0x6001, 0x3000}), vr::kUN);  // odd, so no overlay
  EXPECT_FALSE(find_entry({0x0029, 0x0010}));
}

TEST(Dictionary, EveryGroupLengthIsUl) {
  EXPECT_EQ(dictionary_vr({0x0002, 0x0000}), vr::kUL);
  EXPECT_EQ(dictionary_vr({0x0008, 0x0000}), vr::kUL);
  EXPECT_EQ(dictionary_vr({0x0029, 0x0000}), vr::kUL);
  EXPECT_FALSE(find_entry({0x0010, 0x0000}));
}

TEST(Dictionary, FindsRepeatingGroups) {
  const auto overlay = find_entry({0x6002, 0x3000});
  ASSERT_TRUE(overlay);
  EXPECT_EQ(overlay->tag, (Tag{0x6002, 0x3000}));
  EXPECT_EQ(overlay->keyword, "OverlayData");
  EXPECT_EQ(dictionary_vr({0x60FE, 0x3000}), vr::kOW);
  EXPECT_EQ(dictionary_vr({0x501E, 0x3000}), vr::kOW);
  EXPECT_EQ(dictionary_vr({0x5004, 0x0040}), vr::kSH);
  EXPECT_EQ(dictionary_vr({0x0020, 0x3142}), vr::kCS);  // (0020,31xx)
  EXPECT_EQ(dictionary_vr({0x1010, 0x1234}), vr::kUS);  // (1010,xxxx)
}

TEST(Dictionary, UnknownTagsAreUn) {
  EXPECT_EQ(dictionary_vr({0x0010, 0x9999}), vr::kUN);
  EXPECT_EQ(dictionary_vr({0x0018, 0x9445}), vr::kUN);  // retired without a VR
  EXPECT_EQ(dictionary_vr({0x0000, 0x9999}), vr::kUN);
  EXPECT_EQ(dictionary_vr({0xFFFE, 0xFFFE}), vr::kUN);
  EXPECT_FALSE(find_entry({0x0010, 0x9999}));
}

TEST(Dictionary, AKeywordLeadsToATagThatLeadsToTheKeyword) {
  std::size_t count = 0;
  constexpr std::uint16_t kGroups[] = {0x0002, 0x0008, 0x0010, 0x0018, 0x0028, 0x1000, 0x6000};
  for (const std::uint16_t group : kGroups) {
    for (std::uint16_t element = 0; element < 0x2000; ++element) {
      const auto entry = find_entry({group, element});
      if (!entry || entry->keyword.empty() || ++count % 32 != 0) continue;
      const auto tag = find_keyword(entry->keyword);
      ASSERT_TRUE(tag) << entry->keyword;
      EXPECT_EQ(find_entry(*tag)->keyword, entry->keyword);
    }
  }
  EXPECT_GT(count, 1000U);
}

TEST(Dictionary, FindsKeywordsWhateverTheirCase) {
  EXPECT_EQ(find_keyword("PatientName"), tags::kPatientName);
  EXPECT_EQ(find_keyword("patientname"), tags::kPatientName);
  EXPECT_EQ(find_keyword("OverlayData"), (Tag{0x6000, 0x3000}));
  EXPECT_EQ(find_keyword("RowsForNthOrderCoefficients"), (Tag{0x0028, 0x0410}));  // 0400 is another
  EXPECT_EQ(find_keyword("PatientNam"), std::nullopt);
  EXPECT_EQ(find_keyword(""), std::nullopt);
}

TEST(Dictionary, ProposesTheNearestKeyword) {
  EXPECT_EQ(closest_keyword("PatientNmae"), "PatientName");
  EXPECT_EQ(closest_keyword("studydescripton"), "StudyDescription");
  EXPECT_EQ(closest_keyword("Modalities"), "Modality");
  EXPECT_EQ(closest_keyword("xyzzyxyzzyxyzzy"), "");
  EXPECT_EQ(closest_keyword(""), "");
  EXPECT_EQ(closest_keyword(std::string(100000, 'a')), "");
}

}  // namespace
}  // namespace dcm
