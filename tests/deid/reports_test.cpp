// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "deid/option.hpp"
#include "deid/planting.hpp"

namespace dcm::deid {
namespace {

using test::DataSet;
using test::Received;
using test::operator""_tag;

constexpr Tag kValueType{0x0040, 0xA040};
constexpr Tag kConceptName{0x0040, 0xA043};
constexpr Tag kConceptCode{0x0040, 0xA168};
constexpr Tag kContentSequence{0x0040, 0xA730};
constexpr Tag kTextValue{0x0040, 0xA160};
constexpr Tag kReferencedSop{0x0008, 0x1199};
constexpr std::string_view kComprehensiveSr = "1.2.840.10008.5.1.4.1.1.88.33";

/// A content item and what PS3.15 Table E.3.4-1 says about it; a concept that it does not name has
/// only what the rows of its value attributes say.
struct ContentItem {
  std::string scheme, code, type;
  std::string basic;
  OptionSet keeps, cleans;
  std::string canary;  ///< of its value, when nothing is to be left of that
  DataSet data_set;

  [[nodiscard]] std::string code_under(OptionSet options) const {
    if (!(cleans & options).empty()) return "C";
    return (keeps & options).empty() ? basic : "K";
  }
};

DataSet code_item(std::string_view value, std::string_view scheme, std::string_view meaning) {
  return DataSet()
      .text(0x00080100_tag, vr::kSH, value)
      .text(0x00080102_tag, vr::kSH, scheme)
      .text(0x00080104_tag, vr::kLO, meaning);
}

std::string word_number(std::size_t number) {
  std::string word = "ZQ";
  for (int i = 0; i < 4; ++i, number /= 16) word.push_back(static_cast<char>('A' + number % 16));
  return word;
}

/// Gives `item` a value of its type with something in it that is nowhere else.
void add_value(ContentItem& item, std::size_t number) {
  const std::string word = word_number(number);
  const std::string text = "Knee " + word + " of Qxjon Zvdoe left";
  const std::string day = test::day_number(number);
  const std::string uid = "1.2.9996." + std::to_string(number) + ".7";
  DataSet& set = item.data_set;
  item.canary = word;
  if (item.type == "TEXT") {
    set.text(kTextValue, vr::kUT, text);
  } else if (item.type == "PNAME") {
    set.text(0x0040A123_tag, vr::kPN, word + "^" + word);
  } else if (item.type == "DATE") {
    set.text(0x0040A121_tag, vr::kDA, item.canary = day);
  } else if (item.type == "TIME") {
    set.text(0x0040A122_tag, vr::kTM, item.canary = "101112.6" + std::to_string(10000 + number));
  } else if (item.type == "DATETIME") {
    set.text(0x0040A120_tag, vr::kDT, day + "101112");
    item.canary = day;
  } else if (item.type == "UIDREF") {
    set.text(0x0040A124_tag, vr::kUI, item.canary = uid);
  } else if (item.type == "CODE") {
    set.sequence(kConceptCode, {code_item(word, "99ZQ", text)});
  } else if (item.type == "NUM") {
    item.canary = "1.76543" + std::to_string(10000 + number);
    set.sequence(0x0040A300_tag, {DataSet()
                                      .text(0x0040A30A_tag, vr::kDS, item.canary)
                                      .sequence(0x004008EA_tag, {code_item("a", "UCUM", "a")})});
  } else if (item.type == "CONTAINER") {
    set.sequence(kContentSequence, {DataSet()
                                        .text(kValueType, vr::kCS, "TEXT")
                                        .sequence(kConceptName, {code_item("1", "99ZQ", "x")})
                                        .text(kTextValue, vr::kUT, text)});
  } else {  // COMPOSITE, IMAGE, WAVEFORM
    item.canary = uid;
    set.sequence(kReferencedSop, {DataSet()
                                      .text(0x00081150_tag, vr::kUI, test::kSecondaryCapture)
                                      .text(0x00081155_tag, vr::kUI, uid)});
  }
}

ContentItem make_item(const std::string& scheme, const std::string& code, const std::string& type,
                      std::size_t number) {
  ContentItem item;
  item.scheme = scheme;
  item.code = code;
  item.type = type;
  item.data_set.text(0x0040A010_tag, vr::kCS, "CONTAINS")
      .text(kValueType, vr::kCS, type)
      .sequence(kConceptName, {code_item(code, scheme, "Concept")});
  add_value(item, number);
  return item;
}

/// All rows of the table; those of SNOMED CT in their retired form too.
const std::vector<ContentItem>& items() {
  static const std::vector<ContentItem> kItems = [] {
    std::vector<ContentItem> all;
    for (const auto& cells : test::table_cells("data/sr_concepts.tsv"))
      for (const bool is_retired : {false, true}) {
        if (is_retired && cells.at(5 + 1) == "-") continue;
        if (cells.at(1) == "371524004") continue;  // two rows that contradict each other
        ContentItem item =
            make_item(is_retired ? "SRT" : cells.at(0), is_retired ? cells.at(6) : cells.at(1),
                      cells.at(2), all.size());
        item.basic = cells.at(3);
        item.keeps = test::options_of(cells.at(4));
        item.cleans = test::options_of(cells.at(5));
        all.push_back(item);
      }
    return all;
  }();
  return kItems;
}

DataSet report_of(const std::vector<ContentItem>& content, std::size_t depth = 0) {
  std::vector<DataSet> nested;
  for (const ContentItem& item : content) nested.push_back(item.data_set);
  for (std::size_t i = 0; i < depth; ++i)
    nested = {DataSet()
                  .text(kValueType, vr::kCS, "CONTAINER")
                  .sequence(kConceptName, {code_item("121070", "DCM", "Findings")})
                  .sequence(kContentSequence, nested)};
  return test::base_object()
      .erase(tags::kPixelData)
      .text(tags::kSopClassUid, vr::kUI, kComprehensiveSr)
      .text(kValueType, vr::kCS, "CONTAINER")
      .sequence(kContentSequence, nested);
}

/// What must be there of an item that stays: text around the name, UIDs and dates as they were.
std::vector<std::string> remainders(const ContentItem& item, OptionSet options) {
  const std::string code = item.code_under(options);
  const bool is_text = item.type == "TEXT" || item.type == "CODE" || item.type == "CONTAINER";
  if (is_text && (code == "C" || code == "K")) return {"Knee " + item.canary + " of"};
  if (code == "K") return {item.canary};
  const bool is_date = item.type == "DATE" || item.type == "DATETIME";
  if (code == "C" && is_date) {
    const std::string day(item.canary.substr(0, 8));
    return {test::moved(day, test::kPlantedShift)};
  }
  return code == "C" ? std::vector<std::string>{item.canary} : std::vector<std::string>{};
}

void expect_gone(const Received& out, const std::vector<ContentItem>& content, const char* what) {
  ASSERT_EQ(out.error.code, Errc::ok);
  std::vector<std::string> words = {"ZVDOE", "QXJON"};
  for (const ContentItem& item : content) words.push_back(item.canary);
  EXPECT_EQ(out.leak(words), "") << what;
}

TEST(Reports, BasicLeavesNoValueOfAnyContentItemAtAnyDepth) {
  for (const std::size_t depth : {0U, 1U, 5U}) {
    const DataSet report = report_of(items(), depth);
    for (const test::Encoded& encoded : test::all_encodings(report))
      expect_gone(test::send(test::project_of("basic"), report, encoded), items(), "basic");
  }
}

TEST(Reports, OptionsThatDoNotSpeakOfTheContentKeepNothingOfIt) {
  for (const Option option : {Option::retain_safe_private, Option::retain_device_identity,
                              Option::retain_institution_identity, Option::clean_graphics,
                              Option::retain_patient_characteristics, Option::clean_descriptors})
    expect_gone(test::send(test::project_with({option}), report_of(items(), 1)), items(),
                name_of(option).name.data());
}

TEST(Reports, CleanStructuredContentDoesWithEachConceptWhatItsRowSays) {
  const Option all[] = {
      Option::clean_structured_content,    Option::retain_uids,
      Option::retain_device_identity,      Option::retain_full_dates,
      Option::retain_modified_dates,       Option::clean_descriptors,
      Option::retain_institution_identity, Option::retain_patient_characteristics};
  for (const Option option : all)
    for (const std::size_t depth : {0U, 5U}) {
      const OptionSet options{Option::clean_structured_content, option};
      const Received out = test::send(test::project_with(options), report_of(items(), depth));
      ASSERT_EQ(out.error.code, Errc::ok);
      std::vector<std::string> gone = {"ZVDOE", "QXJON"};
      for (const ContentItem& item : items()) {
        const auto left = remainders(item, options);
        for (const std::string& text : left)
          EXPECT_NE(out.bytes.find(text), std::string::npos)
              << item.type << " " << item.code << " lost " << text << ", " << name_of(option).name;
        const bool stays = !left.empty() && left.front().find(item.canary) != std::string::npos;
        if (!stays) gone.push_back(item.canary);
      }
      EXPECT_EQ(out.leak(gone), "") << name_of(option).name;
    }
}

TEST(Reports, ConceptsThatNoRowNamesLoseOnlyTheNameInTheirText) {
  std::vector<ContentItem> content;
  for (const char* scheme : {"DCM", "99LOCAL", "SCT", "LN"})
    for (const char* type : {"TEXT", "CODE", "CONTAINER", "NUM"})
      content.push_back(
          make_item(scheme, "777" + std::to_string(content.size()), type, 1000 + content.size()));
  const Received out =
      test::send(test::project_with({Option::clean_structured_content}), report_of(content, 2));
  ASSERT_EQ(out.error.code, Errc::ok);
  EXPECT_EQ(out.leak({"ZVDOE", "QXJON"}), "");
  for (const ContentItem& item : content)
    EXPECT_NE(out.bytes.find(item.canary), std::string::npos) << item.scheme << item.type;

  content.clear();
  for (const char* type : {"PNAME", "DATE", "DATETIME", "TIME", "UIDREF", "IMAGE"})
    content.push_back(
        make_item("99LOCAL", "888" + std::to_string(content.size()), type, 2000 + content.size()));
  expect_gone(
      test::send(test::project_with({Option::clean_structured_content}), report_of(content, 2)),
      content, "unnamed");
}

TEST(Reports, AContentItemOutsideOfContentLeaksNothing) {
  for (const ContentItem& item : items()) {
    if (item.type == "CODE" || item.type == "NUM") continue;
    const Received out = test::send(
        test::project_of("basic"),
        test::base_object().merge(test::in_kept_sequences(1, item.data_set)).merge(item.data_set));
    EXPECT_EQ(out.leak({item.canary, "ZVDOE"}), "") << item.type << item.code;
  }
}

TEST(Reports, BasicKeepsTheShapeOfAReportAndItsPublicCodes) {
  const std::vector<ContentItem> content = {make_item("DCM", "7777", "TEXT", 1),
                                            make_item("99ZQ", "ZQLOCAL", "NUM", 2)};
  const Received out = test::send(test::project_of("basic"), report_of(content));
  const test::TreeNode* sequence = test::find_node(out.tree, kContentSequence);
  ASSERT_NE(sequence, nullptr);
  ASSERT_EQ(sequence->items.size(), 2U);
  const test::Tree* name = test::first_item(sequence->items[0], kConceptName);
  ASSERT_NE(name, nullptr);
  EXPECT_EQ(test::find_node(*name, 0x00080100_tag)->value, "7777");
  EXPECT_EQ(test::find_node(sequence->items[0], kValueType)->value, "TEXT");
  EXPECT_TRUE(test::is_valid(vr::kUT, test::find_node(sequence->items[0], kTextValue)->value));
  EXPECT_EQ(out.leak({"ZQLOCAL"}), "");
}

}  // namespace
}  // namespace dcm::deid
