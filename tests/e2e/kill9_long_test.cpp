// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <csignal>
#include <iostream>
#include <optional>
#include <random>
#include <stdexcept>
#include <thread>
#include <tuple>

#include "e2e/aftermath.hpp"
#include "e2e/undisturbed.hpp"
#include "support/temp_dir.hpp"

/// kill -9 at any moment costs nothing but the time to repeat the command.
namespace dcm::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;
using Texts = std::vector<std::string>;

constexpr int kKills = 100;  // of each command on each of the two servers
constexpr auto kPatience = 60s;

enum class Command : std::uint8_t { get, batch };

/// The patients of several_patients(), one of them twice, and one that nobody knows.
constexpr const char* kCohort =
    "PatientID,StudyDate\nPATIENT3,\nPATIENT1,\nNOBODY,\nPATIENT2,\nPATIENT4,20230101\n"
    "PATIENT1,\n";

/// How far killed runs had come, so that the moments are known to be no mere beginnings and ends.
struct Spread {
  int without_objects = 0, amid_objects = 0, amid_names = 0, too_late = 0;
};

class Kill9 : public ::testing::TestWithParam<std::tuple<Command, WhichServer>> {
 protected:
  Kill9() { std::cout << "seed: " << seed_ << std::endl; }

  static const Undisturbed& source() { return undisturbed(std::get<WhichServer>(GetParam())); }

  void kill_and_resume(int number);
  [[nodiscard]] const Spread& spread() const { return spread_; }

 private:
  [[nodiscard]] fs::path tree() const { return folder_->path() / "tree"; }
  [[nodiscard]] fs::path status() const { return folder_->path() / "cohort.status.csv"; }

  [[nodiscard]] Texts arguments() const {
    Texts all = kSeveralByDate;
    if (std::get<Command>(GetParam()) == Command::get) {
      all.insert(all.begin(), "get");
    } else {
      all = {"batch", folder_->path() / "cohort.csv", "--anonymize-data"};
    }
    all.insert(all.end(), {"--output", tree()});
    return all;
  }

  /// Kills a run at a moment of a part of the time that it takes. False if it was done by then.
  [[nodiscard]] bool kill_in(int part) {
    const double moment = std::uniform_real_distribution<double>(part, part + 1)(random_) / kKills;
    Process program = start_tool_at(source().address, arguments());
    const auto begun = Clock::now();
    while (program.running() && Clock::now() - begun < Seconds(moment * seconds_))
      std::this_thread::sleep_for(100us);
    program.signal(SIGKILL);
    const auto run = program.wait(kPatience);
    if (!run) throw std::runtime_error("the program does not end");
    if (run->exit_code == 128 + SIGKILL) return true;
    EXPECT_EQ(run->exit_code, 0) << run->err;
    seconds_ = run->seconds;
    ++spread_.too_late;
    return false;
  }

  void count_progress() {
    const std::size_t all = all_objects_in(tree()).size(), named = objects_in(tree()).size();
    ++(all == 0 ? spread_.without_objects : named == 0 ? spread_.amid_objects : spread_.amid_names);
  }

  void expect_completion() const {
    const RunResult run = run_tool_at(source().address, arguments());
    EXPECT_EQ(run.exit_code, 0) << run.err;
    EXPECT_EQ(differences(tree(), source().tree), Texts());
    EXPECT_EQ(litter_in(tree()), Texts());
    if (std::get<Command>(GetParam()) == Command::get) return;
    Texts states;
    for (const Texts& row : status_rows(status())) states.push_back(row.at(1) + " " + row.at(4));
    EXPECT_EQ(states, Texts({"complete 24", "complete 24", "nothing found 0", "complete 24",
                             "complete 24", "complete 24"}));
  }

  unsigned seed_ = std::random_device()();
  std::mt19937 random_{seed_};
  FastestProgram fastest_;
  double seconds_ = source().seconds;  ///< that a run takes
  std::optional<TempDir> folder_;
  Spread spread_;
};

void Kill9::kill_and_resume(int number) {
  do {
    folder_.emplace();
    write_file(folder_->path() / "cohort.csv", kCohort);
  } while (!kill_in(number));
  count_progress();
  EXPECT_EQ(torn_objects(tree(), source().tree), Texts());
  // Whatever the moment, the status file is whole.
  EXPECT_EQ(status_rows(status()).size(), fs::exists(status()) ? 6U : 0U);
  expect_completion();
}

INSTANTIATE_TEST_SUITE_P(Of, Kill9,
                         ::testing::Combine(::testing::Values(Command::get, Command::batch),
                                            ::testing::ValuesIn(kBothServers)),
                         [](const auto& tested) {
                           const bool get = std::get<Command>(tested.param) == Command::get;
                           return (get ? "GetFrom" : "BatchFrom") +
                                  name_of(std::get<WhichServer>(tested.param));
                         });

TEST_P(Kill9, AtAnyMomentIsResumedToTheTreeOfAnUndisturbedRun) {
  for (int kills = 0; kills < kKills && !HasFailure(); ++kills) {
    SCOPED_TRACE("kill " + std::to_string(kills));
    kill_and_resume(kills);
  }
  std::cout << "kills: " << spread().without_objects << " before the first object, "
            << spread().amid_objects << " amid them, " << spread().amid_names
            << " with names given; too late: " << spread().too_late << std::endl;
  EXPECT_GT(spread().amid_objects + spread().amid_names, kKills / 4);
}

}  // namespace
}  // namespace dcm::test
