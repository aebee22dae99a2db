// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <filesystem>

#include "e2e/tool.hpp"
#include "support/json_schema.hpp"
#include "support/read_back.hpp"
#include "support/temp_dir.hpp"

/// The tree that `get` leaves: names, modes, metadata.json, and that it never depends on the way.
namespace dcm::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

// Not by the code under test.
std::string six_digits(const std::string& text) {
  const RunResult result = run({"sh", "-c", "printf %s \"$0\" | sha256sum", text});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return result.out.substr(0, 6);
}

/// PATIENT/SERIES of all objects, and how many there are in each.
std::map<std::string, int> folders_in(const fs::path& tree) {
  std::map<std::string, int> folders;
  for (const auto& [uid, path] : objects_in(tree))
    ++folders[path.parent_path().lexically_relative(tree)];
  return folders;
}

class OutputTree : public ::testing::TestWithParam<WhichServer> {
 protected:
  Got get_into(const std::string& name, std::vector<std::string> arguments) {
    Got got = get(shared(GetParam()).address, tree(name), std::move(arguments));
    EXPECT_EQ(schema_violation(got.report, schema_of_docs("get.schema.json")), "") << got.run.out;
    return got;
  }
  [[nodiscard]] fs::path tree(const std::string& name) const { return folder_.path() / name; }

 private:
  TempDir folder_;
};

/// Contents and modes, without times.
std::map<std::string, std::pair<std::string, unsigned>> timeless(const fs::path& tree) {
  std::map<std::string, std::pair<std::string, unsigned>> out;
  for (auto& [path, state] : states_in(tree)) out[path] = {state.content, state.mode};
  return out;
}

TEST_P(OutputTree, NamesSeriesAsTheSpecificationDoes) {
  const Got got = get_into("tree", {"--patient-id", "12345"});
  ASSERT_EQ(got.run.exit_code, 0) << got.run.err;
  const std::string second = "1.2.826.0.1.3680043.10.1337.1.1.1.2";
  const std::map<std::string, int> expected = {{"12345/1_HEAD", 3},
                                               {"12345/1_HEAD_" + six_digits(second), 3},
                                               {"12345/99_REPORT", 1},
                                               {"12345/2_CHEST", 3},
                                               {"12345/3_T1_SE", 3}};
  EXPECT_EQ(folders_in(tree("tree")), expected);
  for (const auto& [uid, path] : objects_in(tree("tree")))
    EXPECT_EQ(path.parent_path().filename() == "1_HEAD_" + six_digits(second),
              uid.starts_with(second + "."));
}

TEST_P(OutputTree, TurnsHostileTextIntoHarmlessNames) {
  const Got got = get_into("tree", {"--study-date", "20190101-20200229"});
  ASSERT_EQ(got.run.exit_code, 0) << got.run.err;
  const std::map<std::string, int> expected = {{"_evil/1_a_b_", 1},
                                               {"unknown_patient/unknown_unknown", 1},
                                               {"PAT-0013/-1_tab_bell_line_esc_31mred", 1}};
  EXPECT_EQ(folders_in(tree("tree")), expected);
  const auto around = fs::directory_iterator(tree("tree").parent_path());
  EXPECT_EQ(std::distance(fs::begin(around), fs::end(around)), 1) << "something left the tree";
  const Json evil = Json::parse(read_file(tree("tree") / "_evil/metadata.json"));
  EXPECT_EQ(evil.at("PatientID"), "../evil");
  const Json nameless = Json::parse(read_file(tree("tree") / "unknown_patient/metadata.json"));
  EXPECT_EQ(nameless.at("PatientID"), "");
}

TEST_P(OutputTree, HoldsPrivateFilesOnly) {
  ASSERT_EQ(get_into("tree", {"--patient-id", "12345"}).run.exit_code, 0);
  std::set<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(tree("tree"))) {
    const auto mode = static_cast<unsigned>(entry.symlink_status().permissions());
    EXPECT_EQ(mode, entry.is_directory() ? 0700U : 0600U) << entry.path();
    EXPECT_FALSE(entry.is_symlink());
    if (!entry.is_directory() && entry.path().extension() != ".dcm")
      names.insert(entry.path().lexically_relative(tree("tree")));
  }
  EXPECT_EQ(static_cast<unsigned>(fs::status(tree("tree")).permissions()), 0700U);
  EXPECT_EQ(names, (std::set<std::string>{"12345/metadata.json", ".dicom-client/ledger.db",
                                          ".dicom-client/ledger.key", ".dicom-client/lock",
                                          ".dicom-client/tree.json"}));
}

