// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <csignal>
#include <thread>

#include "e2e/dcmtk_client.hpp"
#include "e2e/tool.hpp"
#include "support/json_schema.hpp"
#include "support/scripted_scp.hpp"

/// `move`: what reaches the destination, and what is said about it.
namespace dcm::test {
namespace {

using Json = nlohmann::json;
using Arguments = std::vector<std::string>;

constexpr const char* kDestination = "TARGET";

/// Two studies of one patient: CT and MR series in the first, one CT slice in the second.
std::vector<Phantom> two_studies() {
  std::vector<Phantom> phantoms;
  for (int instance = 1; instance <= 3; ++instance) {
    phantoms.push_back(make_phantom(Kind::ct, {.study = 1, .series = 1, .instance = instance}));
  }
  phantoms.push_back(make_phantom(Kind::mr, {.study = 1, .series = 2}));
  phantoms.push_back(make_phantom(Kind::mr, {.study = 1, .series = 2, .instance = 2}));
  phantoms.push_back(make_phantom(Kind::ct, {.study = 2, .study_date = "20120606"}));
  return phantoms;
}

/// What arrived, by the SOP Instance UIDs in it.
std::set<std::string> arrived(const StoreScp& receiver, const std::vector<Phantom>& phantoms,
                              std::size_t expected) {
  std::set<std::string> uids;
  for (const auto& data_set : receiver.wait_for(expected)) {
    for (const auto& phantom : phantoms) {
      if (data_set.find(phantom.sop_uid) != std::string::npos) uids.insert(phantom.sop_uid);
    }
  }
  return uids;
}

class MoveCommand : public ::testing::Test {
 protected:
  struct Moved {
    RunResult run;
    [[nodiscard]] Json report() const { return Json::parse(run.out, nullptr, false); }
  };

  [[nodiscard]] static Moved move(const Address& server, Arguments arguments,
                                  RunOptions options = {}) {
    arguments.insert(arguments.begin(), {"move", "--destination", kDestination, "--json"});
    Moved moved{run_tool_at(server, std::move(arguments), std::move(options))};
    const Json report = moved.report();
    EXPECT_EQ(schema_violation(report, schema_of_docs("move.schema.json")), "") << moved.run.out;
    EXPECT_EQ(report.value("exit", -1), moved.run.exit_code);
    return moved;
  }

  [[nodiscard]] Moved move_from_script(Script script, Arguments arguments) const {
    script.destinations.try_emplace(kDestination, receiver_.port());
    const ScriptedScp scp(bytes_of(phantoms_), std::move(script));
    return move({scp.port(), "PACS"}, std::move(arguments));
  }

