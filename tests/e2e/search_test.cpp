// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "e2e/tool.hpp"
#include "support/json_schema.hpp"
#include "support/scripted_scp.hpp"

/// What `search` prints: the right things, in a form that machines and terminals can bear.
namespace dcm::test {
namespace {

using Json = nlohmann::json;
using Arguments = std::vector<std::string>;

RunResult search(const Address& server, Arguments arguments) {
  arguments.insert(arguments.begin(), "search");
  return run_tool_at(server, std::move(arguments));
}

/// `search --json`, checked against its schema.
Json found(const Address& server, Arguments arguments) {
  arguments.emplace_back("--json");
  const RunResult result = search(server, std::move(arguments));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  Json json = Json::parse(result.out, nullptr, false);
  EXPECT_EQ(schema_violation(json, schema_of_docs("search.schema.json")), "") << result.out;
  return json;
}

std::set<std::string> values(const Json& answers, const char* keyword) {
  std::set<std::string> all;
  for (const Json& each : answers) all.insert(each.value(keyword, ""));
  return all;
}

template <typename Condition>
std::set<std::string> distinct(const std::vector<Phantom>& phantoms, std::string Phantom::*member,
                               Condition condition) {
  std::set<std::string> all;
  for (const Phantom& each : phantoms)
    if (condition(each)) all.insert(each.*member);
  return all;
}

bool is_doe(const Phantom& p) { return p.patient_name.starts_with("DOE^"); }

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return c == '\n' || c == '\r' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7F);
  });
}

class Search : public ::testing::TestWithParam<WhichServer> {
 protected:
  [[nodiscard]] static const Address& server() { return shared(GetParam()).address; }
  [[nodiscard]] static const std::vector<Phantom>& phantoms() {
    return shared(GetParam()).phantoms;
  }
};

TEST_P(Search, ListsEachThingOnceAtEveryLevel) {
  const struct {
    const char* level;
    const char* keyword;
    std::string Phantom::*member;
  } levels[] = {{"PATIENT", "PatientID", &Phantom::patient_id},
                {"STUDY", "StudyInstanceUID", &Phantom::study_uid},
                {"SERIES", "SeriesInstanceUID", &Phantom::series_uid},
                {"IMAGE", "SOPInstanceUID", &Phantom::sop_uid}};
  for (const auto& [level, keyword, member] : levels) {
    const Json answers = found(server(), {"--level", level, "--patient-name", "doe*"});
    EXPECT_EQ(values(answers, keyword), distinct(phantoms(), member, is_doe)) << level;
    EXPECT_EQ(answers.size(), values(answers, keyword).size()) << level;
    EXPECT_EQ(values(answers, "PatientID"), (std::set<std::string>{"12345", "PAT-0002"}));
  }
}

TEST_P(Search, FindsStudiesByModality) {
  const Json answers = found(server(), {"--modality", "MR"});
  EXPECT_EQ(values(answers, "StudyInstanceUID"),
            distinct(phantoms(), &Phantom::study_uid,
                     [](const Phantom& p) { return p.modality == "MR"; }));
}

TEST_P(Search, WithoutCriteriaListsAllStudies) {
  EXPECT_EQ(values(found(server(), {}), "StudyInstanceUID"),
            distinct(phantoms(), &Phantom::study_uid, [](const Phantom&) { return true; }));
}

TEST_P(Search, SortsByPatientDateAndNumber) {
  const Json answers = found(server(), {"--level", "SERIES", "--patient-id", "12345"});
  std::vector<std::string> numbers;
  for (const Json& each : answers) numbers.push_back(each.at("SeriesNumber"));
  EXPECT_EQ(numbers, (std::vector<std::string>{"1", "1", "99", "2", "3"}));
}

TEST_P(Search, OfNothingIsAnEmptyListAndSuccess) {
  EXPECT_EQ(found(server(), {"--patient-id", "NOBODY"}), Json::array());
  const RunResult csv = search(server(), {"--patient-id", "NOBODY", "--csv"});
  EXPECT_EQ(csv.exit_code, 0);
  EXPECT_EQ(std::count(csv.out.begin(), csv.out.end(), '\n'), 1) << "the header";
  const RunResult table = search(server(), {"--patient-id", "NOBODY"});
  EXPECT_EQ(table.exit_code, 0);
  EXPECT_EQ(table.out, "");
  EXPECT_NE(table.err.find("nothing matches"), std::string::npos);
}

