// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <csignal>
#include <iostream>
#include <random>
#include <stdexcept>
#include <thread>

#include "e2e/aftermath.hpp"
#include "e2e/undisturbed.hpp"
#include "support/temp_dir.hpp"

/// kill -9 at any moment costs nothing but the time to repeat the command.
namespace dcm::test {
namespace {

using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

constexpr int kKills = 100;  // on each of the two servers
constexpr auto kPatience = 60s;

class Kill9 : public ::testing::TestWithParam<WhichServer> {
 protected:
  Kill9() { std::cout << "seed: " << seed_ << std::endl; }

  [[nodiscard]] static const Undisturbed& source() { return undisturbed(GetParam()); }

  /// Kills a run at any time it may take. False if it was done by then.
  bool kill_once(const std::filesystem::path& tree) {
    const auto longest = std::chrono::duration<double>(source().seconds);
    Process program = start_get(source().address, tree, kSeveralByDate);
    std::this_thread::sleep_for(longest * std::uniform_real_distribution(0.0, 1.0)(random_));
    program.signal(SIGKILL);
    const auto run = program.wait(kPatience);
    if (!run) throw std::runtime_error("the program does not end");
    return run->exit_code == 128 + SIGKILL;
  }

  unsigned seed_ = std::random_device()();
  std::mt19937 random_{seed_};
};

INSTANTIATE_TEST_SUITE_P(Of, Kill9, ::testing::ValuesIn(kBothServers),
                         [](const auto& tested) { return name_of(tested.param); });

TEST_P(Kill9, AtAnyMomentOfGetIsResumedToTheTreeOfAnUndisturbedRun) {
  std::size_t kept = 0;  // so that the moments are known to be no mere beginnings and ends
  for (int kills = 0; kills < kKills && !HasFailure();) {
    SCOPED_TRACE("seed " + std::to_string(seed_) + ", kill " + std::to_string(kills));
    const TempDir folder;
    const auto tree = folder.path() / "tree";
    if (!kill_once(tree)) continue;
    ++kills;
    EXPECT_EQ(torn_objects(tree, source().tree), Texts());
    kept += all_objects_in(tree).size();
    const Got got = get(source().address, tree, kSeveralByDate);
    EXPECT_EQ(got.run.exit_code, 0) << got.run.err;
    EXPECT_EQ(differences(tree, source().tree), Texts());
    EXPECT_EQ(litter_in(tree), Texts());
  }
  EXPECT_GT(kept, std::size_t{kKills});
}

}  // namespace
}  // namespace dcm::test
