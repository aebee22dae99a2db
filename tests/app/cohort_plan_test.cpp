// SPDX-License-Identifier: MIT
#include "app/cohort_plan.hpp"

#include <gtest/gtest.h>

#include "support/address.hpp"
#include "support/phantoms.hpp"
#include "support/scripted_scp.hpp"

namespace dcm::app {
namespace {

using Indices = std::vector<std::size_t>;

PlannedSeries series(std::string patient, std::string study, std::string uid,
                     std::vector<std::string> instances) {
  PlannedSeries result;
  result.patient_id = std::move(patient);
  result.study_instance_uid = std::move(study);
  result.series_instance_uid = std::move(uid);
  result.instances = std::move(instances);
  return result;
}

Plan plan_of(std::vector<PlannedSeries> all) {
  Plan plan;
  plan.series = std::move(all);
  return merged({std::move(plan)});
}

CohortRow row(std::uint32_t number, std::string patient_id) {
  return {.number = number,
          .criteria = {.patient_id = std::move(patient_id)},
          .fault = {},
          .spelled = {},
          .same_as = {}};
}

/// Patient 1 has two series, patient 2 one, `both` finds all of them; nobody else is there.
Result<Plan> answer(const Criteria& criteria) {
  const auto one = series("1", "1.1", "1.1.1", {"1.1.1.1", "1.1.1.2"});
  const auto two = series("1", "1.1", "1.1.2", {"1.1.2.1"});
  const auto three = series("2", "2.1", "2.1.1", {"2.1.1.1"});
  if (criteria.patient_id == "1") return plan_of({one, two});
  if (criteria.patient_id == "2") return plan_of({three});
  if (criteria.patient_id == "both") return plan_of({three, two, one});
  if (criteria.patient_id == "bad") return fail(Errc::dimse_status, {.detail = 0xA700});
  if (criteria.patient_id == "stop") return fail(Errc::interrupted);
  return Plan();
}

TEST(CohortPlan, FetchesASeriesOfSeveralRowsOnce) {
  const Cohort cohort{{row(2, "2"), row(3, "both"), row(4, "1"), row(5, "none")}, {}};
  const CohortPlan planned = plan_cohort(cohort, answer, {});
  EXPECT_EQ(planned.plan.series.size(), 3U);
  EXPECT_EQ(planned.plan.instances, 4U);
  EXPECT_EQ(planned.plan.studies, 2U);
  EXPECT_EQ(planned.plan.patients, 2U);
  EXPECT_EQ(planned.rows[0].series, Indices{2});
  EXPECT_EQ(planned.rows[1].series, (Indices{0, 1, 2}));
  EXPECT_EQ(planned.rows[1].instances, 4U);
  EXPECT_EQ(planned.rows[2].series, (Indices{0, 1}));
  EXPECT_TRUE(planned.rows[3].asked);
  EXPECT_EQ(planned.rows[3].series, Indices());
}

TEST(CohortPlan, DoesNotDependOnTheOrderOfRows) {
  std::vector<CohortRow> rows{row(2, "1"), row(3, "both"), row(4, "2")};
  const CohortPlan forth = plan_cohort({rows, {}}, answer, {});
  std::swap(rows.front(), rows.back());
  const CohortPlan back = plan_cohort({rows, {}}, answer, {});
  ASSERT_EQ(forth.plan.series.size(), back.plan.series.size());
  for (std::size_t i = 0; i < forth.plan.series.size(); ++i) {
    EXPECT_EQ(forth.plan.series[i].series_instance_uid, back.plan.series[i].series_instance_uid);
    EXPECT_EQ(forth.plan.series[i].instances, back.plan.series[i].instances);
  }
}

TEST(CohortPlan, GoesOnWhereARowFails) {
  const CohortPlan planned = plan_cohort({{row(2, "bad"), row(3, "1")}, {}}, answer, {});
  ASSERT_TRUE(planned.rows[0].failure);
  EXPECT_EQ(planned.rows[0].failure->detail, 0xA700U);
  EXPECT_EQ(planned.rows[1].instances, 3U);
  EXPECT_FALSE(planned.cut_short);
}

TEST(CohortPlan, AsksNobodyForRowsWithAFaultOrOfWhichOneWasAsked) {
  std::vector<CohortRow> rows{row(2, "1"), row(3, "1"), row(4, "2")};
  rows[1].same_as = 0;
  rows[2].fault = RowFault{RowFault::Kind::narrows_nothing, 0, {}, ValueFault::none};
  int asked = 0;
  const CohortPlan planned = plan_cohort({rows, {}},
                                         [&](const Criteria& criteria) {
                                           ++asked;
                                           return answer(criteria);
                                         },
                                         {});
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(planned.rows[1].series, planned.rows[0].series);
  EXPECT_TRUE(planned.rows[1].asked);
  EXPECT_FALSE(planned.rows[2].asked);
}

TEST(CohortPlan, EndsWhereItIsInterrupted) {
  const CohortPlan planned =
      plan_cohort({{row(2, "1"), row(3, "stop"), row(4, "2")}, {}}, answer, {});
  ASSERT_TRUE(planned.cut_short);
  EXPECT_TRUE(planned.rows[0].asked);
  EXPECT_FALSE(planned.rows[1].asked);
  EXPECT_FALSE(planned.rows[1].failure);
  EXPECT_FALSE(planned.rows[2].asked);
}

TEST(MergedPlan, KeepsWhatAnyPlanWantsOfASeries) {
  auto part = series("1", "1.1", "1.1.1", {"a", "c"});
  part.whole = false;
  auto other = series("1", "1.1", "1.1.1", {"b", "c"});
  other.whole = false;
  const Plan both = merged({plan_of({part}), plan_of({other})});
  ASSERT_EQ(both.series.size(), 1U);
  EXPECT_EQ(both.series.front().instances, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_FALSE(both.series.front().whole);
  auto counted = series("1", "1.1", "1.1.1", {});
  counted.counted = 7;
  const Plan uncertain = merged({plan_of({part}), plan_of({counted})});
  EXPECT_EQ(uncertain.instances, 7U);
  EXPECT_TRUE(uncertain.series.front().instances.empty());
}

// ---- by an association that is lost

class LostAssociation : public ::testing::Test {
 protected:
  /// A server with one object each of patients 1 and 2, whose end comes so often before an answer.
  static test::ScriptedScp server(int times) {
    std::vector<std::string> files;
    for (const int number : {1, 2}) {
      const test::Person person{.number = number, .id = std::to_string(number)};
      files.push_back(test::make_phantom(test::Kind::ct, {.person = person}).bytes);
    }
    return test::ScriptedScp(
        files, {.ending = test::Script::Ending{.how = test::Script::Break::abort,
                                               .when = test::Script::Moment::find_answers,
                                               .times = times}});
  }

  CohortPlan plan(const test::ScriptedScp& scp) const {
    net::Peer peer;
    peer.host = "127.0.0.1";
    peer.port = scp.port();
    peer.called_aet = "PACS";
    peer.calling_aet = "TEST";
    return plan_cohort(peer, {{row(2, "1"), row(3, "2")}, {}}, {}, stop_);
  }

  StopSource stop_;
};

TEST_F(LostAssociation, IsOpenedAgainAndNoRowIsLost) {
  const auto scp = server(2);
  const CohortPlan planned = plan(scp);
  EXPECT_EQ(planned.rows[0].instances, 1U);
  EXPECT_EQ(planned.rows[1].instances, 1U);
  EXPECT_EQ(scp.records().associations.size(), 3U);
}

TEST_F(LostAssociation, IsOpenedAgainABoundedNumberOfTimes) {
  const auto scp = server(1'000);
  const CohortPlan planned = plan(scp);
  EXPECT_TRUE(planned.rows[0].failure);
  EXPECT_TRUE(planned.rows[1].failure);
  EXPECT_EQ(scp.records().associations.size(), std::size_t{2} * kRowAttempts);
}

TEST_F(LostAssociation, WithAServerThatIsGoneEndsTheQuestions) {
  std::optional<test::ScriptedScp> scp(std::in_place, std::vector<std::string>{});
  net::Peer peer;
  peer.host = "127.0.0.1";
  peer.port = scp->port();
  scp.reset();
  std::vector<CohortRow> rows;
  for (std::uint32_t i = 1; i <= 50; ++i) rows.push_back(row(i, std::to_string(i)));
  const CohortPlan planned = plan_cohort(peer, {rows, {}}, {}, stop_);
  for (const RowPlan& each : planned.rows) {
    ASSERT_TRUE(each.failure);
    EXPECT_EQ(each.failure->code, Errc::connect_failed);
  }
}

TEST_F(LostAssociation, IsNotOpenedAgainAfterAnInterruption) {
  stop_.request();
  const auto scp = server(0);
  EXPECT_TRUE(plan(scp).cut_short);
}

}  // namespace
}  // namespace dcm::app
