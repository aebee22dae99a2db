// SPDX-License-Identifier: MIT
#include "dicom/character_set.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace dcm {
namespace {

using Values = std::vector<std::string>;

std::string name(std::string_view sets, std::string_view bytes) {
  return to_utf8(bytes, CharacterSets::parse(sets), vr::kPN);
}

TEST(CharacterSet, ConvertsEachSingleByteSet) {
  EXPECT_EQ(name("ISO_IR 100", "M\xFCster^Zo\xEB"), "Müster^Zoë");
  EXPECT_EQ(name("ISO_IR 101", "Now\xE1k^\xA3ucja"), "Nowák^Łucja");
  EXPECT_EQ(name("ISO_IR 109", "\xA6\xE9"), "Ĥé");
  EXPECT_EQ(name("ISO_IR 110", "\xAA\xE7"), "Ēį");
  EXPECT_EQ(name("ISO_IR 126", "\xC4\xEF\xEA\xE9\xEC\xDE^\xCD\xDF\xEA\xE7"), "Δοκιμή^Νίκη");
  EXPECT_EQ(name("ISO_IR 127", "\xE5\xCB\xC7\xE4^\xD3\xC7\xD1\xC9"), "مثال^سارة");
  EXPECT_EQ(name("ISO_IR 138", "\xE3\xE5\xE2\xEE\xE4^\xE3\xF0\xE4"), "דוגמה^דנה");
  EXPECT_EQ(name("ISO_IR 144", "\xBF\xE0\xDE\xD1\xDD\xEB\xD9^\xB8\xD2\xD0\xDD"), "Пробный^Иван");
  EXPECT_EQ(name("ISO_IR 148", "\xD6rnek^I\xFE\xFDl"), "Örnek^Işıl");
  EXPECT_EQ(name("ISO_IR 203", "\xBCuvre^\xA4"), "Œuvre^€");
  EXPECT_EQ(name("ISO_IR 166", "\xB7\xB4\xCA\xCD\xBA"), "ทดสอบ");
  EXPECT_EQ(name("ISO_IR 13", "\xBC\xB9\xDD^\xCA\xC5\xBA"), "ｼｹﾝ^ﾊﾅｺ");
}

TEST(CharacterSet, ConvertsWholeEncodings) {
  EXPECT_EQ(name("ISO_IR 192", "M\xC3\xBCster^Zo\xC3\xAB"), "Müster^Zoë");
  EXPECT_EQ(name("GB18030", "\xCD\xF5^\xD0\xA1\xB6\xAB"), "王^小东");
  EXPECT_EQ(name("GBK", "\xCD\xF5^\xD0\xA1\xB6\xAB"), "王^小东");
  EXPECT_EQ(name("GB18030", "\x81\x30\x81\x30"), "\u0080");  // four bytes
}

TEST(CharacterSet, JapaneseNameWithThreeGroups) {
  EXPECT_EQ(name("\\ISO 2022 IR 87",
                 "SHIKEN^HANAKO="
                 "\x1B$B;n83\x1B(B^\x1B$B2V;R\x1B(B="       // JIS X 0208: kanji
                 "\x1B$B$7$1$s\x1B(B^\x1B$B$O$J$3\x1B(B"),  // and kana
            "SHIKEN^HANAKO=試験^花子=しけん^はなこ");
}

TEST(CharacterSet, JapaneseNameWithHalfWidthKatakana) {
  EXPECT_EQ(name("ISO 2022 IR 13\\ISO 2022 IR 87",
                 "\xBC\xB9\xDD^\xCA\xC5\xBA="           // JIS X 0201, designated first
                 "\x1B$B;n83\x1B(J^\x1B$B2V;R\x1B(J"),  // back to its Roman half
            "ｼｹﾝ^ﾊﾅｺ=試験^花子");
}

TEST(CharacterSet, JapaneseSupplementaryKanji) {
  EXPECT_EQ(name("\\ISO 2022 IR 87\\ISO 2022 IR 159", "\x1B$(D0!\x1B(B^\x1B$B2V\x1B(B"), "丂^花");
}

TEST(CharacterSet, HalfOfAKanjiIsNoBackslash) {
  EXPECT_EQ(split_values("\x1B$BP\\\x1B(B\\ABC", CharacterSets::parse("\\ISO 2022 IR 87"), vr::kLO),
            (Values{"俑", "ABC"}));
}

TEST(CharacterSet, KoreanName) {
  EXPECT_EQ(name("\\ISO 2022 IR 149",
                 "HONG^GILDONG="
                 "\x1B$)C\xC8\xAB^"  // KS X 1001 in G1 ends at ^
                 "\x1B$)C\xB1\xE6\xB5\xBF"),
            "HONG^GILDONG=홍^길동");
}

TEST(CharacterSet, ChineseNameWithCodeExtensions) {
  EXPECT_EQ(name("\\ISO 2022 IR 58", "WANG^XIAODONG=\x1B$)A\xCD\xF5^\x1B$)A\xD0\xA1\xB6\xAB"),
            "WANG^XIAODONG=王^小东");
}

TEST(CharacterSet, SeveralSingleByteSetsInOneValue) {
  EXPECT_EQ(name("ISO 2022 IR 6\\ISO 2022 IR 100\\ISO 2022 IR 126\\ISO 2022 IR 144",
                 "M\x1B-A\xFC^\x1B-F\xCD\xDF^\x1B-L\xB8\xD2"),
            "Mü^Νί^Ив");
}

TEST(CharacterSet, DesignationsEndAtDelimiters) {
  const auto sets = CharacterSets::parse("ISO 2022 IR 100\\ISO 2022 IR 126");
  const std::string_view greek = "\x1B-F\xC4";  // then E9, which is iota in Greek, e acute in Latin
  const auto after = [&](std::string_view delimiter, Vr vr) {
    return to_utf8(std::string(greek) + std::string(delimiter) + "\xE9", sets, vr);
  };
  for (const char* delimiter : {"\r\n", "\n", "\t", "\f"})
    EXPECT_EQ(after(delimiter, vr::kLT), "Δ" + std::string(delimiter) + "é");
  EXPECT_EQ(after("\\", vr::kLO), "Δ\\é");
  EXPECT_EQ(after("\\", vr::kST), "Δ\\ι");
  EXPECT_EQ(after("\\", vr::kLT), "Δ\\ι");
  EXPECT_EQ(after("\\", vr::kUT), "Δ\\ι");
  EXPECT_EQ(after("^", vr::kPN), "Δ^é");
  EXPECT_EQ(after("=", vr::kPN), "Δ=é");
  EXPECT_EQ(after("^", vr::kLO), "Δ^ι");
  EXPECT_EQ(after("=", vr::kLO), "Δ=ι");
  EXPECT_EQ(after(" ", vr::kPN), "Δ ι");
}

TEST(CharacterSet, UnderstandsMisspeltTerms) {
  for (const char* term : {"ISO-IR 100", "ISO_IR_100", "ISO IR 100", "ISO_IR100", "iso_ir 100",
                           " ISO_IR 100 ", "ISO 2022 IR 100", "ISO 2022 IR 6\\ISO 2022 IR 100",
                           "\\ISO_IR 100", "ISO2022 IR 100", "ISO 2022-IR-100"})
    EXPECT_EQ(name(term, "\xFC"), "ü") << term;
  for (const char* term : {"ISO IR 192", "ISO_IR_192", "iso-ir 192", "UTF-8", "\\ISO_IR 192"})
    EXPECT_EQ(name(term, "\xC3\xBC"), "ü") << term;
}

TEST(CharacterSet, UsesTheFallbackOnlyWhereNothingIsSaid) {
  const auto convert = [](std::string_view sets) {
    return to_utf8("\xFC", CharacterSets::parse(sets, "ISO_IR 100"), vr::kLO);
  };
  EXPECT_EQ(convert(""), "ü");
  EXPECT_EQ(convert("ISO_IR 6"), "ü");
  EXPECT_EQ(convert("ISO_IR 9999"), "ü");
  EXPECT_EQ(convert("ISO_IR 144"), "ќ");
  EXPECT_EQ(convert("ISO_IR 192"), "\uFFFD");
}

TEST(CharacterSet, WhatCannotBeDecodedBecomesReplacements) {
  EXPECT_EQ(name("", "M\xFC^A"), "M\uFFFD^A");
  EXPECT_EQ(name("ISO_IR 192",
                 "A\xC3"
                 "B\xFF"),
            "A\uFFFDB\uFFFD");
  EXPECT_EQ(name("ISO_IR 192", "A\xE4\xB8"), "A\uFFFD\uFFFD");  // cut inside a character
  EXPECT_EQ(name("ISO_IR 126", "\xFF\xC4"), "\uFFFDΔ");
  EXPECT_EQ(name("GB18030", "\xCD\xF5\xCD"), "王\uFFFD");
  EXPECT_EQ(name("\\ISO 2022 IR 149", "\x1B$)C\xC8\xAB\xC8"), "홍\uFFFD");
  EXPECT_EQ(name("\\ISO 2022 IR 87", "\x1B$B2V;\x1B(B"), "花\uFFFD");
  EXPECT_EQ(name("\\ISO 2022 IR 87", "A\x1BZ\x1B"), "A\uFFFDZ\uFFFD");
}

TEST(CharacterSet, ALongTextIsConvertedWhole) {
  std::string bytes;
  std::string expected;
  for (int i = 0; i < 5000; ++i) {
    bytes += "\xC8\xAB";
    expected += "홍";
  }
  EXPECT_EQ(to_utf8(bytes, CharacterSets::parse("ISO 2022 IR 149"), vr::kLT), expected);
}

TEST(CharacterSet, OtherVrsAreAscii) {
  const auto sets = CharacterSets::parse("ISO_IR 100");
  EXPECT_EQ(to_utf8("A\xFC", sets, vr::kCS), "A\uFFFD");
  EXPECT_EQ(to_utf8("A\xFC", sets, vr::kSH), "Aü");
  EXPECT_EQ(to_utf8("A\xFC", sets, vr::kUC), "Aü");
  EXPECT_EQ(to_utf8("1.2\\3", sets, vr::kUI), "1.2\\3");
}

TEST(CharacterSet, ABackslashInsideAChineseCharacterSplitsNothing) {
  for (const char* set : {"GB18030", "GBK"})
    EXPECT_EQ(split_values("\xE5\\\xCD\xF5\\A", CharacterSets::parse(set), vr::kLO),  // E5 5C
              (Values{"錦王", "A"}))
        << set;
}

TEST(CharacterSet, KnowsTermsFromOtherText) {
  for (const char* value : {"", "ISO_IR 100", "ISO_IR 192 ", "\\ISO 2022 IR 87", "GB18030", "utf8",
                            "ISO 2022 IR 6\\ISO 2022 IR 149"})
    EXPECT_TRUE(CharacterSets::are_terms(value)) << value;
  for (const char* value : {"DOE^JOHN", "ISO_IR 100\\DOE", "ISO_IR 999", "100 DOE"})
    EXPECT_FALSE(CharacterSets::are_terms(value)) << value;
}

TEST(CharacterSet, SplitsIntoAllValuesEvenEmptyOnes) {
  const CharacterSets ascii;
  EXPECT_EQ(split_values("", ascii, vr::kLO), Values{});
  EXPECT_EQ(split_values("A", ascii, vr::kLO), Values{"A"});
  EXPECT_EQ(split_values("A\\\\B\\", ascii, vr::kLO), (Values{"A", "", "B", ""}));
  EXPECT_EQ(split_values("A\\B", ascii, vr::kLT), Values{"A\\B"});
  EXPECT_EQ(split_values("A\\B", ascii, vr::kUR), Values{"A\\B"});
}

TEST(CharacterSet, CopiesConvertOnTheirOwn) {
  auto first = CharacterSets::parse("ISO_IR 144");
  EXPECT_EQ(to_utf8("\xB8", first, vr::kLO), "И");
  const CharacterSets second = first;
  first = CharacterSets::parse("ISO_IR 126");
  EXPECT_EQ(to_utf8("\xC4", first, vr::kLO), "Δ");
  EXPECT_EQ(to_utf8("\xB8", second, vr::kLO), "И");
}

}  // namespace
}  // namespace dcm
