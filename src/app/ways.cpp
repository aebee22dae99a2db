// SPDX-License-Identifier: MIT
#include "app/ways.hpp"

#include <string>
#include <utility>

#include "net/context_plan.hpp"
#include "net/get.hpp"
#include "net/move.hpp"

namespace dcm::app {
namespace {

constexpr auto kModel = net::QueryModel::study_root;

void add_get_ways(const Plan& plan, Ways& ways) {
  std::vector<net::SeriesContents> contents;
  contents.reserve(plan.series.size());
  for (const PlannedSeries& series : plan.series)
    contents.push_back({series.sop_classes, series.transfer_syntaxes, series.modality});
  for (const net::Layout layout : {net::Layout::native_first, net::Layout::uncompressed_only}) {
    for (net::ContextGroup& group : net::plan_contexts(kModel, contents, layout)) {
      for (const std::size_t series : group.series)
        ways.of_series[series].push_back(ways.all.size());
      ways.all.push_back({Way::Command::get, std::move(group.contexts)});
    }
  }
}

}  // namespace

net::Query query_for(const PlannedSeries& series, const std::vector<std::string>& instances) {
  net::Query query{.level = net::QueryLevel::series,
                   .keys = {{tags::kStudyInstanceUid, vr::kUI, series.study_instance_uid},
                            {tags::kSeriesInstanceUid, vr::kUI, series.series_instance_uid}}};
  if (instances.empty()) return query;
  std::string list;
  for (const std::string& uid : instances) list += (list.empty() ? "" : "\\") + uid;
  query.level = net::QueryLevel::image;
  query.keys.push_back({tags::kSopInstanceUid, vr::kUI, std::move(list)});
  return query;
}

Ways plan_ways(const Plan& plan, Method method) {
  Ways ways;
  ways.of_series.resize(plan.series.size());
  if (method != Method::move) add_get_ways(plan, ways);
  if (method == Method::get) return ways;
  for (std::vector<std::size_t>& of_one : ways.of_series) of_one.push_back(ways.all.size());
  ways.all.push_back({Way::Command::move, {net::move_context(kModel)}});
  return ways;
}

}  // namespace dcm::app
