// SPDX-License-Identifier: MIT
// Kills a process before each of its changes to the file system in turn; another finishes the work.
#include <gtest/gtest.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <functional>

#include "store/fake_object.hpp"
#include "store/tree.hpp"

namespace dcm::store {
namespace {

using test::FakeObject;
using test::object_of;
using test::open_tree;
using test::put;
using test::Scratch;
using test::snapshot;

/// Whether the stopped process is about to change the file system. What opening creates is seen at
/// the first write.
bool about_to_change(pid_t child) {
  struct __ptrace_syscall_info info {};
  ::ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof info, &info);
  if (info.op != PTRACE_SYSCALL_INFO_ENTRY) return false;
  constexpr std::array kChanging{SYS_mkdirat,   SYS_linkat,   SYS_renameat,
                                 SYS_renameat2, SYS_unlinkat, SYS_write};
  return std::find(kChanging.begin(), kChanging.end(), static_cast<long>(info.entry.nr)) !=
         kChanging.end();
}

/// Runs `work` in another process and kills it when it begins its `change`-th change of the file
/// system. False when it came to its end before that.
bool killed_at(int change, const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
    ::raise(SIGSTOP);
    work();
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSTOPPED(status));
  ::ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD);
  while (change > 0) {
    ::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr);
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status)) return false;
    if (about_to_change(child)) --change;
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, &status, 0);
  return true;
}

std::vector<FakeObject> first_objects() {
  FakeObject other = object_of("1.3", "1.3.1");
  other.about.patient_id = "doe1";
  return {object_of("1.1", "1.1.1"), object_of("1.1", "1.1.2"), object_of("1.2", "1.2.1"), other};
}

std::vector<FakeObject> second_objects() {
  FakeObject third = object_of("1.0", "1.0.1");
  third.about.study_date = "20200101";
  return {object_of("1.1", "1.1.3"), third};
}

void run(const std::filesystem::path& root, const std::vector<FakeObject>& objects) {
  auto tree = open_tree(root);
  ASSERT_TRUE(tree);
  std::vector<PatientKey> patients;
  for (const FakeObject& one : objects) {
    if (!tree->size_of(one.about.patient(), one.about.series_instance_uid,
                       one.about.sop_instance_uid))
      put(*tree, one);
    patients.push_back(one.about.patient());
  }
  ASSERT_EQ(tree->settle(patients, {}).value().conflicts.size(), 0U);
}

/// A run over `before` is done; the run over `objects` is killed at every step.
void expect_same_tree_after_every_kill(const std::vector<FakeObject>& before,
                                       const std::vector<FakeObject>& objects) {
  const Scratch undisturbed;
  if (!before.empty()) run(undisturbed / "out", before);
  run(undisturbed / "out", objects);
  const auto expected = snapshot(undisturbed.path());
  int changes = 1;
  for (bool killed = true; killed; ++changes) {
    const Scratch scratch;
    if (!before.empty()) run(scratch / "out", before);
    killed = killed_at(changes, [&] { run(scratch / "out", objects); });
    // What is visible is whole at any time.
    for (const auto& [name, text] : snapshot(scratch.path())) {
      ASSERT_TRUE(!name.ends_with(".dcm") || text.ends_with("pixels")) << name;
    }
    run(scratch / "out", objects);
    ASSERT_EQ(snapshot(scratch.path()), expected) << "killed at change " << changes;
  }
  EXPECT_GT(changes, 20);
}

TEST(TreeKill, BeforeAnyChangeOfAFirstRunLeadsToTheSameTree) {
  expect_same_tree_after_every_kill({}, first_objects());
}

TEST(TreeKill, BeforeAnyChangeOfALaterRunLeadsToTheSameTree) {
  expect_same_tree_after_every_kill(first_objects(), second_objects());
}

}  // namespace
}  // namespace dcm::store
