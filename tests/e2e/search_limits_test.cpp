// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "e2e/tool.hpp"
#include "support/address.hpp"
#include "support/scripted_scp.hpp"
#include "support/temp_dir.hpp"

/// Servers that give no more than so many answers: all is found all the same, or the gap is told.
namespace dcm::test {
namespace {

using Json = nlohmann::json;

/// Eight studies of different days, the first with seven series, the first of these with 13
/// reports.
std::vector<Phantom> archive() {
  std::vector<Phantom> all;
  for (int study = 1; study <= 8; ++study)
    for (int series = 1; series <= (study == 1 ? 7 : 1); ++series)
      for (int instance = 1; instance <= (study == 1 && series == 1 ? 13 : 1); ++instance)
        all.push_back(make_phantom(Kind::report, {.study = study,
                                                  .study_date = "2023010" + std::to_string(study),
                                                  .series = series,
                                                  .series_number = std::to_string(series),
                                                  .instance = instance}));
  return all;
}

std::set<std::string> found(const Address& server, const char* level, const char* keyword) {
  const RunResult result =
      run_tool_at(server, {"search", "--patient-id", "12345", "--study-date",
                           "2023-01-01..2023-12-31", "--level", level, "--json"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  std::set<std::string> values;
  for (const Json& each : Json::parse(result.out)) values.insert(each.at(keyword));
  return values;
}

void expect_everything(const Address& server) {
  const std::vector<Phantom> phantoms = archive();
  std::set<std::string> studies, series;
  for (const Phantom& each : phantoms) {
    studies.insert(each.study_uid);
    series.insert(each.series_uid);
  }
  const auto all = uids_of(phantoms, [](const Phantom&) { return true; });
  EXPECT_EQ(found(server, "STUDY", "StudyInstanceUID"), studies);
  EXPECT_EQ(found(server, "SERIES", "SeriesInstanceUID"), series);
  EXPECT_EQ(found(server, "IMAGE", "SOPInstanceUID"), all);
  const TempDir folder;
  const Got got = get(server, folder.path() / "tree", {"--everything"});
  EXPECT_EQ(got.run.exit_code, 0) << got.run.err;
  EXPECT_EQ(got.instances, all);
  // Nobody can ask for studies without a date: said, though there are none.
  EXPECT_EQ(got.report.at("verified"), false);
  EXPECT_NE(got.run.err.find("studies without one may be missing"), std::string::npos)
      << got.run.err;
}

TEST(SearchLimits, OfOrthancHideNothing) {
  const OrthancServer server(orthanc_options({{"LimitFindResults", 5}, {"LimitFindInstances", 5}}));
  ASSERT_TRUE(server.store(archive()));
  expect_everything(address_of(server));
}

TEST(SearchLimits, ThatAreNotToldHideNothing) {
  std::vector<std::string> files;
  for (const Phantom& each : archive()) files.push_back(each.bytes);
  const ScriptedScp server(files, {.find_stops_after = 5});
  expect_everything({server.port(), "SCRIPTED"});
}

TEST(SearchLimits, ThatCannotBeGotAroundAreTold) {
  std::vector<std::string> files;
  for (int number = 1; number <= 12; ++number)  // of one moment
    files.push_back(make_phantom(Kind::report, {.person = {number, "ID" + std::to_string(number)},
                                                .study = number})
                        .bytes);
  Script script;
  script.find_stops_after = 5;
  script.find_stopped_status = 0xFE00;
  const ScriptedScp server(files, script);
  const RunResult result =
      run_tool_at({server.port(), "SCRIPTED"}, {"search", "-d", "20230101", "--json"});
  EXPECT_EQ(result.exit_code, 4) << result.err;
  EXPECT_EQ(Json::parse(result.out).size(), 5U);
  EXPECT_NE(result.err.find("warning: the server limits its answers"), std::string::npos)
      << result.err;
}

}  // namespace
}  // namespace dcm::test
