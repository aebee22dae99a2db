// SPDX-License-Identifier: MIT
#include "app/retrieve.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>

#include "app/checklist.hpp"
#include "app/filing.hpp"
#include "app/object_filer.hpp"
#include "net/context_plan.hpp"
#include "net/find.hpp"
#include "net/get.hpp"
#include "store/safe_name.hpp"

namespace dcm::app {
namespace {

using Clock = std::chrono::steady_clock;

/// A series up to this size is asked for as a whole, which every server can do.
constexpr std::size_t kWholeSeries = 256;
/// A larger one is shared out among the associations in lists of this many instances.
constexpr std::size_t kChunk = 128;
/// How often an association is opened again for the same work.
constexpr unsigned kReconnects = 1;
constexpr auto kProgressInterval = std::chrono::milliseconds(200);

/// One C-GET request to come.
struct Unit {
  std::size_t series;
  std::vector<std::string> instances;  ///< empty: the whole series
  std::size_t route = 0;               ///< index into the routes of its series
  unsigned reconnects = 0;
};

class Retrieval {
 public:
  Retrieval(const net::Peer& peer, const Plan& plan, store::Tree& tree,
            const RetrieveOptions& options, const StopSource& stop)
      : peer_(peer), plan_(plan), tree_(tree), options_(options), stop_(stop), checklist_(plan) {}

  RetrieveReport run(const OnProgress& on_progress);

 private:
  /// Patients whose names in the tree can depend on each other, settled together.
  struct Household {
    std::set<store::PatientKey> patients;
    std::vector<store::SeriesNaming> expected;
    std::size_t units_left = 0;
    bool settled = false;
  };

  [[nodiscard]] store::SeriesNaming naming_of(const PlannedSeries& series) const;
  void plan_households();
  void plan_routes();
  void plan_units();
  void refuse_unnamed(std::size_t index);
  void add_units(std::size_t index);

  std::vector<std::thread> start_workers();
  void work();
  bool take_unit(Unit& unit, std::optional<std::size_t> open_group);
  [[nodiscard]] std::size_t group_of(const Unit& unit) const {
    return routes_[unit.series][unit.route];
  }
  Result<net::GetOutcome> fetch(net::Association& association, const Unit& unit,
                                ObjectFiler& filer);
  void judge(Unit unit, const net::GetOutcome& outcome);
  void connection_failed(Unit unit, const Error& error);
  void give_back(Unit unit, const Error& error);
  /// The listed instances that it asks for and that are pending.
  [[nodiscard]] std::vector<std::string> pending(const Unit& unit) const;
  [[nodiscard]] bool is_complete(const Unit& unit) const;
  void ask_again(Unit unit);
  void finish(const Unit& unit);
  void settle(Household& household);

  void remark(ServerRemark::Kind kind, Error error);
  void local_failure(const Error& error);
  [[nodiscard]] bool over() const { return stopping_ || stop_.requested(); }
  [[nodiscard]] FilingContext filing_context();
  [[nodiscard]] Progress progress();
  void tell_progress(const OnProgress& on_progress);
  [[nodiscard]] RetrieveReport report();

  const net::Peer& peer_;
  const Plan& plan_;
  store::Tree& tree_;
  const RetrieveOptions& options_;
  const StopSource& stop_;
  Checklist checklist_;
  Budget header_budget_{2 * HeaderTape::kMaxBytes};
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<bool> stopping_{false};

  std::vector<net::ContextGroup> groups_;
  std::vector<std::vector<std::size_t>> routes_;  ///< series -> groups to try, in order
  std::vector<Household> households_;
  std::vector<std::size_t> household_of_;  ///< by series

