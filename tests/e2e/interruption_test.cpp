// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <random>
#include <thread>

#include "e2e/aftermath.hpp"
#include "e2e/tool.hpp"
#include "support/scripted_scp.hpp"
#include "support/temp_dir.hpp"

/// However a run ends, what it stored is whole, and the same command makes the tree that an
/// undisturbed run makes.
namespace dcm::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Texts = std::vector<std::string>;

constexpr int kPatients = 4, kInstances = 20;
constexpr std::size_t kObjects = std::size_t{2} * kPatients * kInstances;
constexpr auto kPatience = 60s;
constexpr const char* kResumes = "hint: repeat the command: it goes on where this one stopped\n";

/// A CT and an MR series for each patient: names are given as patients become complete.
std::vector<Phantom> collection() {
  std::vector<Phantom> phantoms;
  for (int patient = 1; patient <= kPatients; ++patient) {
    for (int i = 1; i <= kInstances; ++i) {
      Place place{.person = {.number = patient, .id = "PATIENT" + std::to_string(patient)},
                  .instance = i,
                  .size = 96};
      phantoms.push_back(make_phantom(Kind::ct, place));
      place.series = 2;
      phantoms.push_back(make_phantom(Kind::mr, place));
    }
  }
  return phantoms;
}

const std::vector<std::string> kAll = {"--study-date", "20230101", "--anonymize-data"};

/// A server with the collection, and the tree that an undisturbed run with one job makes of it.
struct Source {
  Address address;
  fs::path undisturbed;
};

template <typename Server, typename Options>
const Source& source_on(const Options& options) {
  static const TempDir folder;
  static std::unique_ptr<Server> server;
  static std::unique_ptr<Source> source;
  if (source) return *source;
  server = std::make_unique<Server>(options);
  if (!server->store(collection())) throw std::runtime_error("a server does not take the objects");
  const Source made{address_of(*server), folder.path() / "undisturbed"};
  std::vector<std::string> arguments = kAll;
  arguments.insert(arguments.end(), {"--jobs", "1"});
  const Got got = get(made.address, made.undisturbed, arguments);
  if (got.run.exit_code != 0 || got.instances.size() != kObjects)
    throw std::runtime_error("the undisturbed run failed: " + got.run.err);
  source = std::make_unique<Source>(made);
  return *source;
}

const Source& source_on(WhichServer which) {
  return which == WhichServer::orthanc
             ? source_on<OrthancServer>(orthanc_options())
             : source_on<DcmqrscpServer>(DcmqrscpServer::Options{});
}

class Interruption : public ::testing::TestWithParam<WhichServer> {
 protected:
  [[nodiscard]] static const Source& source() { return source_on(GetParam()); }
  [[nodiscard]] fs::path tree() const { return folder_.path() / "tree"; }

  /// Starts the command and waits until so many objects are whole in the tree, or it has ended.
  [[nodiscard]] Process start_until(std::size_t objects) const {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    return Process(std::move(start_get(source().address, tree(), kAll)));
  }

  TempDir folder_;
};

}  // namespace
}  // namespace dcm::test
