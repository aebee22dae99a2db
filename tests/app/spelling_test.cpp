// SPDX-License-Identifier: MIT
#include "app/spelling.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace dcm::app {
namespace {

using Words = std::vector<std::string>;

Words patterns(std::string_view typed, Surroundings surroundings = Surroundings::open) {
  return name_patterns(typed, NameOrder::family_first, surroundings).keys;
}

bool holds(const Words& words, std::string_view wanted) {
  return std::find(words.begin(), words.end(), wanted) != words.end();
}

TEST(Spelling, NamesBeyondAsciiAreAlsoSpelledWithoutAccentsAndTransliterated) {
  const Words spelled = name_spellings("müller jörg", NameOrder::family_first);
  for (const char* wanted : {"MÜLLER^JÖRG*", "müller^jörg*", "Müller^Jörg*", "müller jörg*",
                             "MULLER^JORG*", "Muller^Jorg*", "MUELLER^JOERG*", "Mueller^Joerg*"})
    EXPECT_TRUE(holds(spelled, wanted)) << wanted;
  EXPECT_EQ(name_spellings("doe john", NameOrder::family_first),
            (Words{"DOE^JOHN*", "doe^john*", "Doe^John*", "doe john*"}));
  EXPECT_EQ(name_spellings("\u0438\u0432\u0430\u043D", NameOrder::family_first).size(), 4U);
}

TEST(Spelling, TypedMarksAreComposedFirst) {
  EXPECT_EQ(name_spellings("mu\u0308ller", NameOrder::family_first),
            name_spellings("m\u00FCller", NameOrder::family_first));
}

TEST(Spelling, PatternsStarWhatMayHaveAnAccent) {
  for (const char* typed : {"müller", "muller", "mueller", "MÜLLER"}) {
    EXPECT_TRUE(holds(patterns(typed), "M*LL*R*")) << typed;
    EXPECT_TRUE(holds(patterns(typed), "M*ll*r*")) << typed;
    EXPECT_TRUE(holds(patterns(typed), "M*LL*")) << typed;  // ř
  }
  EXPECT_TRUE(holds(patterns("dvorak"), "DV*K*"));
  EXPECT_TRUE(holds(patterns("W?lesa*"), "W?L*")) << "wildcards stay";
  EXPECT_TRUE(holds(patterns("\u03B4\u03BF\u03BA\u03B9\u03BC\u03AE"), "\u0394*\u039A*\u039C*"));
}

TEST(Spelling, PatternsThatMatchNearlyEverythingAreLeftOut) {
  const Patterns open = name_patterns("lee", NameOrder::family_first, Surroundings::open);
  EXPECT_TRUE(open.keys.empty());
  EXPECT_TRUE(open.too_wide);
  const Patterns vowels = name_patterns("nandu zoe", NameOrder::family_first, Surroundings::open);
  EXPECT_TRUE(holds(vowels.keys, "N*ND*^Z*"));
  EXPECT_TRUE(vowels.too_wide);
  const Patterns narrow = name_patterns("lee", NameOrder::family_first, Surroundings::narrow);
  EXPECT_TRUE(holds(narrow.keys, "L*"));
  EXPECT_FALSE(narrow.too_wide);
}

TEST(Spelling, OtherTextInAsciiHasNoPatterns) {
  EXPECT_TRUE(text_patterns("CHEST", Surroundings::open).keys.empty());
  EXPECT_TRUE(holds(text_patterns("schädel", Surroundings::open).keys, "*H*D*L"));
}

TEST(Spelling, EastAsianTextGoesOutInItsOwnSets) {
  const auto sets = character_sets_for("試験");
  EXPECT_EQ(sets.front(), "ISO_IR 192");
  EXPECT_NE(std::find(sets.begin(), sets.end(), "GB18030"), sets.end());
  const auto western = character_sets_for("müller");
  EXPECT_EQ(western[1], "ISO_IR 100");
  EXPECT_EQ(std::find(western.begin(), western.end(), "GB18030"), western.end());
}

}  // namespace
}  // namespace dcm::app
