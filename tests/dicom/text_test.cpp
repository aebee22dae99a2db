// SPDX-License-Identifier: MIT
#include "dicom/text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace dcm {
namespace {

using namespace std::string_view_literals;

TEST(Text, TrimsPaddingOnBothEnds) {
  EXPECT_EQ(trim("  A B \0\0"sv), "A B");
  EXPECT_EQ(trim("A"), "A");
  EXPECT_EQ(trim(" \0 "sv), "");
  EXPECT_EQ(trim(""), "");
  EXPECT_EQ(trim("\tA"), "\tA");
}

TEST(Text, FoldRemovesCaseAndAccents) {
  EXPECT_EQ(fold("DOE^John"), "doe^john");
  EXPECT_EQ(fold("MÜSTER Zoë"), "muster zoe");
  EXPECT_EQ(fold("Mu\u0308ster"), "muster");  // decomposed
  EXPECT_EQ(fold("Straße"), "strasse");
  EXPECT_EQ(fold("Łódź Øre Đa"), "lodz ore da");
  EXPECT_EQ(fold("ΔΟΚΙΜΉ"), "δοκιμη");
  EXPECT_EQ(fold("Ёлка"), "елка");
  EXPECT_EQ(fold("שָׁלוֹם"), "שלום");
  EXPECT_EQ(fold("مُحَمَّد"), "محمد");
}

TEST(Text, FoldJoinsWidths) {
  EXPECT_EQ(fold("ＤＯＥ"), "doe");
  EXPECT_EQ(fold("ﾊﾅｺ"), "ハナコ");
}

TEST(Text, FoldKeepsMarksThatMakeOtherWords) {
  EXPECT_NE(fold("が"), fold("か"));
  EXPECT_EQ(fold("홍길동"), "홍길동");
  EXPECT_NE(fold("กำ"), fold("กา"));
}

TEST(Text, NfcMakesEqualLettersEqualBytes) {
  EXPECT_EQ(nfc("u\u0308"), "ü");
  EXPECT_EQ(nfc("ü"), "ü");
  EXPECT_EQ(nfc("A\xFF"), "A\uFFFD");
  EXPECT_EQ(nfc("\0A"sv), "\0A"sv);
}

TEST(Text, WildcardsMatchRunsAndSingleCharacters) {
  EXPECT_TRUE(wildcard_match("DOE*", "DOE^JOHN"));
  EXPECT_TRUE(wildcard_match("*", ""));
  EXPECT_TRUE(wildcard_match("", ""));
  EXPECT_TRUE(wildcard_match("D?E", "DOE"));
  EXPECT_TRUE(wildcard_match("*a*b*c", "xaybzbc"));
  EXPECT_TRUE(wildcard_match("?", "ü"));
  EXPECT_FALSE(wildcard_match("DOE", "DOE^JOHN"));
  EXPECT_FALSE(wildcard_match("DO?", "DO"));
  EXPECT_FALSE(wildcard_match("", "A"));
  EXPECT_FALSE(wildcard_match("*a*b", "ba"));
  EXPECT_FALSE(wildcard_match("doe", "DOE"));
}

TEST(Text, WildcardsTakeNoExponentialTime) {
  std::string pattern;
  for (int i = 0; i < 50; ++i) pattern += "*a";
  EXPECT_FALSE(wildcard_match(pattern + "b", std::string(5000, 'a')));
}

TEST(Text, TransliterationWritesUmlautsWithTwoLetters) {
  EXPECT_EQ(transliterate("MÜLLER"), "MUELLER");
  EXPECT_EQ(transliterate("Sørensen Åse Æneas"), "Soerensen AAse AEneas");
  EXPECT_EQ(transliterate("U\u0308"), "UE");
  EXPECT_EQ(transliterate("Éva Łódź 試験"), "Éva Łódź 試験");
}

TEST(Text, LooseMatchesTakeTransliterationsOnEitherSide) {
  for (const char* typed : {"müller", "MÜLLER", "muller", "Mueller"})
    EXPECT_TRUE(loosely_matches(typed, "Müller")) << typed;
  EXPECT_TRUE(loosely_matches("müller", "MUELLER"));
  EXPECT_TRUE(loosely_matches("müller", "MULLER"));
  EXPECT_TRUE(loosely_matches("straße", "STRASSE"));
  EXPECT_TRUE(loosely_matches("m*er", "Müller"));
  EXPECT_FALSE(loosely_matches("mueller", "MULLER"));
  EXPECT_FALSE(loosely_matches("muller", "MUELLER"));
  EXPECT_FALSE(loosely_matches("müller", "MILLER"));
}

TEST(Text, PrintableReplacesWhatHarmsATerminal) {
  EXPECT_EQ(printable("DOE^JOHN Müster 王 \\"), "DOE^JOHN Müster 王 \\");
  EXPECT_EQ(printable("\x1B[2J"), "\uFFFD[2J");
  EXPECT_EQ(printable("a\r\nb\tc\0d"sv), "a\uFFFD\uFFFDb\uFFFDc\uFFFDd");
  EXPECT_EQ(printable("\x7F"), "\uFFFD");
  EXPECT_EQ(printable("\u009B"
                      "2J"),
            "\uFFFD"
            "2J");  // C1 control sequence introducer
  EXPECT_EQ(printable("a\u202Eb\u2066c\u200Fd\u061Ce"), "a\uFFFDb\uFFFDc\uFFFDd\uFFFDe");
  EXPECT_EQ(printable("a\u2028b\u2029c"), "a\uFFFDb\uFFFDc");
  EXPECT_EQ(printable("a\xFF"
                      "b\x9B"
                      "c\xC3"),
            "a\uFFFDb\uFFFDc\uFFFD");
  EXPECT_EQ(printable("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");        // a surrogate
  EXPECT_EQ(printable("\u0645\u200C\u0627"), "\u0645\u200C\u0627");  // a joiner that Persian needs
}

TEST(Text, DisplayWidthCountsColumns) {
  EXPECT_EQ(display_width(""), 0U);
  EXPECT_EQ(display_width("DOE"), 3U);
  EXPECT_EQ(display_width("Müster"), 6U);
  EXPECT_EQ(display_width("Mu\u0308ster"), 6U);
  EXPECT_EQ(display_width("王小东"), 6U);
  EXPECT_EQ(display_width("ｼｹﾝ"), 3U);
  EXPECT_EQ(display_width("a\uFFFD"), 2U);
}

TEST(Text, EditDistanceCountsChanges) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
  EXPECT_EQ(edit_distance("same", "same"), 0U);
}

}  // namespace
}  // namespace dcm