TEST_P(Search, PrintsATableForPeople) {
  const RunResult result = search(server(), {"--patient-id", "12345"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  std::istringstream lines(result.out);
  std::string head, first, second, rest;
  std::getline(lines, head);
  std::getline(lines, first);
  std::getline(lines, second);
  EXPECT_TRUE(head.starts_with("PATIENT ID  NAME      DATE        MODALITY")) << result.out;
  EXPECT_TRUE(first.starts_with("12345       DOE^JOHN  2012-06-06  ")) << result.out;
  EXPECT_TRUE(second.starts_with("12345       DOE^JOHN  2023-01-01  ")) << result.out;
  EXPECT_FALSE(std::getline(lines, rest)) << result.out;
}

TEST_P(Search, PrintsCsvWithKeywordsInItsFirstLine) {
  const RunResult result = search(server(), {"--patient-id", "12345", "--csv"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_TRUE(result.out.starts_with("PatientID,PatientName,PatientBirthDate,")) << result.out;
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 3);
  EXPECT_NE(result.out.find("\r\n12345,DOE^JOHN,19700131,"), std::string::npos) << result.out;
}

TEST_P(Search, LetsNoControlCharacterThrough) {
  for (const char* form : {"--json", "--csv", "--level"}) {
    Arguments arguments = {"--patient-id", "PAT-0013", form};
    if (arguments.back() == "--level") arguments.emplace_back("SERIES");
    const RunResult result = search(server(), arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_NE(result.out.find("PAT-0013"), std::string::npos) << form;
    EXPECT_TRUE(is_plain(result.out)) << form;
    EXPECT_TRUE(is_plain(result.err)) << form;
  }
}

TEST_P(Search, SaysWhenTheOtherOrderOfNamesWasUsed) {
  const RunResult result = search(server(), {"--patient-name", "john doe"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_NE(result.out.find("DOE^JOHN"), std::string::npos);
  EXPECT_NE(result.err.find("given name first"), std::string::npos) << result.err;
  const RunResult usual = search(server(), {"--patient-name", "doe john"});
  EXPECT_EQ(usual.err.find("given name first"), std::string::npos) << usual.err;
}

INSTANTIATE_TEST_SUITE_P(On, Search, ::testing::ValuesIn(kBothServers),
                         [](const auto& tested) { return name_of(tested.param); });

TEST(SearchOnDcmqrscp, MarksWhatTheServerCannotConfirm) {
  const Address& server = shared_dcmqrscp().address;
  const Arguments asked = {"--level", "SERIES", "--patient-id", "12345", "--series-description",
                           "HEAD"};
  const Json answers = found(server, asked);
  EXPECT_EQ(answers.size(), 5U);
  for (const Json& each : answers)
    EXPECT_EQ(each.value("unverified", Json()), Json({"SeriesDescription"})) << each;
  const RunResult table = search(server, asked);
  std::istringstream lines(table.out);
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) EXPECT_TRUE(line.starts_with("?  12345")) << line;
  EXPECT_NE(table.err.find("warning: 5 matches"), std::string::npos) << table.err;
}

TEST(SearchOnAnIndifferentServer, ChecksEveryAnswerAgain) {
  std::vector<std::string> files;
  for (const Phantom& each : default_collection()) files.push_back(each.bytes);
  Script script;
  script.find_ignored_keys = {tags::kPatientName, tags::kPatientId, tags::kStudyDate,
                              tags::kModality, tags::kModalitiesInStudy};
  const ScriptedScp scp(files, script);
  const Address server{scp.port(), "SCRIPTED"};
  const auto expect = [&](const Arguments& arguments, const char* keyword,
                          const std::set<std::string>& expected) {
    EXPECT_EQ(values(found(server, arguments), keyword), expected)
        << ::testing::PrintToString(arguments);
  };
  expect({"--level", "IMAGE", "--patient-id", "12345"}, "SOPInstanceUID",
         uids_of(default_collection(), [](const Phantom& p) { return p.patient_id == "12345"; }));
  expect({"--patient-name", "smith", "--study-date", "2023-06-15"}, "PatientID", {"PAT-0003"});
  expect({"--patient-name", "smith*", "--modality", "US"}, "PatientID", {"PAT-0004"});
  expect({"--patient-name", "nobody"}, "PatientID", {});
}

TEST(SearchThatFailsMidway, PrintsWhatCameAndSaysThatItIsNotAll) {
  std::vector<std::string> files;
  for (const Phantom& each : default_collection()) files.push_back(each.bytes);
  const ScriptedScp scp(files, {.find_status = 0x0110});
  const RunResult result =
      search({scp.port(), "SCRIPTED"}, {"--study-date", "20230101-20231231", "--json"});
  EXPECT_EQ(result.exit_code, 4) << result.err;
  EXPECT_FALSE(Json::parse(result.out).empty());
  EXPECT_NE(result.err.find("the results are incomplete"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace dcm::test
