// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <stdexcept>

#include "e2e/aftermath.hpp"
#include "e2e/tool.hpp"
#include "support/delaying_proxy.hpp"
#include "support/scripted_scp.hpp"
#include "support/temp_dir.hpp"

/// Whatever a server or a network does: exit code, report and tree agree, and the same command
/// against an honest server makes the tree of an undisturbed run.
namespace dcm::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

constexpr int kAlways = 1'000'000;

/// A CT series of four objects and an MR series of two, which are in implicit little endian. Both
/// would have the same folder.
std::vector<Phantom> study() {
  std::vector<Phantom> phantoms;
  for (int i = 1; i <= 4; ++i) phantoms.push_back(make_phantom(Kind::ct, {.instance = i}));
  for (int i = 1; i <= 2; ++i)
    phantoms.push_back(make_phantom(
        Kind::mr, {.series = 2, .instance = i, .transfer_syntax = uid::kImplicitLittle}));
  return phantoms;
}

std::vector<std::string> files() {
  std::vector<std::string> out;
  for (const Phantom& each : study()) out.push_back(each.bytes);
  return out;
}

const std::string kCtClass = "1.2.840.10008.5.1.4.1.1.2";

const Texts kCommand = {"--patient-id", "12345", "--anonymize-data", "--timeout", "2"};

/// A server without any manners of its own, and the tree that comes of it; shared by all tests.
struct Honest {
  Honest() {
    const Got got = get({scp.port()}, tree, kCommand);
    if (got.run.exit_code != 0) throw std::runtime_error("the undisturbed run: " + got.run.err);
  }

  ScriptedScp scp{files()};
  TempDir folder;
  fs::path tree = folder.path() / "undisturbed";
};

/// What a server does, and how the run ends.
struct Manner {
  const char* name;
  int exit_code;
  Script script;
};

std::ostream& operator<<(std::ostream& out, const Manner& manner) { return out << manner.name; }

class Misbehaving : public ::testing::Test {
 protected:
  [[nodiscard]] static const Honest& honest() {
    static Honest made;
    return made;
  }

  /// Exit code, report and tree say the same, and nothing that is there is not whole.
  void expect_agreement(const Got& got) const {
    const long all = static_cast<long>(study().size());
    EXPECT_EQ(got.count("exit"), got.run.exit_code) << got.run.err;
    EXPECT_EQ(got.count("expected"), all);
    long sum = 0;
    for (const char* name : {"stored", "skipped", "refused", "failed", "conflict", "missing"})
      sum += got.count(name);
    EXPECT_EQ(sum, all);
    const long there = got.count("stored") + got.count("skipped");
    EXPECT_EQ(static_cast<long>(all_objects_in(tree_).size()), there);
    EXPECT_EQ(got.count("waiting"), there - static_cast<long>(got.instances.size()));
    EXPECT_EQ(got.run.exit_code == 0, there == all) << got.run.err;
    EXPECT_EQ(torn_objects(tree_, honest().tree), Texts());
  }

  /// The server does its worst, telling what its series are called or not; then it is well.
  void drive(const Manner& manner, const Script& well, const Texts& command) {
    for (const bool tells_descriptions : {true, false}) {
      SCOPED_TRACE(tells_descriptions);
      Script script = manner.script;
      script.destinations = well.destinations;
      if (!tells_descriptions) script.find_absent_keys.insert(tags::kSeriesDescription);
      {
        const ScriptedScp scp(files(), script);
        const Got got = get({scp.port()}, tree_, command);
        EXPECT_EQ(got.run.exit_code, manner.exit_code) << got.run.err;
        expect_agreement(got);
      }
      const ScriptedScp scp(files(), well);
      expect_resumption(scp.port(), command);
      fs::remove_all(tree_);
    }
  }

  /// The same command makes the same tree.
  void expect_resumption(std::uint16_t port = honest().scp.port(),
                         const Texts& command = kCommand) const {
    const std::size_t before = all_objects_in(tree_).size();
    const Got got = get({port}, tree_, command);
    EXPECT_EQ(got.run.exit_code, 0) << got.run.err;
    EXPECT_EQ(got.count("skipped"), static_cast<long>(before));
    EXPECT_EQ(differences(tree_, honest().tree), Texts());
  }

  TempDir folder_;
  fs::path tree_ = folder_.path() / "tree";
};

// ---- servers

using Sending = Script::Sending;
using Break = Script::Break;
using Moment = Script::Moment;

