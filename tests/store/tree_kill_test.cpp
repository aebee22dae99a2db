// SPDX-License-Identifier: MIT
// Kills a process at each of its system calls in turn and lets another finish the work.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

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

/// Runs `work` in another process and kills it when it enters its `calls`-th system call. False
/// when it came to its end before that.
bool killed_at(int calls, const std::function<void()>& work) {
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
  ::ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_EXITKILL);
  // Each call stops twice, when it begins and when it ends.
  for (int stops = 0; stops < 2 * calls - 1; ++stops) {
    ::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr);
    ::waitpid(child, &status, 0);
    if (WIFEXITED(status)) return false;
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
    if (!tree->contains(one.about.patient(), one.about.series_instance_uid,
                        one.about.sop_instance_uid))
      put(*tree, one);
    patients.push_back(one.about.patient());
  }
  ASSERT_EQ(tree->settle(patients, {}).value(), 0U);
}

/// A run over `before` is done; the run over `objects` is killed at every step.
void expect_same_tree_after_every_kill(const std::vector<FakeObject>& before,
                                       const std::vector<FakeObject>& objects) {
  const Scratch undisturbed;
  if (!before.empty()) run(undisturbed / "out", before);
  run(undisturbed / "out", objects);
  const auto expected = snapshot(undisturbed.path());
  int calls = 1;
  for (bool killed = true; killed; ++calls) {
    const Scratch scratch;
    if (!before.empty()) run(scratch / "out", before);
    killed = killed_at(calls, [&] { run(scratch / "out", objects); });
    // What is visible is whole at any time.
    for (const auto& [name, text] : snapshot(scratch.path())) {
      ASSERT_TRUE(!name.ends_with(".dcm") || text.ends_with("pixels")) << name;
    }
    run(scratch / "out", objects);
    ASSERT_EQ(snapshot(scratch.path()), expected) << "killed at system call " << calls;
  }
  EXPECT_GT(calls, 100);
}

TEST(TreeKill, AtAnyStepOfAFirstRunLeadsToTheSameTree) {
  expect_same_tree_after_every_kill({}, first_objects());
}

TEST(TreeKill, AtAnyStepOfALaterRunLeadsToTheSameTree) {
  expect_same_tree_after_every_kill(first_objects(), second_objects());
}

}  // namespace
}  // namespace dcm::store
