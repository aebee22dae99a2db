// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <random>
#include <stdexcept>
#include <thread>

#include "e2e/aftermath.hpp"
#include "e2e/tool.hpp"
#include "support/scripted_scp.hpp"
#include "support/temp_dir.hpp"

/// However a run ends, what it stored is whole, and the same command makes the tree that an
/// undisturbed run makes.
namespace dcm::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

constexpr int kPatients = 4, kInstances = 12;
constexpr std::size_t kObjects = std::size_t{2} * kPatients * kInstances;
constexpr auto kPatience = 60s;
constexpr const char* kResumes = "hint: repeat the command: it goes on where this one stopped\n";

/// A CT and an MR series for each patient: names are given as patients become complete.
std::vector<Phantom> collection() {
  std::vector<Phantom> phantoms;
  for (int patient = 1; patient <= kPatients; ++patient) {
    for (int i = 1; i <= kInstances; ++i) {
      Place place{.person = {.number = patient, .id = "PATIENT" + std::to_string(patient)},
                  .instance = i,
                  .size = 96};
      phantoms.push_back(make_phantom(Kind::ct, place));
      place.series = 2;
      phantoms.push_back(make_phantom(Kind::mr, place));
    }
  }
  return phantoms;
}

const std::vector<std::string> kAll = {"--study-date", "20230101", "--anonymize-data"};

/// A server with the collection, and the tree that an undisturbed run with one job makes of it.
struct Source {
  Address address;
  fs::path undisturbed;
};

template <typename Server, typename Options>
const Source& source_on(const Options& options) {
  static TempDir folder;
  static std::unique_ptr<Server> server;
  static std::unique_ptr<Source> source;
  if (source) return *source;
  server = std::make_unique<Server>(options);
  if (!server->store(collection())) throw std::runtime_error("a server does not take the objects");
  const Source made{address_of(*server), folder.path() / "undisturbed"};
  std::vector<std::string> arguments = kAll;
  arguments.insert(arguments.end(), {"--jobs", "1"});
  const Got got = get(made.address, made.undisturbed, arguments);
  if (got.run.exit_code != 0 || got.instances.size() != kObjects)
    throw std::runtime_error("the undisturbed run failed: " + got.run.err);
  source = std::make_unique<Source>(made);
  return *source;
}

const Source& source_on(WhichServer which) {
  return which == WhichServer::orthanc ? source_on<OrthancServer>(orthanc_options())
                                       : source_on<DcmqrscpServer>(DcmqrscpServer::Options{});
}

class Interruption : public ::testing::TestWithParam<WhichServer> {
 protected:
  [[nodiscard]] static const Source& source() { return source_on(GetParam()); }
  [[nodiscard]] fs::path tree() const { return folder_.path() / "tree"; }

  /// Waits until the program is at work and so many objects are whole in the tree, or it has ended.
  void wait_for(Process& program, std::size_t objects) const {
    while (program.running() && (program.err().empty() || all_objects_in(tree()).size() < objects))
      std::this_thread::sleep_for(std::chrono::microseconds(200));
  }

  /// What is there is whole; nothing else is there.
  void expect_whole() const {
    EXPECT_EQ(torn_objects(tree(), source().undisturbed), Texts());
    EXPECT_EQ(litter_in(tree()), Texts());
  }

  void expect_completion() const {
    const std::size_t before = all_objects_in(tree()).size();
    const Got got = get(source().address, tree(), kAll);
    EXPECT_EQ(got.run.exit_code, 0) << got.run.err;
    EXPECT_EQ(got.count("skipped"), static_cast<long>(before));
    EXPECT_EQ(got.count("stored"), static_cast<long>(kObjects - before));
    EXPECT_EQ(differences(tree(), source().undisturbed), Texts());
    EXPECT_EQ(litter_in(tree()), Texts());
  }

  /// Sends a signal at so many objects. True if it came in time.
  bool interrupt_at(std::size_t objects, int signal) const {
    Process program = start_get(source().address, tree(), kAll);
    wait_for(program, objects);
    program.signal(signal);
    const auto run = program.wait(kPatience);
    if (!run) throw std::runtime_error("the program does not end");
    expect_whole();
    if (run->exit_code == 0) return false;
    EXPECT_EQ(run->exit_code, 130) << run->err;
    EXPECT_EQ(errors_in(*run).size(), 1U) << run->err;
    EXPECT_NE(run->err.find(kResumes), std::string::npos) << run->err;
    return true;
  }

  TempDir folder_;
};

INSTANTIATE_TEST_SUITE_P(Of, Interruption, ::testing::ValuesIn(kBothServers),
                         [](const auto& tested) { return name_of(tested.param); });

TEST_P(Interruption, IsNotNeededForFourJobsToMakeTheTreeOfOne) {
  const Got got = get(source().address, tree(), kAll);
  EXPECT_EQ(got.run.exit_code, 0) << got.run.err;
  EXPECT_EQ(differences(tree(), source().undisturbed), Texts());
}

