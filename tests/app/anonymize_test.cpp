// SPDX-License-Identifier: MIT
#include "app/anonymize.hpp"

#include <gtest/gtest.h>
#include <pthread.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "app/filing.hpp"
#include "support/phantoms.hpp"
#include "support/read_back.hpp"
#include "support/temp_dir.hpp"

namespace dcm::app {
namespace {

namespace fs = std::filesystem;
using test::Phantom;
using test::operator""_tag;

deid::Project project_of(std::string_view profile) {
  std::array<std::byte, 32> secret{};
  return {.profile = *deid::find_profile(profile), .key = deid::Key(Bytes(secret))};
}

/// Path -> content of all files below `folder`, but those of `.dicom-client`.
std::map<std::string, std::string> files_in(const fs::path& folder) {
  std::map<std::string, std::string> files;
  if (!fs::exists(folder)) return files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string path = entry.path().lexically_relative(folder);
    if (entry.is_regular_file() && !path.starts_with(".dicom-client"))
      files[path] = test::read_file(entry.path());
  }
  return files;
}

class AnonymizeTest : public testing::Test {
 protected:
  void put(const std::string& name, std::string_view bytes) {
    test::write_file(input() / name, bytes);
  }
  void put(const std::vector<Phantom>& phantoms) {
    for (const Phantom& each : phantoms) put(each.label + "/" + each.label, each.bytes);
  }

  AnonymizeReport run(const deid::Project& project, unsigned jobs = 4,
                      const std::string& output = "output") {
    const auto files = collect();
    store::TreeIdentity identity;
    identity.profile = project.profile.name();
    auto tree = store::Tree::open(folder_.path() / output, identity, describe_file);
    EXPECT_TRUE(tree);
    return anonymize(
        files, *tree, project, jobs, [](const auto&) {}, stop_);
  }

  LocalFiles collect() {
    const std::vector<std::string> paths{input()};
    auto files = LocalFiles::collect(paths, folder_.path() / "output", never_);
    EXPECT_TRUE(files);
    return std::move(*files);
  }

  [[nodiscard]] fs::path input() const { return folder_.path() / "input"; }
  [[nodiscard]] std::map<std::string, std::string> tree(const std::string& name = "output") const {
    return files_in(folder_.path() / name);
  }

  StopSource stop_;

 private:
  StopSource never_;
  test::TempDir folder_;
};

std::uint64_t sum(const Tally& tally) {
  return tally.stored + tally.skipped + tally.refused + tally.failed + tally.conflict +
         tally.missing;
}

std::size_t count_objects(const std::map<std::string, std::string>& files) {
  return static_cast<std::size_t>(std::count_if(
      files.begin(), files.end(), [](const auto& file) { return file.first.ends_with(".dcm"); }));
}

/// One CT slice of `size` pixels a side, with more pixels than are read at once when large.
Phantom slice(int instance, int size = 64) {
  test::Place place;
  place.instance = instance;
  place.size = size;
  return test::make_phantom(test::Kind::ct, place);
}

TEST_F(AnonymizeTest, FilesEveryObjectAndCountsTheRest) {
  const auto phantoms = test::default_collection();
  put(phantoms);
  put("README", "not an object");
  put("empty", "");
  put("DICOMDIR",
      test::file_bytes_around("", test::uid::kExplicitLittle, "1.2.840.10008.1.3.10", "1.2.3"));
  const auto before = files_in(input());
  const AnonymizeReport report = run(project_of("basic"));
  EXPECT_EQ(report.expected, phantoms.size());
  EXPECT_EQ(report.stored, phantoms.size());
  EXPECT_EQ(report.not_dicom, 2U);
  EXPECT_EQ(report.directories, 1U);
  EXPECT_EQ(report.waiting, 0U);
  EXPECT_FALSE(report.fatal);
  EXPECT_GT(report.patients, 1U);
  EXPECT_GE(report.studies, report.patients);
  EXPECT_EQ(files_in(input()), before);

  const auto files = tree();
  EXPECT_EQ(count_objects(files), phantoms.size());
  for (const auto& [path, content] : files)
    for (const Phantom& each : phantoms) {
      EXPECT_EQ(content.find(each.patient_name), std::string::npos) << path;
      EXPECT_EQ(path.find(each.sop_uid), std::string::npos) << path;
    }
}

/// While it lives, no thread can be started: its stack would be too large.
class NoThreads {
 public:
  NoThreads() {
    pthread_getattr_default_np(&before_);
    pthread_attr_t without = before_;
    pthread_attr_setstacksize(&without, std::size_t{1} << 47U);
    pthread_setattr_default_np(&without);
  }
  ~NoThreads() {
    pthread_setattr_default_np(&before_);
    pthread_attr_destroy(&before_);
  }
  NoThreads(const NoThreads&) = delete;
  NoThreads& operator=(const NoThreads&) = delete;

