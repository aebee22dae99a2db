// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <memory>

#include "e2e/aftermath.hpp"
#include "e2e/tool.hpp"
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
  EXPECT_NE(got.run.err.find("A801"), std::string::npos) << got.run.err;
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
