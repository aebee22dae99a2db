// SPDX-License-Identifier: MIT
#include "deid/confidentiality_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <string>

#include "dicom/dictionary.hpp"
#include "dicom/sop_class.hpp"
#include "support/dataset_builder.hpp"

namespace dcm::deid {
namespace {

using test::operator""_tag;

const TableRow* find_row(Tag tag) {
  const auto rows = confidentiality_table();
  const auto found = std::lower_bound(rows.begin(), rows.end(), tag,
                                      [](const TableRow& row, Tag t) { return row.tag < t; });
  return found == rows.end() || found->tag != tag ? nullptr : &*found;
}

const TableRow& row_of(std::string_view keyword) {
  const std::optional<Tag> tag = find_keyword(keyword);
  const TableRow* row = tag ? find_row(*tag) : nullptr;
  if (row == nullptr) throw std::runtime_error("no row for " + std::string(keyword));
  return *row;
}

std::string_view uid_of(std::string_view keyword) {
  for (const StorageSopClass& each : storage_sop_classes())
    if (each.keyword == keyword) return each.uid;
  throw std::runtime_error("no class " + std::string(keyword));
}

AttributeType type_in(std::string_view sop_class, std::string_view keyword) {
  return attribute_type(uid_of(sop_class), row_of(keyword).tag);
}

bool is_definition(std::string_view keyword) { return is_definition_uid(*find_keyword(keyword)); }

TEST(ConfidentialityTable, HasEachTagOnceAscending) {
  const auto rows = confidentiality_table();
  for (std::size_t i = 1; i < rows.size(); ++i) EXPECT_LT(rows[i - 1].tag, rows[i].tag);
}

// PS3.15 2024b has 621 rows; the four that are patterns, all X, belong to the engine.
TEST(ConfidentialityTable, HasTheRowsOfTheStandardCodeByCode) {
  std::map<Code, int> count;
  int rows = 0;
  for (const TableRow& row : confidentiality_table())
    if (row.of_standard) ++count[row.basic], ++rows;
  EXPECT_EQ(rows, 621 - 4);
  const std::map<Code, int> expected = {{Code::X, 384 - 4}, {Code::D, 92},   {Code::U, 54},
                                        {Code::Z, 42},      {Code::X_D, 22}, {Code::X_Z, 11},
                                        {Code::X_Z_D, 8},   {Code::Z_D, 6},  {Code::X_Z_Ustar, 2}};
  EXPECT_EQ(count, expected);
}

TEST(ConfidentialityTable, HasWhatTheStandardKeepsAndCleansOptionByOption) {
  std::map<Option, int> keeps, cleans;
  for (const TableRow& row : confidentiality_table()) {
    if (!row.of_standard) continue;
    for (const Option option : row.keeps.list()) ++keeps[option];
    for (const Option option : row.cleans.list()) ++cleans[option];
  }
  const std::map<Option, int> expected_keeps = {{Option::retain_uids, 59},
                                                {Option::retain_device_identity, 46},
                                                {Option::retain_institution_identity, 10},
                                                {Option::retain_patient_characteristics, 9},
                                                {Option::retain_full_dates, 165}};
  // Less the patterns: private attributes, and three of the four rows of graphics.
  const std::map<Option, int> expected_cleans = {
      {Option::retain_device_identity, 11},  {Option::retain_patient_characteristics, 4},
      {Option::retain_modified_dates, 165},  {Option::clean_descriptors, 125},
      {Option::clean_structured_content, 3}, {Option::clean_graphics, 4 - 3}};
  EXPECT_EQ(keeps, expected_keeps);
  EXPECT_EQ(cleans, expected_cleans);
}

TEST(ConfidentialityTable, SaysWhatTheStandardSays) {
  EXPECT_EQ(row_of("PatientName").basic, Code::Z);
  EXPECT_EQ(row_of("PatientID").basic, Code::Z_D);
  EXPECT_EQ(row_of("StudyInstanceUID").basic, Code::U);
  EXPECT_EQ(row_of("ReferencedImageSequence").basic, Code::X_Z_Ustar);
  EXPECT_EQ(row_of("InstitutionName").basic, Code::X_Z_D);
  EXPECT_EQ(row_of("StudyDescription").cleans, OptionSet{Option::clean_descriptors});
  EXPECT_EQ(row_of("DeviceUID").keeps,
            (OptionSet{Option::retain_uids, Option::retain_device_identity}));
  EXPECT_EQ(row_of("Allergies").cleans,
            (OptionSet{Option::retain_patient_characteristics, Option::clean_descriptors}));
  EXPECT_EQ(row_of("ContentSequence").cleans, OptionSet{Option::clean_structured_content});
  EXPECT_TRUE(row_of("PatientBirthDate").keeps.empty());  // nor under full dates
  EXPECT_TRUE(row_of("UID").keeps.empty());               // nor under UIDs
  EXPECT_EQ(find_row(0xFFFAFFFA_tag)->basic, Code::X);
  EXPECT_EQ(find_row(0x00080005_tag), nullptr);
  EXPECT_EQ(table_edition(), "2024b");
}

TEST(ConfidentialityTable, FillsTheGapsOfTheStandard) {
  for (const std::string_view keyword :
       {"PatientBirthDateInAlternativeCalendar", "EncryptedAttributesSequence",
        "MACParametersSequence", "PlacerOrderNumberProcedure", "PersonNamesToUseSequence",
        "IssuerOfAccessionNumberSequence", "LengthToEnd"}) {
    EXPECT_EQ(row_of(keyword).basic, Code::X) << keyword;
    EXPECT_FALSE(row_of(keyword).of_standard) << keyword;
  }
  EXPECT_EQ(row_of("TextValue").basic, Code::D);
  EXPECT_EQ(row_of("TextValue").cleans, OptionSet{Option::clean_structured_content});
  EXPECT_EQ(row_of("CodeMeaning").basic, Code::C);
  EXPECT_EQ(row_of("CommentsOnTheScheduledProcedureStep").cleans,
            OptionSet{Option::clean_descriptors});
}

TEST(ConfidentialityTable, NamesOnlyAttributesOfTheDictionary) {
  for (const TableRow& row : confidentiality_table())
    EXPECT_TRUE(find_entry(row.tag)) << std::hex << row.tag.packed();
}

TEST(ConfidentialityTable, KnowsWhatOfARowIsThePatientsOwn) {
  const std::map<std::string_view, Identity> expected = {
      {"PatientName", Identity::name},
      {"OperatorsName", Identity::name},
      {"CameraOwnerName", Identity::name},
      {"PatientID", Identity::id},
      {"AccessionNumber", Identity::id},
      {"DeviceSerialNumber", Identity::id},
      {"ContainerIdentifier", Identity::id},
      {"FillerOrderNumberImagingServiceRequest", Identity::id},
      {"StudyDate", Identity::date},
      {"AcquisitionDateTime", Identity::date},
      {"PatientTelephoneNumbers", Identity::phone},
      {"PatientAddress", Identity::place},
      {"InstitutionName", Identity::site},
      {"StationName", Identity::site},
      {"StudyTime", Identity::none},
      {"StudyDescription", Identity::none},
      {"EthnicGroup", Identity::none},
      {"StudyInstanceUID", Identity::none},
      {"ContextGroupVersion", Identity::none}};
  for (const auto& [keyword, identity] : expected)
    EXPECT_EQ(row_of(keyword).identity, identity) << keyword;
}

TEST(ConfidentialityTable, EveryPersonNameIsAName) {
  const Tag selector = *find_keyword("SelectorPNValue");  // to be looked for in other objects
  for (const TableRow& row : confidentiality_table()) {
    if (dictionary_vr(row.tag) != vr::kPN || row.tag == selector) continue;
    EXPECT_EQ(row.identity, Identity::name) << std::hex << row.tag.packed();
  }
}

TEST(AttributeType, IsThatOfTheIod) {
  EXPECT_EQ(type_in("CTImageStorage", "DeviceSerialNumber"), AttributeType::type3);
  EXPECT_EQ(type_in("CTImageStorage", "PatientID"), AttributeType::type2);
  EXPECT_EQ(type_in("EnhancedMRImageStorage", "DeviceSerialNumber"), AttributeType::type1);
  EXPECT_EQ(type_in("EnhancedMRImageStorage", "ContentDate"), AttributeType::type1);
  EXPECT_EQ(type_in("SecondaryCaptureImageStorage", "ContentDate"), AttributeType::type3);
  EXPECT_EQ(type_in("SegmentationStorage", "ContentTime"), AttributeType::type1);
  EXPECT_EQ(type_in("ComprehensiveSRStorage", "ReferencedPerformedProcedureStepSequence"),
            AttributeType::type2);
  EXPECT_EQ(type_in("EnhancedCTImageStorage", "ReferencedPerformedProcedureStepSequence"),
            AttributeType::type1);
  EXPECT_EQ(type_in("PositronEmissionTomographyImageStorage", "SeriesDate"), AttributeType::type1);
  EXPECT_EQ(type_in("PositronEmissionTomographyImageStorage", "AcquisitionTime"),
            AttributeType::type2);
  EXPECT_EQ(type_in("RTPlanStorage", "RTPlanDate"), AttributeType::type2);
  EXPECT_EQ(type_in("RTPlanStorage", "OperatorsName"), AttributeType::type2);
  EXPECT_EQ(type_in("VLWholeSlideMicroscopyImageStorage", "BarcodeValue"), AttributeType::type2);
  EXPECT_EQ(type_in("GrayscaleSoftcopyPresentationStateStorage", "PresentationCreationDate"),
            AttributeType::type1);
}

TEST(AttributeType, IsUnknownInAnIodThatIsNotKnown) {
  const Tag date = *find_keyword("ContentDate");
  EXPECT_EQ(attribute_type(uid_of("RTPhysicianIntentStorage"), date), AttributeType::unknown);
  EXPECT_EQ(attribute_type("1.2.3", date), AttributeType::unknown);
  EXPECT_EQ(attribute_type("", date), AttributeType::unknown);
}

TEST(OftenBurnedIn, HoldsForScreenShotsAndUltrasoundButNotForSlices) {
  for (const std::string_view keyword :
       {"SecondaryCaptureImageStorage", "MultiFrameTrueColorSecondaryCaptureImageStorage",
        "UltrasoundImageStorage", "UltrasoundMultiFrameImageStorage", "EncapsulatedPDFStorage",
        "VLPhotographicImageStorage"})
    EXPECT_TRUE(often_burned_in(uid_of(keyword))) << keyword;
  for (const std::string_view keyword :
       {"CTImageStorage", "MRImageStorage", "RTStructureSetStorage"})
    EXPECT_FALSE(often_burned_in(uid_of(keyword))) << keyword;
  EXPECT_FALSE(often_burned_in(""));
}

TEST(DefinitionUid, IsAClassASyntaxOrASchemeAndNoInstance) {
  for (const std::string_view keyword :
       {"SOPClassUID", "ReferencedSOPClassUID", "TransferSyntaxUID", "CodingSchemeUID",
        "ContextUID", "MappingResourceUID", "ImplementationClassUID", "CreatorVersionUID",
        "AvailableTransferSyntaxUID", "SOPClassesInStudy"})
    EXPECT_TRUE(is_definition(keyword)) << keyword;
  for (const std::string_view keyword :
       {"SOPInstanceUID", "FrameOfReferenceUID", "SOPInstanceUIDOfConcatenationSource",
        "VolumeFrameOfReferenceUID", "AssertionUID", "RepositoryUniqueID", "HomeCommunityID",
        "MultiFrameSourceSOPInstanceUID", "PatientID"})
    EXPECT_FALSE(is_definition(keyword)) << keyword;
}

TEST(DefinitionUid, IsNoneThatTheStandardReplaces) {
  for (const TableRow& row : confidentiality_table())
    EXPECT_FALSE(is_definition_uid(row.tag)) << std::hex << row.tag.packed();
}

TEST(DefinitionUid, IsEveryAttributeNamedAfterASopClassOrATransferSyntax) {
  int classes = 0;
  for (const std::uint32_t group :
       {0x0000U, 0x0002U, 0x0004U, 0x0008U, 0x0034U, 0x0400U, 0x3010U}) {
    for (std::uint32_t element = 0; element < 0xA000; ++element) {
      const Tag tag = Tag::from(group << 16 | element);
      if (dictionary_vr(tag) != vr::kUI) continue;
      const std::string_view keyword = find_entry(tag)->keyword;
      if (keyword.find("SOPClass") == std::string_view::npos &&
          keyword.find("TransferSyntax") == std::string_view::npos)
        continue;
      EXPECT_TRUE(is_definition_uid(tag)) << keyword;
      ++classes;
    }
  }
  EXPECT_EQ(classes, 21);
}

}  // namespace
}  // namespace dcm::deid
