// SPDX-License-Identifier: MIT
#include "app/cohort.hpp"

#include <gtest/gtest.h>

#include "app/sheet_csv.hpp"

namespace dcm::app {
namespace {

using Kind = RowFault::Kind;

Result<Cohort> cohort_of(std::string_view csv, UnknownColumns unknown = UnknownColumns::refuse) {
  const auto sheet = parse_csv(csv);
  EXPECT_TRUE(sheet);
  return make_cohort(*sheet, net::QueryLevel::study, unknown);
}

/// The only row of a sheet with a header and that row.
CohortRow row_of(std::string_view header, std::string_view values) {
  const auto cohort = cohort_of(std::string(header) + "\n" + std::string(values) + "\n");
  EXPECT_TRUE(cohort) << header;
  if (!cohort || cohort->rows.size() != 1) return {};
  return cohort->rows.front();
}

Error refusal_of(std::string_view csv) {
  const auto cohort = cohort_of(csv);
  EXPECT_FALSE(cohort) << csv;
  return cohort ? Error{} : cohort.error();
}

Error error_of(CohortFault fault, std::uint64_t column = 0) {
  return {.code = Errc::bad_value, .detail = static_cast<std::uint32_t>(fault), .offset = column};
}

std::optional<Kind> fault_of(const CohortRow& row) {
  if (!row.fault) return std::nullopt;
  return row.fault->kind;
}

TEST(Cohort, KnowsColumnsByKeywordAndInPlainWords) {
  for (const char* header : {"PatientID", "patient id", "Patient-ID", "PATIENT_ID", "id", "MRN",
                             "Medical Record Number"})
    EXPECT_EQ(row_of(header, "00042").criteria.patient_id, "00042") << header;
  for (const char* header : {"PatientName,PatientBirthDate", "name,date of birth",
                             "Patient's Name,DOB", "Full name,Birthday"}) {
    const CohortRow row = row_of(header, "DOE JOHN,1950-01-31");
    EXPECT_EQ(row.criteria.patient_name, "DOE JOHN") << header;
    EXPECT_EQ(row.criteria.patient_birth_date->dicom(), "19500131") << header;
  }
  const CohortRow row = row_of(
      "accession;study uid;series uid;study date;modality;series description;study description",
      "A1;1.2;1.2.3;20230101-20231231;mr;T1*;HEAD");
  EXPECT_EQ(row.criteria.accession_number, "A1");
  EXPECT_EQ(row.criteria.study_instance_uid, "1.2");
  EXPECT_EQ(row.criteria.series_instance_uid, "1.2.3");
  EXPECT_EQ(row.criteria.study_date->dicom(), "20230101-20231231");
  EXPECT_EQ(row.criteria.modality, "MR");
  EXPECT_EQ(row.criteria.series_description, "T1*");
  EXPECT_EQ(row.criteria.study_description, "HEAD");
}

TEST(Cohort, IsAListOfPatientIdsWhereASingleColumnHasNoHeader) {
  const auto cohort = cohort_of("00042\n\n00043\n");
  ASSERT_TRUE(cohort);
  ASSERT_EQ(cohort->rows.size(), 2U);
  EXPECT_EQ(cohort->rows[0].number, 1U);
  EXPECT_EQ(cohort->rows[0].criteria.patient_id, "00042");
  EXPECT_EQ(cohort->rows[1].number, 3U);
  EXPECT_EQ(cohort->rows[1].criteria.patient_id, "00043");
}

TEST(Cohort, LosesNoColumnThatIsNotKnown) {
  EXPECT_EQ(refusal_of("PatientID,Stdy Date\n1,2\n"), error_of(CohortFault::unknown_column, 1));
  EXPECT_EQ(refusal_of("PatientID,\n1,note\n"), error_of(CohortFault::unknown_column, 1));
  EXPECT_EQ(refusal_of("PatientID\n1,note\n"), error_of(CohortFault::unknown_column, 1));
  EXPECT_EQ(refusal_of("PatientI\n1\n"), error_of(CohortFault::unknown_column));
  EXPECT_EQ(refusal_of("00042,note\n"), error_of(CohortFault::no_header));
  EXPECT_EQ(refusal_of("id,patient id\n1,2\n"), error_of(CohortFault::repeated_column));
}

TEST(Cohort, IgnoresColumnsThatAreNotKnownWhereItIsToldTo) {
  const auto cohort = cohort_of("notes,PatientID\nkind,00042\n", UnknownColumns::ignore);
  ASSERT_TRUE(cohort);
  EXPECT_EQ(cohort->ignored_columns, std::vector<std::size_t>{0});
  EXPECT_EQ(cohort->rows.front().criteria.patient_id, "00042");
}

TEST(Cohort, TakesHiddenRowsAndTellsWhichTheyAre) {
  auto sheet = parse_csv("PatientID\n00042\n00043\n").value();
  sheet.rows[0].hidden = sheet.rows[2].hidden = true;
  const auto cohort = make_cohort(sheet, net::QueryLevel::study, UnknownColumns::refuse);
  ASSERT_TRUE(cohort);
  EXPECT_EQ(cohort->rows.size(), 2U);
  EXPECT_EQ(cohort->hidden_rows, std::vector<std::uint32_t>{3}) << "a header asks for nothing";
}

TEST(Cohort, KnowsTheColumnWhoseSpellingsAreLookedFor) {
  const auto spelled = [](std::string_view values) {
    const auto row = row_of("series description;id;name", values);
    return row.spelled ? std::string(row.spelled->keyword) + std::to_string(row.spelled->at) : "";
  };
  EXPECT_EQ(spelled("T1;1;DOE"), "PatientName2");
  EXPECT_EQ(spelled("SCH\u00C4DEL;1;DOE"), "PatientName2");
  EXPECT_EQ(spelled("SCH\u00C4DEL;1;"), "SeriesDescription0");
  EXPECT_EQ(spelled("T1;1;"), "") << "it is asked for as it is";
}

TEST(Cohort, IsNoneWithoutRows) {
  for (const char* csv : {"", "PatientID\n", "\n\n"})
    EXPECT_EQ(refusal_of(csv), error_of(CohortFault::empty)) << csv;
}

TEST(Cohort, FindsRowsThatAskForTheSame) {
  const auto cohort = cohort_of("id,date\n1,\n2,\n1,20230101\n1\n");
  ASSERT_TRUE(cohort);
  ASSERT_EQ(cohort->rows.size(), 4U);
  EXPECT_FALSE(cohort->rows[2].same_as);
  EXPECT_EQ(cohort->rows[3].same_as, 0U);
}

TEST(Cohort, RefusesRowsThatCannotBeMeantAndKeepsTheOthers) {
  const auto cohort = cohort_of(
      "PatientID,BirthDate,Modality\n"
      "1.23E+11,,\n\"1,23e+5\",,\n1\\2,,\n1,31.01.1950,\n,,MR\n*,,MR\n12E5,,\n1.5,,\n");
  ASSERT_TRUE(cohort);
  std::vector<std::optional<Kind>> faults;
  for (const CohortRow& row : cohort->rows) faults.push_back(fault_of(row));
  EXPECT_EQ(faults, (std::vector<std::optional<Kind>>{Kind::rounded_number,
                                                      Kind::rounded_number,
                                                      Kind::bad_value,
                                                      Kind::bad_value,
                                                      Kind::narrows_nothing,
                                                      Kind::narrows_nothing,
                                                      {},
                                                      {}}));
  EXPECT_EQ(cohort->rows[3].fault->keyword, "PatientBirthDate");
  EXPECT_EQ(cohort->rows[3].fault->column, 1U);
  EXPECT_EQ(cohort->rows[3].fault->value, ValueFault::no_dates);
}

TEST(Cohort, RefusesCellsWhoseValueIsNotKnown) {
  const auto fault = [](std::string_view header, Cell cell) {
    const Sheet sheet{{{1, {{Cell::Kind::text, std::string(header)}}}, {2, {std::move(cell)}}}};
    const auto cohort = make_cohort(sheet, net::QueryLevel::study, UnknownColumns::refuse);
    EXPECT_TRUE(cohort);
    return fault_of(cohort->rows.front());
  };
  EXPECT_EQ(fault("PatientID", {Cell::Kind::rounded, "1.23E+11"}), Kind::rounded_number);
  EXPECT_EQ(fault("PatientID", {Cell::Kind::disguised, "42"}), Kind::disguised_number);
  EXPECT_EQ(fault("PatientID", {Cell::Kind::unusable, {}}), Kind::unusable_cell);
  EXPECT_EQ(fault("PatientID", {Cell::Kind::date, "20230102"}), Kind::misplaced_date);
  EXPECT_EQ(fault("PatientBirthDate", {Cell::Kind::date, "20230102"}), std::nullopt);
  EXPECT_EQ(fault("PatientID", {Cell::Kind::number, "42"}), std::nullopt);
}

}  // namespace
}  // namespace dcm::app