TEST_P(Interruption, ByCtrlCAtAnyMomentCanBeResumed) {
  int in_time = 0;
  for (const std::size_t objects : {1U, 20U, 40U, 60U, 80U}) {
    SCOPED_TRACE(objects);
    in_time += interrupt_at(objects, SIGINT) ? 1 : 0;
    expect_completion();
    fs::remove_all(tree());
  }
  EXPECT_GE(in_time, 2);
}

TEST_P(Interruption, AgainAndAgainCanBeResumed) {
  for (std::size_t objects = 1; objects < kObjects; objects += 24)
    if (!interrupt_at(objects, SIGINT)) break;
  expect_completion();
}

TEST_P(Interruption, ByTerminationIsTheSame) {
  EXPECT_TRUE(interrupt_at(1, SIGTERM));
  expect_completion();
}

TEST_P(Interruption, ByKillTwentyTimesLeavesWholeObjectsOnly) {
  std::minstd_rand random(1);  // the same moments in every run
  for (int kills = 0; kills < 20;) {
    Process program = start_get(source().address, tree(), kAll);
    wait_for(program, all_objects_in(tree()).size() + random() % 12);
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 5000));
    program.signal(SIGKILL);
    const auto run = program.wait(kPatience);
    ASSERT_TRUE(run);
    EXPECT_EQ(torn_objects(tree(), source().undisturbed), Texts());
    if (run->exit_code == 128 + SIGKILL) {
      ++kills;
      continue;
    }
    EXPECT_EQ(run->exit_code, 0) << run->err;
    EXPECT_EQ(differences(tree(), source().undisturbed), Texts());
    fs::remove_all(tree());
  }
  expect_completion();
}

// ---- while a server is silent

class InterruptionInSilence : public ::testing::Test {
 protected:
  [[nodiscard]] fs::path tree() const { return folder_.path() / "tree"; }

  [[nodiscard]] static Script silence(Script::Moment moment) {
    return {.ending = Script::Ending{.how = Script::Break::silence, .when = moment, .object = 2}};
  }

  [[nodiscard]] static std::vector<std::string> study() {
    std::vector<std::string> files;
    for (int i = 1; i <= 4; ++i) files.push_back(make_phantom(Kind::ct, {.instance = i}).bytes);
    return files;
  }

  template <typename Condition>
  static void wait_until(const Condition& condition) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (!condition() && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(1ms);
    ASSERT_TRUE(condition());
  }

  TempDir folder_;
};

TEST_F(InterruptionInSilence, WithinAnObjectEndsAtOnceAndKeepsTheWholeOnes) {
  const ScriptedScp scp(study(), silence(Script::Moment::within_object));
  Process program = start_get({scp.port()}, tree(), kAll);
  wait_until([&] { return scp.records().stores.size() == 2; });
  program.signal(SIGINT);
  const auto run = program.wait(5s);
  ASSERT_TRUE(run);
  EXPECT_EQ(run->exit_code, 130);
  EXPECT_EQ(errors_in(*run), Texts{"retrieve from PACS at 127.0.0.1:" + std::to_string(scp.port()) +
                                   ": interrupted"});
  EXPECT_NE(run->err.find(kResumes), std::string::npos) << run->err;
  EXPECT_EQ(all_objects_in(tree()).size(), 2U);
  EXPECT_EQ(litter_in(tree()), Texts());
}

TEST_F(InterruptionInSilence, WhileSearchingMakesNoTree) {
  const ScriptedScp scp(study(), silence(Script::Moment::find_answers));
  Process program = start_get({scp.port()}, tree(), kAll);
  wait_until([&] { return !scp.records().queries.empty(); });
  program.signal(SIGINT);
  const auto run = program.wait(5s);
  ASSERT_TRUE(run);
  EXPECT_EQ(run->exit_code, 130);
  EXPECT_EQ(errors_in(*run),
            Texts{"search in PACS at 127.0.0.1:" + std::to_string(scp.port()) + ": interrupted"});
  EXPECT_FALSE(fs::exists(tree()));
}

TEST_F(InterruptionInSilence, BySecondSignalEndsWithoutAWord) {
  const ScriptedScp scp(study(), silence(Script::Moment::find_answers));
  Process program = start_get({scp.port()}, tree(), kAll);
  wait_until([&] { return !scp.records().queries.empty(); });
  program.signal(SIGSTOP);  // so that both come before it can act on the first
  program.signal(SIGINT);
  program.signal(SIGTERM);
  program.signal(SIGCONT);
  const auto run = program.wait(5s);
  ASSERT_TRUE(run);
  EXPECT_EQ(run->exit_code, 130);
  EXPECT_EQ(run->err, "");
}

}  // namespace
}  // namespace dcm::test
