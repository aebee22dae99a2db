// SPDX-License-Identifier: MIT
#include "store/folder_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "store/digest.hpp"
#include "store/safe_name.hpp"

namespace dcm::store {
namespace {

SeriesNaming series(const std::string& uid, const std::string& date,
                    const std::string& description = "T1", const std::string& patient = "DOE1") {
  return {patient_key(patient, "9.9"), date, uid, "3", description};
}

std::string hex6(const std::string& text) { return hex_digest(text).substr(0, 6); }

const PatientFolder& doe1(const std::map<PatientKey, PatientFolder>& plan) {
  return plan.at(patient_key("DOE1", ""));
}

using Names = std::map<std::string, std::string>;

TEST(FolderPlan, NamesSeriesByNumberAndDescription) {
  const auto plan = plan_folders({series("1.1", "20230101", "T1 axial")}, {});
  EXPECT_EQ(doe1(plan).name, "DOE1");
  EXPECT_EQ(doe1(plan).series, (Names{{"1.1", "3_T1_axial"}}));
}

TEST(FolderPlan, NamesWhatIsMissing) {
  const auto plan = plan_folders({{patient_key("", "1.2"), "", "1.1", "", ""}}, {});
  const auto& folder = plan.at(patient_key("", "1.2"));
  EXPECT_EQ(folder.name, "unknown_patient");
  EXPECT_EQ(folder.series, (Names{{"1.1", "unknown_unknown"}}));
}

TEST(FolderPlan, NamesAPatientWhoCollidesWithNobodyByTheBareFolder) {
  for (const char* patient : {"DOE1", "DOE/1", "..", ""}) {
    const PatientKey key = patient_key(patient, "1.2");
    EXPECT_EQ(plan_folders({{key, "", "1.1", "", ""}}, {}).at(key).name, bare_folder(key));
  }
  EXPECT_EQ(bare_folder(patient_key("DOE/1", "")), "DOE_1");
  EXPECT_EQ(bare_folder(patient_key("", "1.2")), "unknown_patient");
}

TEST(FolderPlan, IsTheSameForEveryOrderOfCollidingSeries) {
  std::vector<SeriesNaming> all{series("1.4", "20230101"), series("1.3", "20230101"),
                                series("1.1", ""), series("1.2", "20240101", "t1")};
  const Names expected{{"1.1", "3_T1_" + hex6("1.1")},
                       {"1.2", "3_t1_" + hex6("1.2")},
                       {"1.3", "3_T1"},
                       {"1.4", "3_T1_" + hex6("1.4")}};
  std::vector<int> order{0, 1, 2, 3};
  do {
    std::vector<SeriesNaming> shuffled;
    for (const int i : order) shuffled.push_back(all[static_cast<std::size_t>(i)]);
    EXPECT_EQ(doe1(plan_folders(shuffled, {})).series, expected);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(FolderPlan, IsTheSameForEveryOrderOfCollidingPatients) {
  std::vector<SeriesNaming> all{series("1.1", "20230101", "T1", "doe/1"),
                                series("1.2", "20220101", "T1", "DOE^1"),
                                series("1.3", "20200101", "T1", "DOE 1")};
  all.push_back(series("1.4", "20190101", "T1", "doe/1"));
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return a.series_instance_uid < b.series_instance_uid;
  });
  do {
    const auto plan = plan_folders(all, {});
    EXPECT_EQ(plan.at(patient_key("doe/1", "")).name, "doe_1");
    EXPECT_EQ(plan.at(patient_key("DOE^1", "")).name, "DOE_1_" + hex6("DOE^1"));
    EXPECT_EQ(plan.at(patient_key("DOE 1", "")).name, "DOE_1_" + hex6("DOE 1"));
  } while (std::next_permutation(all.begin(), all.end(), [](const auto& a, const auto& b) {
    return a.series_instance_uid < b.series_instance_uid;
  }));
}

TEST(FolderPlan, KeepsStudiesWithoutPatientIdApart) {
  const auto plan = plan_folders({{patient_key("", "1.5"), "20230101", "1.1", "1", "A"},
                                  {patient_key(" ", "1.6"), "20220101", "1.2", "1", "A"}},
                                 {});
  EXPECT_EQ(plan.at(patient_key("", "1.6")).name, "unknown_patient");
  EXPECT_EQ(plan.at(patient_key("", "1.5")).name, "unknown_patient_" + hex6("1.5"));
}

TEST(FolderPlan, NeverChangesAGivenName) {
  GivenNames given;
  given.patients[patient_key("DOE1", "")] = {"odd", {{"1.9", "3_T1"}}, {}};
  given.taken = {"odd", "doe1"};
  const auto plan = plan_folders({series("1.9", "20230101", "new text"), series("1.1", "19990101"),
                                  series("1.0", "19990101", "T1", "DOE1^")},
                                 given);
  EXPECT_EQ(doe1(plan).name, "odd");
  EXPECT_EQ(doe1(plan).series, (Names{{"1.9", "3_T1"}, {"1.1", "3_T1_" + hex6("1.1")}}));
  EXPECT_EQ(plan.at(patient_key("DOE1^", "")).name, "DOE1_");
}

TEST(FolderPlan, NeverGivesATakenNameAndTakesMoreDigits) {
  GivenNames given;
  given.taken = {"doe1", "doe1_" + hex6("DOE1")};
  EXPECT_EQ(doe1(plan_folders({series("1.1", "20230101")}, given)).name,
            "DOE1_" + hex_digest("DOE1").substr(0, 7));
}

TEST(FolderPlan, DoesNotLetALongNameStandInTheWayOfABareOne) {
  const std::string tail = hex6("1.2");
  const auto plan = plan_folders({series("1.1", "20200101"), series("1.2", "20210101"),
                                  series("1.3", "20220101", "T1 " + tail)},
                                 {});
  EXPECT_EQ(doe1(plan).series, (Names{{"1.1", "3_T1"},
                                      {"1.2", "3_T1_" + hex_digest("1.2").substr(0, 7)},
                                      {"1.3", "3_T1_" + tail}}));
}

TEST(FolderPlan, KeepsAPatientIdApartFromAnEqualStudyUid) {
  const auto plan = plan_folders({{patient_key("1.5", ""), "20230101", "1.1", "1", "A"},
                                  {patient_key("", "1.5"), "20230101", "1.1", "1", "A"}},
                                 {});
  EXPECT_EQ(plan.size(), 2U);
}

}  // namespace
}  // namespace dcm::store
