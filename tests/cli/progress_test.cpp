// SPDX-License-Identifier: MIT
#include "cli/progress.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace dcm::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Stage {
  explicit Stage(Display display) : line(people, display, [this] { return now; }) {}

  std::ostringstream people;
  ProgressLine::TimePoint now{};
  ProgressLine line;
};

app::Progress progress_of(std::uint64_t done, std::uint64_t bytes) {
  return {
      .studies = 3, .studies_done = 1, .instances = 1042, .instances_done = done, .bytes = bytes};
}

TEST(Progress, DrawsOneLineAnewOnATerminal) {
  Stage stage(Display::terminal);
  stage.line.retrieving(progress_of(42, 0));
  stage.now += seconds(2);
  stage.line.retrieving(progress_of(142, 50'000'000));
  stage.line.clear();
  EXPECT_EQ(stage.people.str(),
            "\rstudies 1/3  instances 42/1,042\x1b[K"
            "\rstudies 1/3  instances 142/1,042  25.0 MB/s  0:18 left\x1b[K"
            "\r\x1b[K");
}

TEST(Progress, IsNotDrawnMoreOftenThanEyesCanSee) {
  Stage stage(Display::terminal);
  stage.line.planning(1, 20);
  stage.now += milliseconds(50);
  stage.line.planning(2, 20);
  stage.now += milliseconds(50);
  stage.line.planning(3, 20);
  EXPECT_EQ(stage.people.str(),
            "\rlooking into studies 1/20\x1b[K\rlooking into studies 3/20\x1b[K");
}

TEST(Progress, IsAPlainLineEveryTenSecondsElsewhere) {
  Stage stage(Display::lines);
  for (int second = 0; second <= 25; ++second) {
    stage.line.retrieving(progress_of(42, 0));
    stage.now += seconds(1);
  }
  stage.line.clear();
  EXPECT_EQ(stage.people.str(),
            "studies 1/3  instances 42/1,042  0.0 MB/s\n"
            "studies 1/3  instances 42/1,042  0.0 MB/s\n");
}

TEST(Progress, SaysNothingOfShortWorkInLines) {
  Stage stage(Display::lines);
  stage.line.planning(1, 2);
  stage.now += seconds(9);
  stage.line.planning(2, 2);
  stage.line.clear();
  EXPECT_EQ(stage.people.str(), "");
}

TEST(Progress, TellsOnceThatItWaitsAndCountsTheWaitAsNoWork) {
  Stage stage(Display::lines);
  auto waits = progress_of(42, 1'000'000);
  waits.resumes = std::chrono::system_clock::now();
  const auto when = app::clock_text(*waits.resumes);
  stage.line.retrieving(progress_of(42, 1'000'000));
  for (int minute = 0; minute < 90; ++minute) {
    stage.now += seconds(60);
    stage.line.retrieving(waits);
  }
  const auto told = "waiting until " + when + ", when the hours of the server begin\n";
  EXPECT_EQ(stage.people.str(), told);
  for (std::uint64_t i = 0; i < 3; ++i) {
    stage.line.retrieving(progress_of(42, 1'000'000 + i * 10'000'000));
    stage.now += seconds(10);
  }
  EXPECT_EQ(stage.people.str(), told +
                                    "studies 1/3  instances 42/1,042  1.0 MB/s\n"
                                    "studies 1/3  instances 42/1,042  1.0 MB/s\n");
}

TEST(Progress, WritesDurationsForPeople) {
  EXPECT_EQ(duration_words(seconds(9)), "0:09");
  EXPECT_EQ(duration_words(seconds(309)), "5:09");
  EXPECT_EQ(duration_words(seconds(3909)), "1:05:09");
}

}  // namespace
}  // namespace dcm::cli
