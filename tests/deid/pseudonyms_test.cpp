// SPDX-License-Identifier: MIT
#include "deid/pseudonyms.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace dcm::deid {
namespace {

using Ids = std::vector<std::string>;

PseudonymTable table_of(const std::string& rows) {
  auto table = PseudonymTable::parse("patient_id,pseudonym\n" + rows);
  EXPECT_TRUE(table) << rows;
  return table ? *std::move(table) : PseudonymTable();
}

std::string found(const PseudonymTable& table, std::string_view patient) {
  const std::string* pseudonym = table.find(patient);
  return pseudonym == nullptr ? "nobody" : *pseudonym;
}

/// The line that is refused; 0 if none.
std::uint32_t bad_line(std::string_view csv) {
  const auto table = PseudonymTable::parse(csv);
  if (table) return 0;
  EXPECT_EQ(table.error().code, Errc::bad_value);
  return table.error().detail;
}

TEST(PseudonymTable, FindsThePseudonymOfAPatient) {
  const PseudonymTable table = table_of("4711,ALPHA\n4712,BETA\n");
  EXPECT_EQ(found(table, "4711"), "ALPHA");
  EXPECT_EQ(found(table, "4712"), "BETA");
  EXPECT_EQ(found(table, " 4712 "), "BETA");
  EXPECT_EQ(found(table, "4713"), "nobody");
  EXPECT_EQ(found(table, ""), "nobody");
}

TEST(PseudonymTable, ReadsWhatSpreadsheetsWrite) {
  const auto table = PseudonymTable::parse(
      "\xEF\xBB\xBFpatient_id,pseudonym\r\n\r\n 4711 , ALPHA \r\n\"DOE, 1\",\"BETA\"\r\n"
      "\"a \"\"b\"\"\",GAMMA\r\n\r\n\"\"\"\",DELTA\r\nM\u00FCller,EPSILON");
  ASSERT_TRUE(table);
  EXPECT_EQ(found(*table, "4711"), "ALPHA");
  EXPECT_EQ(found(*table, "DOE, 1"), "BETA");
  EXPECT_EQ(found(*table, "a \"b\""), "GAMMA");
  EXPECT_EQ(found(*table, "\""), "DELTA");
  EXPECT_EQ(found(*table, "M\u00FCller"), "EPSILON");
}

TEST(PseudonymTable, AllowsTheSameRowTwice) {
  EXPECT_EQ(found(table_of("4711,ALPHA\n4711,ALPHA\n"), "4711"), "ALPHA");
}

TEST(PseudonymTable, WithoutTextHasNobody) {
  const auto table = PseudonymTable::parse("");
  ASSERT_TRUE(table);
  EXPECT_TRUE(table->empty());
  EXPECT_TRUE(table_of("").empty());
  EXPECT_FALSE(table_of("4711,ALPHA").empty());
}

TEST(PseudonymTable, RefusesAnotherHeader) {
  EXPECT_EQ(bad_line("4711,ALPHA\n"), 1U);
  EXPECT_EQ(bad_line("pseudonym,patient_id\n"), 1U);
  EXPECT_EQ(bad_line("patient_id;pseudonym\n4711;ALPHA\n"), 1U);
  EXPECT_EQ(bad_line("patient_id,pseudonym,name\n"), 1U);
  EXPECT_EQ(bad_line("\n\nPatientID,pseudonym\n"), 3U);
}

TEST(PseudonymTable, TellsTheLineThatItRefuses) {
  const std::string head = "patient_id,pseudonym\n1,A\n";
  for (const std::string_view line :
       {"2",      "2,B,C", "b2,B2", "2,",       ",B",     " ,B",     "2, ",           ",",
        "\"\",B", "1,B",   "2,A",   "2,B\\C",   "2,B\tC", "2,B\x7F", "2,M\u00FCller", "2,\"B\nC\"",
        "\"2,B",  "2,\"B", "2,B\"", "2,\"B\"C", "2\"3,B", "2,B\rC",  "2,\"B\" "}) {
    EXPECT_EQ(bad_line(head + std::string(line)), 3U) << line;
    EXPECT_EQ(bad_line(head + std::string(line) + "\n4,D\n"), 3U) << line;
  }
  EXPECT_EQ(bad_line(head + "2," + std::string(64, 'B')), 0U);
  EXPECT_EQ(bad_line(head + "2," + std::string(65, 'B')), 3U);
}

TEST(PseudonymTable, CountsTheLinesWithinQuotes) {
  EXPECT_EQ(bad_line("patient_id,pseudonym\n\"a\nb\",A\n\n2\n"), 5U);
}

TEST(PseudonymTable, NumbersStrangersInSortedOrder) {
  auto table = table_of("4711,ALPHA\n");
  const Ids ids{"b", "4711", " a ", "B", "b", "", "  "};
  EXPECT_EQ(table.number(ids), "B,PAT_0001\na,PAT_0002\nb,PAT_0003\n");
  EXPECT_EQ(found(table, "a"), "PAT_0002");
  EXPECT_EQ(found(table, "b"), "PAT_0003");
  EXPECT_EQ(found(table, "4711"), "ALPHA");
  EXPECT_EQ(table.number(ids), "");
}

TEST(PseudonymTable, NumbersAboveTheHighestInUse) {
  auto table = table_of("1,PAT_0007\n2,PAT_0003\n3,PAT_12x\n4,PAT_\n5,pat_0100\n6,PAT_-9\n");
  EXPECT_EQ(table.number(Ids{"7"}), "7,PAT_0008\n");
  EXPECT_EQ(table.number(Ids{"8"}), "8,PAT_0009\n");
  auto large = table_of("1,PAT_9999\n2,PAT_99999999999999999999999\n");
  EXPECT_EQ(large.number(Ids{"7"}), "7,PAT_10000\n");
}

TEST(PseudonymTable, WritesTheHeaderOfANewFile) {
  auto table = PseudonymTable::parse("").value();
  EXPECT_EQ(table.number(Ids{}), "");
  EXPECT_EQ(table.number(Ids{"1"}), "patient_id,pseudonym\n1,PAT_0001\n");
  EXPECT_EQ(table.number(Ids{"2"}), "2,PAT_0002\n");
}

TEST(PseudonymTable, ReadsTheLinesThatItWrites) {
  auto table = PseudonymTable::parse("").value();
  const Ids ids{"DOE, 1", "a \"b\"", "=1+1", "line\nfeed", "M\u00FCller"};
  const auto again = PseudonymTable::parse(table.number(ids));
  ASSERT_TRUE(again);
  for (const std::string& id : ids) {
    EXPECT_NE(found(*again, id), "nobody") << id;
    EXPECT_EQ(found(*again, id), found(table, id)) << id;
  }
}

}  // namespace
}  // namespace dcm::deid