  std::mutex mutex_;  ///< guards what follows, and households_
  std::deque<Unit> units_;
  std::map<std::string, std::size_t> study_units_;  ///< StudyInstanceUID -> units left
  std::vector<bool> server_failed_;                 ///< by series
  std::optional<Error> peer_failure_;               ///< why a worker gave up
  RetrieveReport report_;
  std::condition_variable workers_done_;
  unsigned workers_ = 0;
};

store::SeriesNaming Retrieval::naming_of(const PlannedSeries& series) const {
  const deid::Project* project = options_.project;
  store::SeriesNaming naming{
      .patient = store::patient_key(series.patient_id, series.study_instance_uid),
      .study_date = series.study_date,
      .series_instance_uid = series.series_instance_uid,
      .series_number = series.series_number,
      .series_description = series.series_description};
  if (project == nullptr) return naming;
  const std::string id =
      project->written_patient_id(series.patient_id, series.study_instance_uid).value_or("");
  naming.patient = store::patient_key(
      id, project->written_uid(tags::kStudyInstanceUid, series.study_instance_uid));
  naming.study_date = project->written_study_date(
      deid::Project::patient(series.patient_id, series.study_instance_uid), series.study_date);
  naming.series_instance_uid =
      project->written_uid(tags::kSeriesInstanceUid, series.series_instance_uid);
  // What cleaning takes out of a description is known when the first object comes.
  if (!project->keeps(tags::kSeriesDescription, vr::kLO)) naming.series_description.clear();
  return naming;
}

void Retrieval::plan_households() {
  std::map<std::string, std::size_t> by_name;
  for (const PlannedSeries& series : plan_.series) {
    store::SeriesNaming naming = naming_of(series);
    const store::PatientKey patient = naming.patient;
    const std::string name = store::folded_name(store::bare_folder(patient));
    const auto [at, added] = by_name.try_emplace(name, households_.size());
    if (added) households_.emplace_back();
    household_of_.push_back(at->second);
    Household& household = households_[at->second];
    household.patients.insert(patient);
    household.expected.push_back(std::move(naming));
  }
}

void Retrieval::plan_routes() {
  std::vector<net::SeriesContents> contents;
  contents.reserve(plan_.series.size());
  for (const PlannedSeries& series : plan_.series)
    contents.push_back({series.sop_classes, series.transfer_syntaxes, series.modality});
  routes_.resize(plan_.series.size());
  for (const net::Layout layout : {net::Layout::native_first, net::Layout::uncompressed_only}) {
    for (net::ContextGroup& group :
         net::plan_contexts(net::QueryModel::study_root, contents, layout)) {
      for (const std::size_t series : group.series) routes_[series].push_back(groups_.size());
      groups_.push_back(std::move(group));
    }
  }
}

void Retrieval::plan_units() {
  for (std::size_t i = 0; i < plan_.series.size(); ++i) {
    refuse_unnamed(i);
    const store::SeriesNaming naming = naming_of(plan_.series[i]);
    for (const std::string& instance : plan_.series[i].instances) {
      const std::string written =
          options_.project == nullptr
              ? instance
              : options_.project->written_uid(tags::kSopInstanceUid, instance);
      if (tree_.contains(naming.patient, naming.series_instance_uid, written))
        checklist_.mark(i, instance, InstanceState::skipped);
    }
    add_units(i);
  }
}

// Nobody is asked for objects that could not be written.
void Retrieval::refuse_unnamed(std::size_t index) {
  const PlannedSeries& series = plan_.series[index];
  if (options_.project == nullptr ||
      options_.project->written_patient_id(series.patient_id, series.study_instance_uid))
    return;
  for (const std::string& instance : series.instances) {
    checklist_.mark(index, instance, InstanceState::refused);
    ++report_.refused_for[Errc::no_pseudonym];
  }
}

void Retrieval::add_units(std::size_t index) {
  const PlannedSeries& series = plan_.series[index];
  std::vector<std::string> pending = checklist_.pending(index);
  const auto add = [&](std::vector<std::string> instances) {
    units_.push_back({.series = index, .instances = std::move(instances)});
    ++households_[household_of_[index]].units_left;
    ++study_units_[series.study_instance_uid];
  };
  const bool all = series.whole && pending.size() == series.instances.size();
  if (series.instances.empty() || (all && pending.size() <= kWholeSeries)) return add({});
  for (std::size_t from = 0; from < pending.size(); from += kChunk) {
    const std::size_t to = std::min(from + kChunk, pending.size());
    add({std::make_move_iterator(pending.begin() + static_cast<std::ptrdiff_t>(from)),
         std::make_move_iterator(pending.begin() + static_cast<std::ptrdiff_t>(to))});
  }
}

bool Retrieval::take_unit(Unit& unit, std::optional<std::size_t> open_group) {
  const std::lock_guard lock(mutex_);
  if (units_.empty() || over()) return false;
  auto next = units_.begin();
  if (open_group) {
    const auto same = std::find_if(units_.begin(), units_.end(),
                                   [&](const Unit& u) { return group_of(u) == *open_group; });
    if (same != units_.end()) next = same;
  }
  unit = std::move(*next);
  units_.erase(next);
  return true;
}

void Retrieval::work() {
  const FilingContext context = filing_context();
  ObjectFiler filer(context);
  std::optional<net::Association> association;
  std::optional<std::size_t> open_group;
  Unit unit{};
  while (take_unit(unit, open_group)) {
    const std::size_t group = group_of(unit);
    if (!association || open_group != group) {
      if (association) association->release();
      open_group.reset();
      Result<net::Association> opened =
          net::Association::open(peer_, groups_[group].contexts, stop_);
      if (!opened) {
        association.reset();
        give_back(std::move(unit), opened.error());
        return;  // fewer associations, as long as others still have theirs
      }
      association.emplace(std::move(*opened));
      open_group = group;
    }
    const Result<net::GetOutcome> outcome = fetch(*association, unit, filer);
    if (outcome) {
      judge(std::move(unit), *outcome);
      continue;
    }
    association.reset();
    open_group.reset();
    if (outcome.error().code == Errc::context_refused) {
      give_back(std::move(unit), outcome.error());
      return;  // this server does no C-GET
    }
    connection_failed(std::move(unit), outcome.error());
  }
  if (association) association->release();
}

Result<net::GetOutcome> Retrieval::fetch(net::Association& association, const Unit& unit,
                                         ObjectFiler& filer) {
  const PlannedSeries& series = plan_.series[unit.series];
  net::Query query{.level = net::QueryLevel::series,
                   .keys = {{tags::kStudyInstanceUid, vr::kUI, series.study_instance_uid},
                            {tags::kSeriesInstanceUid, vr::kUI, series.series_instance_uid}}};
  if (!unit.instances.empty()) {
    std::string list;
    for (const std::string& uid : unit.instances) list += (list.empty() ? "" : "\\") + uid;
    query.level = net::QueryLevel::image;
    query.keys.push_back({tags::kSopInstanceUid, vr::kUI, std::move(list)});
  }
  filer.expect(unit.series);
  return net::get(association, query, filer);
}

void Retrieval::judge(Unit unit, const net::GetOutcome& outcome) {
  const std::uint64_t sent = outcome.completed.value_or(0) + outcome.warning.value_or(0U);
  const std::uint64_t arrived = outcome.stored + outcome.refused;
  // A server takes what we refuse for its own failures.
  const bool tells_of_refusals = outcome.refused > 0 &&
                                 outcome.failed.value_or(outcome.refused) <= outcome.refused &&
                                 outcome.status == (outcome.stored > 0 ? 0xB000 : 0xA702);
  if (tells_of_refusals && is_complete(unit)) return finish(unit);
  if (outcome.status != 0) {
    remark(ServerRemark::Kind::final_status,
           {.code = Errc::dimse_status, .detail = outcome.status});
    const std::lock_guard lock(mutex_);
    server_failed_[unit.series] = true;
  } else if (arrived == 0) {
    remark(ServerRemark::Kind::nothing_sent, {});
  } else if (outcome.failed.value_or(0) > outcome.refused) {
    remark(ServerRemark::Kind::failures_hidden, {.detail = *outcome.failed});
  }
  if (outcome.completed && sent != outcome.stored)
    remark(ServerRemark::Kind::counters_differ,
           {.detail = static_cast<std::uint32_t>(sent), .offset = outcome.stored});
  ask_again(std::move(unit));
}

std::vector<std::string> Retrieval::pending(const Unit& unit) const {
  std::vector<std::string> uids = checklist_.pending(unit.series);
  if (!unit.instances.empty()) {
    const std::set<std::string> asked(unit.instances.begin(), unit.instances.end());
    std::erase_if(uids, [&](const std::string& uid) { return !asked.contains(uid); });
  }
  return uids;
}

bool Retrieval::is_complete(const Unit& unit) const {
  const bool listed = !plan_.series[unit.series].instances.empty();
  return listed ? pending(unit).empty() : checklist_.pending_count(unit.series) == 0;
}

void Retrieval::ask_again(Unit unit) {
  if (is_complete(unit) || unit.route + 1 >= routes_[unit.series].size()) return finish(unit);
  ++unit.route;
  if (std::vector<std::string> rest = pending(unit); rest.size() <= kChunk)
    unit.instances = std::move(rest);
  const std::lock_guard lock(mutex_);
  units_.push_back(std::move(unit));
}

void Retrieval::connection_failed(Unit unit, const Error& error) {
  if (over()) return;
  remark(ServerRemark::Kind::failure, error);
  if (unit.reconnects < kReconnects) {
    ++unit.reconnects;
    const std::lock_guard lock(mutex_);
    units_.push_front(std::move(unit));
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    server_failed_[unit.series] = true;
  }
  ask_again(std::move(unit));
}

void Retrieval::give_back(Unit unit, const Error& error) {
  const std::lock_guard lock(mutex_);
  units_.push_front(std::move(unit));
  peer_failure_ = error;
}

void Retrieval::finish(const Unit& unit) {
  Household* household = nullptr;
  {
    const std::lock_guard lock(mutex_);
    --study_units_[plan_.series[unit.series].study_instance_uid];
    household = &households_[household_of_[unit.series]];
    if (--household->units_left > 0) return;
  }
  settle(*household);
}

void Retrieval::settle(Household& household) {
  std::vector<store::PatientKey> patients;
  {
    const std::lock_guard lock(mutex_);
    household.settled = true;
    patients.assign(household.patients.begin(), household.patients.end());
  }
  const Result<store::Settled> settled = tree_.settle(patients, household.expected);
  if (!settled) return local_failure(settled.error());
  const std::lock_guard lock(mutex_);
  report_.conflict += settled->conflicts;
  report_.failed += settled->undescribed;
}

void Retrieval::remark(ServerRemark::Kind kind, Error error) {
  const std::lock_guard lock(mutex_);
  const ServerRemark remark{kind, error};
  const auto known = std::find_if(report_.remarks.begin(), report_.remarks.end(),
                                  [&](const auto& counted) { return counted.first == remark; });
  if (known == report_.remarks.end()) {
    report_.remarks.emplace_back(remark, 1);
  } else {
    ++known->second;
  }
}

void Retrieval::local_failure(const Error& error) {
  stopping_ = true;
  const std::lock_guard lock(mutex_);
  if (!report_.fatal) report_.fatal = error;
}

FilingContext Retrieval::filing_context() {
  return {
      .plan = plan_,
      .checklist = checklist_,
      .tree = tree_,
      .project = options_.project,
      .header_budget = header_budget_,
      .bytes_received = bytes_,
      .stopping = stopping_,
      .on_refused =
          [this](Errc reason) {
            const std::lock_guard lock(mutex_);
            ++report_.refused_for[reason];
          },
      .on_unasked = [this] { remark(ServerRemark::Kind::unasked_object, {}); },
      .on_placed =
          [this](std::size_t series, const store::PatientKey& written,
                 const deid::Findings& findings) {
            const std::lock_guard lock(mutex_);
            report_.doubts.add(findings);
            households_[household_of_[series]].patients.insert(written);
          },
      .on_local_failure = [this](const Error& error) { local_failure(error); },
  };
}

Progress Retrieval::progress() {
  const Checklist::Totals totals = checklist_.totals();
  const std::uint64_t pending = totals[static_cast<std::size_t>(InstanceState::pending)];
  const std::lock_guard lock(mutex_);
  const auto left = std::count_if(study_units_.begin(), study_units_.end(),
                                  [](const auto& study) { return study.second > 0; });
  return {.studies = plan_.studies,
          .studies_done = plan_.studies - static_cast<std::uint64_t>(left),
          .instances = plan_.instances,
          .instances_done = plan_.instances - std::min(pending, plan_.instances),
          .bytes = bytes_};
}

void Retrieval::tell_progress(const OnProgress& on_progress) {
  std::unique_lock lock(mutex_);
  while (!workers_done_.wait_for(lock, kProgressInterval, [this] { return workers_ == 0; })) {
    lock.unlock();
    on_progress(progress());
    lock.lock();
  }
}

RetrieveReport Retrieval::report() {
  const Checklist::Totals totals = checklist_.totals();
  const auto total = [&](InstanceState state) { return totals[static_cast<std::size_t>(state)]; };
  // What settling could not file was counted when it came, in this run or in an earlier one.
  const std::uint64_t unfiled = report_.conflict + report_.failed;
  const std::uint64_t unfiled_now = std::min(unfiled, total(InstanceState::stored));
  report_.stored = total(InstanceState::stored) - unfiled_now;
  report_.skipped = total(InstanceState::skipped) - (unfiled - unfiled_now);
  report_.conflict += total(InstanceState::conflict);
  report_.refused = total(InstanceState::refused);
  for (std::size_t i = 0; i < plan_.series.size(); ++i)
    (server_failed_[i] ? report_.failed : report_.missing) += checklist_.pending_count(i);
  report_.expected = report_.stored + report_.skipped + report_.refused + report_.failed +
                     report_.conflict + report_.missing;
  report_.waiting = std::min(tree_.waiting(), report_.stored + report_.skipped);
  report_.verified = plan_.verified;
  report_.bytes = bytes_;
  return std::move(report_);
}

std::vector<std::thread> Retrieval::start_workers() {
  const auto body = [this] {
    try {
      work();
    } catch (const std::exception&) {  // memory, or what a library throws
      local_failure({.code = Errc::internal});
    }
    const std::lock_guard lock(mutex_);
    if (--workers_ == 0) workers_done_.notify_all();
  };
  std::vector<std::thread> threads;
  const std::size_t wanted = std::min<std::size_t>(options_.jobs, units_.size());
  for (std::size_t i = 0; i < wanted; ++i) {
    const std::lock_guard lock(mutex_);
    try {
      threads.emplace_back(body);
      ++workers_;
    } catch (const std::system_error&) {  // fewer threads than wanted will do
      break;
    }
  }
  if (threads.empty() && wanted > 0) local_failure({.code = Errc::internal});
  return threads;
}

RetrieveReport Retrieval::run(const OnProgress& on_progress) {
  const auto begun = Clock::now();
  server_failed_.resize(plan_.series.size());
  plan_households();
  plan_routes();
  plan_units();
  for (Household& household : households_)
    if (household.units_left == 0) settle(household);

  std::vector<std::thread> threads = start_workers();
  tell_progress(on_progress);
  for (std::thread& thread : threads) thread.join();

  if (!over())
    for (const Unit& unit : units_) server_failed_[unit.series] = true;
  if (stop_.requested()) report_.fatal = Error{.code = Errc::interrupted};
  if (!report_.fatal && !units_.empty()) report_.fatal = peer_failure_;
  // An interrupted run's objects wait for the names that the whole run would give.
  if (!over())
    for (Household& household : households_)
      if (!household.settled) settle(household);
  on_progress(progress());
  report_.seconds = std::chrono::duration<double>(Clock::now() - begun).count();
  return report();
}

}  // namespace

RetrieveReport retrieve(const net::Peer& peer, const Plan& plan, store::Tree& tree,
                        const RetrieveOptions& options, const OnProgress& on_progress,
                        const StopSource& stop) {
  return Retrieval(peer, plan, tree, options, stop).run(on_progress);
}

}  // namespace dcm::app
