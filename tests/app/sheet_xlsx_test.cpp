// SPDX-License-Identifier: MIT
#include "app/sheet_xlsx.hpp"

#include <gtest/gtest.h>

#include "support/phantoms.hpp"
#include "support/temp_dir.hpp"
#include "support/workbook.hpp"

namespace dcm::app {
namespace {

using test::part;
using test::Parts;
using test::workbook_parts;
using test::zip_archive;
using Kind = Cell::Kind;
using Cells = std::vector<Cell>;

constexpr const char* kSheet = "xl/worksheets/sheet1.xml";

Sheet sheet_in(const Parts& parts, std::string_view name = {}) {
  auto sheet = parse_xlsx(zip_archive(parts), name);
  EXPECT_TRUE(sheet);
  return sheet ? *std::move(sheet) : Sheet();
}

/// The cells of the only row.
Cells row_in(const Parts& parts) {
  const Sheet sheet = sheet_in(parts);
  EXPECT_EQ(sheet.rows.size(), 1U);
  return sheet.rows.empty() ? Cells() : sheet.rows.front().cells;
}

Cells row_of(const std::string& cells, const std::string& strings = {},
             const std::string& styles = {}) {
  return row_in(workbook_parts("<row r=\"1\">" + cells + "</row>", strings, styles));
}

/// A style sheet with one cell style for each format: a code, or id14 for one that is built in.
std::string styles_of(const std::vector<std::string>& formats) {
  std::string own, styles;
  for (std::size_t i = 0; i < formats.size(); ++i) {
    const bool built_in = formats[i].starts_with("id");
    const std::string id = built_in ? formats[i].substr(2) : std::to_string(164 + i);
    if (!built_in) own += "<numFmt numFmtId=\"" + id + "\" formatCode=\"" + formats[i] + "\"/>";
    styles += "<xf numFmtId=\"" + id + "\"/>";
  }
  return "<numFmts>" + own + "</numFmts><cellXfs>" + styles + "</cellXfs>";
}

/// A number in a cell of that format.
Cell formatted(const std::string& number, const std::string& format) {
  const Cells row = row_of("<c s=\"0\"><v>" + number + "</v></c>", {}, styles_of({format}));
  return row.empty() ? Cell() : row.front();
}

Error refusal_of(const std::string& bytes, std::string_view name = {}) {
  const auto sheet = parse_xlsx(bytes, name);
  EXPECT_FALSE(sheet);
  return sheet ? Error{} : sheet.error();
}

// ---- text

TEST(SheetXlsx, ReadsSharedAndInlineStringsAndResultsOfFormulas) {
  const Cells row = row_of(
      "<c r=\"A1\" t=\"s\"><v>1</v></c><c r=\"B1\" t=\"inlineStr\"><is><t>00042</t></is></c>"
      "<c r=\"C1\" t=\"str\"><f>A1</f><v>0815</v></c>",
      "<si><t>no</t></si><si><t>DOE^J\u00D6HN &amp; SON</t></si>");
  EXPECT_EQ(
      row,
      (Cells{{Kind::text, "DOE^J\u00D6HN & SON"}, {Kind::text, "00042"}, {Kind::text, "0815"}}));
}

TEST(SheetXlsx, JoinsRunsOfRichTextAndLeavesOutHowTheyArePronounced) {
  const Cells row = row_of("<c t=\"s\"><v>0</v></c>",
                           "<si><r><rPr><b/></rPr><t>DOE</t></r><r><t xml:space=\"preserve\"> "
                           "</t></r><r><t>JOHN</t></r><rPh sb=\"0\" eb=\"1\"><t>NO</t></rPh></si>");
  EXPECT_EQ(row, (Cells{{Kind::text, "DOE JOHN"}}));
}

TEST(SheetXlsx, UnderstandsEscapedCharacters) {
  EXPECT_EQ(row_of("<c t=\"inlineStr\"><is><t>1_x000D_2_x005F_x0041_3_x00FC_4_xZ</t></is></c>"),
            (Cells{{Kind::text, "1\r2_x0041_3_x00FC_4_xZ"}}));
}

TEST(SheetXlsx, PutsCellsWhereTheirReferencesSay) {
  const Sheet sheet = sheet_in(workbook_parts(
      "<row r=\"3\"><c r=\"B3\" t=\"inlineStr\"><is><t>b</t></is></c><c r=\"AA3\"><v>27</v></c>"
      "</row><row/><row><c><v>1</v></c></row>"));
  ASSERT_EQ(sheet.rows.size(), 2U);
  EXPECT_EQ(sheet.rows[0].number, 3U);
  ASSERT_EQ(sheet.rows[0].cells.size(), 27U);
  EXPECT_EQ(sheet.rows[0].cells[0], Cell());
  EXPECT_EQ(sheet.rows[0].cells[1], (Cell{Kind::text, "b"}));
  EXPECT_EQ(sheet.rows[0].cells[26], (Cell{Kind::number, "27"}));
  EXPECT_EQ(sheet.rows[1].number, 5U);
}

TEST(SheetXlsx, ReadsPrefixesAndAbsoluteNames) {
  Parts parts = workbook_parts("");
  part(parts, kSheet) =
      "<x:worksheet xmlns:x=\"u\"><x:sheetData><x:row r=\"1\"><x:c r=\"A1\" t=\"inlineStr\"><x:is>"
      "<x:t>00042</x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>";
  std::string& relations = part(parts, "xl/_rels/workbook.xml.rels");
  relations.replace(relations.find("\"worksheets/"), 12, "\"/xl/worksheets/");
  EXPECT_EQ(row_in(parts), (Cells{{Kind::text, "00042"}}));
}

// ---- numbers

TEST(SheetXlsx, KeepsTheDigitsOfNumbers) {
  EXPECT_EQ(formatted("123456789012345", "General"), (Cell{Kind::number, "123456789012345"}));
  EXPECT_EQ(formatted("0", "General"), (Cell{Kind::number, "0"}));
  EXPECT_EQ(formatted("12.5", "General"), (Cell{Kind::number, "12.5"}));
  EXPECT_EQ(formatted("4711.0", "General"), (Cell{Kind::number, "4711"}));
  EXPECT_EQ(formatted("-7", "General"), (Cell{Kind::number, "-7"}));
}

TEST(SheetXlsx, TellsOfNumbersThatMayHaveLostDigits) {
  for (const char* number : {"1.23E+11", "1.2345678901234501E17", "1e5", "1234567890123450",
                             "1000000000000000", "0.1234567890123456"})
    EXPECT_EQ(formatted(number, "General"), (Cell{Kind::rounded, number}));
}

TEST(SheetXlsx, FillsUpNumbersWhoseFormatIsZeros) {
  EXPECT_EQ(formatted("4711", "00000000"), (Cell{Kind::number, "00004711"}));
  EXPECT_EQ(formatted("123456789", "00000000"), (Cell{Kind::number, "123456789"}));
  for (const char* format :
       {"00000;-00000", "00000_)", "[Red]00000", "[Color 12]00000;[Red]-00000", "[$-407]00000",
        "00000_-;-00000", "00000;;;", "00000;@", "_-* 00000_-", "?0000", "#00000", "0000#",
        "00000.00", "00000\\ ", "00000&quot; &quot;", "00000;&quot;none&quot;"})
    EXPECT_EQ(formatted("123", format).text.substr(0, 5),
              std::string_view(format) == "?0000" ? "0123" : "00123")
        << format;
}

TEST(SheetXlsx, CannotTellWhichNumberIsMeantWhereItsFormatShowsSomethingElse) {
  for (const char* format : {"[&lt;1000]0000;0",
                             "&quot;0&quot;0",
                             "00-000",
                             "000\\ 00",
                             "&quot;P&quot;0",
                             "P0",
                             "\\00",
                             "0,000",
                             "0,",
                             "#,",
                             "0%",
                             "# ?/?",
                             "h:mm",
                             "[h]",
                             "[$€-407]0",
                             ";;;",
                             ";0",
                             "*00",
                             "mmm",
                             "General&quot; mg&quot;",
                             "&quot;day&quot; 0",
                             "id9",
                             "id6",
                             "id20",
                             "id44",
                             "id163"})
    EXPECT_EQ(formatted("123", format), (Cell{Kind::disguised, "123"})) << format;
  for (const char* number : {"0", "-7"})
    EXPECT_EQ(formatted(number, "0;0;0"), (Cell{Kind::disguised, number}));
  EXPECT_EQ(formatted("-7", "000"), (Cell{Kind::disguised, "-7"}));
  EXPECT_EQ(formatted("12.5", "000"), (Cell{Kind::disguised, "12.5"}));
  EXPECT_EQ(formatted("123", std::string(100'000, '0')), (Cell{Kind::disguised, "123"}));
}

TEST(SheetXlsx, TakesNumbersOfAllFormatsThatShowTheirDigits) {
  for (const char* format : {"General", "general", "@", "0", "#", "0.00", "[Red]0.00", "#,##0",
                             "#,##0_);(#,##0)", "#,##0.00", "_-* #,##0.00_-;-* #,##0.00_-;_-@_-",
                             "0.00E+00", "id0", "id4", "id12", "id38", "id41", "id49"})
    EXPECT_EQ(formatted("44927", format), (Cell{Kind::number, "44927"})) << format;
}

TEST(SheetXlsx, CannotUseErrorsTruthValuesAndFormulasWithoutAResult) {
  const Cells row =
      row_of("<c t=\"e\"><v>#N/A</v></c><c t=\"b\"><v>1</v></c><c><f>A1</f></c><c><v>abc</v></c>");
  EXPECT_EQ(row, Cells(4, {Kind::unusable, ""}));
}

// ---- dates

TEST(SheetXlsx, ReadsDatesByTheirFormat) {
  for (const char* format : {"id14", "id22", "id15", "id30", "yyyy\\-mm\\-dd",
                             "[$-407]d. mmmm yyyy", "dd/mm/yy;@", "&quot;on &quot;d"})
    EXPECT_EQ(formatted("44927", format), (Cell{Kind::date, "20230101"})) << format;
  for (const char* format : {"h:mm", "&quot;day&quot; 0", "\\d0", "_d0", "[Red]0"})
    EXPECT_NE(formatted("44927", format).kind, Kind::date) << format;
}

TEST(SheetXlsx, CountsDaysAsSpreadsheetsDo) {
  EXPECT_EQ(formatted("1", "id14"), (Cell{Kind::date, "19000101"}));
  EXPECT_EQ(formatted("59", "id14"), (Cell{Kind::date, "19000228"}));
  EXPECT_EQ(formatted("61", "id14"), (Cell{Kind::date, "19000301"}));
  EXPECT_EQ(formatted("41066.75", "id22"), (Cell{Kind::date, "20120606"}));
  for (const char* no_day : {"0", "60", "-1", "2958466", "99999999999"})
    EXPECT_EQ(formatted(no_day, "id14"), (Cell{Kind::unusable, ""})) << no_day;
}

TEST(SheetXlsx, CountsDaysSince1904WhereTheWorkbookSaysSo) {
  Parts parts = workbook_parts("<row><c s=\"0\"><v>39604</v></c></row>", {}, styles_of({"id14"}));
  std::string& workbook = part(parts, "xl/workbook.xml");
  workbook.insert(workbook.find("<sheets>"), "<workbookPr date1904=\"1\"/>");
  EXPECT_EQ(row_in(parts), (Cells{{Kind::date, "20120606"}}));
}

TEST(SheetXlsx, ReadsDatesThatAreStoredAsSuch) {
  EXPECT_EQ(row_of("<c t=\"d\"><v>2012-06-06T08:30:00</v></c><c t=\"d\"><v>2012-06-31</v></c>"),
            (Cells{{Kind::date, "20120606"}, {Kind::unusable, ""}}));
}

// ---- sheets

TEST(SheetXlsx, TakesTheFirstSheetThatIsNotHiddenOrTheOneThatIsNamed) {
  Parts parts = workbook_parts("<row><c><v>1</v></c></row>");
  std::string& workbook = part(parts, "xl/workbook.xml");
  workbook.insert(workbook.find("<sheet "),
                  "<sheet name=\"Lists\" sheetId=\"2\" state=\"hidden\" r:id=\"rId9\"/>");
  std::string& relations = part(parts, "xl/_rels/workbook.xml.rels");
  relations.insert(relations.find("<Relationship "),
                   "<Relationship Id=\"rId9\" Type=\"u/worksheet\" Target=\"lists.xml\"/>");
  parts.emplace_back("xl/lists.xml",
                     "<worksheet><sheetData><row><c><v>2</v></c></row></sheetData></worksheet>");
  EXPECT_EQ(sheet_in(parts).rows.front().cells.front().text, "1");
  EXPECT_EQ(sheet_in(parts, "Lists").rows.front().cells.front().text, "2");
  EXPECT_EQ(refusal_of(zip_archive(parts), "None"), sheet_error(SheetFault::no_such_sheet));
}

TEST(SheetXlsx, TakesRowsThatAreHiddenAndTellsThatTheyAre) {
  const Sheet sheet = sheet_in(workbook_parts(
      "<row r=\"1\"><c><v>1</v></c></row><row r=\"2\" hidden=\"1\"><c><v>2</v></c></row>"
      "<row r=\"3\" hidden=\"true\"/><row r=\"4\" hidden=\"0\"><c><v>4</v></c></row>"));
  ASSERT_EQ(sheet.rows.size(), 3U);
  EXPECT_FALSE(sheet.rows[0].hidden);
  EXPECT_TRUE(sheet.rows[1].hidden);
  EXPECT_FALSE(sheet.rows[2].hidden);
}

// ---- merged cells

/// The rows, with that area of cells merged.
Parts merged(const std::string& rows, const std::string& area) {
  Parts parts = workbook_parts(rows);
  std::string& sheet = part(parts, kSheet);
  const std::string end = "</sheetData>";
  sheet.insert(sheet.find(end) + end.size(),
               "<mergeCells><mergeCell ref=\"" + area + "\"/></mergeCells>");
  return parts;
}

TEST(SheetXlsx, PutsWhatMergedCellsShowInEachOfTheirRows) {
  const Sheet sheet =
      sheet_in(merged("<row r=\"1\"><c r=\"A1\"><v>7</v></c><c r=\"B1\"><v>1</v></c></row>"
                      "<row r=\"2\"><c r=\"B2\"><v>2</v></c></row>"
                      "<row r=\"3\"><c r=\"A3\"><v>8</v></c></row>"
                      "<row r=\"5\"><c r=\"B5\"><v>5</v></c></row>",
                      "A1:A4"));
  const Cell shown{Kind::number, "7"};
  ASSERT_EQ(sheet.rows.size(), 4U);
  EXPECT_EQ(sheet.rows[0].cells, (Cells{shown, {Kind::number, "1"}}));
  EXPECT_EQ(sheet.rows[1].cells, (Cells{shown, {Kind::number, "2"}}));
  EXPECT_EQ(sheet.rows[2].cells, (Cells{shown})) << "what a merged cell covers is not seen";
  EXPECT_EQ(sheet.rows[3].cells, (Cells{{}, {Kind::number, "5"}}));
}

TEST(SheetXlsx, CannotTellWhichColumnMergedCellsMean) {
  const Parts parts =
      merged("<row r=\"1\"><c r=\"A1\"><v>7</v></c><c r=\"D1\"><v>1</v></c></row>", "A1:C1");
  EXPECT_EQ(
      row_in(parts),
      (Cells{
          {Kind::number, "7"}, {Kind::unusable, ""}, {Kind::unusable, ""}, {Kind::number, "1"}}));
}

TEST(SheetXlsx, MergesNothingIntoCellsThatShowNothing) {
  const std::string row = "<row r=\"1\"><c r=\"B1\"><v>1</v></c></row>";
  for (const char* area : {"A1:A9", "C1:XFD1048576", "A2:C7"})
    EXPECT_EQ(row_in(merged(row, area)), (Cells{{}, {Kind::number, "1"}})) << area;
}

// ---- what is broken or meant to break

TEST(SheetXlsx, RefusesMergedCellsThatAreNowhere) {
  for (const char* area : {"", "A1", "A1:", "A2:A1", "B1:A1", "1:2", "A1:A99999999999"})
    EXPECT_EQ(refusal_of(zip_archive(merged("", area))), sheet_error(SheetFault::damaged)) << area;
}

TEST(SheetXlsx, GivesUpMergedCellsWithoutEnd) {
  std::string rows;
  for (int i = 1; i <= 1000; ++i) rows += "<row><c><v>" + std::to_string(i) + "</v></c></row>";
  Parts parts = merged(rows, "A1:XFD1048576");
  std::string& sheet = part(parts, kSheet);
  const std::string one = "<mergeCell ref=\"A1:XFD1048576\"/>";
  for (int i = 0; i < 20; ++i) sheet.insert(sheet.find(one), one);
  EXPECT_EQ(refusal_of(zip_archive(parts)).detail,
            static_cast<std::uint32_t>(SheetFault::too_large));
}

TEST(SheetXlsx, RefusesAnArchiveThatIsNoWorkbook) {
  EXPECT_EQ(refusal_of(zip_archive({{"mimetype", "application/vnd.oasis.opendocument"}})),
            sheet_error(SheetFault::not_a_workbook));
  EXPECT_EQ(refusal_of(zip_archive({{"_rels/.rels", "<Relationships/>"}})),
            sheet_error(SheetFault::not_a_workbook));
}

TEST(SheetXlsx, RefusesAWorkbookWithoutOneOfItsParts) {
  const Parts whole = workbook_parts("<row><c t=\"s\"><v>0</v></c></row>", "<si><t>a</t></si>");
  for (std::size_t i = 1; i < whole.size(); ++i) {
    Parts parts = whole;
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_EQ(refusal_of(zip_archive(parts)), sheet_error(SheetFault::damaged)) << whole[i].first;
  }
}

TEST(SheetXlsx, RefusesEveryTruncation) {
  const std::string whole = test::workbook_of({{"patient id"}, {"00042"}});
  ASSERT_TRUE(parse_xlsx(whole, {}));
  for (std::size_t size = 0; size < whole.size(); size += 7)
    EXPECT_FALSE(parse_xlsx(whole.substr(0, size), {})) << size;
}

TEST(SheetXlsx, NeverReadsWhatChangedUnderItsChecksum) {
  const std::string whole = test::workbook_of({{"patient id"}, {"00042"}});
  const Sheet expected = parse_xlsx(whole, {}).value();
  for (std::size_t at = 0; at < whole.size(); at += 3) {
    std::string changed = whole;
    changed[at] = static_cast<char>(changed[at] ^ 0x20);
    const auto sheet = parse_xlsx(changed, {});
    EXPECT_EQ(sheet ? sheet->rows : expected.rows, expected.rows) << at;
  }
}

TEST(SheetXlsx, DoesNotUnpackABomb) {
  Parts parts = workbook_parts("");
  part(parts, kSheet) = std::string(kMaxSheetBytes + 1, ' ');
  const std::string bomb = zip_archive(parts);
  EXPECT_LT(bomb.size(), std::size_t{1} << 20);
  EXPECT_EQ(refusal_of(bomb), sheet_error(SheetFault::too_large));
}

TEST(SheetXlsx, DoesNotBuildMillionsOfElements) {
  std::string rows;
  for (int i = 0; i < 6'000'001; ++i) rows += "<a/>";
  EXPECT_EQ(refusal_of(zip_archive(workbook_parts(rows))), sheet_error(SheetFault::too_large));
}

TEST(SheetXlsx, DoesNotExpandEntities) {
  Parts parts = workbook_parts("");
  part(parts, kSheet) =
      "<!DOCTYPE worksheet [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;\">]>"
      "<worksheet><sheetData><row><c t=\"inlineStr\"><is><t>&b;</t></is></c></row></sheetData>"
      "</worksheet>";
  EXPECT_EQ(refusal_of(zip_archive(parts)), sheet_error(SheetFault::damaged));
}

TEST(SheetXlsx, DoesNotFallForDeepNesting) {
  std::string deep;
  for (int i = 0; i < 1'000'000; ++i) deep += "<a>";
  EXPECT_EQ(refusal_of(zip_archive(workbook_parts(deep))), sheet_error(SheetFault::damaged));
  for (int i = 0; i < 1'000'000; ++i) deep += "</a>";
  EXPECT_TRUE(parse_xlsx(zip_archive(workbook_parts(deep)), {}));
}

TEST(SheetXlsx, PassesOverAMillionEmptyRows) {
  std::string rows;
  for (int i = 1; i <= 1'048'575; ++i) rows += "<row r=\"" + std::to_string(i) + "\"/>";
  rows += "<row r=\"1048576\"><c><v>1</v></c></row>";
  const Sheet sheet = sheet_in(workbook_parts(rows));
  ASSERT_EQ(sheet.rows.size(), 1U);
  EXPECT_EQ(sheet.rows.front().number, 1'048'576U);
}

TEST(SheetXlsx, RefusesRowsColumnsAndStringsOutOfPlace) {
  const auto refusal = [](const std::string& rows) {
    return refusal_of(zip_archive(workbook_parts(rows, "<si><t>a</t></si>"))).detail;
  };
  const auto damaged = static_cast<std::uint32_t>(SheetFault::damaged);
  EXPECT_EQ(refusal("<row r=\"2\"/><row r=\"2\"/>"), damaged);
  EXPECT_EQ(refusal("<row r=\"0\"/>"), damaged);
  EXPECT_EQ(refusal("<row r=\"1048577\"/>"), damaged);
  EXPECT_EQ(refusal("<row><c r=\"B1\"/><c r=\"A1\"/></row>"), damaged);
  EXPECT_EQ(refusal("<row><c r=\"1\"/></row>"), damaged);
  EXPECT_EQ(refusal("<row><c t=\"s\"><v>1</v></c></row>"), damaged);
  EXPECT_EQ(refusal("<row><c t=\"s\"><v>-1</v></c></row>"), damaged);
  EXPECT_EQ(refusal("<row><c r=\"IW1\"><v>1</v></c></row>"),
            static_cast<std::uint32_t>(SheetFault::too_many_columns));
}

TEST(SheetXlsx, LooksNowhereButInTheArchive) {
  const test::TempDir folder;
  test::write_file(folder.path() / "sheet.xml",
                   "<worksheet><sheetData><row><c><v>1</v></c></row></sheetData></worksheet>");
  for (const std::string& target : {"../../../.." + (folder.path() / "sheet.xml").string(),
                                    (folder.path() / "sheet.xml").string()}) {
    Parts parts = workbook_parts("");
    std::string& relations = part(parts, "xl/_rels/workbook.xml.rels");
    relations.replace(relations.find("worksheets/sheet1.xml"), 21, target);
    parts.emplace_back("../../outside.txt", "outside");
    EXPECT_EQ(refusal_of(zip_archive(parts)), sheet_error(SheetFault::damaged));
  }
}

// ---- files

TEST(Sheet, IsReadByWhatTheFileHoldsNotByItsName) {
  const test::TempDir folder;
  const auto path = (folder.path() / "cohort.csv").string();
  const auto first = [&](const std::string& bytes) {
    test::write_file(path, bytes);
    const auto sheet = read_sheet(path, {});
    return sheet ? sheet->rows.front().cells.front().text : "nothing";
  };
  EXPECT_EQ(first(test::workbook_of({{"00042"}})), "00042");
  EXPECT_EQ(first("00043\n"), "00043");
}

TEST(Sheet, IsNotReadFromWhatIsNone) {
  const test::TempDir folder;
  const auto path = (folder.path() / "cohort").string();
  const auto refusal = [&](std::string_view name = {}) {
    const auto sheet = read_sheet(path, name);
    return sheet ? Error{} : sheet.error();
  };
  EXPECT_EQ(refusal(), (Error{.code = Errc::io, .detail = ENOENT}));
  test::write_file(path, std::string("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", 8) + "old");
  EXPECT_EQ(refusal(), sheet_error(SheetFault::old_format));
  test::write_file(path, "a\n");
  EXPECT_EQ(refusal("Cohort"), sheet_error(SheetFault::no_such_sheet));
  std::filesystem::resize_file(path, kMaxSheetBytes + 1);
  EXPECT_EQ(refusal(), sheet_error(SheetFault::too_large));
  std::filesystem::remove(path);
  std::filesystem::create_directory(path);
  EXPECT_EQ(refusal().code, Errc::io);
}

}  // namespace
}  // namespace dcm::app
