// SPDX-License-Identifier: MIT
#include "cli/profile_file.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "support/dataset_builder.hpp"
#include "support/temp_dir.hpp"

namespace dcm::cli {
namespace {

using deid::Action;
using deid::Option;
using deid::OptionSet;
using test::operator""_tag;

std::string complaint(const std::string& text) {
  const auto read = parse_profile(text, "p.yaml");
  if (read) return "read";
  EXPECT_EQ(read.error().exit, ExitCode::usage);
  return error_text(read.error());
}

/// A file with one rule, which begins in column 4 of line 2.
std::string with_rule(const std::string& rule) { return "rules:\n - {" + rule + "}\n"; }

deid::Profile profile(const std::string& text) {
  auto read = parse_profile(text, "p.yaml");
  EXPECT_TRUE(read) << text << error_text(read.error());
  return read ? std::move(*read) : *deid::find_profile("basic");
}

Action action_of(const deid::Profile& profile, Tag tag, Vr vr) {
  return profile.rule(tag, vr).action;
}

struct Refusal {
  std::string text;
  std::string_view error;
  std::string_view hint;
};

void expect_refusals(const std::vector<Refusal>& rows) {
  for (const auto& row : rows) {
    auto expected = "dicom-client: error: profile p.yaml:" + std::string(row.error) + "\n";
    if (!row.hint.empty()) expected += "hint: " + std::string(row.hint) + "\n";
    EXPECT_EQ(complaint(row.text), expected) << row.text;
  }
}

TEST(ProfileFile, IsBasicWithTheNameOfTheFileUnlessItSaysOtherwise) {
  const auto read = profile("options: []\n");
  EXPECT_EQ(read.name(), "p");
  EXPECT_TRUE(read.is_ps3_15());
  EXPECT_TRUE(read.options().empty());
  EXPECT_TRUE(read.rules().empty());
  EXPECT_EQ(profile("name: Lung_1.0-b\n").name(), "Lung_1.0-b");
  EXPECT_FALSE(profile("base: demographics\n").is_ps3_15());
}

TEST(ProfileFile, ChangesTheOptionsOfItsBase) {
  const auto research = deid::find_profile("research")->options();
  EXPECT_EQ(profile("base: research\n").options(), research);
  EXPECT_EQ(profile("options: [retain-uids, clean-graphics]\n").options(),
            (OptionSet{Option::retain_uids, Option::clean_graphics}));
  auto fewer = research;
  fewer.remove(Option::clean_graphics);
  EXPECT_EQ(profile("base: research\nwithout-options: [clean-graphics]\n").options(), fewer);
  auto full = research;
  full.remove(Option::retain_modified_dates);
  full.add(Option::retain_full_dates);
  EXPECT_EQ(profile("base: research\noptions:\n  - retain-full-dates\n").options(), full);
}

TEST(ProfileFile, SelectsAttributesInEveryWay) {
  const auto read = profile(
      "rules:\n"
      "  - attribute: StudyDescription\n"
      "    action: empty\n"
      "  - attribute: (0008,103E)\n"
      "    action: replace\n"
      "    value: LUNG\n"
      "  - attribute: 00080080\n"
      "    action: hash\n"
      "  - attribute: (0019,\"ACME, 1.1\",0a)\n"
      "    action: keep\n"
      "  - {attribute: '(0021,\"ACME\",10)', action: shift}\n"
      "  - {group: 0014, action: remove}\n"
      "  - {group: 60xx, action: keep}\n"
      "  - {vr: lt, action: remove}\n"
      "  - {attribute: overlayrows, action: empty}\n");
  EXPECT_EQ(action_of(read, 0x00081030_tag, vr::kLO), Action::empty);
  EXPECT_EQ(action_of(read, 0x0008103E_tag, vr::kLO), Action::replace);
  EXPECT_EQ(read.rules()[1].value, "LUNG");
  EXPECT_EQ(action_of(read, 0x00080080_tag, vr::kLO), Action::hash);
  EXPECT_EQ(read.private_rule(0x0019100A_tag, "acme, 1.1", vr::kLO).action, Action::keep);
  EXPECT_EQ(read.private_rule(0x0019110A_tag, "ACME, 1.1", vr::kLO).action, Action::keep);
  EXPECT_EQ(read.private_rule(0x0019100A_tag, "OTHER", vr::kLO).action, Action::remove);
  EXPECT_EQ(read.private_rule(0x00211010_tag, "ACME", vr::kDA).action, Action::shift);
  EXPECT_EQ(action_of(read, 0x00140102_tag, vr::kDA), Action::remove);
  EXPECT_EQ(action_of(read, 0x60023000_tag, vr::kOW), Action::keep);
  EXPECT_EQ(action_of(read, 0x60020010_tag, vr::kUS), Action::empty);
  EXPECT_EQ(read.private_rule(0x60011010_tag, "ACME", vr::kLO).action, Action::remove);
  EXPECT_EQ(action_of(read, 0x00104000_tag, vr::kLT), Action::remove);
}

TEST(ProfileFile, GivesWhatCleanAndHashMeanForTheValue) {
  const auto read = profile(
      "rules:\n"
      "  - {attribute: AcquisitionDate, action: clean}\n"
      "  - {attribute: PatientAge, action: clean}\n"
      "  - {attribute: FrameOfReferenceUID, action: clean}\n"
      "  - {attribute: ImageComments, action: clean}\n"
      "  - {attribute: PatientID, action: hash}\n"
      "  - {attribute: AccessionNumber, action: hash}\n");
  EXPECT_EQ(action_of(read, 0x00080022_tag, vr::kDA), Action::shift);
  EXPECT_EQ(action_of(read, 0x00101010_tag, vr::kAS), Action::cap_age);
  EXPECT_EQ(action_of(read, 0x00200052_tag, vr::kUI), Action::map_uid);
  EXPECT_EQ(action_of(read, 0x00204000_tag, vr::kLT), Action::clean);
  EXPECT_EQ(action_of(read, 0x00100020_tag, vr::kLO), Action::pseudonym);
  EXPECT_EQ(action_of(read, 0x00080050_tag, vr::kSH), Action::hash);
}

TEST(ProfileFile, NamesPlaceAndTheKeyThatWasMeant) {
  expect_refusals({
      {"nmae: x\n", "1:1: unknown key `nmae`", "did you mean `name`?"},
      {"name: x\nzzz: 1\n", "2:1: unknown key `zzz`",
       "known here: name, base, options, without-options, rules"},
      {"name: x\nname: y\n", "2:1: `name` stands here twice", ""},
      {"name: [x]\n", "1:7: `name` must be a text", ""},
      {"name: my study\n",
       "1:7: `name` cannot be meant: 1 to 32 letters, digits, dots, `_` and `-` make a name", ""},
      {"name: research\n", "1:7: `name` cannot be meant: that is the name of a built-in profile",
       ""},
      {"base: resaerch\n", "1:7: there is no base `resaerch`", "did you mean `research`?"},
      {"base: xyz\n", "1:7: there is no base `xyz`",
       "the bases are: demographics, basic, research"},
      {"- a\n", "1:1: the file must be a mapping",
       "its keys are: name, base, options, without-options, rules"},
      {"name: x\n---\nname: y\n", "3:1: a second YAML document begins here",
       "a profile is one document"},
      {"name: [x\n", "2:1: this is not YAML",
       "check indentation, colons and quotes near this place"},
      {"rules: *a\n", "1:8: this is not YAML",
       "check indentation, colons and quotes near this place"},
      {"<<: {name: x}\n", "1:1: unknown key `<<`",
       "known here: name, base, options, without-options, rules"},
  });
}

TEST(ProfileFile, RefusesOptionsThatCannotBeMeant) {
  expect_refusals({
      {"options: [retain-uid]\n", "1:11: there is no option retain-uid",
       "did you mean `retain-uids`?"},
      {"options: retain-uids\n", "1:10: `options` must be a list",
       "for example options: [clean-descriptors, retain-uids]"},
      {"options: [retain-uids, retain-uids]\n", "1:24: retain-uids stands here twice", ""},
      {"options: [clean-pixel-data]\n",
       "1:11: clean-pixel-data is not there yet: no pixels are changed",
       "look at the images yourself before you pass them on"},
      {"options: [retain-full-dates, retain-modified-dates]\n",
       "1:10: retain-full-dates and retain-modified-dates exclude each other", "choose one"},
      {"options: [retain-uids]\nwithout-options: [retain-uids]\n",
       "2:18: retain-uids is both asked for and left out", "choose one"},
      {"base: demographics\noptions: [retain-uids]\n", "2:10: the base demographics has no options",
       "options belong to base: basic"},
  });
}

TEST(ProfileFile, RefusesSelectorsThatCannotBeMeant) {
  const std::string_view kHint =
      "write a keyword such as PatientName, (gggg,eeee), or (gggg,\"CREATOR\",ee)";
  expect_refusals({
      {"rules: {}\n", "1:8: `rules` must be a list",
       "each rule begins with a dash: - {attribute: PatientName, action: empty}"},
      {"rules: [a]\n", "1:9: a rule must be a mapping",
       "for example {attribute: PatientName, action: empty}"},
      {with_rule("action: keep"), "2:4: a rule needs `attribute`, `group` or `vr`",
       "for example {attribute: PatientName, action: empty}"},
      {with_rule("attribute: PatientName"), "2:4: a rule needs an `action`",
       "keep, remove, empty, replace, hash, shift or clean"},
      {with_rule("tag: PatientName"), "2:5: unknown key `tag`",
       "known here: attribute, group, vr, action, value"},
      {with_rule("attribute: PatientName, vr: PN, action: keep"),
       "2:33: `attribute` and `vr` in one rule", "a rule is for one of attribute, group and vr"},
      {with_rule("attribute: PatientNmae, action: keep"), "2:16: unknown keyword `PatientNmae`",
       "did you mean `PatientName`?"},
      {with_rule("attribute: Zzzzzzzzzzzz, action: keep"), "2:16: unknown keyword `Zzzzzzzzzzzz`",
       kHint},
      {with_rule("attribute: (0010,0010), action: keep"), "2:22: unknown key `0010)`",
       "between braces { } a tag must stand in quotes: '(0010,0010)'"},
      {with_rule("attribute: '(0010 0010)', action: keep"), "2:16: not a tag", kHint},
      {with_rule("attribute: 00191023, action: keep"),
       "2:16: a private attribute is named with its creator", "write (0019,\"CREATOR\",23)"},
      {with_rule("attribute: '(0018,\"ACME\",23)', action: keep"),
       "2:16: group 0018 is not private",
       "private groups are odd; public attributes have no creator"},
      {with_rule("attribute: '(0019,\"ACME\",1023)', action: keep"),
       "2:16: not a private attribute", "for example (0019,\"GEMS_ACQU_01\",23)"},
      {with_rule("attribute: TransferSyntaxUID, action: keep"),
       "2:43: the file meta information is made new for every file",
       "rules are for data sets, from group 0004 on"},
      {with_rule("attribute: SourceImageIDs, action: keep"),
       "2:16: `SourceImageIDs` names several attributes", "write (gggg,eeee)"},
      {with_rule("group: 60, action: keep"), "2:12: not a group",
       "four hexadecimal digits, x for any: 0019, 60xx; or private"},
      {with_rule("vr: XY, action: keep"), "2:9: not a VR",
       "two letters of PS3.5, such as PN, DA or UI"},
      {"rules:\n - {attribute: PatientName, action: keep}\n"
       " - {attribute: '(0010,0010)', action: empty}\n",
       "3:4: a second rule for PatientName", "the first is in line 2"},
  });
}

TEST(ProfileFile, RefusesActionsThatTheValuesCannotBear) {
  expect_refusals({
      {with_rule("attribute: PatientName, action: hsah"), "2:37: unknown action `hsah`",
       "did you mean `hash`?"},
      {with_rule("attribute: PatientName, action: obliterate"), "2:37: unknown action `obliterate`",
       "the actions are: keep, remove, empty, replace, hash, shift, clean"},
      {with_rule("attribute: StudyTime, action: shift"),
       "2:35: `shift` is nothing for StudyTime, which is TM",
       "only dates (DA, DT) can be shifted; times of day stay with keep"},
      {with_rule("attribute: ReferencedStudySequence, action: hash"),
       "2:49: `hash` is nothing for ReferencedStudySequence, which is SQ",
       "only text can hold a pseudonym; remove and empty always work"},
      {with_rule("vr: DS, action: hash"), "2:21: `hash` is nothing for the VR DS",
       "only text can hold a pseudonym; remove and empty always work"},
      {with_rule("attribute: ReferencedSOPClassUID, action: hash"),
       "2:47: `hash` is nothing for ReferencedSOPClassUID",
       "it names a class or a scheme, not an instance"},
      {with_rule("attribute: Rows, action: replace, value: 7"),
       "2:30: `replace` is nothing for Rows, which is US",
       "only text, numbers as text, dates and times can be written"},
      {with_rule("attribute: SliceThickness, action: clean"),
       "2:40: `clean` is nothing for SliceThickness, which is DS",
       "it takes words out of text; choose keep or remove"},
      {with_rule("attribute: PixelData, action: empty"),
       "2:35: `empty` is nothing for PixelData, which is OW", "choose keep or remove"},
      {with_rule("group: 0019, action: hash"), "2:26: `hash` is nothing for a whole group",
       "name attributes, or a VR"},
      {"base: demographics\nrules:\n - {attribute: StudyDescription, action: clean}\n",
       "3:42: `clean` needs a PS3.15 base, which gathers what identifies the patient",
       "write `base: basic`"},
      {with_rule("attribute: DeidentificationMethod, action: empty"),
       "2:48: DeidentificationMethod says what was done to an object: it is written here", ""},
  });
}

TEST(ProfileFile, RefusesToLoseWhatObjectsCannotDoWithout) {
  expect_refusals({
      {with_rule("attribute: SOPInstanceUID, action: remove"),
       "2:40: no object can do without its SOPInstanceUID",
       "every PS3.15 profile maps it; keep is the other choice"},
      {with_rule("attribute: StudyInstanceUID, action: hash"),
       "2:42: no object can do without its StudyInstanceUID",
       "every PS3.15 profile maps it; keep is the other choice"},
      {with_rule("attribute: SeriesInstanceUID, action: replace, value: 1.2"),
       "2:43: no object can do without its SeriesInstanceUID",
       "every PS3.15 profile maps it; keep is the other choice"},
      {with_rule("attribute: SOPClassUID, action: empty"),
       "2:37: no object can do without its SOPClassUID", "it stays as it is under every profile"},
      {with_rule("attribute: '(0008,0005)', action: remove"),
       "2:39: no object can do without its SpecificCharacterSet",
       "it stays as it is under every profile"},
      {with_rule("group: 00xx, action: remove"),
       "2:26: no object can do without its SpecificCharacterSet, which is among them",
       "name the attributes one by one"},
      {with_rule("vr: UI, action: clean"),
       "2:21: no object can do without its SOPClassUID, which is among them",
       "name the attributes one by one"},
      {with_rule("vr: CS, action: empty"),
       "2:21: no object can do without its SpecificCharacterSet, which is among them",
       "name the attributes one by one"},
      {with_rule("attribute: PatientID, action: replace, value: X"),
       "2:35: with one PatientID for all, all patients would be one",
       "`hash` gives each patient a pseudonym, --pseudonyms those of a table"},
      {with_rule("vr: LO, action: hash"),
       "2:21: PatientID is among them, and patients are told apart by it",
       "name the attributes one by one"},
  });
  EXPECT_EQ(complaint(with_rule("vr: UI, action: keep")), "read");
  EXPECT_EQ(complaint(with_rule("group: private, action: keep")), "read");
}

TEST(ProfileFile, RefusesValuesThatTheVrCannotHave) {
  const auto replaced = [](const std::string& keyword, const std::string& value) {
    return "rules:\n- attribute: " + keyword + "\n  action: replace\n  value: " + value + "\n";
  };
  expect_refusals({
      {"rules:\n- attribute: StudyID\n  action: replace\n", "3:11: `replace` needs a `value`",
       "or choose empty or remove"},
      {"rules:\n- attribute: StudyID\n  action: empty\n  value: X\n",
       "4:10: `value` goes with `action: replace` only", ""},
      {replaced("StudyID", "[1]"), "4:10: `value` must be a text", ""},
      {replaced("StudyID", "''"),
       "4:10: not a value of the VR SH: it is empty, which is the action `empty`", ""},
      {replaced("StudyID", "12345678901234567"),
       "4:10: not a value of the VR SH: longer than 16 characters", ""},
      {replaced("StudyDescription", "K\xC3\xB6rper"),
       "4:10: not a value of the VR LO: only ASCII characters, no backslash", ""},
      {replaced("StudyDescription", "a\\b"),
       "4:10: not a value of the VR LO: only ASCII characters, no backslash", ""},
      {replaced("StudyDate", "20230230"),
       "4:10: not a value of the VR DA: write a day that exists as YYYYMMDD", ""},
      {replaced("StudyTime", "250000"), "4:10: not a value of the VR TM: write HHMMSS", ""},
      {replaced("AcquisitionDateTime", "2023"),
       "4:10: not a value of the VR DT: write YYYYMMDD or YYYYMMDDHHMMSS", ""},
      {replaced("Modality", "mr"),
       "4:10: not a value of the VR CS: only capital letters, digits, space and _", ""},
      {replaced("PatientAge", "45"),
       "4:10: not a value of the VR AS: write three digits and D, W, M or Y, such as 045Y", ""},
      {replaced("SliceThickness", "thin"), "4:10: not a value of the VR DS: not a number", ""},
      {replaced("SliceThickness", "nan"), "4:10: not a value of the VR DS: not a number", ""},
      {replaced("SeriesNumber", "1.5"), "4:10: not a value of the VR IS: not a number", ""},
      {replaced("FrameOfReferenceUID", "1.02"),
       "4:10: not a value of the VR UI: digits and dots, without leading zeros", ""},
      {replaced("PatientName", "a^b^c^d^e^f"),
       "4:10: not a value of the VR PN: at most five components, family name first: DOE^JOHN", ""},
  });
  for (const auto& [keyword, value] : std::vector<std::pair<std::string, std::string>>{
           {"StudyID", "S1"},
           {"StudyDate", "20230228"},
           {"StudyTime", "235959.5"},
           {"AcquisitionDateTime", "20230101120000+0100"},
           {"Modality", "MR"},
           {"PatientAge", "045Y"},
           {"SliceThickness", "-1.5e3"},
           {"SeriesNumber", "+12"},
           {"FrameOfReferenceUID", "1.2.0.3"},
           {"PatientName", "DOE^JOHN"},
           {"RetrieveURL", "about:blank"}})
    EXPECT_EQ(complaint(replaced(keyword, value)), "read") << keyword;
}

TEST(ProfileFile, AFileThatIsAbsentOrTooLargeIsToldInWords) {
  const test::TempDir folder;
  const std::string path = folder.path() / "my study.yaml";
  const auto told = [&] { return error_text(load_profile(path).error()); };
  EXPECT_EQ(told(), "dicom-client: error: profile " + path +
                        ": no such file or directory\nhint: check --profile\n");
  std::ofstream(path) << "base: basic\n";
  EXPECT_EQ(told(), "dicom-client: error: profile " + path +
                        ":1:1: the file's name cannot be the profile's: 1 to 32 letters, digits, "
                        "dots, `_` and `-` make a name\nhint: write a `name:`\n");
  std::ofstream(path) << std::string(300'000, '#');
  EXPECT_EQ(told(), "dicom-client: error: profile " + path + ": larger than 256 KiB\n");
  std::ofstream(path) << "# nothing\n";
  EXPECT_EQ(told(), "dicom-client: error: profile " + path +
                        ": the file is empty\nhint: its keys are: name, base, options, "
                        "without-options, rules\n");
}

TEST(ProfileFile, AnchorsAndDepthCostNothing) {
  std::string bomb = "name: &a x\nbase: basic\noptions: &o [retain-uids]\nrules:\n";
  for (int i = 0; i < 100; ++i) bomb += " - *o\n";
  EXPECT_EQ(complaint(bomb).substr(0, 71),
            "dicom-client: error: profile p.yaml:3:10: a rule must be a mapping\nhint");
  EXPECT_NE(complaint(std::string(100'000, '[')).find("this is not YAML"), std::string::npos);
}

}  // namespace
}  // namespace dcm::cli
