// SPDX-License-Identifier: MIT
#include "deid/sr_concepts.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace dcm::deid {
namespace {

const ConceptRow& row_of(std::string_view code, std::string_view scheme) {
  const ConceptRow* row = find_concept(code, scheme);
  if (row == nullptr) throw std::runtime_error("no row for " + std::string(code));
  return *row;
}

TEST(SrConcepts, SaysWhatTheStandardSays) {
  EXPECT_EQ(row_of("121029", "DCM").basic, Code::D);  // Subject Name
  EXPECT_TRUE(row_of("121029", "DCM").keeps.empty());
  EXPECT_EQ(row_of("121022", "DCM").basic, Code::X);  // Accession Number
  EXPECT_EQ(row_of("121071", "DCM").basic, Code::X_D);
  EXPECT_EQ(row_of("121071", "DCM").cleans,
            (OptionSet{Option::clean_descriptors, Option::clean_structured_content}));
  EXPECT_EQ(row_of("113809", "DCM").keeps, OptionSet{Option::retain_full_dates});
  EXPECT_EQ(row_of("113809", "DCM").cleans, OptionSet{Option::retain_modified_dates});
  EXPECT_EQ(row_of("121012", "DCM").keeps,
            (OptionSet{Option::retain_uids, Option::retain_device_identity}));
  EXPECT_EQ(row_of("113873", "DCM").keeps, OptionSet{Option::retain_institution_identity});
  EXPECT_EQ(row_of("121032", "DCM").keeps, OptionSet{Option::retain_patient_characteristics});
  EXPECT_EQ(row_of("11778-8", "LN").basic, Code::X);
  EXPECT_EQ(row_of("15", "NCDR [2.0b]").basic, Code::X);
  EXPECT_EQ(sr_concepts_edition(), "2020c");
}

TEST(SrConcepts, TakesRowsOfOneConceptTogether) {
  const ConceptRow& report = row_of("371524004", "SCT");  // X as COMPOSITE and as TEXT
  EXPECT_EQ(report.basic, Code::X);
  EXPECT_EQ(report.keeps, OptionSet{Option::retain_uids});
  EXPECT_TRUE(report.cleans.has(Option::clean_structured_content));
  EXPECT_EQ(row_of("121112", "DCM").basic, Code::D);  // D as IMAGE, X as WAVEFORM
}

TEST(SrConcepts, KnowsTheRetiredFormsOfSnomed) {
  const ConceptRow* site = find_concept("363698007", "SCT");
  ASSERT_NE(site, nullptr);
  for (const std::string_view scheme : {"SRT", "SNM3", "99SDM"}) {
    ASSERT_NE(find_concept("G-C0E3", scheme), nullptr) << scheme;
    EXPECT_EQ(find_concept("G-C0E3", scheme)->basic, site->basic);
  }
  EXPECT_EQ(find_concept("G-C0E3", "SCT"), nullptr);
  EXPECT_EQ(find_concept("363698007", "SRT"), nullptr);
}

TEST(SrConcepts, TrimsPadding) {
  EXPECT_EQ(find_concept("121029 ", " DCM"), find_concept("121029", "DCM"));
}

TEST(SrConcepts, HoldsForNothingElse) {
  EXPECT_EQ(find_concept("121029", "99LOCAL"), nullptr);
  EXPECT_EQ(find_concept("121029", "LN"), nullptr);
  EXPECT_EQ(find_concept("12102", "DCM"), nullptr);
  EXPECT_EQ(find_concept("", ""), nullptr);
  EXPECT_EQ(find_concept("-", "SRT"), nullptr);
}

// Of the 206 rows 182 are of DCM; eight of them name a concept again, for another value type.
TEST(SrConcepts, HasTheConceptsOfTheStandard) {
  int dcm = 0;
  for (int code = 100000; code < 130000; ++code)
    if (find_concept(std::to_string(code), "DCM") != nullptr) ++dcm;
  EXPECT_EQ(dcm, 182 - 8);
}

TEST(PublicSchemes, AreThoseThatAnybodyCanLookUp) {
  for (const std::string_view scheme :
       {"DCM", "SCT", "SRT", "SNM3", "99SDM", "LN", "UCUM", "RADLEX", "FMA", "UMLS", "NCIt", "I10",
        "ICD10", "ICDO3", "BI", "MDC", "DCM ", "NCDR [2.0b]"})
    EXPECT_TRUE(is_public_scheme(scheme)) << scheme;
  for (const std::string_view scheme : {"99LOCAL", "99GEHC", "L", "", "DC", "LOCAL", "dcm"})
    EXPECT_FALSE(is_public_scheme(scheme)) << scheme;
}

TEST(PublicSchemes, AreAllThatTheStandardNamesConceptsIn) {
  for (const std::string_view scheme : {"DCM", "SCT", "LN", "NCDR [2.0b]", "NCIt", "UMLS"})
    EXPECT_TRUE(is_public_scheme(scheme)) << scheme;
}

}  // namespace
}  // namespace dcm::deid
