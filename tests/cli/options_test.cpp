// SPDX-License-Identifier: MIT
#include "cli/options.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "support/temp_dir.hpp"

namespace dcm::cli {
namespace {

using Words = std::vector<const char*>;

std::optional<std::string> nothing_set(const char* /*name*/) { return std::nullopt; }

Checked<Options> read(Words words) {
  DCM_TRY(const auto typed, read_command_line(words));
  return understand(typed, nothing_set);
}

/// With a server, so that only what is looked at can be wrong.
Checked<Options> read_with_server(Words words) {
  words.insert(words.end(), {"--host", "localhost", "--called-aet", "PACS"});
  return read(std::move(words));
}

std::string complaint(Words words) {
  const auto options = read_with_server(std::move(words));
  if (options) return "understood";
  EXPECT_EQ(options.error().exit, ExitCode::usage);
  return error_text(options.error());
}

SearchOptions search(Words words) {
  words.insert(words.begin(), "search");
  const auto options = read_with_server(std::move(words));
  EXPECT_TRUE(options) << error_text(options.error());
  return options ? std::get<SearchOptions>(*options) : SearchOptions{};
}

GetOptions get(Words words) {
  words.insert(words.begin(), {"get", "-p", "1"});
  const auto options = read_with_server(std::move(words));
  EXPECT_TRUE(options) << error_text(options.error());
  return options ? std::get<GetOptions>(*options) : GetOptions{};
}

struct Refusal {
  Words words;
  std::string_view error;
  std::string_view hint;
};

void expect_refusals(const std::vector<Refusal>& rows) {
  for (const auto& row : rows) {
    auto expected = "dicom-client: error: " + std::string(row.error) + "\n";
    if (!row.hint.empty()) expected += "hint: " + std::string(row.hint) + "\n";
    EXPECT_EQ(complaint(row.words), expected);
  }
}

TEST(Options, WithoutOptionsASearchIsForAllStudiesInATable) {
  const auto options = search({});
  EXPECT_EQ(options.criteria.level, net::QueryLevel::study);
  EXPECT_FALSE(options.criteria.narrows());
  EXPECT_EQ(options.format, Format::table);
  EXPECT_EQ(options.peer.host, "localhost");
  EXPECT_EQ(options.peer.port, 104);
  EXPECT_EQ(options.peer.called_aet, "PACS");
  EXPECT_EQ(options.peer.calling_aet, "DICOM-CLIENT");
}

TEST(Options, TakeEveryCriterion) {
  const auto c = search({"--level",
                         "series",
                         "--patient-id",
                         "12345",
                         "--patient-name",
                         "doe john",
                         "--patient-birth-date",
                         "1970-01-01",
                         "--study-date",
                         "20230101-20231231",
                         "--series-date",
                         "-20231231",
                         "--study-description",
                         "CHEST*",
                         "--series-description",
                         "t1 *",
                         "--accession-number",
                         "A1",
                         "--modality",
                         "mr",
                         "--study-instance-uid",
                         "1.2.3",
                         "--series-instance-uid",
                         "1.2.3.4",
                         "--sop-instance-uid",
                         "1.2.3.4.5",
                         "--number-of-study-related-instances",
                         "12",
                         "--match",
                         "BodyPartExamined=CHEST",
                         "--match",
                         "stationname=CT1"})
                     .criteria;
  EXPECT_EQ(c.level, net::QueryLevel::series);
  EXPECT_EQ(c.patient_id, "12345");
  EXPECT_EQ(c.patient_name, "doe john");
  EXPECT_EQ(c.patient_birth_date->dicom(), "19700101");
  EXPECT_EQ(c.study_date->dicom(), "20230101-20231231");
  EXPECT_EQ(c.series_date->dicom(), "-20231231");
  EXPECT_EQ(c.study_description, "CHEST*");
  EXPECT_EQ(c.series_description, "t1 *");
  EXPECT_EQ(c.accession_number, "A1");
  EXPECT_EQ(c.modality, "MR");
  EXPECT_EQ(c.study_instance_uid, "1.2.3");
  EXPECT_EQ(c.series_instance_uid, "1.2.3.4");
  EXPECT_EQ(c.sop_instance_uid, "1.2.3.4.5");
  EXPECT_EQ(c.number_of_study_related_instances, "12");
  ASSERT_EQ(c.others.size(), 2U);
  EXPECT_EQ(c.others[0].tag, (Tag{0x0018, 0x0015}));
  EXPECT_EQ(c.others[0].vr, vr::kCS);
  EXPECT_EQ(c.others[0].value, "CHEST");
  EXPECT_EQ(c.others[1].tag, (Tag{0x0008, 0x1010}));
}

TEST(Options, TakeShortForms) {
  const auto c = search({"-l", "IMAGE", "-p", "-5", "-nDOE^JOHN", "-d", "20230101-", "-s", "X",
                         "-a", "7", "-m", "CT"})
                     .criteria;
  EXPECT_EQ(c.level, net::QueryLevel::image);
  EXPECT_EQ(c.patient_id, "-5");
  EXPECT_EQ(c.patient_name, "DOE^JOHN");
  EXPECT_EQ(c.study_date->dicom(), "20230101-");
  EXPECT_EQ(c.study_description, "X");
  EXPECT_EQ(c.accession_number, "7");
  EXPECT_EQ(c.modality, "CT");
}

TEST(Options, ChooseTheFormat) {
  EXPECT_EQ(search({"--json"}).format, Format::json);
  EXPECT_EQ(search({"--csv"}).format, Format::csv);
  expect_refusals({{{"search", "--csv", "--json"},
                    "option --csv: --json is given too",
                    "leave one of them out"}});
}

TEST(Options, GetHasItsDefaults) {
  const auto options = get({});
  EXPECT_EQ(options.output, "output_dir");
  EXPECT_FALSE(options.deid.profile);
  EXPECT_EQ(options.retrieve.jobs, 4U);
  EXPECT_FALSE(options.dry_run);
  EXPECT_FALSE(options.json);
}

TEST(Options, AnonymizeDataIsTheDemographicsProfile) {
  for (const Words& words : {Words{"--anonymize-data"}, Words{"--profile", "demographics"},
                             Words{"--profile", "demographics", "--anonymize-data"}}) {
    const auto options = get(words);
    ASSERT_TRUE(options.deid.profile);
    EXPECT_EQ(options.deid.profile->name(), "demographics");
  }
}

ProfileOptions profile(Words words) {
  words.insert(words.begin(), "profile");
  const auto options = read(std::move(words));
  EXPECT_TRUE(options) << error_text(options.error());
  return options ? std::get<ProfileOptions>(*options) : ProfileOptions{};
}

TEST(Options, ProfileListsShowsAndExplains) {
  using Verb = ProfileOptions::Verb;
  EXPECT_EQ(profile({"list"}).verb, Verb::list);
  const auto shown = profile({"show", "research", "--without-option", "clean-graphics", "--all"});
  EXPECT_EQ(shown.verb, Verb::show);
  EXPECT_EQ(shown.deid.profile->name(), "research");
  EXPECT_FALSE(shown.deid.profile->options().has(deid::Option::clean_graphics));
  EXPECT_TRUE(shown.all);
  const auto explained = profile({"explain", "a.dcm", "b.dcm", "--values", "--json"});
  EXPECT_EQ(explained.verb, Verb::explain);
  EXPECT_EQ(explained.deid.profile->name(), "basic");
  EXPECT_EQ(explained.files, (std::vector<std::string>{"a.dcm", "b.dcm"}));
  EXPECT_TRUE(explained.values);
  EXPECT_TRUE(explained.json);
  const auto optioned = profile({"explain", "a.dcm", "--option", "retain-uids"});
  EXPECT_TRUE(optioned.deid.profile->options().has(deid::Option::retain_uids));
}

TEST(Options, ProfileNeedsItsSecondWordAndWhatItIsFor) {
  const auto told = [](Words words) {
    words.insert(words.begin(), "profile");
    const auto options = read(std::move(words));
    return options ? "understood" : error_text(options.error());
  };
  const std::string all = "hint: profile list, profile show NAME, or profile explain FILE\n";
  EXPECT_EQ(told({}), "dicom-client: error: command profile: it needs one word more\n" + all);
  EXPECT_EQ(told({"lsit"}),
            "dicom-client: error: command profile: there is no such word\n"
            "hint: did you mean `list`?\n");
  EXPECT_EQ(told({"show"}),
            "dicom-client: error: command profile show: it takes one profile\n"
            "hint: dicom-client profile list tells their names\n");
  EXPECT_EQ(told({"explain", "--profile", "basic"}),
            "dicom-client: error: command profile explain: no file is named\n"
            "hint: dicom-client profile explain FILE --profile research\n");
  EXPECT_EQ(told({"--help"}), "understood");
  EXPECT_EQ(told({"show", "--help"}), "understood");
}

TEST(Options, GetTakesTheRest) {
  const auto options =
      get({"-o", "out", "--jobs", "64", "--dry-run", "--json", "--timeout", "5", "--port", "11112",
           "--connect-timeout", "3", "--calling-aet", "RESEARCH"});
  EXPECT_EQ(options.output, "out");
  EXPECT_EQ(options.retrieve.jobs, 64U);
  EXPECT_TRUE(options.dry_run);
  EXPECT_TRUE(options.json);
  EXPECT_EQ(options.peer.port, 11112);
  EXPECT_EQ(options.peer.calling_aet, "RESEARCH");
  EXPECT_EQ(options.peer.idle_timeout.count(), 5);
  EXPECT_EQ(options.peer.first_answer_timeout.count(), 5);
  EXPECT_EQ(options.peer.connect_timeout.count(), 3);
}

TEST(Options, TheServersCharacterSetMayBeTold) {
  const auto options = search({"-p", "1", "--character-set", "\\ISO 2022 IR 87"});
  EXPECT_EQ(options.peer.character_set, "\\ISO 2022 IR 87");
  EXPECT_EQ(search({"-p", "1"}).peer.character_set, "");
  expect_refusals({{{"search", "--character-set", "LATIN"},
                    "option --character-set: not a value of SpecificCharacterSet",
                    kCharacterSetHint}});
}

TEST(Options, GetMustBeNarrowedOrMeantAsEverything) {
  constexpr auto kError =
      "command get: no criterion narrows it down to less than all that the server has";
  constexpr auto kHint =
      "add a criterion such as --patient-id or --study-date; --everything if all is meant";
  expect_refusals({{{"get"}, kError, kHint},
                   {{"get", "--level", "SERIES"}, kError, kHint},
                   {{"get", "-n", "*"}, kError, kHint}});
  EXPECT_EQ(complaint({"get", "--everything"}), "understood");
}

TEST(Options, MoveMustBeNarrowedAndNeedsADestination) {
  constexpr auto kWhere = "add --destination TITLE, an AE title that the server knows";
  expect_refusals(
      {{{"move", "--destination", "THERE"},
        "command move: no criterion narrows it down to less than all that the server has",
        "add a criterion such as --patient-id or --study-date; --everything if all is meant"},
       {{"move", "-p", "1"}, "option --destination: it is missing: where to is not known", kWhere},
       {{"move", "-p", "1", "--destination", "SEVENTEEN LETTERS"},
        "option --destination: not an AE title: longer than 16 characters",
        ""}});
  const auto options = read_with_server({"move", "-p", "1", "--destination", "THERE", "--dry-run"});
  ASSERT_TRUE(options);
  const auto& move = std::get<MoveOptions>(*options);
  EXPECT_EQ(move.destination, "THERE");
  EXPECT_EQ(move.criteria.patient_id, "1");
  EXPECT_TRUE(move.dry_run);
  EXPECT_FALSE(move.json);
}

TEST(Options, RefuseValuesThatCannotBeMeant) {
  constexpr auto kDates = "write 20230131, 2023-01-31, 20230101-20231231, 20230101- or -20231231";
  constexpr auto kLeaveOut = "leave the option out to match everything";
  expect_refusals({
      {{"search", "--study-date", "2023-13-45"},
       "option --study-date: 2023-13-45 is not a date or a range of dates that exist",
       kDates},
      {{"search", "-d", "DOE"},
       "option --study-date: not a date or a range of dates that exist",
       kDates},
      {{"search", "--patient-birth-date", "19701301"},
       "option --patient-birth-date: not a date or a range of dates that exist",
       kDates},
      {{"search", "--level", "STUDIES"},
       "option --level: there is no level STUDIES",
       "did you mean `STUDY`?"},
      {{"search", "--level", "x"},
       "option --level: there is no level x",
       "the levels are PATIENT, STUDY, SERIES, IMAGE"},
      {{"search", "-p", ""}, "option --patient-id: its value is empty", kLeaveOut},
      {{"get", "-p", "1", "--output", ""}, "option --output: its value is empty", "--output DIR"},
      {{"search", "-p", "  "}, "option --patient-id: its value is empty", kLeaveOut},
      {{"search", "-p", "a\\b"},
       "option --patient-id: a backslash, a control character, or not UTF-8",
       "no DICOM text holds a backslash or a control character"},
      {{"search", "-n", "D\x1b[2J"},
       "option --patient-name: a backslash, a control character, or not UTF-8",
       "no DICOM text holds a backslash or a control character"},
      {{"search", "-n", "D\xF6"},
       "option --patient-name: a backslash, a control character, or not UTF-8",
       "no DICOM text holds a backslash or a control character"},
      {{"search", "--study-instance-uid", "1.2.x"},
       "option --study-instance-uid: not a UID",
       "a UID has digits and dots, at most 64"},
      {{"search", "--study-instance-uid", "1.2.*"},
       "option --study-instance-uid: no wildcard may stand in a UID (PS3.4 C.2.2.2.4)",
       "name the whole UID, or search by other criteria"},
      {{"search", "--study-date", "2023*"},
       "option --study-date: no wildcard may stand in a date (PS3.4 C.2.2.2.4); a range can",
       kDates},
      {{"search", "-m", "M-R"},
       "option --modality: not a modality",
       "one modality, such as CT, MR, US or DX"},
      {{"search", "--number-of-study-related-instances", "many"},
       "option --number-of-study-related-instances: not a number",
       ""},
      {{"search", "--port", "65536"}, "option --port: not a port: a number from 1 to 65535", ""},
      {{"search", "--timeout", "0"}, "option --timeout: not a whole number from 1 to 86400", ""},
      {{"search", "--calling-aet", "ABCDEFGHIJKLMNOPQ"},
       "option --calling-aet: not an AE title: longer than 16 characters",
       ""},
      {{"get", "-p", "1", "--jobs", "65"}, "option --jobs: not a whole number from 1 to 64", ""},
      {{"get", "-p", "1", "--profile", "demografics"},
       "option --profile: there is no profile demografics",
       "did you mean `demographics`?"},
      {{"get", "-p", "1", "--profile", "rules.yaml"},
       "profile rules.yaml: no such file or directory",
       "check --profile"},
  });
}

TEST(Options, RefuseMatchesThatCannotBeMeant) {
  expect_refusals({
      {{"search", "--match", "SeriesNumber=1?"},
       "option --match: no wildcard may stand in SeriesNumber (PS3.4 C.2.2.2.4)",
       "name the whole value; wildcards are for text"},
      {{"search", "--match", "StudyTime=09*"},
       "option --match: no wildcard may stand in StudyTime (PS3.4 C.2.2.2.4)",
       "write a range, such as 20230101-20230131 or 0800-1200"},
      {{"search", "--match", "BodyPartExamined"},
       "option --match: not KEYWORD=VALUE",
       "for example --match BodyPartExamined=CHEST"},
      {{"search", "--match", "BodyPartExamind=CHEST"},
       "option --match: unknown keyword BodyPartExamind",
       "did you mean `BodyPartExamined`?"},
      {{"search", "--match", "PatientID=1"},
       "option --match: PatientID has an option of its own",
       "use --patient-id"},
      {{"search", "--match", "PixelData=1"}, "option --match: PixelData cannot be matched", ""},
      {{"search", "--match", "Rows=512"}, "option --match: Rows cannot be matched", ""},
      {{"search", "--match", "BodyPartExamined="},
       "option --match: its value is empty",
       "leave the option out to match everything"},
      {{"search", "--match", "BodyPartExamined=A", "--match", "BodyPartExamined=B"},
       "option --match: BodyPartExamined given more than once",
       ""},
      {{"search", "--match", "AcquisitionDate=DOE"},
       "option --match: the value of AcquisitionDate is not a date or a range of dates",
       ""},
  });
}

TEST(Options, RefuseWhatNoOptionIsCalled) {
  expect_refusals({
      {{"search", "--patiend-id=12345"},
       "option --patiend-id: unknown option",
       "did you mean `--patient-id`?"},
      {{"search", "--zzz"},
       "option --zzz: unknown option",
       "dicom-client search --help lists all options"},
      {{"search", "-xDOE"},
       "option -x: unknown option",
       "dicom-client search --help lists all options"},
      {{"search", "--patient-name", "doe", "john"},
       "command search: a value that belongs to no option",
       "put a value with spaces in quotes: --patient-name \"doe john\""},
      {{"search", "--jobs", "4"},
       "option --jobs: unknown option",
       "dicom-client search --help lists all options"},
      {{"echo", "--json"},
       "option --json: unknown option",
       "dicom-client echo --help lists all options"},
      {{"search", "--json=yes"}, "option --json: takes no value", ""},
      {{"search", "-p", "1", "-p", "2"}, "option --patient-id: given more than once", ""},
      // Must not look for a patient of that name, and store with all names in place.
      {{"get", "--patient-id", "--anonymize-data"},
       "option --patient-id: its value is missing before --anonymize-data",
       "--patient-id TEXT"},
  });
  const auto last = read({"search", "--patient-id"});
  ASSERT_FALSE(last);
  EXPECT_EQ(error_text(last.error()),
            "dicom-client: error: option --patient-id: its value is missing\n"
            "hint: --patient-id TEXT\n");
}

TEST(Options, RefuseWhatNoCommandIsCalled) {
  expect_refusals({
      {{"serach"}, "command line: unknown command", "did you mean `search`?"},
      {{"DOE^JOHN"},
       "command line: unknown command",
       "the commands are echo, search, get, batch, move, anonymize, profile and doctor: see "
       "dicom-client "
       "--help"},
      {{"--json", "search"},
       "command line: the command comes first",
       "dicom-client search --server NAME; dicom-client --help lists the commands"},
  });
  EXPECT_EQ(error_text(read({}).error()),
            "dicom-client: error: command line: no command\n"
            "hint: dicom-client --help lists the commands\n");
}

TEST(Options, NeverRepeatWhatMayNameAPatient) {
  constexpr auto kCanary = "CANARY";
  const std::vector<Words> rows{
      {"search", kCanary},
      {"search", "-p", kCanary, "-p", kCanary},
      {"search", "-p", "CANARY\\"},
      {"search", "-n", "CANARY\x1b"},
      {"search", "-d", kCanary},
      {"search", "--patient-birth-date", kCanary},
      {"search", "--study-instance-uid", kCanary},
      {"search", "--number-of-study-related-instances", kCanary},
      {"search", "--match", "CANARY^"},
      {"search", "--match", "BodyPartExamined=CANARY\\"},
      {"search", "--patiend-id=CANARY"},
      {"search", "-xCANARY"},
      {"search", "--json=CANARY"},
      {kCanary},
  };
  for (const auto& words : rows) {
    const auto told = complaint(words);
    EXPECT_NE(told, "understood");
    EXPECT_EQ(told.find(kCanary), std::string::npos) << told;
  }
}

TEST(Options, AWrongValueIsToldBeforeAMissingServer) {
  const auto wrong = read({"search", "-d", "2023-13-45"});
  EXPECT_EQ(wrong.error().what, "option --study-date");
  const auto missing = read({"search", "--host", "localhost"});
  EXPECT_EQ(error_text(missing.error()),
            "dicom-client: error: option --host: the server's AE title is missing\n"
            "hint: add --called-aet TITLE\n");
}

TEST(Options, HelpHasExamplesAndNoCodesOfTheParser) {
  for (const auto* command : {"echo", "search", "get"}) {
    const auto options = read({command, "--help"});
    ASSERT_TRUE(options);
    const auto& text = std::get<std::string>(*options);
    EXPECT_NE(text.find("Examples:\n  dicom-client " + std::string(command)), std::string::npos);
    EXPECT_NE(text.find("--called-aet TITLE"), std::string::npos);
  }
  const auto general = read({"-h"});
  ASSERT_TRUE(general);
  EXPECT_NE(std::get<std::string>(*general).find("Usage: dicom-client COMMAND"), std::string::npos);
  EXPECT_EQ(std::get<std::string>(*read({"--version"})).substr(0, 13), "dicom-client ");
}

TEST(Options, ADoctorFetchesNothingUnlessAStudyIsNamed) {
  const auto alone = read_with_server({"doctor"});
  ASSERT_TRUE(alone) << error_text(alone.error());
  const auto& careful = std::get<DoctorOptions>(*alone);
  EXPECT_EQ(careful.examination.study_instance_uid, "");
  EXPECT_EQ(careful.examination.receive_port, 0);
  EXPECT_EQ(careful.entry.host, "localhost");
  const auto both =
      read_with_server({"doctor", "--study-instance-uid", "1.2.3", "--receive-port", "11112"});
  ASSERT_TRUE(both) << error_text(both.error());
  const auto& bold = std::get<DoctorOptions>(*both);
  EXPECT_EQ(bold.examination.study_instance_uid, "1.2.3");
  EXPECT_EQ(bold.examination.receive_port, 11112);
  EXPECT_EQ(
      complaint({"doctor", "--receive-port", "11112"}),
      "dicom-client: error: option --receive-port: no study is named of which an object could "
      "be sent\nhint: add --study-instance-uid UID\n");
}

// ---- how objects come from a configured server

class ConfiguredServer : public ::testing::Test {
 protected:
  ConfiguredServer() {
    std::ofstream(file_) << R"(servers:
  archive: {host: a, called_aet: A, calling_aet: US, method: move, receive_port: 11113,
            receive_from: node2, max_associations: 2, max_objects_per_second: 20,
            hours: 18:00-07:00}
)";
  }

