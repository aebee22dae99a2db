// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <sys/statvfs.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <thread>

#include "e2e/aftermath.hpp"
#include "e2e/tool.hpp"
#include "support/temp_dir.hpp"

/// Peak memory of the release build: what a sanitizer adds is none of the program's.
namespace dcm::test {
namespace {

namespace fs = std::filesystem;

constexpr long kLimitKib = 64 * 1024;
constexpr std::uintmax_t kRoomNeeded = std::uintmax_t{1} << 30;

/// The newest change to a source of the program.
fs::file_time_type newest_source() {
  fs::file_time_type newest{};
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(DCM_SOURCE_DIR) / "src"))
    if (entry.is_regular_file()) newest = std::max(newest, entry.last_write_time());
  return newest;
}

/// The program to measure: DICOM_CLIENT_RELEASE, else build/release if it is up to date, else the
/// program under test if that has no sanitizers. Throws if there is none of them: what was not
/// measured must not pass.
std::string program_to_measure() {
  const char* named = std::getenv("DICOM_CLIENT_RELEASE");
  if (named != nullptr && *named != '\0') return named;
  const fs::path release = fs::path(DCM_SOURCE_DIR) / "build/release/dicom-client";
  if (fs::exists(release) && fs::last_write_time(release) >= newest_source()) return release;
#ifdef __SANITIZE_ADDRESS__
  throw std::runtime_error(release.string() + " is missing or older than src: ./dev build first");
#else
  return tool_path();
#endif
}

/// The most memory that the program ever had (proc(5) VmHWM), read until it ends. Unlike ru_maxrss
/// this does not begin with the size of the process that started it.
long watch_peak_kib(Process& program) {
  long peak = 0;
  while (program.running()) {
    std::ifstream status("/proc/" + std::to_string(program.pid()) + "/status");
    std::string field, executable;
    while (status >> field) {
      if (field == "Name:") status >> executable;
      if (field != "VmHWM:") continue;
      long now = 0;
      status >> now;
      if (executable == "dicom-client") peak = std::max(peak, now);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return peak;
}

class Memory : public ::testing::Test {
 protected:
  /// Memory serves as disk where there is enough of it.
  Memory() {
    struct statvfs room {};
    if (::statvfs("/dev/shm", &room) == 0 && room.f_bavail * room.f_frsize > kRoomNeeded)
      ::setenv("TMPDIR", "/dev/shm", 1);
    folder_ = std::make_unique<TempDir>();
    server_ = std::make_unique<DcmqrscpServer>();
  }

  /// Fetches all that the server has with four jobs.
  void expect_little_memory(std::size_t objects) const {
    const std::string measured = program_to_measure();
    const Address server = address_of(*server_);
    const fs::path tree = folder_->path() / "tree";
    Process program({measured, "get", "--host", "127.0.0.1", "--port", std::to_string(server.port),
                     "--called-aet", server.ae_title, "--everything", "--anonymize-data", "--jobs",
                     "4", "--output", tree.string()},
                    {.environment = {{"DICOM_CLIENT_CONFIG", "/nonexistent"}}});
    const long peak = watch_peak_kib(program);
    const auto run = program.wait(std::chrono::seconds(1));
    ASSERT_TRUE(run);
    EXPECT_EQ(run->exit_code, 0) << run->err;
    EXPECT_EQ(objects_in(tree).size(), objects);
    std::cout << "peak of " << measured << ": " << peak << " KiB\n";
    RecordProperty("peak_kib", std::to_string(peak));
    EXPECT_GT(peak, 1024) << "not measured";
    EXPECT_LT(peak, kLimitKib);
  }

  std::unique_ptr<TempDir> folder_;
  std::unique_ptr<DcmqrscpServer> server_;
};

TEST_F(Memory, StaysSmallForAStudyOfManySlices) {
  const fs::path source = folder_->path() / "source";
  const auto files = write_benchmark_study(source, {.series = 4, .slices = 50, .size = 512});
  ASSERT_TRUE(server_->store(files));
  fs::remove_all(source);
  expect_little_memory(files.size());
}

TEST_F(Memory, StaysSmallForAHugeObject) {
  const fs::path source = folder_->path() / "huge.dcm";
  write_huge_object(source, std::uint64_t{256} << 20);
  ASSERT_TRUE(server_->store(std::vector<fs::path>{source}));
  fs::remove(source);
  expect_little_memory(1);
}

}  // namespace
}  // namespace dcm::test