std::vector<Manner> manners() {
  return {
      {"RefusesOneClass", 2, {.refused_classes = {kCtClass}}},
      {"RefusesOneClassAndEndsThere",
       2,
       {.refused_classes = {kCtClass}, .without_context = Script::WithoutContext::ends_retrieval}},
      {"RefusesOneTransferSyntax",
       2,
       {.refused_transfer_syntaxes = {std::string(uid::kImplicitLittle)}}},
      {"RefusesAllStorage", 4, {.contexts = Script::Contexts::refuse_storage}},
      {"TakesTheFirstContext", 0, {.choice = Script::Choice::first_accepted}},
      {"TakesTheFirstContextAndEndsThere",
       0,
       {.choice = Script::Choice::first_accepted,
        .without_context = Script::WithoutContext::ends_retrieval}},
      {"FailsOneObjectOnce", 0, {.twists = {{1, {.sending = Sending::never, .times = 1}}}}},
      {"FailsOneObjectAlways", 2, {.twists = {{1, {.sending = Sending::never}}}}},
      {"EndsAtAnObjectOnceByA900", 0, {.twists = {{2, {.ends_with = 0xA900, .times = 1}}}}},
      {"EndsAtAnObjectOnceByC123", 0, {.twists = {{2, {.ends_with = 0xC123, .times = 1}}}}},
      {"EndsAtAnObjectOnceBySuccess", 0, {.twists = {{2, {.ends_with = 0x0000, .times = 1}}}}},
      {"EndsAtAnObjectAlwaysByA900", 2, {.twists = {{2, {.ends_with = 0xA900}}}}},
      {"EndsAtAnObjectAlwaysBySuccess", 2, {.twists = {{2, {.ends_with = 0x0000}}}}},
      {"IsBusyOnceAndCallsItSuccess", 0, {.busy = Script::Busy{.times = 1}}},
      {"IsBusyAlwaysAndCallsItSuccess", 2, {.busy = Script::Busy{.times = kAlways}}},
      {"IsBusyOnceByA701", 0, {.busy = Script::Busy{.times = 1, .status = 0xA701}}},
      {"CountsWhatItDidNotSend",
       2,
       {.get_status = 0x0000,
        .get_counters = Script::Counters{.completed = 6, .failed = 0},
        .twists = {{0, {.sending = Sending::never}}}}},
      {"CountsNothing", 0, {.get_counters = Script::Counters{.completed = 0, .failed = 6}}},
      {"SendsTwice", 0, {.twists = {{3, {.sending = Sending::twice}}}}},
      {"SendsTooLateOnce", 0, {.twists = {{1, {.sending = Sending::late, .times = 1}}}}},
      {"TellsAnotherInstanceUidOnce",
       0,
       {.twists = {{1, {.sop_instance = "1.2.3.4.5", .times = 1}}}}},
      {"TellsAnotherInstanceUidAlways", 2, {.twists = {{1, {.sop_instance = "1.2.3.4.5"}}}}},
      {"SendsAnotherPatient",
       0,
       {.unasked = {make_phantom(Kind::ct, {.person = {.number = 9, .id = "OTHER"}}).bytes}}},
      {"RejectsOnceForNow",
       0,
       {.reject = Script::Rejection{.result = 2, .source = 3, .reason = 2, .times = 1}}},
      {"TakesOneAssociationAtATime", 0, {.most_associations = 1}},
      {"AbortsOnceWithinAnObject",
       0,
       {.ending = Script::Ending{Break::abort, Moment::within_object, 2, 1}}},
      {"ClosesTwiceBeforeAnObject",
       0,
       {.ending = Script::Ending{Break::close, Moment::before_object, 2, 2}}},
      {"IsSilentOnceWithinAnObject",
       0,
       {.ending = Script::Ending{Break::silence, Moment::within_object, 2, 1}}},
      {"IsSilentOnceBeforeItsFinalResponse",
       0,
       {.ending = Script::Ending{Break::silence, Moment::get_final_response, 0, 1}}},
      {"AbortsAlwaysWithinAnObject",
       2,
       {.ending = Script::Ending{Break::abort, Moment::within_object, 2, kAlways}}},
  };
}

class Misbehaviour : public Misbehaving, public ::testing::WithParamInterface<Manner> {};

