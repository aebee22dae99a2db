// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "support/address.hpp"
#include "support/phantoms.hpp"
#include "support/process.hpp"
#include "support/servers.hpp"

/// The built program, run as a user runs it.
namespace dcm::test {

/// Path of the program under test: environment DICOM_CLIENT, else that of this build.
[[nodiscard]] std::string tool_path();

/// Runs the program with these arguments. It never sees the configuration of who runs the tests.
[[nodiscard]] RunResult run_tool(const std::vector<std::string>& arguments,
                                 RunOptions options = {});

/// The same with the options that name the server after the arguments.
[[nodiscard]] RunResult run_tool_at(const Address& server, std::vector<std::string> arguments,
                                    RunOptions options = {});

/// The same, running beside us.
[[nodiscard]] Process start_tool_at(const Address& server, std::vector<std::string> arguments,
                                    RunOptions options = {});

/// While it lives, the optimised program does the work where there is one: environment
/// DICOM_CLIENT_RELEASE.
class FastestProgram {
 public:
  FastestProgram();
  ~FastestProgram();
  FastestProgram(const FastestProgram&) = delete;
  FastestProgram& operator=(const FastestProgram&) = delete;

 private:
  std::optional<std::string> before_;
};

/// What `get --json` did.
struct Got {
  RunResult run;
  nlohmann::json report;            ///< null if stdout was not JSON
  std::set<std::string> instances;  ///< SOP Instance UIDs of all files in the tree

  /// A count of the report; -1 if it is not there.
  [[nodiscard]] long count(const char* name) const;
};
[[nodiscard]] Got got_by(RunResult run, const std::filesystem::path& tree);

/// `get ARGUMENTS --output TREE --json`.
[[nodiscard]] Got get(const Address& server, const std::filesystem::path& tree,
                      std::vector<std::string> arguments, RunOptions options = {});

/// The objects of a tree by SOP Instance UID, which is the name of the file. What is under
/// .dicom-client is none.
[[nodiscard]] std::map<std::string, std::filesystem::path> objects_in(
    const std::filesystem::path& tree);

/// Content, mode and time of change of everything in a tree but .dicom-client, by relative path.
/// Folders have a mode only.
struct FileState {
  std::string content;
  unsigned mode = 0;
  std::filesystem::file_time_type written;
};
[[nodiscard]] std::map<std::string, FileState> states_in(const std::filesystem::path& tree);

/// SOP Instance UIDs of those phantoms that meet a condition.
template <typename Condition>
[[nodiscard]] std::set<std::string> uids_of(const std::vector<Phantom>& phantoms,
                                            Condition condition) {
  std::set<std::string> uids;
  for (const Phantom& each : phantoms)
    if (condition(each)) uids.insert(each.sop_uid);
  return uids;
}

/// Orthanc with an entry for the program in DicomModalities, without which it refuses C-FIND.
[[nodiscard]] OrthancServer::Options orthanc_options(
    nlohmann::json settings = nlohmann::json::object());

/// A server that holds phantoms, shared by the tests of a process, which must not change it.
struct Holding {
  Address address;
  std::vector<Phantom> phantoms;
};
/// Orthanc with default_collection() and compressed_collection(); answers queries in UTF-8.
[[nodiscard]] const Holding& shared_orthanc();
/// Stock dcmqrscp with what it takes: default_collection() without what is deflated.
[[nodiscard]] const Holding& shared_dcmqrscp();

/// Tests of both shared servers: INSTANTIATE_TEST_SUITE_P(On, Suite, kBothServers, server_name).
enum class WhichServer : std::uint8_t { orthanc, dcmqrscp };
[[nodiscard]] const Holding& shared(WhichServer which);
inline constexpr std::array kBothServers = {WhichServer::orthanc, WhichServer::dcmqrscp};
[[nodiscard]] std::string name_of(WhichServer which);

}  // namespace dcm::test
