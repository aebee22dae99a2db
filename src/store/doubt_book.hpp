// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "store/object_description.hpp"

namespace dcm::store {

/// How many objects of a series are in doubt.
struct DoubtCount {
  std::uint64_t objects = 0;  ///< doubtful or not
  std::uint64_t suspected = 0;
  std::uint64_t declared = 0;

  void add(Doubt doubt) noexcept {
    ++objects;
    suspected += doubt == Doubt::suspected ? 1 : 0;
    declared += doubt == Doubt::declared ? 1 : 0;
  }
};

/// What was told of the objects that came while the tree was open. Where it counts as many as a
/// series' folder holds, none of them needs to be read for its doubts. Safe for many threads.
class DoubtBook {
 public:
  void note(const PatientKey& patient, const std::string& series_instance_uid, Doubt doubt) {
    const std::lock_guard lock(mutex_);
    series_[{patient, series_instance_uid}].add(doubt);
  }

  [[nodiscard]] DoubtCount of(const PatientKey& patient,
                              const std::string& series_instance_uid) const {
    const std::lock_guard lock(mutex_);
    const auto at = series_.find({patient, series_instance_uid});
    return at == series_.end() ? DoubtCount{} : at->second;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::pair<PatientKey, std::string>, DoubtCount> series_;
};

}  // namespace dcm::store