  StoreScp receiver_;
  std::vector<Phantom> phantoms_ = two_studies();
};

TEST_F(MoveCommand, WholeStudiesReachTheDestinationFromOrthanc) {
  auto options = orthanc_options();
  options.move_peers.push_back({kDestination, receiver_.port()});
  const OrthancServer server(options);
  ASSERT_TRUE(server.store(phantoms_));
  const auto moved = move(address_of(server), {"--patient-id", "12345", "-m", "MR"});
  EXPECT_EQ(moved.run.exit_code, 0) << moved.run.err;
  EXPECT_EQ(moved.report()["expected"], 5);
  EXPECT_EQ(moved.report()["sent"], 5);
  EXPECT_EQ(arrived(receiver_, phantoms_, 5),
            uids_of(phantoms_, [](const Phantom& p) { return p.study_date == "20230101"; }));
  const auto& said = moved.run.err;
  EXPECT_NE(said.find("to send: 1 patient, 1 study, 2 series, 5 instances"), std::string::npos)
      << said;
  EXPECT_NE(said.find("as they are, not de-identified"), std::string::npos);
  EXPECT_NE(said.find("cannot be seen from here"), std::string::npos);
  EXPECT_NE(said.find("5 of 5 instances sent to TARGET, as the server counts"), std::string::npos);
}

TEST_F(MoveCommand, AtSeriesLevelOnlyWhatMatchesGoesFromDcmqrscp) {
  const DcmqrscpServer server({.move_peers = {{kDestination, receiver_.port()}}});
  ASSERT_TRUE(server.store(phantoms_));
  const auto moved =
      move(address_of(server), {"--patient-id", "12345", "-m", "MR", "--level", "SERIES"});
  EXPECT_EQ(moved.run.exit_code, 0) << moved.run.err;
  EXPECT_EQ(moved.report()["sent"], 2);
  EXPECT_EQ(arrived(receiver_, phantoms_, 2),
            uids_of(phantoms_, [](const Phantom& p) { return p.modality == "MR"; }));
}

TEST_F(MoveCommand, AtImageLevelOnlyTheInstanceGoes) {
  const auto& wanted = phantoms_[1];
  const auto moved = move_from_script(
      {}, {"--study-instance-uid", wanted.study_uid, "--series-instance-uid", wanted.series_uid,
           "--sop-instance-uid", wanted.sop_uid, "--level", "IMAGE"});
  EXPECT_EQ(moved.run.exit_code, 0) << moved.run.err;
  EXPECT_EQ(moved.report()["sent"], 1);
  EXPECT_EQ(receiver_.data_sets(), data_sets_of({wanted}));
}

TEST_F(MoveCommand, EachStudyIsOneRequest) {
  Script script;
  script.destinations[kDestination] = receiver_.port();
  const ScriptedScp scp(bytes_of(phantoms_), script);
  const auto moved = move({scp.port(), "PACS"}, {"--patient-id", "12345"});
  EXPECT_EQ(moved.run.exit_code, 0) << moved.run.err;
  EXPECT_EQ(receiver_.data_sets(), data_sets_of(phantoms_));
  std::multiset<std::string> levels;
  for (const auto& query : scp.records().queries) {
    if (query.kind == ScpRecords::Query::Kind::move) {
      levels.insert(query.keys.at(0x00080052_tag));
      EXPECT_EQ(query.destination, kDestination);
    }
  }
  EXPECT_EQ(levels, (std::multiset<std::string>{"STUDY", "STUDY"}));
}

TEST_F(MoveCommand, NothingOfAnotherPatientGoesWithAStudyOfTheSameUid) {
  const Person other{.id = "54321", .name = "ROE^JANE"};
  phantoms_ = {make_phantom(Kind::ct, {.series = 1, .instance = 1}),
               make_phantom(Kind::ct, {.person = other, .series = 1, .instance = 2}),
               make_phantom(Kind::ct, {.person = other, .series = 2, .instance = 3})};
  const Moved moved = move_from_script({}, {"--patient-id", "12345"});
  EXPECT_EQ(moved.run.exit_code, 0) << moved.run.err;
  EXPECT_EQ(arrived(receiver_, phantoms_, 1), std::set<std::string>{phantoms_[0].sop_uid});
  const Moved all = move_from_script({}, {"--study-instance-uid", phantoms_[0].study_uid});
  EXPECT_EQ(all.run.exit_code, 0) << all.run.err;
  EXPECT_EQ(all.report().value("expected", 0), 3);
  EXPECT_EQ(arrived(receiver_, phantoms_, 3).size(), 3U);
}

TEST_F(MoveCommand, ADryRunSendsNothing) {
  Script script;
  script.destinations[kDestination] = receiver_.port();
  const ScriptedScp scp(bytes_of(phantoms_), script);
  const auto moved = move({scp.port(), "PACS"}, {"--patient-id", "12345", "--dry-run"});
  EXPECT_EQ(moved.run.exit_code, 0) << moved.run.err;
  EXPECT_EQ(moved.report()["expected"], 6);
  EXPECT_EQ(moved.report()["sent"], 0);
  for (const auto& query : scp.records().queries) {
    EXPECT_EQ(query.kind, ScpRecords::Query::Kind::find);
  }
}

TEST_F(MoveCommand, NothingThatMatchesIsThree) {
  EXPECT_EQ(move_from_script({}, {"--patient-id", "NOBODY"}).run.exit_code, 3);
}

TEST_F(MoveCommand, AnUnknownDestinationIsToldAsSuch) {
  const ScriptedScp scp(bytes_of(phantoms_));
  const auto moved = move({scp.port(), "PACS"}, {"--patient-id", "12345"});
  EXPECT_EQ(moved.run.exit_code, 4);
  EXPECT_NE(moved.run.err.find("refused: move destination unknown (A801)"), std::string::npos)
      << moved.run.err;
  EXPECT_NE(moved.run.err.find("register the destination's AE title"), std::string::npos);
  EXPECT_EQ(moved.report()["missing"].get<int>() + moved.report()["failed"].get<int>(), 6);
}

TEST_F(MoveCommand, AServerThatDoesNoMoveIsToldAsSuch) {
  const auto moved =
      move_from_script({.contexts = Script::Contexts::refuse_move}, {"--patient-id", "12345"});
  EXPECT_EQ(moved.run.exit_code, 4);
  EXPECT_NE(moved.run.err.find("C-MOVE refused"), std::string::npos) << moved.run.err;
}

TEST_F(MoveCommand, WhatTheServerCountsAsFailedIsPartial) {
  Script script;
  script.twists[1].sending = Script::Sending::never;
  const auto moved = move_from_script(script, {"--patient-id", "12345", "-d", "20230101"});
  EXPECT_EQ(moved.run.exit_code, 2) << moved.run.err;
  EXPECT_EQ(moved.report()["sent"], 4);
  EXPECT_EQ(moved.report()["failed"], 1);
  EXPECT_EQ(moved.report()["statuses"][0]["status"], "B000");
}

TEST_F(MoveCommand, SuccessThatCountsLessThanExpectedIsPartial) {
  const auto moved = move_from_script({.get_status = 0x0000, .get_counters = {{.completed = 2}}},
                                      {"--patient-id", "12345", "-d", "20230101"});
  EXPECT_EQ(moved.run.exit_code, 2) << moved.run.err;
  EXPECT_EQ(moved.report()["sent"], 2);
  EXPECT_EQ(moved.report()["missing"], 3);
}

TEST_F(MoveCommand, SuccessWithoutCountersIsSuccessAndToldAsUncounted) {
  const auto moved = move_from_script({.get_status = 0x0000, .get_counters = Script::Counters{}},
                                      {"--patient-id", "12345", "-d", "20230101"});
  EXPECT_EQ(moved.run.exit_code, 0) << moved.run.err;
  EXPECT_EQ(moved.report()["uncounted"], 5);
}

TEST_F(MoveCommand, AnAssociationThatBreaksOnceIsOpenedAgain) {
  Script script;
  script.ending = Script::Ending{
      .how = Script::Break::close, .when = Script::Moment::get_final_response, .times = 1};
  const auto moved = move_from_script(script, {"--patient-id", "12345"});
  EXPECT_EQ(moved.run.exit_code, 0) << moved.run.err;
  EXPECT_EQ(moved.report()["sent"], 6);
}

TEST_F(MoveCommand, AnAssociationThatKeepsBreakingEndsTheMove) {
  Script script;
  script.ending =
      Script::Ending{.how = Script::Break::abort, .when = Script::Moment::get_final_response};
  const auto moved = move_from_script(script, {"--patient-id", "12345"});
  EXPECT_EQ(moved.run.exit_code, 4) << moved.run.err;
  EXPECT_EQ(moved.report()["missing"], 6);
}

TEST_F(MoveCommand, AnInterruptionCancelsTheMove) {
  Script script;
  script.destinations[kDestination] = receiver_.port();
  script.ending = Script::Ending{
      .how = Script::Break::silence, .when = Script::Moment::before_object, .object = 1};
  const ScriptedScp scp(bytes_of(phantoms_), script);
  Process process({tool_path(), "move", "--patient-id", "12345", "--destination", kDestination,
                   "--host", "127.0.0.1", "--port", std::to_string(scp.port()), "--called-aet",
                   "PACS"});
  EXPECT_EQ(receiver_.wait_for(1).size(), 1U);
  process.signal(SIGINT);
  const auto ended = process.wait(std::chrono::seconds(60));
  ASSERT_TRUE(ended);
  EXPECT_EQ(ended->exit_code, 130) << ended->err;
}

TEST_F(MoveCommand, ItMustBeNarrowedAndTold) {
  const Address nobody{1, "PACS"};
  const auto everything = run_tool_at(nobody, {"move", "--destination", kDestination});
  EXPECT_EQ(everything.exit_code, 1);
  EXPECT_NE(everything.err.find("--everything"), std::string::npos);
  const auto nowhere = run_tool_at(nobody, {"move", "--patient-id", "1"});
  EXPECT_EQ(nowhere.exit_code, 1);
  EXPECT_NE(nowhere.err.find("option --destination"), std::string::npos);
  const auto too_long =
      run_tool_at(nobody, {"move", "--patient-id", "1", "--destination", "ABCDEFGHIJKLMNOPQ"});
  EXPECT_EQ(too_long.exit_code, 1);
  EXPECT_NE(too_long.err.find("option --destination"), std::string::npos);
}

}  // namespace
}  // namespace dcm::test
