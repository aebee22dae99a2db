// SPDX-License-Identifier: MIT
#include "dicom/person_name.hpp"

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

namespace dcm {
namespace {

using Words = std::vector<std::string_view>;

TEST(PersonName, WordsStandBetweenAllDelimiters) {
  EXPECT_EQ(words_of_name("DOE^JOHN^^DR^JR"), (Words{"DOE", "JOHN", "DR", "JR"}));
  EXPECT_EQ(words_of_name("VAN DER DOE^ANNA MARIA"), (Words{"VAN", "DER", "DOE", "ANNA", "MARIA"}));
  EXPECT_EQ(words_of_name("SHIKEN^HANAKO=試験^花子=しけん^はなこ"),
            (Words{"SHIKEN", "HANAKO", "試験", "花子", "しけん", "はなこ"}));
  EXPECT_EQ(words_of_name("試験　花子"), (Words{"試験", "花子"}));  // ideographic space
  EXPECT_EQ(words_of_name("Doe, John"), (Words{"Doe", "John"}));
  EXPECT_EQ(words_of_name("DOE-ROE^O'HARA "), (Words{"DOE-ROE", "O'HARA"}));
  EXPECT_EQ(words_of_name(""), Words{});
  EXPECT_EQ(words_of_name(" ^^= "), Words{});
}

TEST(PersonName, EachTypedWordMustBeAWholeWord) {
  EXPECT_TRUE(name_matches("doe", "DOE^JOHN"));
  EXPECT_TRUE(name_matches("DOE JOHN", "DOE^JOHN"));
  EXPECT_TRUE(name_matches("john doe", "DOE^JOHN"));
  EXPECT_TRUE(name_matches("Doe, John", "DOE^JOHN^Q"));
  EXPECT_TRUE(name_matches("DOE^JOHN", "Doe^John"));
  EXPECT_FALSE(name_matches("DO", "DOE^JOHN"));
  EXPECT_FALSE(name_matches("DOE JANE", "DOE^JOHN"));
  EXPECT_FALSE(name_matches("DOE", "DOESON^JOHN"));
  EXPECT_FALSE(name_matches("ROE", "DOE-ROE^JOHN"));
}

TEST(PersonName, CaseAndAccentsDoNotCount) {
  EXPECT_TRUE(name_matches("muster", "MÜSTER^ZOË"));
  EXPECT_TRUE(name_matches("Müster Zoe", "MUSTER^ZOE"));
  EXPECT_TRUE(name_matches("ΔΟΚΙΜΗ", "Δοκιμή^Νίκη"));
  EXPECT_TRUE(name_matches("ハナコ", "SHIKEN^HANAKO=ｼｹﾝ^ﾊﾅｺ"));
}

TEST(PersonName, WildcardsStayWithinOneWord) {
  EXPECT_TRUE(name_matches("DO*", "DOE^JOHN"));
  EXPECT_TRUE(name_matches("D?E J*", "DOE^JOHN"));
  EXPECT_TRUE(name_matches("DOE^JOHN*", "DOE^JOHNATHAN"));
  EXPECT_FALSE(name_matches("D*N", "DOE^JOHN"));
  EXPECT_FALSE(name_matches("D?", "DOE^JOHN"));
}

TEST(PersonName, NothingTypedOrALoneStarMatchesAll) {
  EXPECT_TRUE(name_matches("", "DOE^JOHN"));
  EXPECT_TRUE(name_matches("*", "DOE^JOHN"));
  EXPECT_TRUE(name_matches("*", ""));
  EXPECT_FALSE(name_matches("?", ""));
  EXPECT_FALSE(name_matches("DOE", ""));
}

}  // namespace
}  // namespace dcm
