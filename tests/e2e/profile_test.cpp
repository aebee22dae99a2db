// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>

#include "e2e/tool.hpp"
#include "support/read_back.hpp"
#include "support/temp_dir.hpp"

/// Profiles as people use them: files, `profile list|show|explain`, the key, pseudonyms, the map.
namespace dcm::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

class Profiles : public ::testing::Test {
 protected:
  [[nodiscard]] std::string path(const std::string& name) const { return folder_.path() / name; }

  std::string file(const std::string& name, const std::string& text) const {
    write_file(path(name), text);
    EXPECT_EQ(::chmod(path(name).c_str(), 0600), 0);
    return path(name);
  }

  /// With a data folder of its own for the key.
  [[nodiscard]] RunOptions home() const {
    return {.environment = {{"XDG_DATA_HOME", path("data")}}};
  }

  [[nodiscard]] Json json_of(std::vector<std::string> words) const {
    words.emplace_back("--json");
    const RunResult result = run_tool(words, home());
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return Json::parse(result.out, nullptr, false);
  }

 private:
  TempDir folder_;
};

/// The first top-level attribute of that tag.
Json attribute(const Json& explained, const std::string& tag) {
  for (const Json& each : explained.at("files").at(0).at("attributes"))
    if (each.at("tag") == tag && each.at("depth") == 0) return each;
  return {};
}

TEST_F(Profiles, AreListedAndShown) {
  const RunResult list = run_tool({"profile", "list"});
  for (const char* name : {"demographics ", "basic ", "research "})
    EXPECT_NE(list.out.find(name), std::string::npos);
  const Json shown = json_of({"profile", "show", "research"});
  EXPECT_EQ(shown.at("name"), "research");
  EXPECT_EQ(shown.at("tables").at("E.1-1"), "2024b");
  EXPECT_EQ(shown.at("options").size(), 7U);
  EXPECT_FALSE(shown.contains("attributes"));
  const Json all = json_of({"profile", "show", "demographics", "--all"});
  EXPECT_EQ(all.at("actions"), (Json{{"remove", 20}}));
  EXPECT_EQ(all.at("attributes").size(), 20U);
}

TEST_F(Profiles, OfAFileAreShownWithTheirRules) {
  const std::string lung = file("lung.yaml",
                                "base: research\n"
                                "without-options: [clean-graphics]\n"
                                "rules:\n"
                                "  - {attribute: StudyDescription, action: replace, value: LUNG}\n"
                                "  - {attribute: '(0019,\"ACME\",10)', action: keep}\n"
                                "  - {group: 50xx, action: remove}\n");
  const Json shown = json_of({"profile", "show", lung, "--all"});
  EXPECT_EQ(shown.at("name"), "lung");
  EXPECT_EQ(shown.at("options").size(), 6U);
  EXPECT_EQ(shown.at("rules"),
            (Json{{{"for", "StudyDescription"}, {"action", "replace"}, {"value", "LUNG"}},
                  {{"for", "(0019,\"ACME\",10)"}, {"action", "keep"}},
                  {{"for", "50xx"}, {"action", "remove"}}}));
  const auto& rows = shown.at("attributes");
  const auto row = std::find_if(rows.begin(), rows.end(), [](const Json& each) {
    return each.at("keyword") == "StudyDescription";
  });
  ASSERT_NE(row, rows.end());
  EXPECT_EQ(row->at("action"), "replace");
  EXPECT_EQ(row->at("reason"), "rule for StudyDescription");
}

TEST_F(Profiles, ThatAreWrongEndWithOneAndThePlace) {
  const std::string wrong = file("wrong.yaml", "rules:\n  - {attribute: PatientNmae}\n");
  for (const auto& words : {std::vector<std::string>{"profile", "show", wrong},
                            {"anonymize", "x", "-o", path("out"), "--profile", wrong}}) {
    const RunResult result = run_tool(words);
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_EQ(result.err, "dicom-client: error: profile " + wrong +
                              ":2:17: unknown keyword `PatientNmae`\n"
                              "hint: did you mean `PatientName`?\n");
  }
}

