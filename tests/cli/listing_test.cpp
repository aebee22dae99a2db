// SPDX-License-Identifier: MIT
#include "cli/listing.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/bytes.hpp"
#include "dicom/dictionary.hpp"

namespace dcm::cli {
namespace {

using net::QueryLevel;

struct Pair {
  std::string_view keyword;
  std::string_view value;
};

app::Match match_of(std::initializer_list<Pair> pairs, std::vector<Tag> unverified = {}) {
  app::Match match;
  match.attributes.add(tags::kSpecificCharacterSet, vr::kCS, as_bytes("ISO_IR 192"));
  for (const auto& pair : pairs) {
    const auto tag = find_keyword(pair.keyword);
    EXPECT_TRUE(tag) << pair.keyword;
    match.attributes.add(*tag, find_entry(*tag)->vr, as_bytes(pair.value));
  }
  match.unverified = std::move(unverified);
  return match;
}

app::SearchOutcome outcome(std::vector<app::Match> matches) {
  app::SearchOutcome found;
  found.matches = std::move(matches);
  return found;
}

app::Match doe() {
  return match_of({{"PatientID", "12345"},
                   {"PatientName", "DOE^JOHN"},
                   {"StudyDate", "20230131"},
                   {"ModalitiesInStudy", "CT\\SR"},
                   {"StudyDescription", "CHEST"},
                   {"NumberOfStudyRelatedInstances", "12"}});
}

TEST(Table, AlignsColumnsByWhatTheTerminalShows) {
  const auto wide = match_of({{"PatientID", "7"},
                              {"PatientName", "山田^太郎"},
                              {"StudyDate", "20230201"},
                              {"StudyDescription", "Ünïcode"},
                              {"NumberOfStudyRelatedInstances", "1042"}});
  EXPECT_EQ(table_text(outcome({doe(), wide}), QueryLevel::study),
            "PATIENT ID  NAME       DATE        MODALITY  DESCRIPTION  ACCESSION  IMAGES\n"
            "12345       DOE^JOHN   2023-01-31  CT SR     CHEST                       12\n"
            "7           山田^太郎  2023-02-01            Ünïcode                   1042\n");
}

TEST(Table, IsEmptyWhenNothingWasFound) {
  EXPECT_EQ(table_text(outcome({}), QueryLevel::study), "");
}

TEST(Table, MarksWhatCouldNotBeVerified) {
  auto doubtful = doe();
  doubtful.unverified = {tags::kModalitiesInStudy};
  const auto text = table_text(outcome({doe(), doubtful}), QueryLevel::study);
  EXPECT_NE(text.find("\n   12345"), std::string::npos) << text;
  EXPECT_NE(text.find("\n?  12345"), std::string::npos) << text;
}

TEST(Table, CutsLongValues) {
  const std::string name(100, 'X');
  const auto text = table_text(outcome({match_of({{"PatientID", "1"}, {"PatientName", name}})}),
                               QueryLevel::patient);
  EXPECT_NE(text.find("1           " + std::string(39, 'X') + "…\n"), std::string::npos) << text;
}

TEST(Table, NeverMovesTheCursor) {
  const auto hostile = match_of({{"PatientID", "a\x1b[2Jb"},
                                 {"PatientName", "%s%n\r\nX"},
                                 {"StudyDescription",
                                  "\xE2\x80\xAE"
                                  "evil\xC2\x9B"
                                  "31m"}});
  const auto text = table_text(outcome({hostile}), QueryLevel::study);
  for (const auto* bad : {"\x1b", "\r", "\xE2\x80\xAE", "\xC2\x9B"}) {
    EXPECT_EQ(text.find(bad), std::string::npos);
  }
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_NE(text.find("%s%n"), std::string::npos);
}

TEST(Csv, QuotesAndEndsLinesAsRfc4180Wants) {
  const auto text = csv_text(
      outcome({match_of({{"PatientID", "1"}, {"PatientName", "O\"NEIL^A,B"}}, {tags::kPatientId})}),
      QueryLevel::patient);
  EXPECT_EQ(text,
            "PatientID,PatientName,PatientBirthDate,Unverified\r\n"
            "1,\"O\"\"NEIL^A,B\",,PatientID\r\n");
}

TEST(Csv, HasAHeaderAlsoWhenNothingWasFound) {
  EXPECT_EQ(csv_text(outcome({}), QueryLevel::patient),
            "PatientID,PatientName,PatientBirthDate,Unverified\r\n");
}

TEST(Csv, GivesAllAttributesThatWereAnswered) {
  const auto text =
      csv_text(outcome({match_of({{"PatientID", "1"}, {"BodyPartExamined", "CHEST"}}),
                        match_of({{"PatientID", "2"}, {"ModalitiesInStudy", "CT\\SR"}})}),
               QueryLevel::patient);
  EXPECT_EQ(text,
            "PatientID,PatientName,PatientBirthDate,ModalitiesInStudy,"
            "BodyPartExamined,Unverified\r\n"
            "1,,,,CHEST,\r\n"
            "2,,,CT\\SR,,\r\n");
}

TEST(Csv, DisarmsFormulasAndKeepsNumbers) {
  const auto first_field = [](std::string_view id) {
    const auto text = csv_text(outcome({match_of({{"PatientID", id}})}), QueryLevel::patient);
    const auto line = text.substr(text.find('\n') + 1);
    return line.substr(0, line.find(",,,"));
  };
  EXPECT_EQ(first_field("=1+2"), "'=1+2");
  EXPECT_EQ(first_field("@SUM(A1)"), "'@SUM(A1)");
  EXPECT_EQ(first_field("-cmd|x"), "'-cmd|x");
  EXPECT_EQ(first_field("+1a"), "'+1a");
  EXPECT_EQ(first_field("-12.5"), "-12.5");
  EXPECT_EQ(first_field("+4"), "+4");
}

TEST(SearchJson, MapsKeywordsToStringsOrArrays) {
  auto doubtful = doe();
  doubtful.unverified = {tags::kModalitiesInStudy};
  doubtful.attributes.add(tags::kAccessionNumber, vr::kSH, as_bytes(""));
  const auto parsed = nlohmann::json::parse(json_text(outcome({doubtful})));
  EXPECT_EQ(parsed, (nlohmann::json::array({{{"PatientID", "12345"},
                                             {"PatientName", "DOE^JOHN"},
                                             {"StudyDate", "20230131"},
                                             {"ModalitiesInStudy", {"CT", "SR"}},
                                             {"StudyDescription", "CHEST"},
                                             {"NumberOfStudyRelatedInstances", "12"},
                                             {"unverified", {"ModalitiesInStudy"}}}})));
}

TEST(SearchJson, IsAnEmptyArrayWhenNothingWasFound) { EXPECT_EQ(json_text(outcome({})), "[]\n"); }

TEST(SearchJson, LosesNothingAndMovesNoCursor) {
  constexpr auto kHostile = "a\x1b[2J\x7F \xE2\x80\xAE\xC2\x9B \"q\" Ünï \xF3\xA0\x80\x81 b";
  const auto text = json_text(outcome({match_of({{"PatientID", kHostile}})}));
  EXPECT_EQ(nlohmann::json::parse(text)[0]["PatientID"], kHostile);
  for (const auto* bad : {"\x1b", "\x7F", "\xE2\x80\xAE", "\xC2\x9B", "\xF3\xA0\x80\x81"}) {
    EXPECT_EQ(text.find(bad), std::string::npos);
  }
  EXPECT_NE(text.find("Ünï"), std::string::npos);
}

}  // namespace
}  // namespace dcm::cli
