// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <csignal>
#include <set>

#include "support/dataset_builder.hpp"
#include "support/phantoms.hpp"
#include "support/process.hpp"
#include "support/read_back.hpp"
#include "support/scripted_scp.hpp"
#include "support/servers.hpp"
#include "support/temp_dir.hpp"

namespace dcm::test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char each : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    out.push_back(kDigits[static_cast<unsigned char>(each) >> 4]);
    out.push_back(kDigits[static_cast<unsigned char>(each) & 15]);
  }
  return out;
}

std::vector<Phantom> all_phantoms() {
  std::vector<Phantom> out = default_collection();
  for (Phantom& each : compressed_collection()) out.push_back(std::move(each));
  return out;
}

DataSet small_data_set() {
  return DataSet()
      .numbers(0x00280010_tag, vr::kUS, {258})
      .text(0x00100010_tag, vr::kPN, "A^B")
      .sequence(0x00081110_tag, {DataSet().text(0x00080060_tag, vr::kCS, "CT")});
}

TEST(DataSetBuilder, EncodesImplicitLittleEndianInTagOrder) {
  EXPECT_EQ(hex(encode(small_data_set(), {.syntax = Encoding::Syntax::implicit_le})),
            "08001011"
            "12000000"
            "feff00e0"
            "0a000000"
            "08006000"
            "02000000"
            "4354"
            "10001000"
            "04000000"
            "415e4220"
            "28001000"
            "02000000"
            "0201");
}

TEST(DataSetBuilder, EncodesExplicitBigEndianWithSwappedNumbers) {
  EXPECT_EQ(hex(encode(small_data_set(), {.syntax = Encoding::Syntax::explicit_be,
                                          .sequences = Lengths::undefined,
                                          .items = Lengths::undefined})),
            "00081110"
            "53510000ffffffff"
            "fffee000ffffffff"
            "0008006043530002"
            "4354"
            "fffee00d00000000"
            "fffee0dd00000000"
            "00100010504e0004"
            "415e4220"
            "0028001055530002"
            "0102");
}

TEST(DataSetBuilder, WritesRawBytesAndLiesWhereTheyBelong) {
  DataSet data_set = small_data_set();
  data_set.erase(0x00081110_tag).raw(0x00200000_tag, "raw");
  data_set.find(0x00100010_tag)->claimed_length = 9;
  EXPECT_EQ(hex(encode(data_set, {})),
            "10001000504e0900"
            "415e4220"
            "726177"
            "2800100055530200"
            "0201");
}

TEST(Phantoms, AreTheSameInEveryRunAndHaveUniqueNames) {
  const std::vector<Phantom> first = all_phantoms(), second = all_phantoms();
  std::set<std::string> labels, uids;
  ASSERT_EQ(first.size(), second.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].bytes, second[i].bytes) << first[i].label;
    labels.insert(first[i].label);
    uids.insert(first[i].sop_uid);
  }
  EXPECT_EQ(labels.size(), first.size());
  EXPECT_EQ(uids.size(), first.size());
}

TEST(Phantoms, CarryTheDemographicsAtTopLevelAndNested) {
  for (const Kind kind : {Kind::ct, Kind::mr, Kind::enhanced_mr, Kind::ultrasound, Kind::report,
                          Kind::secondary_capture, Kind::structure_set}) {
    const TempDir folder;
    write_file(folder.path() / "object", make_phantom(kind, {}).bytes);
    const std::string text = dump(folder.path() / "object");
    for (const Tag tag : kDemographicTags) {
      char name[16];
      std::snprintf(name, sizeof name, "(%04x,%04x)", tag.group, tag.element);
      EXPECT_NE(text.find("\n" + std::string(name)), std::string::npos) << name;
      EXPECT_NE(text.find("\n    " + std::string(name)), std::string::npos) << name;
      EXPECT_NE(text.find("\n            " + std::string(name)), std::string::npos) << name;
    }
  }
}

