// SPDX-License-Identifier: MIT
#include "app/plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <set>
#include <tuple>

#include "app/catalog_archive.hpp"
#include "app/search.hpp"
#include "base/stop.hpp"
#include "support/servers.hpp"

namespace dcm::app::test {
namespace {

using net::QueryLevel;
using UidSet = std::set<std::string>;

Plan planned(Archive& archive, const Criteria& criteria) {
  auto plan = make_plan(archive, criteria, {});
  EXPECT_TRUE(plan.has_value());
  return plan ? *plan : Plan{};
}

UidSet instances(const Plan& plan) {
  UidSet uids;
  for (const PlannedSeries& series : plan.series)
    uids.insert(series.instances.begin(), series.instances.end());
  return uids;
}

template <typename Wanted>
UidSet expected(const Wanted& wanted) {
  UidSet uids;
  for (const Phantom& phantom : collection())
    if (wanted(phantom)) uids.insert(phantom.sop_uid);
  return uids;
}

TEST(Plan, ListsEveryInstanceOfMatchingStudies) {
  CatalogArchive archive;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> told;
  const auto plan = make_plan(archive, {.patient_id = "12345", .modality = "MR"},
                              [&](auto done, auto total) { told.emplace_back(done, total); });
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(instances(*plan), expected([](const Phantom& each) {
              return each.patient_id == "12345" && each.study_date == "20230101";
            }));
  EXPECT_EQ(plan->patients, 1U);
  EXPECT_EQ(plan->studies, 1U);
  EXPECT_EQ(plan->instances, 6U);
  EXPECT_TRUE(plan->verified);
  ASSERT_EQ(plan->series.size(), 2U);
  EXPECT_EQ(plan->series[0].series_description, "CHEST");
  EXPECT_EQ(plan->series[1].modality, "MR");
  EXPECT_EQ(plan->series[0].patient_id, "12345");
  EXPECT_TRUE(plan->series[0].whole);
  using Steps = std::vector<std::pair<std::uint64_t, std::uint64_t>>;
  EXPECT_EQ(told, (Steps{{0, 1}, {1, 1}}));
}

TEST(Plan, TakesOnlyMatchingSeriesAtSeriesLevelAndInstancesAtImageLevel) {
  CatalogArchive archive;
  const auto series =
      planned(archive, {.level = QueryLevel::series, .patient_id = "12345", .modality = "MR"});
  EXPECT_EQ(instances(series), expected([](const Phantom& each) {
              return each.patient_id == "12345" && each.modality == "MR";
            }));
  EXPECT_TRUE(series.series.at(0).whole);
  const std::string one = collection().front().sop_uid;
  const auto image = planned(
      archive, {.level = QueryLevel::image, .patient_id = "12345", .sop_instance_uid = one});
  EXPECT_EQ(instances(image), UidSet{one});
  ASSERT_EQ(image.series.size(), 1U);
  EXPECT_FALSE(image.series[0].whole);
  const auto study = planned(archive, {.sop_instance_uid = one});
  EXPECT_EQ(study.instances, 7U);
}

TEST(Plan, TakesAllStudiesOfMatchingPatientsAtPatientLevel) {
  CatalogArchive archive;
  const auto plan = planned(archive, {.level = QueryLevel::patient,
                                      .study_date = *DateRange::parse("20120606-20120606")});
  EXPECT_EQ(instances(plan),
            expected([](const Phantom& each) { return each.patient_id == "12345"; }));
  EXPECT_EQ(plan.studies, 2U);
}

TEST(Plan, TakesAPatientWithoutAnIdByTheStudy) {
  CatalogArchive archive;
  const auto plan = planned(archive, {.level = QueryLevel::patient, .patient_name = "nameless id"});
  EXPECT_EQ(instances(plan), expected([](const Phantom& each) { return each.patient_id.empty(); }));
  EXPECT_EQ(plan.patients, 1U);
}

/// Two patients with a study of the same UID, and in it a series of the same UID.
std::vector<Phantom> two_patients_in_one_study() {
  const dcm::test::Person other{.id = "54321", .name = "ROE^JANE"};
  return {make_phantom(dcm::test::Kind::ct, {.series = 1, .instance = 1}),
          make_phantom(dcm::test::Kind::ct, {.series = 1, .instance = 2}),
          make_phantom(dcm::test::Kind::ct, {.person = other, .series = 1, .instance = 3}),
          make_phantom(dcm::test::Kind::ct, {.person = other, .series = 2, .instance = 4}),
          make_phantom(dcm::test::Kind::ct, {.person = other, .series = 2, .instance = 5})};
}

TEST(Plan, TakesNothingOfAnotherPatientWithTheSameStudy) {
  const std::vector<Phantom> all = two_patients_in_one_study();
  for (const QueryLevel level : {QueryLevel::patient, QueryLevel::study, QueryLevel::series}) {
    CatalogArchive archive(all);
    const auto by_id = planned(archive, {.level = level, .patient_id = "12345"});
    EXPECT_EQ(instances(by_id), (UidSet{all[0].sop_uid, all[1].sop_uid}));
    EXPECT_EQ(by_id.patients, 1U);
    EXPECT_EQ(by_id.others.size(), 2U);
    const auto by_name = planned(archive, {.level = level, .patient_name = "roe jane"});
    EXPECT_EQ(instances(by_name), (UidSet{all[2].sop_uid, all[3].sop_uid, all[4].sop_uid}));
    EXPECT_EQ(by_name.series.size(), 2U);
    EXPECT_EQ(by_name.others.size(), 1U);
    const Plan both = merged({by_id, by_name});
    EXPECT_EQ(both.series.size(), 3U);
    EXPECT_TRUE(both.others.empty()) << "all of it was asked for";
  }
}

TEST(Plan, TellsOfSeriesThatAreLeftOutAsTheyTellAnotherPatient) {
  CatalogArchive archive;
  archive.extra[QueryLevel::series] = {DataSet()
                                           .text(tags::kPatientId, vr::kLO, "0012345")
                                           .text(tags::kSeriesInstanceUid, vr::kUI, "1.2.3")};
  const auto by_id = planned(archive, {.patient_id = "12345"});
  EXPECT_EQ(by_id.studies, 2U);
  EXPECT_EQ(by_id.others.size(), 2U) << "one in each study";
  const auto by_uid = planned(archive, {.study_instance_uid = collection().front().study_uid});
  EXPECT_TRUE(by_uid.others.empty());
  EXPECT_EQ(std::count_if(by_uid.series.begin(), by_uid.series.end(),
                          [](const auto& each) { return each.series_instance_uid == "1.2.3"; }),
            1);
}

TEST(Plan, TakesAllPatientsOfAStudyThatIsNamed) {
  const std::vector<Phantom> all = two_patients_in_one_study();
  CatalogArchive archive(all);
  const auto plan = planned(archive, {.study_instance_uid = all[0].study_uid});
  EXPECT_EQ(instances(plan).size(), 5U);
  EXPECT_EQ(plan.instances, 5U);
  EXPECT_EQ(plan.patients, 2U);
  EXPECT_EQ(plan.series.size(), 3U);
}

TEST(Plan, BelievesAServerThatTellsNoPatientBelowTheStudy) {
  CatalogArchive archive;
  archive.absent = {tags::kPatientId};
  const auto plan = planned(archive, {.study_date = *DateRange::parse("20230101")});
  EXPECT_EQ(instances(plan),
            expected([](const Phantom& each) { return each.study_date == "20230101"; }));
}

TEST(Plan, LeavesOutAndCountsWhatCannotBeConfirmed) {
  CatalogArchive archive;
  archive.absent = archive.ignored = {tags::kSeriesDescription};
  const auto study = planned(archive, {.patient_id = "12345", .series_description = "CHEST"});
  EXPECT_TRUE(study.series.empty());
  EXPECT_EQ(study.unverified_matches, 2U);
  const auto series = planned(
      archive, {.level = QueryLevel::series, .patient_id = "12345", .series_description = "CHEST"});
  EXPECT_TRUE(series.series.empty());
  EXPECT_EQ(series.unverified_matches, 5U);
}

TEST(Plan, AsksForSopClassesByInstanceOnlyIfTheStudyDoesNotTell) {
  CatalogArchive archive;
  const auto cheap = planned(archive, {.patient_id = "12345"});
  EXPECT_TRUE(archive.sent(QueryLevel::image, tags::kSopClassUid).empty());
  EXPECT_TRUE(archive.sent(QueryLevel::image, tags::kAvailableTransferSyntaxUid).empty());
  EXPECT_FALSE(cheap.series.at(0).sop_classes.empty());

  archive.absent = {tags::kSopClassesInStudy};
  const auto told =
      planned(archive, {.level = QueryLevel::series, .patient_id = "12345", .modality = "SR"});
  ASSERT_EQ(told.series.size(), 1U);
  EXPECT_EQ(told.series[0].sop_classes.size(), 1U);
  EXPECT_EQ(told.series[0].transfer_syntaxes.size(), 1U);
}

TEST(Plan, CountsSeriesThatTheServerRefusesToList) {
  for (const std::uint32_t status : {0xA900U, 0xC000U, 0x0122U}) {
    CatalogArchive archive;
    archive.refused[QueryLevel::image] = {.code = Errc::dimse_status, .detail = status};
    const auto plan = planned(archive, {.patient_id = "12345"});
    EXPECT_FALSE(plan.verified);
    EXPECT_EQ(plan.series.size(), 5U);
    EXPECT_EQ(plan.instances, 13U);
    EXPECT_TRUE(instances(plan).empty());
  }
}

TEST(Plan, TakesTheCountOfTheStudyForItsOnlySeries) {
  CatalogArchive archive;
  archive.refused[QueryLevel::image] = {.code = Errc::dimse_status, .detail = 0xA900};
  archive.absent = {tags::kSeriesRelatedInstances};
  const auto one = planned(archive, {.patient_id = "PAT-0013"});
  ASSERT_EQ(one.series.size(), 1U);
  EXPECT_EQ(one.series[0].counted, 1U);
  const auto several = planned(archive, {.patient_id = "12345"});
  for (const PlannedSeries& series : several.series) EXPECT_FALSE(series.counted.has_value());
}

TEST(Plan, FailsOnAnyQueryThatFails) {
  CatalogArchive archive;
  planned(archive, {.patient_id = "12345"});
  const std::size_t all = archive.queries.size();
  for (std::size_t query = 1; query <= all; ++query) {
    archive.queries.clear();
    archive.fails_at = query;
    const auto plan = make_plan(archive, {.patient_id = "12345"}, {});
    ASSERT_FALSE(plan.has_value()) << query;
    EXPECT_EQ(plan.error().detail, 0x0110U);
  }
}

TEST(Plan, FailsWhenInterrupted) {
  CatalogArchive archive;
  archive.refused[QueryLevel::image] = {.code = Errc::interrupted};
  const auto plan = make_plan(archive, {.patient_id = "12345"}, {});
  ASSERT_FALSE(plan.has_value());
  EXPECT_EQ(plan.error().code, Errc::interrupted);
}

TEST(Plan, IsNotVerifiedIfAnAnswerLacksItsUniqueKey) {
  CatalogArchive archive;
  archive.extra[QueryLevel::series] = {DataSet().text(tags::kModality, vr::kCS, "MR")};
  EXPECT_FALSE(planned(archive, {.patient_id = "12345"}).verified);
}

TEST(Plan, IsOrderedByPatientStudyAndSeries) {
  CatalogArchive archive;
  const auto plan = planned(archive, {.study_date = *DateRange::parse("20000101-")});
  EXPECT_EQ(instances(plan), expected([](const Phantom&) { return true; }));
  EXPECT_TRUE(
      std::is_sorted(plan.series.begin(), plan.series.end(), [](const auto& a, const auto& b) {
        return std::tie(a.patient_id, a.study_instance_uid, a.series_instance_uid) <
               std::tie(b.patient_id, b.study_instance_uid, b.series_instance_uid);
      }));
}

/// One series of very many instances, each told twice.
class LargeArchive final : public Archive {
 public:
  explicit LargeArchive(int instances) : instances_(instances) {}
  [[nodiscard]] bool accepts(net::QueryModel) const override { return true; }

