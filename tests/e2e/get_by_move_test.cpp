// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/file.h>

#include <algorithm>
#include <memory>

#include "base/fd.hpp"
#include "e2e/aftermath.hpp"
#include "e2e/tool.hpp"
#include "support/json_schema.hpp"
#include "support/phantoms.hpp"
#include "support/process.hpp"
#include "support/scripted_scp.hpp"
#include "support/servers.hpp"
#include "support/temp_dir.hpp"

/// `get` by C-MOVE to ourselves.
namespace dcm::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTitle = "DICOM-CLIENT";

std::vector<Phantom> phantoms() {
  std::vector<Phantom> all;
  for (int series = 1; series <= 2; ++series)
    for (int i = 1; i <= 3; ++i)
      all.push_back(make_phantom(Kind::ct, {.series = series, .instance = i}));
  return all;
}

enum class Archive : std::uint8_t { orthanc, orthanc_asynchronous, dcmqrscp };

/// A real server that knows the tool at `port`.
class MovingServer {
 public:
  MovingServer(Archive which, std::uint16_t port) {
    if (which == Archive::dcmqrscp) {
      dcmqrscp_ =
          std::make_unique<DcmqrscpServer>(DcmqrscpServer::Options{.move_peers = {{kTitle, port}}});
      address_ = {dcmqrscp_->port(), dcmqrscp_->ae_title()};
      stored_ = dcmqrscp_->store(phantoms());
      return;
    }
    orthanc_ = std::make_unique<OrthancServer>(
        OrthancServer::Options{.move_peers = {{kTitle, port}},
                               .settings = {{"SynchronousCMove", which == Archive::orthanc}}});
    address_ = {orthanc_->port(), orthanc_->ae_title()};
    stored_ = orthanc_->store(phantoms());
  }

  [[nodiscard]] const Address& address() const { return address_; }
  [[nodiscard]] bool stored() const { return stored_; }

 private:
  std::unique_ptr<DcmqrscpServer> dcmqrscp_;
  std::unique_ptr<OrthancServer> orthanc_;
  Address address_;
  bool stored_ = false;
};

class GetByMove : public ::testing::TestWithParam<Archive> {
 protected:
  [[nodiscard]] fs::path tree(const char* name) const { return folder_.path() / name; }

  Got get_by(const Address& server, const char* method, const char* name,
             std::uint16_t port) const {
    return get(server, tree(name),
               {"--patient-id", "12345", "--anonymize-data", "--method", method, "--receive-port",
                std::to_string(port)});
  }

  TempDir folder_;
};

TEST_P(GetByMove, MakesTheTreeThatGetMakes) {
  const std::uint16_t port = free_port();
  const MovingServer server(GetParam(), port);
  ASSERT_TRUE(server.stored());
  const Got by_get = get_by(server.address(), "get", "by_get", port);
  ASSERT_EQ(by_get.run.exit_code, 0) << by_get.run.err;
  const Got by_move = get_by(server.address(), "move", "by_move", port);
  EXPECT_EQ(by_move.run.exit_code, 0) << by_move.run.err;
  EXPECT_EQ(by_move.count("stored"), 6);
  EXPECT_EQ(differences(tree("by_move"), tree("by_get")), std::vector<std::string>());
  EXPECT_EQ(litter_in(tree("by_move")), std::vector<std::string>());

  const Got again = get_by(server.address(), "move", "by_move", port);
  EXPECT_EQ(again.run.exit_code, 0) << again.run.err;
  EXPECT_EQ(again.count("skipped"), 6);
}

INSTANTIATE_TEST_SUITE_P(From, GetByMove,
                         ::testing::Values(Archive::orthanc, Archive::orthanc_asynchronous,
                                           Archive::dcmqrscp),
                         [](const auto& tested) -> std::string {
                           switch (tested.param) {
                             case Archive::orthanc:
                               return "Orthanc";
                             case Archive::orthanc_asynchronous:
                               return "OrthancAsynchronous";
                             case Archive::dcmqrscp:
                               break;
                           }
                           return "Dcmqrscp";
                         });

/// The object that `phantom` is, under the UID of `other`.
Phantom with_sop_uid_of(const Phantom& other, Phantom phantom) {
  EXPECT_EQ(phantom.sop_uid.size(), other.sop_uid.size());
  for (std::size_t at = 0; (at = phantom.bytes.find(phantom.sop_uid, at)) != std::string::npos;)
    phantom.bytes.replace(at, other.sop_uid.size(), other.sop_uid);
  phantom.sop_uid = other.sop_uid;
  return phantom;
}

