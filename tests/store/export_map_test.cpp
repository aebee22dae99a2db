// SPDX-License-Identifier: MIT
#include "store/export_map.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "store/fake_object.hpp"

namespace dcm::store {
namespace {

namespace fs = std::filesystem;
using test::read_text;
using test::Scratch;
using test::write_text;
using Kind = ExportMap::Kind;

const Error kTaken{.code = Errc::io, .detail = EEXIST};

Error error_of(const std::string& path) {
  const auto map = ExportMap::create(path);
  return map ? Error{} : map.error();
}

/// The line for one patient.
std::string line_for(const std::string& id) {
  const Scratch scratch;
  auto map = ExportMap::create(scratch / "map.csv").value();
  map.add(Kind::patient, id, "P1");
  EXPECT_TRUE(map.write());
  const std::string text = read_text(scratch / "map.csv");
  return text.substr(text.find('\n') + 1);
}

TEST(ExportMap, IsSortedAndHasEachLineOnce) {
  const Scratch scratch;
  auto map = ExportMap::create(scratch / "map.csv").value();
  map.add(Kind::uid, "1.2.4", "2.25.8");
  map.add(Kind::patient, "4712", "P2");
  map.add(Kind::uid, "1.2.3", "2.25.9");
  map.add(Kind::patient, "4711", "P1");
  map.add(Kind::uid, "1.2.4", "2.25.8");
  map.add(Kind::patient, "4711", "P1");
  ASSERT_TRUE(map.write());
  EXPECT_EQ(read_text(scratch / "map.csv"),
            "kind,id_old,id_new\n"
            "patient,4711,P1\npatient,4712,P2\nuid,1.2.3,2.25.9\nuid,1.2.4,2.25.8\n");
}

TEST(ExportMap, OfNothingIsItsHeader) {
  const Scratch scratch;
  ASSERT_TRUE(ExportMap::create(scratch / "map.csv")->write());
  EXPECT_EQ(read_text(scratch / "map.csv"), "kind,id_old,id_new\n");
}

TEST(ExportMap, QuotesButAltersNothing) {
  EXPECT_EQ(line_for("DOE 1"), "patient,DOE 1,P1\n");
  EXPECT_EQ(line_for("DOE, 1"), "patient,\"DOE, 1\",P1\n");
  EXPECT_EQ(line_for("DOE \"1\""), "patient,\"DOE \"\"1\"\"\",P1\n");
  EXPECT_EQ(line_for("DOE\r\n1"), "patient,\"DOE\r\n1\",P1\n");
  EXPECT_EQ(line_for("=1+1"), "patient,\"=1+1\",P1\n");
  EXPECT_EQ(line_for("+1"), "patient,\"+1\",P1\n");
  EXPECT_EQ(line_for("-1"), "patient,\"-1\",P1\n");
  EXPECT_EQ(line_for("@A1"), "patient,\"@A1\",P1\n");
  EXPECT_EQ(line_for("1=1"), "patient,1=1,P1\n");
  EXPECT_EQ(line_for("M\u00FCller"), "patient,M\u00FCller,P1\n");
  EXPECT_EQ(line_for(""), "patient,,P1\n");
}

TEST(ExportMap, IsForItsOwnerOnlyWhateverTheUmask) {
  const Scratch scratch;
  const std::string path = scratch / "map.csv";
  const mode_t before = ::umask(0);
  const auto written = ExportMap::create(path)->write();
  ::umask(before);
  ASSERT_TRUE(written);
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST(ExportMap, LeavesWhatHasTheNameAlone) {
  const Scratch scratch;
  write_text(scratch / "file", "mine");
  fs::create_symlink("nowhere", scratch / "link");
  fs::create_directory(scratch / "folder");
  for (const char* name : {"file", "link", "folder"})
    EXPECT_EQ(error_of(scratch / name), kTaken) << name;
  EXPECT_EQ(read_text(scratch / "file"), "mine");
}

TEST(ExportMap, LeavesAloneWhatTookTheNameMeanwhile) {
  const Scratch scratch;
  auto map = ExportMap::create(scratch / "map.csv").value();
  map.add(Kind::patient, "4711", "P1");
  write_text(scratch / "map.csv", "mine");
  const auto written = map.write();
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error(), kTaken);
  EXPECT_EQ(read_text(scratch / "map.csv"), "mine");
}

TEST(ExportMap, IsNotThereUnlessItIsWritten) {
  const Scratch scratch;
  {
    auto map = ExportMap::create(scratch / "map.csv").value();
    map.add(Kind::patient, "4711", "P1");
    EXPECT_FALSE(fs::exists(scratch / "map.csv"));
  }
  EXPECT_TRUE(fs::is_empty(scratch.path()));
}

TEST(ExportMap, FailsAtOnceWhereNoFileCanBe) {
  const Scratch scratch;
  EXPECT_EQ(error_of(scratch / "absent/map.csv"), (Error{.code = Errc::io, .detail = ENOENT}));
  EXPECT_EQ(error_of(scratch.path().string() + "/").code, Errc::io);
  EXPECT_EQ(error_of("").code, Errc::io);
  EXPECT_EQ(error_of("/proc/self/map.csv").code, Errc::io);
}

TEST(ExportMap, TakesAPathRelativeToTheWorkingDirectory) {
  const Scratch scratch;
  const fs::path before = fs::current_path();
  fs::current_path(scratch.path());
  const auto written = ExportMap::create("map.csv")->write();
  fs::current_path(before);
  EXPECT_TRUE(written);
  EXPECT_TRUE(fs::exists(scratch / "map.csv"));
}

TEST(ExportMap, TakesFromManyThreads) {
  const Scratch scratch;
  auto map = ExportMap::create(scratch / "map.csv").value();
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&map, thread] {
      for (int i = 0; i < 500; ++i) {
        map.add(Kind::uid, "1.2." + std::to_string(i), "2.25." + std::to_string(i));
        map.add(Kind::patient, std::to_string(thread) + "_" + std::to_string(i), "P");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(map.write());
  const std::string text = read_text(scratch / "map.csv");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1 + 500 + 4 * 500);
}

}  // namespace
}  // namespace dcm::store
