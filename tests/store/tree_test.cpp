// SPDX-License-Identifier: MIT
#include "store/tree.hpp"

#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <functional>
#include <thread>

#include "store/digest.hpp"
#include "store/fake_object.hpp"

namespace dcm::store {
namespace {

namespace fs = std::filesystem;
using test::describe_fake;
using test::FakeObject;
using test::object_of;
using test::open_tree;
using test::put;
using test::read_text;
using test::Scratch;
using test::snapshot;
using test::write_text;

using Snapshot = std::map<std::string, std::string>;

std::vector<PatientKey> patients_of(const std::vector<FakeObject>& objects) {
  std::vector<PatientKey> keys;
  for (const FakeObject& one : objects) keys.push_back(one.about.patient());
  return keys;
}

Settled settle(Tree& tree, const std::vector<FakeObject>& objects,
               const std::vector<SeriesNaming>& expected = {}) {
  const auto settled = tree.settle(patients_of(objects), expected);
  EXPECT_TRUE(settled) << (settled ? 0 : settled.error().detail);
  return settled.value_or(Settled{{"failed"}, {"failed"}, ~std::uint64_t{0}});
}

Settled store_all(Tree& tree, const std::vector<FakeObject>& objects) {
  for (const FakeObject& one : objects) put(tree, one);
  return settle(tree, objects);
}

bool contains(const Tree& tree, const FakeObject& object) {
  return tree
      .size_of(object.about.patient(), object.about.series_instance_uid,
               object.about.sop_instance_uid)
      .has_value();
}

SeriesNaming naming_of(const FakeObject& object) {
  return {object.about.patient(), object.about.study_date, object.about.series_instance_uid,
          object.about.series_number, object.about.series_description};
}

/// What `work` (an errno) returns in a process that the permissions of files bind, also root's.
std::uint32_t in_a_process_without_privileges(const std::function<std::uint32_t()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, 2> none{};
    if (::syscall(SYS_capset, &header, none.data()) != 0) ::_exit(255);
    ::_exit(static_cast<int>(work()));
  }
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  return static_cast<std::uint32_t>(WEXITSTATUS(status));
}

/// Two patients whose IDs collide, two without one, series that collide, several instances.
std::vector<FakeObject> colliding_objects() {
  std::vector<FakeObject> objects;
  for (const char* patient : {"DOE/1", "doe 1", ""})
    for (const char* study : {"1.7", "1.8"})
      for (const char* series : {"1", "2"})
        for (const char* instance : {"1", "2", "3"}) {
          const std::string uid = std::string(study) + "." + series;
          FakeObject object = object_of(uid, uid + "." + instance);
          object.about.patient_id = patient;
          object.about.study_instance_uid = study;
          object.about.study_date = std::string(study) == "1.7" ? "20230101" : "20220101";
          objects.push_back(std::move(object));
        }
  return objects;
}

TEST(Tree, FilesAnObjectByPatientSeriesAndInstance) {
  const Scratch scratch;
  const FakeObject object = object_of("1.1", "1.1.1");
  {
    auto tree = open_tree(scratch / "out").value();
    EXPECT_EQ(put(tree, object), Placed::stored);
    EXPECT_EQ(tree.waiting(), 1U);
    EXPECT_TRUE(contains(tree, object));
    EXPECT_FALSE(fs::exists(scratch / "out/DOE1"));
    EXPECT_EQ(settle(tree, {object}).conflicts.size(), 0U);
    EXPECT_EQ(tree.waiting(), 0U);
    EXPECT_TRUE(contains(tree, object));
  }
  const Snapshot all = snapshot(scratch / "out");
  std::vector<std::string> names;
  for (const auto& [name, text] : all) names.push_back(name);
  EXPECT_EQ(names,
            (std::vector<std::string>{".dicom-client/", ".dicom-client/incoming/",
                                      ".dicom-client/lock", ".dicom-client/tree.json", "DOE1/",
                                      "DOE1/1_T1/", "DOE1/1_T1/1.1.1.dcm", "DOE1/metadata.json"}));
  EXPECT_EQ(all.at("DOE1/1_T1/1.1.1.dcm"), object.bytes());
  EXPECT_NE(all.at("DOE1/metadata.json").find("\"instances\": 1"), std::string::npos);
  EXPECT_NE(
      all.at("DOE1/metadata.json").find("\"bytes\": " + std::to_string(object.bytes().size())),
      std::string::npos);
}

TEST(Tree, TellsStoredFromThereAndFromConflict) {
  const Scratch scratch;
  auto tree = open_tree(scratch / "out").value();
  const FakeObject object = object_of("1.1", "1.1.1");
  FakeObject other = object;
  other.payload = "PIXELS";
  for (int settled = 0; settled < 2; ++settled) {
    EXPECT_EQ(put(tree, object), settled == 0 ? Placed::stored : Placed::already_there);
    EXPECT_EQ(put(tree, object), Placed::already_there);
    EXPECT_EQ(put(tree, other), Placed::conflict);
    EXPECT_EQ(settle(tree, {object}).conflicts.size(), 0U);
  }
  EXPECT_EQ(read_text(scratch / "out/DOE1/1_T1/1.1.1.dcm"), object.bytes());
}

TEST(Tree, CountsAConflictThatShowsOnlyWhenSettled) {
  const Scratch scratch;
  const FakeObject object = object_of("1.1", "1.1.1");
  auto tree = open_tree(scratch / "out").value();
  store_all(tree, {object, object_of("1.1", "1.1.2")});
  fs::rename(scratch / "out/DOE1/1_T1/1.1.1.dcm", scratch / "aside");
  put(tree, object);
  write_text(scratch / "out/DOE1/1_T1/1.1.1.dcm", "other bytes");
  EXPECT_EQ(settle(tree, {object}).conflicts.size(), 1U);
  EXPECT_EQ(read_text(scratch / "out/DOE1/1_T1/1.1.1.dcm"), "other bytes");
  EXPECT_EQ(tree.waiting(), 0U);
}

TEST(Tree, DoesNotLetTwoUidsShareANameSilently) {
  const Scratch scratch;
  auto tree = open_tree(scratch / "out").value();
  EXPECT_EQ(put(tree, object_of("1.1", "a/b")), Placed::stored);
  EXPECT_EQ(put(tree, object_of("1.1", "a b")), Placed::conflict);
}

TEST(Tree, RefusesAnObjectWithoutUids) {
  const Scratch scratch;
  auto tree = open_tree(scratch / "out").value();
  FakeObject no_patient = object_of("1.1", "1.1.1");
  no_patient.about.patient_id = " ";
  no_patient.about.study_instance_uid = "";
  for (const FakeObject& object : {object_of(" ", "1"), object_of("1", ""), no_patient}) {
    const auto placed = tree.place(tree.stage().value(), object.about);
    ASSERT_FALSE(placed);
    EXPECT_EQ(placed.error().code, Errc::missing_uid);
  }
  EXPECT_EQ(tree.waiting(), 0U);
}

TEST(Tree, IsTheSameForEveryOrderOfArrival) {
  std::vector<FakeObject> objects = colliding_objects();
  Snapshot first;
  for (int round = 0; round < 12; ++round) {
    const Scratch scratch;
    {
      auto tree = open_tree(scratch / "out").value();
      EXPECT_EQ(store_all(tree, objects).conflicts.size(), 0U);
    }
    const Snapshot all = snapshot(scratch / "out");
    if (round == 0) first = all;
    EXPECT_EQ(all, first) << "round " << round;
    std::rotate(objects.begin(), objects.begin() + 7, objects.end());
    if (round % 2 == 1) std::reverse(objects.begin(), objects.end());
  }
  const std::string hex = hex_digest("doe 1").substr(0, 6);
  EXPECT_TRUE(first.contains("DOE_1/1_T1/1.8.1.1.dcm"));
  EXPECT_TRUE(first.contains("DOE_1/1_T1_" + hex_digest("1.7.1").substr(0, 6) + "/1.7.1.1.dcm"));
  EXPECT_TRUE(first.contains("doe_1_" + hex + "/1_T1/1.8.1.3.dcm"));
  EXPECT_TRUE(first.contains("unknown_patient/1_T1/1.8.1.1.dcm"));
  EXPECT_TRUE(
      first.contains("unknown_patient_" + hex_digest("1.7").substr(0, 6) + "/1_T1/1.7.1.1.dcm"));
}

TEST(Tree, IsTheSameForOneThreadAndFour) {
  const std::vector<FakeObject> objects = colliding_objects();
  const Scratch scratch;
  {
    auto tree = open_tree(scratch / "one").value();
    store_all(tree, objects);
  }
  {
    auto tree = open_tree(scratch / "four").value();
    std::atomic<std::size_t> next = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back([&] {
        for (std::size_t at = next++; at < 2 * objects.size(); at = next++) {
          put(tree, objects[at / 2]);  // each object twice, most often at the same time
          if (at == objects.size()) settle(tree, objects);
        }
      });
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(settle(tree, objects).conflicts.size(), 0U);
    EXPECT_EQ(tree.waiting(), 0U);
  }
  // A settlement in the middle gives names early; what it may not do is lose or double an object.
  std::vector<std::string> one;
  std::vector<std::string> four;
  for (const auto& [name, text] : snapshot(scratch / "one"))
    if (name.ends_with(".dcm")) one.push_back(text);
  for (const auto& [name, text] : snapshot(scratch / "four"))
    if (name.ends_with(".dcm")) four.push_back(text);
  std::sort(one.begin(), one.end());
  std::sort(four.begin(), four.end());
  EXPECT_EQ(one, four);
}

TEST(Tree, KeepsTheNameOfWhatIsOnlyExpectedFree) {
  FakeObject late = object_of("1.1", "1.1.1");
  FakeObject early = object_of("1.2", "1.2.1");
  early.about.study_date = "20200101";
  const Scratch scratch;
  {
    auto tree = open_tree(scratch / "whole").value();
    store_all(tree, {late, early});
  }
  {
    auto tree = open_tree(scratch / "halves").value();
    put(tree, late);
    settle(tree, {late}, {naming_of(early), naming_of(late)});
  }
  {
    auto tree = open_tree(scratch / "halves").value();
    put(tree, early);
    settle(tree, {early}, {naming_of(early), naming_of(late)});
  }
  EXPECT_EQ(snapshot(scratch / "halves"), snapshot(scratch / "whole"));
  EXPECT_TRUE(fs::exists(scratch / "whole/DOE1/1_T1/1.2.1.dcm"));
}

/// A series that comes first by date, of whose description nobody tells.
SeriesNaming untold(const FakeObject& object) {
  SeriesNaming naming = naming_of(object);
  naming.series_description.reset();
  return naming;
}

TEST(Tree, KeepsWaitingWhatOneOfUnknownDescriptionCouldRename) {
  FakeObject first = object_of("1.5", "1.5.1");
  first.about.study_date = "20200101";
  const FakeObject second = object_of("1.6", "1.6.1");
  FakeObject earlier = object_of("1.7", "1.7.1");
  earlier.about.study_date = "20190101";
  FakeObject other_number = object_of("1.8", "1.8.1");
  other_number.about.series_number = "2";
  const Scratch scratch;
  {
    auto tree = open_tree(scratch / "whole").value();
    store_all(tree, {first, second, earlier, other_number});
  }
  {
    auto tree = open_tree(scratch / "out").value();
    for (const FakeObject& one : {second, earlier, other_number}) put(tree, one);
    settle(tree, {second, earlier, other_number}, {untold(first), naming_of(second)});
    EXPECT_EQ(tree.waiting(), 1U);
    EXPECT_TRUE(contains(tree, second));
    EXPECT_TRUE(fs::exists(scratch / "out/DOE1/1_T1/1.7.1.dcm"));
    EXPECT_TRUE(fs::exists(scratch / "out/DOE1/2_T1/1.8.1.dcm"));
    put(tree, first);
    settle(tree, {first}, {untold(first), naming_of(second)});
    EXPECT_EQ(tree.waiting(), 0U);
  }
  EXPECT_EQ(snapshot(scratch / "out"), snapshot(scratch / "whole"));
}

TEST(Tree, MakesNoFolderForAPatientOfWhomAllWaits) {
  const FakeObject first = object_of("1.5", "1.5.1");
  const FakeObject second = object_of("1.6", "1.6.1");
  const Scratch scratch;
  auto tree = open_tree(scratch / "out").value();
  put(tree, second);
  SeriesNaming nameless = untold(first);
  nameless.series_number = "";
  settle(tree, {second}, {nameless});
  EXPECT_FALSE(fs::exists(scratch / "out/DOE1"));
  settle(tree, {second}, {naming_of(first)});
  EXPECT_TRUE(fs::exists(scratch / ("out/DOE1/1_T1_" + hex_digest("1.6").substr(0, 6))));
}

TEST(Tree, NeverChangesAGivenName) {
  const Scratch scratch;
  const FakeObject late = object_of("1.9", "1.9.1");
  FakeObject early = object_of("1.1", "1.1.1");
  early.about.study_date = "19990101";
  for (const FakeObject& object : {late, early}) {
    auto tree = open_tree(scratch / "out").value();
    store_all(tree, {object});
  }
  EXPECT_TRUE(fs::exists(scratch / "out/DOE1/1_T1/1.9.1.dcm"));
  EXPECT_TRUE(
      fs::exists(scratch / ("out/DOE1/1_T1_" + hex_digest("1.1").substr(0, 6) + "/1.1.1.dcm")));
}

TEST(Tree, ChangesNothingWhenSettledAgain) {
  const Scratch scratch;
  const std::vector<FakeObject> objects = colliding_objects();
  Snapshot first;
  fs::file_time_type written;
  {
    auto tree = open_tree(scratch / "out").value();
    store_all(tree, objects);
    first = snapshot(scratch / "out");
    written = fs::last_write_time(scratch / "out/DOE_1/metadata.json");
    EXPECT_EQ(settle(tree, objects).conflicts.size(), 0U);
    EXPECT_EQ(snapshot(scratch / "out"), first);
  }
  auto tree = open_tree(scratch / "out").value();
  for (const FakeObject& one : objects) {
    EXPECT_TRUE(contains(tree, one));
    EXPECT_EQ(put(tree, one), Placed::already_there);
  }
  EXPECT_EQ(settle(tree, objects).conflicts.size(), 0U);
  EXPECT_EQ(snapshot(scratch / "out"), first);
  EXPECT_EQ(fs::last_write_time(scratch / "out/DOE_1/metadata.json"), written);
}

TEST(Tree, FindsAgainWhatAnInterruptedRunLeft) {
  const Scratch scratch;
  const std::vector<FakeObject> objects = colliding_objects();
  {
    auto tree = open_tree(scratch / "out").value();
    for (const FakeObject& one : objects) put(tree, one);
  }
  auto tree = open_tree(scratch / "out").value();
  EXPECT_EQ(tree.waiting(), objects.size());
  for (const FakeObject& one : objects) EXPECT_TRUE(contains(tree, one));
  EXPECT_EQ(settle(tree, objects).conflicts.size(), 0U);
  EXPECT_EQ(tree.waiting(), 0U);
  for (const FakeObject& one : objects) EXPECT_TRUE(contains(tree, one));
}

TEST(Tree, KeepsWhatWaitedAtAnOrderlyEndOverAReboot) {
  const Scratch scratch;
  const auto mark = scratch / "out/.dicom-client/incoming/boot";
  const FakeObject object = object_of("1.1", "1.1.1");
  {
    auto tree = open_tree(scratch / "out").value();
    EXPECT_NE(read_text(mark), "synced");
    put(tree, object);
    EXPECT_NE(read_text(mark), "synced");
  }
  // The mark names no boot, so what it vouches for is good in any other.
  EXPECT_EQ(read_text(mark), "synced");
  auto tree = open_tree(scratch / "out").value();
  EXPECT_NE(read_text(mark), "synced");
  EXPECT_TRUE(contains(tree, object));
  EXPECT_EQ(settle(tree, {object}).conflicts.size(), 0U);
  EXPECT_TRUE(fs::exists(scratch / "out/DOE1/1_T1/1.1.1.dcm"));
}

TEST(Tree, LosesWhatAKilledRunLeftBeforeAReboot) {
  const Scratch scratch;
  const auto mark = scratch / "out/.dicom-client/incoming/boot";
  const FakeObject object = object_of("1.1", "1.1.1");
  {
    auto tree = open_tree(scratch / "out").value();
    put(tree, object);
  }
  const pid_t child = ::fork();
  if (child == 0) {
    const auto tree = open_tree(scratch / "out");
    ::_exit(tree && tree->waiting() == 1 ? 0 : 1);  // without the destructor
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);
  ASSERT_NE(read_text(mark), "synced");
  write_text(mark, "another boot");
  auto tree = open_tree(scratch / "out").value();
  EXPECT_EQ(tree.waiting(), 0U);
  EXPECT_FALSE(contains(tree, object));
}

TEST(Tree, LosesNothingThatWaitsWhenItFailsToOpen) {
  const Scratch scratch;
  const FakeObject object = object_of("1.1", "1.1.1");
  {
    auto tree = open_tree(scratch / "out").value();
    put(tree, object);
  }
  write_text(scratch / "out/.dicom-client/incoming/0", "no folder");
  EXPECT_EQ(open_tree(scratch / "out").error().code, Errc::io);
  fs::remove(scratch / "out/.dicom-client/incoming/0");
  auto tree = open_tree(scratch / "out").value();
  EXPECT_TRUE(contains(tree, object));
}

TEST(Tree, DoesNotTrustUnsyncedObjectsOfAnotherBoot) {
  const Scratch scratch;
  const FakeObject object = object_of("1.1", "1.1.1");
  {
    auto tree = open_tree(scratch / "out").value();
    put(tree, object);
  }
  write_text(scratch / "out/.dicom-client/incoming/boot", "another boot");
  auto tree = open_tree(scratch / "out").value();
  EXPECT_EQ(tree.waiting(), 0U);
  EXPECT_FALSE(contains(tree, object));
  EXPECT_EQ(put(tree, object), Placed::stored);
}

TEST(Tree, KeysAreTrimmedValues) {
  const Scratch scratch;
  auto tree = open_tree(scratch / "out").value();
  FakeObject object = object_of(std::string("1.1\0", 4), std::string("1.1.1\0", 6));
  object.about.patient_id = " DOE1 ";
  put(tree, object);
  EXPECT_TRUE(contains(tree, object_of("1.1", "1.1.1")));
  EXPECT_TRUE(tree.size_of({" DOE1", {}}, "1.1 ", "1.1.1 "));
  EXPECT_EQ(settle(tree, {object_of("1.1", "1.1.1")}).conflicts.size(), 0U);
  EXPECT_TRUE(fs::exists(scratch / "out/DOE1/1_T1/1.1.1.dcm"));
}

TEST(Tree, KeepsHostileValuesInsideTheRoot) {
  const Scratch scratch;
  const std::string bad[] = {"../x",
                             "/etc/x",
                             "..",
                             ".",
                             std::string(300, 'a'),
                             std::string("a\0b", 3),
                             "CON",
                             ".dicom-client",
                             "metadata.json",
                             "%n%s",
                             "\xFF\xFE",
                             "a\nb",
                             "\xE2\x80\xAE"};
  std::vector<FakeObject> objects;
  for (const std::string& value : bad) {
    FakeObject object = object_of(value, value);
    object.about.patient_id = object.about.study_instance_uid = value;
    object.about.series_number = object.about.series_description = value;
    object.about.study_date = object.about.modality = value;
    objects.push_back(object);
  }
  {
    auto tree = open_tree(scratch / "jail/out").value();
    EXPECT_EQ(store_all(tree, objects).conflicts.size(), 0U);
    EXPECT_EQ(tree.waiting(), 0U);
    for (const FakeObject& one : objects) EXPECT_TRUE(contains(tree, one));
  }
  const Snapshot all = snapshot(scratch / "jail/out");
  EXPECT_EQ(std::count_if(all.begin(), all.end(),
                          [](const auto& one) { return one.first.ends_with(".dcm"); }),
            static_cast<long>(objects.size()));
  for (const auto& [name, text] : snapshot(scratch / "jail")) EXPECT_TRUE(name.starts_with("out/"));
  auto tree = open_tree(scratch / "jail/out").value();
  for (const FakeObject& one : objects) EXPECT_EQ(put(tree, one), Placed::already_there);
}

TEST(Tree, IsForItsOwnerOnlyWhateverTheUmask) {
  const Scratch scratch;
  const mode_t before = ::umask(0);
  {
    auto tree = open_tree(scratch / "deep/er/out").value();
    put(tree, object_of("1.1", "1.1.1"));
    settle(tree, {object_of("1.1", "")});
    put(tree, object_of("1.2", "1.2.1"));
  }
  ::umask(before);
  for (const auto& entry : fs::recursive_directory_iterator(scratch.path())) {
    struct stat status {};
    ASSERT_EQ(::lstat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777U, entry.is_directory() ? 0700U : 0600U) << entry.path();
  }
}

TEST(Tree, BelongsToOneLivingProcess) {
  const Scratch scratch;
  auto tree = open_tree(scratch / "out");
  ASSERT_TRUE(tree);
  EXPECT_EQ(open_tree(scratch / "out").error().code, Errc::tree_locked);
  const pid_t child = ::fork();
  if (child == 0) ::_exit(open_tree(scratch / "out").error().code == Errc::tree_locked ? 0 : 1);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  tree = fail(Errc::ok);
  EXPECT_TRUE(open_tree(scratch / "out"));
}

TEST(Tree, OfAnotherProfileIsNotTouched) {
  const Scratch scratch;
  {
    auto tree = open_tree(scratch / "out").value();
    store_all(tree, {object_of("1.1", "1.1.1")});
  }
  const std::vector<TreeIdentity> others{{"none", {}, "2026c", "0.1.0"},
                                         {"demographics", {"x"}, "2026c", "0.1.0"},
                                         {"demographics", {}, "2025a", "0.1.0"}};
  for (int lost = 0; lost < 2; ++lost) {
    const Snapshot before = snapshot(scratch / "out");
    for (const TreeIdentity& other : others)
      EXPECT_EQ(Tree::open((scratch / "out").string(), other, describe_fake).error().code,
                Errc::tree_mismatch);
    EXPECT_EQ(snapshot(scratch / "out"), before);
    fs::remove_all(scratch / "out/.dicom-client");
  }
  EXPECT_TRUE(
      Tree::open((scratch / "out").string(), {"demographics", {}, "2026c", "9"}, describe_fake));
}

TEST(Tree, WithoutAnyObjectBelongsToNobody) {
  const Scratch scratch;
  ASSERT_TRUE(open_tree(scratch / "out"));
  const TreeIdentity none{"none", {}, "", "0.1.0"};
  ASSERT_TRUE(Tree::open((scratch / "out").string(), none, describe_fake));
  EXPECT_TRUE(open_tree(scratch / "out"));
}

TEST(Tree, OfAnUnknownFormatIsNotTouched) {
  const Scratch scratch;
  ASSERT_TRUE(open_tree(scratch / "out"));
  for (const char* text : {"{}", "not json", "{\"format\": 2}"}) {
    write_text(scratch / "out/.dicom-client/tree.json", text);
    EXPECT_EQ(open_tree(scratch / "out").error(),
              (Error{.code = Errc::tree_mismatch, .detail = kIdentityLost}));
  }
}

TEST(Tree, NeverWritesIntoWhatIsNotItsOwn) {
  const Scratch scratch;
  fs::create_directories(scratch / "out/DOE1");
  write_text(scratch / "out/DOE1/notes.txt", "mine");
  write_text(scratch / "out/afile", "mine");
  auto tree = open_tree(scratch / "out").value();
  FakeObject file = object_of("1.1", "1.1.2");
  file.about.patient_id = "AFILE";
  EXPECT_EQ(store_all(tree, {object_of("1.1", "1.1.1"), file}).displaced, 2U);
  EXPECT_EQ(store_all(tree, {object_of("1.1", "1.1.2")}).displaced, 0U) << "told once";
  EXPECT_EQ(snapshot(scratch / "out/DOE1"), (Snapshot{{"notes.txt", "mine"}}));
  EXPECT_TRUE(
      fs::exists(scratch / ("out/DOE1_" + hex_digest("DOE1").substr(0, 6)) / "1_T1/1.1.1.dcm"));
  EXPECT_TRUE(fs::exists(scratch / ("out/AFILE_" + hex_digest("AFILE").substr(0, 6))));
}

TEST(Tree, TakesAnotherNameForWhatAppearedWhileItRan) {
  const Scratch scratch;
  auto tree = open_tree(scratch / "out").value();
  put(tree, object_of("1.1", "1.1.1"));
  fs::create_directories(scratch / "out/DOE1/1_T1");
  EXPECT_EQ(settle(tree, {object_of("1.1", "")}).displaced, 1U);
  EXPECT_TRUE(fs::is_empty(scratch / "out/DOE1/1_T1"));
  const std::string mine = "DOE1_" + hex_digest("DOE1").substr(0, 6);
  fs::create_directories(scratch / "out" / mine / "1_T2");
  FakeObject second = object_of("1.2", "1.2.1");
  second.about.series_description = "T2";
  store_all(tree, {second});
  EXPECT_TRUE(fs::is_empty(scratch / "out" / mine / "1_T2"));
  EXPECT_TRUE(contains(tree, second));
}

TEST(Tree, FailsToOpenWhereAPatientsMetadataCannotBeRead) {
  const Scratch scratch;
  {
    auto tree = open_tree(scratch / "out").value();
    store_all(tree, {object_of("1.1", "1.1.1")});
  }
  const auto metadata = scratch / "out/DOE1/metadata.json";
  for (const auto& closed : {metadata, scratch / "out/DOE1"}) {
    const auto open = fs::status(closed).permissions();
    fs::permissions(closed, fs::perms::none);
    const std::uint32_t reason = in_a_process_without_privileges([&] {
      const auto tree = open_tree(scratch / "out");
      return tree ? 0U : tree.error().detail;
    });
    EXPECT_EQ(reason, static_cast<std::uint32_t>(EACCES)) << closed;
    fs::permissions(closed, open);
  }
  fs::resize_file(metadata, kMaxMetadataBytes + 1);
  const auto tree = open_tree(scratch / "out");
  ASSERT_FALSE(tree);
  EXPECT_EQ(tree.error().code, Errc::io);
  EXPECT_EQ(tree.error().detail, static_cast<std::uint32_t>(EFBIG));
}

TEST(Tree, PassesOverFoldersThatCannotBeAPatients) {
  const Scratch scratch;
  fs::create_directories(scratch / "out/lost+found");
  fs::permissions(scratch / "out/lost+found", fs::perms::none);
  fs::create_directories(scratch / "out/dir/metadata.json");
  fs::create_directories(scratch / "out/link");
  fs::create_symlink("/etc/passwd", scratch / "out/link/metadata.json");
  fs::create_directories(scratch / "out/pipe");
  ASSERT_EQ(::mkfifo((scratch / "out/pipe/metadata.json").c_str(), 0600), 0);
  fs::create_directories(scratch / "out/text");
  write_text(scratch / "out/text/metadata.json", "not ours");
  fs::create_directories(scratch / "out/empty");
  const std::uint32_t reason = in_a_process_without_privileges([&] {
    const auto tree = open_tree(scratch / "out");
    return tree ? 0U : tree.error().detail;
  });
  EXPECT_EQ(reason, 0U);
}

TEST(Tree, FollowsNoLinkBelowItsRoot) {
  const Scratch scratch;
  fs::create_directories(scratch / "victim");
  fs::create_directories(scratch / "real");
  fs::create_directory_symlink(scratch / "real", scratch / "out");  // the user's own choice
  fs::create_directory_symlink(scratch / "victim", scratch / "real/DOE1");
  const FakeObject object = object_of("1.1", "1.1.1");
  {
    auto tree = open_tree(scratch / "out").value();
    EXPECT_EQ(store_all(tree, {object}).displaced, 1U);
    EXPECT_TRUE(contains(tree, object));
  }
  const std::string mine = "DOE1_" + hex_digest("DOE1").substr(0, 6);
  fs::remove_all(scratch / "real" / mine / "1_T1");
  fs::create_directory_symlink(scratch / "victim", scratch / "real" / mine / "1_T1");
  {
    auto tree = open_tree(scratch / "out").value();
    EXPECT_FALSE(contains(tree, object));
    EXPECT_EQ(tree.place(tree.stage().value(), object.about).error().code, Errc::io);
  }
  fs::remove_all(scratch / "real/.dicom-client/incoming");
  fs::create_directory_symlink(scratch / "victim", scratch / "real/.dicom-client/incoming");
  EXPECT_EQ(open_tree(scratch / "out").error().code, Errc::io);
  fs::remove_all(scratch / "real/.dicom-client");
  fs::create_directory_symlink(scratch / "victim", scratch / "real/.dicom-client");
  EXPECT_EQ(open_tree(scratch / "out").error().code, Errc::io);
  EXPECT_TRUE(fs::is_empty(scratch / "victim"));
}

TEST(Tree, SetsAsideAndCountsWhatCannotBeDescribed) {
  const Scratch scratch;
  auto tree = open_tree(scratch / "out").value();
  auto broken = tree.stage().value();
  ASSERT_TRUE(broken.write(as_bytes("no colon")));
  ASSERT_TRUE(tree.place(std::move(broken), object_of("1.1", "1.1.0").about));
  FakeObject nameless = object_of("", "1.2.1");
  auto unnamed = tree.stage().value();
  ASSERT_TRUE(unnamed.write(as_bytes(nameless.bytes())));
  ASSERT_TRUE(tree.place(std::move(unnamed), object_of("1.2", "1.2.1").about));
  FakeObject other = object_of("1.3", "1.3.1");
  other.about.patient_id = "DOE2";
  const std::vector<FakeObject> twice{object_of("1.1", ""), object_of("1.2", "")};
  EXPECT_EQ(settle(tree, {other}).undescribed.size(), 0U);
  const Settled settled = settle(tree, twice);
  EXPECT_EQ(settled.conflicts.size(), 0U);
  EXPECT_EQ(settled.undescribed.size(), 2U);
  EXPECT_EQ(tree.waiting(), 2U);
  EXPECT_FALSE(fs::exists(scratch / "out/DOE1"));
  put(tree, object_of("1.1", "1.1.1"));
  put(tree, object_of("1.2", "1.2.2"));
  EXPECT_EQ(settle(tree, twice).undescribed.size(), 0U);
  EXPECT_EQ(tree.waiting(), 0U);
  EXPECT_TRUE(fs::exists(scratch / "out/DOE1/1_T1/1.1.0.dcm"));
}

TEST(Tree, KeepsNoDescriptorOfWhatItWrote) {
  const Scratch scratch;
  auto tree = open_tree(scratch / "out").value();
  const auto count = [] {
    return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
  };
  const auto before = count();
  std::vector<FakeObject> objects;
  for (int i = 0; i < 300; ++i) objects.push_back(object_of("1." + std::to_string(i), "1.1"));
  store_all(tree, objects);
  EXPECT_EQ(count(), before);
}

TEST(Tree, FailsWhereTheRootIsNoDirectory) {
  const Scratch scratch;
  write_text(scratch / "file", "mine");
  EXPECT_EQ(open_tree(scratch / "file").error().code, Errc::io);
  EXPECT_EQ(open_tree(scratch / "file/out").error().code, Errc::io);
}

}  // namespace
}  // namespace dcm::store
