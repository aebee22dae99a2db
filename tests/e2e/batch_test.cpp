// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <stdexcept>

#include "e2e/aftermath.hpp"
#include "e2e/tool.hpp"
#include "support/json_schema.hpp"
#include "support/read_back.hpp"
#include "support/scripted_scp.hpp"
#include "support/temp_dir.hpp"
#include "support/workbook.hpp"

/// A cohort of 200 rows, whole and in pieces.
namespace dcm::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;
using Table = std::vector<Texts>;

constexpr int kPatients = 40;
constexpr auto kPatience = 120s;
constexpr std::size_t kRows = 200;

std::string padded(int number) {
  const std::string digits = std::to_string(number);
  return std::string(6 - digits.size(), '0') + digits;
}

/// Every fourth patient has a name with an accent.
std::string name_of_patient(int number) {
  const std::string given = "N" + std::to_string(number);
  return (number % 4 == 0 ? "M\u00DCLLER^" : "MILLER^") + given;
}

/// Patients whose IDs begin with zeros: a CT of three slices, and every second an MR of another
/// day.
std::vector<Phantom> collection() {
  std::vector<Phantom> phantoms;
  for (int number = 1; number <= kPatients; ++number) {
    Place place{.person = {.number = number,
                           .id = padded(number),
                           .name = number % 4 == 0 ? "M\xDCLLER^N" + std::to_string(number)
                                                   : name_of_patient(number),
                           .character_set = "ISO_IR 100"},
                .size = 32};
    for (place.instance = 1; place.instance <= 3; ++place.instance)
      phantoms.push_back(make_phantom(Kind::ct, place));
    if (number % 2 != 0) continue;
    place.study = 2;
    place.study_date = "20230202";
    place.instance = 1;
    phantoms.push_back(make_phantom(Kind::mr, place));
  }
  return phantoms;
}

/// What a row of the status file should say.
struct Expected {
  std::string state;
  int studies = 0, instances = 0;
  std::string reason = {};
};

struct CohortTable {
  Table rows{{"Patient ID", "Patient's name", "Date of birth", "Study date"}};
  std::vector<Expected> expected;

  void add(Texts row, Expected what) {
    rows.push_back(std::move(row));
    expected.push_back(std::move(what));
  }
};

/// 40 patients by ID, 40 once more, 40 by ID and date, 40 by name and date of birth, 40 unknown.
CohortTable cohort() {
  CohortTable table;
  const auto all = [](int number) {
    return Expected{"complete", number % 2 == 0 ? 2 : 1, number % 2 == 0 ? 4 : 3};
  };
  for (int i = 1; i <= kPatients; ++i) {
    table.add({padded(i)}, all(i));
    const bool there = i % 2 == 0;
    table.add({padded(i), "", "", "2023-02-02"},
              there ? Expected{"complete", 1, 1} : Expected{"nothing found", 0, 0, "no_match"});
    std::string name = name_of_patient(i);
    std::replace(name.begin(), name.end(), '^', ' ');
    table.add({"", name, "1970-01-31"}, all(i));
    table.add({"9" + padded(i)}, {"nothing found", 0, 0, "no_match"});
    Expected again = all(i);
    again.reason = "same_row";
    table.add({padded(i)}, again);
  }
  return table;
}

std::size_t count_of(const Table& rows, const std::string& state) {
  return static_cast<std::size_t>(std::count_if(
      rows.begin(), rows.end(), [&](const Texts& row) { return row.at(1) == state; }));
}

/// Every instance of a row is in one of its counts.
void expect_sums(const fs::path& status) {
  for (const Texts& row : status_rows(status)) {
    int sum = 0;
    for (std::size_t count = 5; count <= 10; ++count) sum += std::stoi(row.at(count));
    EXPECT_EQ(row.at(4), std::to_string(sum)) << row.at(0);
  }
}

class Batch : public ::testing::TestWithParam<WhichServer> {
 protected:
  template <typename Server, typename Options>
  static Address server_with_collection(const Options& options) {
    static const std::unique_ptr<Server> kServer = [&] {
      auto made = std::make_unique<Server>(options);
      if (!made->store(collection()))
        throw std::runtime_error("a server does not take the objects");
      return made;
    }();
    return address_of(*kServer);
  }
  static Address server() {
    return GetParam() == WhichServer::orthanc
               ? server_with_collection<OrthancServer>(orthanc_options())
               : server_with_collection<DcmqrscpServer>(DcmqrscpServer::Options{});
  }

