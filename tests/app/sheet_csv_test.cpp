// SPDX-License-Identifier: MIT
#include "app/sheet_csv.hpp"

#include <gtest/gtest.h>

namespace dcm::app {
namespace {

using Texts = std::vector<std::vector<std::string>>;

Texts texts_in(std::string_view csv) {
  const auto sheet = parse_csv(csv);
  EXPECT_TRUE(sheet) << csv;
  Texts rows;
  for (const SheetRow& row : sheet.value_or(Sheet{}).rows) {
    rows.emplace_back();
    for (const Cell& cell : row.cells) {
      EXPECT_EQ(cell.kind, Cell::Kind::text);
      rows.back().push_back(cell.text);
    }
  }
  return rows;
}

Error refusal_of(std::string_view csv) {
  const auto sheet = parse_csv(csv);
  EXPECT_FALSE(sheet);
  return sheet ? Error{} : sheet.error();
}

std::string utf16(const std::u16string& text, bool big_endian) {
  std::string bytes;
  for (const char16_t unit : u"\uFEFF" + text) {
    const char high = static_cast<char>(unit >> 8), low = static_cast<char>(unit & 0xFF);
    bytes += big_endian ? high : low;
    bytes += big_endian ? low : high;
  }
  return bytes;
}

const Texts kTwo = {{"id", "name"}, {"007", "M\u00FCller, J"}};

TEST(SheetCsv, FindsTheSeparator) {
  EXPECT_EQ(texts_in("id,name\n007,\"M\u00FCller, J\"\n"), kTwo);
  EXPECT_EQ(texts_in("id;name\n007;M\u00FCller, J\n"), kTwo);
  EXPECT_EQ(texts_in("id\tname\n007\tM\u00FCller, J\n"), kTwo);
  EXPECT_EQ(texts_in("\r\n\"a,b,c\";d\n"), (Texts{{"a,b,c", "d"}}));
}

TEST(SheetCsv, ReadsWhatSpreadsheetsWrite) {
  EXPECT_EQ(texts_in("\xEF\xBB\xBFid;name\r\n007;\"M\u00FCller, J\"\r\n"), kTwo);
  EXPECT_EQ(texts_in(utf16(u"id\tname\r\n007\tM\u00FCller, J\r\n", false)), kTwo);
  EXPECT_EQ(texts_in(utf16(u"id\tname\r\n007\tM\u00FCller, J\r\n", true)), kTwo);
  EXPECT_EQ(texts_in(utf16(u"\U0001F600", false)), (Texts{{"\U0001F600"}}));
}

TEST(SheetCsv, KeepsLeadingZerosAndTakesSpacesAway) {
  EXPECT_EQ(texts_in("  00012 ,\xC2\xA0\t1.0\xC2\xA0\n"), (Texts{{"00012", "1.0"}}));
}

TEST(SheetCsv, CountsRowsAsASpreadsheetDoes) {
  const auto sheet = parse_csv("a\n\n\"b\nb\"\n,,\n ,c,\n");
  ASSERT_TRUE(sheet);
  std::vector<std::uint32_t> numbers;
  for (const SheetRow& row : sheet->rows) numbers.push_back(row.number);
  EXPECT_EQ(numbers, (std::vector<std::uint32_t>{1, 3, 5}));
  EXPECT_EQ(sheet->rows.back().cells.size(), 2U);
}

TEST(SheetCsv, WithoutTextHasNoRows) {
  EXPECT_EQ(texts_in(""), Texts());
  EXPECT_EQ(texts_in("\xEF\xBB\xBF\r\n\r\n"), Texts());
}

TEST(SheetCsv, RefusesWhatIsNoUnicode) {
  const Error expected = sheet_error(SheetFault::not_unicode);
  EXPECT_EQ(refusal_of("M\xFCller\n"), expected);                       // Latin-1
  EXPECT_EQ(refusal_of("a\xC3"), expected);                             // cut
  EXPECT_EQ(refusal_of(std::string("a\0b", 3)), expected);              // UTF-16 without a mark
  EXPECT_EQ(refusal_of(std::string("\xFF\xFE\x00\xD8", 4)), expected);  // half a surrogate pair
  EXPECT_EQ(refusal_of("\xFF\xFE\x61"), expected);                      // half a unit
}

TEST(SheetCsv, TakesTheSeparatorThatItsFirstLineStates) {
  for (const char* text : {"sep=;\na,b;c\n", "sep=;\r\na,b;c\r\n", "\xEF\xBB\xBFsep=;\na,b;c"}) {
    const auto sheet = parse_csv(text);
    ASSERT_TRUE(sheet) << text;
    ASSERT_EQ(sheet->rows.size(), 1U) << text;
    EXPECT_EQ(sheet->rows.front().number, 1U) << "the line is not shown and not counted";
    EXPECT_EQ(sheet->rows.front().cells.size(), 2U) << text;
  }
  EXPECT_EQ(texts_in("sep=\na\n"), (Texts{{"sep="}, {"a"}}));
  EXPECT_EQ(texts_in("sep=|\na|b\n"), (Texts{{"a", "b"}}));
}

TEST(SheetCsv, RefusesQuotesOutOfPlace) {
  EXPECT_EQ(refusal_of("a\n\"b\n"), sheet_error(SheetFault::stray_quote, 2));
  EXPECT_EQ(refusal_of("a\nb\"c\"\n"), sheet_error(SheetFault::stray_quote, 2));
  EXPECT_EQ(refusal_of("a\rb\r"), sheet_error(SheetFault::stray_quote, 1));
}

TEST(SheetCsv, RefusesMoreThanItsLimits) {
  EXPECT_EQ(refusal_of("a\n" + std::string(kMaxCellBytes + 1, 'b') + "\n"),
            sheet_error(SheetFault::long_cell, 2));
  EXPECT_EQ(refusal_of(std::string(kMaxSheetColumns, ',') + "b\n"),
            sheet_error(SheetFault::too_many_columns, 1));
  std::string rows;
  for (std::size_t i = 0; i <= kMaxSheetRows; ++i) rows += "a\n";
  EXPECT_EQ(refusal_of(rows), sheet_error(SheetFault::too_many_rows, kMaxSheetRows + 1));
  EXPECT_EQ(texts_in(std::string(kMaxSheetRows * 2, '\n') + "a\n"), (Texts{{"a"}}));
}

}  // namespace
}  // namespace dcm::app
