// SPDX-License-Identifier: MIT
#include "base/utf8.hpp"

#include <gtest/gtest.h>
#include <utf8proc.h>

namespace dcm {
namespace {

TEST(Utf8, TakesCharactersOneByOne) {
  std::string_view rest = "a\u00FC\u8A66\U0001F600";
  std::u32string codes;
  while (!rest.empty()) codes.push_back(take_code_point(rest));
  EXPECT_EQ(codes, U"a\u00FC\u8A66\U0001F600");
}

TEST(Utf8, CountsEachByteThatIsNotValidAsAReplacement) {
  EXPECT_EQ(valid_utf8("a\xFF\xC3"), "a\uFFFD\uFFFD");
  EXPECT_EQ(valid_utf8("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");  // a surrogate
  EXPECT_EQ(valid_utf8("\u8A66"), "\u8A66");
  EXPECT_EQ(valid_utf8(""), "");
}

TEST(Utf8, MapsAsUtf8procDoes) {
  EXPECT_EQ(map_utf8("U\u0308", UTF8PROC_STABLE | UTF8PROC_COMPOSE), "\u00DC");
  EXPECT_EQ(map_utf8("\u00DC", UTF8PROC_CASEFOLD), "\u00FC");
  EXPECT_EQ(map_utf8("", UTF8PROC_COMPOSE), "");
}

}  // namespace
}  // namespace dcm
