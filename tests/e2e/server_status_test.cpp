// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "e2e/aftermath.hpp"
#include "e2e/tool.hpp"
#include "support/read_back.hpp"
#include "support/scripted_scp.hpp"
#include "support/temp_dir.hpp"

/// Servers whose last word, counters or manners do not go with what they sent. Exit is 0 exactly
/// when every expected instance is stored; what was odd is told; the same command completes.
namespace dcm::test {
namespace {

namespace fs = std::filesystem;
using Texts = std::vector<std::string>;

constexpr std::size_t kObjects = 4;

/// A CT series of four objects, and where asked for an MR series of two.
enum class Holdings : std::uint8_t { one_series, two_series };

std::vector<std::string> files_of(Holdings holdings) {
  std::vector<std::string> files;
  for (int i = 1; i <= static_cast<int>(kObjects); ++i)
    files.push_back(make_phantom(Kind::ct, {.instance = i}).bytes);
  if (holdings == Holdings::one_series) return files;
  for (int i = 1; i <= 2; ++i)
    files.push_back(
        make_phantom(Kind::mr, {.series = 2, .series_number = "2", .instance = i}).bytes);
  return files;
}

Got get_from(const ScriptedScp& scp, const fs::path& tree) {
  return get({scp.port()}, tree,
             {"--patient-id", "12345", "--anonymize-data", "--timeout", "1", "--retry-refused"});
}

class ServerStatus : public ::testing::Test {
 protected:
  [[nodiscard]] fs::path tree() const { return folder_.path() / "tree"; }

  /// Runs `get` against a server with this script. Whatever happens, what is in the tree is whole,
  /// the numbers add up, exit is 0 exactly when all is stored, and the same command against a
  /// server that is well again fetches only the rest and makes the tree that it always makes.
  Got judge(const Script& script, Holdings holdings = Holdings::one_series) const {
    const std::vector<std::string> files = files_of(holdings);
    const auto all = static_cast<long>(files.size());
    const ScriptedScp honest(files);
    const Got undisturbed = get_from(honest, folder_.path() / "undisturbed");
    EXPECT_EQ(undisturbed.run.exit_code, 0) << undisturbed.run.err;

    const ScriptedScp scp(files, script);
    Got got = get_from(scp, tree());
    expect_consistent(got, all);

    const ScriptedScp recovered(files);
    const Got again = get_from(recovered, tree());
    EXPECT_EQ(again.run.exit_code, 0) << again.run.err;
    EXPECT_EQ(again.count("skipped"), got.count("stored"));
    EXPECT_EQ(again.count("stored"), all - got.count("stored"));
    EXPECT_EQ(recovered.records().stores.size(), static_cast<std::size_t>(again.count("stored")));
    EXPECT_EQ(differences(tree(), folder_.path() / "undisturbed"), Texts());
    return got;
  }

  /// One thing was said again and again, in the report and to people alike.
  static void expect_told_repeatedly(const Got& got, const std::string& remark) {
    const Texts remarks = remarks_in(got);
    EXPECT_GE(remarks.size(), 2U);
    EXPECT_EQ(remarks, Texts(remarks.size(), remark));
    EXPECT_EQ(warnings_in(got.run),
              Texts{remark + " (" + std::to_string(remarks.size()) + " times)"});
  }

  /// How many times each thing was said, in the report and to people alike.
  static void expect_told(const Got& got, const Texts& remarks) {
    EXPECT_EQ(remarks_in(got), remarks);
    Texts warnings;
    for (auto each = remarks.begin(); each != remarks.end();) {
      const auto times = std::count(remarks.begin(), remarks.end(), *each);
      warnings.push_back(*each +
                         (times > 1 ? " (" + std::to_string(times) + " times)" : std::string()));
      each += times;
    }
    EXPECT_EQ(warnings_in(got.run), warnings);
  }

