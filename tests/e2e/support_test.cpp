// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <csignal>
#include <set>

#include "support/dataset_builder.hpp"
#include "support/phantoms.hpp"
#include "support/process.hpp"
#include "support/read_back.hpp"
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
  process.run_until([&] { return !process.out().empty(); });
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

}  // namespace
}  // namespace dcm::test
