// SPDX-License-Identifier: MIT
#include "store/secret_file.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/fd.hpp"
#include "store/directory.hpp"
#include "store/staged_file.hpp"

namespace dcm::store {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxBytes = std::size_t{1} << 20;
constexpr mode_t kOthers = S_IRWXG | S_IRWXO;

using Secret = std::array<std::byte, 32>;

Result<Secret> random_secret() {
  Secret secret{};
  // So few bytes come whole, or fail.
  if (::getrandom(secret.data(), secret.size(), 0) != static_cast<ssize_t>(secret.size()))
    return fail(last_io_error());
  return secret;
}

Result<void> check_call(int result) {
  if (result != 0) return fail(last_io_error());
  return {};
}

/// Opens the directory, made with all above it where absent. Syncs the parent of each new one: a
/// key is lost with the directory that it is in.
Result<Fd> open_home(const fs::path& directory) {
  const auto open = [&] { return ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); };
  Fd there(open());
  if (there) return there;
  if (errno != ENOENT || directory.parent_path() == directory) return fail(last_io_error());
  DCM_TRY(const Fd parent, open_home(directory.parent_path()));
  if (::mkdirat(parent.get(), directory.filename().c_str(), 0700) != 0 && errno != EEXIST)
    return fail(last_io_error());
  DCM_CHECK(check_call(::fsync(parent.get())));
  there = Fd(open());
  if (!there) return fail(last_io_error());
  return there;
}

/// The path from the root directory on, without links as far as it exists.
Result<fs::path> resolved(const std::string& path) {
  std::error_code failure;
  fs::path whole = fs::absolute(path, failure);
  if (!failure) whole = fs::weakly_canonical(whole, failure);
  if (failure) return fail(Errc::io, {.detail = static_cast<std::uint32_t>(failure.value())});
  return whole.has_filename() ? whole : whole.parent_path();
}

bool is_same_file(const fs::path& one, const fs::path& other) {
  std::error_code not_there;
  return fs::equivalent(one, other, not_there) && !not_there;
}

}  // namespace

Result<std::string> read_private_file(const std::string& path) {
  // Not to wait for the writer of a pipe.
  const Fd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file) return fail(last_io_error());
  struct stat status {};
  DCM_CHECK(check_call(::fstat(file.get(), &status)));
  if (!S_ISREG(status.st_mode)) return fail(Errc::io, {.detail = EINVAL});
  if ((status.st_mode & kOthers) != 0 || status.st_uid != ::geteuid())
    return fail(Errc::key_exposed);
  return read_all(file.get(), kMaxBytes);
}

Result<std::string> read_secret(const std::string& path) {
  DCM_TRY(std::string secret, read_private_file(path));
  if (secret.size() < kMinSecretBytes) return fail(Errc::bad_value);
  return secret;
}

Result<SecretMade> make_secret(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0) return SecretMade::before;
  std::error_code failure;
  const fs::path whole = fs::absolute(path, failure);
  if (failure || !whole.has_filename()) return fail(Errc::io, {.detail = EINVAL});
  DCM_TRY(const Fd home, open_home(whole.parent_path()));
  DCM_TRY(const Secret secret, random_secret());
  DCM_TRY(StagedFile file, StagedFile::create(home.get()));
  DCM_CHECK(file.write(secret));
  DCM_CHECK(file.sync());
  DCM_TRY(const Linked linked, file.link_as(home.get(), whole.filename()));
  DCM_CHECK(check_call(::fsync(home.get())));
  return linked == Linked::yes ? SecretMade::now : SecretMade::before;
}

Result<bool> lies_within(const std::string& path, const std::string& root) {
  DCM_TRY(const fs::path top, resolved(root));
  DCM_TRY(const fs::path leaf, resolved(path));
  for (fs::path at = leaf;; at = at.parent_path()) {
    if (at == top || is_same_file(at, top)) return true;
    if (at == at.parent_path()) return false;
  }
}

}  // namespace dcm::store
