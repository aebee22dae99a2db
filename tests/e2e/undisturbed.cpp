// SPDX-License-Identifier: MIT
#include "e2e/undisturbed.hpp"

#include <memory>
#include <stdexcept>

#include "support/temp_dir.hpp"

namespace dcm::test {
namespace {

template <typename Server, typename Options>
const Undisturbed& undisturbed_on(const Options& options) {
  static TempDir folder;
  static std::unique_ptr<Server> server;
  static std::unique_ptr<Undisturbed> made;
  if (made) return *made;
  server = std::make_unique<Server>(options);
  if (!server->store(several_patients()))
    throw std::runtime_error("a server does not take the objects");
  Undisturbed result{.address = address_of(*server), .tree = folder.path() / "undisturbed"};
  std::vector<std::string> arguments = kSeveralByDate;
  arguments.insert(arguments.end(), {"--jobs", "1"});
  const Got got = get(result.address, result.tree, arguments);
  if (got.run.exit_code != 0 || got.instances.size() != kSeveralObjects)
    throw std::runtime_error("the undisturbed run failed: " + got.run.err);
  result.seconds = got.run.seconds;
  made = std::make_unique<Undisturbed>(std::move(result));
  return *made;
}

}  // namespace

std::vector<Phantom> several_patients() {
  std::vector<Phantom> phantoms;
  for (int patient = 1; patient <= 4; ++patient) {
    for (int instance = 1; instance <= 12; ++instance) {
      Place place{.person = {.number = patient, .id = "PATIENT" + std::to_string(patient)},
                  .instance = instance,
                  .size = 96};
      phantoms.push_back(make_phantom(Kind::ct, place));
      place.series = 2;
      phantoms.push_back(make_phantom(Kind::mr, place));
    }
  }
  return phantoms;
}

const Undisturbed& undisturbed(WhichServer which) {
  return which == WhichServer::orthanc ? undisturbed_on<OrthancServer>(orthanc_options())
                                       : undisturbed_on<DcmqrscpServer>(DcmqrscpServer::Options{});
}

}  // namespace dcm::test