  void SetUp() override { write_file(cohort_, workbook_of(cohort().rows)); }

  [[nodiscard]] fs::path tree() const { return folder_.path() / "tree"; }
  [[nodiscard]] fs::path status() const { return folder_.path() / "cohort.status.csv"; }

  [[nodiscard]] Texts arguments() const {
    return {"batch", cohort_.string(), "--output", tree().string(), "--anonymize-data"};
  }

  [[nodiscard]] RunResult run_batch(const Texts& more = {}) const {
    Texts all = arguments();
    all.insert(all.end(), more.begin(), more.end());
    return run_tool_at(server(), all);
  }

  /// The tree of a run over the rows in another order, with one job.
  static const fs::path& undisturbed() {
    static const TempDir kFolder;
    static std::map<WhichServer, fs::path> trees;
    fs::path& tree = trees[GetParam()];
    if (!tree.empty()) return tree;
    tree = kFolder.path() / name_of(GetParam());
    Table rows = cohort().rows;
    std::reverse(rows.begin() + 1, rows.end());
    const fs::path backwards = kFolder.path() / (name_of(GetParam()) + ".xlsx");
    write_file(backwards, workbook_of(rows));
    const RunResult run = run_tool_at(server(), {"batch", backwards.string(), "-o", tree.string(),
                                                 "--anonymize-data", "--jobs", "1"});
    if (run.exit_code != 0) throw std::runtime_error("the undisturbed run failed: " + run.err);
    return tree;
  }

  void expect_final_status() const {
    const Table rows = status_rows(status());
    const auto expected = cohort().expected;
    ASSERT_EQ(rows.size(), kRows);
    for (std::size_t i = 0; i < kRows; ++i) {
      const Texts& row = rows[i];
      SCOPED_TRACE(row.at(0));
      EXPECT_EQ(row.at(0), std::to_string(i + 2));
      EXPECT_EQ(row.at(1), expected[i].state);
      EXPECT_EQ(row.at(2), std::to_string(expected[i].studies));
      EXPECT_EQ(row.at(4), std::to_string(expected[i].instances));
      EXPECT_EQ(row.at(5), std::to_string(expected[i].instances));
      EXPECT_EQ(row.at(11), expected[i].reason);
    }
  }

  /// No ID, name or date of birth of anybody.
  void expect_no_identity(const std::string& text) const {
    for (const char* value : {"0000", "MILLER", "LLER", "1970"})
      EXPECT_EQ(text.find(value), std::string::npos) << value << "\n" << text;
  }

  /// Runs until so many objects are in the tree, then sends a signal. True if it came in time.
  [[nodiscard]] bool disturb(std::size_t objects, int signal) const {
    const std::size_t complete_before = count_of(status_rows(status()), "complete");
    Process program = start_tool_at(server(), arguments());
    program.run_until([&] { return all_objects_in(tree()).size() >= objects; });
    program.signal(signal);
    const auto run = program.wait(kPatience);
    if (!run) throw std::runtime_error("the program does not end");
    if (run->exit_code == 0) return false;
    EXPECT_EQ(run->exit_code, signal == SIGKILL ? 128 + SIGKILL : 130) << run->err;
    EXPECT_EQ(torn_objects(tree(), undisturbed()), Texts());
    // Whatever the moment, the status file is whole, and never tells less than before.
    expect_sums(status());
    EXPECT_GE(count_of(status_rows(status()), "complete"), complete_before);
    return true;
  }

  TempDir folder_;
  fs::path cohort_ = folder_.path() / "cohort.xlsx";
};

INSTANTIATE_TEST_SUITE_P(Of, Batch, ::testing::ValuesIn(kBothServers),
                         [](const auto& tested) { return name_of(tested.param); });

