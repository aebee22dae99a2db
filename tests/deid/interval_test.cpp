// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <chrono>
#include <set>

#include "deid/option.hpp"
#include "deid/planting.hpp"

namespace dcm::deid {
namespace {

using test::DataSet;
using test::Received;
using test::operator""_tag;

namespace chr = std::chrono;

constexpr Tag kAcquisitionDateTime{0x0008, 0x002A};
constexpr Tag kAcquisitionDate{0x0008, 0x0022};
constexpr Tag kContentTime{0x0008, 0x0033};
constexpr Tag kLongitudinalModified{0x0028, 0x0303};

const Project& shifting() {
  static const Project kProject = test::project_with({Option::retain_modified_dates});
  return kProject;
}

DataSet object_of(std::string_view id, int instance) {
  return test::base_object()
      .text(tags::kPatientId, vr::kLO, id)
      .text(tags::kStudyInstanceUid, vr::kUI, "1.2.77." + std::to_string(instance));
}

std::string value_in(const Received& out, Tag tag) {
  const test::TreeNode* node = test::find_node(out.tree, tag);
  return node == nullptr ? "(gone)" : node->value;
}

std::string written(const DataSet& object, Tag tag) {
  return value_in(test::send(shifting(), object), tag);
}

chr::sys_days day_of(const std::string& date) {
  return chr::year(std::stoi(date.substr(0, 4))) / std::stoi(date.substr(4, 2)) /
         std::stoi(date.substr(6, 2));
}

constexpr const char* kDays[] = {"19991231", "20000101", "20000228", "20000229", "20000301",
                                 "20230101", "20231105", "20240229", "15900101", "99981231"};

TEST(Intervals, BetweenAllDatesOfOnePatientAreKeptAcrossObjectsAndAttributes) {
  int instance = 0;
  for (const char* first : kDays)
    for (const char* second : kDays) {
      const std::string study =
          written(object_of("PAT-0001", ++instance).text(tags::kStudyDate, vr::kDA, first),
                  tags::kStudyDate);
      const std::string acquired = written(
          object_of("PAT-0001 ", ++instance)
              .text(kAcquisitionDateTime, vr::kDT, std::string(second) + "235959.123456+0130"),
          kAcquisitionDateTime);
      ASSERT_EQ(study.size(), 8U);
      ASSERT_EQ(acquired.substr(8), "235959.123456+0130");
      EXPECT_EQ(day_of(acquired) - day_of(study), day_of(second) - day_of(first));
      EXPECT_EQ(day_of(study) - day_of(first), chr::days(test::kPlantedShift));
    }
}

TEST(Intervals, AreKeptInNestedItemsReportsAndUnknownValues) {
  const DataSet inner = DataSet()
                            .text(kAcquisitionDate, vr::kDA, "20230102")
                            .text(kAcquisitionDateTime, vr::kDT, "20230103101112");
  const Received out = test::send(shifting(), object_of("PAT-0001", 1)
                                                  .text(tags::kSeriesDate, vr::kUN, "20230101")
                                                  .merge(test::in_kept_sequences(1, inner)));
  const test::Tree* item = test::first_item(out.tree, 0x00082218_tag);
  ASSERT_NE(item, nullptr);
  EXPECT_EQ(value_in(out, tags::kSeriesDate), test::moved("20230101", test::kPlantedShift));
  EXPECT_EQ(test::find_node(*item, kAcquisitionDate)->value,
            test::moved("20230102", test::kPlantedShift));
  EXPECT_EQ(test::find_node(*item, kAcquisitionDateTime)->value,
            test::moved("20230103101112", test::kPlantedShift));
}

TEST(Intervals, TimesStayAsTheyAreBecauseDaysMoveWhole) {
  for (const char* time : {"101112.123456 ", "10", "1011", "10:11:12", "235959", "000000"})
    EXPECT_EQ(written(object_of("PAT-0001", 1).text(kContentTime, vr::kTM, time), kContentTime),
              time);
}

TEST(Intervals, OddFormsKeepTheirFormAndTellNoDay) {
  const auto shifted = [](Vr vr, const char* value) {
    const Tag tag = vr == vr::kDA ? tags::kStudyDate : kAcquisitionDateTime;
    return written(object_of("PAT-0001", 1).text(tag, vr, value), tag);
  };
  // 20230315 - 2236 days = 20170129
  EXPECT_EQ(shifted(vr::kDA, "2023.03.15"), "2017.01.29");
  EXPECT_EQ(shifted(vr::kDA, "20230315\\20230316 "), "20170129\\20170130 ");
  EXPECT_EQ(shifted(vr::kDT, "202303"), "201701");
  EXPECT_EQ(shifted(vr::kDT, "2023"), "2016");
  EXPECT_EQ(shifted(vr::kDA, ""), "");
  for (const char* nonsense : {"20231399", "NOT A DAY ", "15030101", "2023-3-15 ", "00000000"}) {
    const std::string left = shifted(vr::kDA, nonsense);
    EXPECT_TRUE(left.empty() || left == "(gone)") << nonsense << " became " << left;
  }
}

TEST(Intervals, OfTwoPatientsAreMovedByDifferentDays) {
  std::set<std::string> days;
  for (const char* id : {"PAT-0001", "PAT-0002", "4711", "DOE 1", "1", "01"}) {
    const std::string day =
        written(object_of(id, 1).text(tags::kStudyDate, vr::kDA, "20230101"), tags::kStudyDate);
    EXPECT_TRUE(days.insert(day).second) << id;
    const auto moved = day_of("20230101") - day_of(day);
    EXPECT_GE(moved, chr::days(1));
    EXPECT_LE(moved, chr::days(3650));
  }
}

TEST(Intervals, WithoutAPatientIdTheStudyIsThePatient) {
  const auto day = [](int study) {
    return written(object_of("", study).text(tags::kStudyDate, vr::kDA, "20230101"),
                   tags::kStudyDate);
  };
  EXPECT_EQ(day(1), day(1));
  EXPECT_NE(day(1), day(2));
}

TEST(Intervals, TheObjectSaysWhatBecameOfItsDates) {
  const DataSet object = object_of("PAT-0001", 1).text(tags::kStudyDate, vr::kDA, "20230101");
  const auto said = [&](OptionSet options) {
    return value_in(test::send(test::project_with(options), object), kLongitudinalModified);
  };
  EXPECT_EQ(said({}), "REMOVED ");
  EXPECT_EQ(said({Option::retain_modified_dates}), "MODIFIED");
  EXPECT_EQ(said({Option::retain_full_dates}), "UNMODIFIED");
}

TEST(Ages, AboveEightyNineAreOneUnderPatientCharacteristics) {
  const Project project = test::project_with({Option::retain_patient_characteristics});
  const auto age = [&](const char* value) {
    return value_in(
        test::send(project, object_of("PAT-0001", 1).text(0x00101010_tag, vr::kAS, value)),
        0x00101010_tag);
  };
  EXPECT_EQ(age("089Y"), "089Y");
  EXPECT_EQ(age("090Y"), "090Y");
  EXPECT_EQ(age("091Y"), "090Y");
  EXPECT_EQ(age("117Y"), "090Y");
  EXPECT_EQ(age("012M"), "012M");
  EXPECT_EQ(age("003D"), "003D");
  EXPECT_EQ(age("999M"), "999M");  // 83 years
  EXPECT_EQ(age("ABCY").find("ABC"), std::string::npos);
}

}  // namespace
}  // namespace dcm::deid
