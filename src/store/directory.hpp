// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.hpp"

namespace dcm::store {

/// What became of a whole file that was handed to a directory.
enum class Placed : std::uint8_t {
  stored,
  already_there,  ///< the same bytes under the same name
  conflict,       ///< other bytes under the same name: the directory keeps what it had
};

/// Opens `path`, relative to `directory`, with open(2) `flags`. Follows no symbolic link in any of
/// its components and never leaves `directory`. Fails with io.
Result<Fd> open_beneath(int directory, const std::string& path, int flags, mode_t mode = 0);

/// Opens the directory `path` beneath `directory`. Fails with io; a symbolic link is ELOOP or
/// ENOTDIR.
Result<Fd> open_directory(int directory, const std::string& path);

/// The same, making the last component (mode 0700) where it is absent.
Result<Fd> make_directory(int directory, const std::string& path);

/// Where a file is, or can be made: its folder, open, and its name there.
struct FilePlace {
  Fd directory;
  std::string name;
};

/// Opens the folder of `path`, which is relative to the working directory; symbolic links on the
/// way there are followed. Fails with io: EISDIR where `path` ends with a slash.
Result<FilePlace> open_folder_of(const std::string& path);

/// The size of the regular file at `path` beneath `directory`; nothing where there is none.
[[nodiscard]] std::optional<std::uint64_t> file_size(int directory, const std::string& path);

/// Whether the error says that there is no such file.
[[nodiscard]] bool is_absent(const Error& error) noexcept;

/// The names in a directory but `.` and `..`, sorted by their bytes. Fails with io.
Result<std::vector<std::string>> names_in(int directory);

/// Those of names_in() that end in `.dcm` and are regular files.
Result<std::vector<std::string>> objects_in(int directory);

/// Whether two open files have the same bytes. Fails with io.
Result<bool> same_bytes(int one, int other);

/// Moves `name` from one directory to another, never replacing: what meets its equal there is
/// removed, and so is what meets other bytes (conflict). Fails with io.
Result<Placed> move_file(int from, const std::string& name, int to);

/// Renames, never replacing a file or a directory that holds something. Fails with io: EEXIST when
/// the name is taken, EPERM for a file whose file system has neither RENAME_NOREPLACE nor links.
Result<void> rename_new(int from, const std::string& name, int to, const std::string& new_name);

/// Gives `directory`/`name` the content `text`, whole or not at all, also after a power failure.
/// Needs a name of its own in `scratch`, a directory of the same file system. Fails with io.
Result<void> replace_file(int scratch, int directory, const std::string& name,
                          const std::string& text);

/// Removes what a killed replace_file() left. Fails with io.
Result<void> discard_scratch(int scratch);

/// Removes `name` and, one level deep, what is in it. Fails with io; an absent name is no failure.
Result<void> remove_flat_directory(int directory, const std::string& name);

}  // namespace dcm::store
