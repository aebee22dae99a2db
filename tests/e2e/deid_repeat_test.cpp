// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <random>
#include <thread>

#include "e2e/aftermath.hpp"
#include "e2e/tool.hpp"
#include "support/read_back.hpp"
#include "support/temp_dir.hpp"

/// The same key makes the same tree, however and how often the work is done.
namespace dcm::test {
namespace {

namespace fs = std::filesystem;
using Texts = std::vector<std::string>;

class Repetition : public ::testing::Test {
 protected:
  [[nodiscard]] fs::path at(const std::string& name) const { return folder_.path() / name; }

  /// The file of a key of its own for each letter.
  [[nodiscard]] std::string key(char letter = 'k') const {
    const fs::path path = at(std::string("key-") + letter);
    if (fs::exists(path)) return path;
    write_file(path, std::string(32, letter));
    fs::permissions(path, fs::perms::owner_read);
    return path;
  }

  [[nodiscard]] static Texts command(const fs::path& input, const fs::path& tree,
                                     const std::string& key, Texts more = {}) {
    Texts arguments = {"anonymize", input,      "--output",   tree,
                       "--profile", "research", "--key-file", key};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  [[nodiscard]] RunResult anonymize(const std::string& input, const std::string& tree,
                                    Texts more = {}) const {
    return run_tool(command(at(input), at(tree), key(), std::move(more)));
  }

  /// All patients, kinds and encodings, in a folder.
  void write_input() const {
    write_files(default_collection(), at("input"));
    write_files(compressed_collection(), at("input"));
  }

  /// Names of the patients' folders.
  [[nodiscard]] std::set<std::string> patients_in(const std::string& tree) const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(at(tree)))
      if (entry.path().filename() != ".dicom-client") names.insert(entry.path().filename());
    return names;
  }

