// SPDX-License-Identifier: MIT
#include "app/retrieve.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "app/crew.hpp"
#include "app/households.hpp"
#include "app/object_filer.hpp"
#include "app/reception.hpp"
#include "net/get.hpp"
#include "net/move.hpp"

namespace dcm::app {
namespace {

using Clock = std::chrono::steady_clock;

/// Up to this size a series is asked for as a whole, which every server can do; a smaller one where
/// there are not enough series for all associations.
constexpr std::size_t kWholeSeries = 256;
constexpr std::size_t kWholeOfFew = 32;
/// Others are shared out among the associations in lists.
constexpr std::size_t kLongestList = 128;
constexpr std::size_t kShortestList = 16;
/// Objects of a C-MOVE may come after its last response, so long after the last byte of any.
constexpr std::chrono::seconds kQuiet{30};
constexpr std::chrono::milliseconds kLook{10};

/// The association of one thread, and the way it was made for.
struct Line {
  std::optional<net::Association> association = {};
  std::size_t way = 0;

  void hang_up() noexcept {
    if (association) association->release();
    association.reset();
  }
};

class Retrieval {
 public:
  Retrieval(const net::Peer& peer, const Plan& plan, Checklist& checklist, store::Tree& tree,
            const RetrieveOptions& options, const StopSource& stop);

  RetrieveReport run(const OnProgress& on_progress);

 private:
  Result<void> look_up();
  void refuse_unnamed(std::size_t index);
  void plan_requests();
  void add_requests(std::size_t index);
  [[nodiscard]] std::size_t list_size(std::size_t pending) const;

  void work();
  [[nodiscard]] bool await_hours(Line& line);
  [[nodiscard]] bool is_open(std::size_t way) const;
  [[nodiscard]] bool may_listen() const;
  void turn_back(const Request& request);
  Result<void> connect(Line& line, std::size_t way);
  void ask(Line& line, ObjectFiler& filer, const Request& request);
  Result<net::GetOutcome> fetch(Line& line, ObjectFiler& filer, const Request& request);
  Result<net::GetOutcome> fetch_by_move(Line& line, const Request& request);
  void await_objects(const Request& request);
  Ending::How judge(const Request& request, const net::GetOutcome& outcome);
  Ending::How judge(const Request& request, const Error& error);
  void finish(const Request& request, const Ending& ending);
  [[nodiscard]] bool may_come(const Household& household, std::size_t series) const;
  void settle(Household& household);
  void retract(const Household& household, const store::Settled& settled);
  void close_books();

  [[nodiscard]] std::size_t way_of(const Request& request) const {
    return ways_.of_series[request.series][request.way];
  }
  [[nodiscard]] Way::Command command_of(const Request& request) const {
    return ways_.all[way_of(request)].command;
  }
  [[nodiscard]] std::vector<std::string> pending(const Request& request) const {
    return checklist_.pending(request.series, request.instances);
  }
  [[nodiscard]] std::uint64_t pending_count(const Request& request) const {
    return checklist_.pending_count(request.series, request.instances);
  }
  [[nodiscard]] bool over() const { return stopping_ || stop_.requested(); }

  void turn_away(const net::Caller& caller, const Error& error);
  void peer_failure(const Error& error, Way::Command command);
  void local_failure(const Error& error);
  [[nodiscard]] FilingContext filing_context();
  [[nodiscard]] Progress progress();
  [[nodiscard]] RetrieveReport report();

  const net::Peer& peer_;
  const Plan& plan_;
  Checklist& checklist_;
  store::Tree& tree_;
  const RetrieveOptions& options_;
  const StopSource& stop_;
  Budget header_budget_{2 * HeaderTape::kMaxBytes};
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<bool> stopping_{false};
  std::atomic<bool> no_get_{false};   ///< the server does no C-GET
  std::atomic<bool> no_move_{false};  ///< the server cannot reach us, or we cannot listen
  std::atomic<unsigned> moves_in_vain_{0};
  Remarks remarks_;

