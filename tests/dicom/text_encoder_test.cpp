// SPDX-License-Identifier: MIT
#include "dicom/text_encoder.hpp"

#include <gtest/gtest.h>

namespace dcm {
namespace {

std::string name_in(std::string_view character_set, std::string_view utf8) {
  return TextEncoder(character_set).encode(utf8, vr::kPN).value_or("none");
}

TEST(TextEncoder, WritesTheExamplesOfTheStandard) {
  // PS3.5 H.3.1, H.3.2, I.2 and K.2
  EXPECT_EQ(name_in("\\ISO 2022 IR 87", "Yamada^Tarou=山田^太郎=やまだ^たろう"),
            "Yamada^Tarou=\x1B$B;3ED\x1B(B^\x1B$BB@O:\x1B(B=\x1B$B$d$^$@\x1B(B^\x1B$B$?$m$&\x1B(B");
  EXPECT_EQ(name_in("ISO 2022 IR 13\\ISO 2022 IR 87", "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎"),
            "\xD4\xCF\xC0\xDE^\xC0\xDB\xB3=\x1B$B;3ED\x1B(J^\x1B$BB@O:\x1B(J");
  EXPECT_EQ(name_in("\\ISO 2022 IR 149", "Hong^Gildong=洪^吉洞=홍^길동"),
            "Hong^Gildong=\x1B$)C\xFB\xF3^\x1B$)C\xD1\xCE\xD4\xD7=\x1B$)C\xC8\xAB^\x1B$)C\xB1\xE6"
            "\xB5\xBF");
  EXPECT_EQ(name_in("\\ISO 2022 IR 58", "Zhang^XiaoDong=张^小东="),
            "Zhang^XiaoDong=\x1B$)A\xD5\xC5^\x1B$)A\xD0\xA1\xB6\xAB=");
  EXPECT_EQ(name_in("GB18030", "Wang^XiaoDong=王^小东"), "Wang^XiaoDong=\xCD\xF5^\xD0\xA1\xB6\xAB");
}

TEST(TextEncoder, WritesSingleByteSetsAndUtf8) {
  EXPECT_EQ(name_in("ISO_IR 100", "MÜSTER^JÖRG"), "M\xDCSTER^J\xD6RG");
  EXPECT_EQ(name_in("ISO_IR 126", "ΔΟΚΙΜΗ*"), "\xC4\xCF\xCA\xC9\xCC\xC7*");
  EXPECT_EQ(name_in("ISO_IR 144", "ЛЮК"), "\xBB\xCE\xBA");
  EXPECT_EQ(name_in("ISO_IR 13", "ﾔﾏﾀﾞ"), "\xD4\xCF\xC0\xDE");
  EXPECT_EQ(name_in("ISO_IR 192", "ZOË=テスト"), "ZOË=テスト");
  EXPECT_EQ(name_in("\\ISO 2022 IR 126", "A^ΔΟ"), "A^\x1B-F\xC4\xCF");
}

TEST(TextEncoder, SaysWhatASetCannotHold) {
  EXPECT_EQ(name_in("ISO_IR 100", "ΔΟΚΙΜΗ"), "none");
  EXPECT_EQ(name_in("ISO_IR 100", "A\xFF"), "none");
  EXPECT_EQ(name_in("", "MÜSTER"), "none");
  EXPECT_EQ(name_in("", "MUSTER"), "MUSTER");
  EXPECT_EQ(name_in("NONSENSE", "MÜSTER"), "none");
  EXPECT_EQ(name_in("\\ISO 2022 IR 87", "시험"), "none");
  EXPECT_FALSE(TextEncoder("ISO_IR 192").encode("MÜ", vr::kCS).has_value());
  EXPECT_EQ(TextEncoder("ISO_IR 192").encode("MR", vr::kCS), "MR");
}

TEST(TextEncoder, IsUndoneByReading) {
  for (const std::string_view set :
       {"ISO_IR 192", "GB18030", "\\ISO 2022 IR 87", "\\ISO 2022 IR 58", "\\ISO 2022 IR 149"}) {
    const std::string text = "A 三 B=三^B三*";
    const auto bytes = TextEncoder(set).encode(text, vr::kPN);
    ASSERT_TRUE(bytes.has_value()) << set;
    EXPECT_EQ(to_utf8(*bytes, CharacterSets::parse(set), vr::kPN), text) << set;
  }
}

}  // namespace
}  // namespace dcm
