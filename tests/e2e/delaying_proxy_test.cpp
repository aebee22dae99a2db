// SPDX-License-Identifier: MIT
#include "support/delaying_proxy.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <thread>

#include "e2e/dcmtk_client.hpp"
#include "support/scripted_scp.hpp"

namespace dcm::test {
namespace {

using namespace std::chrono_literals;

constexpr int kLarge = 1024;  // rows and columns: some MB for three

TEST(DelayingProxy, DelaysEachDirectionAndChangesNoByte) {
  const std::vector<Phantom> slices = three_slices(kLarge);
  const ScriptedScp scp(bytes_of(slices));
  const DelayingProxy proxy(scp.port(), 50ms);
  const Fetched fetched = getscu(proxy.port(), slices.front().study_uid);
  EXPECT_EQ(fetched.run.exit_code, 0) << fetched.run.out;
  EXPECT_EQ(fetched.data_sets, data_sets_of(slices));
  // Association, three C-STOREs and their responses, the final response, release.
  EXPECT_GE(fetched.run.seconds, 6 * 0.1);
}

TEST(DelayingProxy, TellsWhatItCarried) {
  const std::vector<Phantom> slices = three_slices(kLarge);
  const ScriptedScp scp(bytes_of(slices));
  const DelayingProxy proxy(scp.port(), 50ms);
  (void)getscu(proxy.port(), slices.front().study_uid);
  EXPECT_GE(proxy.arrived(), 3U * 2 * kLarge * kLarge);
  EXPECT_EQ(proxy.connections(), 1);
}

TEST(DelayingProxy, CarriesManyConnectionsAtOnce) {
  const ScriptedScp scp({});
  const DelayingProxy proxy(scp.port());
  std::vector<std::unique_ptr<Process>> clients;
  for (int i = 0; i < 16; ++i)
    clients.push_back(std::make_unique<Process>(
        std::vector<std::string>{"echoscu", "127.0.0.1", std::to_string(proxy.port())}));
  for (const auto& each : clients) {
    const auto run = each->wait(20s);
    ASSERT_TRUE(run);
    EXPECT_EQ(run->exit_code, 0) << run->err;
  }
  EXPECT_EQ(scp.records().echoes, 16);
}

TEST(DelayingProxy, CutsSoManyConnectionsAfterSoManyBytes) {
  const std::vector<Phantom> slices = three_slices(kLarge);
  const ScriptedScp scp(bytes_of(slices));
  DelayingProxy proxy(scp.port(), 1ms);
  proxy.cut_after(3U << 20U, 1);  // within the second object
  EXPECT_NE(getscu(proxy.port(), slices.front().study_uid).run.exit_code, 0);
  EXPECT_EQ(proxy.arrived(), 3U << 20U);
  EXPECT_EQ(scp.records().stores.size(), 1U);
  EXPECT_EQ(getscu(proxy.port(), slices.front().study_uid).data_sets, data_sets_of(slices));
}

TEST(DelayingProxy, RefusesWhileTheNetworkIsGone) {
  const ScriptedScp scp({});
  DelayingProxy proxy(scp.port(), 1ms);
  proxy.set(DelayingProxy::Network::gone);
  const RunResult refused = echoscu(proxy.port());
  EXPECT_NE(refused.exit_code, 0);
  EXPECT_NE(refused.out.find("Connection refused"), std::string::npos) << refused.out;
  EXPECT_TRUE(scp.records().associations.empty());
  proxy.set(DelayingProxy::Network::up);
  EXPECT_EQ(echoscu(proxy.port()).exit_code, 0);
}

TEST(DelayingProxy, ResetsWhatIsOpenWhenTheNetworkGoes) {
  Script script;
  script.ending = Script::Ending{.how = Script::Break::silence};
  const ScriptedScp scp({}, script);
  DelayingProxy proxy(scp.port(), 1ms);
  Process client({"echoscu", "127.0.0.1", std::to_string(proxy.port())});
  client.run_until([&] { return !scp.records().associations.empty(); });
  ASSERT_TRUE(client.running());
  proxy.set(DelayingProxy::Network::gone);
  const auto run = client.wait(20s);
  ASSERT_TRUE(run);
  EXPECT_NE(run->exit_code, 0);
}

TEST(DelayingProxy, LetsNothingThroughWhileStalled) {
  const ScriptedScp scp({});
  DelayingProxy proxy(scp.port(), 1ms);
  proxy.set(DelayingProxy::Network::stalled);
  Process client({"echoscu", "127.0.0.1", std::to_string(proxy.port())});
  std::this_thread::sleep_for(300ms);
  EXPECT_TRUE(client.running());
  EXPECT_TRUE(scp.records().associations.empty());
  proxy.set(DelayingProxy::Network::up);
  const auto run = client.wait(20s);
  ASSERT_TRUE(run);
  EXPECT_EQ(run->exit_code, 0) << run->err;
}

TEST(DelayingProxy, RefusesByResetWhereNobodyListens) {
  const DelayingProxy proxy(free_port(), 1ms);
  EXPECT_NE(echoscu(proxy.port()).exit_code, 0);
}

}  // namespace
}  // namespace dcm::test
