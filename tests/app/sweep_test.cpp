// SPDX-License-Identifier: MIT
#include "app/sweep.hpp"

#include <gtest/gtest.h>

#include <array>

#include "app/catalog_archive.hpp"
#include "app/plan.hpp"
#include "app/search.hpp"

/// Limits on the number of answers, told or silent, hide nothing, or are told of.
namespace dcm::app::test {
namespace {

using dcm::test::describe;
using dcm::test::file_bytes;
using dcm::test::Kind;
using dcm::test::make_data_set;
using dcm::test::Place;
using net::QueryLevel;

constexpr Tag kStudyTime{0x0008, 0x0030};
constexpr std::array<std::uint16_t, 4> kLimitStatuses = {0x0000, 0xFE00, 0xA700, 0xB000};

/// A report, which has no pixels, of a study by day and time; without a value where one is empty.
Phantom study(int number, const std::string& date, const std::string& time = "093000") {
  const Place place{.person = {number, "ID" + std::to_string(number), "DOE^JOHN"}, .study = number};
  DataSet data_set = make_data_set(Kind::report, place);
  data_set.erase(tags::kStudyDate).text(tags::kStudyDate, vr::kDA, date);
  data_set.erase(kStudyTime).text(kStudyTime, vr::kTM, time);
  return describe(data_set, dcm::test::uid::kExplicitLittle,
                  file_bytes(data_set, dcm::test::uid::kExplicitLittle, {}));
}

std::vector<Phantom> studies_of_many_days(int count) {
  std::vector<Phantom> all;
  for (int i = 1; i <= count; ++i)
    all.push_back(study(i, "20" + std::to_string(10 + i % 9) + "0" + std::to_string(1 + i % 8) +
                               std::to_string(10 + i)));
  return all;
}

SearchOutcome found(Archive& archive, const Criteria& criteria) {
  auto outcome = search(archive, criteria);
  EXPECT_TRUE(outcome.has_value() && !outcome->incomplete);
  return outcome ? *outcome : SearchOutcome{};
}

TEST(Sweep, FindsAllStudiesBehindALimit) {
  for (const std::uint16_t status : kLimitStatuses) {
    CatalogArchive archive(studies_of_many_days(18));
    archive.limits[QueryLevel::study] = 5;
    archive.limit_status = status;
    const auto all = found(archive, {});
    EXPECT_EQ(all.matches.size(), 18U) << status;
    EXPECT_EQ(all.gaps, Gaps{.undated = true}) << status;
    const auto some = found(archive, {.study_date = *DateRange::parse("20100101-20161231")});
    EXPECT_EQ(some.matches.size(), 14U) << status;
    EXPECT_EQ(some.gaps, Gaps{}) << status;
  }
}

TEST(Sweep, LearnsALimitThatNobodyWouldGuess) {
  CatalogArchive archive(studies_of_many_days(18));
  archive.limits[QueryLevel::study] = 7;
  archive.limit_status = 0xFE00;
  EXPECT_EQ(found(archive, {}).matches.size(), 18U);
}

TEST(Sweep, BelievesALowNumberOfAnswersAfterFewQueries) {
  CatalogArchive many_days(studies_of_many_days(5));
  EXPECT_EQ(found(many_days, {}).gaps, Gaps{});
  EXPECT_EQ(many_days.queries.size(), 3U);
  std::vector<Phantom> one_moment;
  for (int i = 1; i <= 5; ++i) one_moment.push_back(study(i, "20230101"));
  CatalogArchive same(one_moment);
  EXPECT_EQ(found(same, {}).gaps, Gaps{});
  EXPECT_LE(same.queries.size(), 8U);
  CatalogArchive seven(studies_of_many_days(7));
  EXPECT_EQ(found(seven, {}).matches.size(), 7U);
  EXPECT_EQ(seven.queries.size(), 1U);
}

TEST(Sweep, DividesADayByTheClock) {
  std::vector<Phantom> phantoms;
  for (int i = 1; i <= 12; ++i)
    phantoms.push_back(study(i, "20230101", std::to_string(10 + i) + "3015.250000"));
  for (const std::uint16_t status : {kLimitStatuses[0], kLimitStatuses[1]}) {
    CatalogArchive archive(phantoms);
    archive.limits[QueryLevel::study] = 5;
    archive.limit_status = status;
    EXPECT_EQ(found(archive, {.study_date = *DateRange::parse("20230101")}).matches.size(), 12U);
    const auto all = found(archive, {});
    EXPECT_EQ(all.matches.size(), 12U) << status;
    EXPECT_EQ(all.gaps, Gaps{.undated = true}) << status;
  }
}

TEST(Sweep, TellsOfWhatCannotBeDivided) {
  std::vector<Phantom> phantoms = studies_of_many_days(6);
  for (int i = 11; i <= 20; ++i) phantoms.push_back(study(i, "20230101"));
  for (const std::uint16_t status : {kLimitStatuses[0], kLimitStatuses[1]}) {
    CatalogArchive archive(phantoms);
    archive.limits[QueryLevel::study] = 5;
    archive.limit_status = status;
    const auto all = found(archive, {});
    EXPECT_EQ(all.matches.size(), 11U) << status;
    EXPECT_EQ(all.gaps.cut, 1U) << status;
  }
}

TEST(Sweep, KeepsStudiesWithoutADateAndSaysThatThereMayBeMore) {
  std::vector<Phantom> phantoms = {study(31, ""), study(32, "")};
  for (Phantom& each : studies_of_many_days(15)) phantoms.push_back(std::move(each));
  CatalogArchive archive(phantoms);
  archive.limits[QueryLevel::study] = 5;
  const auto all = found(archive, {});
  EXPECT_EQ(all.matches.size(), 17U);
  EXPECT_TRUE(all.gaps.undated);
}

TEST(Sweep, GivesUpOnAServerThatIgnoresDates) {
  CatalogArchive archive(studies_of_many_days(18));
  archive.ignored = {tags::kStudyDate};
  archive.limits[QueryLevel::study] = 5;
  archive.limit_status = 0xFE00;
  const auto all = found(archive, {});
  EXPECT_EQ(all.matches.size(), 5U);
  EXPECT_EQ(all.gaps.cut, 1U);
}

/// Refuses to answer at all where there are more answers than two.
class StrictArchive final : public Archive {
 public:
  explicit StrictArchive(const std::vector<Phantom>& phantoms) : inner_(phantoms) {}
  Result<void> find(const net::Query& query, const net::OnAnswer& on_answer) override {
    std::vector<Attributes> answers;
    DCM_CHECK(inner_.find(query, [&](Attributes answer) -> Result<void> {
      answers.push_back(std::move(answer));
      return {};
    }));
    if (refuses_all || answers.size() > 2) return fail(Errc::dimse_status, {.detail = 0xA700});
    for (Attributes& answer : answers) DCM_CHECK(on_answer(std::move(answer)));
    return {};
  }
  [[nodiscard]] bool accepts(net::QueryModel /*model*/) const override { return true; }

