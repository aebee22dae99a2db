// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace dcm::test {

/// What `dcmdump` prints of a file, long values cut. Throws if it does not accept the file.
[[nodiscard]] std::string dump(const std::filesystem::path& path);

/// A whole file. Throws if it cannot be read.
[[nodiscard]] std::string read_file(const std::filesystem::path& path);

/// What follows preamble and file meta group in a file's bytes. Throws if there is no file meta.
[[nodiscard]] std::string data_set_of(std::string_view file);

/// (0002,0010) of a file's bytes. Throws if there is none.
[[nodiscard]] std::string transfer_syntax_of(std::string_view file);

}  // namespace dcm::test
