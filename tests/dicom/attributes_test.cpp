// SPDX-License-Identifier: MIT
#include "dicom/attributes.hpp"

#include <gtest/gtest.h>

#include "support/samples.hpp"

namespace dcm {
namespace {

using test::operator""_tag;

Attributes parse(const test::DataSet& data_set,
                 test::Encoding::Syntax syntax = test::Encoding::Syntax::explicit_le) {
  const std::string bytes = encode(data_set, {.syntax = syntax});
  Result<Attributes> attributes = Attributes::parse(as_bytes(bytes), test::encoding_of(syntax));
  if (!attributes) throw std::runtime_error("not parsed");
  return std::move(*attributes);
}

Errc code_of(std::string_view bytes) {
  const Result<Attributes> attributes = Attributes::parse(as_bytes(bytes), Encoding::explicit_le);
  return attributes ? Errc::ok : attributes.error().code;
}

test::DataSet answer() {
  return test::DataSet()
      .text(tags::kSpecificCharacterSet, vr::kCS, "ISO_IR 100")
      .text(tags::kModalitiesInStudy, vr::kCS, "CT\\MR ")
      .text(tags::kPatientName, vr::kPN, "M\xDCLLER^J\xD6RG")
      .text(tags::kPatientId, vr::kLO, " 12345 ")
      .text(tags::kStudyDescription, vr::kLO, "")
      .numbers(tags::kSeriesNumber, vr::kIS, {7})
      .numbers(0x00280010_tag, vr::kUS, {512})
      .text(0x00091001_tag, vr::kLO, "PRIVATE")
      .sequence(0x00081110_tag, {test::DataSet()
                                     .text(tags::kPatientId, vr::kLO, "NESTED")
                                     .text(tags::kModality, vr::kCS, "XX")});
}

TEST(Attributes, ReadsTopLevelTextInEveryEncoding) {
  for (const auto syntax :
       {test::Encoding::Syntax::implicit_le, test::Encoding::Syntax::explicit_le,
        test::Encoding::Syntax::explicit_be}) {
    const Attributes attributes = parse(answer(), syntax);
    EXPECT_EQ(attributes.text(tags::kPatientName), "M\xC3\x9CLLER^J\xC3\x96RG");
    EXPECT_EQ(attributes.text(tags::kPatientId), "12345");
    EXPECT_EQ(attributes.text(tags::kSeriesNumber), "7");
    EXPECT_EQ(attributes.values(tags::kModalitiesInStudy), (std::vector<std::string>{"CT", "MR"}));
  }
}

TEST(Attributes, TellsAbsentFromEmpty) {
  const Attributes attributes = parse(answer());
  EXPECT_TRUE(attributes.has(tags::kStudyDescription));
  EXPECT_EQ(attributes.text(tags::kStudyDescription), "");
  EXPECT_TRUE(attributes.values(tags::kStudyDescription).empty());
  EXPECT_FALSE(attributes.has(tags::kSeriesDescription));
  EXPECT_EQ(attributes.text(tags::kSeriesDescription), "");
  EXPECT_TRUE(attributes.values(tags::kSeriesDescription).empty());
}

TEST(Attributes, LeavesOutSequencesPrivateAndBinaryValues) {
  const Attributes attributes = parse(answer());
  EXPECT_FALSE(attributes.has(tags::kModality));
  EXPECT_FALSE(attributes.has(0x00081110_tag));
  EXPECT_FALSE(attributes.has(0x00091001_tag));
  EXPECT_FALSE(attributes.has(0x00280010_tag));
}

TEST(Attributes, NamesItsTagsAscending) {
  const std::vector<Tag> expected = {
      tags::kSpecificCharacterSet, tags::kModalitiesInStudy, tags::kStudyDescription,
      tags::kPatientName,          tags::kPatientId,         tags::kSeriesNumber};
  EXPECT_EQ(parse(answer()).all_tags(), expected);
}

TEST(Attributes, KeepsTheFirstOfTwo) {
  Attributes attributes;
  attributes.add(tags::kPatientId, vr::kLO, as_bytes("FIRST "));
  attributes.add(tags::kPatientId, vr::kLO, as_bytes("SECOND"));
  EXPECT_EQ(attributes.text(tags::kPatientId), "FIRST");
}

TEST(Attributes, ReadsAllSamples) {
  for (const test::Sample& sample : test::samples())
    EXPECT_TRUE(Attributes::parse(as_bytes(sample.bytes), sample.encoding)) << sample.name;
}

TEST(Attributes, RefusesWhatTheReaderRefuses) {
  EXPECT_EQ(code_of(test::from_hex("10 00 20 00 4C 4F 08 00 41")), Errc::truncated);
  EXPECT_EQ(code_of(test::from_hex("10 00 20 00 4C")), Errc::truncated);
  EXPECT_EQ(code_of(test::from_hex("10 00 20 00 00 00 00 00 00 00 00 00")), Errc::bad_vr);
}

TEST(Attributes, RefusesAnAnswerThatIsTooLarge) {
  const auto of_size = [](std::size_t size) {
    return encode(test::DataSet().text(0x0040A160_tag, vr::kUT, std::string(size, 'x')), {});
  };
  EXPECT_EQ(code_of(of_size(Attributes::kMaxBytes - 12)), Errc::ok);
  EXPECT_EQ(code_of(of_size(Attributes::kMaxBytes)), Errc::header_limit);
}

}  // namespace
}  // namespace dcm
