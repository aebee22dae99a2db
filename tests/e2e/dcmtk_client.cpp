// SPDX-License-Identifier: MIT
#include "e2e/dcmtk_client.hpp"

#include <filesystem>
#include <stdexcept>
#include <thread>

#include "support/read_back.hpp"

namespace dcm::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

RunResult run_client(const std::vector<std::string>& command,
                     std::chrono::milliseconds timeout = 20s) {
  RunResult result = run(command, {.timeout = timeout});
  result.out += result.err;
  return result;
}

std::set<std::string> data_sets_in(const fs::path& folder) {
  std::set<std::string> data_sets;
  for (const auto& entry : fs::directory_iterator(folder)) try {
      data_sets.insert(data_set_of(read_file(entry.path())));
    } catch (const std::runtime_error&) {
      data_sets.insert("unreadable");
    }
  return data_sets;
}

}  // namespace

std::vector<Phantom> three_slices(int size) {
  std::vector<Phantom> out;
  for (int i = 1; i <= 3; ++i) out.push_back(make_phantom(Kind::ct, {.instance = i, .size = size}));
  return out;
}

std::vector<std::string> bytes_of(const std::vector<Phantom>& phantoms) {
  std::vector<std::string> out;
  for (const Phantom& each : phantoms) out.push_back(each.bytes);
  return out;
}

std::set<std::string> data_sets_of(const std::vector<Phantom>& phantoms) {
  std::set<std::string> out;
  for (const Phantom& each : phantoms) out.insert(data_set_of(each.bytes));
  return out;
}

RunResult findscu(std::uint16_t port, const std::vector<std::string>& keys) {
  std::vector<std::string> command = {"findscu", "-v", "-S", "-aec", "SCRIPTED"};
  for (const std::string& key : keys) command.insert(command.end(), {"-k", key});
  command.insert(command.end(), {"127.0.0.1", std::to_string(port)});
  return run_client(command);
}

RunResult echoscu(std::uint16_t port) {
  return run_client(
      {"echoscu", "-aet", "ASKER", "-aec", "SCRIPTED", "127.0.0.1", std::to_string(port)});
}

Fetched getscu(std::uint16_t port, const std::string& study_uid,
               std::chrono::milliseconds timeout) {
  const TempDir folder;
  Fetched out;
  out.run = run_client(
      {"getscu", "-v", "+B", "-S", "-od", folder.path().string(), "-k", "0008,0052=STUDY", "-k",
       "0020,000d=" + study_uid, "127.0.0.1", std::to_string(port)},
      timeout);
  out.data_sets = data_sets_in(folder.path());
  return out;
}

RunResult movescu(std::uint16_t port, const std::string& study_uid,
                  const std::string& destination) {
  return run_client({"movescu", "-d", "-S", "-aet", "ASKER", "-aec", "SCRIPTED", "-aem",
                     destination, "-k", "0008,0052=STUDY", "-k", "0020,000d=" + study_uid,
                     "127.0.0.1", std::to_string(port)});
}

StoreScp::StoreScp()
    : process_({"storescp", "-d", "--fork", "+xa", "+B", "-od", folder_.path().string(),
                std::to_string(port_)}) {
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (!connect_to(port_)) {
    if (std::chrono::steady_clock::now() > deadline || !process_.running())
      throw std::runtime_error("storescp does not start: " + log());
    std::this_thread::sleep_for(10ms);
  }
}

std::set<std::string> StoreScp::data_sets() const { return data_sets_in(folder_.path()); }

std::set<std::string> StoreScp::wait_for(std::size_t wanted) const {
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (data_sets().size() < wanted && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(10ms);
  return data_sets();
}

std::size_t count_of(std::string_view word, std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = text.find(word, at)) != std::string_view::npos; at += word.size())
    ++count;
  return count;
}

}  // namespace dcm::test
