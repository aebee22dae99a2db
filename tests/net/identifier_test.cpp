// SPDX-License-Identifier: MIT
#include "net/identifier.hpp"

#include <gtest/gtest.h>

#include <string>

#include "base/bytes.hpp"

namespace dcm::net {
namespace {

using namespace std::string_literals;

std::string encoded(const Query& query, Encoding encoding) {
  const auto bytes = encode_identifier(query, encoding);
  return bytes ? std::string(as_text(*bytes)) : "failed";
}

const Query kQuery{QueryModel::study_root,
                   QueryLevel::series,
                   {{tags::kStudyInstanceUid, vr::kUI, "1.2"},
                    {tags::kSpecificCharacterSet, vr::kCS, ""},
                    {tags::kPatientName, vr::kPN, "DOE"}}};

TEST(Identifier, SortsPadsAndAddsTheLevelInExplicitVr) {
  EXPECT_EQ(encoded(kQuery, Encoding::explicit_le),
            "\x08\0\x05\0"
            "CS\0\0"
            "\x08\0\x52\0"
            "CS\x06\0SERIES"
            "\x10\0\x10\0"
            "PN\x04\0DOE "
            "\x20\0\x0D\0"
            "UI\x04\0001.2\0"s);
}

TEST(Identifier, SortsPadsAndAddsTheLevelInImplicitVr) {
  EXPECT_EQ(encoded(kQuery, Encoding::implicit_le),
            "\x08\0\x05\0\0\0\0\0"
            "\x08\0\x52\0\x06\0\0\0SERIES"
            "\x10\0\x10\0\x04\0\0\0DOE "
            "\x20\0\x0D\0\x04\0\0\0001.2\0"s);
}

TEST(Identifier, GivesLongVrsTheirReservedBytes) {
  const Query query{QueryModel::study_root, QueryLevel::study, {{{0x0008, 0x0120}, vr::kUR, ""}}};
  EXPECT_EQ(encoded(query, Encoding::explicit_le),
            "\x08\0\x52\0"
            "CS\x06\0STUDY "
            "\x08\0\x20\x01"
            "UR\0\0\0\0\0\0"s);
}

TEST(Identifier, TheLevelOfTheQueryWinsOverAKey) {
  const Query query{
      QueryModel::study_root, QueryLevel::image, {{tags::kQueryRetrieveLevel, vr::kCS, "STUDY"}}};
  EXPECT_EQ(encoded(query, Encoding::implicit_le), "\x08\0\x52\0\x06\0\0\0IMAGE "s);
}

TEST(Identifier, RefusesAValueThatItsLengthCannotTell) {
  const Query query{QueryModel::study_root,
                    QueryLevel::image,
                    {{tags::kSopInstanceUid, vr::kUI, std::string(65535, '1')}}};
  const auto bytes = encode_identifier(query, Encoding::explicit_le);
  ASSERT_FALSE(bytes);
  EXPECT_EQ(bytes.error().code, Errc::internal);
}

}  // namespace
}  // namespace dcm::net
