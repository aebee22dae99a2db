// SPDX-License-Identifier: MIT
#include "store/metadata.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "store/fake_object.hpp"

namespace dcm::store {
namespace {

SeriesRecord record(const std::string& study, const std::string& date, const std::string& uid,
                    const std::string& number) {
  SeriesRecord result;
  result.about.study_instance_uid = study;
  result.about.study_date = date;
  result.about.series_instance_uid = uid;
  result.about.series_number = number;
  result.folder = number + "_x";
  return result;
}

const char* const kGolden = R"({
  "PatientID": "DOE1",
  "SeriesNumber": [
    "2",
    "10"
  ],
  "studies": [
    {
      "StudyInstanceUID": "1.2.8",
      "StudyDate": "20220101",
      "StudyDescription": "Head \"special\"",
      "StudyID": "7",
      "AccessionNumber": "A1",
      "series": [
        {
          "SeriesInstanceUID": "1.2.8.1",
          "SeriesNumber": "2",
          "SeriesDescription": "Schädel",
          "SeriesDate": "20220102",
          "Modality": "CT",
          "folder": "2_Schädel",
          "instances": 3,
          "bytes": 4096
        },
        {
          "SeriesInstanceUID": "1.2.8.2",
          "SeriesNumber": "10",
          "folder": "10_x",
          "instances": 0,
          "bytes": 0
        }
      ]
    },
    {
      "StudyInstanceUID": "1.2.7",
      "series": [
        {
          "SeriesInstanceUID": "1.2.7.1",
          "SeriesNumber": "2",
          "folder": "2_x",
          "instances": 0,
          "bytes": 0
        }
      ]
    }
  ],
  "made_by": {
    "profile": "demographics",
    "options": [],
    "table_edition": "2026c",
    "version": "0.1.0"
  }
}
)";

std::vector<SeriesRecord> golden_records() {
  SeriesRecord first = record("1.2.8", "20220101", "1.2.8.1", "2");
  first.about.study_description = "Head \"special\"";
  first.about.study_id = "7";
  first.about.accession_number = "A1";
  first.about.series_description =
      "Sch\xC3\xA4"
      "del";
  first.about.series_date = "20220102";
  first.about.modality = "CT";
  first.folder =
      "2_Sch\xC3\xA4"
      "del";
  first.instances = 3;
  first.bytes = 4096;
  return {record("1.2.7", "", "1.2.7.1", "2"), record("1.2.8", "20220101", "1.2.8.2", "10"), first};
}

TEST(Metadata, IsWrittenToTheByteAsPromised) {
  EXPECT_EQ(metadata_text(patient_key("DOE1", ""), golden_records(), test::demographics()),
            kGolden);
}

TEST(Metadata, IsTheSameForEveryOrder) {
  auto records = golden_records();
  const auto less = [](const SeriesRecord& a, const SeriesRecord& b) {
    return a.about.series_instance_uid < b.about.series_instance_uid;
  };
  std::sort(records.begin(), records.end(), less);
  do {
    EXPECT_EQ(metadata_text(patient_key("DOE1", ""), records, test::demographics()), kGolden);
  } while (std::next_permutation(records.begin(), records.end(), less));
}

TEST(Metadata, SortsNumbersByValueAndOddOnesLast) {
  std::vector<SeriesRecord> records;
  for (const char* number : {"10", "x", "9", "-1", "+2", "", "9"})
    records.push_back(record("1", "", "1." + std::to_string(records.size()), number));
  const std::string text = metadata_text(patient_key("A", ""), records, test::demographics());
  EXPECT_NE(text.find("[\n    \"-1\",\n    \"+2\",\n    \"9\",\n    \"10\",\n    \"x\"\n  ]"),
            std::string::npos)
      << text;
}

TEST(Metadata, GivesItsNamesBack) {
  const auto names = read_metadata(kGolden);
  ASSERT_TRUE(names);
  EXPECT_EQ(names->patient, patient_key("DOE1", ""));
  EXPECT_TRUE(same_tree(names->made_by, test::demographics()));
  EXPECT_EQ(names->series, (std::map<std::string, std::string>{{"1.2.7.1", "2_x"},
                                                               {"1.2.8.1",
                                                                "2_Sch\xC3\xA4"
                                                                "del"},
                                                               {"1.2.8.2", "10_x"}}));
}

TEST(Metadata, KnowsAPatientWithoutIdByItsStudy) {
  const auto key = patient_key("", "1.2.8");
  const auto text = metadata_text(key, {record("1.2.8", "", "1.1", "1")}, test::demographics());
  EXPECT_EQ(read_metadata(text)->patient, key);
}

TEST(Metadata, OfSomebodyElseIsNotRead) {
  for (const char* text : {"", "{", "[]", "null", "{}", "{\"PatientID\": 1}",
                           "{\"PatientID\": \"DOE1\", \"studies\": 3}"})
    EXPECT_FALSE(read_metadata(text)) << text;
  for (const char* folder : {"..", "../x", "/etc", "", ".dicom-client", "a/b"}) {
    auto records = golden_records();
    records.front().folder = folder;
    EXPECT_FALSE(
        read_metadata(metadata_text(patient_key("DOE1", ""), records, test::demographics())))
        << folder;
  }
  EXPECT_FALSE(read_metadata(std::string(100'000, '[')));
}

TEST(TreeText, TellsWhoseTreeItIs) {
  EXPECT_EQ(tree_text({"none", {"a"}, "", "9"}),
            "{\n  \"format\": 1,\n  \"profile\": \"none\",\n  \"options\": [\n    \"a\"\n  ],\n"
            "  \"table_edition\": \"\"\n}\n");
}

}  // namespace
}  // namespace dcm::store