  TempDir folder_;
};

TEST_F(Repetition, WithAnyNumberOfJobsMakesTheSameTree) {
  write_input();
  for (const char* jobs : {"1", "8", "2"}) {
    const RunResult run = anonymize("input", jobs, {"--jobs", jobs});
    ASSERT_EQ(run.exit_code, 0) << run.err;
  }
  EXPECT_GT(objects_in(at("1")).size(), 50U);
  EXPECT_EQ(differences(at("8"), at("1")), Texts());
  EXPECT_EQ(differences(at("2"), at("1")), Texts());
}

TEST_F(Repetition, IntoTheSameTreeLeavesItAlone) {
  write_input();
  ASSERT_EQ(anonymize("input", "tree").exit_code, 0);
  fs::copy(at("tree"), at("before"), fs::copy_options::recursive);
  const RunResult run = anonymize("input", "tree", {"--json"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(nlohmann::json::parse(run.out).at("stored"), 0);
  EXPECT_EQ(differences(at("tree"), at("before")), Texts());
}

TEST_F(Repetition, ForAnotherTreeGivesAPatientTheSamePseudonym) {
  const Person john, jane{.number = 2, .id = "PAT-0002", .name = "DOE^JANE"};
  write_files({make_phantom(Kind::ct, {.person = john}), make_phantom(Kind::ct, {.person = jane})},
              at("one"));
  write_files({make_phantom(Kind::mr, {.person = john, .study = 7})}, at("other"));
  ASSERT_EQ(anonymize("one", "tree").exit_code, 0);
  ASSERT_EQ(anonymize("other", "second").exit_code, 0);
  EXPECT_EQ(patients_in("tree").size(), 2U);
  ASSERT_EQ(patients_in("second").size(), 1U);
  EXPECT_TRUE(patients_in("tree").contains(*patients_in("second").begin()));
}

TEST_F(Repetition, WithAnotherKeyGivesOtherPseudonymsAndIsRefusedInTheSameTree) {
  write_files({make_phantom(Kind::ct, {})}, at("input"));
  ASSERT_EQ(anonymize("input", "tree").exit_code, 0);
  fs::copy(at("tree"), at("before"), fs::copy_options::recursive);
  const RunResult refused = run_tool(command(at("input"), at("tree"), key('x')));
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_EQ(errors_in(refused).size(), 1U) << refused.err;
  EXPECT_EQ(differences(at("tree"), at("before")), Texts());
  ASSERT_EQ(run_tool(command(at("input"), at("elsewhere"), key('x'))).exit_code, 0);
  EXPECT_NE(patients_in("elsewhere"), patients_in("tree"));
}

TEST_F(Repetition, AfterTenKillsMakesTheTreeOfAnUndisturbedRun) {
  std::vector<Phantom> phantoms;
  for (int patient = 1; patient <= 4; ++patient)
    for (int instance = 1; instance <= 40; ++instance)
      phantoms.push_back(make_phantom(
          Kind::ct, {.person = {.number = patient, .id = "PATIENT" + std::to_string(patient)},
                     .series = 1 + instance % 2,
                     .instance = instance,
                     .size = 96}));
  write_files(phantoms, at("input"));
  const RunResult undisturbed = anonymize("input", "undisturbed");
  ASSERT_EQ(undisturbed.exit_code, 0) << undisturbed.err;
  const auto usual = static_cast<unsigned>(undisturbed.seconds * 1e6);
  std::minstd_rand random(1);
  int kills = 0;
  for (int runs = 0; kills < 10 && runs < 200; ++runs) {
    Texts line = command(at("input"), at("tree"), key());
    line.insert(line.begin(), tool_path());
    Process program(line, {.environment = {{"HOME", "/nonexistent"}}});
    std::this_thread::sleep_for(std::chrono::microseconds(random() % usual));
    program.signal(SIGKILL);
    const auto ended = program.wait(std::chrono::seconds(60));
    ASSERT_TRUE(ended);
    EXPECT_EQ(torn_objects(at("tree"), at("undisturbed")), Texts());
    if (ended->exit_code == 128 + SIGKILL) {
      ++kills;
      continue;
    }
    EXPECT_EQ(ended->exit_code, 0) << ended->err;
    EXPECT_EQ(differences(at("tree"), at("undisturbed")), Texts());
    fs::remove_all(at("tree"));
  }
  EXPECT_EQ(kills, 10);
  const RunResult resumed = anonymize("input", "tree");
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_EQ(differences(at("tree"), at("undisturbed")), Texts());
  EXPECT_EQ(litter_in(at("tree")), Texts());
}

// ---- from a server or from files

class RepetitionFrom : public Repetition, public ::testing::WithParamInterface<WhichServer> {};

INSTANTIATE_TEST_SUITE_P(The, RepetitionFrom, ::testing::ValuesIn(kBothServers),
                         [](const auto& tested) { return name_of(tested.param); });

TEST_P(RepetitionFrom, ServerAndFromTheFilesOfAPlainGetMakesTheSameTree) {
  const Address server = shared(GetParam()).address;
  const Got plain = get(server, at("plain"), {"--everything"});
  ASSERT_EQ(plain.run.exit_code, 0) << plain.run.err;
  for (const std::string profile : {"basic", "research", "demographics"}) {
    SCOPED_TRACE(profile);
    Texts options = {"--profile", profile};
    if (profile != "demographics") options.insert(options.end(), {"--key-file", key()});
    Texts fetching = options;
    fetching.emplace_back("--everything");
    const Got got = get(server, at("got-" + profile), fetching);
    EXPECT_EQ(got.run.exit_code, 0) << got.run.err;
    EXPECT_EQ(got.instances.size(), plain.instances.size());
    Texts local = {"anonymize", at("plain"), "--output", at("made-" + profile)};
    local.insert(local.end(), options.begin(), options.end());
    const RunResult made = run_tool(local);
    EXPECT_EQ(made.exit_code, 0) << made.err;
    EXPECT_EQ(differences(at("made-" + profile), at("got-" + profile)), Texts());
  }
}

}  // namespace
}  // namespace dcm::test
