// SPDX-License-Identifier: MIT
#include "base/csv_reader.hpp"

#include <gtest/gtest.h>

namespace dcm {
namespace {

using Records = std::vector<CsvReader::Record>;

/// All records; nothing if one cannot be taken.
std::optional<Records> records_in(std::string_view text, char separator = ',') {
  Records records;
  for (CsvReader reader(text, separator); !reader.at_end();) {
    auto record = reader.take();
    if (!record) return std::nullopt;
    records.push_back(std::move(*record));
  }
  return records;
}

TEST(CsvReader, TakesFieldsWithAndWithoutQuotes) {
  EXPECT_EQ(records_in("a,\"b,c\",\"d \"\"e\"\"\"\r\n,\n"),
            (Records{{"a", "b,c", "d \"e\""}, {"", ""}}));
}

TEST(CsvReader, TakesALineFeedWithinQuotesAndTheLastLineWithoutOne) {
  EXPECT_EQ(records_in("\"a\nb\"\n\nc"), (Records{{"a\nb"}, {""}, {"c"}}));
}

TEST(CsvReader, TakesAnySeparator) {
  EXPECT_EQ(records_in("a;b,c\n", ';'), (Records{{"a", "b,c"}}));
  EXPECT_EQ(records_in("a\tb\n", '\t'), (Records{{"a", "b"}}));
}

TEST(CsvReader, KnowsTheLineInWhichARecordBegins) {
  CsvReader reader("a\n\"b\nc\"\nd\n");
  std::vector<std::uint32_t> lines;
  while (!reader.at_end()) {
    ASSERT_TRUE(reader.take());
    lines.push_back(reader.line());
  }
  EXPECT_EQ(lines, (std::vector<std::uint32_t>{1, 2, 4}));
}

TEST(CsvReader, TakesNothingFromAQuoteOutOfPlace) {
  for (const char* text : {"\"a", "\"a\"b\n", "a\"b\"\n", "a\rb\n", "\""})
    EXPECT_FALSE(records_in(text)) << text;
}

}  // namespace
}  // namespace dcm