  [[nodiscard]] app::RetrieveOptions get_with(Words words) const {
    words.insert(words.begin(), {"get", "-p", "1", "--config", file_.c_str()});
    const auto options = read(std::move(words));
    EXPECT_TRUE(options) << error_text(options.error());
    return options ? std::get<GetOptions>(*options).retrieve : app::RetrieveOptions{};
  }

  const test::TempDir folder_;
  const std::string file_ = folder_.path() / "c.yaml";
};

std::vector<std::string> hosts_of(const app::RetrieveOptions& retrieve) {
  std::vector<std::string> hosts;
  for (const auto& each : retrieve.receiver.expected) hosts.push_back(each.host);
  return hosts;
}

TEST_F(ConfiguredServer, IsTreatedAsItsEntrySays) {
  const auto retrieve = get_with({});
  EXPECT_EQ(retrieve.method, app::Method::move);
  EXPECT_EQ(retrieve.receiver.port, 11113);
  EXPECT_EQ(retrieve.receiver.ae_title, "US");
  EXPECT_EQ(hosts_of(retrieve), (std::vector<std::string>{"node2", "a"}));
  EXPECT_EQ(retrieve.jobs, 2U);
  EXPECT_EQ(retrieve.pace.objects_per_second, 20U);
  EXPECT_EQ(retrieve.pace.hours.spans(), std::vector<std::string>{"18:00-07:00"});
}

TEST_F(ConfiguredServer, YieldsToWhatIsTyped) {
  const auto retrieve = get_with({"--method", "get", "--receive-port", "4006", "--receive-from",
                                  "node3", "--jobs", "8", "--host", "b", "--server", "archive"});
  EXPECT_EQ(retrieve.method, app::Method::get);
  EXPECT_EQ(retrieve.receiver.port, 4006);
  EXPECT_EQ(hosts_of(retrieve), (std::vector<std::string>{"node3", "b"}));
  EXPECT_EQ(retrieve.jobs, 8U);
}

TEST_F(ConfiguredServer, IsAskedToSendElsewhereInItsHoursOnly) {
  const auto options = read({"move", "-p", "1", "--destination", "X", "--config", file_.c_str()});
  ASSERT_TRUE(options) << error_text(options.error());
  EXPECT_EQ(std::get<MoveOptions>(*options).hours.spans(), std::vector<std::string>{"18:00-07:00"});
}

TEST(Options, RefuseAWayToDeliverThatCannotBeMeant) {
  expect_refusals({
      {{"get", "-p", "1", "--method", "moev"},
       "option --method: there is no method moev",
       "did you mean `move`?"},
      {{"get", "-p", "1", "--receive-port", "0"},
       "option --receive-port: not a port: a number from 1 to 65535",
       ""},
  });
}

// ---- batch

BatchOptions batch(Words words) {
  words.insert(words.begin(), "batch");
  const auto options = read_with_server(std::move(words));
  EXPECT_TRUE(options) << error_text(options.error());
  return options ? std::get<BatchOptions>(*options) : BatchOptions{};
}

TEST(Options, OfBatchTakeACohortAndWhatGetTakes) {
  const auto plain = batch({"lists/cohort.xlsx"});
  EXPECT_EQ(plain.cohort.path, "lists/cohort.xlsx");
  EXPECT_EQ(plain.cohort.level, net::QueryLevel::study);
  EXPECT_EQ(plain.cohort.unknown, app::UnknownColumns::refuse);
  EXPECT_EQ(plain.status, "lists/cohort.status.csv");
  EXPECT_EQ(plain.output, "output_dir");
  EXPECT_EQ(plain.peer.host, "localhost");
  const auto all =
      batch({"cohort", "--sheet", "Arm B", "--level", "series", "--ignore-columns", "--status",
             "s.csv", "-o", "out", "--profile", "research", "--jobs", "2", "--dry-run", "--json"});
  EXPECT_EQ(all.cohort.sheet, "Arm B");
  EXPECT_EQ(all.cohort.level, net::QueryLevel::series);
  EXPECT_EQ(all.cohort.unknown, app::UnknownColumns::ignore);
  EXPECT_EQ(all.status, "s.csv");
  EXPECT_EQ(all.output, "out");
  EXPECT_TRUE(all.deid.profile);
  EXPECT_EQ(all.retrieve.jobs, 2U);
  EXPECT_TRUE(all.dry_run && all.json);
}

TEST(Options, OfBatchNeedOneCohortAndAUnitThatCohortsHave) {
  expect_refusals({
      {{"batch"},
       "command batch: it takes one cohort",
       "dicom-client batch COHORT.csv --output DIR"},
      {{"batch", "a.csv", "b.csv"},
       "command batch: it takes one cohort",
       "dicom-client batch COHORT.csv --output DIR"},
      {{"batch", "a.csv", "--level", "IMAGE"},
       "option --level: a cohort lists patients, studies or series",
       "the levels are PATIENT, STUDY, SERIES"},
      {{"batch", "a.csv", "-o", "there/X", "--status", "./there//X/"},
       "option --status: it is the output folder",
       "name a file beside it"},
      {{"batch", "/dev/stdin"},
       "option --status: it is missing: the cohort is no file to put it beside",
       "--status FILE tells what became of each row"},
  });
  EXPECT_EQ(batch({"/dev/stdin", "-o", "X", "--status", "s.csv"}).status, "s.csv");
}

}  // namespace
}  // namespace dcm::cli
