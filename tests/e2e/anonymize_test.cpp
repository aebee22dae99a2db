// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <csignal>

#include "e2e/tool.hpp"
#include "support/json_schema.hpp"
#include "support/read_back.hpp"
#include "support/temp_dir.hpp"

namespace dcm::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// When each file of a tree was written, and what is in it.
std::map<std::string, std::pair<fs::file_time_type, std::string>> states_of(const fs::path& tree) {
  std::map<std::string, std::pair<fs::file_time_type, std::string>> states;
  for (const auto& [path, state] : states_in(tree)) states[path] = {state.written, state.content};
  return states;
}

class AnonymizeCommand : public testing::Test {
 protected:
  AnonymizeCommand() {
    write_file(root() / "key", "the key of a test, known to everybody");
    fs::permissions(root() / "key", fs::perms::owner_read | fs::perms::owner_write);
  }

  [[nodiscard]] const fs::path& root() const { return folder_.path(); }
  [[nodiscard]] fs::path input() const { return root() / "input"; }
  [[nodiscard]] fs::path output() const { return root() / "output"; }

  [[nodiscard]] std::vector<std::string> command(std::vector<std::string> options = {}) const {
    options.insert(options.begin(), {"anonymize", input(), "-o", output(), "--profile", "research",
                                     "--key-file", root() / "key", "--json"});
    return options;
  }

  Got run(std::vector<std::string> options = {}) const {
    const RunResult run = run_tool(command(std::move(options)));
    const auto report = nlohmann::json::parse(run.out, nullptr, false);
    EXPECT_EQ(schema_violation(report, schema_of_docs("anonymize.schema.json")), "") << run.out;
    EXPECT_EQ(report.value("exit", -1), run.exit_code);
    return got_by(run, output());
  }

 private:
  TempDir folder_;
};

TEST_F(AnonymizeCommand, MakesATreeOfAFolderAndTellsWhatItLeftOut) {
  const auto phantoms = default_collection();
  write_files(phantoms, input() / "DOE^JOHN");
  write_file(input() / "notes.txt", "about DOE^JOHN");
  const Got got = run();
  EXPECT_EQ(got.run.exit_code, 0) << got.run.err;
  EXPECT_EQ(got.count("stored"), static_cast<long>(phantoms.size()));
  EXPECT_EQ(got.count("not_dicom"), 1);
  EXPECT_EQ(got.instances.size(), phantoms.size());
  EXPECT_NE(got.run.err.find("1 file is no DICOM"), std::string::npos) << got.run.err;
  EXPECT_EQ((got.run.out + got.run.err).find("DOE"), std::string::npos);
  for (const auto& [uid, path] : objects_in(output())) {
    const std::string text = dump(path);
    EXPECT_NE(text.find("(0012,0062) CS [YES]"), std::string::npos) << uid;
    EXPECT_EQ(text.find("DOE^JOHN"), std::string::npos) << uid;
  }

  const auto states = states_of(output());
  const Got again = run();
  EXPECT_EQ(again.run.exit_code, 0);
  EXPECT_EQ(again.count("skipped"), static_cast<long>(phantoms.size()));
  EXPECT_TRUE(states_of(output()) == states);
}

TEST_F(AnonymizeCommand, NamesObjectsToLookAtByTheirNewUidAndByPathOnlyOnRequest) {
  const Phantom ultrasound = make_phantom(Kind::ultrasound, {});
  const Phantom cut = make_phantom(Kind::ct, {.instance = 2});
  write_file(input() / "DOE_JOHN_1", ultrasound.bytes);
  write_file(input() / "DOE_JOHN_2", cut.bytes.substr(0, 1500));
  const Got got = run();
  EXPECT_EQ(got.run.exit_code, 6);
  ASSERT_EQ(got.report["objects"].size(), 2U) << got.run.out;
  EXPECT_EQ(got.report["objects"][0]["state"], "doubtful");
  EXPECT_TRUE(got.instances.contains(got.report["objects"][0]["sop_instance_uid"]));
  EXPECT_EQ(got.report["objects"][1]["state"], "refused");
  EXPECT_EQ((got.run.out + got.run.err).find("DOE"), std::string::npos);
  const Got with_paths = run({"--report-paths"});
  EXPECT_EQ(with_paths.report["objects"][1]["path"], (input() / "DOE_JOHN_2").string());
}

TEST_F(AnonymizeCommand, WritesNothingOnADryRun) {
  write_files(default_collection(), input());
  const Got got = run({"--dry-run"});
  EXPECT_EQ(got.run.exit_code, 0) << got.run.err;
  EXPECT_EQ(got.count("stored"), static_cast<long>(default_collection().size()));
  EXPECT_FALSE(fs::exists(output()));
  EXPECT_NE(got.run.err.find("would be stored"), std::string::npos) << got.run.err;
}

