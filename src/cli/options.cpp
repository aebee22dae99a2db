// SPDX-License-Identifier: MIT
#include "cli/options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <thread>

#include "app/condition.hpp"
#include "app/criterion.hpp"
#include "cli/named_file.hpp"
#include "cli/security_options.hpp"
#include "cli/value_words.hpp"
#include "dicom/date.hpp"
#include "dicom/dictionary.hpp"
#include "dicom/text.hpp"

namespace dcm::cli {
namespace {

constexpr unsigned kLongestSeconds = 86400;

constexpr std::array<std::string_view, 4> kLevels{"PATIENT", "STUDY", "SERIES", "IMAGE"};

/// VRs whose values are characters, so that they can be typed.
constexpr std::array kTypedVrs{vr::kAE, vr::kAS, vr::kCS, vr::kDA, vr::kDS, vr::kDT,
                               vr::kIS, vr::kLO, vr::kPN, vr::kSH, vr::kTM, vr::kUI};

std::string name_of_option(std::string_view option) { return fmt::format("option {}", option); }

std::string upper(std::string_view text) {
  std::string result(text);
  for (auto& each : result)
    each = static_cast<char>(std::toupper(static_cast<unsigned char>(each)));
  return result;
}

Checked<std::optional<unsigned>> read_number(const Typed& typed, std::string_view option,
                                             unsigned least, unsigned most) {
  const auto* value = typed.value(option);
  if (value == nullptr) return std::nullopt;
  const auto number = parse_number(*value, least, most);
  if (!number) {
    return refuse(name_of_option(option),
                  fmt::format("not a whole number from {} to {}", least, most));
  }
  return number;
}

/// Whether a path leads to a pipe or a device, as /dev/stdin does even where a file stands behind
/// it.
bool is_stream(const std::string& path) {
  std::error_code failure;
  const auto type = std::filesystem::status(path, failure).type();
  using Type = std::filesystem::file_type;
  return path.starts_with("/dev/") || path.starts_with("/proc/") || type == Type::fifo ||
         type == Type::character || type == Type::socket;
}

/// Reads criteria one after the other and keeps the first failure.
class CriteriaReader {
 public:
  explicit CriteriaReader(const Typed& typed) : typed_(typed) {}

  Checked<app::Criteria> read();

 private:
  net::QueryLevel level();
  void set(app::Criteria& criteria, const CriterionOption& criterion);
  void match(const std::string& assignment, std::vector<app::OtherMatch>& others);
  std::optional<Tag> attribute_to_match(std::string_view keyword);
  void object(std::string_view option, std::string why, std::string hint = {}) {
    if (!failure_) failure_ = refuse(name_of_option(option), std::move(why), std::move(hint));
  }
  void object(std::string_view option, std::string_view value, app::ValueFault fault);

