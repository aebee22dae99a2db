// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "e2e/tool.hpp"
#include "support/process.hpp"

/// What a run of the program said and left behind.
namespace dcm::test {

/// What follows `dicom-client: error: ` and `dicom-client: warning: `, line by line.
[[nodiscard]] std::vector<std::string> errors_in(const RunResult& run);
[[nodiscard]] std::vector<std::string> warnings_in(const RunResult& run);

/// The texts of all remarks in a report of `get --json`, each as often as it counts.
[[nodiscard]] std::vector<std::string> remarks_in(const Got& got);

/// Paths in a tree that should not be there: files that are neither objects nor metadata.json,
/// objects in a folder of no patient, empty folders, and in .dicom-client all but the lock, the
/// tree's identity and whole objects that wait. Empty if there is no tree.
[[nodiscard]] std::vector<std::string> litter_in(const std::filesystem::path& tree);

/// Relative paths that are in one tree only, or differ in content or mode; .dicom-client left out.
[[nodiscard]] std::vector<std::string> differences(const std::filesystem::path& tree,
                                                   const std::filesystem::path& reference);

/// Objects of a tree, settled or waiting in .dicom-client.
[[nodiscard]] std::vector<std::filesystem::path> all_objects_in(const std::filesystem::path& tree);

/// Those of all_objects_in(tree) that are not byte for byte the object of the same name in
/// `reference`.
[[nodiscard]] std::vector<std::string> torn_objects(const std::filesystem::path& tree,
                                                    const std::filesystem::path& reference);

/// `get ARGUMENTS --output TREE`, running beside us.
[[nodiscard]] Process start_get(const Address& server, const std::filesystem::path& tree,
                                std::vector<std::string> arguments);

/// The lines of a status file of `batch`, cell by cell, the header checked and left out. Empty if
/// there is no such file.
[[nodiscard]] std::vector<std::vector<std::string>> status_rows(const std::filesystem::path& path);

}  // namespace dcm::test
