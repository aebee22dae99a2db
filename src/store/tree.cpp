// SPDX-License-Identifier: MIT
#include "store/tree.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "store/directory.hpp"
#include "store/incoming.hpp"
#include "store/safe_name.hpp"
#include "store/secret_file.hpp"
#include "store/settlement.hpp"

namespace dcm::store {
namespace {

constexpr const char* kHome = ".dicom-client";
constexpr const char* kMetadata = "metadata.json";
constexpr const char* kIdentity = "tree.json";
constexpr const char* kSecret = "ledger.key";

/// The root is the user's choice, so links on the way to it are followed.
Result<Fd> open_root(const std::string& path) {
  std::optional<Error> first;  // why the first folder that is missing cannot be made
  const auto make = [&](const std::string& folder) {
    if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST && !first) first = last_io_error();
  };
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1))
    make(path.substr(0, slash));
  make(path);
  Fd root(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!root) return fail(first.value_or(last_io_error()));
  return root;
}

/// The text of a file; empty where there is none.
Result<std::string> text_of(int directory, const std::string& path) {
  const auto file = open_beneath(directory, path, O_RDONLY | O_NONBLOCK);
  if (!file && is_absent(file.error())) return std::string{};
  if (!file) return fail(file.error());
  return read_all(file->get(), kMaxMetadataBytes);
}

/// Whether nothing of ours can be where this error came from; any other hides a patient for now.
bool tells_of_strangers(const Error& error) noexcept {
  constexpr std::array kReasons{ENOENT, ENOTDIR, ELOOP, EISDIR, ENXIO};
  return std::find(kReasons.begin(), kReasons.end(), static_cast<int>(error.detail)) !=
         kReasons.end();
}

/// What a folder of the root says of names; nothing where it is no patient's. Fails with io.
Result<std::optional<MetadataNames>> names_of_patient(int root, const std::string& folder) {
  // At the top of a disk, closed to its users. safe_part() makes no such name.
  if (folder == "lost+found") return std::nullopt;
  const auto text = text_of(root, folder + "/" + kMetadata);
  if (text) return read_metadata(*text);
  if (tells_of_strangers(text.error())) return std::nullopt;
  return fail(text.error());
}

/// Reads the given names. Fails with io, or tree_mismatch when another profile gave one.
Result<GivenNames> read_names(int root, const TreeIdentity& identity) {
  GivenNames given;
  DCM_TRY(const auto names, names_in(root));
  for (const std::string& name : names) {
    given.taken.insert(folded_name(name));
    DCM_TRY(auto patient, names_of_patient(root, name));
    if (!patient) continue;
    patient->made_by.seal = identity.seal;  // it is not told there; claim() compares it
    if (!same_tree(patient->made_by, identity)) return fail(Errc::tree_mismatch);
    // Of two folders that claim one patient the first keeps it: the other is somebody's copy.
    given.patients.try_emplace(std::move(patient->patient),
                               PatientFolder{name, std::move(patient->series), {}});
  }
  return given;
}

/// Locks against other processes until the descriptor is closed.
Result<Fd> lock_in(int home) {
  DCM_TRY(Fd lock, open_beneath(home, "lock", O_RDWR | O_CREAT, 0600));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno == EWOULDBLOCK) return fail(Errc::tree_locked);
  return fail(last_io_error());
}

/// Whether objects of an interrupted run wait.
Result<bool> anything_waits(int home) {
  const auto incoming = open_directory(home, "incoming");
  if (!incoming && is_absent(incoming.error())) return false;
  if (!incoming) return fail(incoming.error());
  DCM_TRY(const auto names, names_in(incoming->get()));
  return std::any_of(names.begin(), names.end(),
                     [](const std::string& name) { return name != "boot"; });
}

/// Checks whose tree it is; a new one becomes ours, and one that is known but without any object.
Result<void> claim(int home, const GivenNames& given, const TreeIdentity& identity) {
  const std::string ours = tree_text(identity);
  DCM_TRY(const std::string text, text_of(home, kIdentity));
  if (text == ours) return {};
  // Nothing else tells which key the objects were made with.
  const bool lost_seal = text.empty() && !identity.seal.empty() && !given.patients.empty();
  if (lost_seal || (!text.empty() && !is_tree_text(text)))
    return fail(Errc::tree_mismatch, {.detail = kIdentityLost});
  if (!text.empty()) {
    DCM_TRY(const bool waiting, anything_waits(home));
    if (waiting || !given.patients.empty()) return fail(Errc::tree_mismatch);
  }
  return replace_file(home, home, kIdentity, ours);
}

std::string file_name(const std::string& sop_instance_uid) {
  return safe_part(sop_instance_uid, "unknown") + ".dcm";
}

}  // namespace

struct Tree::State {
  TreeIdentity identity;
  DescribeFile describe;
  JudgeFile judge;
  Fd root;
  Fd home;
  Fd lock;
  std::unique_ptr<Incoming> incoming;
  NameBook book;
  DoubtBook doubts;
  std::mutex settling;

  /// The folder of a series beneath the root, if it has one.
  [[nodiscard]] std::optional<std::string> series_folder(const PatientKey& patient,
                                                         const std::string& series_uid) const {
    const std::shared_lock guard(book.mutex);
    const auto folder = book.names.patients.find(patient);
    if (folder == book.names.patients.end()) return std::nullopt;
    const auto series = folder->second.series.find(series_uid);
    if (series == folder->second.series.end()) return std::nullopt;
    return folder->second.name + "/" + series->second;
  }
};