  const Typed& typed_;
  std::optional<tl::unexpected<Failure>> failure_;
};

net::QueryLevel CriteriaReader::level() {
  const auto* value = typed_.value("--level");
  if (value == nullptr) return net::QueryLevel::study;
  const auto found = std::find(kLevels.begin(), kLevels.end(), upper(*value));
  if (found == kLevels.end()) {
    object("--level", fmt::format("there is no level {}", *value),
           did_you_mean(nearest(*value, kLevels), "the levels are PATIENT, STUDY, SERIES, IMAGE"));
    return net::QueryLevel::study;
  }
  return static_cast<net::QueryLevel>(found - kLevels.begin());
}

void CriteriaReader::object(std::string_view option, std::string_view value,
                            app::ValueFault fault) {
  const auto words = words_of(fault);
  const bool may_be_shown = fault == app::ValueFault::no_dates &&
                            option != "--patient-birth-date" && value.size() <= 24 &&
                            value.find_first_not_of("0123456789-./ ") == std::string_view::npos;
  object(option, may_be_shown ? fmt::format("{} is {}", value, words.why) : words.why, words.hint);
}

void CriteriaReader::set(app::Criteria& criteria, const CriterionOption& criterion) {
  const auto* value = typed_.value(criterion.option);
  const auto tag = *find_keyword(criterion.keyword);
  if (value == nullptr || !app::is_criterion(tag)) return;
  const auto fault = app::set_criterion(criteria, tag, *value);
  if (fault != app::ValueFault::none) object(criterion.option, *value, fault);
}

std::optional<Tag> CriteriaReader::attribute_to_match(std::string_view keyword) {
  const auto tag = find_keyword(keyword);
  if (!tag) {
    object("--match", fmt::format("unknown keyword {}", keyword),
           did_you_mean(closest_keyword(keyword),
                        "it takes keywords of PS3.6, such as BodyPartExamined"));
    return std::nullopt;
  }
  const auto known = find_entry(*tag)->keyword;
  for (const auto& row : criterion_options()) {
    if (row.keyword != known) continue;
    object("--match", fmt::format("{} has an option of its own", known),
           fmt::format("use {}", row.option));
  }
  const auto vr = find_entry(*tag)->vr;
  const bool typable = std::find(kTypedVrs.begin(), kTypedVrs.end(), vr) != kTypedVrs.end();
  if (!typable || tag->group <= 0x0002 || *tag == tags::kSpecificCharacterSet) {
    object("--match", fmt::format("{} cannot be matched", known));
  }
  return tag;
}

void CriteriaReader::match(const std::string& assignment, std::vector<app::OtherMatch>& others) {
  const auto equals = assignment.find('=');
  const auto keyword = assignment.substr(0, equals);
  const bool is_keyword =
      !keyword.empty() && std::all_of(keyword.begin(), keyword.end(), [](unsigned char c) {
        return c < 0x80 && std::isalnum(c) != 0;
      });
  if (equals == std::string::npos || !is_keyword) {
    object("--match", "not KEYWORD=VALUE", "for example --match BodyPartExamined=CHEST");
    return;
  }
  const auto tag = attribute_to_match(keyword);
  if (!tag) return;
  const auto value = std::string(trim(assignment.substr(equals + 1)));
  if (const auto fault = app::fault_of_text(assignment.substr(equals + 1));
      fault != app::ValueFault::none)
    return object("--match", value, fault);
  if (const auto vr = find_entry(*tag)->vr; app::has_wildcard(value) && !is_text(vr)) {
    const bool is_time = vr == vr::kDA || vr == vr::kTM || vr == vr::kDT;
    object("--match",
           fmt::format("no wildcard may stand in {} (PS3.4 C.2.2.2.4)", find_entry(*tag)->keyword),
           is_time ? "write a range, such as 20230101-20230131 or 0800-1200"
                   : "name the whole value; wildcards are for text");
  } else if (find_entry(*tag)->vr == vr::kDA && !DateRange::parse(value)) {
    object("--match", fmt::format("the value of {} is not a date or a range of dates",
                                  find_entry(*tag)->keyword));
  }
  const auto same = [&](const app::OtherMatch& each) { return each.tag == *tag; };
  if (std::any_of(others.begin(), others.end(), same)) {
    object("--match", fmt::format("{} given more than once", find_entry(*tag)->keyword));
  }
  others.push_back({*tag, find_entry(*tag)->vr, value});
}

Checked<app::Criteria> CriteriaReader::read() {
  app::Criteria criteria;
  criteria.level = level();
  for (const auto& each : criterion_options()) set(criteria, each);
  if (const auto found = typed_.values.find("--match"); found != typed_.values.end()) {
    for (const auto& each : found->second) match(each, criteria.others);
  }
  if (failure_) return *failure_;
  return criteria;
}

/// The server before options for single values, or what of it --host gives.
Checked<Server> base_server(const Typed& typed, const Environment& environment) {
  if (typed.has("--host") && !typed.has("--server")) {
    if (!typed.has("--called-aet")) {
      return refuse("option --host", "the server's AE title is missing", "add --called-aet TITLE");
    }
    return Server{};
  }
  DCM_TRY(const auto configuration, load_configuration(typed.value("--config"), environment));
  return configuration.server(typed.value("--server"));
}

Checked<void> override_title(const Typed& typed, std::string_view option, std::string& title) {
  const auto* value = typed.value(option);
  if (value == nullptr) return {};
  if (const auto objection = objection_to_title(*value); !objection.empty()) {
    return refuse(name_of_option(option), fmt::format("not an AE title: {}", objection));
  }
  title = *value;
  return {};
}

Checked<void> override_port(const Typed& typed, std::string_view option, std::uint16_t& port) {
  const auto* value = typed.value(option);
  if (value == nullptr) return {};
  const auto number = parse_port(*value);
  if (!number) return refuse(name_of_option(option), "not a port: a number from 1 to 65535");
  port = *number;
  return {};
}

/// How objects come from it.
Checked<void> override_delivery(const Typed& typed, Server& server) {
  if (const auto* value = typed.value("--method")) {
    const auto method = parse_method(*value);
    if (!method) {
      return refuse("option --method", fmt::format("there is no method {}", *value),
                    method_hint(*value));
    }
    server.method = *method;
  }
  if (const auto hosts = typed.values.find("--receive-from"); hosts != typed.values.end()) {
    server.receive_from = hosts->second;
  }
  if (typed.has("--receive-plain")) server.inbound = app::Inbound::plain;
  return override_port(typed, "--receive-port", server.receive_port);
}

Checked<void> override_timeouts(const Typed& typed, net::Peer& peer) {
  DCM_TRY(const auto silence, read_number(typed, "--timeout", 1, kLongestSeconds));
  DCM_TRY(const auto connect, read_number(typed, "--connect-timeout", 1, kLongestSeconds));
  if (silence) {
    const std::chrono::seconds limit(*silence);
    peer.association_timeout = peer.first_answer_timeout = peer.idle_timeout = limit;
  }
  if (connect) peer.connect_timeout = std::chrono::seconds(*connect);
  return {};
}

/// An entry to speak to.
Checked<Addressee> peer_of(const Server& entry, const Typed& typed,
                           const Environment& environment) {
  Addressee peer;
  peer.host = entry.host;
  peer.port = entry.port;
  peer.called_aet = entry.called_aet;
  peer.calling_aet = entry.calling_aet;
  peer.character_set = entry.character_set;
  peer.origin = {entry.file, entry.name, {}};
  for (const auto& [option, values] : typed.values) peer.origin.typed.insert(option);
  DCM_CHECK(override_timeouts(typed, peer));
  if (auto secured = secure(peer, entry, environment); !secured) {
    secured.error().hint = as_written(secured.error().hint, peer.origin);
    return fail(std::move(secured.error()));
  }
  return peer;
}

/// For where C-MOVE to ourselves is asked for.
Checked<void> must_not_be_plain(const Addressee& peer, app::Inbound inbound) {
  if (app::inbound_tls(peer, inbound)) return {};
  return refuse("TLS",
                "what C-MOVE sends to us must come by TLS too, which needs a certificate of ours",
                as_written("add --tls-cert and --tls-key; or --receive-plain, and the objects come "
                           "in the clear, for all on the way to read",
                           peer.origin));
}

Checked<DoctorOptions> understand_doctor(const Typed& typed, const app::Criteria& criteria,
                                         const Environment& environment) {
  DoctorOptions doctor;
  doctor.json = typed.has("--json");
  doctor.examination.study_instance_uid = criteria.study_instance_uid.value_or("");
  if (typed.has("--receive-port") && doctor.examination.study_instance_uid.empty()) {
    return refuse("option --receive-port", "no study is named of which an object could be sent",
                  "add --study-instance-uid UID");
  }
  DCM_TRY(doctor.entry, understand_entry(typed, environment));
  DCM_TRY(doctor.peer, peer_of(doctor.entry, typed, environment));
  auto& examination = doctor.examination;
  examination.receive_port = doctor.entry.receive_port;
  examination.inbound = doctor.entry.inbound;
  examination.receive_from = doctor.entry.receive_from;
  if (examination.receive_port != 0 && !examination.study_instance_uid.empty()) {
    DCM_CHECK(must_not_be_plain(doctor.peer, examination.inbound));
  }
  return doctor;
}

Checked<Format> understand_format(const Typed& typed) {
  if (typed.has("--json") && typed.has("--csv")) {
    return refuse("option --csv", "--json is given too", "leave one of them out");
  }
  if (typed.has("--json")) return Format::json;
  return typed.has("--csv") ? Format::csv : Format::table;
}

/// What depends on the server is completed when that is known.
Checked<app::RetrieveOptions> understand_retrieve(const Typed& typed) {
  constexpr unsigned kMostRetries = 20;
  constexpr unsigned kLongestPause = 3600;
  app::RetrieveOptions retrieve;
  DCM_TRY(const auto jobs, read_number(typed, "--jobs", 1, kMostAssociations));
  retrieve.jobs = jobs.value_or(retrieve.jobs);
  DCM_TRY(const auto retries, read_number(typed, "--retries", 0, kMostRetries));
  retrieve.patience.repeats = retries.value_or(retrieve.patience.repeats);
  DCM_TRY(const auto pause, read_number(typed, "--retry-pause", 0, kLongestPause));
  if (pause) retrieve.patience.pause = std::chrono::seconds(*pause);
  if (typed.has("--retry-refused")) retrieve.refused = app::Refused::retry;
  return retrieve;
}

/// The server, and how objects come from it. It may send to us itself, under whatever title.
Checked<void> understand_source(const Typed& typed, const Environment& environment,
                                FetchOptions& fetch) {
  DCM_TRY(const auto entry, understand_entry(typed, environment));
  DCM_TRY(fetch.peer, peer_of(entry, typed, environment));
  auto& retrieve = fetch.retrieve;
  retrieve.method = entry.method;
  retrieve.pace = entry.pace;
  if (entry.max_associations > 0 && !typed.has("--jobs")) {
    retrieve.jobs = std::min(retrieve.jobs, entry.max_associations);
  }
  retrieve.inbound = entry.inbound;
  retrieve.receiver.port = entry.receive_port;
  if (retrieve.asks_for_move()) DCM_CHECK(must_not_be_plain(fetch.peer, entry.inbound));
  retrieve.receiver.ae_title = entry.calling_aet;
  retrieve.receiver.expected = app::expected_senders(entry.host, entry.receive_from);
  return {};
}

Checked<void> must_narrow(const Typed& typed, const app::Criteria& criteria) {
  if (criteria.narrows() || typed.has("--everything")) return {};
  return refuse(fmt::format("command {}", typed.command),
                "no criterion narrows it down to less than all that the server has",
                "add a criterion such as --patient-id or --study-date; --everything if all is "
                "meant");
}

Checked<MoveOptions> understand_move(const Typed& typed, app::Criteria criteria) {
  DCM_CHECK(must_narrow(typed, criteria));
  MoveOptions move;
  move.criteria = std::move(criteria);
  if (!typed.has("--destination")) {
    return refuse("option --destination", "it is missing: where to is not known",
                  "add --destination TITLE, an AE title that the server knows");
  }
  DCM_CHECK(override_title(typed, "--destination", move.destination));
  move.dry_run = typed.has("--dry-run");
  move.json = typed.has("--json");
  return move;
}

/// All but the server.
Checked<void> understand_fetch(const Typed& typed, FetchOptions& fetch) {
  DCM_TRY(fetch.deid, understand_deid(typed));
  DCM_TRY(fetch.retrieve, understand_retrieve(typed));
  if (const auto* output = typed.value("--output")) fetch.output = *output;
  fetch.dry_run = typed.has("--dry-run");
  fetch.json = typed.has("--json");
  return {};
}

Checked<GetOptions> understand_get(const Typed& typed, app::Criteria criteria) {
  DCM_CHECK(must_narrow(typed, criteria));
  GetOptions get;
  get.criteria = std::move(criteria);
  DCM_CHECK(understand_fetch(typed, get));
  return get;
}

/// A cohort's level comes as the only one of the criteria.
Checked<BatchOptions> understand_batch(const Typed& typed, net::QueryLevel level) {
  BatchOptions batch;
  if (typed.paths.size() != 1 || typed.paths.front().empty()) {
    return refuse("command batch", "it takes one cohort",
                  "dicom-client batch COHORT.csv --output DIR");
  }
  if (level == net::QueryLevel::image) {
    return refuse("option --level", "a cohort lists patients, studies or series",
                  "the levels are PATIENT, STUDY, SERIES");
  }
  batch.cohort.path = typed.paths.front();
  batch.cohort.level = level;
  if (const auto* sheet = typed.value("--sheet")) batch.cohort.sheet = *sheet;
  if (typed.has("--ignore-columns")) batch.cohort.unknown = app::UnknownColumns::ignore;
  if (const auto* status = typed.value("--status")) {
    batch.status = *status;
  } else if (is_stream(batch.cohort.path)) {
    return refuse("option --status", "it is missing: the cohort is no file to put it beside",
                  "--status FILE tells what became of each row");
  } else {
    batch.status =
        std::filesystem::path(batch.cohort.path).replace_extension(".status.csv").string();
  }
  DCM_CHECK(understand_fetch(typed, batch));
  if (whole_path(batch.status) == whole_path(batch.output)) {
    return refuse("option --status", "it is the output folder", "name a file beside it");
  }
  return batch;
}

/// As many as there are processors, but for disks' sake not very many.
unsigned usual_jobs() noexcept {
  constexpr unsigned kMost = 8;
  return std::clamp(std::thread::hardware_concurrency(), 1U, kMost);
}

Checked<AnonymizeOptions> understand_anonymize(const Typed& typed) {
  AnonymizeOptions anonymize;
  anonymize.paths = typed.paths;
  const auto& paths = anonymize.paths;
  if (paths.empty() || std::find(paths.begin(), paths.end(), "") != paths.end()) {
    return refuse("command anonymize", "no file or folder is named",
                  "dicom-client anonymize FOLDER --output DIR --profile research");
  }
  DCM_TRY(anonymize.deid, understand_deid(typed));
  if (!anonymize.deid.profile) {
    return refuse("command anonymize", "nothing says what to remove",
                  "add --profile research, --profile basic or --anonymize-data");
  }
  DCM_TRY(const auto jobs, read_number(typed, "--jobs", 1, kMostAssociations));
  anonymize.jobs = jobs.value_or(usual_jobs());
  if (const auto* output = typed.value("--output")) anonymize.output = *output;
  anonymize.dry_run = typed.has("--dry-run");
  anonymize.json = typed.has("--json");
  anonymize.report_paths = typed.has("--report-paths");
  return anonymize;
}

/// Files are explained under the basic profile unless another is named; `show` takes its profile as
/// a path, the first.
Checked<ProfileOptions> understand_profile_command(Typed typed) {
  using Verb = ProfileOptions::Verb;
  ProfileOptions options;
  options.json = typed.has("--json");
  if (typed.command == "profile list") return options;
  options.verb = typed.command == "profile show" ? Verb::show : Verb::explain;
  const bool show = options.verb == Verb::show;
  if (typed.paths.empty() || (show && typed.paths.size() > 1)) {
    return refuse(fmt::format("command {}", typed.command),
                  show ? "it takes one profile" : "no file is named",
                  show ? "dicom-client profile list tells their names"
                       : "dicom-client profile explain FILE --profile research");
  }
  if (show) typed.values["--profile"] = std::move(typed.paths);
  if (!typed.has("--profile")) typed.values["--profile"] = {"basic"};
  DCM_TRY(options.deid, understand_deid(typed));
  if (!show) options.files = std::move(typed.paths);
  options.all = typed.has("--all");
  options.values = typed.has("--values");
  return options;
}

}  // namespace

Checked<app::Criteria> understand_criteria(const Typed& typed) {
  return CriteriaReader(typed).read();
}

Checked<Server> understand_entry(const Typed& typed, const Environment& environment) {
  DCM_TRY(auto server, base_server(typed, environment));
  if (const auto* host = typed.value("--host")) server.host = *host;
  DCM_CHECK(override_port(typed, "--port", server.port));
  DCM_CHECK(override_title(typed, "--called-aet", server.called_aet));
  DCM_CHECK(override_title(typed, "--calling-aet", server.calling_aet));
  if (const auto* value = typed.value("--character-set")) {
    if (const auto objection = objection_to_character_set(*value); !objection.empty()) {
      return refuse("option --character-set", objection, std::string(kCharacterSetHint));
    }
    server.character_set = *value;
  }
  DCM_CHECK(override_delivery(typed, server));
  override_security(server, typed);
  return server;
}

Checked<Addressee> understand_server(const Typed& typed, const Environment& environment) {
  DCM_TRY(const auto entry, understand_entry(typed, environment));
  return peer_of(entry, typed, environment);
}

Checked<Options> understand(const Typed& typed, const Environment& environment) {
  if (!typed.text.empty()) return Options(typed.text);
  if (typed.command.starts_with("profile ")) {
    DCM_TRY(auto profile, understand_profile_command(typed));
    return Options(std::move(profile));
  }
  if (typed.command == "anonymize") {
    DCM_TRY(auto anonymize, understand_anonymize(typed));
    return Options(std::move(anonymize));
  }
  DCM_TRY(auto criteria, understand_criteria(typed));
  if (typed.command == "doctor") {
    DCM_TRY(auto doctor, understand_doctor(typed, criteria, environment));
    return Options(std::move(doctor));
  }
  // What concerns the server comes last: a wrong date is told before a missing server.
  if (typed.command == "get") {
    DCM_TRY(auto get, understand_get(typed, std::move(criteria)));
    DCM_CHECK(understand_source(typed, environment, get));
    return Options(std::move(get));
  }
  if (typed.command == "move") {
    DCM_TRY(auto move, understand_move(typed, std::move(criteria)));
    DCM_TRY(auto entry, understand_entry(typed, environment));
    DCM_TRY(move.peer, peer_of(entry, typed, environment));
    move.hours = std::move(entry.pace.hours);
    return Options(std::move(move));
  }
  if (typed.command == "batch") {
    DCM_TRY(auto batch, understand_batch(typed, criteria.level));
    DCM_CHECK(understand_source(typed, environment, batch));
    return Options(std::move(batch));
  }
  DCM_TRY(const auto format, understand_format(typed));
  DCM_TRY(auto peer, understand_server(typed, environment));
  if (typed.command == "echo") return Options(EchoOptions{std::move(peer)});
  return Options(SearchOptions{std::move(peer), std::move(criteria), format});
}

}  // namespace dcm::cli
