// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "e2e/dcmtk_client.hpp"
#include "support/scripted_scp.hpp"

/// C-MOVE by the scripted SCP, asked for by movescu and taken by storescp.
namespace dcm::test {
namespace {

class ScriptedMove : public ::testing::Test {
 protected:
  [[nodiscard]] static Script script_to(const StoreScp& receiver) {
    Script script;
    script.destinations["TARGET"] = receiver.port();
    return script;
  }

  [[nodiscard]] RunResult move_from(const ScriptedScp& scp) const {
    return movescu(scp.port(), slices_.front().study_uid, "TARGET");
  }

  StoreScp receiver_;
  std::vector<Phantom> slices_ = three_slices();
};

constexpr const char* kCompleted = "Completed Suboperations       : ";
constexpr const char* kReleased = "I: Association Release\n";
constexpr const char* kFailed = "Failed Suboperations          : ";

TEST_F(ScriptedMove, SendsToTheDestinationByteForByteInItsOwnName) {
  const ScriptedScp scp(bytes_of(slices_), script_to(receiver_));
  const RunResult result = move_from(scp);
  EXPECT_EQ(result.exit_code, 0) << result.out;
  EXPECT_EQ(receiver_.data_sets(), data_sets_of(slices_));
  EXPECT_NE(result.out.find(kCompleted + std::string("3")), std::string::npos) << result.out;
  const std::string log = receiver_.log();
  EXPECT_NE(log.find("Calling Application Name:    SCRIPTED\n"), std::string::npos) << log;
  EXPECT_NE(log.find("Called Application Name:     TARGET\n"), std::string::npos);
  EXPECT_EQ(count_of(kReleased, log), 1U);
  EXPECT_EQ(count_of("Move Originator AE Title      : ASKER\n", log), 3U);
  EXPECT_EQ(count_of("Move Originator ID            : 1\n", log), 3U);
  const ScpRecords records = scp.records();
  ASSERT_EQ(records.queries.size(), 1U);
  EXPECT_EQ(records.queries[0].kind, ScpRecords::Query::Kind::move);
  EXPECT_EQ(records.queries[0].destination, "TARGET");
  EXPECT_EQ(records.stores.size(), 3U);
}

TEST_F(ScriptedMove, RefusesAnUnknownDestinationAndTheContext) {
  const ScriptedScp scp(bytes_of(slices_));
  EXPECT_NE(move_from(scp).out.find("Move Destination unknown"), std::string::npos);
  Script without;
  without.contexts = Script::Contexts::refuse_move;
  const ScriptedScp other(bytes_of(slices_), without);
  (void)move_from(other);
  EXPECT_TRUE(other.records().queries.empty());
}

TEST_F(ScriptedMove, LeavesTheOriginatorOutOrTellsAnother) {
  Script script = script_to(receiver_);
  script.originator = Script::Originator::absent;
  (void)move_from(ScriptedScp(bytes_of(slices_), script));
  EXPECT_EQ(count_of("Move Originator AE Title      : ASKER\n", receiver_.log()), 0U);
  script.originator = Script::Originator::wrong;
  (void)move_from(ScriptedScp(bytes_of(slices_), script));
  EXPECT_EQ(count_of("Move Originator AE Title      : SOMEBODY\n", receiver_.log()), 3U);
}

TEST_F(ScriptedMove, ComesInAnotherNameAndToAnother) {
  Script script = script_to(receiver_);
  script.move_calling_ae_title = "STRANGER";
  script.move_called_ae_title = "ELSEWHERE";
  (void)move_from(ScriptedScp(bytes_of(slices_), script));
  const std::string log = receiver_.log();
  EXPECT_NE(log.find("Calling Application Name:    STRANGER\n"), std::string::npos) << log;
  EXPECT_NE(log.find("Called Application Name:     ELSEWHERE\n"), std::string::npos);
}

TEST_F(ScriptedMove, TakesSeveralAssociationsInTurns) {
  Script script = script_to(receiver_);
  script.move_associations = 3;
  (void)move_from(ScriptedScp(bytes_of(slices_), script));
  EXPECT_EQ(receiver_.data_sets(), data_sets_of(slices_));
  EXPECT_EQ(count_of(kReleased, receiver_.log()), 3U);
}

TEST_F(ScriptedMove, SendsObjectsBeforeTheFirstAnswerAndAfterTheLast) {
  Script script = script_to(receiver_);
  script.pending = Script::Pending::never;
  script.twists[2].sending = Script::Sending::late;
  const ScriptedScp scp(bytes_of(slices_), script);
  const RunResult result = move_from(scp);
  EXPECT_EQ(count_of("C-MOVE RSP", result.out), 1U) << result.out;
  EXPECT_NE(result.out.find(kCompleted + std::string("3")), std::string::npos) << result.out;
  EXPECT_EQ(receiver_.wait_for(3), data_sets_of(slices_));
}

TEST_F(ScriptedMove, LiesAndSendsWhatNobodyAskedFor) {
  const Phantom stranger = make_phantom(Kind::ct, {.person = {.number = 7, .id = "77777"}});
  Script script = script_to(receiver_);
  script.get_status = 0xB000;
  script.get_counters = Script::Counters{.completed = 1, .failed = 2};
  script.unasked = {stranger.bytes};
  const RunResult result = move_from(ScriptedScp(bytes_of(slices_), script));
  EXPECT_NE(result.out.find(kFailed + std::string("2")), std::string::npos) << result.out;
  std::vector<Phantom> all = slices_;
  all.push_back(stranger);
  EXPECT_EQ(receiver_.data_sets(), data_sets_of(all));
}

TEST_F(ScriptedMove, BreaksOffWithinAnObjectAndIsWellAgain) {
  Script script = script_to(receiver_);
  script.ending = Script::Ending{
      .how = Script::Break::close, .when = Script::Moment::within_object, .object = 1, .times = 1};
  const ScriptedScp scp(bytes_of(slices_), script);
  const RunResult broken = move_from(scp);
  EXPECT_NE(broken.out.find(kFailed + std::string("2")), std::string::npos) << broken.out;
  EXPECT_EQ(scp.records().stores.size(), 1U);
  EXPECT_NE(move_from(scp).out.find(kCompleted + std::string("3")), std::string::npos);
  EXPECT_EQ(scp.records().stores.size(), 4U);
}

TEST_F(ScriptedMove, FailsEveryObjectWhereNobodyListens) {
  Script script;
  script.destinations["TARGET"] = free_port();
  const RunResult result = move_from(ScriptedScp(bytes_of(slices_), script));
  EXPECT_NE(result.out.find(kFailed + std::string("3")), std::string::npos) << result.out;
}

}  // namespace
}  // namespace dcm::test
