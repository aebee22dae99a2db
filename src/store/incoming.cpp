// SPDX-License-Identifier: MIT
#include "store/incoming.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "store/digest.hpp"
#include "store/directory.hpp"

namespace dcm::store {
namespace {

constexpr const char* kBootMark = "boot";
constexpr const char* kSynced = "synced";
constexpr std::size_t kMaxOpenFolders = 16;

/// Half a digest: 128 bits, so that nobody finds two patients with the same one.
std::string short_digest(const std::string& text) { return hex_digest(text).substr(0, 32); }

std::string folder_of(const PatientKey& patient) {
  // The length keeps a PatientID and a StudyInstanceUID of the same text apart.
  return short_digest(std::to_string(patient.patient_id.size()) + ":" + patient.text());
}

std::string folder_of(const PatientKey& patient, const std::string& series_uid) {
  return folder_of(patient) + "/" + short_digest(series_uid);
}

std::string text_at(int directory, const char* path) {
  const Fd file(::openat(directory, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file) return {};
  return read_all(file.get(), 4096).value_or(std::string{});
}

}  // namespace

Result<std::unique_ptr<Incoming>> Incoming::open(int home) {
  DCM_TRY(Fd directory, make_directory(home, "incoming"));
  std::unique_ptr<Incoming> incoming(new Incoming(home, std::move(directory)));
  DCM_CHECK(incoming->adopt_boot());
  DCM_CHECK(incoming->take_over());
  incoming->is_open_ = true;
  return incoming;
}

Incoming::~Incoming() {
  // What open() could not look through keeps the mark it had.
  if (!is_open_) return;
  if (waiting_ == 0) {
    ::unlinkat(directory(), kBootMark, 0);
  } else if (sync()) {
    // Where the mark cannot be set what waits is trusted until the next boot only.
    static_cast<void>(replace_file(home_, directory(), kBootMark, kSynced) && sync());
  }
}

/// Removes what another boot left unsynced and marks what comes from now on as this one's.
Result<void> Incoming::adopt_boot() {
  const std::string boot = text_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id");
  const std::string mark = text_at(directory(), kBootMark);
  if (mark == boot && !boot.empty()) return {};
  if (mark != kSynced) DCM_CHECK(discard_all());
  DCM_CHECK(replace_file(home_, directory(), kBootMark, boot));
  // No unsynced object may reach the disk before its mark does.
  return mark == kSynced ? sync() : Result<void>{};
}

Result<void> Incoming::discard_all() {
  DCM_TRY(const auto names, names_in(directory()));
  for (const std::string& name : names) {
    const auto patient = open_directory(directory(), name);
    if (!patient) {
      if (::unlinkat(directory(), name.c_str(), 0) != 0) return fail(last_io_error());
      continue;
    }
    DCM_TRY(const auto all_series, names_in(patient->get()));
    for (const std::string& one : all_series) DCM_CHECK(remove_flat_directory(patient->get(), one));
    if (::unlinkat(directory(), name.c_str(), AT_REMOVEDIR) != 0) return fail(last_io_error());
  }
  return {};
}

/// Counts what an interrupted run left and removes what it had not finished.
Result<void> Incoming::take_over() {
  DCM_TRY(const auto names, names_in(directory()));
  for (const std::string& name : names) {
    if (name.ends_with(".part")) ::unlinkat(directory(), name.c_str(), 0);
    if (name.find('.') != std::string::npos || name == kBootMark) continue;
    DCM_TRY(const Fd patient, open_directory(directory(), name));
    DCM_TRY(const auto all_series, names_in(patient.get()));
    for (const std::string& one : all_series) {
      DCM_TRY(const Fd series, open_directory(patient.get(), one));
      DCM_TRY(const auto files, objects_in(series.get()));
      waiting_ += files.size();
    }
    remove_empty_folders(name);
  }
  return {};
}

Result<StagedFile> Incoming::stage() const { return StagedFile::create(directory()); }

Result<std::shared_ptr<const Fd>> Incoming::folder_for(const PatientKey& patient,
                                                       const std::string& series_uid) {
  const std::lock_guard lock(folders_mutex_);
  auto key = std::make_pair(patient, series_uid);
  if (const auto known = folders_.find(key); known != folders_.end()) return known->second;
  const std::string path = folder_of(patient, series_uid);
  auto folder = open_directory(directory(), path);
  if (!folder && is_absent(folder.error())) {
    DCM_CHECK(make_directory(directory(), folder_of(patient)));
    folder = make_directory(directory(), path);
  }
  if (!folder) return fail(folder.error());
  if (folders_.size() >= kMaxOpenFolders) folders_.clear();
  auto shared = std::make_shared<const Fd>(std::move(*folder));
  folders_.emplace(std::move(key), shared);
  return shared;
}

void Incoming::forget_folders() {
  const std::lock_guard lock(folders_mutex_);
  folders_.clear();
}

Result<bool> Incoming::move_out(const WaitingSeries& series, int to, const std::string& name) {
  const std::unique_lock lock(moving_);
  forget_folders();
  DCM_TRY(const Fd folder, open_directory(directory(), series.folder));
  DCM_TRY(const auto files, objects_in(folder.get()));
  const auto renamed = rename_new(directory(), series.folder, to, name);
  if (!renamed && renamed.error().detail == EEXIST) return false;
  if (!renamed) return fail(renamed.error());
  waiting_ -= files.size();
  return true;
}

Result<Placed> Incoming::place(StagedFile& file, const PatientKey& patient,
                               const std::string& series_uid, const std::string& file_name) {
  for (int attempt = 0;; ++attempt) {
    const std::shared_lock lock(moving_);
    const auto folder = folder_for(patient, series_uid);
    auto placed =
        folder ? file.place_as((*folder)->get(), file_name) : Result<Placed>(fail(folder.error()));
    // settle() may have removed the folder, then empty, between these steps.
    if (!placed && is_absent(placed.error()) && attempt < 100) {
      forget_folders();
      continue;
    }
    if (placed && *placed == Placed::stored) ++waiting_;
    return placed;
  }
}

std::optional<std::uint64_t> Incoming::size_of(const PatientKey& patient,
                                               const std::string& series_uid,
                                               const std::string& file_name) const {
  return file_size(directory(), name_of(patient, series_uid, file_name));
}

std::string Incoming::name_of(const PatientKey& patient, const std::string& series_uid,
                              const std::string& file_name) {
  return folder_of(patient, series_uid) + "/" + file_name;
}

Result<std::vector<WaitingSeries>> Incoming::series_of(const PatientKey& patient) const {
  std::vector<WaitingSeries> result;
  const std::string path = folder_of(patient);
  const auto folder = open_directory(directory(), path);
  if (!folder && is_absent(folder.error())) return result;
  if (!folder) return fail(folder.error());
  DCM_TRY(const auto all_series, names_in(folder->get()));
  for (const std::string& one : all_series) {
    DCM_TRY(const Fd series, open_directory(folder->get(), one));
    DCM_TRY(auto files, objects_in(series.get()));
    if (!files.empty()) result.push_back({path + "/" + one, std::move(files)});
  }
  return result;
}

Result<void> Incoming::sync() const {
  if (::syncfs(directory()) != 0) return fail(last_io_error());
  return {};
}

void Incoming::tidy(const PatientKey& patient) const noexcept {
  remove_empty_folders(folder_of(patient));
}

void Incoming::remove_empty_folders(const std::string& patient_folder) const noexcept {
  const auto folder = open_directory(directory(), patient_folder);
  if (!folder) return;
  if (const auto all_series = names_in(folder->get()))
    for (const std::string& one : *all_series) ::unlinkat(folder->get(), one.c_str(), AT_REMOVEDIR);
  ::unlinkat(directory(), patient_folder.c_str(), AT_REMOVEDIR);
}

}  // namespace dcm::store