TEST_F(AnonymizeCommand, EndsWithThreeWhereNothingIsDicom) {
  write_file(input() / "notes.txt", "text");
  EXPECT_EQ(run().run.exit_code, 3);
  fs::remove(input() / "notes.txt");
  EXPECT_EQ(run().run.exit_code, 3);
}

TEST_F(AnonymizeCommand, RefusesWhatCannotBeMeant) {
  const std::string in = input(), out = output(), key = root() / "key";
  write_file(input() / "DOE_JOHN", make_phantom(Kind::ct, {}).bytes);
  const std::vector<std::vector<std::string>> wrong = {
      {"anonymize", "-o", out, "--profile", "basic", "--key-file", key},
      {"anonymize", in, "-o", out},
      {"anonymize", in, root() / "DOE_JANE", "-o", out, "--profile", "basic", "--key-file", key},
      {"anonymize", in, "-o", in, "--profile", "basic", "--key-file", key},
      {"anonymize", in / fs::path("DOE_JOHN"), "-o", in, "--profile", "basic", "--key-file", key},
      {"anonymize", in, "-o", out, "--profile", "basic", "--jobs", "0", "--key-file", key},
  };
  for (const auto& each : wrong) {
    const RunResult result = run_tool(each);
    EXPECT_EQ(result.exit_code, 1) << result.err;
    EXPECT_NE(result.err.find("error: "), std::string::npos) << result.err;
    EXPECT_EQ(result.err.find("DOE"), std::string::npos) << result.err;
  }
  EXPECT_FALSE(fs::exists(output()));
}

TEST_F(AnonymizeCommand, TakesSeveralPathsAndLeavesOutItsOwnTree) {
  write_file(root() / "input/a", make_phantom(Kind::ct, {.instance = 1}).bytes);
  write_file(root() / "b", make_phantom(Kind::ct, {.instance = 2}).bytes);
  const std::string tree = root() / "input/tree";
  for (int round = 0; round < 2; ++round) {
    const RunResult result = run_tool({"anonymize", root() / "b", input(), root() / "b", "--output",
                                       tree, "--profile", "basic", "--key-file", root() / "key"});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_NE(result.err.find("2 of 2 objects stored"), std::string::npos) << result.err;
  }
  EXPECT_EQ(objects_in(tree).size(), 2U);
}

TEST_F(AnonymizeCommand, NumbersNewPatientsInTheOrderOfTheirIds) {
  for (const char* id : {"30", "10", "20"}) {
    Place place;
    place.person.id = id;
    place.person.number = std::stoi(id);
    write_file(input() / ("of_" + std::string(id)), make_phantom(Kind::ct, place).bytes);
  }
  write_file(root() / "given.csv", "patient_id,pseudonym\n20,TWENTY\n");
  const Got got = run({"--pseudonyms", root() / "given.csv", "--number-new"});
  EXPECT_EQ(got.run.exit_code, 0) << got.run.err;
  for (const char* name : {"TWENTY", "PAT_0001", "PAT_0002"})
    EXPECT_TRUE(fs::is_directory(output() / name)) << name;
  EXPECT_EQ(read_file(root() / "given.csv"),
            "patient_id,pseudonym\n20,TWENTY\n10,PAT_0001\n30,PAT_0002\n");
}

TEST_F(AnonymizeCommand, LeavesATreeThatTheNextRunCompletesWhenInterrupted) {
  write_benchmark_study(input(), {.series = 2, .slices = 300, .size = 128});
  Process process({tool_path(), "anonymize", input(), "-o", output(), "--profile", "research",
                   "--key-file", root() / "key", "--jobs", "1"});
  const fs::path waiting = output() / ".dicom-client/incoming";
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  while (std::chrono::steady_clock::now() < deadline) {
    std::error_code not_yet;
    if (fs::exists(waiting, not_yet) && std::distance(fs::recursive_directory_iterator(waiting),
                                                      fs::recursive_directory_iterator()) > 5)
      break;
  }
  process.signal(SIGINT);
  const auto result = process.wait(60s);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->exit_code, 130) << result->err;
  EXPECT_TRUE(objects_in(output()).empty());

  const Got got = run();
  EXPECT_EQ(got.run.exit_code, 0) << got.run.err;
  EXPECT_EQ(got.instances.size(), 600U);
  EXPECT_GT(got.count("skipped"), 0);
}

}  // namespace
}  // namespace dcm::test