 private:
  pthread_attr_t before_{};
};

TEST_F(AnonymizeTest, CountsEachObjectOnceWhereNoWorkerLives) {
  put({slice(1), slice(2), slice(3)});
  const NoThreads in_force;
  const AnonymizeReport report = run(project_of("basic"));
  ASSERT_TRUE(report.fatal);
  EXPECT_EQ(report.fatal->code, Errc::internal);
  EXPECT_EQ(report.missing, 3U);
  EXPECT_EQ(report.expected, 3U);
}

TEST_F(AnonymizeTest, MakesTheSameTreeWhateverTheNumberOfJobs) {
  put(test::default_collection());
  // The same instance with three contents: the first in the order of the names counts.
  for (int version = 1; version <= 3; ++version) {
    test::DataSet object = test::make_data_set(test::Kind::mr, {.instance = 77});
    object.text(0x00180020_tag, vr::kCS, "V" + std::to_string(version));
    put("again" + std::to_string(version), test::file_bytes(object, test::uid::kExplicitLittle));
  }
  const deid::Project project = project_of("research");
  const AnonymizeReport one = run(project, 1, "one");
  EXPECT_EQ(one.conflict, 2U);
  for (int round = 0; round < 10; ++round) {
    const std::string output = "many" + std::to_string(round);
    const AnonymizeReport many = run(project, 8, output);
    EXPECT_EQ(many.conflict, 2U);
    EXPECT_EQ(many.stored, one.stored);
    EXPECT_TRUE(tree(output) == tree("one")) << round;
  }
}

TEST_F(AnonymizeTest, SkipsWhatIsThere) {
  put(test::default_collection());
  put("same", slice(5).bytes);
  put("same_again", slice(5).bytes);
  const AnonymizeReport first = run(project_of("basic"));
  EXPECT_EQ(first.skipped, 1U);
  const auto files = tree();
  const AnonymizeReport again = run(project_of("basic"));
  EXPECT_EQ(again.stored, 0U);
  EXPECT_EQ(again.skipped, again.expected);
  EXPECT_EQ(again.expected, first.expected);
  EXPECT_TRUE(tree() == files);
}

TEST_F(AnonymizeTest, GoesOnAfterABrokenFile) {
  const std::string whole = slice(1, 512).bytes;
  put("a_whole", whole);
  put("b_cut_in_the_pixels", slice(2, 512).bytes.substr(0, whole.size() - 100));
  put("c_cut_in_the_header", slice(3).bytes.substr(0, 1000));
  put("d_no_meta", std::string(128, '\0') + "DICMxx");
  put("e_whole", slice(4).bytes);
  const AnonymizeReport report = run(project_of("basic"));
  EXPECT_EQ(report.expected, 5U);
  EXPECT_EQ(report.stored, 2U);
  EXPECT_EQ(report.refused, 3U);
  EXPECT_EQ(report.refused_for,
            (std::map<Errc, std::uint64_t>{{Errc::truncated, 2}, {Errc::bad_file_meta, 1}}));
  EXPECT_EQ(sum(report), report.expected);
  ASSERT_EQ(report.notable.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(report.notable[i].file, i + 1);
  EXPECT_TRUE(report.notable[0].sop_instance_uid.starts_with("2.25."));
  EXPECT_EQ(report.notable[2].sop_instance_uid, "");
  EXPECT_EQ(count_objects(tree()), 2U);
}

TEST_F(AnonymizeTest, KeepsPixelsBitForBitWhoeverMovesThem) {
  // Uncompressed, larger than any piece that is read; and fragments on both sides of what is moved.
  test::DataSet object = test::make_data_set(test::Kind::ct, {.instance = 9});
  std::vector<std::string> pieces{""};
  for (const std::size_t size : {10UL, 300'000UL, 64'000UL, 66'000UL, 1'000'000UL, 2UL}) {
    std::string piece(size, '\0');
    for (std::size_t i = 0; i < size; ++i) piece[i] = static_cast<char>(i * 31 + (i >> 8U) + size);
    pieces.push_back(std::move(piece));
  }
  object.fragments(tags::kPixelData, std::move(pieces));
  put("fragments", test::file_bytes(object, test::uid::kJpegBaseline));
  put("large", slice(1, 1024).bytes);
  for (const char* profile : {"demographics", "research"}) {
    const AnonymizeReport report = run(project_of(profile), 2, profile);
    ASSERT_EQ(report.stored, 2U) << profile;
    std::vector<std::string> before, after;
    const std::string_view mark("\xE0\x7F\x10\x00O", 5);
    for (const auto& [path, content] : files_in(input()))
      before.push_back(content.substr(content.rfind(mark)));
    for (const auto& [path, content] : tree(profile))
      if (path.ends_with(".dcm")) after.push_back(content.substr(content.rfind(mark)));
    std::sort(before.begin(), before.end());
    std::sort(after.begin(), after.end());
    EXPECT_TRUE(before == after) << profile;
  }
}

TEST_F(AnonymizeTest, TakesWhatBeginsWithItsDataSet) {
  const test::DataSet object = test::make_data_set(test::Kind::mr, {.instance = 3});
  put("bare", test::encode(object, {}));
  put("implicit", test::encode(test::make_data_set(test::Kind::mr, {.instance = 4}),
                               {test::Encoding::Syntax::implicit_le}));
  const AnonymizeReport report = run(project_of("basic"));
  EXPECT_EQ(report.stored, 2U);
  for (const auto& [path, content] : tree()) {
    if (path.ends_with(".dcm")) {
      EXPECT_EQ(content.substr(128, 4), "DICM");
    }
  }
}

TEST_F(AnonymizeTest, RehearsesWithoutWriting) {
  put(test::default_collection());
  put("broken", slice(1).bytes.substr(0, 1000));
  const auto files = collect();
  const AnonymizeReport rehearsed = rehearse(
      files, project_of("basic"), 4, [](const auto&) {}, stop_);
  EXPECT_TRUE(tree().empty());
  const AnonymizeReport done = run(project_of("basic"));
  EXPECT_EQ(rehearsed.expected, done.expected);
  EXPECT_EQ(rehearsed.stored, done.stored);
  EXPECT_EQ(rehearsed.refused, 1U);
  EXPECT_EQ(rehearsed.patients, done.patients);
  EXPECT_EQ(rehearsed.studies, done.studies);
}

TEST_F(AnonymizeTest, StopsWhenAskedAndFilesNothingYet) {
  put(test::default_collection());
  stop_.request();
  const AnonymizeReport report = run(project_of("basic"));
  ASSERT_TRUE(report.fatal);
  EXPECT_EQ(report.fatal->code, Errc::interrupted);
  EXPECT_EQ(report.missing, report.expected);
  EXPECT_EQ(count_objects(tree()), 0U);
}

TEST_F(AnonymizeTest, TellsThePatientsInOrder) {
  put(test::default_collection());
  put("no_dicom", "text");
  std::set<std::string> expected;
  for (const Phantom& each : test::default_collection())
    expected.insert(std::string(deid::Project::patient(each.patient_id, each.study_uid)));
  const auto told = patients(collect(), stop_);
  ASSERT_TRUE(told);
  EXPECT_EQ(*told, std::vector<std::string>(expected.begin(), expected.end()));
}

}  // namespace
}  // namespace dcm::app
