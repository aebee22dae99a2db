// SPDX-License-Identifier: MIT
#include "app/checklist.hpp"

#include <algorithm>
#include <iterator>

namespace dcm::app {
namespace {

bool is_present(InstanceState state) noexcept {
  return state == InstanceState::stored || state == InstanceState::skipped;
}

}  // namespace

Checklist::Checklist(const Plan& plan) : plan_(plan), series_(plan.series.size()) {
  for (std::size_t i = 0; i < series_.size(); ++i) {
    series_[i].listed.resize(plan.series[i].instances.size(), InstanceState::pending);
    series_[i].pending = plan.series[i].expected();
    totals_[0] += series_[i].pending;
  }
}

std::optional<std::size_t> Checklist::find(std::size_t series, std::string_view uid) const {
  const std::vector<std::string>& planned = plan_.series[series].instances;
  const auto at = std::lower_bound(planned.begin(), planned.end(), uid);
  if (at == planned.end() || *at != uid) return std::nullopt;
  return static_cast<std::size_t>(at - planned.begin());
}

Checklist::Wanted Checklist::wants(std::size_t series, std::string_view uid) const {
  const std::lock_guard lock(mutex_);
  const Series& checked = series_[series];
  if (checked.listed.empty())
    return checked.unlisted.find(uid) == checked.unlisted.end() ? Wanted::yes : Wanted::no_longer;
  const std::optional<std::size_t> at = find(series, uid);
  if (!at) return Wanted::never;
  return checked.listed[*at] == InstanceState::pending ? Wanted::yes : Wanted::no_longer;
}

void Checklist::mark(std::size_t series, std::string_view uid, InstanceState state) {
  const std::lock_guard lock(mutex_);
  Series& checked = series_[series];
  if (checked.listed.empty()) {
    if (!checked.unlisted.emplace(uid, state).second) return;
  } else {
    const std::optional<std::size_t> at = find(series, uid);
    if (!at || checked.listed[*at] != InstanceState::pending) return;
    checked.listed[*at] = state;
  }
  ++totals_[static_cast<std::size_t>(state)];
  if (checked.pending == 0) return;  // more came than the server had counted
  --checked.pending;
  --totals_[static_cast<std::size_t>(InstanceState::pending)];
}

void Checklist::retract(std::size_t series, std::string_view uid, InstanceState state) {
  const std::lock_guard lock(mutex_);
  Series& checked = series_[series];
  InstanceState* known = nullptr;
  if (checked.listed.empty()) {
    if (const auto at = checked.unlisted.find(uid); at != checked.unlisted.end())
      known = &at->second;
  } else if (const std::optional<std::size_t> at = find(series, uid)) {
    known = &checked.listed[*at];
  }
  if (known == nullptr || !is_present(*known)) return;
  --totals_[static_cast<std::size_t>(*known)];
  ++totals_[static_cast<std::size_t>(state)];
  if (state == InstanceState::pending) ++checked.pending;
  *known = state;
}

std::vector<std::string> Checklist::present(std::size_t series) const {
  const std::lock_guard lock(mutex_);
  const Series& checked = series_[series];
  std::vector<std::string> uids;
  for (std::size_t at = 0; at < checked.listed.size(); ++at)
    if (is_present(checked.listed[at])) uids.push_back(plan_.series[series].instances[at]);
  for (const auto& [uid, state] : checked.unlisted)
    if (is_present(state)) uids.push_back(uid);
  return uids;
}

bool Checklist::is_pending(std::size_t series, std::string_view uid) const {
  const std::optional<std::size_t> at = find(series, uid);
  return at && series_[series].listed[*at] == InstanceState::pending;
}

std::vector<std::string> Checklist::pending(std::size_t series,
                                            const std::vector<std::string>& asked) const {
  const std::lock_guard lock(mutex_);
  const std::vector<std::string>& uids = asked.empty() ? plan_.series[series].instances : asked;
  std::vector<std::string> found;
  std::copy_if(uids.begin(), uids.end(), std::back_inserter(found),
               [&](const std::string& uid) { return is_pending(series, uid); });
  return found;
}

std::uint64_t Checklist::pending_count(std::size_t series,
                                       const std::vector<std::string>& asked) const {
  const std::lock_guard lock(mutex_);
  if (asked.empty()) return series_[series].pending;
  return static_cast<std::uint64_t>(std::count_if(
      asked.begin(), asked.end(), [&](const std::string& uid) { return is_pending(series, uid); }));
}

std::vector<InstanceState> Checklist::states(std::size_t series) const {
  const std::lock_guard lock(mutex_);
  return series_[series].listed;
}

void Checklist::note_failure(std::size_t series) {
  const std::lock_guard lock(mutex_);
  series_[series].failed = true;
}

bool Checklist::has_failed(std::size_t series) const {
  const std::lock_guard lock(mutex_);
  return series_[series].failed;
}

Checklist::Totals Checklist::totals() const {
  const std::lock_guard lock(mutex_);
  return totals_;
}

Checklist::Totals Checklist::totals(std::size_t series) const {
  const std::lock_guard lock(mutex_);
  const Series& asked = series_[series];
  Totals totals{};
  for (const InstanceState state : asked.listed) ++totals[static_cast<std::size_t>(state)];
  for (const auto& [uid, state] : asked.unlisted) ++totals[static_cast<std::size_t>(state)];
  totals[static_cast<std::size_t>(InstanceState::pending)] = asked.pending;
  return totals;
}

}  // namespace dcm::app