TEST(GetByMoveFromOrthanc, BringsWhatIsInTwoStudiesUnderOneUid) {
  const std::uint16_t port = free_port();
  const OrthancServer server({.move_peers = {{kTitle, port}}});
  std::vector<Phantom> both;
  for (int i = 1; i <= 3; ++i) {
    both.push_back(make_phantom(Kind::ct, {.study = 1, .instance = i}));
    both.push_back(
        with_sop_uid_of(both.back(), make_phantom(Kind::ct, {.study = 2, .instance = i})));
  }
  ASSERT_TRUE(server.store(both));
  const TempDir folder;
  std::vector<fs::path> trees;
  for (const char* method : {"get", "move"}) {
    const Got got =
        get({server.port(), server.ae_title()}, trees.emplace_back(folder.path() / method),
            {"--patient-id", "12345", "--method", method, "--receive-port", std::to_string(port),
             "--retries", "0"});
    EXPECT_EQ(got.run.exit_code, 0) << got.run.err;
    EXPECT_EQ(got.count("stored"), 6);
  }
  EXPECT_EQ(differences(trees[1], trees[0]), std::vector<std::string>());
}

/// The port where objects are received if none is named, one test at a time.
class UsualPort {
 public:
  static constexpr std::uint16_t kNumber = 11112;

  UsualPort() : lock_(::open("/tmp/dicom-client-test-11112.lock", O_RDWR | O_CREAT, 0666)) {
    ::flock(lock_.get(), LOCK_EX);
  }

 private:
  Fd lock_;
};

class MoveFallback : public ::testing::Test {
 protected:
  [[nodiscard]] static std::vector<std::string> files() {
    std::vector<std::string> bytes;
    for (const Phantom& each : phantoms()) bytes.push_back(each.bytes);
    return bytes;
  }