TEST_F(Profiles, ExplainEachAttributeWithoutValuesUnlessAsked) {
  const Phantom phantom = make_phantom(Kind::ct, {});
  const std::string object = file("object.dcm", phantom.bytes);
  const RunResult text = run_tool({"profile", "explain", object}, home());
  EXPECT_EQ(text.exit_code, 0) << text.err;
  EXPECT_NE(text.out.find("(0010,0010) PN PatientName"), std::string::npos);
  for (const std::string& secret : {phantom.patient_name, phantom.patient_id, phantom.sop_uid})
    EXPECT_EQ(text.out.find(secret), std::string::npos) << secret;

  const Json explained = json_of({"profile", "explain", object, "--profile", "research"});
  EXPECT_EQ(explained.at("profile"), "research");
  EXPECT_EQ(attribute(explained, "(0010,0010)"), (Json{{"tag", "(0010,0010)"},
                                                       {"keyword", "PatientName"},
                                                       {"vr", "PN"},
                                                       {"depth", 0},
                                                       {"action", "pseudonym"},
                                                       {"reason", "table row Z"}}));
  EXPECT_EQ(attribute(explained, "(0008,0020)").at("action"), "shift");
  EXPECT_EQ(attribute(explained, "(0008,0020)").at("reason"), "option retain-modified-dates");
  EXPECT_EQ(attribute(explained, "(7fe0,0010)").at("action"), "keep");
  EXPECT_FALSE(fs::exists(path("data")));
}

TEST_F(Profiles, ExplainWithValuesBeforeAndAfter) {
  const Phantom phantom = make_phantom(Kind::ct, {});
  const std::string object = file("object.dcm", phantom.bytes);
  const std::string key = file("key", std::string(32, 'k'));
  const Json explained = json_of({"profile", "explain", object, "--values", "--key-file", key});
  const Json name = attribute(explained, "(0010,0010)");
  EXPECT_EQ(name.at("before"), "DOE^JOHN");
  EXPECT_EQ(name.at("after").get<std::string>().substr(0, 1), "P");
  const Json uid = attribute(explained, "(0008,0018)");
  EXPECT_EQ(uid.at("before"), phantom.sop_uid);
  EXPECT_EQ(uid.at("after").get<std::string>().substr(0, 5), "2.25.");
  EXPECT_FALSE(attribute(explained, "(0010,1040)").contains("after"));  // it goes
}

TEST_F(Profiles, ExplainTellsWhatIsNoDicomWithoutItsName) {
  const std::string text = file("DOE_JOHN.txt", "not an object");
  const RunResult result = run_tool({"profile", "explain", text}, home());
  EXPECT_EQ(result.exit_code, 6);
  EXPECT_NE(result.err.find("file number 1"), std::string::npos);
  EXPECT_EQ(result.err.find("DOE_JOHN"), std::string::npos);
  EXPECT_EQ(run_tool({"profile", "explain", path("absent")}, home()).exit_code, 5);
}

TEST_F(Profiles, GetMakesTheKeyOnceAndTheTreeKeepsToIt) {
  const Address server = shared_dcmqrscp().address;
  const Got first = get(server, path("out"), {"-p", "12345", "--profile", "basic"}, home());
  EXPECT_EQ(first.run.exit_code, 0) << first.run.err;
  const std::string key = path("data/dicom-client/project.key");
  EXPECT_NE(first.run.err.find("a new key was made, " + key), std::string::npos);
  EXPECT_NE(first.run.err.find("de-identified by PS3.15 2024b, profile basic\n"),
            std::string::npos);
  EXPECT_EQ(first.count("stored"), first.count("expected"));
  for (const auto& [uid, object] : objects_in(path("out"))) EXPECT_EQ(uid.substr(0, 5), "2.25.");

  const Got again = get(server, path("out"), {"-p", "12345", "--profile", "basic"}, home());
  EXPECT_EQ(again.run.exit_code, 0) << again.run.err;
  EXPECT_EQ(again.run.err.find("new key"), std::string::npos);
  EXPECT_EQ(again.count("skipped"), again.count("expected"));
  EXPECT_EQ(again.instances, first.instances);

  const std::string other = file("other.key", std::string(32, 'o'));
  const Got foreign =
      get(server, path("out"), {"-p", "12345", "--profile", "basic", "--key-file", other}, home());
  EXPECT_EQ(foreign.run.exit_code, 1);
  EXPECT_EQ(objects_in(path("out")).size(), first.instances.size());
}