TEST_P(OutputTree, DescribesThePatientInMetadata) {
  ASSERT_EQ(get_into("tree", {"--patient-id", "12345", "--anonymize-data"}).run.exit_code, 0);
  const fs::path patient = tree("tree") / "12345";
  Json metadata = Json::parse(read_file(patient / "metadata.json"));
  EXPECT_EQ(schema_violation(metadata, schema_of_docs("metadata.schema.json")), "");
  EXPECT_EQ(metadata.at("PatientID"), "12345");
  EXPECT_EQ(metadata.at("SeriesNumber"), Json({"1", "2", "3", "99"}));
  const Json made_by = metadata.at("made_by");
  EXPECT_EQ(made_by.at("profile"), "demographics");
  EXPECT_EQ(made_by.at("options"), Json::array());
  const std::string version = run_tool({"--version"}).out;
  EXPECT_EQ("dicom-client " + made_by.at("version").get<std::string>(),
            version.substr(0, version.find('\n')));
  ASSERT_EQ(metadata.at("studies").size(), 2U);
  EXPECT_EQ(metadata.at("studies")[0].at("StudyDate"), "20120606");
  Json recent = metadata.at("studies")[1];
  std::uintmax_t bytes = 0;
  for (const auto& entry : fs::directory_iterator(patient / "3_T1_SE")) bytes += entry.file_size();
  const std::string study = "1.2.826.0.1.3680043.10.1337.1.1.2";
  EXPECT_EQ(recent.at("series").at(1), (Json{{"SeriesInstanceUID", study + ".2"},
                                             {"SeriesNumber", "3"},
                                             {"SeriesDescription", "T1 SE"},
                                             {"SeriesDate", "20230101"},
                                             {"Modality", "MR"},
                                             {"folder", "3_T1_SE"},
                                             {"instances", 3},
                                             {"bytes", bytes}}));
  recent.erase("series");
  EXPECT_EQ(recent, (Json{{"StudyInstanceUID", study},
                          {"StudyDate", "20230101"},
                          {"StudyDescription", "STUDY 2"},
                          {"StudyID", "2"},
                          {"AccessionNumber", "ACC102"}}));
}

TEST_P(OutputTree, IsTheSameByteForByteWithOneJobAndFour) {
  for (const char* mode : {"--anonymize-data", "--everything"}) {
    const std::string one = std::string("one") + mode, four = std::string("four") + mode;
    ASSERT_EQ(get_into(one, {"--everything", mode, "--jobs", "1"}).run.exit_code, 0);
    ASSERT_EQ(get_into(four, {"--everything", mode, "--jobs", "4"}).run.exit_code, 0);
    EXPECT_EQ(objects_in(tree(one)).size(), shared(GetParam()).phantoms.size());
    EXPECT_TRUE(timeless(tree(one)) == timeless(tree(four)));
  }
}

TEST_P(OutputTree, IsLeftAloneByASecondRun) {
  const std::vector<std::string> arguments = {"--patient-name", "doe*", "--anonymize-data"};
  const Got first = get_into("tree", arguments);
  ASSERT_EQ(first.run.exit_code, 0) << first.run.err;
  const auto before = states_in(tree("tree"));
  const Got second = get_into("tree", arguments);
  EXPECT_EQ(second.run.exit_code, 0) << second.run.err;
  EXPECT_EQ(second.count("skipped"), first.count("stored"));
  EXPECT_EQ(second.count("expected"), first.count("expected"));
  EXPECT_EQ(second.count("stored"), 0);
  EXPECT_EQ(second.count("bytes"), 0);
  const auto after = states_in(tree("tree"));
  ASSERT_EQ(after.size(), before.size());
  for (const auto& [path, state] : before) {
    EXPECT_EQ(after.at(path).content, state.content) << path;
    EXPECT_EQ(after.at(path).written, state.written) << path;
  }
}