  [[nodiscard]] Got get_from(const ScriptedScp& scp, std::vector<std::string> more) const {
    std::vector<std::string> arguments{"--patient-id", "12345", "--timeout", "2"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return get({scp.port()}, folder_.path() / "tree", arguments);
  }

  static void expect_error(const Got& got, const std::string& words) {
    EXPECT_NE(got.run.err.find(": " + words), std::string::npos) << got.run.err;
  }

  std::uint16_t port_ = free_port();
  TempDir folder_;
};

TEST_F(MoveFallback, BringsWhatAServerWithoutGetHas) {
  const ScriptedScp scp(
      files(), {.contexts = Script::Contexts::refuse_get, .destinations = {{kTitle, port_}}});
  const Got got = get_from(scp, {"--receive-port", std::to_string(port_)});
  EXPECT_EQ(got.run.exit_code, 0) << got.run.err;
  EXPECT_EQ(got.count("stored"), 6);
}

TEST_F(MoveFallback, BringsAllOfALongSeriesFromAServerWithoutGet) {
  constexpr int kMany = 320;
  std::vector<std::string> many;
  for (int i = 1; i <= kMany; ++i)
    many.push_back(make_phantom(Kind::ct, {.instance = i, .size = 8}).bytes);
  const ScriptedScp scp(
      many, {.contexts = Script::Contexts::refuse_get, .destinations = {{kTitle, port_}}});
  const Got got = get_from(scp, {"--jobs", "16", "--receive-port", std::to_string(port_)});
  EXPECT_EQ(got.run.exit_code, 0) << got.run.err;
  EXPECT_EQ(got.count("stored"), kMany);
}

TEST_F(MoveFallback, IsNotTriedForEverWhereTheServerCannotReachUs) {
  std::vector<std::string> many;
  for (int series = 1; series <= 8; ++series)
    for (int i = 1; i <= 20; ++i)
      many.push_back(make_phantom(Kind::ct, {.series = series, .instance = i, .size = 8}).bytes);
  const ScriptedScp scp(many, {.destinations = {{kTitle, free_port()}}});
  const Got got = get_from(scp, {"--method", "move", "--receive-port", std::to_string(port_)});
  EXPECT_EQ(got.run.exit_code, 4) << got.run.err;
  EXPECT_EQ(got.count("failed"), 160);
  const ScpRecords records = scp.records();
  const auto moves =
      std::count_if(records.queries.begin(), records.queries.end(),
                    [](const auto& query) { return query.kind == ScpRecords::Query::Kind::move; });
  EXPECT_GE(moves, 8);
  EXPECT_LE(moves, 20);
  EXPECT_NE(got.run.err.find("C-MOVEs: C-MOVE was given up"), std::string::npos) << got.run.err;
}

TEST_F(MoveFallback, IsGivenUpWhereABusyServerNeverConnectsAndCountsNothing) {
  std::vector<std::string> many;
  for (int series = 1; series <= 40; ++series)
    many.push_back(make_phantom(Kind::ct, {.series = series, .size = 8}).bytes);
  const ScriptedScp scp(
      many, {.get_counters = Script::Counters{}, .destinations = {{kTitle, free_port()}}});
  const Got got = get_from(scp, {"--method", "move", "--jobs", "1", "--retry-pause", "0",
                                 "--receive-port", std::to_string(port_)});
  EXPECT_EQ(got.run.exit_code, 4) << got.run.err;
  const ScpRecords records = scp.records();
  EXPECT_EQ(
      std::count_if(records.queries.begin(), records.queries.end(),
                    [](const auto& query) { return query.kind == ScpRecords::Query::Kind::move; }),
      16);
}

TEST_F(MoveFallback, GoesOnWhereTheServerReachesUsThoughItSendsNothingAtFirst) {
  Script script{.destinations = {{kTitle, port_}}};
  std::vector<std::string> many;
  for (int series = 1; series <= 20; ++series)
    many.push_back(make_phantom(Kind::ct, {.series = series, .size = 8}).bytes);
  // Series are asked for in the order of their UIDs as text: 7, 8 and 9 come last.
  for (std::size_t i = 0; i < 20; ++i)
    if (i < 6 || i > 8) script.twists[i].sending = Script::Sending::never;
  const ScriptedScp scp(many, script);
  const Got got = get_from(scp, {"--method", "move", "--jobs", "1", "--retry-pause", "0",
                                 "--receive-port", std::to_string(port_)});
  EXPECT_EQ(got.run.exit_code, 2) << got.run.err;
  EXPECT_EQ(got.count("stored"), 3);
  EXPECT_EQ(got.run.err.find("did not connect"), std::string::npos) << got.run.err;
}

TEST_F(MoveFallback, BringsWhatGetDoesNot) {
  Script script{.destinations = {{kTitle, port_}}};
  script.roles = Script::Roles::refuse;
  const ScriptedScp scp(files(), script);
  const Got got = get_from(scp, {"--receive-port", std::to_string(port_)});
  EXPECT_EQ(got.run.exit_code, 0) << got.run.err;
  EXPECT_EQ(got.count("stored"), 6);
}

TEST_F(MoveFallback, WaitsForObjectsThatComeAfterTheLastWord) {
  Script script{.destinations = {{kTitle, port_}}};
  for (std::size_t i = 0; i < 6; ++i) script.twists[i].sending = Script::Sending::late;
  const ScriptedScp scp(files(), script);
  const Got got = get_from(scp, {"--method", "move", "--receive-port", std::to_string(port_)});
  EXPECT_EQ(got.run.exit_code, 0) << got.run.err;
  EXPECT_EQ(got.count("stored"), 6);
}

TEST_F(MoveFallback, TellsThatTheServerDoesNotKnowUs) {
  const ScriptedScp scp(files(), {});
  const Got got = get_from(scp, {"--method", "move", "--receive-port", std::to_string(port_)});
  EXPECT_EQ(got.run.exit_code, 4) << got.run.err;
  expect_error(got,
               "C-MOVE failed: refused: move destination unknown (A801)\n"
               "hint: ask the server's administrator to register the AE title DICOM-CLIENT "
               "with this machine's address and port " +
                   std::to_string(port_) + '\n');
}

/// dcmqrscp serves nobody else until the association is gone on which it told so.
TEST_F(MoveFallback, NoJobKeepsTheOthersWaitingWhereTheServerDoesNotKnowUs) {
  const DcmqrscpServer server;
  std::vector<Phantom> series;
  for (int i = 1; i <= 8; ++i) series.push_back(make_phantom(Kind::ct, {.series = i, .size = 8}));
  ASSERT_TRUE(server.store(series));
  for (int run = 1; run <= 3; ++run) {
    const Got got = get({server.port(), server.ae_title()}, folder_.path() / std::to_string(run),
                        {"--patient-id", "12345", "--method", "move", "--timeout", "5", "--retries",
                         "0", "--receive-port", std::to_string(port_)});
    EXPECT_EQ(got.run.exit_code, 4);
    EXPECT_NE(got.run.err.find("A801"), std::string::npos) << got.run.err;
    EXPECT_EQ(got.run.err.find("an association ended early"), std::string::npos) << got.run.err;
  }
}

TEST_F(MoveFallback, TellsWhatToDoWhereTheServerHasAnotherPort) {
  const ScriptedScp scp(
      files(), {.contexts = Script::Contexts::refuse_get, .destinations = {{kTitle, free_port()}}});
  const Got got = get_from(scp, {"--receive-port", std::to_string(port_)});
  EXPECT_EQ(got.run.exit_code, 4) << got.run.err;
  expect_error(got,
               "C-MOVE failed: refused: out of resources, cannot send the objects (A702)\n"
               "hint: it may not reach us: ask the server's administrator whether it has the "
               "AE title DICOM-CLIENT with this machine's address and port " +
                   std::to_string(port_) + ", and whether a firewall is between\n");
}

TEST_F(MoveFallback, TellsWhatToDoWhereThePortIsTaken) {
  const ScriptedScp scp(
      files(), {.contexts = Script::Contexts::refuse_get, .destinations = {{kTitle, port_}}});
  const ScriptedScp other({});
  const auto taken = std::to_string(other.port());
  const Got got = get_from(scp, {"--receive-port", taken});
  EXPECT_EQ(got.run.exit_code, 5) << got.run.err;
  expect_error(got,
               "nothing can be received on port " + taken +
                   ": address already in use\n"
                   "hint: choose another port with --receive-port, and have the server know it "
                   "for DICOM-CLIENT\n");
}

TEST_F(MoveFallback, ReceivesAtTheUsualPortWhereNoneIsGiven) {
  const UsualPort usual;
  const ScriptedScp scp(files(), {.contexts = Script::Contexts::refuse_get,
                                  .destinations = {{kTitle, UsualPort::kNumber}}});
  const Got got = get_from(scp, {});
  EXPECT_EQ(got.run.exit_code, 0) << got.run.err;
  EXPECT_EQ(got.count("stored"), 6);
}

TEST_F(MoveFallback, NeitherWayIsTold) {
  const ScriptedScp scp(
      files(), {.refused_classes = {"1.2.840.10008.5.1.4.1.2.2.3", "1.2.840.10008.5.1.4.1.2.2.2"}});
  const Got got = get_from(scp, {});
  EXPECT_EQ(got.run.exit_code, 4) << got.run.err;
  expect_error(got,
               "C-GET refused: the server accepted no presentation context for it\n"
               "hint: ask the server's administrator to allow C-GET for the AE title "
               "DICOM-CLIENT\n");
}

/// dcmqrscp, called by another address than it calls from.
class OtherAddress : public MoveFallback {
 protected:
  [[nodiscard]] RunResult get_from_other(std::vector<std::string> more) const {
    const MovingServer server(Archive::dcmqrscp, port_);
    EXPECT_TRUE(server.stored());
    std::vector<std::string> arguments{"get",
                                       "--patient-id",
                                       "12345",
                                       "--method",
                                       "move",
                                       "--json",
                                       "--output",
                                       (folder_.path() / "tree").string(),
                                       "--host",
                                       "127.0.0.2",
                                       "--port",
                                       std::to_string(server.address().port),
                                       "--called-aet",
                                       server.address().ae_title,
                                       "--receive-port",
                                       std::to_string(port_)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_tool(arguments);
  }
};

TEST_F(OtherAddress, IsTurnedAwayWithAHint) {
  const RunResult run = get_from_other({"--retries", "0"});
  EXPECT_EQ(run.exit_code, 4) << run.err;
  EXPECT_NE(run.err.find("warning: 127.0.0.1 was turned away: association rejected: calling AE "
                         "title not recognised; if it belongs to the server, add --receive-from "
                         "127.0.0.1"),
            std::string::npos)
      << run.err;
  const auto report = nlohmann::json::parse(run.out, nullptr, false);
  EXPECT_EQ(schema_violation(report, schema_of_docs("get.schema.json")), "") << run.out;
  EXPECT_NE(run.out.find("\"turned_away\""), std::string::npos) << run.out;
}

TEST_F(OtherAddress, IsLetInWhereItIsNamed) {
  const RunResult run = get_from_other({"--receive-from", "127.0.0.1"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
}

TEST_F(MoveFallback, KeepsNothingThatNobodyAskedFor) {
  const Place elsewhere{.person = {.number = 9, .id = "OTHER"}};
  Script script{.unasked = {make_phantom(Kind::ct, elsewhere).bytes},
                .destinations = {{kTitle, port_}}};
  const ScriptedScp scp(files(), script);
  const Got got = get_from(scp, {"--method", "move", "--receive-port", std::to_string(port_)});
  EXPECT_EQ(got.run.exit_code, 0) << got.run.err;
  EXPECT_EQ(got.instances.size(), 6U);
}

}  // namespace
}  // namespace dcm::test
