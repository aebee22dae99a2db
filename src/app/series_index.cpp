// SPDX-License-Identifier: MIT
#include "app/series_index.hpp"

namespace dcm::app {

SeriesIndex::SeriesIndex(const Plan& plan, const deid::Project* project) {
  instances_.reserve(plan.instances);
  for (std::size_t i = 0; i < plan.series.size(); ++i) {
    const PlannedSeries& series = plan.series[i];
    for (const std::string& uid : series.instances) instances_.emplace(uid, i);
    if (!series.instances.empty()) continue;
    const std::string& uid = series.series_instance_uid;
    unlisted_.emplace(
        project == nullptr ? uid : project->written_uid(tags::kSeriesInstanceUid, uid), i);
  }
}

std::vector<std::size_t> SeriesIndex::of_instance(std::string_view sop_instance_uid) const {
  std::vector<std::size_t> series;
  const auto [begin, end] = instances_.equal_range(sop_instance_uid);
  for (auto at = begin; at != end; ++at) series.push_back(at->second);
  return series;
}

std::optional<std::size_t> SeriesIndex::of_series(const std::string& written_uid) const {
  const auto at = unlisted_.find(written_uid);
  if (at == unlisted_.end()) return std::nullopt;
  return at->second;
}

}  // namespace dcm::app