TEST(Phantoms, ParseWithDcmdumpAndPydicom) {
  const TempDir folder;
  const std::vector<Phantom> phantoms = all_phantoms();
  std::string program =
      "import sys, pydicom\n"
      "for path in sys.argv[1:]:\n"
      "    ds = pydicom.dcmread(path)\n"
      "    print(ds.PatientID, sum(1 for _ in ds.iterall()) > 100, sep='|')\n";
  std::vector<std::string> command = {"/usr/bin/python3", "-W", "ignore", "-c", program};
  std::string expected;
  for (const Phantom& phantom : phantoms) {
    const fs::path path = write_files({phantom}, folder.path()).front();
    EXPECT_NE(dump(path).find(phantom.sop_uid), std::string::npos) << phantom.label;
    // pydicom 2.3 reads the little endian content of UN (PS3.5 6.2.2) as big endian here.
    if (phantom.transfer_syntax == uid::kExplicitBig) continue;
    command.push_back(path.string());
    expected += phantom.patient_id + "|True\n";
  }
  const RunResult result = run(command);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, expected);
}

TEST(Phantoms, BenchmarkSlicesHaveTheHeaderOfARealCt) {
  const TempDir folder;
  const auto paths = write_benchmark_study(folder.path(), {.series = 2, .slices = 3, .size = 512});
  ASSERT_EQ(paths.size(), 6U);
  EXPECT_EQ(fs::file_size(paths.front()) / 10'000, 53U);
  const RunResult result = run({"/usr/bin/python3", "-c",
                                "import sys, pydicom; print(len(pydicom.dcmread(sys.argv[1])) - 1)",
                                paths.back().string()});
  EXPECT_EQ(result.out, "259\n") << result.err;
}

TEST(Phantoms, HugeObjectHasTheLengthItClaims) {
  const TempDir folder;
  write_huge_object(folder.path() / "huge", 5 << 20);
  const std::string text = dump(folder.path() / "huge");
  EXPECT_NE(text.find("# 5242880, 1 PixelData"), std::string::npos);
  EXPECT_NE(text.find("(0028,0008) IS [5]"), std::string::npos);
}

TEST(ReadBack, FindsDataSetAndTransferSyntax) {
  const std::string file = file_bytes_around("the data set", uid::kRle, "1.2.3", "1.2.3.4");
  EXPECT_EQ(data_set_of(file), "the data set");
  EXPECT_EQ(transfer_syntax_of(file), uid::kRle);
  EXPECT_THROW((void)data_set_of("DICM"), std::runtime_error);
}

TEST(Process, TellsOutputExitCodeAndPeakMemory) {
  const RunResult result = run({"sh", "-c", "echo out; echo $COLOUR >&2; cat; exit 3"},
                               {.environment = {{"COLOUR", "red"}}});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.out, "out\n");
  EXPECT_EQ(result.err, "red\n");
  EXPECT_GT(result.peak_rss_kib, 100);
}

TEST(Process, EndsWhatRunsTooLongWithItsChildren) {
  const RunResult result = run({"sh", "-c", "sleep 60 & wait"}, {.timeout = 100ms});
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.exit_code, 128 + SIGKILL);
  EXPECT_LT(result.seconds, 10);
}

TEST(Process, PassesSignalsOn) {
  Process process({"sh", "-c", "trap 'exit 7' INT; echo ready; while :; do sleep 0.01; done"});
  while (process.out().empty()) ASSERT_TRUE(process.running());
  process.signal(SIGINT);
  const auto result = process.wait(10s);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->exit_code, 7);
}

TEST(Orthanc, StoresEveryPhantomAndForgetsThem) {
  const OrthancServer server;
  const std::vector<Phantom> phantoms = all_phantoms();
  for (const Phantom& phantom : phantoms) EXPECT_TRUE(server.store(phantom.bytes)) << phantom.label;
  EXPECT_EQ(server.instances(), phantoms.size());
  EXPECT_FALSE(server.store("not DICOM"));
  server.delete_all();
  EXPECT_EQ(server.instances(), 0U);
}

TEST(Orthanc, TakesSettings) {
  const OrthancServer server({.settings = {{"DicomCheckCalledAet", true}}});
  const std::string port = std::to_string(server.port());
  EXPECT_EQ(run({"echoscu", "-aec", "ORTHANC", "127.0.0.1", port}).exit_code, 0);
  EXPECT_NE(run({"echoscu", "-aec", "OTHER", "127.0.0.1", port}).exit_code, 0);
}