  bool refuses_all = false;

 private:
  CatalogArchive inner_;
};

TEST(Sweep, DividesWhatIsRefusedForItsSize) {
  StrictArchive archive(studies_of_many_days(18));
  const auto all = found(archive, {});
  EXPECT_EQ(all.matches.size(), 18U);
  EXPECT_EQ(all.gaps.cut, 0U);
}

TEST(Sweep, FailsWhereEverythingIsRefusedForItsSize) {
  StrictArchive archive(studies_of_many_days(3));
  archive.refuses_all = true;
  const auto outcome = search(archive, {});
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().detail, 0xA700U);
}

TEST(Sweep, FindsPatientsBehindALimitByTheirStudies) {
  CatalogArchive archive(studies_of_many_days(18));
  archive.limits[QueryLevel::patient] = archive.limits[QueryLevel::study] = 5;
  EXPECT_EQ(found(archive, {.level = QueryLevel::patient}).matches.size(), 18U);
}

/// One study; series of one instance each, and a series of many.
std::vector<Phantom> study_of(int series, int instances) {
  std::vector<Phantom> all;
  for (int i = 1; i <= series; ++i)
    for (int k = 1; k <= (i == 1 ? instances : 1); ++k)
      all.push_back(dcm::test::make_phantom(
          Kind::report,
          {.series = i, .series_number = std::to_string(i == 2 ? 1 : i), .instance = k}));
  return all;
}

TEST(Sweep, FindsSeriesAndInstancesBehindALimitByTheirNumbers) {
  for (const std::uint16_t status : {kLimitStatuses[0], kLimitStatuses[1]}) {
    CatalogArchive archive(study_of(12, 23));
    archive.limits = {{QueryLevel::series, 5}, {QueryLevel::image, 5}};
    archive.limit_status = status;
    const auto all = found(archive, {.level = QueryLevel::image, .patient_id = "12345"});
    EXPECT_EQ(all.matches.size(), 34U) << status;
    EXPECT_EQ(all.gaps, Gaps{}) << status;
    const auto plan = make_plan(archive, {.patient_id = "12345"}, {});
    ASSERT_TRUE(plan.has_value());
    EXPECT_EQ(plan->series.size(), 12U) << status;
    EXPECT_EQ(plan->instances, 34U) << status;
    EXPECT_TRUE(plan->verified) << status;
  }
}

TEST(Sweep, SaysWhatItCannotKnowWithoutACount) {
  CatalogArchive archive(study_of(12, 23));
  archive.limits = {{QueryLevel::series, 5}, {QueryLevel::image, 5}};
  archive.absent = {tags::kStudyRelatedSeries, tags::kStudyRelatedInstances,
                    tags::kSeriesRelatedInstances};
  const auto all = found(archive, {.level = QueryLevel::image, .patient_id = "12345"});
  EXPECT_EQ(all.matches.size(), 34U);
  EXPECT_GT(all.gaps.cut, 0U);
}

TEST(Sweep, PlansByItsCountWhatIsNotListedToItsEnd) {
  CatalogArchive archive(study_of(1, 23));
  archive.limits = {{QueryLevel::image, 5}};
  archive.ignored = {tags::kInstanceNumber};
  const auto plan = make_plan(archive, {.patient_id = "12345"}, {});
  ASSERT_TRUE(plan.has_value());
  ASSERT_EQ(plan->series.size(), 1U);
  EXPECT_TRUE(plan->series[0].instances.empty());
  EXPECT_EQ(plan->instances, 23U);
  EXPECT_EQ(plan->gaps.short_lists, 1U);
  EXPECT_FALSE(plan->verified);
}

TEST(Sweep, DoesNotChaseACountThatIsTooHigh) {
  CatalogArchive archive(study_of(1, 4));
  const net::Query query{.level = QueryLevel::image,
                         .keys = {{tags::kSopInstanceUid, vr::kUI, {}},
                                  {tags::kInstanceNumber, vr::kIS, {}},
                                  {tags::kStudyInstanceUid, vr::kUI, {}}}};
  Sweep sweep(archive);
  std::size_t answers = 0;
  const auto asked = sweep.parts(query, 1000, [&](const Attributes&) -> Result<void> {
    ++answers;
    return {};
  });
  EXPECT_TRUE(asked.has_value());
  EXPECT_EQ(answers, 4U);
  EXPECT_LE(archive.queries.size(), 4U);
  EXPECT_EQ(sweep.gaps(), Gaps{.short_lists = 1});
}

}  // namespace
}  // namespace dcm::app::test
