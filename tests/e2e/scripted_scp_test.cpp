// SPDX-License-Identifier: MIT
#include "support/scripted_scp.hpp"

#include <gtest/gtest.h>

#include "e2e/dcmtk_client.hpp"
#include "support/read_back.hpp"

/// The scripted SCP, asked by DCMTK's clients.
namespace dcm::test {
namespace {

using namespace std::chrono_literals;

TEST(ScriptedScp, AnswersEchoAndRecordsWhoAsked) {
  const ScriptedScp scp({});
  const RunResult result = echoscu(scp.port());
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const ScpRecords records = scp.records();
  EXPECT_EQ(records.echoes, 1);
  EXPECT_EQ(records.releases, 1);
  ASSERT_EQ(records.associations.size(), 1U);
  EXPECT_EQ(records.associations[0].calling_ae_title, "ASKER");
  EXPECT_EQ(records.associations[0].called_ae_title, "SCRIPTED");
  ASSERT_EQ(records.associations[0].contexts.size(), 1U);
  EXPECT_EQ(records.associations[0].contexts[0].abstract_syntax, "1.2.840.10008.1.1");
}

TEST(ScriptedScp, FindsByWildcardDateRangeAndModality) {
  const ScriptedScp scp(bytes_of(default_collection()));
  const RunResult result =
      findscu(scp.port(), {"0008,0052=STUDY", "0010,0010=DOE^*", "0008,0020=20230101-20231231",
                           "0008,0061=MR", "0020,000d", "0020,1206", "0020,1208"});
  EXPECT_NE(result.out.find("CT\\MR"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("(0020,1208) IS [6"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("Find Response: 2"), std::string::npos);
  EXPECT_EQ(result.out.find("Find Response: 3"), std::string::npos);
  const ScpRecords records = scp.records();
  ASSERT_EQ(records.queries.size(), 1U);
  EXPECT_EQ(records.queries[0].keys.at(tags::kPatientName), "DOE^*");
}

TEST(ScriptedScp, GivesItsOwnAnswersAndStatus) {
  Script script;
  script.find_answers["STUDY"] = {DataSet().text(tags::kPatientName, vr::kPN, "GIVEN^ANSWER")};
  script.find_status = 0xA700;
  const ScriptedScp scp({}, script);
  const RunResult result = findscu(scp.port(), {"0008,0052=STUDY", "0020,000d"});
  EXPECT_NE(result.out.find("GIVEN^ANSWER"), std::string::npos);
  EXPECT_NE(result.out.find("OutOfResources"), std::string::npos) << result.out;
}

TEST(ScriptedScp, SendsWhatItHoldsByteForByte) {
  const std::vector<Phantom> slices = three_slices();
  const ScriptedScp scp(bytes_of(slices));
  const Fetched fetched = getscu(scp.port(), slices.front().study_uid);
  EXPECT_EQ(fetched.run.exit_code, 0) << fetched.run.out;
  EXPECT_EQ(fetched.data_sets, data_sets_of(slices));
  EXPECT_NE(fetched.run.out.find("Number of Completed Suboperations : 3"), std::string::npos);
  const ScpRecords records = scp.records();
  EXPECT_EQ(records.stores.size(), 3U);
  EXPECT_EQ(records.stores[0].sop_instance, slices[0].sop_uid);
  EXPECT_EQ(records.stores[0].status, 0);
  EXPECT_EQ(records.queries[0].keys.at(tags::kStudyInstanceUid), slices[0].study_uid);
  std::size_t as_scp = 0;
  for (const auto& context : records.associations[0].contexts)
    as_scp += context.role == ScpRecords::Role::scp ? 1U : 0U;
  EXPECT_GT(as_scp, 50U);
}

TEST(ScriptedScp, LiesInItsFinalResponse) {
  Script script;
  script.get_status = 0xA701;
  script.get_counters = Script::Counters{.completed = 77, .failed = 5};
  const std::vector<Phantom> slices = three_slices();
  const ScriptedScp scp(bytes_of(slices), script);
  const Fetched fetched = getscu(scp.port(), slices.front().study_uid);
  EXPECT_EQ(fetched.data_sets, data_sets_of(slices));
  EXPECT_NE(fetched.run.out.find("OutOfResourcesNumberOfMatches"), std::string::npos)
      << fetched.run.out;
  EXPECT_NE(fetched.run.out.find("Number of Completed Suboperations : 77"), std::string::npos);
  EXPECT_NE(fetched.run.out.find("Number of Failed Suboperations    : 5"), std::string::npos);
}

TEST(ScriptedScp, FailsDoublesAndReplacesSingleObjects) {
  const std::vector<Phantom> slices = three_slices();
  const Phantom stranger = make_phantom(Kind::ct, {.study = 9});
  Script script;
  script.twists[0].sending = Script::Sending::never;
  script.twists[1].data_set = "not a data set";
  script.twists[2].sending = Script::Sending::twice;
  script.twists[2].sop_instance = "1.2.3.4.5";
  script.unasked = {stranger.bytes};
  const ScriptedScp scp(bytes_of(slices), script);
  const Fetched fetched = getscu(scp.port(), slices.front().study_uid);
  EXPECT_EQ(fetched.data_sets,
            (std::set<std::string>{"not a data set", data_set_of(slices[2].bytes),
                                   data_set_of(stranger.bytes)}));
  std::vector<std::string> sent;
  for (const auto& store : scp.records().stores) sent.push_back(store.sop_instance);
  EXPECT_EQ(sent, (std::vector<std::string>{slices[1].sop_uid, "1.2.3.4.5", "1.2.3.4.5",
                                            stranger.sop_uid}));
  EXPECT_NE(fetched.run.out.find("OneOrMoreFailures"), std::string::npos) << fetched.run.out;
}

TEST(ScriptedScp, BreaksOffAtEachMomentInEachWay) {
  const std::vector<Phantom> slices = three_slices();
  for (const auto how : {Script::Break::abort, Script::Break::close})
    for (const auto when : {Script::Moment::association, Script::Moment::before_object,
                            Script::Moment::within_object, Script::Moment::get_final_response}) {
      Script script;
      script.ending = Script::Ending{.how = how, .when = when, .object = 1, .times = 1};
      const ScriptedScp scp(bytes_of(slices), script);
      const auto label = ::testing::Message() << static_cast<int>(how) << static_cast<int>(when);
      const std::size_t whole = when == Script::Moment::association          ? 0
                                : when == Script::Moment::get_final_response ? 3
                                                                             : 1;
      (void)getscu(scp.port(), slices.front().study_uid);
      EXPECT_EQ(scp.records().stores.size(), whole) << label;
      EXPECT_EQ(scp.records().releases, 0) << label;
      const Fetched again = getscu(scp.port(), slices.front().study_uid);  // it is well again
      EXPECT_EQ(again.data_sets, data_sets_of(slices)) << label;
    }
}

TEST(ScriptedScp, FallsSilentUntilThePeerGivesUp) {
  const std::vector<Phantom> slices = three_slices();
  Script script;
  script.ending = Script::Ending{
      .how = Script::Break::silence, .when = Script::Moment::within_object, .object = 2};
  const ScriptedScp scp(bytes_of(slices), script);
  const Fetched fetched = getscu(scp.port(), slices.front().study_uid, 1s);
  EXPECT_TRUE(fetched.run.timed_out);
  EXPECT_EQ(scp.records().stores.size(), 2U);
}

TEST(ScriptedScp, StopsWithASilentAssociationOpen) {
  Script script;
  script.ending = Script::Ending{.how = Script::Break::silence};
  auto scp = std::make_unique<ScriptedScp>(std::vector<std::string>{}, script);
  Process client({"echoscu", "127.0.0.1", std::to_string(scp->port())});
  client.run_until([&] { return !scp->records().associations.empty(); });
  ASSERT_TRUE(client.running());
  scp.reset();
  EXPECT_TRUE(client.wait(10s));
}

TEST(ScriptedScp, RefusesAssociationContextsAndRoles) {
  const std::vector<Phantom> slices = three_slices();
  Script rejecting, without_get, without_roles;
  rejecting.reject = Script::Rejection{};
  without_get.contexts = Script::Contexts::refuse_get;
  without_roles.roles = Script::Roles::refuse;
  const ScriptedScp first(bytes_of(slices), rejecting);
  const RunResult echo = run({"echoscu", "127.0.0.1", std::to_string(first.port())});
  EXPECT_NE((echo.out + echo.err).find("Called AE Title Not Recognized"), std::string::npos)
      << echo.err;
  const ScriptedScp second(bytes_of(slices), without_get);
  EXPECT_NE(getscu(second.port(), slices.front().study_uid).run.exit_code, 0);
  EXPECT_TRUE(second.records().queries.empty());
  const ScriptedScp third(bytes_of(slices), without_roles);
  const Fetched fetched = getscu(third.port(), slices.front().study_uid);
  EXPECT_TRUE(fetched.data_sets.empty());
  EXPECT_NE(fetched.run.out.find("OutOfResourcesSubOperations"), std::string::npos)
      << fetched.run.out;
}

TEST(ScriptedScp, ServesSeveralAssociationsAtOnce) {
  const std::vector<Phantom> slices = three_slices();
  Script script;
  script.ending = Script::Ending{.how = Script::Break::silence, .times = 1};
  const ScriptedScp scp(bytes_of(slices), script);
  Process silent({"echoscu", "127.0.0.1", std::to_string(scp.port())});
  silent.run_until([&] { return !scp.records().associations.empty(); });
  EXPECT_EQ(getscu(scp.port(), slices.front().study_uid).data_sets, data_sets_of(slices));
  EXPECT_TRUE(silent.running());
}

TEST(ScriptedScp, IsWellAgainAfterSoManyTwists) {
  const std::vector<Phantom> slices = three_slices();
  Script script;
  script.twists[1] = {.sending = Script::Sending::never, .times = 2};
  const ScriptedScp scp(bytes_of(slices), script);
  EXPECT_EQ(getscu(scp.port(), slices.front().study_uid).data_sets.size(), 2U);
  EXPECT_EQ(getscu(scp.port(), slices.front().study_uid).data_sets.size(), 2U);
  EXPECT_EQ(getscu(scp.port(), slices.front().study_uid).data_sets, data_sets_of(slices));
}

TEST(ScriptedScp, EndsARetrievalAtAnObjectByAnyStatus) {
  const std::vector<Phantom> slices = three_slices();
  Script script;
  script.twists[1].ends_with = 0xA900;
  const ScriptedScp scp(bytes_of(slices), script);
  const Fetched fetched = getscu(scp.port(), slices.front().study_uid);
  EXPECT_EQ(fetched.data_sets, data_sets_of({slices[0]}));
  EXPECT_NE(fetched.run.out.find("DataSetDoesNotMatchSOPClass"), std::string::npos)
      << fetched.run.out;
}

TEST(ScriptedScp, AnswersSuccessWithNothingSentWhileBusy) {
  const std::vector<Phantom> slices = three_slices();
  Script script;
  script.busy = Script::Busy{.times = 1};
  const ScriptedScp scp(bytes_of(slices), script);
  const Fetched first = getscu(scp.port(), slices.front().study_uid);
  EXPECT_EQ(first.run.exit_code, 0);
  EXPECT_TRUE(first.data_sets.empty());
  EXPECT_NE(first.run.out.find("Success"), std::string::npos) << first.run.out;
  EXPECT_EQ(getscu(scp.port(), slices.front().study_uid).data_sets, data_sets_of(slices));
}

TEST(ScriptedScp, ClaimsAnObjectThatItSendsTooLate) {
  const std::vector<Phantom> slices = three_slices();
  Script script;
  script.twists[0].sending = Script::Sending::late;
  const ScriptedScp scp(bytes_of(slices), script);
  const Fetched fetched = getscu(scp.port(), slices.front().study_uid);
  EXPECT_EQ(fetched.data_sets, data_sets_of({slices[1], slices[2]}));
  EXPECT_NE(fetched.run.out.find("Number of Completed Suboperations : 3"), std::string::npos)
      << fetched.run.out;
}

TEST(ScriptedScp, RefusesSingleClassesAndTransferSyntaxes) {
  const std::vector<Phantom> slices = three_slices();
  const Phantom report = make_phantom(Kind::report, {});
  std::vector<Phantom> both = slices;
  both.push_back(report);
  Script without_class, without_syntax;
  without_class.refused_classes = {slices.front().sop_class};
  without_syntax.refused_transfer_syntaxes = {slices.front().transfer_syntax};
  const ScriptedScp first(bytes_of(both), without_class);
  EXPECT_EQ(getscu(first.port(), report.study_uid).data_sets, data_sets_of({report}));
  const ScriptedScp second(bytes_of(both), without_syntax);
  const Fetched fetched = getscu(second.port(), report.study_uid);
  EXPECT_TRUE(fetched.data_sets.empty());
  EXPECT_NE(fetched.run.out.find("Number of Failed Suboperations    : 4"), std::string::npos)
      << fetched.run.out;
}

TEST(ScriptedScp, MayEndTheRetrievalWhereAContextIsMissing) {
  const Phantom report = make_phantom(Kind::report, {});
  std::vector<Phantom> both = {make_phantom(Kind::ct, {}), report};
  Script script;
  script.refused_classes = {both.front().sop_class};
  script.without_context = Script::WithoutContext::ends_retrieval;
  const ScriptedScp scp(bytes_of(both), script);
  const Fetched fetched = getscu(scp.port(), report.study_uid);
  EXPECT_TRUE(fetched.data_sets.empty());
  EXPECT_NE(fetched.run.out.find("OutOfResourcesSubOperations"), std::string::npos)
      << fetched.run.out;
}

TEST(ScriptedScp, RejectsSoOftenAndWhatIsTooMuchAtOnce) {
  Script rejecting, small;
  rejecting.reject = Script::Rejection{.times = 1};
  const ScriptedScp first({}, rejecting);
  EXPECT_NE(echoscu(first.port()).exit_code, 0);
  EXPECT_EQ(echoscu(first.port()).exit_code, 0);
  small.most_associations = 1;
  small.ending =
      Script::Ending{.how = Script::Break::silence, .when = Script::Moment::release, .times = 1};
  const ScriptedScp second({}, small);
  Process keeps({"echoscu", "127.0.0.1", std::to_string(second.port())});
  keeps.run_until([&] { return second.records().echoes > 0; });
  ASSERT_TRUE(keeps.running());
  const RunResult refused = echoscu(second.port());
  EXPECT_NE(refused.out.find("Temporary Congestion"), std::string::npos) << refused.out;
  EXPECT_EQ(second.records().most_at_once, 1);
}

}  // namespace
}  // namespace dcm::test