std::size_t images_of_series(const DcmqrscpServer& server, const Phantom& one) {
  const RunResult result =
      run({"findscu", "-S", "-aec", server.ae_title(), "-k", "0008,0052=IMAGE", "-k",
           "0020,000d=" + one.study_uid, "-k", "0020,000e=" + one.series_uid, "-k", "0008,0018",
           "127.0.0.1", std::to_string(server.port())});
  const std::string text = result.out + result.err;
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find("Find Response:", at)) != std::string::npos; ++at)
    ++count;
  return count;
}

TEST(Dcmqrscp, StoresEveryUncompressedPhantom) {
  const DcmqrscpServer server;
  std::vector<Phantom> phantoms = default_collection();
  std::erase_if(phantoms, [](const Phantom& p) { return p.transfer_syntax == uid::kDeflated; });
  EXPECT_TRUE(server.store(phantoms));
  EXPECT_EQ(images_of_series(server, phantoms.front()), 3U);
  EXPECT_EQ(images_of_series(server, phantoms.back()), 1U);
}

TEST(Dcmqrscp, StoresEachCompressionThatItIsStartedFor) {
  std::map<std::string, std::vector<Phantom>> by_syntax;
  for (Phantom& each : compressed_collection())
    by_syntax[each.transfer_syntax].push_back(std::move(each));
  EXPECT_EQ(by_syntax.size(), 5U);
  for (const auto& [syntax, phantoms] : by_syntax) {
    const DcmqrscpServer server({.arguments = dcmqrscp_arguments(syntax)});
    EXPECT_TRUE(server.store(phantoms)) << syntax;
    EXPECT_EQ(images_of_series(server, phantoms.front()), 2U) << syntax;
  }
}

// ---- the scripted SCP, asked by DCMTK's clients

std::vector<Phantom> three_slices() {
  std::vector<Phantom> out;
  for (int i = 1; i <= 3; ++i) out.push_back(make_phantom(Kind::ct, {.instance = i}));
  return out;
}

std::vector<std::string> bytes_of(const std::vector<Phantom>& phantoms) {
  std::vector<std::string> out;
  for (const Phantom& each : phantoms) out.push_back(each.bytes);
  return out;
}

RunResult findscu(const ScriptedScp& scp, const std::vector<std::string>& keys) {
  std::vector<std::string> command = {"findscu", "-v", "-S", "-aec", "SCRIPTED"};
  for (const std::string& key : keys) command.insert(command.end(), {"-k", key});
  command.insert(command.end(), {"127.0.0.1", std::to_string(scp.port())});
  RunResult result = run(command, {.timeout = 20s});
  result.out += result.err;
  return result;
}

struct Fetched {
  RunResult run;
  std::set<std::string> data_sets;
};

Fetched getscu(const ScriptedScp& scp, const std::string& study_uid,
               std::chrono::milliseconds timeout = 20s) {
  const TempDir folder;
  Fetched out;
  out.run = run({"getscu", "-v", "+B", "-S", "-od", folder.path().string(), "-k", "0008,0052=STUDY",
                 "-k", "0020,000d=" + study_uid, "127.0.0.1", std::to_string(scp.port())},
                {.timeout = timeout});
  out.run.out += out.run.err;
  for (const auto& entry : fs::directory_iterator(folder.path())) try {
      out.data_sets.insert(data_set_of(read_file(entry.path())));
    } catch (const std::runtime_error&) {
      out.data_sets.insert("unreadable");
    }
  return out;
}

std::set<std::string> data_sets_of(const std::vector<Phantom>& phantoms) {
  std::set<std::string> out;
  for (const Phantom& each : phantoms) out.insert(data_set_of(each.bytes));
  return out;
}

TEST(ScriptedScp, AnswersEchoAndRecordsWhoAsked) {
  const ScriptedScp scp({});
  const RunResult result = run(
      {"echoscu", "-aet", "ASKER", "-aec", "SCRIPTED", "127.0.0.1", std::to_string(scp.port())});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const ScpRecords records = scp.records();
  EXPECT_EQ(records.echoes, 1);
  EXPECT_EQ(records.releases, 1);
  ASSERT_EQ(records.associations.size(), 1U);
  EXPECT_EQ(records.associations[0].calling_ae_title, "ASKER");
  EXPECT_EQ(records.associations[0].called_ae_title, "SCRIPTED");
  ASSERT_EQ(records.associations[0].contexts.size(), 1U);
  EXPECT_EQ(records.associations[0].contexts[0].abstract_syntax, "1.2.840.10008.1.1");
}