TEST_P(OutputTree, GrowsToWhatOneRunGives) {
  ASSERT_EQ(get_into("whole", {"--patient-id", "12345"}).run.exit_code, 0);
  ASSERT_EQ(get_into("grown", {"--patient-id", "12345", "-d", "20120606"}).run.exit_code, 0);
  const Got rest = get_into("grown", {"--patient-id", "12345"});
  EXPECT_EQ(rest.count("skipped"), 7);
  EXPECT_EQ(rest.count("stored"), 6);
  EXPECT_TRUE(timeless(tree("whole")) == timeless(tree("grown")));
}

TEST_P(OutputTree, KeepsANameOnceGiven) {
  const std::string study = "1.2.826.0.1.3680043.10.1337.1.1.1";
  ASSERT_EQ(
      get_into("tree", {"--level", "SERIES", "--series-instance-uid", study + ".2"}).run.exit_code,
      0);
  ASSERT_EQ(get_into("tree", {"--study-instance-uid", study}).run.exit_code, 0);
  const auto objects = objects_in(tree("tree"));
  EXPECT_EQ(objects.at(study + ".2.1").parent_path().filename(), "1_HEAD");
  EXPECT_EQ(objects.at(study + ".1.1").parent_path().filename(),
            "1_HEAD_" + six_digits(study + ".1"));
}

TEST_P(OutputTree, BelongsToOneProfile) {
  ASSERT_EQ(get_into("anonymized", {"--patient-id", "PAT-0003", "--anonymize-data"}).run.exit_code,
            0);
  ASSERT_EQ(get_into("received", {"--patient-id", "PAT-0003"}).run.exit_code, 0);
  const auto anonymized = timeless(tree("anonymized")), received = timeless(tree("received"));
  EXPECT_FALSE(anonymized == received);
  const Got mixed = get_into("anonymized", {"--patient-id", "PAT-0004"});
  EXPECT_EQ(mixed.run.exit_code, 1) << mixed.run.err;
  EXPECT_EQ(mixed.count("bytes"), 0);
  EXPECT_EQ(mixed.count("exit"), 1);
  EXPECT_EQ(get_into("received", {"--patient-id", "PAT-0004", "--anonymize-data"}).run.exit_code,
            1);
  EXPECT_TRUE(timeless(tree("anonymized")) == anonymized);
  EXPECT_TRUE(timeless(tree("received")) == received);
}

TEST_P(OutputTree, IsTheSameByEitherNameOfTheProfile) {
  ASSERT_EQ(get_into("tree", {"-p", "PAT-0003", "--anonymize-data"}).run.exit_code, 0);
  const Got again = get_into("tree", {"-p", "PAT-0003", "--profile", "demographics"});
  EXPECT_EQ(again.run.exit_code, 0) << again.run.err;
  EXPECT_EQ(again.count("skipped"), 3);
}

TEST_P(OutputTree, IsNotMadeByADryRun) {
  const Got got = get_into("tree", {"--patient-id", "12345", "--dry-run"});
  EXPECT_EQ(got.run.exit_code, 0) << got.run.err;
  EXPECT_EQ(got.count("expected"), 13);
  EXPECT_EQ(got.count("stored"), 0);
  EXPECT_NE(got.run.err.find("1 patient, 2 studies, 5 series, 13 instances"), std::string::npos)
      << got.run.err;
  EXPECT_FALSE(fs::exists(tree("tree")));
}

TEST_P(OutputTree, StandsInOutputDirUnlessToldOtherwise) {
  const TempDir here;
  const RunResult result = run_tool_at(shared(GetParam()).address,
                                       {"get", "--patient-name", "Doe John", "--anonymize-data"},
                                       {.working_directory = here.path().string()});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "") << "results only, and none were asked for";
  EXPECT_TRUE(fs::exists(here.path() / "output_dir/12345/metadata.json"));
  EXPECT_EQ(objects_in(here.path() / "output_dir").size(), 13U);
}

TEST_P(OutputTree, IsReportedInValidJsonWhateverHappens) {
  EXPECT_EQ(get_into("tree", {"--patient-id", "NOBODY"}).count("exit"), 3);
  const Got down = get({free_port(), "NOBODY"}, tree("tree"), {"--patient-id", "12345"});
  EXPECT_EQ(down.count("exit"), 4);
  EXPECT_EQ(schema_violation(down.report, schema_of_docs("get.schema.json")), "") << down.run.out;
  EXPECT_FALSE(fs::exists(tree("tree")));
}