TEST_P(Batch, GetsEveryRowAndTellsOfEach) {
  const RunResult run = run_batch({"--json"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(differences(tree(), undisturbed()), Texts());
  EXPECT_EQ(litter_in(tree()), Texts());
  expect_final_status();
  std::ifstream in(status());
  expect_no_identity({std::istreambuf_iterator<char>(in), {}});
  expect_no_identity(run.err);
  struct stat mode {};
  ASSERT_EQ(::stat(status().c_str(), &mode), 0);
  EXPECT_EQ(mode.st_mode & 0777U, 0600U);

  const auto report = nlohmann::json::parse(run.out);
  EXPECT_EQ(schema_violation(report, schema_of_docs("batch.schema.json")), "");
  EXPECT_EQ(report.at("expected"), collection().size());
  EXPECT_EQ(report.at("stored"), collection().size());
  EXPECT_EQ(report.at("rows").size(), kRows);
  EXPECT_NE(run.err.find("200 rows: 140 complete, 60 nothing found"), std::string::npos) << run.err;
  EXPECT_NE(run.err.find("the server has nothing that matches"), std::string::npos) << run.err;
}

TEST_P(Batch, InterruptedAndKilledAtAnyMomentIsResumed) {
  EXPECT_TRUE(disturb(1, SIGINT));
  EXPECT_GT(count_of(status_rows(status()), "not yet"), 0U);
  for (const std::size_t objects : {20U, 60U, 100U})
    if (!disturb(objects, objects == 60 ? SIGINT : SIGKILL)) break;
  const RunResult run = run_batch();
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_EQ(differences(tree(), undisturbed()), Texts());
  EXPECT_EQ(litter_in(tree()), Texts());
  expect_final_status();
  const std::string resumed = read_file(status());
  fs::remove_all(tree());
  fs::remove(status());
  EXPECT_EQ(run_batch().exit_code, 0);
  EXPECT_EQ(resumed, read_file(status())) << "of an undisturbed run";
}

TEST_P(Batch, RefusesARowRatherThanGuessAndGoesOn) {
  write_file(cohort_, "PatientID\n000001\n1.23E+11\n");
  const RunResult run = run_batch();
  EXPECT_EQ(run.exit_code, 2) << run.err;
  EXPECT_NE(run.err.find("row 3: column A (PatientID): a number that may have lost digits"),
            std::string::npos)
      << run.err;
  const Table rows = status_rows(status());
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].at(1), "complete");
  EXPECT_EQ(rows[1].at(1), "refused");
  EXPECT_EQ(rows[1].at(11), "rounded_number");
}

TEST_P(Batch, TellsInItsRowWhatCouldNotBeFiled) {
  write_file(cohort_, "PatientID\n000001\n000002\n");
  ASSERT_EQ(run_batch().exit_code, 0);
  const auto objects = objects_in(tree() / "000001");
  ASSERT_EQ(objects.size(), 3U);
  fs::remove(objects.begin()->second);
  ASSERT_TRUE(fs::create_directory(objects.begin()->second));
  for (int times = 0; times < 2; ++times) {
    const RunResult run = run_batch();
    EXPECT_EQ(run.exit_code, 2) << run.err;
    EXPECT_NE(run.err.find("2 rows: 1 complete, 1 partial"), std::string::npos) << run.err;
    const Table rows = status_rows(status());
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0].at(1), "partial");
    EXPECT_EQ(rows[0].at(5), "2");
    EXPECT_EQ(rows[0].at(9), "1") << "in conflict";
    EXPECT_EQ(rows[1].at(1), "complete");
    expect_sums(status());
  }
}

