// SPDX-License-Identifier: MIT
#include "store/shared_table.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "store/fake_object.hpp"

namespace dcm::store {
namespace {

namespace fs = std::filesystem;
using test::read_text;
using test::Scratch;
using test::write_text;
using Use = SharedTable::Use;
using namespace std::chrono_literals;

Error error_of(const std::string& path, Use use) {
  const auto table = SharedTable::open(path, use);
  return table ? Error{} : table.error();
}

TEST(SharedTable, ReadsAndAppends) {
  const Scratch scratch;
  write_text(scratch / "table", "a,b\n");
  auto table = SharedTable::open(scratch / "table", Use::append);
  ASSERT_TRUE(table);
  EXPECT_EQ(table->read().value(), "a,b\n");
  EXPECT_TRUE(table->append("1,2\n3,4\n"));
  EXPECT_TRUE(table->append(""));
  EXPECT_EQ(table->read().value(), "a,b\n1,2\n3,4\n");
  EXPECT_EQ(read_text(scratch / "table"), "a,b\n1,2\n3,4\n");
}

TEST(SharedTable, AppendsOnALineOfItsOwn) {
  const Scratch scratch;
  write_text(scratch / "table", "a,b\n1,2");
  auto table = SharedTable::open(scratch / "table", Use::append);
  ASSERT_TRUE(table);
  EXPECT_TRUE(table->append(""));
  EXPECT_EQ(read_text(scratch / "table"), "a,b\n1,2");
  EXPECT_TRUE(table->append("3,4\n"));
  EXPECT_EQ(read_text(scratch / "table"), "a,b\n1,2\n3,4\n");
}

TEST(SharedTable, MakesAFileForItsOwnerOnly) {
  const Scratch scratch;
  const std::string path = scratch / "table";
  const mode_t before = ::umask(0);
  auto table = SharedTable::open(path, Use::append);
  ::umask(before);
  ASSERT_TRUE(table);
  EXPECT_EQ(table->read().value(), "");
  EXPECT_TRUE(table->append("a,b\n"));
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
  EXPECT_EQ(read_text(path), "a,b\n");
}

TEST(SharedTable, FollowsTheUsersLink) {
  const Scratch scratch;
  write_text(scratch / "table", "a,b\n");
  fs::create_symlink("table", scratch / "link");
  EXPECT_TRUE(SharedTable::open(scratch / "link", Use::append)->append("1,2\n"));
  EXPECT_TRUE(fs::is_symlink(scratch / "link"));
  EXPECT_EQ(read_text(scratch / "table"), "a,b\n1,2\n");
}

TEST(SharedTable, FailsForWhatIsNoTable) {
  const Scratch scratch;
  EXPECT_EQ(error_of(scratch / "absent", Use::read), (Error{.code = Errc::io, .detail = ENOENT}));
  EXPECT_EQ(error_of(scratch / "absent/table", Use::append),
            (Error{.code = Errc::io, .detail = ENOENT}));
  EXPECT_EQ(error_of(scratch.path(), Use::read), (Error{.code = Errc::io, .detail = EINVAL}));
  EXPECT_EQ(error_of(scratch.path(), Use::append), (Error{.code = Errc::io, .detail = EISDIR}));
  ASSERT_EQ(::mkfifo((scratch / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(error_of(scratch / "pipe", Use::read), (Error{.code = Errc::io, .detail = EINVAL}));
}

TEST(SharedTable, WaitsForWhoAppends) {
  const Scratch scratch;
  const std::string path = scratch / "table";
  for (const Use use : {Use::read, Use::append}) {
    std::optional<SharedTable> first = SharedTable::open(path, Use::append).value();
    auto second = std::async(std::launch::async,
                             [&] { return SharedTable::open(path, use).value().read().value(); });
    EXPECT_EQ(second.wait_for(50ms), std::future_status::timeout);
    EXPECT_TRUE(first->append("x\n"));
    first.reset();
    EXPECT_TRUE(second.get().ends_with("x\n"));
  }
}

TEST(SharedTable, IsReadByManyAtOnce) {
  const Scratch scratch;
  write_text(scratch / "table", "a,b\n");
  auto one = SharedTable::open(scratch / "table", Use::read);
  auto other = SharedTable::open(scratch / "table", Use::read);
  ASSERT_TRUE(one && other);
  EXPECT_EQ(one->read().value(), "a,b\n");
  EXPECT_EQ(other->read().value(), "a,b\n");
}

TEST(SharedTable, IsTheFileThatHasTheNameWhenItIsFree) {
  const Scratch scratch;
  const std::string path = scratch / "table";
  write_text(path, "old\n");
  std::optional<SharedTable> first = SharedTable::open(path, Use::append).value();
  auto second = std::async(std::launch::async, [&] {
    return SharedTable::open(path, Use::append).value().read().value();
  });
  EXPECT_EQ(second.wait_for(50ms), std::future_status::timeout);
  write_text(scratch / "saved", "new\n");
  fs::rename(scratch / "saved", path);
  first.reset();
  EXPECT_EQ(second.get(), "new\n");
}

TEST(SharedTable, LosesNoLineOfManyProcesses) {
  constexpr int kProcesses = 8;
  constexpr int kLines = 25;
  const Scratch scratch;
  const std::string path = scratch / "table";
  std::vector<pid_t> children;
  for (int i = 0; i < kProcesses; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      // Each writes the number of lines that it saw: equal ones would be two who saw the same.
      for (int line = 0; line < kLines; ++line) {
        auto table = SharedTable::open(path, Use::append);
        if (!table) ::_exit(1);
        const std::string text = table->read().value();
        const auto seen = std::count(text.begin(), text.end(), '\n');
        if (!table->append(std::to_string(seen) + "\n")) ::_exit(2);
      }
      ::_exit(0);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  std::string expected;
  for (int line = 0; line < kProcesses * kLines; ++line) expected += std::to_string(line) + "\n";
  EXPECT_EQ(read_text(path), expected);
}

TEST(SharedTable, ThatCannotBeAppendedToStaysAsItWas) {
  const Scratch scratch;
  const std::string path = scratch / "table";
  write_text(path, "a,b\n");
  auto table = SharedTable::open(path, Use::append);
  ASSERT_TRUE(table);
  // A limit on the size of files is a full disk that every user can have.
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit low = old;
  low.rlim_cur = 100;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &low), 0);
  const auto appended = table->append(std::string(200, 'x') + "\n");
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old), 0);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error(), (Error{.code = Errc::io, .detail = EFBIG}));
  EXPECT_EQ(read_text(path), "a,b\n");
}

}  // namespace
}  // namespace dcm::store