INSTANTIATE_TEST_SUITE_P(From, OutputTree, ::testing::ValuesIn(kBothServers),
                         [](const auto& tested) { return name_of(tested.param); });

TEST(OutputTreeOfNamesakes, KeepsPatientsApart) {
  const DcmqrscpServer server;
  std::vector<Phantom> phantoms;
  const auto add = [&](int number, const char* id, const char* date) {
    phantoms.push_back(
        make_phantom(Kind::ct, {.person = {number, id, "DOE^J"}, .study_date = date}));
    return phantoms.back();
  };
  add(1, "A/B", "20200101");
  add(2, "A:B", "20190101");
  add(3, "a_b", "20180101");
  const Phantom first = add(4, "", "20180101"), second = add(5, "", "20190101");
  ASSERT_TRUE(server.store(phantoms));
  const TempDir folder;
  const Got got = get(address_of(server), folder.path() / "tree", {"--patient-name", "DOE^J"});
  ASSERT_EQ(got.run.exit_code, 0) << got.run.err;
  const std::map<std::string, int> expected = {
      {"a_b/1_PHANTOM", 1},
      {"A_B_" + six_digits("A:B") + "/1_PHANTOM", 1},
      {"A_B_" + six_digits("A/B") + "/1_PHANTOM", 1},
      {"unknown_patient/1_PHANTOM", 1},
      {"unknown_patient_" + six_digits(second.study_uid) + "/1_PHANTOM", 1}};
  EXPECT_EQ(folders_in(folder.path() / "tree"), expected);
  EXPECT_EQ(objects_in(folder.path() / "tree").at(first.sop_uid).lexically_relative(folder.path()),
            fs::path("tree/unknown_patient/1_PHANTOM") / (first.sop_uid + ".dcm"));
}

/// A study UID that two patients have.
template <typename Server>
void expect_one_patient_of_two(const Server& server) {
  const Person other{.id = "54321", .name = "ROE^JANE"};
  const std::vector<Phantom> phantoms = {
      make_phantom(Kind::ct, {.series = 1, .instance = 1}),
      make_phantom(Kind::ct, {.series = 1, .instance = 2}),
      make_phantom(Kind::ct, {.person = other, .series = 2, .instance = 3}),
      make_phantom(Kind::ct, {.person = other, .series = 2, .instance = 4})};
  ASSERT_TRUE(server.store(phantoms));
  const TempDir folder;
  const Got got = get(address_of(server), folder.path() / "one", {"--patient-name", "doe john"});
  ASSERT_EQ(got.run.exit_code, 0) << got.run.err;
  EXPECT_EQ(got.count("expected"), 2);
  EXPECT_EQ(got.count("stored"), 2);
  EXPECT_EQ(folders_in(folder.path() / "one"),
            (std::map<std::string, int>{{"12345/1_PHANTOM", 2}}));
  EXPECT_NE(got.run.err.find("warning: 1 series of a study that was asked for by its patient tells "
                             "another PatientID, and is left out"),
            std::string::npos)
      << got.run.err;

  const Got both = get(address_of(server), folder.path() / "both",
                       {"--study-instance-uid", phantoms.front().study_uid});
  ASSERT_EQ(both.run.exit_code, 0) << both.run.err;
  EXPECT_EQ(both.count("expected"), 4);
  EXPECT_EQ(both.run.err.find("warning"), std::string::npos) << both.run.err;
  EXPECT_EQ(folders_in(folder.path() / "both"),
            (std::map<std::string, int>{{"12345/1_PHANTOM", 2}, {"54321/1_PHANTOM", 2}}));
}

TEST(OutputTreeOfAStudyShared, HoldsThePatientAskedForFromDcmqrscp) {
  expect_one_patient_of_two(DcmqrscpServer());
}

TEST(OutputTreeOfAStudyShared, HoldsThePatientAskedForFromOrthanc) {
  expect_one_patient_of_two(OrthancServer(orthanc_options()));
}

}  // namespace
}  // namespace dcm::test
