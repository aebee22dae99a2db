// SPDX-License-Identifier: MIT
#include "store/safe_name.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace dcm::store {
namespace {

std::string part(std::string_view text) { return safe_part(text, "unknown"); }

TEST(SafePart, NamesWhatOthersWroteAsTheTreeMayHoldIt) {
  struct Row {
    std::string_view text, name;
  };
  using namespace std::string_view_literals;
  const std::array rows{
      Row{"DOE1", "DOE1"},
      Row{"1.2.840.10008", "1.2.840.10008"},
      Row{"T1 axial", "T1_axial"},
      Row{"T1 / axial", "T1_axial"},
      Row{"T1 (post)", "T1_post_"},
      Row{" T1 ", "T1"},
      Row{"DOE^JOHN", "DOE_JOHN"},
      Row{"a__b", "a_b"},
      Row{"_a", "_a"},
      Row{"", "unknown"},
      Row{"   ", "unknown"},
      Row{"\0"sv, "unknown"},
      Row{".", "unknown"},
      Row{"..", "unknown"},
      Row{"...", "unknown"},
      Row{"../x", "_x"},
      Row{"../../../etc/passwd", "_.._.._etc_passwd"},
      Row{"/etc/x", "_etc_x"},
      Row{"..\\x", "_x"},
      Row{"C:\\x", "C_x"},
      Row{"a/", "a_"},
      Row{"/", "_"},
      Row{"a\0b"sv, "a_b"},
      Row{"a\nb", "a_b"},
      Row{"a\x1b[31mb", "a_31mb"},
      Row{"a\x7f"
          "b",
          "a_b"},
      Row{"-rf", "-rf"},
      Row{"~root", "_root"},
      Row{"$(id)", "_id_"},
      Row{"a;touch x", "a_touch_x"},
      Row{"%n%s%x", "_n_s_x"},
      Row{"*?<>|\"", "_"},
      Row{"name.", "name"},
      Row{"name. ", "name"},
      Row{".hidden", "hidden"},
      Row{".dicom-client", "dicom-client"},
      Row{"CON", "CON_"},
      Row{"con", "con_"},
      Row{"con.txt", "con_.txt"},
      Row{"NUL.tar.gz", "NUL_.tar.gz"},
      Row{"COM1", "COM1_"},
      Row{"lpt9", "lpt9_"},
      Row{"COM", "COM"},
      Row{"CONSOLE", "CONSOLE"},
      Row{"COM10", "COM10"},
      Row{"CONIN$", "CONIN_"},
      Row{"Mu\xCC\x88ller", "M\xC3\xBCller"},                       // NFD -> NFC
      Row{"M\xC3\xBCller", "M\xC3\xBCller"},                        // NFC stays
      Row{"\xE5\xB1\xB1\xE7\x94\xB0", "\xE5\xB1\xB1\xE7\x94\xB0"},  // kanji
      Row{"\xCE\xA3", "\xCE\xA3"},                                  // capital sigma
      Row{"a\xF0\x9F\x98\x80"
          "b",
          "a_b"},  // emoji
      Row{"a\xE2\x80\xAE"
          "b",
          "a_b"},  // right-to-left override
      Row{"a\xE2\x80\x8B"
          "b",
          "a_b"},                // zero width space
      Row{"\xE3\x85\xA4", "_"},  // Hangul filler: invisible
      Row{"a\xE2\x88\x95"
          "b",
          "a_b"},                               // division slash
      Row{"\xEF\xBC\x8E\xEF\xBC\x8E/x", "_x"},  // fullwidth dots
      Row{"a\xFF\xFE"
          "b",
          "a_b"},  // not UTF-8
      Row{"a\xC0\xAF"
          "b",
          "a_b"},  // overlong slash
      Row{"a\xED\xA0\x80"
          "b",
          "a_b"},              // lone surrogate
      Row{"a\xE2\x82", "a_"},  // cut character
  };
  for (const Row& row : rows)
    EXPECT_EQ(part(row.text), row.name) << testing::PrintToString(row.text);
}

TEST(SafePart, CutsAtACharacterAndNeverAboveTheLimit) {
  EXPECT_EQ(part(std::string(300, 'a')), std::string(64, 'a'));
  std::string umlauts = "a";
  for (int i = 0; i < 200; ++i) umlauts += "\xC3\xBC";
  EXPECT_EQ(part(umlauts).size(), 63U);
  EXPECT_EQ(part(std::string(63, 'a') + "." + "b"), std::string(63, 'a'));
  EXPECT_EQ(part("con." + std::string(100, 'x')).size(), 64U);
}

TEST(SafePart, OfAnyTwoBytesIsOneHarmlessComponent) {
  for (int first = 0; first < 256; ++first)
    for (int second = 0; second < 256; ++second) {
      const std::string text{static_cast<char>(first), static_cast<char>(second)};
      const std::string name = part(text);
      ASSERT_FALSE(name.empty());
      ASSERT_EQ(name.find_first_of(std::string_view("/\\\0\n\r\t :", 8)), std::string::npos);
      ASSERT_NE(name.front(), '.');
      ASSERT_NE(name.back(), '.');
      ASSERT_EQ(part(name), name) << first << " " << second;
    }
}

TEST(SafePart, OfManyMarksIsMadeInBoundedTime) {
  std::string marks = "a";
  for (int i = 0; i < 4'000'000; ++i) marks += i % 2 == 0 ? "\xCC\x88" : "\xCC\xA3";
  EXPECT_LE(part(marks).size(), kMaxPartBytes);
}

TEST(WrittenValue, IsTrimmedValidAndBounded) {
  using namespace std::string_view_literals;
  EXPECT_EQ(written_value(" DOE 1 "), "DOE 1");
  EXPECT_EQ(written_value("1.2.3\0"sv), "1.2.3");
  EXPECT_EQ(written_value("a\xFF"), "a\xEF\xBF\xBD");
  EXPECT_EQ(written_value(std::string(5000, 'a')).size(), kMaxValueBytes);
  EXPECT_EQ(written_value(std::string(5000, ' ')), "");
}

TEST(FoldedName, IsTheSameForNamesThatDifferOnlyInCaseOrComposition) {
  EXPECT_EQ(folded_name("Doe"), folded_name("DOE"));
  EXPECT_EQ(folded_name("M\xC3\x9Cller"), folded_name("mu\xCC\x88ller"));
  EXPECT_NE(folded_name("Doe"), folded_name("Doe_"));
}

}  // namespace
}  // namespace dcm::store
