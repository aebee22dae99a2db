// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <csignal>
#include <ctime>
#include <fstream>
#include <memory>

#include "e2e/tool.hpp"
#include "support/phantoms.hpp"
#include "support/process.hpp"
#include "support/scripted_scp.hpp"
#include "support/temp_dir.hpp"

/// A server is treated as its entry in the configuration file says.
namespace dcm::test {
namespace {

using namespace std::chrono_literals;

constexpr int kSeries = 6, kOfSeries = 2, kInstances = kSeries * kOfSeries;

std::vector<std::string> files() {
  std::vector<std::string> all;
  for (int series = 1; series <= kSeries; ++series)
    for (int i = 1; i <= kOfSeries; ++i)
      all.push_back(make_phantom(Kind::ct, {.series = series, .instance = i}).bytes);
  return all;
}

/// A zone in which it is five seconds before noon.
std::string zone_before_noon() {
  const std::time_t now = std::time(nullptr);
  constexpr long kDay = 24 * 3600;
  const long behind = (now + 5 - kDay / 2) % kDay;  // local = UTC - behind
  return "TEST+" + std::to_string(behind / 3600) + ':' + std::to_string(behind / 60 % 60) + ':' +
         std::to_string(behind % 60);
}

class Politeness : public ::testing::Test {
 protected:
  /// The entry of a server with these keys, and the arguments that name it.
  std::vector<std::string> configured(const ScriptedScp& scp, const std::string& keys) {
    const auto file = folder_.path() / "config.yaml";
    std::ofstream(file) << "servers:\n  archive: {host: 127.0.0.1, port: " << scp.port()
                        << ", called_aet: PACS, " << keys << "}\n";
    return {"--config", file.string()};
  }

  std::vector<std::string> get_arguments(const ScriptedScp& scp, const std::string& keys) {
    std::vector<std::string> arguments{
        "get", "--patient-id", "12345", "--output", (folder_.path() / "tree").string(), "--json"};
    for (auto& each : configured(scp, keys)) arguments.push_back(std::move(each));
    return arguments;
  }

  /// Runs the tool shortly before noon; again where it was held up until noon had passed.
  static RunResult run_before_noon(const std::vector<std::string>& arguments) {
    RunResult run;
    for (int i = 0; i < 4 && run.err.find("waiting") == std::string::npos; ++i)
      run = run_tool(arguments, {.environment = {{"TZ", zone_before_noon()}}});
    return run;
  }

  /// Interrupts the tool as soon as it tells that it waits until two o'clock.
  static std::optional<RunResult> interrupt_while_waiting(
      const std::vector<std::string>& arguments) {
    std::vector<std::string> command{tool_path()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    Process waiting(command, {.environment = {{"TZ", zone_before_noon()}}});
    waiting.run_until(
        [&] { return waiting.err().find("waiting until 14:00") != std::string::npos; });
    waiting.signal(SIGINT);
    return waiting.wait(60s);
  }

  /// What is in the tree.
  static long stored(const RunResult& run) {
    const auto report = nlohmann::json::parse(run.out, nullptr, false);
    if (!report.is_object()) return -1;
    return report.at("stored").get<long>() + report.at("skipped").get<long>();
  }

  TempDir folder_;
  std::uint16_t port_ = free_port();
};

TEST_F(Politeness, NoMoreAssociationsThanAllowed) {
  const ScriptedScp scp(files());
  const RunResult run = run_tool(get_arguments(scp, "max_associations: 2"));
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(stored(run), kInstances);
  EXPECT_LE(scp.records().most_at_once, 2);
}

TEST_F(Politeness, NoMoreObjectsPerSecondByGet) {
  const ScriptedScp scp(files());
  const RunResult run = run_tool(get_arguments(scp, "max_objects_per_second: 5"));
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(stored(run), kInstances);
  EXPECT_GE(run.seconds, (kInstances - 1) / 5.0);
}

TEST_F(Politeness, NoMoreObjectsPerSecondByMove) {
  const ScriptedScp scp(files(), {.destinations = {{"DICOM-CLIENT", port_}}});
  const RunResult run = run_tool(get_arguments(
      scp, "method: move, max_objects_per_second: 5, receive_port: " + std::to_string(port_)));
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(stored(run), kInstances);
  EXPECT_GE(run.seconds, (kInstances - 1) / 5.0);
}

TEST_F(Politeness, AsksForObjectsOnlyWhenTheHoursHaveBegun) {
  const ScriptedScp scp(files());
  const RunResult run = run_before_noon(get_arguments(scp, "hours: 12:00-13:00"));
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(stored(run), kInstances);
  const std::string told = "waiting until 12:00, when the hours of the server begin\n";
  const auto at = run.err.find(told);
  ASSERT_NE(at, std::string::npos) << run.err;
  EXPECT_EQ(run.err.find("waiting", at + told.size()), std::string::npos) << "told once";
}

TEST_F(Politeness, HasAServerSendElsewhereOnlyWhenTheHoursHaveBegun) {
  const ScriptedScp sender(files(), {.destinations = {{"DICOM-CLIENT", port_}}});
  std::vector<std::string> arguments{"move", "--patient-id", "12345", "--destination", "NOBODY"};
  for (auto& each : configured(sender, "hours: 12:00-13:00")) arguments.push_back(std::move(each));
  const RunResult run = run_before_noon(arguments);
  EXPECT_EQ(run.exit_code, 4) << "it knows no such destination, and says so after the wait\n"
                              << run.err;
  EXPECT_NE(run.err.find("waiting until 12:00"), std::string::npos) << run.err;
}

TEST_F(Politeness, AnInterruptedWaitEndsWithoutAskingForObjects) {
  const ScriptedScp scp(files());
  const auto run = interrupt_while_waiting(get_arguments(scp, "hours: 14:00-15:00"));
  ASSERT_TRUE(run) << "and not at two o'clock";
  EXPECT_EQ(run->exit_code, 130) << run->err;
  for (const auto& query : scp.records().queries)
    EXPECT_EQ(query.kind, ScpRecords::Query::Kind::find);
}

TEST_F(Politeness, AnInterruptedWaitToSendElsewhereTellsThatNothingWasSent) {
  const ScriptedScp sender(files(), {.destinations = {{"DICOM-CLIENT", port_}}});
  std::vector<std::string> arguments{"move", "--patient-id", "12345", "--destination", "NOBODY"};
  for (auto& each : configured(sender, "hours: 14:00-15:00")) arguments.push_back(std::move(each));
  const auto run = interrupt_while_waiting(arguments);
  ASSERT_TRUE(run) << "and not at two o'clock";
  EXPECT_EQ(run->exit_code, 130) << run->err;
  EXPECT_NE(
      run->err.find(": interrupted\nhint: the server was not asked for anything yet, and sent "
                    "nothing\n"),
      std::string::npos)
      << run->err;
}

}  // namespace
}  // namespace dcm::test
