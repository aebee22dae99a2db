// SPDX-License-Identifier: MIT
#include "e2e/aftermath.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <sstream>

#include "base/csv_reader.hpp"
#include "support/read_back.hpp"

namespace dcm::test {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> lines_after(const std::string& text, std::string_view beginning) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(beginning)) lines.push_back(line.substr(beginning.size()));
  return lines;
}

/// The tree's own files; objects wait three levels below `incoming`.
bool is_own(const fs::path& path) {
  const auto depth = std::distance(path.begin(), path.end());
  constexpr std::array kFiles{"lock",      "tree.json",     "ledger.key",
                              "ledger.db", "ledger.db-wal", "ledger.db-journal"};
  if (depth == 2) return std::find(kFiles.begin(), kFiles.end(), path.filename()) != kFiles.end();
  const bool incoming = *std::next(path.begin()) == "incoming";
  return incoming && (depth == 3 || (depth == 5 && path.extension() == ".dcm"));
}

bool belongs(const fs::path& path) {
  if (*path.begin() == ".dicom-client") return is_own(path);
  const auto depth = std::distance(path.begin(), path.end());
  return (depth == 2 && path.filename() == "metadata.json") ||
         (depth == 3 && path.extension() == ".dcm");
}

}  // namespace

std::vector<std::string> errors_in(const RunResult& run) {
  return lines_after(run.err, "dicom-client: error: ");
}

std::vector<std::string> warnings_in(const RunResult& run) {
  return lines_after(run.err, "dicom-client: warning: ");
}

std::vector<std::string> remarks_in(const Got& got) {
  std::vector<std::string> texts;
  for (const auto& remark : got.report.at("remarks"))
    texts.insert(texts.end(), remark.at("count").get<std::size_t>(),
                 remark.at("text").get<std::string>());
  return texts;
}

std::vector<std::string> litter_in(const fs::path& tree) {
  std::vector<std::string> litter;
  if (!fs::exists(tree)) return litter;
  for (const auto& entry : fs::recursive_directory_iterator(tree)) {
    const fs::path path = entry.path().lexically_relative(tree);
    const bool own = *path.begin() == ".dicom-client";
    if (entry.is_directory() ? !own && fs::is_empty(entry) : !belongs(path))
      litter.push_back(path.string());
  }
  return litter;
}

std::vector<std::string> differences(const fs::path& tree, const fs::path& reference) {
  std::vector<std::string> paths;
  const auto there = states_in(tree), wanted = states_in(reference);
  for (const auto& [path, state] : there) {
    const auto at = wanted.find(path);
    if (at == wanted.end())
      paths.push_back(path + " is new");
    else if (at->second.content != state.content || at->second.mode != state.mode)
      paths.push_back(path + " differs");
  }
  for (const auto& [path, state] : wanted)
    if (!there.contains(path)) paths.push_back(path + " is missing");
  return paths;
}

std::vector<fs::path> all_objects_in(const fs::path& tree) {
  std::vector<fs::path> objects;
  std::error_code moved;  // the program may be at work there
  for (auto at = fs::recursive_directory_iterator(tree, moved); at != fs::end(at);
       at.increment(moved))
    if (at->path().extension() == ".dcm") objects.push_back(at->path());
  return objects;
}

std::vector<std::string> torn_objects(const fs::path& tree, const fs::path& reference) {
  std::vector<std::string> torn;
  const auto whole = objects_in(reference);
  for (const fs::path& path : all_objects_in(tree)) {
    const auto at = whole.find(path.stem());
    if (at == whole.end() || read_file(path) != read_file(at->second))
      torn.push_back(path.string());
  }
  return torn;
}

Process start_get(const Address& server, const fs::path& tree, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "get");
  arguments.insert(arguments.end(), {"--output", tree.string()});
  return start_tool_at(server, std::move(arguments));
}

std::vector<std::vector<std::string>> status_rows(const fs::path& path) {
  constexpr std::string_view kHeader =
      "row,state,studies,series,expected,stored,refused,failed,missing,conflict,pending,reason,"
      "explanation,cohort\n";
  std::ifstream in(path);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  std::vector<std::vector<std::string>> rows;
  if (!text.starts_with(kHeader)) return rows;
  for (CsvReader reader(std::string_view(text).substr(kHeader.size())); !reader.at_end();) {
    auto row = reader.take();
    if (!row) return {};
    rows.push_back(std::move(*row));
  }
  return rows;
}

}  // namespace dcm::test
