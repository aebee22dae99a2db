// SPDX-License-Identifier: MIT
#include "e2e/tool.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <stdexcept>

#include "support/read_back.hpp"
#include "support/temp_dir.hpp"

namespace dcm::test {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kOwnFolder = ".dicom-client";

template <typename Visit>
void walk(const fs::path& tree, const Visit& visit) {
  if (!fs::exists(tree)) return;
  for (auto at = fs::recursive_directory_iterator(tree); at != fs::end(at); ++at) {
    if (at->path().filename() == kOwnFolder) {
      at.disable_recursion_pending();
      continue;
    }
    visit(*at);
  }
}

std::vector<std::string> command_of(const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {tool_path()};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

std::vector<std::string> aimed_at(const Address& server, std::vector<std::string> arguments) {
  for (const std::string& each :
       {std::string("--host"), std::string("127.0.0.1"), std::string("--port"),
        std::to_string(server.port), std::string("--called-aet"), server.ae_title})
    arguments.push_back(each);
  return arguments;
}

/// Of a name that stands there twice the first counts. Not even root can make a folder there.
RunOptions without_configuration(RunOptions options) {
  for (const char* name : {"HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "DICOM_CLIENT_CONFIG"})
    options.environment.emplace_back(name, "/proc/nonexistent");
  return options;
}

template <typename Server>
const Holding& hold(const std::unique_ptr<Server>& server, std::vector<Phantom> phantoms,
                    std::unique_ptr<Holding>& holding) {
  if (!server->store(phantoms)) throw std::runtime_error("a server does not take the phantoms");
  holding = std::make_unique<Holding>(Holding{address_of(*server), std::move(phantoms)});
  return *holding;
}

}  // namespace

std::string tool_path() {
  const char* path = std::getenv("DICOM_CLIENT");
  return path != nullptr && *path != '\0' ? path : DICOM_CLIENT;
}

RunResult run_tool(const std::vector<std::string>& arguments, RunOptions options) {
  return run(command_of(arguments), without_configuration(std::move(options)));
}

RunResult run_tool_at(const Address& server, std::vector<std::string> arguments,
                      RunOptions options) {
  return run_tool(aimed_at(server, std::move(arguments)), std::move(options));
}

Process start_tool_at(const Address& server, std::vector<std::string> arguments,
                      RunOptions options) {
  return Process(command_of(aimed_at(server, std::move(arguments))),
                 without_configuration(std::move(options)));
}

FastestProgram::FastestProgram() {
  const char* fast = std::getenv("DICOM_CLIENT_RELEASE");
  if (const char* set = std::getenv("DICOM_CLIENT")) before_ = set;
  if (fast != nullptr && *fast != '\0') setenv("DICOM_CLIENT", fast, 1);
}

FastestProgram::~FastestProgram() {
  if (before_)
    setenv("DICOM_CLIENT", before_->c_str(), 1);
  else
    unsetenv("DICOM_CLIENT");
}

long Got::count(const char* name) const {
  const auto at = report.find(name);
  return at != report.end() && at->is_number_integer() ? at->get<long>() : -1;
}

Got got_by(RunResult run, const fs::path& tree) {
  auto report = nlohmann::json::parse(run.out, nullptr, false);
  if (report.is_discarded()) report = nullptr;
  std::set<std::string> instances;
  for (const auto& [uid, path] : objects_in(tree)) instances.insert(uid);
  return {.run = std::move(run), .report = std::move(report), .instances = std::move(instances)};
}

Got get(const Address& server, const fs::path& tree, std::vector<std::string> arguments,
        RunOptions options) {
  arguments.insert(arguments.begin(), "get");
  arguments.insert(arguments.end(), {"--output", tree.string(), "--json"});
  if (std::find(arguments.begin(), arguments.end(), "--retry-pause") == arguments.end())
    arguments.insert(arguments.end(), {"--retry-pause", "0"});
  return got_by(run_tool_at(server, std::move(arguments), std::move(options)), tree);
}

std::map<std::string, fs::path> objects_in(const fs::path& tree) {
  std::map<std::string, fs::path> objects;
  walk(tree, [&](const fs::directory_entry& entry) {
    if (entry.is_regular_file() && entry.path().extension() == ".dcm")
      objects[entry.path().stem()] = entry.path();
  });
  return objects;
}

std::map<std::string, FileState> states_in(const fs::path& tree) {
  std::map<std::string, FileState> states;
  walk(tree, [&](const fs::directory_entry& entry) {
    struct stat status {};
    if (lstat(entry.path().c_str(), &status) != 0) throw std::runtime_error("lstat");
    FileState& state = states[entry.path().lexically_relative(tree)];
    state.mode = status.st_mode & 07777U;
    if (!entry.is_regular_file()) return;
    state.content = read_file(entry.path());
    state.written = entry.last_write_time();
  });
  return states;
}

OrthancServer::Options orthanc_options(nlohmann::json settings) {
  return {.move_peers = {{"DICOM-CLIENT", 104}}, .settings = std::move(settings)};
}

const Holding& shared_orthanc() {
  static std::unique_ptr<OrthancServer> server;
  static std::unique_ptr<Holding> holding;
  if (holding) return *holding;
  // By default it answers in Latin-1 and leaves out what that cannot say.
  server = std::make_unique<OrthancServer>(orthanc_options({{"DefaultEncoding", "Utf8"}}));
  std::vector<Phantom> phantoms = default_collection();
  for (Phantom& each : compressed_collection()) phantoms.push_back(std::move(each));
  return hold(server, std::move(phantoms), holding);
}

const Holding& shared_dcmqrscp() {
  static std::unique_ptr<DcmqrscpServer> server;
  static std::unique_ptr<Holding> holding;
  if (holding) return *holding;
  server = std::make_unique<DcmqrscpServer>();
  std::vector<Phantom> phantoms = default_collection();
  std::erase_if(phantoms, [](const Phantom& p) { return p.transfer_syntax == uid::kDeflated; });
  return hold(server, std::move(phantoms), holding);
}

const Holding& shared(WhichServer which) {
  return which == WhichServer::orthanc ? shared_orthanc() : shared_dcmqrscp();
}

std::string name_of(WhichServer which) {
  return which == WhichServer::orthanc ? "Orthanc" : "Dcmqrscp";
}

}  // namespace dcm::test