Tree::Tree(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
Tree::Tree(Tree&&) noexcept = default;
Tree& Tree::operator=(Tree&&) noexcept = default;
Tree::~Tree() = default;

bool Tree::exists(const std::string& root) noexcept {
  const Fd directory(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return directory && ::faccessat(directory.get(), kHome, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

Result<Tree> Tree::open(const std::string& root, TreeIdentity identity, DescribeFile describe,
                        JudgeFile judge) {
  auto state = std::make_unique<State>();
  std::sort(identity.options.begin(), identity.options.end());
  state->identity = std::move(identity);
  state->describe = std::move(describe);
  state->judge = std::move(judge);
  DCM_TRY(state->root, open_root(root));
  // A tree whose `.dicom-client` was lost still tells by its patients whose it is: ask them first.
  if (const auto home = open_directory(state->root.get(), kHome);
      !home && is_absent(home.error())) {
    DCM_CHECK(read_names(state->root.get(), state->identity));
  }
  DCM_TRY(state->home, make_directory(state->root.get(), kHome));
  DCM_TRY(state->lock, lock_in(state->home.get()));
  DCM_TRY(state->book.names, read_names(state->root.get(), state->identity));
  DCM_CHECK(claim(state->home.get(), state->book.names, state->identity));
  DCM_CHECK(Settlement::sweep(state->home.get()));
  DCM_TRY(state->incoming, Incoming::open(state->home.get()));
  return Tree(std::move(state));
}

Result<StagedFile> Tree::stage() { return state_->incoming->stage(); }

Result<Placed> Tree::place(StagedFile file, const ObjectDescription& description) {
  const ObjectDescription about = description.normalised();
  const PatientKey patient = about.patient();
  if (about.sop_instance_uid.empty() || about.series_instance_uid.empty() || patient.text().empty())
    return fail(Errc::missing_uid);
  const std::string name = file_name(about.sop_instance_uid);
  if (const auto folder = state_->series_folder(patient, about.series_instance_uid)) {
    const auto settled = open_directory(state_->root.get(), *folder);
    if (!settled && !is_absent(settled.error())) return fail(settled.error());
    if (settled && file_size(settled->get(), name)) {
      DCM_TRY(const bool same, file.equals(settled->get(), name));
      return same ? Placed::already_there : Placed::conflict;
    }
  }
  const auto placed = state_->incoming->place(file, patient, about.series_instance_uid, name);
  if (placed && *placed == Placed::stored)
    state_->doubts.note(patient, about.series_instance_uid, about.doubt);
  return placed;
}

std::optional<std::uint64_t> Tree::size_of(const PatientKey& patient,
                                           const std::string& series_instance_uid,
                                           const std::string& sop_instance_uid) const {
  const PatientKey key = patient_key(patient.patient_id, patient.study_instance_uid);
  const std::string series = written_value(series_instance_uid);
  const std::string name = file_name(sop_instance_uid);
  const auto folder = state_->series_folder(key, series);
  if (folder)
    if (const auto size = file_size(state_->root.get(), *folder + "/" + name)) return size;
  return state_->incoming->size_of(key, series, name);
}

Result<Fd> Tree::open_object(const PatientKey& patient, const std::string& series_instance_uid,
                             const std::string& sop_instance_uid) const {
  const PatientKey key = patient_key(patient.patient_id, patient.study_instance_uid);
  const std::string series = written_value(series_instance_uid);
  if (const auto folder = state_->series_folder(key, series)) {
    auto file =
        open_beneath(state_->root.get(), *folder + "/" + file_name(sop_instance_uid), O_RDONLY);
    if (file || !is_absent(file.error())) return file;
  }
  return open_beneath(state_->incoming->directory(), waiting_name(key, series, sop_instance_uid),
                      O_RDONLY);
}

std::vector<PatientKey> Tree::patients_with(const std::string& series_instance_uid) const {
  const std::string series = written_value(series_instance_uid);
  std::vector<PatientKey> patients;
  const std::shared_lock guard(state_->book.mutex);
  for (const auto& [patient, folder] : state_->book.names.patients)
    if (folder.series.contains(series)) patients.push_back(patient);
  return patients;
}

std::string Tree::waiting_name(const PatientKey& patient, const std::string& series_instance_uid,
                               const std::string& sop_instance_uid) {
  return Incoming::name_of(patient_key(patient.patient_id, patient.study_instance_uid),
                           written_value(series_instance_uid), file_name(sop_instance_uid));
}

Result<Ledger> Tree::ledger() const { return Ledger::open(state_->home.get()); }

Result<std::string> Tree::secret() const {
  const std::string path = "/proc/self/fd/" + std::to_string(state_->home.get()) + "/" + kSecret;
  DCM_CHECK(make_secret(path));
  return read_secret(path);
}

Result<Settled> Tree::settle(std::span<const PatientKey> patients,
                             std::span<const SeriesNaming> expected) {
  const std::lock_guard guard(state_->settling);
  Settlement settlement({state_->root.get(), state_->home.get(), *state_->incoming, state_->book,
                         state_->doubts, state_->identity, state_->describe, state_->judge});
  std::set<PatientKey> keys;
  for (const PatientKey& patient : patients)
    keys.insert(patient_key(patient.patient_id, patient.study_instance_uid));
  return settlement.run(keys, expected);
}

std::uint64_t Tree::waiting() const { return state_->incoming->waiting(); }

}  // namespace dcm::store
