// SPDX-License-Identifier: MIT
#include "store/settlement.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <mutex>
#include <utility>

#include "store/directory.hpp"
#include "store/safe_name.hpp"

namespace dcm::store {
namespace {

constexpr const char* kMetadata = "metadata.json";
constexpr const char* kNewborn = "newborn";

SeriesNaming naming_of(const PatientKey& patient, const ObjectDescription& about) {
  return {patient, about.study_date, about.series_instance_uid, about.series_number,
          about.series_description};
}

/// `known` with the name and those series of `plan` that have arrived: what is only expected gets
/// no name yet.
PatientFolder with_arrived(PatientFolder known, const PatientFolder& plan,
                           const std::set<std::string>& arrived) {
  known.name = plan.name;
  for (const auto& [uid, name] : plan.series)
    if (arrived.contains(uid)) known.series.emplace(uid, name);
  return known;
}

}  // namespace

Result<void> Settlement::sweep(int home) {
  DCM_CHECK(remove_flat_directory(home, kNewborn));
  return discard_scratch(home);
}

Result<Settled> Settlement::run(const std::set<PatientKey>& patients,
                                std::span<const SeriesNaming> expected) {
  for (const PatientKey& patient : patients) DCM_CHECK(gather(patient));
  const bool any = std::any_of(arrivals_.begin(), arrivals_.end(),
                               [](const auto& one) { return !one.second.empty(); });
  if (any) {
    DCM_CHECK(parts_.incoming.sync());
    DCM_CHECK(give_names(expected));
  }
  for (const auto& [patient, arrived] : arrivals_) {
    if (!arrived.empty()) {
      DCM_CHECK(write_metadata(patient));
      DCM_CHECK(move_all(patient));
    }
    DCM_CHECK(write_metadata(patient));
  }
  if (changed_) DCM_CHECK(parts_.incoming.sync());
  return settled_;
}

Result<void> Settlement::gather(const PatientKey& patient) {
  DCM_TRY(auto waiting, parts_.incoming.series_of(patient));
  Arrivals arrived;
  for (WaitingSeries& series : waiting) {
    Arrival arrival{std::move(series), {}};
    DCM_TRY(const Fd folder, open_directory(parts_.incoming.directory(), arrival.waiting.folder));
    DCM_TRY(const bool told, describe_first(folder.get(), arrival.waiting.files, arrival.about));
    // What cannot be described has no name to go to.
    if (told)
      arrived.push_back(std::move(arrival));
    else
      for (const std::string& file : arrival.waiting.files)
        settled_.undescribed.push_back(arrival.waiting.folder + "/" + file);
  }
  const bool known = parts_.book.names.patients.contains(patient);
  if (known) DCM_CHECK(look_around(patient));
  if (known || !arrived.empty()) arrivals_.emplace(patient, std::move(arrived));
  return {};
}

/// Finds the names in a patient's folder that are not ours.
Result<void> Settlement::look_around(const PatientKey& patient) {
  DCM_TRY(const Fd directory, open_directory(parts_.root, folder_of(patient).name));
  DCM_TRY(const auto names, names_in(directory.get()));
  std::set<std::string> taken;
  for (const std::string& name : names) taken.insert(folded_name(name));
  for (const auto& [uid, name] : folder_of(patient).series) taken.erase(folded_name(name));
  const std::unique_lock lock(parts_.book.mutex);
  parts_.book.names.patients[patient].taken = std::move(taken);
  return {};
}

std::vector<SeriesNaming> Settlement::namings(std::span<const SeriesNaming> expected) const {
  std::map<std::pair<PatientKey, std::string>, SeriesNaming> all;
  for (const SeriesNaming& one : expected) {
    SeriesNaming naming{patient_key(one.patient.patient_id, one.patient.study_instance_uid),
                        written_value(one.study_date),
                        written_value(one.series_instance_uid),
                        written_value(one.series_number),
                        {}};
    if (one.series_description) naming.series_description = written_value(*one.series_description);
    if (naming.patient.text().empty() || naming.series_instance_uid.empty()) continue;
    auto key = std::make_pair(naming.patient, naming.series_instance_uid);
    all.emplace(std::move(key), std::move(naming));
  }
  // What is written wins over what was said.
  for (const auto& [patient, arrived] : arrivals_)
    for (const Arrival& one : arrived)
      all[{patient, one.about.series_instance_uid}] = naming_of(patient, one.about);
  std::vector<SeriesNaming> result;
  result.reserve(all.size());
  for (auto& [key, naming] : all) result.push_back(std::move(naming));
  return result;
}

/// What gets no name yet goes on waiting.
void Settlement::leave_nameless(const std::map<PatientKey, PatientFolder>& plan) {
  for (auto& [patient, arrived] : arrivals_) {
    if (arrived.empty()) continue;
    const PatientFolder& folder = plan.at(patient);
    std::erase_if(arrived, [&](const Arrival& one) {
      return !folder.series.contains(one.about.series_instance_uid);
    });
  }
  std::erase_if(arrivals_, [&](const auto& one) {
    return one.second.empty() && !parts_.book.names.patients.contains(one.first);
  });
}

Result<void> Settlement::give_names(std::span<const SeriesNaming> expected) {
  const std::vector<SeriesNaming> series = namings(expected);
  for (bool again = true; again;) {
    again = false;
    const auto plan = plan_folders(series, parts_.book.names);
    leave_nameless(plan);
    for (const auto& [patient, arrived] : arrivals_) {
      if (arrived.empty()) continue;
      std::set<std::string> present;
      for (const Arrival& one : arrived) present.insert(one.about.series_instance_uid);
      const auto known = parts_.book.names.patients.find(patient);
      const bool is_new = known == parts_.book.names.patients.end();
      PatientFolder folder =
          with_arrived(is_new ? PatientFolder{} : known->second, plan.at(patient), present);
      const std::string name = folded_name(folder.name);
      if (is_new) {
        DCM_TRY(const bool made, make_folder(patient, folder));
        again = again || !made;
        if (made && is_displaced(patient, folder.name)) ++settled_.displaced;
      }
      const std::unique_lock lock(parts_.book.mutex);
      parts_.book.names.taken.insert(name);
      // Somebody else's name came up meanwhile: it is taken, and the rest is planned anew.
      if (again) break;
      parts_.book.names.patients[patient] = std::move(folder);
    }
  }
  return {};
}

/// Whether a patient would have another name, if somebody else's did not stand there.
bool Settlement::is_displaced(const PatientKey& patient, const std::string& name) const {
  const std::string bare = folded_name(bare_folder(patient));
  const GivenNames& given = parts_.book.names;
  return folded_name(name) != bare && given.taken.contains(bare) &&
         std::none_of(given.patients.begin(), given.patients.end(),
                      [&](const auto& one) { return folded_name(one.second.name) == bare; });
}

/// Makes the folder of a new patient with its metadata.json in it, in one step. False when the name
/// is somebody else's.
Result<bool> Settlement::make_folder(const PatientKey& patient, const PatientFolder& folder) {
  DCM_CHECK(remove_flat_directory(parts_.home, kNewborn));
  DCM_TRY(const Fd directory, make_directory(parts_.home, kNewborn));
  DCM_TRY(const std::string text, metadata_of(patient, folder, nullptr));
  DCM_CHECK(replace_file(parts_.home, directory.get(), kMetadata, text));
  changed_ = true;
  const auto renamed = rename_new(parts_.home, kNewborn, parts_.root, folder.name);
  if (renamed) return true;
  if (renamed.error().detail == EEXIST) return false;
  return fail(renamed.error());
}

Result<void> Settlement::move_all(const PatientKey& patient) {
  const PatientFolder& folder = folder_of(patient);
  DCM_TRY(const Fd directory, open_directory(parts_.root, folder.name));
  for (const Arrival& arrival : arrivals_.at(patient)) {
    const std::string& name = folder.series.at(arrival.about.series_instance_uid);
    DCM_TRY(const bool moved, parts_.incoming.move_out(arrival.waiting, directory.get(), name));
    if (moved) continue;
    DCM_TRY(const Fd to, make_directory(directory.get(), name));
    DCM_TRY(const Fd from, open_directory(parts_.incoming.directory(), arrival.waiting.folder));
    for (const std::string& file : arrival.waiting.files) {
      DCM_TRY(const Placed placed, move_file(from.get(), file, to.get()));
      parts_.incoming.left();
      if (placed == Placed::conflict)
        settled_.conflicts.push_back(arrival.waiting.folder + "/" + file);
    }
  }
  changed_ = true;
  parts_.incoming.tidy(patient);
  return {};
}

Result<void> Settlement::write_metadata(const PatientKey& patient) {
  const PatientFolder& folder = folder_of(patient);
  DCM_TRY(const Fd directory, open_directory(parts_.root, folder.name));
  DCM_TRY(const std::string text, metadata_of(patient, folder, &directory));
  const auto old = open_beneath(directory.get(), kMetadata, O_RDONLY | O_NONBLOCK);
  if (old && read_all(old->get(), kMaxMetadataBytes).value_or(std::string{}) == text) return {};
  changed_ = true;
  return replace_file(parts_.home, directory.get(), kMetadata, text);
}

/// The metadata.json that is true now; a series whose objects all still wait is told with none.
Result<std::string> Settlement::metadata_of(const PatientKey& patient, const PatientFolder& folder,
                                            const Fd* directory) const {
  std::vector<SeriesRecord> records;
  for (const auto& [uid, name] : folder.series) {
    SeriesRecord record{.about = {}, .folder = name};
    bool told = false;
    if (directory != nullptr) {
      DCM_TRY(told, read_series(directory->get(), parts_.doubts.of(patient, uid), record));
    }
    for (const Arrival& one : arrivals_.at(patient)) {
      if (told || one.about.series_instance_uid != uid) continue;
      record.about = one.about;
      told = true;
    }
    record.about.series_instance_uid = uid;
    if (patient.patient_id.empty()) record.about.study_instance_uid = patient.study_instance_uid;
    if (told || record.instances > 0) records.push_back(std::move(record));
  }
  return metadata_text(patient, std::move(records), parts_.identity);
}

/// Counts and describes what is in a series' folder. False when nothing there can be described.
Result<bool> Settlement::read_series(int patient_directory, const DoubtCount& told,
                                     SeriesRecord& record) const {
  const auto directory = open_directory(patient_directory, record.folder);
  if (!directory && is_absent(directory.error())) return false;
  if (!directory) return fail(directory.error());
  DCM_TRY(const auto files, objects_in(directory->get()));
  for (const std::string& file : files) {
    struct stat status {};
    if (::fstatat(directory->get(), file.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
      return fail(last_io_error());
    if (!S_ISREG(status.st_mode)) continue;
    ++record.instances;
    record.bytes += static_cast<std::uint64_t>(status.st_size);
  }
  if (parts_.judge) {
    record.doubts = told;
    if (told.objects != record.instances) {
      DCM_TRY(record.doubts, judge(directory->get(), files));
    }
  }
  return describe_first(directory->get(), files, record.about);
}

Result<DoubtCount> Settlement::judge(int directory, const std::vector<std::string>& files) const {
  DoubtCount count;
  for (const std::string& name : files) {
    const auto file = open_beneath(directory, name, O_RDONLY | O_NONBLOCK);
    if (!file && file.error().detail == ELOOP) continue;
    if (!file) return fail(file.error());
    const Result<Doubt> doubt = parts_.judge(file->get());
    if (!doubt && doubt.error().code == Errc::io) return fail(doubt.error());
    count.add(doubt.value_or(Doubt::none));
  }
  return count;
}

/// Describes the first of the files that can be described and tells its series. False when none
/// does.
Result<bool> Settlement::describe_first(int directory, const std::vector<std::string>& files,
                                        ObjectDescription& about) const {
  for (const std::string& name : files) {
    const auto file = open_beneath(directory, name, O_RDONLY | O_NONBLOCK);
    if (!file && file.error().detail == ELOOP) continue;
    if (!file) return fail(file.error());
    const auto described = parts_.describe(file->get());
    if (!described && described.error().code == Errc::io) return fail(described.error());
    if (!described) continue;
    about = described->normalised();
    if (!about.series_instance_uid.empty()) return true;
  }
  return false;
}

const PatientFolder& Settlement::folder_of(const PatientKey& patient) const {
  return parts_.book.names.patients.at(patient);
}

}  // namespace dcm::store