  const Result<std::optional<net::TlsSettings>> inbound_;  ///< failed: there is no C-MOVE
  const Ways ways_;
  Agenda agenda_;
  Pace pace_;
  const FilingContext context_;
  Reception reception_;
  std::unique_ptr<Record> record_;
  std::vector<Household> households_;
  std::vector<std::size_t> household_of_;  ///< by series

  std::mutex mutex_;                                   ///< guards what follows, and households_
  std::map<std::string, std::size_t> study_requests_;  ///< StudyInstanceUID -> to come
  std::optional<Fatal> peer_failure_;                  ///< why a thread or a way was given up
  RetrieveReport report_;
};

std::vector<std::size_t> counts(const Ways& ways) {
  std::vector<std::size_t> result;
  result.reserve(ways.of_series.size());
  for (const auto& of_one : ways.of_series) result.push_back(of_one.size());
  return result;
}

net::StorageScpSettings receiver(const RetrieveOptions& options,
                                 const Result<std::optional<net::TlsSettings>>& inbound) {
  auto settings = options.receiver;
  settings.tls = inbound.value_or(std::nullopt);
  return settings;
}

Retrieval::Retrieval(const net::Peer& peer, const Plan& plan, Checklist& checklist,
                     store::Tree& tree, const RetrieveOptions& options, const StopSource& stop)
    : peer_(peer),
      plan_(plan),
      checklist_(checklist),
      tree_(tree),
      options_(options),
      stop_(stop),
      inbound_(inbound_tls(peer, options.inbound)),
      ways_(plan_ways(plan, options.method)),
      agenda_(
          counts(ways_), options.patience,
          [this](std::size_t series, std::size_t way) {
            return is_open(ways_.of_series[series][way]);
          },
          [this] { return over(); }),
      pace_(options.pace, [this] { return over(); }),
      context_(filing_context()),
      reception_(
          context_, receiver(options, inbound_),
          [this](const auto& caller, const auto& error) { turn_away(caller, error); }, stop),
      households_(plan_households(plan, options.project)),
      household_of_(plan.series.size()) {
  for (std::size_t i = 0; i < households_.size(); ++i)
    for (const std::size_t series : households_[i].series) household_of_[series] = i;
}

Result<void> Retrieval::look_up() {
  DCM_TRY(record_, Record::open(plan_, tree_, options_.project));
  DCM_CHECK(record_->look_up(checklist_, options_.refused));
  for (std::size_t i = 0; i < plan_.series.size(); ++i) refuse_unnamed(i);
  return {};
}

// Nobody is asked for objects that could not be written.
void Retrieval::refuse_unnamed(std::size_t index) {
  const PlannedSeries& series = plan_.series[index];
  if (options_.project == nullptr ||
      options_.project->written_patient_id(series.patient_id, series.study_instance_uid))
    return;
  for (const std::string& instance : series.instances) {
    checklist_.mark(index, instance, InstanceState::refused);
    record_->note_refusal(index, instance, Errc::no_pseudonym);
  }
}

void Retrieval::plan_requests() {
  for (std::size_t i = 0; i < plan_.series.size(); ++i) add_requests(i);
  for (Household& household : households_)
    if (household.requests == 0) settle(household);
}

/// Into how long lists to divide so many instances that are pending.
std::size_t Retrieval::list_size(std::size_t pending) const {
  const std::size_t shares = 2 * std::size_t{options_.jobs};
  return std::clamp((pending + shares - 1) / shares, kShortestList, kLongestList);
}

void Retrieval::add_requests(std::size_t index) {
  const PlannedSeries& series = plan_.series[index];
  std::vector<std::string> pending = checklist_.pending(index);
  const auto add = [&](std::vector<std::string> instances) {
    ++households_[household_of_[index]].requests;
    ++study_requests_[series.study_instance_uid];
    agenda_.add({.series = index, .instances = std::move(instances)});
  };
  const bool few = plan_.series.size() < options_.jobs;
  const bool all = series.whole && pending.size() == series.instances.size();
  if (series.instances.empty() || (all && pending.size() <= (few ? kWholeOfFew : kWholeSeries))) {
    if (series.instances.empty() || !pending.empty()) add({});
    return;
  }
  const std::size_t size = list_size(pending.size());
  for (std::size_t from = 0; from < pending.size(); from += size) {
    const auto first = pending.begin() + static_cast<std::ptrdiff_t>(from);
    add({first, first + static_cast<std::ptrdiff_t>(std::min(size, pending.size() - from))});
  }
}

void Retrieval::work() {
  ObjectFiler filer(context_);
  Line line;
  const auto fits = [&](const Request& request) {
    return line.association && way_of(request) == line.way;
  };
  unsigned failures = 0;
  while (std::optional<Request> request = agenda_.take(fits)) {
    if (!await_hours(line)) return agenda_.put_back(std::move(*request));
    if (!agenda_.is_open(*request)) {
      turn_back(*request);
      continue;
    }
    if (const Result<void> connected = connect(line, way_of(*request)); !connected) {
      const Way::Command command = command_of(*request);
      agenda_.put_back(std::move(*request));
      const bool may_pass = connected.error().code != Errc::association_rejected;
      // Fewer associations, as long as others have one.
      if (!may_pass || failures == options_.patience.repeats)
        return peer_failure(connected.error(), command);
      if (!agenda_.wait(failures++)) return;
      continue;
    }
    failures = 0;
    ask(line, filer, *request);
  }
  line.hang_up();
}

/// False when it is over meanwhile.
bool Retrieval::await_hours(Line& line) {
  if (!pace_.opens_at()) return true;
  line.hang_up();
  pace_.await_opening();
  return !over();
}

bool Retrieval::is_open(std::size_t way) const {
  if (ways_.all[way].command == Way::Command::get) return !no_get_;
  return inbound_ && !no_move_ && may_listen();
}

/// Nobody is made to listen who did not ask for it, unless there is no other way.
bool Retrieval::may_listen() const {
  if (options_.method == Method::get) return false;
  return options_.method == Method::move || options_.receiver.port != 0 || no_get_;
}

void Retrieval::turn_back(const Request& request) {
  finish(request, {.how = Ending::How::impossible,
                   .pending = pending_count(request),
                   .rest = pending(request)});
}

Result<void> Retrieval::connect(Line& line, std::size_t way) {
  if (line.association && line.way == way) return {};
  line.hang_up();
  DCM_TRY(net::Association association,
          net::Association::open(peer_, ways_.all[way].contexts, stop_));
  line.association.emplace(std::move(association));
  line.way = way;
  return {};
}

void Retrieval::ask(Line& line, ObjectFiler& filer, const Request& request) {
  const std::uint64_t before = pending_count(request);
  const Result<net::GetOutcome> outcome = fetch(line, filer, request);
  Ending ending;
  ending.how = outcome ? judge(request, *outcome) : judge(request, outcome.error());
  if (ending.how == Ending::How::lost) line.association.reset();
  // dcmqrscp keeps all others waiting until the association ends on which it told A801.
  if (ending.how == Ending::How::impossible) line.hang_up();
  ending.pending = pending_count(request);
  ending.came = before - std::min(before, ending.pending);
  ending.rest = pending(request);
  finish(request, ending);
}

Result<net::GetOutcome> Retrieval::fetch(Line& line, ObjectFiler& filer, const Request& request) {
  if (ways_.all[line.way].command == Way::Command::move) return fetch_by_move(line, request);
  filer.expect(request.series);
  return net::get(*line.association, query_for(plan_.series[request.series], request.instances),
                  filer);
}

Result<net::GetOutcome> Retrieval::fetch_by_move(Line& line, const Request& request) {
  DCM_CHECK(reception_.open());
  const std::uint64_t before = pending_count(request);
  net::GetOutcome outcome;
  DCM_TRY(static_cast<net::SubOperations&>(outcome),
          net::move(*line.association, query_for(plan_.series[request.series], request.instances),
                    peer_.calling_aet));
  const std::uint16_t unless_told = net::is_failure(outcome.status) ? 0 : 1;
  if (outcome.completed.value_or(unless_told) + outcome.warning.value_or(0) > 0)
    await_objects(request);
  outcome.stored = before - std::min(before, pending_count(request));
  return outcome;
}

void Retrieval::await_objects(const Request& request) {
  const auto quiet = std::min<Clock::duration>(kQuiet, peer_.idle_timeout);
  std::uint64_t seen = bytes_;
  Clock::time_point until = Clock::now() + quiet;
  while (!over() && pending_count(request) > 0 && Clock::now() < until) {
    std::this_thread::sleep_for(kLook);
    if (const std::uint64_t now = bytes_; now != seen) {
      seen = now;
      until = Clock::now() + quiet;
    }
  }
}

Ending::How Retrieval::judge(const Request& request, const net::GetOutcome& outcome) {
  const std::uint64_t sent = outcome.completed.value_or(0) + outcome.warning.value_or(0U);
  const std::uint64_t arrived = outcome.stored + outcome.refused;
  // A server takes what we refuse for its own failures.
  const bool tells_of_refusals = outcome.refused > 0 &&
                                 outcome.failed.value_or(outcome.refused) <= outcome.refused &&
                                 outcome.status == (outcome.stored > 0 ? 0xB000 : 0xA702);
  if (tells_of_refusals && pending_count(request) == 0) return Ending::How::answered;
  const auto note = [&](ServerRemark::Kind kind, Error error) {
    remarks_.add({.kind = kind, .error = error, .command = command_of(request)});
  };
  if (outcome.status != 0) {
    note(ServerRemark::Kind::final_status, {.code = Errc::dimse_status, .detail = outcome.status});
    checklist_.note_failure(request.series);
  } else if (arrived == 0) {
    note(ServerRemark::Kind::nothing_sent, {});
  } else if (outcome.failed.value_or(0) > outcome.refused) {
    note(ServerRemark::Kind::failures_hidden, {.detail = *outcome.failed});
  }
  if (outcome.completed && sent != outcome.stored)
    note(ServerRemark::Kind::counters_differ,
         {.detail = static_cast<std::uint32_t>(sent), .offset = outcome.stored});
  if (outcome.status == net::kMoveDestinationUnknown) {
    no_move_ = true;
    return Ending::How::impossible;
  }
  if (arrived > 0) return Ending::How::answered;
  const bool tried = sent + outcome.failed.value_or(0U) > 0;
  const bool busy = net::is_out_of_resources(outcome.status) && !tried;
  // Some servers say so, and count nothing, when they cannot reach us.
  if ((tried || busy) && command_of(request) == Way::Command::move && !reception_.reached() &&
      ++moves_in_vain_ >= kMostMovesInVain)
    no_move_ = true;
  if (outcome.status == 0) return Ending::How::nothing_sent;
  return busy ? Ending::How::busy : Ending::How::answered;
}

Ending::How Retrieval::judge(const Request& request, const Error& error) {
  if (over()) return Ending::How::lost;
  const Way::Command command = command_of(request);
  if (error.code == Errc::context_refused) {
    (command == Way::Command::get ? no_get_ : no_move_) = true;
    // Where C-MOVE follows, what came of that counts, unless that is refused too.
    if (command == Way::Command::move || options_.method == Method::get || !inbound_)
      peer_failure(error, no_get_ ? Way::Command::get : command);
    return Ending::How::impossible;
  }
  if (classify(error.code) != ErrorClass::peer) {
    no_move_ = true;
    remarks_.add({.kind = ServerRemark::Kind::cannot_receive, .error = error, .command = command});
    return Ending::How::impossible;
  }
  remarks_.add({.kind = ServerRemark::Kind::failure, .error = error, .command = command});
  checklist_.note_failure(request.series);
  return Ending::How::lost;
}

void Retrieval::finish(const Request& request, const Ending& ending) {
  Household* household = nullptr;
  {
    const std::lock_guard lock(mutex_);
    const std::size_t more = agenda_.end(request, ending);
    std::size_t& of_study = study_requests_[plan_.series[request.series].study_instance_uid];
    of_study = of_study + more - 1;
    household = &households_[household_of_[request.series]];
    household->requests = household->requests + more - 1;
    if (household->requests > 0) return;
  }
  if (!over()) settle(*household);
}

/// Whether to keep a name free for what is still missing of a series: nobody waits for one that
/// came neither in an earlier run nor in this one, to the server's last word.
bool Retrieval::may_come(const Household& household, std::size_t series) const {
  return checklist_.pending_count(series) > 0 &&
         (household.requests > 0 || !record_->failed_before(series));
}

void Retrieval::settle(Household& household) {
  std::vector<store::PatientKey> patients;
  std::vector<store::SeriesNaming> expected = household.expected;
  {
    const std::lock_guard lock(mutex_);
    household.settled = true;
    patients.assign(household.patients.begin(), household.patients.end());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      std::optional<std::string>& description = expected[i].series_description;
      if (!description && !may_come(household, household.series[i])) description = "";
    }
  }
  const Result<store::Settled> settled = tree_.settle(patients, expected);
  if (!settled) return local_failure(settled.error());
  retract(household, *settled);
  for (const std::size_t series : household.series) {
    const auto closed = record_->close(
        series, checklist_,
        checklist_.has_failed(series) ? store::LedgerState::failed : store::LedgerState::missing);
    if (!closed) return local_failure(closed.error());
  }
  const std::lock_guard lock(mutex_);
  report_.displaced += settled->displaced;
}

/// What came, and yet could not be filed under its name, did not come.
void Retrieval::retract(const Household& household, const store::Settled& settled) {
  if (settled.conflicts.empty() && settled.undescribed.empty()) return;
  const auto instances = record_->waiting_names(household.series, checklist_);
  for (const std::string& name : settled.conflicts)
    if (const auto at = instances.find(name); at != instances.end())
      checklist_.retract(at->second.first, at->second.second, InstanceState::conflict);
  for (const std::string& name : settled.undescribed)
    if (const auto at = instances.find(name); at != instances.end()) {
      checklist_.retract(at->second.first, at->second.second, InstanceState::pending);
      checklist_.note_failure(at->second.first);
    }
}

/// What ended early still tells what was refused; the rest stays expected.
void Retrieval::close_books() {
  if (!record_) return;
  for (const Household& household : households_) {
    if (household.settled) continue;
    for (const std::size_t series : household.series) {
      const auto closed = record_->close(series, checklist_, store::LedgerState::expected);
      if (!closed) return local_failure(closed.error());
    }
  }
}

void Retrieval::turn_away(const net::Caller& caller, const Error& error) {
  if (!may_be_the_server(error)) return;
  remarks_.add({.kind = ServerRemark::Kind::turned_away,
                .error = error,
                .command = Way::Command::move,
                .host = caller.host});
}

void Retrieval::peer_failure(const Error& error, Way::Command command) {
  const std::lock_guard lock(mutex_);
  peer_failure_ = Fatal{error, command};
}

void Retrieval::local_failure(const Error& error) {
  stopping_ = true;
  const std::lock_guard lock(mutex_);
  if (!report_.fatal) report_.fatal = Fatal{error};
}

FilingContext Retrieval::filing_context() {
  return {
      .plan = plan_,
      .checklist = checklist_,
      .tree = tree_,
      .project = options_.project,
      .header_budget = header_budget_,
      .pace = pace_,
      .bytes_received = bytes_,
      .stopping = stopping_,
      .on_refused = [this](
                        std::size_t series, const std::string& sop_instance_uid,
                        Errc reason) { record_->note_refusal(series, sop_instance_uid, reason); },
      .on_unasked = [this] { remarks_.add({.kind = ServerRemark::Kind::unasked_object}); },
      .on_placed =
          [this](std::size_t series, const std::string& sop_instance_uid,
                 const store::PatientKey& written, const deid::Findings& findings) {
            record_->note_placed(series, sop_instance_uid, written);
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
  const auto left = std::count_if(study_requests_.begin(), study_requests_.end(),
                                  [](const auto& study) { return study.second > 0; });
  return {.studies = plan_.studies,
          .studies_done = plan_.studies - static_cast<std::uint64_t>(left),
          .instances = plan_.instances,
          .instances_done = plan_.instances - std::min(pending, plan_.instances),
          .bytes = bytes_,
          .resumes = pace_.waiting() ? pace_.opens_at() : std::nullopt};
}

RetrieveReport Retrieval::report() {
  const Checklist::Totals totals = checklist_.totals();
  const auto total = [&](InstanceState state) { return totals[static_cast<std::size_t>(state)]; };
  report_.stored = total(InstanceState::stored);
  report_.skipped = total(InstanceState::skipped);
  report_.conflict = total(InstanceState::conflict);
  report_.refused = total(InstanceState::refused);
  if (record_) report_.refused_for = record_->refusals();
  if (record_) report_.refused_before = record_->refused_before();
  for (std::size_t i = 0; i < plan_.series.size(); ++i)
    (checklist_.has_failed(i) ? report_.failed : report_.missing) += checklist_.pending_count(i);
  report_.expected = report_.stored + report_.skipped + report_.refused + report_.failed +
                     report_.conflict + report_.missing;
  report_.remarks = remarks_.all();
  report_.waiting = std::min(tree_.waiting(), report_.stored + report_.skipped);
  report_.verified = plan_.verified;
  report_.bytes = bytes_;
  return std::move(report_);
}

RetrieveReport Retrieval::run(const OnProgress& on_progress) {
  const auto begun = Clock::now();
  const Result<void> known = look_up();
  if (!known) {
    local_failure(known.error());
  } else {
    plan_requests();
    const std::size_t crew = std::min<std::size_t>(options_.jobs, agenda_.left().size());
    run_crew(
        crew, [this] { work(); }, [&] { on_progress(progress()); },
        [this] { local_failure({.code = Errc::internal}); });
    reception_.close();
  }
  const std::vector<Request> left = agenda_.left();
  if (!over())
    for (const Request& request : left) checklist_.note_failure(request.series);
  if (stop_.requested()) report_.fatal = Fatal{{.code = Errc::interrupted}};
  const bool all_came = checklist_.totals()[0] == 0;
  if (!report_.fatal && !all_came && peer_failure_) report_.fatal = peer_failure_;
  if (!report_.fatal && !all_came && no_get_) remarks_.add({.kind = ServerRemark::Kind::no_get});
  if (!all_came && !inbound_ && may_listen())
    remarks_.add({.kind = ServerRemark::Kind::would_be_plain});
  if (!all_came && moves_in_vain_ > 0 && !reception_.reached())
    remarks_.add({.kind = ServerRemark::Kind::unreached,
                  .error = {.detail = moves_in_vain_},
                  .command = Way::Command::move});
  // An interrupted run's objects wait for the names that the whole run would give.
  if (!over())
    for (Household& household : households_)
      if (!household.settled) settle(household);
  close_books();
  if (known) on_progress(progress());
  report_.seconds = (std::chrono::duration<double>(Clock::now() - begun) - pace_.waited()).count();
  return report();
}

}  // namespace

RetrieveReport retrieve(const net::Peer& peer, const Plan& plan, Checklist& checklist,
                        store::Tree& tree, const RetrieveOptions& options,
                        const OnProgress& on_progress, const StopSource& stop) {
  return Retrieval(peer, plan, checklist, tree, options, stop).run(on_progress);
}

}  // namespace dcm::app
