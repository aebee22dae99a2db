// SPDX-License-Identifier: MIT
#include "cli/deid_options.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "support/read_back.hpp"
#include "support/temp_dir.hpp"

namespace dcm::cli {
namespace {

namespace fs = std::filesystem;
using deid::Option;
using deid::OptionSet;

using Words = std::vector<std::string>;

/// `anonymize` with these words, as far as they are about de-identification.
Checked<DeidOptions> understood(const Words& words) {
  std::vector<const char*> arguments{"anonymize", "folder"};
  for (const auto& word : words) arguments.push_back(word.c_str());
  DCM_TRY(const auto typed, read_command_line(arguments));
  return understand_deid(typed);
}

std::string complaint(const Words& words) {
  const auto options = understood(words);
  if (options) return "understood";
  EXPECT_EQ(options.error().exit, ExitCode::usage);
  return error_text(options.error());
}

DeidOptions options_of(const Words& words) {
  auto options = understood(words);
  EXPECT_TRUE(options) << error_text(options.error());
  return options ? std::move(*options) : DeidOptions{};
}

OptionSet chosen(const Words& words) {
  const auto options = options_of(words);
  EXPECT_TRUE(options.profile);
  return options.profile ? options.profile->options() : OptionSet{};
}

struct Refusal {
  Words words;
  std::string_view error;
  std::string_view hint;
};

void expect_refusals(const std::vector<Refusal>& rows) {
  for (const auto& row : rows) {
    auto expected = "dicom-client: error: option " + std::string(row.error) + "\n";
    if (!row.hint.empty()) expected += "hint: " + std::string(row.hint) + "\n";
    EXPECT_EQ(complaint(row.words), expected);
  }
}

std::string name(Option option) { return std::string(deid::name_of(option).name); }

TEST(DeidOptions, WithoutAnyObjectsStayAsReceived) { EXPECT_FALSE(options_of({}).profile); }

TEST(DeidOptions, NameAProfile) {
  EXPECT_EQ(options_of({"--anonymize-data"}).profile->name(), "demographics");
  EXPECT_EQ(options_of({"--anonymize-data", "--profile", "demographics"}).profile->name(),
            "demographics");
  EXPECT_EQ(options_of({"--profile", "research"}).profile->name(), "research");
  EXPECT_EQ(options_of({"--option", "retain-uids"}).profile->name(), "basic");
}

TEST(DeidOptions, AreAddedToThoseOfTheProfileAndLeftOut) {
  EXPECT_EQ(chosen({"--option", "retain-uids", "--option", "clean-graphics"}),
            (OptionSet{Option::retain_uids, Option::clean_graphics}));
  auto expected = deid::find_profile("research")->options();
  expected.add(Option::retain_institution_identity);
  expected.remove(Option::clean_graphics);
  EXPECT_EQ(chosen({"--profile", "research", "--option", "retain-institution-identity",
                    "--without-option", "clean-graphics"}),
            expected);
}

TEST(DeidOptions, FullDatesReplaceTheModifiedOnesOfResearch) {
  const auto dates = chosen({"--profile", "research", "--option", "retain-full-dates"});
  EXPECT_TRUE(dates.has(Option::retain_full_dates));
  EXPECT_FALSE(dates.has(Option::retain_modified_dates));
}

TEST(DeidOptions, EveryPairThatMayStandTogetherMakesAProfile) {
  int pairs = 0;
  for (std::size_t i = 0; i < deid::kOptions; ++i) {
    for (std::size_t k = i + 1; k < deid::kOptions; ++k) {
      const auto one = static_cast<Option>(i), other = static_cast<Option>(k);
      const Words words{"--option", name(one), "--option", name(other)};
      if (one == Option::retain_full_dates && other == Option::retain_modified_dates) continue;
      EXPECT_EQ(chosen(words), (OptionSet{one, other}));
      ++pairs;
    }
  }
  EXPECT_EQ(pairs, 44);
}

TEST(DeidOptions, RefuseWhatExcludesEachOther) {
  expect_refusals({
      {{"--option", "retain-full-dates", "--option", "retain-modified-dates"},
       "--option: retain-full-dates and retain-modified-dates exclude each other",
       "choose one"},
      {{"--profile", "research", "--option", "retain-modified-dates", "--option",
        "retain-full-dates"},
       "--option: retain-full-dates and retain-modified-dates exclude each other",
       "choose one"},
      {{"--option", "retain-uids", "--without-option", "retain-uids"},
       "--option: retain-uids is both asked for and left out",
       "choose one"},
      {{"--anonymize-data", "--profile", "basic"},
       "--anonymize-data: it is --profile demographics, and --profile basic is given",
       "leave one of them out"},
      {{"--anonymize-data", "--option", "retain-uids"},
       "--option: the profile demographics has no options",
       "options belong to --profile basic and research"},
      {{"--anonymize-data", "--without-option", "retain-uids"},
       "--without-option: the profile demographics has no options",
       "options belong to --profile basic and research"},
      {{"--without-option", "retain-uids"},
       "--without-option: there is no profile to leave it out of",
       "add --profile research"},
  });
}

TEST(DeidOptions, RefuseUnknownNames) {
  expect_refusals({
      {{"--option", "clean-descriptor"},
       "--option: there is no option clean-descriptor",
       "did you mean `clean-descriptors`?"},
      {{"--profile", "reserach"},
       "--profile: there is no profile reserach",
       "did you mean `research`?"},
      {{"--profile", "xyz"},
       "--profile: there is no profile xyz",
       "the profiles are: demographics, basic, research, or a YAML file"},
      {{"--option", "clean-pixel-data"},
       "--option: clean-pixel-data is not there yet: no pixels are changed",
       "look at the images yourself before you pass them on"},
      {{"--without-option", "clean-recognizable-visual-features", "--profile", "basic"},
       "--without-option: clean-recognizable-visual-features is not there yet: no pixels are "
       "changed",
       "look at the images yourself before you pass them on"},
  });
}

TEST(DeidOptions, RefuseWhatWouldDoNothing) {
  const std::vector<Words> companions{{"--key-file", "k"},   {"--pseudonyms", "p.csv"},
                                      {"--number-new"},      {"--export-map", "m.csv"},
                                      {"--scrub-list", "s"}, {"--allow-burned-in"}};
  for (const Words& each : companions) {
    expect_refusals({{each, each[0] + ": it changes nothing without a profile",
                      "it goes with --profile basic or research"}});
    Words with_demographics = each;
    with_demographics.emplace_back("--anonymize-data");
    expect_refusals(
        {{with_demographics, each[0] + ": it changes nothing under the profile demographics",
          "it goes with --profile basic or research"}});
  }
  expect_refusals({{{"--profile", "basic", "--number-new"},
                    "--number-new: there is no table to add to",
                    "name a CSV file with --pseudonyms; it is made where it is absent"}});
}

TEST(DeidOptions, AProfileFileIsWhatHoldsASlashOrEndsSo) {
  const test::TempDir folder;
  const std::string path = folder.path() / "lung.yaml";
  std::ofstream(path) << "base: demographics\n"
                         "rules:\n"
                         "  - {attribute: PatientID, action: hash}\n";
  const auto options = options_of({"--profile", path, "--key-file", "k", "--pseudonyms", "p.csv"});
  ASSERT_TRUE(options.profile);
  EXPECT_EQ(options.profile->name(), "lung");
  EXPECT_EQ(options.key_file, "k");
  EXPECT_EQ(complaint({"--profile", "absent.yaml"}),
            "dicom-client: error: profile absent.yaml: no such file or directory\n"
            "hint: check --profile\n");
  const auto scrubbed = complaint({"--profile", path, "--scrub-list", "s"});
  EXPECT_NE(scrubbed.find("changes nothing under the profile lung"), std::string::npos);
}

/// A home of its own, and a tree to be.
class ProjectToOpen : public ::testing::Test {
 protected:
  [[nodiscard]] std::string path(const std::string& name) const { return folder_.path() / name; }