 private:
  void expect_consistent(const Got& got, long all) const {
    EXPECT_EQ(got.run.exit_code == 0, got.count("stored") == all) << got.run.err;
    EXPECT_EQ(got.count("exit"), got.run.exit_code);
    EXPECT_EQ(got.count("expected"), all);
    long sum = 0;
    for (const char* name : {"stored", "skipped", "refused", "failed", "conflict", "missing"})
      sum += got.count(name);
    EXPECT_EQ(sum, all);
    EXPECT_EQ(got.instances.size(), static_cast<std::size_t>(got.count("stored")));
    EXPECT_EQ(torn_objects(tree(), folder_.path() / "undisturbed"), Texts());
    EXPECT_EQ(litter_in(tree()), Texts());
  }

  TempDir folder_;
};

// ---- final statuses

struct FinalStatus {
  std::uint16_t status;
  const char* words;
  int exit_without_objects;
};

/// How GoogleTest prints it.
std::ostream& operator<<(std::ostream& out, const FinalStatus& status) {
  return out << status.words;
}

class FinalStatuses : public ServerStatus, public ::testing::WithParamInterface<FinalStatus> {
 protected:
  [[nodiscard]] static std::string told() {
    return std::string("the server's final status: ") + GetParam().words;
  }
};

constexpr FinalStatus kFinalStatuses[] = {
    {0xB000, "complete, with failures or warnings (B000)", 2},
    {0xA701, "refused: out of resources, cannot count the matches (A701)", 4},
    {0xA702, "refused: out of resources, cannot send the objects (A702)", 4},
    {0xC000, "unable to process (C000)", 4},
    {0xFE00, "cancelled (FE00)", 2}};

TEST_P(FinalStatuses, DoNotMatterWhenAllObjectsCame) {
  const Got got = judge({.get_status = GetParam().status});
  EXPECT_EQ(got.run.exit_code, 0);
  expect_told(got, {told()});
}

TEST_P(FinalStatuses, ArePartialWhenSomeObjectsCame) {
  const Got got = judge({.get_status = GetParam().status,
                         .twists = {{1, {.sending = Script::Sending::never}},
                                    {3, {.sending = Script::Sending::never}}}});
  EXPECT_EQ(got.run.exit_code, 2);
  EXPECT_EQ(got.count("stored"), 2);
  EXPECT_EQ(got.count("failed"), 2);
  expect_told_repeatedly(got, told());  // what did not come was asked for again
}

TEST_P(FinalStatuses, AreAFailureWhenNoObjectCame) {
  Script script{.get_status = GetParam().status};
  for (std::size_t i = 0; i < kObjects; ++i) script.twists[i].sending = Script::Sending::never;
  const Got got = judge(script);
  EXPECT_EQ(got.run.exit_code, GetParam().exit_without_objects);
  EXPECT_EQ(got.count("failed"), static_cast<long>(kObjects));
  expect_told_repeatedly(got, told());
}

INSTANTIATE_TEST_SUITE_P(Of, FinalStatuses, ::testing::ValuesIn(kFinalStatuses),
                         [](const auto& tested) {
                           const std::string words = tested.param.words;
                           return words.substr(words.size() - 5, 4);
                         });

// ---- success that is none, and counters that lie

TEST_F(ServerStatus, SuccessWithNothingSentIsPartial) {
  Script script{.get_status = 0x0000, .get_counters = Script::Counters{.completed = 0}};
  for (std::size_t i = 0; i < kObjects; ++i) script.twists[i].sending = Script::Sending::never;
  const Got got = judge(script);
  EXPECT_EQ(got.run.exit_code, 2);
  EXPECT_EQ(got.count("missing"), static_cast<long>(kObjects));
  expect_told_repeatedly(got, "the server reports success, and sent nothing");
}

TEST_F(ServerStatus, MoreCountedThanDeliveredIsPartial) {
  Script script{.get_status = 0x0000, .get_counters = Script::Counters{.completed = 100}};
  for (std::size_t i = 1; i < kObjects; ++i) script.twists[i].sending = Script::Sending::never;
  const Got got = judge(script);
  EXPECT_EQ(got.run.exit_code, 2);
  EXPECT_EQ(got.count("stored"), 1);
  const Texts remarks = remarks_in(got);
  ASSERT_FALSE(remarks.empty());
  EXPECT_EQ(remarks.front(), "the server counts 100 objects as sent, and 1 arrived");
}

TEST_F(ServerStatus, MoreCountedThanThereIsDoesNotMatterWhenAllCame) {
  const Got got = judge({.get_counters = Script::Counters{.completed = 100}});
  EXPECT_EQ(got.run.exit_code, 0);
  expect_told(got, {"the server counts 100 objects as sent, and 4 arrived"});
}

TEST_F(ServerStatus, LessCountedThanDeliveredDoesNotMatter) {
  const Got got = judge({.get_counters = Script::Counters{.completed = 1}});
  EXPECT_EQ(got.run.exit_code, 0);
  expect_told(got, {"the server counts 1 object as sent, and 4 arrived"});
}

TEST_F(ServerStatus, AbsentCountersAreNoOddity) {
  const Got got = judge({.get_counters = Script::Counters{}});
  EXPECT_EQ(got.run.exit_code, 0);
  expect_told(got, {});
}

TEST_F(ServerStatus, FailuresUnderSuccessAreTold) {
  const Got got =
      judge({.get_status = 0x0000, .get_counters = Script::Counters{.completed = 4, .failed = 2}});
  EXPECT_EQ(got.run.exit_code, 0);
  expect_told(got, {"the server reports success, and yet counts 2 failures"});
}

TEST_F(ServerStatus, FailedObjectIsPartialUnderHonestCounters) {
  const Got got = judge({.twists = {{2, {.sending = Script::Sending::never}}}});
  EXPECT_EQ(got.run.exit_code, 2);
  EXPECT_EQ(got.count("failed"), 1);
}

TEST_F(ServerStatus, OurRefusalsDoNotHideTheServersFailures) {
  const Got got =
      judge({.twists = {{1, {.data_set = "broken"}}, {2, {.sending = Script::Sending::never}}}});
  EXPECT_EQ(got.run.exit_code, 2);
  EXPECT_EQ(got.count("refused"), 1);
  EXPECT_EQ(got.count("failed"), 1);
  const Texts remarks = remarks_in(got);
  const std::set<std::string> kinds(remarks.begin(), remarks.end());
  EXPECT_TRUE(
      kinds.contains("the server's final status: complete, with failures or warnings (B000)"));
  EXPECT_GE(remarks.size(), 2U) << "what did not come was asked for again";
}

// ---- objects too many

TEST_F(ServerStatus, ObjectSentTwiceIsStoredOnce) {
  const Got got = judge({.twists = {{1, {.sending = Script::Sending::twice}}}});
  EXPECT_EQ(got.run.exit_code, 0);
  expect_told(got, {"the server counts 4 objects as sent, and 5 arrived"});
}

TEST_F(ServerStatus, UnaskedObjectsAreNotKept) {
  const Place elsewhere = {.person = {.number = 9, .id = "OTHER"}};
  const Got got = judge({.unasked = {make_phantom(Kind::ct, elsewhere).bytes,
                                     make_phantom(Kind::ct, {.instance = 99}).bytes}});
  EXPECT_EQ(got.run.exit_code, 0);
  EXPECT_EQ(got.instances.size(), kObjects);
  expect_told(got, Texts(2, "the server sent an object that was not asked for"));
}

// ---- the end comes early

struct EarlyEnd {
  const char* name;
  Script::Break how;
  Script::Moment when;
  std::size_t stored;  ///< when it ends so every time
};

std::ostream& operator<<(std::ostream& out, const EarlyEnd& end) { return out << end.name; }

constexpr EarlyEnd kEarlyEnds[] = {
    {"AbortBeforeAnObject", Script::Break::abort, Script::Moment::before_object, 3},
    {"AbortWithinAnObject", Script::Break::abort, Script::Moment::within_object, 3},
    {"AbortBeforeTheEnd", Script::Break::abort, Script::Moment::get_final_response, 4},
    {"CloseBeforeAnObject", Script::Break::close, Script::Moment::before_object, 3},
    {"CloseWithinAnObject", Script::Break::close, Script::Moment::within_object, 3},
    {"CloseBeforeTheEnd", Script::Break::close, Script::Moment::get_final_response, 4},
    {"SilenceBeforeAnObject", Script::Break::silence, Script::Moment::before_object, 3},
    {"SilenceWithinAnObject", Script::Break::silence, Script::Moment::within_object, 3},
    {"SilenceBeforeTheEnd", Script::Break::silence, Script::Moment::get_final_response, 4}};

class EarlyEnds : public ServerStatus, public ::testing::WithParamInterface<EarlyEnd> {
 protected:
  [[nodiscard]] static Script script(int times) {
    Script script;
    script.ending =
        Script::Ending{.how = GetParam().how, .when = GetParam().when, .object = 2, .times = times};
    return script;
  }
  [[nodiscard]] static std::string told() {
    switch (GetParam().how) {
      case Script::Break::abort:
        return "an association ended early: the server aborted the association";
      case Script::Break::close:
        return "an association ended early: the server closed the connection";
      case Script::Break::silence:
        break;
    }
    return "an association ended early: the server was silent for too long";
  }
};

TEST_P(EarlyEnds, OnceAreMendedByAnotherAssociation) {
  const Got got = judge(script(1));
  EXPECT_EQ(got.run.exit_code, 0);
  EXPECT_EQ(got.count("stored"), static_cast<long>(kObjects));
  expect_told(got, {told()});
}

TEST_P(EarlyEnds, AlwaysLeaveWhatArrivedWhole) {
  const Got got = judge(script(1'000'000));
  EXPECT_EQ(got.run.exit_code, GetParam().stored == kObjects ? 0 : 2);
  EXPECT_EQ(got.count("stored"), static_cast<long>(GetParam().stored));
  const Texts remarks = remarks_in(got);
  ASSERT_FALSE(remarks.empty());
  EXPECT_EQ(std::count(remarks.begin(), remarks.end(), told()),
            static_cast<std::ptrdiff_t>(remarks.size()));
}

INSTANTIATE_TEST_SUITE_P(By, EarlyEnds, ::testing::ValuesIn(kEarlyEnds),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST_F(ServerStatus, AbortAtTheFirstObjectCostsOnlyThatOne) {
  const Got got = judge({.ending = Script::Ending{.when = Script::Moment::before_object}});
  EXPECT_EQ(got.run.exit_code, 2);
  EXPECT_EQ(got.count("stored"), static_cast<long>(kObjects) - 1) << "all but that one";
  EXPECT_EQ(got.count("failed"), 1);
}

TEST_F(ServerStatus, OneBrokenSeriesDoesNotKeepAnotherFromArriving) {
  const Got got =
      judge({.ending = Script::Ending{.when = Script::Moment::before_object, .object = 1}},
            Holdings::two_series);
  EXPECT_EQ(got.run.exit_code, 2);
  EXPECT_EQ(got.count("stored"), 5);
}

TEST_F(ServerStatus, SilenceAtTheReleaseIsNoFailure) {
  const Got got = judge(
      {.ending = Script::Ending{.how = Script::Break::silence, .when = Script::Moment::release}});
  EXPECT_EQ(got.run.exit_code, 0);
  EXPECT_LT(got.run.seconds, 45);
}

}  // namespace
}  // namespace dcm::test
