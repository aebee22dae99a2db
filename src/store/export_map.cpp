// SPDX-License-Identifier: MIT
#include "store/export_map.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <unordered_set>
#include <utility>
#include <vector>

#include "store/directory.hpp"
#include "store/staged_file.hpp"

namespace dcm::store {
namespace {

constexpr std::string_view kHeader = "kind,id_old,id_new\n";

/// Quoted where RFC 4180 wants it, and where the field begins like a formula of a spreadsheet: its
/// characters are the identity and stay what they are.
void append_field(std::string& line, std::string_view field) {
  const bool is_formula = !field.empty() && std::string_view("=+-@").find(field[0]) != field.npos;
  if (!is_formula && field.find_first_of(",\"\r\n\t") == field.npos) {
    line += field;
    return;
  }
  line += '"';
  for (const char c : field) line.append(c == '"' ? 2 : 1, c);
  line += '"';
}

}  // namespace

struct ExportMap::State {
  State(FilePlace its_place, StagedFile file)
      : place(std::move(its_place)), staged(std::move(file)) {}

  FilePlace place;
  StagedFile staged;
  std::mutex mutex;
  std::unordered_set<std::string> lines;
};

ExportMap::ExportMap(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
ExportMap::ExportMap(ExportMap&&) noexcept = default;
ExportMap& ExportMap::operator=(ExportMap&&) noexcept = default;
ExportMap::~ExportMap() = default;

Result<ExportMap> ExportMap::create(const std::string& path) {
  DCM_TRY(FilePlace place, open_folder_of(path));
  struct stat taken {};
  if (::fstatat(place.directory.get(), place.name.c_str(), &taken, AT_SYMLINK_NOFOLLOW) == 0)
    return fail(Errc::io, {.detail = EEXIST});
  if (errno != ENOENT) return fail(last_io_error());
  DCM_TRY(StagedFile staged, StagedFile::create(place.directory.get()));
  return ExportMap(std::make_unique<State>(std::move(place), std::move(staged)));
}

void ExportMap::add(Kind kind, std::string_view id_old, std::string_view id_new) {
  std::string line = kind == Kind::patient ? "patient," : "uid,";
  append_field(line, id_old);
  line += ',';
  append_field(line, id_new);
  line += '\n';
  const std::lock_guard guard(state_->mutex);
  state_->lines.insert(std::move(line));
}

Result<void> ExportMap::write() {
  const std::lock_guard guard(state_->mutex);
  std::vector<std::string_view> lines(state_->lines.begin(), state_->lines.end());
  std::sort(lines.begin(), lines.end());
  DCM_CHECK(state_->staged.write(as_bytes(kHeader)));
  for (const std::string_view line : lines) DCM_CHECK(state_->staged.write(as_bytes(line)));
  const int directory = state_->place.directory.get();
  DCM_TRY(const Linked linked, state_->staged.link_as(directory, state_->place.name));
  if (linked == Linked::name_taken) return fail(Errc::io, {.detail = EEXIST});
  const auto written = open_beneath(directory, state_->place.name, O_RDONLY);
  if (!written) return fail(written.error());
  if (::fsync(written->get()) != 0 || ::fsync(directory) != 0) return fail(last_io_error());
  return {};
}

}  // namespace dcm::store