  std::string file(const std::string& name, const std::string& text, mode_t mode = 0600) {
    std::ofstream(path(name)) << text;
    EXPECT_EQ(::chmod(path(name).c_str(), mode), 0);
    return path(name);
  }

  [[nodiscard]] Environment environment() const {
    return [data = path("data")](const char* name) -> std::optional<std::string> {
      if (std::string_view(name) == "XDG_DATA_HOME") return data;
      return std::nullopt;
    };
  }

  Checked<OpenProject> open(const Words& words) {
    return OpenProject::open(options_of(words), path("out"), environment());
  }

  std::string refusal(const Words& words) {
    const auto project = open(words);
    return project ? "opened" : error_text(project.error());
  }

  std::string seal(const Words& words) {
    const auto project = open(words);
    EXPECT_TRUE(project) << error_text(project.error());
    return project ? project->identity().seal : std::string();
  }

 private:
  test::TempDir folder_;
};

TEST_F(ProjectToOpen, IsNoneWithoutAProfileAndNeedsNoKeyForDemographics) {
  const auto none = open({});
  ASSERT_TRUE(none);
  EXPECT_EQ(none->project(), nullptr);
  EXPECT_EQ(none->identity().profile, "none");
  EXPECT_EQ(none->identity().seal, "");
  const auto demographics = open({"--anonymize-data"});
  ASSERT_TRUE(demographics);
  EXPECT_FALSE(demographics->project()->key);
  EXPECT_EQ(demographics->identity().profile, "demographics");
  EXPECT_EQ(demographics->identity().table_edition, "2024b");
  EXPECT_EQ(demographics->identity().seal, "");
  EXPECT_FALSE(fs::exists(path("data")));
}

TEST_F(ProjectToOpen, MakesTheDefaultKeyOnceAndTellsItThen) {
  const auto first = open({"--profile", "basic"});
  ASSERT_TRUE(first) << error_text(first.error());
  const std::string key = path("data/dicom-client/project.key");
  EXPECT_EQ(first->new_key(), key);
  EXPECT_EQ(fs::file_size(key), 32U);
  const auto second = open({"--profile", "basic"});
  ASSERT_TRUE(second);
  EXPECT_EQ(second->new_key(), "");
  EXPECT_EQ(first->identity().seal, second->identity().seal);
  EXPECT_EQ(first->identity().seal.size(), 64U);
}

TEST_F(ProjectToOpen, LookingMakesNothing) {
  const auto words = Words{"--profile", "basic", "--pseudonyms", path("p.csv"), "--number-new"};
  auto project = OpenProject::look(options_of(words), environment());
  ASSERT_TRUE(project) << error_text(project.error());
  EXPECT_TRUE(project->has_example_key());
  EXPECT_TRUE(project->project()->key);
  const std::vector<std::string> patients{"1"};
  EXPECT_TRUE(project->number(patients));
  EXPECT_FALSE(fs::exists(path("data")));
  EXPECT_FALSE(fs::exists(path("p.csv")));
}

TEST_F(ProjectToOpen, RefusesAKeyThatOthersCanReadOrThatTheTreeWouldTakeAlong) {
  const std::string open_key = file("open.key", std::string(32, 'k'), 0644);
  EXPECT_NE(refusal({"--profile", "basic", "--key-file", open_key}).find("others can read the key"),
            std::string::npos);
  const std::string words = "it lies in the output folder, and would be passed on with the objects";
  fs::create_directories(path("out/in"));
  const std::string inside = file("out/in/k", std::string(32, 'k'));
  EXPECT_EQ(refusal({"--profile", "basic", "--key-file", inside}),
            "dicom-client: error: key file " + inside + ": " + words +
                "\nhint: choose another file with --key-file, or another folder with --output\n");
  EXPECT_NE(refusal({"--profile", "basic", "--pseudonyms", path("out/p.csv")}).find(words),
            std::string::npos);
  EXPECT_NE(refusal({"--profile", "basic", "--export-map", path("out/m.csv")}).find(words),
            std::string::npos);
  EXPECT_FALSE(fs::exists(path("data")));
}

TEST_F(ProjectToOpen, TellsFilesThatAreAbsentOrWrong) {
  const std::string absent = path("absent");
  for (const auto& [option, what] :
       std::map<std::string, std::string>{{"--key-file", "key file"},
                                          {"--pseudonyms", "pseudonyms"},
                                          {"--scrub-list", "scrub list"}}) {
    const auto project = open({"--profile", "basic", option, absent});
    ASSERT_FALSE(project);
    EXPECT_EQ(project.error().exit, ExitCode::usage);
    EXPECT_EQ(project.error().what, what + " " + absent);
    EXPECT_EQ(project.error().why, "no such file or directory");
  }
  const std::string table = file("p.csv", "patient_id,pseudonym\n1,A\n2,A\n");
  EXPECT_EQ(refusal({"--profile", "basic", "--pseudonyms", table}).substr(0, 43 + table.size()),
            "dicom-client: error: pseudonyms " + table + ":3: not a r");
  const std::string list = file("scrub", "Ward 7\n\n# staff\nX\n");
  EXPECT_EQ(refusal({"--profile", "basic", "--scrub-list", list}),
            "dicom-client: error: scrub list " + list +
                ":4: one character is no phrase: it would cut words to pieces\n");
}

TEST_F(ProjectToOpen, ReadsPhrases) {
  const std::string list =
      file("scrub", "\xEF\xBB\xBFWard 7\r\n\n # staff\n  Dr. M\xC3\xBCller \nX1");
  const auto project = open({"--profile", "basic", "--scrub-list", list});
  ASSERT_TRUE(project) << error_text(project.error());
  EXPECT_EQ(project->project()->phrases,
            (std::vector<std::string>{"Ward 7", "Dr. M\xC3\xBCller", "X1"}));
}

TEST_F(ProjectToOpen, NumbersNewPatientsInTheirFile) {
  const std::string table = file("p.csv", "patient_id,pseudonym\nB,PAT_0007\n");
  auto project = open({"--profile", "basic", "--pseudonyms", table, "--number-new"});
  ASSERT_TRUE(project) << error_text(project.error());
  const std::vector<std::string> patients{"C", "A", "B"};
  ASSERT_TRUE(project->number(patients));
  EXPECT_EQ(test::read_file(table), "patient_id,pseudonym\nB,PAT_0007\nA,PAT_0008\nC,PAT_0009\n");
  EXPECT_EQ(project->project()->pseudonym("C").value(), "PAT_0009");
  // The lock is gone: another may open the table.
  EXPECT_TRUE(open({"--profile", "basic", "--pseudonyms", table, "--number-new"}));
}

TEST_F(ProjectToOpen, SealsAllThatMakesOtherObjects) {
  const std::string key = file("a.key", std::string(32, 'a'));
  const std::string other_key = file("b.key", std::string(32, 'b'));
  const std::string list = file("one", "Ward 7\nWard 8\n"),
                    turned = file("two", "Ward 8\nWard 7\n");
  const std::string table = file("p.csv", "patient_id,pseudonym\n");
  const std::string rule = file("p.yaml", "rules: [{attribute: StudyID, action: keep}]\n");
  const std::string same =
      file("q.yaml", "name: p\nrules:\n- action: keep\n  attribute: '00200010'\n");
  const Words basic{"--profile", "basic", "--key-file", key};
  const auto with = [&](Words more) {
    more.insert(more.begin(), basic.begin(), basic.end());
    return seal(more);
  };
  std::set<std::string> seals{seal(basic)};
  seals.insert(seal({"--profile", "basic", "--key-file", other_key}));
  seals.insert(with({"--scrub-list", list}));
  seals.insert(with({"--pseudonyms", table}));
  seals.insert(with({"--allow-burned-in"}));
  seals.insert(seal({"--profile", rule, "--key-file", key}));
  EXPECT_EQ(seals.size(), 6U);
  EXPECT_EQ(with({"--scrub-list", turned}), with({"--scrub-list", list}));
  EXPECT_EQ(seal({"--profile", same, "--key-file", key}),
            seal({"--profile", rule, "--key-file", key}));
  const std::string plain =
      file("d.yaml", "base: demographics\nrules: [{attribute: StudyID, action: remove}]\n");
  EXPECT_EQ(seal({"--profile", plain}).size(), 64U);
}

}  // namespace
}  // namespace dcm::cli
