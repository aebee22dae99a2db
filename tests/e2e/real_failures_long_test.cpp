// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <thread>

#include "e2e/aftermath.hpp"
#include "e2e/undisturbed.hpp"
#include "support/read_back.hpp"
#include "support/temp_dir.hpp"

/// What real servers do to a run: they crash and come back, and stop where they cannot go on.
namespace dcm::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

constexpr auto kPatience = 120s;

/// Four patients of three series each that would all have the same folder. dcmqrscp does not tell
/// SeriesDescription, so that while one of them has not come nobody knows.
std::vector<Phantom> patients() {
  std::vector<Phantom> phantoms;
  for (int patient = 1; patient <= 4; ++patient)
    for (int series = 1; series <= 3; ++series)
      for (int instance = 1; instance <= 8; ++instance)
        phantoms.push_back(
            make_phantom(series == 2 ? Kind::mr : Kind::ct,
                         {.person = {.number = patient, .id = "PATIENT" + std::to_string(patient)},
                          .series = series,
                          .instance = instance,
                          .size = 96}));
  return phantoms;
}

/// A server of its own with patients().
class MortalServer {
 public:
  explicit MortalServer(WhichServer which) {
    bool stored = false;
    if (which == WhichServer::orthanc) {
      orthanc_ = std::make_unique<OrthancServer>(orthanc_options());
      stored = orthanc_->store(patients());
    } else {
      dcmqrscp_ = std::make_unique<DcmqrscpServer>();
      stored = dcmqrscp_->store(patients());
    }
    if (!stored) throw std::runtime_error("a server does not take the objects");
  }

  [[nodiscard]] Address address() const {
    return orthanc_ ? address_of(*orthanc_) : address_of(*dcmqrscp_);
  }
  void crash() const {
    if (orthanc_) orthanc_->crash();
    if (dcmqrscp_) dcmqrscp_->crash();
  }
  void start() const {
    if (orthanc_) orthanc_->start();
    if (dcmqrscp_) dcmqrscp_->start();
  }

 private:
  std::unique_ptr<OrthancServer> orthanc_;
  std::unique_ptr<DcmqrscpServer> dcmqrscp_;
};

class ServerCrash : public ::testing::TestWithParam<WhichServer> {
 protected:
  void SetUp() override {
    const Got got = get(server_.address(), reference_, kSeveralByDate);
    ASSERT_EQ(got.run.exit_code, 0) << got.run.err;
  }

  /// Starts a run and crashes the server when so many objects have come.
  [[nodiscard]] std::unique_ptr<Process> start_and_crash_at(std::size_t objects,
                                                            const Texts& more) const {
    Texts arguments = kSeveralByDate;
    arguments.insert(arguments.begin(), "get");
    arguments.insert(arguments.end(), {"--output", tree_, "--json"});
    arguments.insert(arguments.end(), more.begin(), more.end());
    for (int times = 0; times < 10; ++times) {
      std::unique_ptr<Process> program(new Process(start_tool_at(server_.address(), arguments)));
      program->run_until([&] { return all_objects_in(tree_).size() >= objects; });
      server_.crash();
      if (program->running()) return program;
      server_.start();
      fs::remove_all(tree_);
    }
    throw std::runtime_error("each run is done before its server crashes");
  }

  /// How it ended: exit code, report and tree agree.
  [[nodiscard]] Got end_of(Process& program) const {
    const auto run = program.wait(kPatience);
    if (!run) throw std::runtime_error("the program does not end");
    Got got = got_by(*run, tree_);
    EXPECT_EQ(got.count("exit"), run->exit_code) << run->err;
    EXPECT_EQ(got.count("expected"), static_cast<long>(kSeveralObjects));
    EXPECT_EQ(got.count("stored"), static_cast<long>(all_objects_in(tree_).size()));
    EXPECT_EQ(run->exit_code == 0, got.count("stored") == static_cast<long>(kSeveralObjects));
    EXPECT_EQ(torn_objects(tree_, reference_), Texts());
    EXPECT_EQ(litter_in(tree_), Texts());
    return got;
  }

  TempDir folder_;
  fs::path tree_ = folder_.path() / "tree";
  fs::path reference_ = folder_.path() / "undisturbed";
  MortalServer server_{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Of, ServerCrash, ::testing::ValuesIn(kBothServers),
                         [](const auto& tested) { return name_of(tested.param); });

TEST_P(ServerCrash, IsOvercomeByTheSameRunWhenTheServerComesBack) {
  for (const std::size_t objects : {1U, 30U, 60U}) {
    SCOPED_TRACE(objects);
    const auto program = start_and_crash_at(objects, {});
    std::this_thread::sleep_for(500ms);
    server_.start();
    const Got got = end_of(*program);
    EXPECT_EQ(got.run.exit_code, 0) << got.run.err;
    EXPECT_EQ(differences(tree_, reference_), Texts());
    fs::remove_all(tree_);
  }
}

TEST_P(ServerCrash, ForGoodIsToldAndResumed) {
  for (const std::size_t objects : {1U, 30U, 60U}) {
    SCOPED_TRACE(objects);
    const auto program = start_and_crash_at(objects, {"--retry-pause", "0"});
    const Got got = end_of(*program);
    EXPECT_TRUE(got.run.exit_code == 2 || got.run.exit_code == 4) << got.run.exit_code;
    server_.start();
    const Got again = get(server_.address(), tree_, kSeveralByDate);
    EXPECT_EQ(again.run.exit_code, 0) << again.run.err;
    EXPECT_EQ(again.count("skipped"), got.count("stored"));
    EXPECT_EQ(differences(tree_, reference_), Texts());
    fs::remove_all(tree_);
  }
}

/// It sends each object on the first accepted context of its class, and ends the C-GET at one that
/// does not fit there.
TEST(DcmqrscpWithTwoSyntaxesInOneSeries, IsAskedUntilAllIsThere) {
  const TempDir folder;
  std::vector<Phantom> phantoms;
  for (int instance = 1; instance <= 6; ++instance) {
    phantoms.push_back(make_phantom(Kind::ct, {.instance = instance}));
    if (instance % 2 == 0) continue;
    write_file(folder.path() / "plain", phantoms.back().bytes);
    compress(folder.path() / "plain", Compression::jpeg_lossless, folder.path() / "compressed");
    phantoms.back().bytes = read_file(folder.path() / "compressed");
  }
  const DcmqrscpServer dcmqrscp({.arguments = dcmqrscp_arguments(uid::kJpegLossless)});
  const OrthancServer orthanc(orthanc_options());
  ASSERT_TRUE(dcmqrscp.store(phantoms));
  ASSERT_TRUE(orthanc.store(phantoms));
  const Texts command = {"--patient-id", "12345", "--anonymize-data"};
  const Got from_dcmqrscp = get(address_of(dcmqrscp), folder.path() / "dcmqrscp", command);
  const Got from_orthanc = get(address_of(orthanc), folder.path() / "orthanc", command);
  EXPECT_EQ(from_orthanc.run.exit_code, 0) << from_orthanc.run.err;
  EXPECT_EQ(from_dcmqrscp.run.exit_code, 0) << from_dcmqrscp.run.err;
  EXPECT_EQ(differences(folder.path() / "dcmqrscp", folder.path() / "orthanc"), Texts());
}

}  // namespace
}  // namespace dcm::test