INSTANTIATE_TEST_SUITE_P(OfAServerThat, Misbehaviour, ::testing::ValuesIn(manners()),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST_P(Misbehaviour, IsToldAsItIsAndResumed) { drive(GetParam(), {}, kCommand); }

// ---- servers that send by C-MOVE

std::vector<Manner> manners_of_moving() {
  using Originator = Script::Originator;
  const Phantom stranger = make_phantom(Kind::ct, {.person = {.number = 9, .id = "OTHER"}});
  return {
      {"IsHonest", 0, {}},
      {"TakesThreeAssociations", 0, {.move_associations = 3}},
      {"AnswersOnceAndLast", 0, {.pending = Script::Pending::never}},
      {"SendsAllBeforeItsAnswerAndSomeAfter",
       0,
       {.twists = {{0, {.sending = Sending::late}}, {3, {.sending = Sending::late}}},
        .pending = Script::Pending::never}},
      {"TellsNoOriginator", 0, {.originator = Originator::absent}},
      {"TellsAnotherOriginator", 0, {.originator = Originator::wrong}},
      {"ComesInAnotherName", 0, {.move_calling_ae_title = "STRANGER"}},
      {"SendsAnotherPatient", 0, {.unasked = {stranger.bytes}}},
      {"CountsWhatItDidNotSend",
       2,
       {.get_status = 0x0000,
        .get_counters = Script::Counters{.completed = 6, .failed = 0},
        .twists = {{0, {.sending = Sending::never}}}}},
      {"SaysFailedAndSendsAll", 0, {.get_status = 0xA702}},
      {"IsBusyOnceAndCallsItSuccess", 0, {.busy = Script::Busy{.times = 1}}},
      {"FailsOneObjectOnce", 0, {.twists = {{1, {.sending = Sending::never, .times = 1}}}}},
      {"FailsOneObjectAlways", 2, {.twists = {{1, {.sending = Sending::never}}}}},
      {"SendsTwice", 0, {.twists = {{1, {.sending = Sending::twice}}}}},
      {"TellsAnotherInstanceUidAlways", 2, {.twists = {{1, {.sop_instance = "1.2.3.4.5"}}}}},
      {"AbortsOnceWithinAnObject",
       0,
       {.ending = Script::Ending{Break::abort, Moment::within_object, 2, 1}}},
      {"ClosesOnceBeforeItsFinalResponse",
       0,
       {.ending = Script::Ending{Break::close, Moment::get_final_response, 0, 1}}},
      {"RefusesToMove", 4, {.contexts = Script::Contexts::refuse_move}},
  };
}

class MoveMisbehaviour : public Misbehaving, public ::testing::WithParamInterface<Manner> {
 protected:
  [[nodiscard]] Script to_us() const { return {.destinations = {{"DICOM-CLIENT", port_}}}; }

  [[nodiscard]] Texts command() const {
    Texts arguments = kCommand;
    for (const std::string& each : {std::string("--method"), std::string("move"),
                                    std::string("--receive-port"), std::to_string(port_)})
      arguments.push_back(each);
    return arguments;
  }

 private:
  std::uint16_t port_ = free_port();
};

INSTANTIATE_TEST_SUITE_P(OfAServerThat, MoveMisbehaviour, ::testing::ValuesIn(manners_of_moving()),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST_P(MoveMisbehaviour, IsToldAsItIsAndResumed) { drive(GetParam(), to_us(), command()); }

TEST_F(Misbehaving, OfAServerThatDoesNotKnowUsIsAFailureAndResumed) {
  const ScriptedScp scp(files());
  const Got got = get({scp.port()}, tree_,
                      {"--patient-id", "12345", "--anonymize-data", "--method", "move",
                       "--receive-port", std::to_string(free_port())});
  EXPECT_EQ(got.run.exit_code, 4) << got.run.err;
  expect_agreement(got);
  expect_resumption();
}

TEST_F(Misbehaving, OfAServerThatSendsABrokenObjectIsForgivenWhereAskedFor) {
  const ScriptedScp scp(files(), {.twists = {{1, {.data_set = "broken"}}}});
  const Got first = get({scp.port()}, tree_, kCommand);
  EXPECT_EQ(first.run.exit_code, 6) << first.run.err;
  EXPECT_EQ(first.count("refused"), 1);
  expect_agreement(first);
  const Got second = get({honest().scp.port()}, tree_, kCommand);
  EXPECT_EQ(second.run.exit_code, 6) << "what was refused is not asked for again";
  EXPECT_EQ(second.count("refused"), 1);
  expect_agreement(second);
  Texts retrying = kCommand;
  retrying.emplace_back("--retry-refused");
  expect_resumption(honest().scp.port(), retrying);
}

// ---- networks

class BrokenNetwork : public Misbehaving {
 protected:
  /// Waits until so many bytes have come through the proxy, or the program has ended.
  void wait_for(Process& program, std::uint64_t bytes) const {
    program.run_until([&] { return proxy_.arrived() >= bytes; });
  }

  DelayingProxy proxy_{honest().scp.port(), 1ms};
};

TEST_F(BrokenNetwork, ThatCutsAConnectionOnceCostsNothing) {
  proxy_.cut_after(30'000, 2);
  const Got got = get({proxy_.port()}, tree_, kCommand);
  EXPECT_EQ(got.run.exit_code, 0) << got.run.err;
  expect_agreement(got);
  expect_resumption();
}

TEST_F(BrokenNetwork, ThatIsGoneForGoodLeavesWhatCameWhole) {
  Process program = start_get({proxy_.port()}, tree_, kCommand);
  wait_for(program, 40'000);
  proxy_.set(DelayingProxy::Network::gone);
  const auto run = program.wait(120s);
  ASSERT_TRUE(run);
  EXPECT_TRUE(run->exit_code == 2 || run->exit_code == 4) << run->exit_code << run->err;
  EXPECT_EQ(torn_objects(tree_, honest().tree), Texts());
  expect_resumption();
}

TEST_F(BrokenNetwork, ThatStallsForLongerThanTheTimeoutIsAFailureAndResumed) {
  Process program = start_get({proxy_.port()}, tree_, kCommand);
  wait_for(program, 40'000);
  proxy_.set(DelayingProxy::Network::stalled);
  const auto run = program.wait(120s);
  ASSERT_TRUE(run);
  EXPECT_TRUE(run->exit_code == 2 || run->exit_code == 4) << run->exit_code << run->err;
  EXPECT_EQ(torn_objects(tree_, honest().tree), Texts());
  proxy_.set(DelayingProxy::Network::up);
  expect_resumption();
}

}  // namespace
}  // namespace dcm::test
