// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <csignal>
#include <random>
#include <stdexcept>
#include <thread>

#include "e2e/aftermath.hpp"
#include "e2e/tool.hpp"
#include "e2e/undisturbed.hpp"
#include "support/scripted_scp.hpp"
#include "support/temp_dir.hpp"

/// However a run ends, what it stored is whole, and the same command makes the tree that an
/// undisturbed run makes.
namespace dcm::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

constexpr auto kPatience = 60s;
constexpr const char* kResumes = "hint: repeat the command: it goes on where this one stopped\n";

class Interruption : public ::testing::TestWithParam<WhichServer> {
 protected:
  [[nodiscard]] static const Undisturbed& source() { return undisturbed(GetParam()); }
  [[nodiscard]] fs::path tree() const { return folder_.path() / "tree"; }

  /// Waits until the program is at work and so many objects are whole in the tree, or it has ended.
  void wait_for(Process& program, std::size_t objects) const {
    program.run_until(
        [&] { return !program.err().empty() && all_objects_in(tree()).size() >= objects; });
  }

  /// What is there is whole; nothing else is there.
  void expect_whole() const {
    EXPECT_EQ(torn_objects(tree(), source().tree), Texts());
    EXPECT_EQ(litter_in(tree()), Texts());
  }

  void expect_completion() const {
    const std::size_t before = all_objects_in(tree()).size();
    const Got got = get(source().address, tree(), kSeveralByDate);
    EXPECT_EQ(got.run.exit_code, 0) << got.run.err;
    EXPECT_EQ(got.count("skipped"), static_cast<long>(before));
    EXPECT_EQ(got.count("stored"), static_cast<long>(kSeveralObjects - before));
    EXPECT_EQ(differences(tree(), source().tree), Texts());
    EXPECT_EQ(litter_in(tree()), Texts());
  }

  /// Sends a signal at so many objects. True if it came in time.
  bool interrupt_at(std::size_t objects, int signal) const {
    Process program = start_get(source().address, tree(), kSeveralByDate);
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
  const Got got = get(source().address, tree(), kSeveralByDate);
  EXPECT_EQ(got.run.exit_code, 0) << got.run.err;
  EXPECT_EQ(differences(tree(), source().tree), Texts());
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
  for (std::size_t objects = 1; objects < kSeveralObjects; objects += 24)
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
    Process program = start_get(source().address, tree(), kSeveralByDate);
    wait_for(program, all_objects_in(tree()).size() + random() % 12);
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 5000));
    program.signal(SIGKILL);
    const auto run = program.wait(kPatience);
    ASSERT_TRUE(run);
    EXPECT_EQ(torn_objects(tree(), source().tree), Texts());
    if (run->exit_code == 128 + SIGKILL) {
      ++kills;
      continue;
    }
    EXPECT_EQ(run->exit_code, 0) << run->err;
    EXPECT_EQ(differences(tree(), source().tree), Texts());
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
  Process program = start_get({scp.port()}, tree(), kSeveralByDate);
  wait_until([&] { return scp.records().stores.size() == 2; });
  program.signal(SIGINT);
  const auto run = program.wait(30s);
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
  Process program = start_get({scp.port()}, tree(), kSeveralByDate);
  wait_until([&] { return !scp.records().queries.empty(); });
  program.signal(SIGINT);
  const auto run = program.wait(30s);
  ASSERT_TRUE(run);
  EXPECT_EQ(run->exit_code, 130);
  EXPECT_EQ(errors_in(*run),
            Texts{"search in PACS at 127.0.0.1:" + std::to_string(scp.port()) + ": interrupted"});
  EXPECT_FALSE(fs::exists(tree()));
}

TEST_F(InterruptionInSilence, BySecondSignalEndsWithoutAWord) {
  const ScriptedScp scp(study(), silence(Script::Moment::find_answers));
  Process program = start_get({scp.port()}, tree(), kSeveralByDate);
  wait_until([&] { return !scp.records().queries.empty(); });
  program.signal(SIGSTOP);  // so that both come before it can act on the first
  program.signal(SIGINT);
  program.signal(SIGTERM);
  program.signal(SIGCONT);
  const auto run = program.wait(30s);
  ASSERT_TRUE(run);
  EXPECT_EQ(run->exit_code, 130);
  EXPECT_EQ(run->err, "");
}

}  // namespace
}  // namespace dcm::test
