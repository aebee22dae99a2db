// SPDX-License-Identifier: MIT
#include "store/directory.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <functional>
#include <vector>

#include "store/fake_object.hpp"

namespace dcm::store {
namespace {

namespace fs = std::filesystem;
using test::Scratch;
using test::write_text;

struct Refusal {
  unsigned call;
  unsigned reason;
};

/// What an old kernel or file system does not have.
const std::vector<Refusal> kOldSystem{{SYS_openat2, ENOSYS}, {SYS_renameat2, EINVAL}};

/// Takes calls away from this process.
bool refuse_calls(const std::vector<Refusal>& refusals) {
  std::vector<sock_filter> code{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  for (const Refusal& one : refusals) {
    code.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, one.call, 0, 1));
    code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | one.reason));
  }
  code.push_back(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/// Runs the checks in a process without some calls.
void without_calls(const std::vector<Refusal>& refusals, const std::function<void()>& checks) {
  const pid_t child = ::fork();
  if (child == 0) {
    if (!refuse_calls(refusals)) ::_exit(2);
    checks();
    ::_exit(testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0) << "without some system calls";
}

void on_new_and_old_systems(const std::function<void()>& checks) {
  without_calls(kOldSystem, checks);
  checks();
}

Fd open_path(const fs::path& path) {
  return Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

TEST(OpenBeneath, OpensWhatIsBeneathAndNothingElse) {
  const Scratch scratch;
  fs::create_directories(scratch / "root/a/b");
  write_text(scratch / "root/a/b/x", "x");
  write_text(scratch / "secret", "x");
  fs::create_symlink("x", scratch / "root/a/b/link");
  fs::create_directory_symlink("b", scratch / "root/a/dirlink");
  fs::create_directory_symlink(scratch.path(), scratch / "root/up");
  const Fd root = open_path(scratch / "root");
  on_new_and_old_systems([&] {
    EXPECT_TRUE(open_beneath(root.get(), "a/b/x", O_RDONLY));
    EXPECT_TRUE(open_directory(root.get(), "a/b"));
    EXPECT_EQ(file_size(root.get(), "a/b/x"), 1U);
    EXPECT_FALSE(file_size(root.get(), "a/b"));
    EXPECT_FALSE(file_size(root.get(), "a/b/link"));
    for (const char* path :
         {"a/b/link", "a/dirlink/x", "up/secret", "../secret", "a/../../secret", "/etc/passwd", ""})
      EXPECT_FALSE(open_beneath(root.get(), path, O_RDONLY)) << path;
    EXPECT_FALSE(open_directory(root.get(), "a/dirlink"));
    EXPECT_FALSE(make_directory(root.get(), "a/dirlink/new"));
    EXPECT_FALSE(open_directory(root.get(), "a/b/x"));
    EXPECT_TRUE(is_absent(open_directory(root.get(), "a/none").error()));
  });
  EXPECT_FALSE(fs::exists(scratch / "root/a/b/new"));
}

TEST(Directory, OpensTheFolderOfAFile) {
  const Scratch scratch;
  fs::create_directory(scratch / "folder");
  const auto place = open_folder_of(scratch / "folder/name");
  ASSERT_TRUE(place);
  EXPECT_EQ(place->name, "name");
  EXPECT_TRUE(open_beneath(place->directory.get(), "made", O_WRONLY | O_CREAT, 0600));
  EXPECT_TRUE(fs::exists(scratch / "folder/made"));
  EXPECT_EQ(open_folder_of("name")->name, "name") << "in the working directory";
  EXPECT_EQ(open_folder_of(scratch / "folder/").error().detail, static_cast<std::uint32_t>(EISDIR));
  EXPECT_EQ(open_folder_of(scratch / "none/name").error().detail,
            static_cast<std::uint32_t>(ENOENT));
}

TEST(Directory, NeverReplacesWhenItMoves) {
  const Scratch scratch;
  on_new_and_old_systems([&] {
    fs::remove_all(scratch / "from");
    fs::remove_all(scratch / "to");
    fs::create_directories(scratch / "from/dir");
    fs::create_directories(scratch / "to/full/x");
    write_text(scratch / "from/new", "1");
    write_text(scratch / "from/same", "2");
    write_text(scratch / "from/other", "3");
    write_text(scratch / "to/same", "2");
    write_text(scratch / "to/other", "4");
    const Fd from = open_path(scratch / "from");
    const Fd to = open_path(scratch / "to");
    EXPECT_EQ(move_file(from.get(), "new", to.get()).value(), Placed::stored);
    EXPECT_EQ(move_file(from.get(), "same", to.get()).value(), Placed::already_there);
    EXPECT_EQ(move_file(from.get(), "other", to.get()).value(), Placed::conflict);
    EXPECT_EQ(test::read_text(scratch / "to/new"), "1");
    EXPECT_EQ(test::read_text(scratch / "to/other"), "4");
    EXPECT_EQ(rename_new(from.get(), "dir", to.get(), "full").error().detail,
              static_cast<std::uint32_t>(EEXIST));
    EXPECT_EQ(rename_new(from.get(), "dir", to.get(), "same").error().detail,
              static_cast<std::uint32_t>(EEXIST));
    EXPECT_TRUE(rename_new(from.get(), "dir", to.get(), "dir"));
    EXPECT_TRUE(fs::is_empty(scratch / "from"));
  });
}

TEST(Directory, MovesNoFileWhereNoCallCanRefuseToReplace) {
  const Scratch scratch;
  fs::create_directories(scratch / "from/dir");
  fs::create_directories(scratch / "to");
  write_text(scratch / "from/new", "1");
  write_text(scratch / "from/other", "3");
  write_text(scratch / "to/other", "4");
  const Fd from = open_path(scratch / "from");
  const Fd to = open_path(scratch / "to");
  without_calls({{SYS_renameat2, EINVAL}, {SYS_linkat, EPERM}}, [&] {
    for (const char* name : {"new", "other"}) {
      const auto moved = rename_new(from.get(), name, to.get(), name);
      ASSERT_FALSE(moved) << name;
      EXPECT_EQ(moved.error().code, Errc::io);
      EXPECT_EQ(moved.error().detail, static_cast<std::uint32_t>(EPERM));
    }
    EXPECT_TRUE(rename_new(from.get(), "dir", to.get(), "dir"));
  });
  EXPECT_EQ(test::read_text(scratch / "from/new"), "1");
  EXPECT_EQ(test::read_text(scratch / "from/other"), "3");
  EXPECT_EQ(test::read_text(scratch / "to/other"), "4");
  EXPECT_FALSE(fs::exists(scratch / "to/new"));
  EXPECT_TRUE(fs::is_directory(scratch / "to/dir"));
}

TEST(Directory, WorksAsATreeOnOldSystems) {
  const Scratch scratch;
  on_new_and_old_systems([&] {
    fs::remove_all(scratch / "out");
    auto tree = test::open_tree(scratch / "out");
    ASSERT_TRUE(tree);
    const auto object = test::object_of("1.1", "1.1.1");
    EXPECT_EQ(test::put(*tree, object), Placed::stored);
    EXPECT_EQ(tree->settle(std::array{object.about.patient()}, {}).value().conflicts.size(), 0U);
    EXPECT_TRUE(fs::exists(scratch / "out/DOE1/1_T1/1.1.1.dcm"));
  });
}

}  // namespace
}  // namespace dcm::store
