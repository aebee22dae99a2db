// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.hpp"

namespace dcm::store {

/// Shorter secrets can be guessed.
inline constexpr std::size_t kMinSecretBytes = 16;

enum class SecretMade : std::uint8_t { now, before };

/// The bytes of a file that is for its owner alone. Follows symbolic links. Fails with io (no
/// regular file is EINVAL, more than 1 MiB EFBIG) or key_exposed (others may read or write it, or
/// it belongs to somebody else).
Result<std::string> read_private_file(const std::string& path);

/// The bytes of a key file, exactly as they are: a line feed at the end of a text file is one of
/// them. Fails as read_private_file() does, or with bad_value (shorter than kMinSecretBytes).
Result<std::string> read_secret(const std::string& path);

/// Makes a key file of 32 random bytes, mode 0600, and the directories above it that are absent,
/// mode 0700; what is there already stays. The file appears whole or not at all and is durable on
/// return; of two processes at once one makes it and both then read the same. Fails with io.
Result<SecretMade> make_secret(const std::string& path);

/// Whether `path` is `root` or lies beneath it, symbolic links and other mounts followed; neither
/// needs to exist. Fails with io where that cannot be told.
Result<bool> lies_within(const std::string& path, const std::string& root);

}  // namespace dcm::store