TEST(ScriptedScp, FindsByWildcardDateRangeAndModality) {
  const ScriptedScp scp(bytes_of(all_phantoms()));
  const RunResult result =
      findscu(scp, {"0008,0052=STUDY", "0010,0010=DOE^*", "0008,0020=20230101-20231231",
                    "0008,0061=MR", "0020,000d", "0020,1206", "0020,1208"});
  EXPECT_NE(result.out.find("CT\\MR"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("(0020,1208) IS [6"), std::string::npos) << result.out;
  EXPECT_NE(result.out.find("Find Response: 2"), std::string::npos);
  EXPECT_EQ(result.out.find("Find Response: 3"), std::string::npos);
  const ScpRecords records = scp.records();
  ASSERT_EQ(records.queries.size(), 1U);
  EXPECT_EQ(records.queries[0].keys.at(tags::kPatientName), "DOE^*");
}

TEST(ScriptedScp, GivesItsOwnAnswersAndStatus) {
  Script script;
  script.find_answers["STUDY"] = {DataSet().text(tags::kPatientName, vr::kPN, "GIVEN^ANSWER")};
  script.find_status = 0xA700;
  const ScriptedScp scp({}, script);
  const RunResult result = findscu(scp, {"0008,0052=STUDY", "0020,000d"});
  EXPECT_NE(result.out.find("GIVEN^ANSWER"), std::string::npos);
  EXPECT_NE(result.out.find("OutOfResources"), std::string::npos) << result.out;
}

TEST(ScriptedScp, SendsWhatItHoldsByteForByte) {
  const std::vector<Phantom> slices = three_slices();
  const ScriptedScp scp(bytes_of(slices));
  const Fetched fetched = getscu(scp, slices.front().study_uid);
  EXPECT_EQ(fetched.run.exit_code, 0) << fetched.run.out;
  EXPECT_EQ(fetched.data_sets, data_sets_of(slices));
  EXPECT_NE(fetched.run.out.find("Number of Completed Suboperations : 3"), std::string::npos);
  const ScpRecords records = scp.records();
  EXPECT_EQ(records.stores.size(), 3U);
  EXPECT_EQ(records.stores[0].sop_instance, slices[0].sop_uid);
  EXPECT_EQ(records.stores[0].status, 0);
  EXPECT_EQ(records.queries[0].keys.at(tags::kStudyInstanceUid), slices[0].study_uid);
  std::size_t as_scp = 0;
  for (const auto& context : records.associations[0].contexts)
    as_scp += context.role == ScpRecords::Role::scp ? 1U : 0U;
  EXPECT_GT(as_scp, 50U);
}

TEST(ScriptedScp, LiesInItsFinalResponse) {
  Script script;
  script.get_status = 0xA701;
  script.get_counters = Script::Counters{.completed = 77, .failed = 5};
  const std::vector<Phantom> slices = three_slices();
  const ScriptedScp scp(bytes_of(slices), script);
  const Fetched fetched = getscu(scp, slices.front().study_uid);
  EXPECT_EQ(fetched.data_sets, data_sets_of(slices));
  EXPECT_NE(fetched.run.out.find("OutOfResourcesNumberOfMatches"), std::string::npos)
      << fetched.run.out;
  EXPECT_NE(fetched.run.out.find("Number of Completed Suboperations : 77"), std::string::npos);
  EXPECT_NE(fetched.run.out.find("Number of Failed Suboperations    : 5"), std::string::npos);
}

TEST(ScriptedScp, FailsDoublesAndReplacesSingleObjects) {
  const std::vector<Phantom> slices = three_slices();
  const Phantom stranger = make_phantom(Kind::ct, {.study = 9});
  Script script;
  script.twists[0].sending = Script::Sending::never;
  script.twists[1].data_set = "not a data set";
  script.twists[2].sending = Script::Sending::twice;
  script.twists[2].sop_instance = "1.2.3.4.5";
  script.unasked = {stranger.bytes};
  const ScriptedScp scp(bytes_of(slices), script);
  const Fetched fetched = getscu(scp, slices.front().study_uid);
  EXPECT_EQ(fetched.data_sets,
            (std::set<std::string>{"not a data set", data_set_of(slices[2].bytes),
                                   data_set_of(stranger.bytes)}));
  std::vector<std::string> sent;
  for (const auto& store : scp.records().stores) sent.push_back(store.sop_instance);
  EXPECT_EQ(sent, (std::vector<std::string>{slices[1].sop_uid, "1.2.3.4.5", "1.2.3.4.5",
                                            stranger.sop_uid}));
  EXPECT_NE(fetched.run.out.find("OneOrMoreFailures"), std::string::npos) << fetched.run.out;
}

TEST(ScriptedScp, BreaksOffAtEachMomentInEachWay) {
  const std::vector<Phantom> slices = three_slices();
  for (const auto how : {Script::Break::abort, Script::Break::close})
    for (const auto when : {Script::Moment::association, Script::Moment::before_object,
                            Script::Moment::within_object, Script::Moment::get_final_response}) {
      Script script;
      script.ending = Script::Ending{.how = how, .when = when, .object = 1, .times = 1};
      const ScriptedScp scp(bytes_of(slices), script);
      const auto label = ::testing::Message() << static_cast<int>(how) << static_cast<int>(when);
      const std::size_t whole = when == Script::Moment::association          ? 0
                                : when == Script::Moment::get_final_response ? 3
                                                                             : 1;
      (void)getscu(scp, slices.front().study_uid);
      EXPECT_EQ(scp.records().stores.size(), whole) << label;
      EXPECT_EQ(scp.records().releases, 0) << label;
      const Fetched again = getscu(scp, slices.front().study_uid);  // it is well again
      EXPECT_EQ(again.data_sets, data_sets_of(slices)) << label;
    }
}

TEST(ScriptedScp, FallsSilentUntilThePeerGivesUp) {
  const std::vector<Phantom> slices = three_slices();
  Script script;
  script.ending = Script::Ending{
      .how = Script::Break::silence, .when = Script::Moment::within_object, .object = 2};
  const ScriptedScp scp(bytes_of(slices), script);
  const Fetched fetched = getscu(scp, slices.front().study_uid, 1s);
  EXPECT_TRUE(fetched.run.timed_out);
  EXPECT_EQ(scp.records().stores.size(), 2U);
}

TEST(ScriptedScp, StopsWithASilentAssociationOpen) {
  Script script;
  script.ending = Script::Ending{.how = Script::Break::silence};
  auto scp = std::make_unique<ScriptedScp>(std::vector<std::string>{}, script);
  Process client({"echoscu", "127.0.0.1", std::to_string(scp->port())});
  while (scp->records().associations.empty()) ASSERT_TRUE(client.running());
  scp.reset();
  EXPECT_TRUE(client.wait(10s));
}

TEST(ScriptedScp, RefusesAssociationContextsAndRoles) {
  const std::vector<Phantom> slices = three_slices();
  Script rejecting, without_get, without_roles;
  rejecting.reject = Script::Rejection{};
  without_get.contexts = Script::Contexts::refuse_get;
  without_roles.roles = Script::Roles::refuse;
  const ScriptedScp first(bytes_of(slices), rejecting);
  const RunResult echo = run({"echoscu", "127.0.0.1", std::to_string(first.port())});
  EXPECT_NE((echo.out + echo.err).find("Called AE Title Not Recognized"), std::string::npos)
      << echo.err;
  const ScriptedScp second(bytes_of(slices), without_get);
  EXPECT_NE(getscu(second, slices.front().study_uid).run.exit_code, 0);
  EXPECT_TRUE(second.records().queries.empty());
  const ScriptedScp third(bytes_of(slices), without_roles);
  const Fetched fetched = getscu(third, slices.front().study_uid);
  EXPECT_TRUE(fetched.data_sets.empty());
  EXPECT_NE(fetched.run.out.find("OutOfResourcesSubOperations"), std::string::npos)
      << fetched.run.out;
}

TEST(ScriptedScp, ServesSeveralAssociationsAtOnce) {
  const std::vector<Phantom> slices = three_slices();
  Script script;
  script.ending = Script::Ending{.how = Script::Break::silence, .times = 1};
  const ScriptedScp scp(bytes_of(slices), script);
  Process silent({"echoscu", "127.0.0.1", std::to_string(scp.port())});
  while (scp.records().associations.empty()) ASSERT_TRUE(silent.running());
  EXPECT_EQ(getscu(scp, slices.front().study_uid).data_sets, data_sets_of(slices));
  EXPECT_TRUE(silent.running());
}

}  // namespace
}  // namespace dcm::test
