// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "deid/option.hpp"
#include "deid/planting.hpp"

namespace dcm::deid {
namespace {

using test::DataSet;
using test::Received;
using test::operator""_tag;

/// An object whose attributes tell all that the mentions below spell in other ways.
DataSet telling_object() {
  return test::base_object()
      .text(tags::kPatientName, vr::kPN, "WINTERBOURNE^JOHN^Q^DR")
      .text(tags::kPatientId, vr::kLO, "0071234")
      .text(tags::kPatientBirthDate, vr::kDA, "19471103")
      .text(tags::kStudyDate, vr::kDA, "20140321")
      .text(tags::kAccessionNumber, vr::kSH, "AC778812")
      .text(0x00101040_tag, vr::kLO, "637 Jenkins Via, Danielborough, AK 15270")
      .text(0x00102154_tag, vr::kSH, "+1 555 123 9876")
      .text(0x00080080_tag, vr::kLO, "St. Elsewhere Hospital")
      .text(0x00080090_tag, vr::kPN, "OSTERHAGEN^ANNA")
      .text(0x00181000_tag, vr::kLO, "SN998877")
      .text(0x00101001_tag, vr::kPN, "VANDERBILT^JOAN")
      .text(tags::kStudyId, vr::kSH, "ST55661")
      .text(0x00380010_tag, vr::kLO, "ADM-2231-77");
}

constexpr const char* kMentions[] = {
    // names
    "John Winterbourne", "WINTERBOURNE^JOHN", "WINTERBOURNE, JOHN", "winterbourne john",
    "Winterbourne_John", "John_Q_Winterbourne", "WINTERBOURNE^JOHN^Q^DR", "Winterbourne-John",
    "WINTERBOURNEJOHN", "JohnWinterbourne", "JWinterbourne", "J. Winterbourne", "Winterbourne J.",
    "J.Q. Winterbourne", "Dr. John Winterbourne", "Winterbourne", "WINTERBOURNE", "Winterbourne's",
    "(Winterbourne)", "[WINTERBOURNE JOHN]", "for John  Winterbourne", "John\tWinterbourne",
    "Mr Winterbourne", "Osterhagen", "Dr. Anna Osterhagen", "OSTERHAGEN^ANNA", "A. Osterhagen",
    "Joan Vanderbilt", "vanderbilt^joan", "W1NTERBOURNE JOHN WINTERBOURNE",
    // numbers
    "0071234", "71234", "#71234", "MRN 0071234", "MRN:0071234", "ID=71234", "AC778812", "ac778812",
    "AC 778812", "AC-778812", "SN998877", "sn 998877", "ST55661", "ADM-2231-77", "ADM 2231 77",
    "ADM223177",
    // days
    "19471103", "1947-11-03", "1947/11/03", "1947.11.03", "03.11.1947", "3.11.1947", "03/11/1947",
    "11/03/1947", "11-03-1947", "Nov 3, 1947", "November 3, 1947", "November 3rd, 1947",
    "3 Nov 1947", "03-NOV-1947", "3. November 1947", "03.11.47", "11/03/47", "Nov1947", "Nov 1947",
    "20140321", "2014-03-21", "21.03.2014", "21 March 2014", "Mar 21 2014", "MAR2014",
    "born 1947-11-03", "20140321101500", "2014-03-21T10:15",
    // places and ways to reach people
    "637 Jenkins Via", "637 Jenkins Via, Danielborough, AK 15270", "637 JENKINS VIA DANIELBOROUGH",
    "Danielborough, AK 15270", "St. Elsewhere Hospital", "ST ELSEWHERE HOSPITAL",
    "St_Elsewhere_Hospital", "+1 555 123 9876", "555-123-9876", "(555) 123-9876", "5551239876",
    "555.123.9876", "+15551239876",
    // on sight
    "jq.winter@example.org", "078-05-1120", "199.945.9670", "1.2.840.113619.2.55.3.604688119.971"};

/// Words that say nothing of anybody and may be left over.
bool is_label(const std::string& word) {
  constexpr const char* kLabels[] = {"dr",           "mr", "for", "mrn", "id",    "born",
                                     "w1nterbourne", "st", "q",   "s",   "t10",   "15",
                                     "10",           "sn", "ac",  "adm", "101500"};
  return std::find(std::begin(kLabels), std::end(kLabels), word) != std::end(kLabels);
}

/// What is left of `Knee left MENTION follow up` tells nothing, and has lost nothing else.
std::string fault_in(const std::string& text) {
  const std::string clean = test::squeezed(text);
  if (!clean.starts_with("Knee left") || !clean.ends_with("follow up")) return "lost more: " + text;
  const std::string rest = test::lower(clean.substr(9, clean.size() - 18));
  static const std::regex kWord("[a-z0-9]+");
  for (std::sregex_iterator at(rest.begin(), rest.end(), kWord), end; at != end; ++at)
    if (!is_label(at->str())) return "left over: " + text;
  return {};
}

struct Carrier {
  const char* name;
  Tag tag;
  Vr vr;
};
constexpr Carrier kCarriers[] = {
    {"StudyDescription", 0x00081030_tag, vr::kLO}, {"ImageComments", 0x00204000_tag, vr::kLT},
    {"Manufacturer", 0x00080070_tag, vr::kLO},     {"CodeMeaning", 0x00080104_tag, vr::kLO},
    {"TextValue", 0x0040A160_tag, vr::kUT},        {"UN", 0x00081030_tag, vr::kUN}};

const Project& cleaning_project() {
  static const Project kProject =
      test::project_with({Option::clean_descriptors, Option::clean_structured_content,
                          Option::retain_safe_private, Option::clean_graphics});
  return kProject;
}

TEST(Mentions, OfThePatientInOtherSpellingsGoAndTheTextAroundThemStays) {
  for (const Carrier& carrier : kCarriers)
    for (const char* mention : kMentions) {
      const std::string text = std::string("Knee left ") + mention + " follow up";
      const Received out =
          test::send(cleaning_project(), telling_object().text(carrier.tag, carrier.vr, text));
      const test::TreeNode* node = test::find_node(out.tree, carrier.tag);
      ASSERT_NE(node, nullptr) << carrier.name;
      EXPECT_EQ(fault_in(node->value), "") << mention << " in " << carrier.name;
    }
}

TEST(Mentions, AreFoundFarFromWhereThePatientIsNamed) {
  const std::string text = "Knee left John Winterbourne 71234 follow up";
  const auto checked = [&](const DataSet& object, std::initializer_list<Tag> path) {
    const Received out = test::send(cleaning_project(), object);
    const test::Tree* tree = &out.tree;
    for (const Tag tag : path)
      if (tree != nullptr) tree = test::first_item(*tree, tag);
    ASSERT_NE(tree, nullptr);
    const test::TreeNode* node = test::find_node(*tree, 0x00080070_tag);
    ASSERT_NE(node, nullptr);
    EXPECT_EQ(fault_in(node->value), "");
  };
  const DataSet inner = DataSet().text(0x00080070_tag, vr::kLO, text);
  checked(telling_object().merge(test::in_kept_sequences(1, inner)), {0x00082218_tag});
  checked(telling_object()
              .text(0x01290010_tag, vr::kLO, "SIEMENS Ultrasound SC2000")
              .sequence(0x01291000_tag, {inner}),
          {0x01291000_tag});

  // Nobody is named at the top level, but in what is removed behind the text or nested deep.
  const DataSet person = DataSet()
                             .text(tags::kPatientName, vr::kPN, "WINTERBOURNE^JOHN")
                             .text(0x00101000_tag, vr::kLO, "0071234");
  checked(test::base_object().merge(inner).merge(test::in_kept_sequences(5, person)), {});
  checked(test::base_object().merge(inner).sequence(0x04000561_tag, {person}), {});
  checked(test::base_object().merge(inner).un_sequence(0x04000561_tag, {person},
                                                       test::Lengths::defined),
          {});
  checked(test::base_object()
              .merge(inner)
              .text(0x00110010_tag, vr::kLO, "ACME")
              .text(0x00111001_tag, vr::kLO, "WINTERBOURNE^JOHN")
              .text(0x00111002_tag, vr::kLO, "0071234"),
          {});
  checked(test::base_object().merge(inner).sequence(0x0040A730_tag, {person}), {});
}

TEST(Mentions, OfListedPhrasesGoToo) {
  Project project = cleaning_project();
  project.phrases = {"Ward 7 North", "MUSTERMANN"};
  for (const char* mention : {"Ward 7 North", "ward_7_north", "WARD 7, NORTH", "Mustermann"}) {
    const Received out = test::send(
        project, telling_object().text(tags::kStudyDescription, vr::kLO,
                                       std::string("Knee left ") + mention + " follow up"));
    EXPECT_EQ(fault_in(test::find_node(out.tree, tags::kStudyDescription)->value), "") << mention;
  }
}

TEST(Mentions, GoFromLongTextsWhereverTheyStand) {
  std::string text;
  for (std::size_t i = 0; text.size() < 150'000; ++i)
    text += std::string(i % 41, 'x') + " knee for John Winterbourne 71234 and 1947-11-03.\r\n";
  const Received out =
      test::send(cleaning_project(), telling_object()
                                         .text(0x0040A160_tag, vr::kUT, text)
                                         .text(0x00204000_tag, vr::kLT, text.substr(0, 60'000)));
  ASSERT_EQ(out.error.code, Errc::ok);
  EXPECT_EQ(out.leak({"winterbourne", "71234", "1947"}), "");
  const std::string left = test::find_node(out.tree, 0x0040A160_tag)->value;
  EXPECT_EQ(std::count(left.begin(), left.end(), '\n'), std::count(text.begin(), text.end(), '\n'));
}

// More than the scrubber can remember: then it must not guess.
TEST(Mentions, OfCountlessPeopleGo) {
  std::vector<DataSet> people;
  const auto name = [](std::size_t i) {
    std::string word;
    for (; word.size() < 8; i /= 7) word.push_back(static_cast<char>('A' + 3 * (i % 7)));
    return word;
  };
  for (std::size_t i = 0; i < 30'000; ++i)
    people.push_back(DataSet().text(tags::kPatientName, vr::kPN, name(i) + "ZZ^" + name(i + 1)));
  const std::string text = "Knee left " + name(29'999) + "zz follow up " + name(15'000) + "ZZ";
  const Received out = test::send(
      cleaning_project(),
      test::base_object().sequence(0x04000561_tag, people).text(0x00204000_tag, vr::kLT, text));
  EXPECT_EQ(out.leak({name(29'999) + "ZZ", name(15'000) + "ZZ"}), "");
}

TEST(Mentions, GoWhenTheAttributeThatNamesThePatientStandsTwice) {
  const DataSet again =
      test::base_object().erase(tags::kPixelData).text(tags::kPatientName, vr::kPN, "FIRSTNAMED^X");
  DataSet twice = telling_object().text(0x00204000_tag, vr::kLT, "FIRSTNAMED and WINTERBOURNE");
  const test::Element* name = again.find(tags::kPatientName);
  const std::string raw = encode(DataSet().text(name->tag, name->vr, name->bytes), {});
  twice.raw(0x0010000F_tag, raw);
  const Received out = test::send(cleaning_project(), twice);
  EXPECT_EQ(out.error.code, Errc::ok);
  EXPECT_EQ(out.leak({"FIRSTNAMED", "WINTERBOURNE"}), "");
}

TEST(Mentions, InSeveralValuesGoAndTheNumberOfValuesStays) {
  const Received out = test::send(
      cleaning_project(),
      telling_object().text(0x00081080_tag, vr::kLO, "Knee\\John Winterbourne\\Hip 71234\\Toe"));
  const std::string value = test::find_node(out.tree, 0x00081080_tag)->value;
  EXPECT_EQ(std::count(value.begin(), value.end(), '\\'), 3);
  EXPECT_EQ(value.substr(0, 5), "Knee\\");
  EXPECT_EQ(out.leak({"winterbourne", "71234"}), "");
}

// --- character sets -----------------------------------------------------------------------------

struct Script {
  const char* character_set;
  std::string name;                   ///< PatientName, raw
  std::string prefix, suffix;         ///< of a text in that set
  std::vector<std::string> mentions;  ///< raw
};

std::vector<Script> scripts() {
  const std::string jis = "\x1B$B", ascii = "\x1B(B";
  return {{"ISO_IR 100",
           "M\xFCLLERSTADT^J\xF6RG",
           "Knie links ",
           " gr\xFC\xDF",
           {"M\xDCLLERSTADT", "J\xF6rg M\xFCllerstadt", "Muellerstadt", "MULLERSTADT",
            "m\xFCllerstadt, j\xF6rg"}},
          {"ISO_IR 126",
           "\xC4\xE9\xEF\xED\xF5\xF3\xDF\xEF\xF5^\xC1\xED\xED\xE1",
           "\xE3\xFC\xED\xE1 ",
           " left",
           {"\xC4\xE9\xEF\xED\xF5\xF3\xDF\xEF\xF5",
            "\xC1\xED\xED\xE1 \xC4\xE9\xEF\xED\xF5\xF3\xDF\xEF\xF5",
            "\xE4\xE9\xEF\xED\xF5\xF3\xDF\xEF\xF5"}},
          {"\\ISO 2022 IR 87",
           "Yamashita^Tarou=" + jis + ";32<" + ascii + "^" + jis + "B@O:" + ascii + "=" + jis +
               "$d$^$7$?" + ascii + "^" + jis + "$?$m$&" + ascii,
           "Knee left ",
           " follow up",
           {"Yamashita", "TAROU YAMASHITA", jis + ";32<" + ascii, jis + ";32<B@O:" + ascii,
            jis + "$d$^$7$?" + ascii}},
          {"GB18030",
           "Wangxiaodong=\xCD\xF5^\xD0\xA1\xB6\xAB",
           "\xCF\xA5\xB9\xD8\xBD\xDA ",
           " left",
           {"wangxiaodong", "\xCD\xF5\xD0\xA1\xB6\xAB", "\xCD\xF5^\xD0\xA1\xB6\xAB"}},
          {"ISO_IR 192",
           "\xC5\xBB\xC3\xB3\xC5\x82kiewicz^J\xC3\xB3zef",
           "\xE8\x86\x9D left ",
           " \xC3\xA0 suivre",
           {"\xC5\xBB\xC3\xB3\xC5\x82kiewicz", "\xC5\xBC\xC3\xB3\xC5\x82kiewicz",
            "J\xC3\xB3zef \xC5\xBB\xC3\xB3\xC5\x82kiewicz", "Zo\xCC\x81\xC5\x82kiewicz"}}};
}

DataSet spoken(const Script& script) {
  return test::base_object()
      .text(tags::kSpecificCharacterSet, vr::kCS, script.character_set)
      .text(tags::kPatientName, vr::kPN, script.name);
}

TEST(CharacterSets, NamesGoFromEveryAttributeThatBasicDoesNotKeep) {
  for (const Script& script : scripts())
    for (const test::Encoded& encoded : test::all_encodings(
             spoken(script)
                 .text(0x00101001_tag, vr::kPN, script.name)
                 .text(0x00080070_tag, vr::kLO, script.prefix + script.mentions[0])
                 .merge(test::in_kept_sequences(
                     2, DataSet().text(tags::kPatientName, vr::kPN, script.name))))) {
      const Received out = test::send(test::project_of("basic"), spoken(script), encoded);
      ASSERT_EQ(out.error.code, Errc::ok) << script.character_set;
      std::vector<std::string> words = script.mentions;
      words.push_back(script.name.substr(0, script.name.find('^')));
      EXPECT_EQ(out.leak(words), "") << script.character_set;
    }
}

TEST(CharacterSets, OnlyTheNameGoesFromTextAndItsBytesStay) {
  for (const Script& script : scripts())
    for (const std::string& mention : script.mentions)
      for (const Tag tag : {tags::kStudyDescription, 0x00204000_tag}) {
        const Vr vr = tag == tags::kStudyDescription ? vr::kLO : vr::kLT;
        const Received out =
            test::send(cleaning_project(),
                       spoken(script).text(tag, vr, script.prefix + mention + script.suffix));
        const test::TreeNode* node = test::find_node(out.tree, tag);
        ASSERT_NE(node, nullptr) << script.character_set;
        EXPECT_EQ(out.leak({mention}), "") << script.character_set;
        EXPECT_TRUE(test::squeezed(node->value).starts_with(test::squeezed(script.prefix)))
            << script.character_set << ": " << node->value;
        EXPECT_TRUE(test::squeezed(node->value).ends_with(test::squeezed(script.suffix)))
            << script.character_set << ": " << node->value;
      }
}

TEST(CharacterSets, AnItemHasItsOwn) {
  const DataSet item = DataSet()
                           .text(tags::kSpecificCharacterSet, vr::kCS, "ISO_IR 192")
                           .text(0x00080070_tag, vr::kLO, "f\xC3\xBCr M\xC3\xBCllerstadt links");
  const Received out =
      test::send(cleaning_project(), spoken(scripts()[0]).merge(test::in_kept_sequences(1, item)));
  EXPECT_EQ(out.leak({"llerstadt"}), "");
  EXPECT_NE(out.bytes.find("f\xC3\xBCr"), std::string::npos);
  EXPECT_NE(out.bytes.find("links"), std::string::npos);
}

}  // namespace
}  // namespace dcm::deid