  Result<void> find(const net::Query& query, const net::OnAnswer& on_answer) override {
    const int answers = query.level == QueryLevel::image ? instances_ * 2 : 1;
    for (int i = 0; i < answers; ++i) {
      Attributes answer;
      add(answer, tags::kStudyInstanceUid, "1.2.3");
      add(answer, tags::kSeriesInstanceUid, "1.2.3.4");
      add(answer, tags::kSopInstanceUid, "1.2.3.4." + std::to_string(i / 2));
      DCM_CHECK(on_answer(std::move(answer)));
    }
    return {};
  }

 private:
  static void add(Attributes& answer, Tag tag, std::string_view value) {
    answer.add(tag, vr::kUI, std::as_bytes(std::span(value.data(), value.size())));
  }
  int instances_;
};

TEST(Plan, GrowsNoFasterThanTheNumberOfInstances) {
  const auto processor_time_for = [](int count) {
    LargeArchive archive(count);
    const std::clock_t begin = std::clock();
    const auto plan = planned(archive, {.study_instance_uid = "1.2.3"});
    EXPECT_EQ(plan.instances, static_cast<std::uint64_t>(count));
    return static_cast<double>(std::clock() - begin);
  };
  const double small = processor_time_for(5'000);
  // Ten times as many would take a hundred times as long, were each compared with all others.
  EXPECT_LT(processor_time_for(50'000), small * 40);
}

template <typename Server>
void expect_plan_of_john(const Server& server) {
  const StopSource stop;
  auto association = net::Association::open({.host = "127.0.0.1",
                                             .port = server.port(),
                                             .called_aet = server.ae_title(),
                                             .calling_aet = "ME"},
                                            search_contexts(), stop);
  ASSERT_TRUE(association.has_value());
  const auto plan = make_plan(*association, {.patient_name = "doe john"}, {});
  ASSERT_TRUE(plan.has_value());
  EXPECT_EQ(instances(*plan),
            expected([](const Phantom& each) { return each.patient_id == "12345"; }));
  EXPECT_TRUE(plan->verified);
  association->release();
}

TEST(PlanFromDcmqrscp, ListsEveryInstance) {
  const dcm::test::DcmqrscpServer server;
  ASSERT_TRUE(server.store(collection()));
  expect_plan_of_john(server);
}

TEST(PlanFromOrthanc, ListsEveryInstance) {
  const dcm::test::OrthancServer server({.settings = {{"DicomAlwaysAllowFind", true}}});
  ASSERT_TRUE(server.store(collection()));
  expect_plan_of_john(server);
}

}  // namespace
}  // namespace dcm::app::test
