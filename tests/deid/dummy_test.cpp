// SPDX-License-Identifier: MIT
#include "deid/dummy.hpp"

#include <gtest/gtest.h>
#include <regex.h>

#include <string_view>
#include <utility>

#include "dicom/date.hpp"

namespace dcm::deid {
namespace {

constexpr Tag kAny{0x0009, 0x1001};
constexpr Tag kEncapsulatedDocument{0x0042, 0x0011};

std::string dummy(Vr vr, std::size_t length = 10) { return dummy_value(kAny, vr, length); }

bool is(Vr vr, const std::string& pattern) {
  regex_t compiled{};
  if (::regcomp(&compiled, ("^(" + pattern + ")$").c_str(), REG_EXTENDED | REG_NOSUB) != 0)
    return false;
  const bool matches = ::regexec(&compiled, dummy(vr).c_str(), 0, nullptr, 0) == 0;
  ::regfree(&compiled);
  return matches;
}

// The patterns are what PS3.5 6.2 allows, padding included.

TEST(DummyValue, IsValidForEachTextVr) {
  EXPECT_TRUE(is(vr::kAE, "[!-~]{1,16} ?"));
  EXPECT_TRUE(is(vr::kAS, "[0-9]{3}[DWMY]"));
  EXPECT_TRUE(is(vr::kCS, "[A-Z0-9_ ]{1,16}"));
  EXPECT_TRUE(is(vr::kDS, "[0-9]{1,16} ?"));
  EXPECT_TRUE(is(vr::kDT, "[0-9]{14}"));
  EXPECT_TRUE(is(vr::kIS, "[0-9]{1,12} ?"));
  EXPECT_TRUE(is(vr::kTM, "([01][0-9]|2[0-3])[0-5][0-9][0-5][0-9]"));
  EXPECT_TRUE(is(vr::kUR, "[a-z]+:[a-z]+ ?"));
  EXPECT_TRUE(is(vr::kPN, "[A-Z]{1,64} ?"));
  for (const Vr vr : {vr::kLO, vr::kLT, vr::kSH, vr::kST, vr::kUC, vr::kUT})
    EXPECT_TRUE(is(vr, "[A-Z]{1,16} ?"));
}

TEST(DummyValue, IsADayOfTheCalendar) {
  EXPECT_TRUE(parse_da(dummy(vr::kDA)));
  EXPECT_TRUE(parse_da(dummy(vr::kDT).substr(0, 8)));
}

TEST(DummyValue, IsEvenAndNeverEmptyWhateverTheVrAndLength) {
  for (const Vr vr :
       {vr::kAE, vr::kAS, vr::kAT, vr::kCS, vr::kDA, vr::kDS,      vr::kDT, vr::kFD, vr::kFL,
        vr::kIS, vr::kLO, vr::kLT, vr::kOB, vr::kOD, vr::kOF,      vr::kOL, vr::kOV, vr::kOW,
        vr::kPN, vr::kSH, vr::kSL, vr::kSS, vr::kST, vr::kSV,      vr::kTM, vr::kUC, vr::kUL,
        vr::kUN, vr::kUR, vr::kUS, vr::kUT, vr::kUV, make_vr("ZZ")}) {
    for (const std::size_t length : {0UL, 1UL, 2UL, 7UL, 100UL, 65535UL, 65536UL, ~0UL}) {
      for (const Tag tag : {kAny, kEncapsulatedDocument}) {
        const std::string value = dummy_value(tag, vr, length);
        EXPECT_FALSE(value.empty()) << static_cast<int>(vr);
        EXPECT_EQ(value.size() % 2, 0U) << static_cast<int>(vr);
        EXPECT_LE(value.size(), 65536U) << static_cast<int>(vr);
      }
    }
  }
}

TEST(DummyValue, IsAsManyZerosForBinaryVrs) {
  EXPECT_EQ(dummy(vr::kOB, 6), std::string(6, '\0'));
  EXPECT_EQ(dummy(vr::kOB, 7), std::string(8, '\0'));
  EXPECT_EQ(dummy(vr::kUN, 12), std::string(12, '\0'));
  EXPECT_EQ(dummy(vr::kUS, 4), std::string(4, '\0'));
  EXPECT_EQ(dummy(vr::kOW, 1'000'000), std::string(65536, '\0'));
}

TEST(DummyValue, HoldsWholeValuesOfBinaryVrs) {
  const std::pair<Vr, std::size_t> units[] = {
      {vr::kUS, 2}, {vr::kSS, 2}, {vr::kOW, 2}, {vr::kAT, 4}, {vr::kFL, 4},
      {vr::kSL, 4}, {vr::kUL, 4}, {vr::kOF, 4}, {vr::kOL, 4}, {vr::kFD, 8},
      {vr::kSV, 8}, {vr::kUV, 8}, {vr::kOD, 8}, {vr::kOV, 8}};
  for (const auto& [vr, unit] : units) {
    EXPECT_EQ(dummy(vr, 0).size(), unit);
    EXPECT_EQ(dummy(vr, 3 * unit).size(), 3 * unit);
    EXPECT_EQ(dummy(vr, 3 * unit - 1).size(), 3 * unit);
  }
}

TEST(DummyValue, OfAnEncapsulatedDocumentIsAPdf) {
  const std::string pdf = dummy_value(kEncapsulatedDocument, vr::kOB, 100'000);
  EXPECT_EQ(pdf.substr(0, 9), "%PDF-1.4\n");
  EXPECT_NE(pdf.find("\n%%EOF\n"), std::string::npos);
  const std::size_t table = std::stoul(pdf.substr(pdf.find("startxref\n") + 10));
  ASSERT_EQ(pdf.substr(table, 9), "xref\n0 4\n");
  for (std::size_t i = 1; i <= 3; ++i) {
    const std::string entry = pdf.substr(table + 9 + 20 * i, 20);
    EXPECT_EQ(entry.substr(10), " 00000 n \n");
    const std::string head = std::to_string(i) + " 0 obj\n";
    EXPECT_EQ(pdf.substr(std::stoul(entry), head.size()), head);
  }
  EXPECT_EQ(pdf.substr(table + 9 + 80, 8), "trailer\n");
}

}  // namespace
}  // namespace dcm::deid