TEST_P(Batch, OfADryRunMakesNothing) {
  write_file(cohort_, "PatientID\n000002\n9\n000002\n");
  const RunResult run = run_batch({"--dry-run"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_NE(run.err.find("row 2: 2 studies, 2 series, 4 instances\n"), std::string::npos)
      << run.err;
  EXPECT_NE(run.err.find("row 3: nothing found"), std::string::npos) << run.err;
  EXPECT_NE(run.err.find("row 4: 2 studies, 2 series, 4 instances (the same as row 2)\n"),
            std::string::npos)
      << run.err;
  EXPECT_FALSE(fs::exists(tree()));
  EXPECT_FALSE(fs::exists(status()));
}

TEST_P(Batch, TellsOfRowsThatTheSpreadsheetHides) {
  const std::string cell = "<c t=\"inlineStr\"><is><t>";
  const std::string end = "</t></is></c></row>";
  write_file(cohort_, zip_archive(workbook_parts("<row>" + cell + "000002" + end +
                                                 "<row hidden=\"1\">" + cell + "9" + end +
                                                 "<row hidden=\"1\">" + cell + "000001" + end)));
  const RunResult run = run_batch({"--dry-run"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_NE(run.err.find("warning: rows 2 and 3: hidden in the spreadsheet, and asked for all the "
                         "same\n"),
            std::string::npos)
      << run.err;
  EXPECT_NE(run.err.find("row 3: 1 study"), std::string::npos) << run.err;
}

TEST_P(Batch, OfWhichNoRowMatchesEndsWithThree) {
  write_file(cohort_, "9\n99\n");
  EXPECT_EQ(run_batch().exit_code, 3);
  EXPECT_EQ(count_of(status_rows(status()), "nothing found"), 2U);
  EXPECT_FALSE(fs::exists(tree()));
}

TEST_P(Batch, DoesNotWriteOverAnotherFile) {
  write_file(status(), "mine");
  const RunResult run = run_batch();
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_NE(run.err.find("another file is there already"), std::string::npos) << run.err;
  EXPECT_FALSE(fs::exists(tree()));
}

TEST_P(Batch, AtSeriesLevelTakesOnlyTheSeriesThatMatch) {
  write_file(cohort_, "PatientID;Modality\n000002;MR\n");
  EXPECT_EQ(run_batch({"--level", "SERIES"}).exit_code, 0);
  EXPECT_EQ(objects_in(tree()).size(), 1U);
}

/// Slices of a CT of each patient.
std::vector<std::string> slices(int patients, int of_each) {
  std::vector<std::string> files;
  for (int number = 1; number <= patients; ++number)
    for (int instance = 1; instance <= of_each; ++instance)
      files.push_back(make_phantom(Kind::ct, {.person = {.number = number, .id = padded(number)},
                                              .instance = instance})
                          .bytes);
  return files;
}

TEST(BatchOfAServerThatFailsOnAnObject, CountsItAsFailedInItsRow) {
  Script script;
  script.twists[1].sending = Script::Sending::never;
  const ScriptedScp scp(slices(2, 3), script);
  const TempDir folder;
  const fs::path cohort = folder.path() / "cohort.csv";
  write_file(cohort, "PatientID\n000001\n000002\n");
  const RunResult run = run_tool_at(
      {scp.port()}, {"batch", cohort.string(), "-o", (folder.path() / "tree").string(), "--json"});
  EXPECT_EQ(run.exit_code, 2) << run.err;
  const auto report = nlohmann::json::parse(run.out);
  EXPECT_EQ(report.at("failed"), 1);
  EXPECT_EQ(report.at("missing"), 0);
  const Table rows = status_rows(folder.path() / "cohort.status.csv");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(Texts(rows[0].begin(), rows[0].begin() + 11),
            Texts({"2", "partial", "1", "1", "3", "2", "0", "1", "0", "0", "0"}));
  EXPECT_EQ(Texts(rows[1].begin(), rows[1].begin() + 11),
            Texts({"3", "complete", "1", "1", "3", "3", "0", "0", "0", "0", "0"}));
}

TEST(BatchOfAServerThatIsGone, FailsEachRowAndSaysWhy) {
  const TempDir folder;
  const fs::path cohort = folder.path() / "cohort.csv";
  write_file(cohort, "PatientID\n1\n2\n");
  const RunResult run = run_tool_at(
      {free_port()}, {"batch", cohort.string(), "-o", (folder.path() / "tree").string()});
  EXPECT_EQ(run.exit_code, 4) << run.err;
  const Table rows = status_rows(folder.path() / "cohort.status.csv");
  ASSERT_EQ(rows.size(), 2U);
  for (const Texts& row : rows) {
    EXPECT_EQ(row.at(1), "failed");
    EXPECT_EQ(row.at(11), "connect_failed");
  }
}

/// A cohort of two patients on a scripted server, one row of whom nobody knows.
class BatchBegunAgain : public ::testing::Test {
 protected:
  void SetUp() override {
    write_file(cohort_, "PatientID\n000001\n000002\n9\n");
    ASSERT_EQ(run(Script()).exit_code, 0);
    told_ = read_file(status_);
    ASSERT_EQ(count_of(status_rows(status_), "complete"), 2U);
  }

  [[nodiscard]] Texts arguments() const {
    return {"batch", cohort_.string(), "-o", (folder_.path() / "tree").string()};
  }
  [[nodiscard]] RunResult run(const Script& script) const {
    const ScriptedScp scp(slices(2, 3), script);
    return run_tool_at({scp.port()}, arguments());
  }

  /// Ends a run by a signal while the server says nothing to its first question.
  void end_while_planning(int signal) const {
    Script script;
    script.ending = {Script::Break::silence, Script::Moment::find_answers};
    const ScriptedScp scp(slices(2, 3), script);
    Process program = start_tool_at({scp.port()}, arguments());
    program.run_until([&] { return !scp.records().queries.empty(); });
    program.signal(signal);
    const auto run = program.wait(kPatience);
    ASSERT_TRUE(run);
    EXPECT_EQ(run->exit_code, signal == SIGKILL ? 128 + SIGKILL : 130) << run->err;
  }

  TempDir folder_;
  fs::path cohort_ = folder_.path() / "cohort.csv";
  fs::path status_ = folder_.path() / "cohort.status.csv";
  std::string told_;  ///< by the status file of the run that was undisturbed
};

TEST_F(BatchBegunAgain, LosesNothingOfWhatIsKnown) {
  for (const int signal : {SIGKILL, SIGINT}) {
    end_while_planning(signal);
    EXPECT_EQ(read_file(status_), told_);
  }
  EXPECT_EQ(run(Script()).exit_code, 0);
  EXPECT_EQ(read_file(status_), told_);
}

TEST_F(BatchBegunAgain, OfAServerThatIsGoneKeepsTheNumbers) {
  const RunResult gone = run_tool_at({free_port()}, arguments());
  EXPECT_EQ(gone.exit_code, 4) << gone.err;
  const Table rows = status_rows(status_);
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(Texts(rows[0].begin(), rows[0].begin() + 12),
            Texts({"2", "failed", "1", "1", "3", "3", "0", "0", "0", "0", "0", "connect_failed"}));
  EXPECT_EQ(rows[2].at(1), "failed");
  EXPECT_EQ(rows[2].at(4), "0");
  EXPECT_EQ(run(Script()).exit_code, 0);
  EXPECT_EQ(read_file(status_), told_);
}

TEST_F(BatchBegunAgain, BelievesNothingOfAnotherCohortOrTree) {
  write_file(cohort_, "PatientID\n9\n000002\n000001\n");
  end_while_planning(SIGKILL);
  EXPECT_EQ(count_of(status_rows(status_), "not yet"), 3U);
  ASSERT_EQ(run(Script()).exit_code, 0);
  EXPECT_EQ(count_of(status_rows(status_), "complete"), 2U);
  fs::remove_all(folder_.path() / "tree");
  end_while_planning(SIGKILL);
  EXPECT_EQ(count_of(status_rows(status_), "not yet"), 3U);
}

TEST_F(BatchBegunAgain, DoesNotWriteOverTheStatusOfAnotherCohort) {
  fs::copy_file(cohort_, folder_.path() / "cohort.txt");
  Texts other = arguments();
  other[1] = folder_.path() / "cohort.txt";
  const RunResult run = run_tool_at({free_port()}, other);
  EXPECT_EQ(run.exit_code, 1);
  EXPECT_NE(run.err.find("it tells of another cohort\nhint: choose another one with "
                         "--status"),
            std::string::npos)
      << run.err;
  EXPECT_EQ(read_file(status_), told_);
}

TEST_F(BatchBegunAgain, DoesNotTakeAFolderForItsStatusFile) {
  for (const char* name : {"tree", "tree/", "."}) {
    Texts all = arguments();
    all.insert(all.end(), {"--status", (folder_.path() / name).string()});
    const RunResult run = run_tool_at({free_port()}, all);
    EXPECT_EQ(run.exit_code, 1) << name << run.err;
    EXPECT_NE(run.err.find("folder"), std::string::npos) << run.err;
  }
}

TEST(BatchThatIsInterrupted, CountsWhatIsNotFetchedYet) {
  Script script;
  script.ending = {Script::Break::silence, Script::Moment::before_object, 3};
  const ScriptedScp scp(slices(1, 5), script);
  const TempDir folder;
  const fs::path cohort = folder.path() / "cohort.csv", tree = folder.path() / "tree";
  write_file(cohort, "PatientID\n000001\n");
  Process program =
      start_tool_at({scp.port()}, {"batch", cohort.string(), "-o", tree.string(), "--json"});
  program.run_until([&] { return all_objects_in(tree).size() >= 3; });
  program.signal(SIGINT);
  const auto run = program.wait(kPatience);
  ASSERT_TRUE(run);
  EXPECT_EQ(run->exit_code, 130) << run->err;
  const Table rows = status_rows(folder.path() / "cohort.status.csv");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(Texts(rows[0].begin(), rows[0].begin() + 12),
            Texts({"2", "not yet", "1", "1", "5", "3", "0", "0", "0", "0", "2", "not_yet"}));
  const auto report = nlohmann::json::parse(run->out);
  EXPECT_EQ(schema_violation(report, schema_of_docs("batch.schema.json")), "");
  EXPECT_EQ(report.at("rows").at(0).at("pending"), 2);
}

}  // namespace
}  // namespace dcm::test
