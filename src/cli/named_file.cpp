// SPDX-License-Identifier: MIT
#include "cli/named_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/fd.hpp"
#include "store/secret_file.hpp"

namespace dcm::cli {

Failure file_failure(std::string what, const Error& error, std::string hint) {
  constexpr std::array kSlips{ENOENT, ENOTDIR, EISDIR, EINVAL, ELOOP, ENAMETOOLONG, EFBIG};
  const bool slip =
      error.code == Errc::io &&
      std::find(kSlips.begin(), kSlips.end(), static_cast<int>(error.detail)) != kSlips.end();
  const bool no_file = error.code == Errc::io && error.detail == EINVAL;
  return {slip ? ExitCode::usage : exit_code(error), std::move(what),
          no_file ? "it is no file" : reason_words(error), std::move(hint)};
}

Checked<std::string> read_named_file(std::string_view what, const std::string& path,
                                     std::string hint) {
  constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
  const Fd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  auto text = file ? read_all(file.get(), kMaxBytes) : Result<std::string>(fail(last_io_error()));
  if (text) return std::move(*text);
  return fail(file_failure(fmt::format("{} {}", what, path), text.error(), std::move(hint)));
}

Checked<std::string> read_secret_file(std::string_view what, const std::string& path,
                                      std::string hint) {
  auto text = store::read_private_file(path);
  if (text) return std::move(*text);
  auto name = fmt::format("{} {}", what, path);
  if (text.error().code == Errc::key_exposed) {
    return refuse(std::move(name), "others can read it, or it is not yours",
                  fmt::format("chmod 600 {}", path));
  }
  return fail(file_failure(std::move(name), text.error(), std::move(hint)));
}

std::string whole_path(const std::string& path) {
  std::error_code failed;
  return (std::filesystem::absolute(path, failed) / "").lexically_normal().string();
}

}  // namespace dcm::cli
