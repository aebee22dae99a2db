// SPDX-License-Identifier: MIT
#include "e2e/second_opinion.hpp"

#include <algorithm>
#include <cctype>
#include <future>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "support/phantoms.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace dcm::test {
namespace {

namespace fs = std::filesystem;
using Paths = std::vector<fs::path>;

constexpr std::size_t kAtATime = 100;
constexpr const char* kReadback = DCM_SOURCE_DIR "/tests/support/readback.py";

// Announces each file, so that what follows can be told apart.
constexpr const char* kVerifyEach =
    "for file; do printf '\\nFILE %s\\n' \"$file\"; dciodvfy \"$file\" 2>&1; done; exit 0";
// All at once, and one by one only if that fails.
constexpr const char* kDumpEach =
    "dump() { dcmdump -q +M +P 0008,0018 \"$@\" >/dev/null 2>&1; }; dump \"$@\" && exit 0;"
    "for file; do dump \"$file\" || echo \"$file\"; done";

/// Runs a shell script over the files, on two processors, and returns what it printed.
std::string over_all(const char* script, const Paths& paths) {
  std::vector<std::future<std::string>> parts;
  const auto work = [&](std::size_t first) {
    std::string out;
    for (std::size_t at = first; at < paths.size(); at += 2 * kAtATime) {
      std::vector<std::string> command = {"sh", "-c", script, "sh"};
      for (std::size_t i = at; i < std::min(at + kAtATime, paths.size()); ++i)
        command.push_back(paths[i].string());
      const RunResult result = run(command);
      if (result.exit_code != 0) throw std::runtime_error(result.err);
      out += result.out;
    }
    return out;
  };
  for (const std::size_t first : {std::size_t{0}, kAtATime})
    parts.push_back(std::async(std::launch::async, work, first));
  return parts[0].get() + parts[1].get();
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }
bool is_numeric(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '.'; }

/// `= <VALUE>` without the value, and every number and UID as N. Tags stay, and so does `1C`.
std::string comparable(std::string line) {
  if (const std::size_t value = line.find("= <"); value != std::string::npos)
    line.erase(value + 3, line.rfind('>') - value - 3);
  std::string out;
  for (std::size_t at = 0; at < line.size();) {
    const std::size_t end = static_cast<std::size_t>(
        std::find_if_not(line.begin() + static_cast<std::ptrdiff_t>(at), line.end(), is_numeric) -
        line.begin());
    const bool whole = end > at && (at == 0 || !is_word(line[at - 1])) &&
                       (end == line.size() || !is_word(line[end]));
    const std::size_t count = std::max<std::size_t>(end - at, 1);
    out += whole ? std::string("N") : line.substr(at, count);
    at += count;
  }
  return out;
}

}  // namespace

std::vector<Reading> read_by_pydicom(const Paths& paths, const fs::path& key_file) {
  const TempDir folder;
  std::string list;
  for (const fs::path& path : paths) list += path.string() + "\n";
  write_file(folder.path() / "list", list);
  const RunResult result = run({"python3", kReadback, folder.path() / "list", key_file});
  if (result.exit_code != 0) throw std::runtime_error("readback.py: " + result.err);
  std::vector<Reading> readings;
  std::istringstream lines(result.out);
  for (std::string line; std::getline(lines, line);) {
    const nlohmann::json found = nlohmann::json::parse(line);
    readings.push_back({found.at("sop"), found.at("keyed"), found.at("bare"), found.at("elements"),
                        found.at("pixels"), found.at("error")});
  }
  if (readings.size() != paths.size()) throw std::runtime_error("readback.py: lines are missing");
  return readings;
}

std::vector<std::set<std::string>> errors_by_dciodvfy(const Paths& paths) {
  if (run({"dciodvfy", "/dev/null"}).exit_code == 127)
    throw std::runtime_error("dciodvfy is not there: install dicom3tools");
  std::map<std::string, std::set<std::string>> errors;
  std::istringstream lines(over_all(kVerifyEach, paths));
  std::string file;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("FILE ")) file = line.substr(5);
    if (line.starts_with("FILE ")) errors[file];
    if (line.starts_with("Error - ")) errors[file].insert(comparable(line.substr(8)));
  }
  std::vector<std::set<std::string>> ordered;
  for (const fs::path& path : paths) ordered.push_back(errors.at(path.string()));
  return ordered;
}

Paths refused_by_dcmdump(const Paths& paths) {
  std::istringstream lines(over_all(kDumpEach, paths));
  Paths refused;
  for (std::string line; std::getline(lines, line);) refused.emplace_back(line);
  return refused;
}

}  // namespace dcm::test