TEST_F(Profiles, GetWritesTheMapOfWhatIsInTheTree) {
  const std::string key = file("key", std::string(32, 'k'));
  const std::string map = path("map.csv");
  const Got got =
      get(shared_dcmqrscp().address, path("out"),
          {"-p", "12345", "--profile", "basic", "--key-file", key, "--export-map", map}, home());
  EXPECT_EQ(got.run.exit_code, 0) << got.run.err;
  const std::string text = read_file(map);
  EXPECT_EQ(text.substr(0, 19), "kind,id_old,id_new\n");
  EXPECT_NE(text.find("\npatient,12345,P"), std::string::npos);
  for (const std::string& uid : got.instances)
    EXPECT_NE(text.find("," + uid + "\n"), std::string::npos);
  struct stat status {};
  ASSERT_EQ(::stat(map.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  const Got twice =
      get(shared_dcmqrscp().address, path("out"),
          {"-p", "12345", "--profile", "basic", "--key-file", key, "--export-map", map}, home());
  EXPECT_EQ(twice.run.exit_code, 1);
  EXPECT_NE(twice.run.err.find("no file is written over"), std::string::npos);
  EXPECT_EQ(read_file(map), text);
}

TEST_F(Profiles, GetNumbersPatientsBeforeItWrites) {
  const std::string table = path("p.csv");
  const Got refused = get(shared_dcmqrscp().address, path("none"),
                          {"-p", "12345", "--profile", "basic", "--pseudonyms",
                           file("empty.csv", "patient_id,pseudonym\n")},
                          home());
  EXPECT_EQ(refused.run.exit_code, 6) << refused.run.err;
  EXPECT_EQ(refused.count("stored"), 0);
  const Got got =
      get(shared_dcmqrscp().address, path("out"),
          {"-p", "12345", "--profile", "basic", "--pseudonyms", table, "--number-new"}, home());
  EXPECT_EQ(got.run.exit_code, 0) << got.run.err;
  EXPECT_EQ(read_file(table), "patient_id,pseudonym\n12345,PAT_0001\n");
  EXPECT_TRUE(fs::is_directory(path("out/PAT_0001")));
}

TEST_F(Profiles, GetDoesWhatTheRulesOfAFileSay) {
  const std::string own = file("own.yaml",
                               "base: demographics\n"
                               "rules:\n"
                               "  - {attribute: PatientID, action: hash}\n"
                               "  - {attribute: StudyDate, action: shift}\n"
                               "  - {attribute: StudyDescription, action: replace, value: LUNG}\n");
  const Got got =
      get(shared_dcmqrscp().address, path("out"), {"-p", "12345", "--profile", own}, home());
  EXPECT_EQ(got.run.exit_code, 0) << got.run.err;
  const auto objects = objects_in(path("out"));
  ASSERT_FALSE(objects.empty());
  for (const auto& [uid, object] : objects) {
    const std::string text = dump(object);
    EXPECT_EQ(text.find("12345]"), std::string::npos);
    EXPECT_EQ(text.find("DA [20230101]                              #   8, 1 StudyDate"),
              std::string::npos);
    EXPECT_NE(text.find("[LUNG]"), std::string::npos);
  }
  EXPECT_EQ(fs::path(objects.begin()->second).lexically_relative(path("out")).begin()->string()[0],
            'P');
}

TEST_F(Profiles, ADryRunMakesNoKeyAndNoFile) {
  const Got got = get(shared_dcmqrscp().address, path("out"),
                      {"-p", "12345", "--profile", "basic", "--dry-run", "--pseudonyms",
                       path("p.csv"), "--number-new", "--export-map", path("map.csv")},
                      home());
  EXPECT_EQ(got.run.exit_code, 0) << got.run.err;
  for (const char* name : {"out", "data", "p.csv", "map.csv"})
    EXPECT_FALSE(fs::exists(path(name))) << name;
}

}  // namespace
}  // namespace dcm::test
