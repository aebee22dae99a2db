// SPDX-License-Identifier: MIT
#include "store/secret_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "store/directory.hpp"
#include "store/fake_object.hpp"

namespace dcm::store {
namespace {

namespace fs = std::filesystem;
using test::Scratch;
using test::write_text;

const std::string kSecret = "sixteen bytes ok";

/// A key file with that content and mode.
std::string key_file(const Scratch& scratch, const std::string& content, mode_t mode = 0600) {
  const std::string path = scratch / "my.key";
  write_text(path, content);
  EXPECT_EQ(::chmod(path.c_str(), mode), 0);
  return path;
}

mode_t mode_of(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 07777U;
}

Error error_of(const std::string& path) {
  const auto secret = read_secret(path);
  return secret ? Error{} : secret.error();
}

TEST(ReadSecret, TakesTheBytesAsTheyAre) {
  const Scratch scratch;
  const std::string bytes = kSecret + std::string("\0\r\n", 3);
  EXPECT_EQ(read_secret(key_file(scratch, bytes)).value(), bytes);
  EXPECT_EQ(read_secret(key_file(scratch, kSecret, 0400)).value(), kSecret);
}

TEST(ReadSecret, RefusesAKeyThatOthersCanRead) {
  const Scratch scratch;
  for (const mode_t mode : {0640U, 0604U, 0660U, 0644U, 0620U, 0602U, 0610U, 0601U})
    EXPECT_EQ(error_of(key_file(scratch, kSecret, mode)).code, Errc::key_exposed) << mode;
}

TEST(ReadSecret, RefusesAKeyOfSomebodyElse) {
  const Scratch scratch;
  const std::string path = key_file(scratch, kSecret);
  // Only root can give a file away; for others the file of root that is for root only will do.
  if (::chown(path.c_str(), 12345, 12345) == 0) {
    EXPECT_EQ(error_of(path).code, Errc::key_exposed);
  } else {
    EXPECT_FALSE(read_secret("/etc/shadow"));
  }
}

TEST(ReadSecret, RefusesAShortKey) {
  const Scratch scratch;
  EXPECT_EQ(error_of(key_file(scratch, "fifteen bytes !")).code, Errc::bad_value);
  EXPECT_EQ(error_of(key_file(scratch, "")).code, Errc::bad_value);
}

TEST(ReadSecret, RefusesWhatIsNoKeyFile) {
  const Scratch scratch;
  EXPECT_EQ(error_of(scratch / "absent"), (Error{.code = Errc::io, .detail = ENOENT}));
  EXPECT_EQ(error_of(scratch.path()), (Error{.code = Errc::io, .detail = EINVAL}));
  ASSERT_EQ(::mkfifo((scratch / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(error_of(scratch / "pipe"), (Error{.code = Errc::io, .detail = EINVAL}));
  EXPECT_EQ(error_of(key_file(scratch, std::string(2'000'000, 'x'))),
            (Error{.code = Errc::io, .detail = EFBIG}));
}

TEST(MakeSecret, MakesAKeyForItsOwnerOnlyWhateverTheUmask) {
  const Scratch scratch;
  const std::string path = scratch / "a/b/project.key";
  const mode_t before = ::umask(0);
  const auto made = make_secret(path);
  ::umask(before);
  EXPECT_EQ(made.value(), SecretMade::now);
  EXPECT_EQ(mode_of(path), 0600U);
  EXPECT_EQ(mode_of(scratch / "a"), 0700U);
  EXPECT_EQ(mode_of(scratch / "a/b"), 0700U);
  EXPECT_EQ(read_secret(path).value().size(), 32U);
}

TEST(MakeSecret, MakesAnotherKeyEachTime) {
  const Scratch scratch;
  std::set<std::string> secrets;
  for (const char* name : {"one", "two", "three"}) {
    ASSERT_TRUE(make_secret(scratch / name));
    secrets.insert(read_secret(scratch / name).value());
  }
  EXPECT_EQ(secrets.size(), 3U);
}

TEST(MakeSecret, KeepsAKeyThatIsThere) {
  const Scratch scratch;
  const std::string path = key_file(scratch, kSecret);
  EXPECT_EQ(make_secret(path).value(), SecretMade::before);
  EXPECT_EQ(read_secret(path).value(), kSecret);
}

TEST(MakeSecret, LeavesNothingButTheKey) {
  const Scratch scratch;
  const auto names = [&scratch] {
    std::set<std::string> found;
    for (const auto& entry : fs::directory_iterator(scratch.path()))
      found.insert(entry.path().filename());
    return found;
  };
  ASSERT_TRUE(make_secret(scratch / "my.key"));
  EXPECT_EQ(names(), (std::set<std::string>{"my.key"}));
  // A name that is taken, though nothing can be read there.
  fs::create_symlink("nowhere", scratch / "link");
  EXPECT_EQ(make_secret(scratch / "link").value(), SecretMade::before);
  EXPECT_EQ(names(), (std::set<std::string>{"link", "my.key"}));
}

TEST(MakeSecret, LeavesNoHalfKeyWhenKilled) {
  for (int kills = 0; kills < 20; ++kills) {
    const Scratch scratch;
    const pid_t child = ::fork();
    if (child == 0)
      for (int i = 0;; ++i) static_cast<void>(make_secret(scratch / (std::to_string(i) + ".key")));
    ASSERT_GT(child, 0);
    while (fs::is_empty(scratch.path())) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::microseconds(100 * kills));
    ::kill(child, SIGKILL);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    for (const auto& entry : fs::directory_iterator(scratch.path())) {
      EXPECT_EQ(entry.path().extension(), ".key");
      EXPECT_EQ(entry.file_size(), 32U);
    }
  }
}

TEST(MakeSecret, TakesAPathRelativeToTheWorkingDirectory) {
  const Scratch scratch;
  const fs::path before = fs::current_path();
  fs::current_path(scratch.path());
  const auto made = make_secret("my.key");
  fs::current_path(before);
  EXPECT_EQ(made.value(), SecretMade::now);
  EXPECT_TRUE(read_secret(scratch / "my.key"));
}

TEST(MakeSecret, FailsWhereNoFileCanBe) {
  const Scratch scratch;
  write_text(scratch / "file", "x");
  EXPECT_EQ(make_secret(scratch / "file/my.key").error().code, Errc::io);
  EXPECT_EQ(make_secret("/proc/self/my.key").error().code, Errc::io);
  EXPECT_EQ(make_secret((scratch / "a").string() + "/").error().code, Errc::io);
}

TEST(MakeSecret, OfManyProcessesEndsWithOneKey) {
  constexpr int kProcesses = 16;
  for (int round = 0; round < 5; ++round) {
    const Scratch scratch;
    std::vector<pid_t> children;
    for (int i = 0; i < kProcesses; ++i) {
      const pid_t child = ::fork();
      if (child == 0) {
        const std::string path = scratch / "new/project.key";
        const auto made = make_secret(path);
        const auto secret = read_secret(path);
        if (made && secret) write_text(scratch / ("seen" + std::to_string(i)), *secret);
        ::_exit(made && secret ? 0 : 1);
      }
      children.push_back(child);
    }
    for (const pid_t child : children) {
      int status = 0;
      ASSERT_EQ(::waitpid(child, &status, 0), child);
      EXPECT_EQ(status, 0);
    }
    std::set<std::string> seen;
    for (int i = 0; i < kProcesses; ++i)
      seen.insert(test::read_text(scratch / ("seen" + std::to_string(i))));
    EXPECT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen.begin()->size(), 32U);
    const auto entries = fs::directory_iterator(scratch / "new");
    EXPECT_EQ(std::distance(fs::begin(entries), fs::end(entries)), 1);
  }
}

/// lies_within() where it can be told.
bool is_within(const std::string& path, const std::string& root) {
  const Result<bool> within = lies_within(path, root);
  if (!within) throw std::runtime_error("cannot be told");
  return *within;
}

TEST(LiesWithin, KnowsWhatIsBeneath) {
  const Scratch scratch;
  fs::create_directories(scratch / "out/in");
  EXPECT_TRUE(is_within(scratch / "out/in/my.key", scratch / "out"));
  EXPECT_TRUE(is_within(scratch / "out/my.key", scratch / "out"));
  EXPECT_TRUE(is_within(scratch / "out", scratch / "out"));
  EXPECT_TRUE(is_within(scratch / "else/../out/my.key", scratch / "out"));
  EXPECT_TRUE(is_within(scratch / "out/my.key", (scratch / "out").string() + "/"));
  EXPECT_FALSE(is_within(scratch / "out/../my.key", scratch / "out"));
  EXPECT_FALSE(is_within(scratch / "output/my.key", scratch / "out"));
  EXPECT_FALSE(is_within(scratch / "my.key", scratch / "out"));
  EXPECT_TRUE(is_within("/etc/my.key", "/"));
}

TEST(LiesWithin, KnowsTreesThatDoNotExistYet) {
  const Scratch scratch;
  EXPECT_TRUE(is_within(scratch / "new/in/my.key", scratch / "new"));
  EXPECT_TRUE(is_within(scratch / "new/my.key", (scratch / "new").string() + "/"));
  EXPECT_FALSE(is_within(scratch / "newer/my.key", scratch / "new"));
}

TEST(LiesWithin, FollowsLinksOnBothSides) {
  const Scratch scratch;
  fs::create_directories(scratch / "out/in");
  fs::create_directory_symlink(scratch / "out/in", scratch / "door");
  fs::create_directory_symlink(scratch / "out", scratch / "alias");
  EXPECT_TRUE(is_within(scratch / "door/my.key", scratch / "out"));
  EXPECT_TRUE(is_within(scratch / "out/in/my.key", scratch / "alias"));
  write_text(scratch / "out/real.key", kSecret);
  fs::create_symlink(scratch / "out/real.key", scratch / "my.key");
  EXPECT_TRUE(is_within(scratch / "my.key", scratch / "out"));
}

TEST(LiesWithin, TakesPathsRelativeToTheWorkingDirectory) {
  const Scratch scratch;
  const fs::path before = fs::current_path();
  fs::current_path(scratch.path());
  EXPECT_TRUE(is_within("out/my.key", "out"));
  EXPECT_TRUE(is_within(scratch / "out/my.key", "out"));
  EXPECT_TRUE(is_within("my.key", "."));
  EXPECT_FALSE(is_within("my.key", "out"));
  fs::current_path(before);
}

TEST(LiesWithin, FailsWhereItCannotBeTold) {
  const Scratch scratch;
  fs::create_symlink("loop", scratch / "loop");
  EXPECT_EQ(lies_within(scratch / "loop/my.key", scratch / "out").error().code, Errc::io);
}

}  // namespace
}  // namespace dcm::store
