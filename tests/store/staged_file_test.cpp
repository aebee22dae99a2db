// SPDX-License-Identifier: MIT
#include "store/staged_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "store/fake_object.hpp"

namespace dcm::store {
namespace {

using test::read_text;
using test::Scratch;
using test::snapshot;

enum class Kind { nameless, part };

class StagedFileTest : public testing::TestWithParam<Kind> {
 protected:
  StagedFile stage() {
    return GetParam() == Kind::nameless ? StagedFile::create(dir_.get()).value()
                                        : StagedFile::create_part(dir_.get()).value();
  }

  [[nodiscard]] std::size_t visible() const {
    std::size_t count = 0;
    for (const auto& [name, text] : snapshot(scratch_.path())) count += !name.ends_with(".part");
    return count;
  }

  Scratch scratch_;
  Fd dir_{::open(scratch_.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
};

INSTANTIATE_TEST_SUITE_P(BothKinds, StagedFileTest, testing::Values(Kind::nameless, Kind::part));

TEST_P(StagedFileTest, ShowsNothingBeforeItIsLinkedAndAllAfter) {
  std::string expected;
  auto file = stage();
  for (int i = 0; i < 300; ++i) {
    const std::string piece(static_cast<std::size_t>(i * i), static_cast<char>('a' + i % 26));
    ASSERT_TRUE(file.write(as_bytes(piece)));
    expected += piece;
  }
  EXPECT_EQ(file.size(), expected.size());
  EXPECT_EQ(visible(), 0U);
  EXPECT_EQ(file.link_as(dir_.get(), "x.dcm").value(), Linked::yes);
  EXPECT_EQ(snapshot(scratch_.path()), (std::map<std::string, std::string>{{"x.dcm", expected}}));
}

TEST_P(StagedFileTest, LeavesNothingBehindUnlinked) {
  {
    auto file = stage();
    ASSERT_TRUE(file.write(as_bytes("abc")));
    auto moved = std::move(file);
    moved = stage();
  }
  EXPECT_TRUE(snapshot(scratch_.path()).empty());
}

TEST_P(StagedFileTest, NeverReplacesATakenName) {
  test::write_text(scratch_ / "x.dcm", "old");
  auto file = stage();
  ASSERT_TRUE(file.write(as_bytes("new")));
  EXPECT_EQ(file.link_as(dir_.get(), "x.dcm").value(), Linked::name_taken);
  EXPECT_FALSE(file.equals(dir_.get(), "x.dcm").value());
  EXPECT_EQ(file.place_as(dir_.get(), "x.dcm").value(), Placed::conflict);
  EXPECT_EQ(read_text(scratch_ / "x.dcm"), "old");
  EXPECT_EQ(file.link_as(dir_.get(), "y.dcm").value(), Linked::yes);
  EXPECT_EQ(read_text(scratch_ / "y.dcm"), "new");
}

TEST_P(StagedFileTest, KnowsItsEqual) {
  const std::string big(200'000, 'q');
  test::write_text(scratch_ / "same", big);
  test::write_text(scratch_ / "other", big.substr(1) + "r");
  auto file = stage();
  ASSERT_TRUE(file.write(as_bytes(big)));
  EXPECT_EQ(file.place_as(dir_.get(), "same").value(), Placed::already_there);
  EXPECT_EQ(file.place_as(dir_.get(), "other").value(), Placed::conflict);
}

TEST_P(StagedFileTest, NeverFollowsALinkAtItsName) {
  test::write_text(scratch_ / "victim", "abc");
  std::filesystem::create_symlink("victim", scratch_ / "x.dcm");
  auto file = stage();
  ASSERT_TRUE(file.write(as_bytes("abc")));
  EXPECT_EQ(file.place_as(dir_.get(), "x.dcm").value(), Placed::conflict);
  EXPECT_EQ(read_text(scratch_ / "victim"), "abc");
}

TEST_P(StagedFileTest, IsForItsOwnerOnlyWhateverTheUmask) {
  const mode_t before = ::umask(0);
  auto file = stage();
  ::umask(before);
  ASSERT_EQ(file.link_as(dir_.get(), "x").value(), Linked::yes);
  struct stat status {};
  ASSERT_EQ(::stat((scratch_ / "x").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST_P(StagedFileTest, ThatFailedOnceIsNeverLinked) {
  // A limit on the size of files is a full disk that every user can have.
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  auto file = stage();
  rlimit low = old;
  low.rlim_cur = 100'000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &low), 0);
  const auto written = file.write(as_bytes(std::string(300'000, 'x')));
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, Errc::io);
  EXPECT_EQ(written.error().detail, static_cast<std::uint32_t>(EFBIG));
  EXPECT_FALSE(file.link_as(dir_.get(), "x"));
  EXPECT_EQ(visible(), 0U);
}

/// Bytes of which no two places look alike.
std::string varied(std::size_t size) {
  std::string text(size, '\0');
  std::uint32_t state = 1;
  for (char& each : text) {
    state = state * 1664525 + 1013904223;
    each = static_cast<char>(state >> 24U);
  }
  return text;
}

TEST_P(StagedFileTest, TakesBytesOutOfAnotherFileBetweenItsWrites) {
  const std::string source = varied(3'000'001);
  test::write_text(scratch_ / "source", source);
  const Fd from(::open((scratch_ / "source").c_str(), O_RDONLY));
  auto file = stage();
  ASSERT_TRUE(file.write(as_bytes("head")));
  ASSERT_TRUE(file.append_from(from.get(), 12'345, 2'500'000));
  ASSERT_TRUE(file.write(as_bytes("between")));
  ASSERT_TRUE(file.append_from(from.get(), 0, 7));
  ASSERT_TRUE(file.append_from(from.get(), 3'000'000, 1));
  ASSERT_TRUE(file.append_from(from.get(), 3'000'001, 0));
  ASSERT_TRUE(file.write(as_bytes("tail")));
  const std::string expected = "head" + source.substr(12'345, 2'500'000) + "between" +
                               source.substr(0, 7) + source.back() + "tail";
  EXPECT_EQ(file.size(), expected.size());
  ASSERT_EQ(file.link_as(dir_.get(), "x").value(), Linked::yes);
  EXPECT_EQ(read_text(scratch_ / "x"), expected);
  EXPECT_EQ(::lseek(from.get(), 0, SEEK_CUR), 0);
}

TEST_P(StagedFileTest, TakesBytesOutOfAnotherFileSystem) {
  // Of this the kernel can tell no size, and copies nothing between file systems by itself.
  const Fd from(::open("/proc/self/maps", O_RDONLY));
  const std::string expected = read_text("/proc/self/maps").substr(0, 600);
  ASSERT_EQ(expected.size(), 600U);
  auto file = stage();
  ASSERT_TRUE(file.append_from(from.get(), 0, 600));
  ASSERT_EQ(file.link_as(dir_.get(), "x").value(), Linked::yes);
  EXPECT_EQ(read_text(scratch_ / "x").substr(0, 60), expected.substr(0, 60));
  EXPECT_EQ(read_text(scratch_ / "x").size(), 600U);
}

TEST_P(StagedFileTest, WhoseSourceEndsTooSoonIsNeverLinked) {
  test::write_text(scratch_ / "x.source", varied(100'000));
  const Fd from(::open((scratch_ / "x.source").c_str(), O_RDONLY));
  auto file = stage();
  const auto appended = file.append_from(from.get(), 40'000, 60'001);
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().code, Errc::truncated);
  EXPECT_FALSE(file.write(as_bytes(std::string(100'000, 'x'))));
  EXPECT_FALSE(file.link_as(dir_.get(), "x"));
}

TEST_P(StagedFileTest, TellsOfASourceThatCannotBeRead) {
  const Fd directory(::open("/", O_RDONLY | O_DIRECTORY));
  auto file = stage();
  const auto appended = file.append_from(directory.get(), 0, 10);
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().code, Errc::io);
  EXPECT_EQ(appended.error().detail, static_cast<std::uint32_t>(EISDIR));
}

TEST_P(StagedFileTest, OfAKilledProcessIsNotVisible) {
  const pid_t child = ::fork();
  if (child == 0) {
    auto file = stage();
    (void)file.write(as_bytes(std::string(1'000'000, 'x'))).has_value();
    ::raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(visible(), 0U);
}

/// A mount namespace of its own with a file system of 64 KiB at `at`.
bool mount_small_disk(const std::string& at) {
  if (::unshare(CLONE_NEWNS) != 0 && ::unshare(CLONE_NEWNS | CLONE_NEWUSER) != 0) return false;
  ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr);
  return ::mount("none", at.c_str(), "tmpfs", 0, "size=64k") == 0;
}

TEST(StagedFile, TellsOfAFullDisk) {
  const Scratch scratch;
  const pid_t child = ::fork();
  if (child == 0) {
    // Where nobody may mount, /dev/full has the same answer ready.
    const bool small = mount_small_disk(scratch.path().string());
    const Fd dir(::open(scratch.path().c_str(), O_RDONLY | O_DIRECTORY));
    auto file = StagedFile::create(dir.get());
    if (!file) ::_exit(2);
    const auto written = file->write(as_bytes(std::string(300'000, 'x')));
    auto other = StagedFile::create(dir.get());
    const Fd zeros(::open("/dev/zero", O_RDONLY));
    const auto appended = other->append_from(zeros.get(), 0, 300'000);
    const Fd full(::open("/dev/full", O_WRONLY));
    const auto refused = write_all(full.get(), as_bytes("x"));
    const auto is_full = [](const Error& error) {
      return error.code == Errc::io && error.detail == ENOSPC;
    };
    const bool told =
        small ? is_full(written.error()) && is_full(appended.error()) : is_full(refused.error());
    ::_exit(told ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(StagedFile, FailsWhereNothingCanBeWritten) {
  const Fd proc(::open("/proc/self", O_RDONLY | O_DIRECTORY));
  const auto file = StagedFile::create(proc.get());
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, Errc::io);
}

}  // namespace
}  // namespace dcm::store
