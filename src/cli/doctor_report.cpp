// SPDX-License-Identifier: MIT
#include "cli/doctor_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>
#include <vector>

#include "cli/json.hpp"
#include "cli/messages.hpp"
#include "dicom/text.hpp"

namespace dcm::cli {
namespace {

using app::Diagnosis;

struct Line {
  std::string what;
  std::string found;
};

constexpr std::size_t kMostNames = 6;

/// `A, B and 3 more`.
std::string listed(const std::vector<std::string_view>& names) {
  const auto shown = std::min(names.size(), kMostNames);
  auto text = fmt::format(
      "{}", fmt::join(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  if (shown < names.size()) text += fmt::format(" and {} more", names.size() - shown);
  return text;
}

/// Why a trial failed, with its hint, as any command tells it.
std::string failure_text(const Error& error, const Place& place) {
  const auto failure = explain(error, place);
  return failure.hint.empty() ? failure.why : fmt::format("{} ({})", failure.why, failure.hint);
}

std::string service_text(bool study_root, bool patient_root) {
  if (study_root && patient_root) return "accepted, study root and patient root";
  if (study_root) return "accepted, study root only";
  return patient_root ? "accepted, patient root only" : "refused";
}

std::string storage_text(const Diagnosis& diagnosis, const Addressee& peer) {
  const auto& storage = diagnosis.storage;
  if (!storage.asked.tried) return "not asked, as C-GET is refused";
  if (!storage.asked.worked()) return failure_text(storage.asked.error, {Operation::get, &peer});
  auto text = fmt::format("{} of {} accepted", quantity(storage.accepted, "class", "classes"),
                          storage.proposed);
  if (storage.with_role < storage.accepted) {
    text += fmt::format(", {} of them without the role that C-GET needs",
                        storage.accepted - storage.with_role);
  }
  if (!storage.refused.empty()) text += "; not " + listed(storage.refused);
  return text;
}

std::string syntaxes_text(const Diagnosis& diagnosis, const Addressee& peer) {
  const auto& syntaxes = diagnosis.syntaxes;
  if (!syntaxes.asked.tried) return "not asked";
  if (!syntaxes.asked.worked()) return failure_text(syntaxes.asked.error, {Operation::get, &peer});
  if (syntaxes.refused.empty()) return "all that were proposed";
  return fmt::format("{}; not {}", fmt::join(syntaxes.accepted, ", "),
                     fmt::join(syntaxes.refused, ", "));
}

/// Whether the study that was named is not there.
bool is_unknown_study(const Diagnosis& diagnosis) noexcept {
  return diagnosis.study_named && diagnosis.study.worked() && !diagnosis.study.answered;
}

/// Whether there is nothing to fetch of the study that was named.
bool lists_nothing(const Diagnosis& diagnosis) noexcept {
  const bool no_series = diagnosis.series.worked() && !diagnosis.series.answered;
  return is_unknown_study(diagnosis) || (diagnosis.study_named && no_series);
}

std::string study_text(const Diagnosis& diagnosis, const Addressee& peer) {
  if (!diagnosis.study.tried) return "not tried, as study root C-FIND is refused";
  if (!diagnosis.study.worked())
    return failure_text(diagnosis.study.error, {Operation::find, &peer});
  if (is_unknown_study(diagnosis)) return "the server knows no such study";
  if (!diagnosis.study.answered) return "no study found: name one with --study-instance-uid";
  if (diagnosis.character_sets.empty()) return "works; the answer declares no character set";
  return fmt::format("works; the answer's character set is {}",
                     fmt::join(diagnosis.character_sets, "\\"));
}

std::string lookup_text(const Diagnosis::Lookup& lookup, const Addressee& peer) {
  if (!lookup.tried) return "not tried, without a study";
  if (!lookup.worked()) return failure_text(lookup.error, {Operation::find, &peer});
  return lookup.answered ? "works" : "answers with nothing";
}

constexpr std::string_view kWouldBePlain =
    "not possible: it would come in the clear; add --tls-cert and --tls-key, or --receive-plain";

/// Why no object was fetched, where `service` is accepted or not, and `options` ask for it.
std::string no_delivery_text(const Diagnosis& diagnosis, std::string_view service, bool accepted,
                             std::string_view options) {
  if (!options.empty()) return fmt::format("not tried: {}", options);
  if (is_unknown_study(diagnosis)) return "not tried, as the server knows no such study";
  if (!accepted) return fmt::format("not tried, as study root {} is refused", service);
  return "not tried, as no object of the study was found";
}

std::string delivery_text(const Diagnosis::Delivery& delivery, const Place& place,
                          std::string otherwise) {
  if (!delivery.tried) return otherwise;
  if (delivery.received > 0 && !delivery.transfer_syntax.empty()) {
    return fmt::format("received, in {}", delivery.transfer_syntax);
  }
  if (delivery.refusal.code != Errc::ok) {
    return turned_away_words(delivery.stranger.host, delivery.refusal);
  }
  if (!delivery.worked()) return failure_text(delivery.error, place);
  return delivery.received > 0 ? "received" : "the server says success, and nothing came";
}

std::string connection_text(const Addressee& peer) { return peer.tls ? "TLS" : "in the clear"; }

enum class Stage : std::uint8_t { connecting, securing, negotiating };

/// How far we got.
Stage stage_of(const Error& error) noexcept {
  if (error.code == Errc::unknown_host || error.code == Errc::connect_failed) {
    return Stage::connecting;
  }
  return error.code >= Errc::no_tls && error.code <= Errc::tls_failed ? Stage::securing
                                                                      : Stage::negotiating;
}

bool delivers(const Diagnosis::Delivery& delivery) noexcept { return delivery.received > 0; }

/// Which way objects come; empty if none.
std::string_view method_of(const Diagnosis& diagnosis) noexcept {
  const auto may = [](bool accepted, const Diagnosis::Delivery& trial) {
    return accepted && (!trial.tried || delivers(trial));
  };
  const auto& storage = diagnosis.storage;
  const bool can_send = !storage.asked.worked() || storage.with_role > 0;
  if (may(diagnosis.gets() && can_send, diagnosis.get)) return "get";
  if (may(diagnosis.moves() && !diagnosis.would_be_plain, diagnosis.move)) return "move";
  return {};
}

std::string method_text(const Diagnosis& diagnosis) {
  const auto method = method_of(diagnosis);
  if (method == "get") return "C-GET";
  return method == "move" ? "C-MOVE" : "none works";
}

std::vector<Line> lines_of(const Diagnosis& diagnosis, const Addressee& peer,
                           std::uint16_t receive_port) {
  if (!diagnosis.association.worked()) {
    const auto& error = diagnosis.association.error;
    auto why = failure_text(error, {Operation::echo, &peer});
    if (stage_of(error) == Stage::connecting) return {{"connection", std::move(why)}};
    if (stage_of(error) == Stage::securing) {
      return {{"connection", "made"}, {"TLS", std::move(why)}};
    }
    return {{"connection", "made, " + connection_text(peer)}, {"association", std::move(why)}};
  }
  const auto& [study, patient] = std::pair(diagnosis.study_root, diagnosis.patient_root);
  const bool named = diagnosis.study_named;
  const std::string_view for_get = named ? "" : "--study-instance-uid",
                         for_move = !named              ? "--study-instance-uid and --receive-port"
                                    : receive_port == 0 ? "--receive-port"
                                                        : "";
  return {
      {"connection", "made, " + connection_text(peer)},
      {"association", fmt::format("accepted in {} ms", diagnosis.association_took.count())},
      {"C-ECHO", diagnosis.echo.worked()
                     ? "answered"
                     : failure_text(diagnosis.echo.error, {Operation::echo, &peer})},
      {"C-FIND", service_text(study.find, patient.find)},
      {"C-GET", service_text(study.get, patient.get)},
      {"C-MOVE", service_text(study.move, patient.move)},
      {"storage for C-GET", storage_text(diagnosis, peer)},
      {"transfer syntaxes", syntaxes_text(diagnosis, peer)},
      {"query at STUDY", study_text(diagnosis, peer)},
      {"query at SERIES", lookup_text(diagnosis.series, peer)},
      {"query at IMAGE", lookup_text(diagnosis.image, peer)},
      {"an object by C-GET",
       delivery_text(diagnosis.get, {Operation::get, &peer},
                     no_delivery_text(diagnosis, "C-GET", study.get, for_get))},
      {"an object by C-MOVE",
       delivery_text(diagnosis.move, {Operation::receive, &peer, {}, receive_port},
                     diagnosis.would_be_plain
                         ? std::string(kWouldBePlain)
                         : no_delivery_text(diagnosis, "C-MOVE", study.move, for_move))},
      {"method to use", method_text(diagnosis)},
  };
}

/// What a trial came to that brought nothing.
std::string empty_handed_text(const Diagnosis::Delivery& delivery) {
  return delivery.worked() ? "nothing came" : reason_words(delivery.error);
}

/// Why an entry had better not say how objects are to come; empty where it may.
std::string objection_to_method(const Diagnosis& diagnosis, app::Method method) {
  if (method == app::Method::automatic) return {};
  const bool is_get = method == app::Method::get;
  const auto& trial = is_get ? diagnosis.get : diagnosis.move;
  if (!(is_get ? diagnosis.gets() : diagnosis.moves())) return "the server refuses it";
  if (!is_get && diagnosis.would_be_plain) return std::string(kWouldBePlain);
  return trial.tried && !delivers(trial) ? empty_handed_text(trial) : std::string();
}

std::string objection_to_port(const Diagnosis& diagnosis) {
  const auto& move = diagnosis.move;
  if (diagnosis.would_be_plain) return std::string(kWouldBePlain);
  return move.tried && !delivers(move) ? empty_handed_text(move) : std::string();
}

/// A value in YAML, in quotes where it needs them.
std::string yaml(std::string_view text) {
  constexpr auto kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./";
  const bool is_plain =
      !text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos &&
      text.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz/") == 0;
  if (is_plain) return std::string(text);
  std::string quoted = "\"";
  for (const char each : text) {
    if (each == '"' || each == '\\') quoted += '\\';
    quoted += each;
  }
  return quoted + "\"";
}

/// A path that leads to the same file from wherever the entry is pasted to.
std::string absolute(const std::string& path) {
  if (path.empty()) return path;
  std::error_code failed;
  const auto whole = std::filesystem::absolute(path, failed);
  return failed ? path : whole.lexically_normal().string();
}

std::string tls_text(const TlsEntry& tls) {
  std::vector<std::string> keys;
  const auto add = [&](std::string_view key, const std::string& value) {
    if (!value.empty()) keys.push_back(fmt::format("{}: {}", key, yaml(value)));
  };
  add("ca", absolute(tls.ca));
  add("cert", absolute(tls.certificate));
  add("key", absolute(tls.key));
  add("name", tls.name);
  return keys.empty() ? "true" : fmt::format("{{{}}}", fmt::join(keys, ", "));
}

nlohmann::ordered_json trial_json(const Diagnosis::Trial& trial) {
  if (!trial.tried) return nullptr;
  nlohmann::ordered_json json{{"ok", trial.worked()}};
  if (!trial.worked()) {
    json["error"] = code_name(trial.error.code);
    json["reason"] = reason_words(trial.error);
  }
  return json;
}

nlohmann::ordered_json lookup_json(const Diagnosis::Lookup& lookup) {
  auto json = trial_json(lookup);
  if (lookup.worked()) json["answered"] = lookup.answered;
  return json;
}

nlohmann::ordered_json delivery_json(const Diagnosis::Delivery& delivery) {
  auto json = trial_json(delivery);
  if (!delivery.tried) return json;
  json["received"] = delivery.received;
  if (!delivery.transfer_syntax.empty()) json["transfer_syntax"] = delivery.transfer_syntax;
  if (delivery.refusal.code != Errc::ok) {
    json["turned_away"] = turned_away_words(delivery.stranger.host, delivery.refusal);
  }
  return json;
}

nlohmann::ordered_json model_json(const Diagnosis::Model& model) {
  return {{"find", model.find}, {"get", model.get}, {"move", model.move}};
}

}  // namespace

std::string doctor_text(const Diagnosis& diagnosis, const Addressee& peer, const Server& entry) {
  auto text = printable(name_of(peer)) + "\n";
  for (const auto& line : lines_of(diagnosis, peer, entry.receive_port)) {
    text += fmt::format("  {:<20}{}\n", line.what, printable(line.found));
  }
  if (!diagnosis.association.worked()) return text;
  return text + "\nFor the configuration file:\n\n" + entry_text(entry, diagnosis);
}

std::string doctor_json(const Diagnosis& diagnosis, const Addressee& peer, const Server& entry,
                        ExitCode exit) {
  const auto& storage = diagnosis.storage;
  const auto& syntaxes = diagnosis.syntaxes;
  auto json = nlohmann::ordered_json{{"host", peer.host},
                                     {"port", peer.port},
                                     {"called_aet", peer.called_aet},
                                     {"calling_aet", peer.calling_aet},
                                     {"tls", peer.tls.has_value()},
                                     {"association", trial_json(diagnosis.association)},
                                     {"exit", static_cast<int>(exit)}};
  if (!diagnosis.association.worked()) return safe_json(json);
  json["echo"] = trial_json(diagnosis.echo);
  json["study_root"] = model_json(diagnosis.study_root);
  json["patient_root"] = model_json(diagnosis.patient_root);
  json["storage"] = trial_json(storage.asked);
  if (storage.asked.worked()) {
    json["storage"].update({{"proposed", storage.proposed},
                            {"accepted", storage.accepted},
                            {"with_role", storage.with_role},
                            {"refused", storage.refused}});
  }
  json["transfer_syntaxes"] = trial_json(syntaxes.asked);
  if (syntaxes.asked.worked()) {
    json["transfer_syntaxes"].update({{"class", syntaxes.image_class},
                                      {"accepted", syntaxes.accepted},
                                      {"refused", syntaxes.refused}});
  }
  json["query"] = {{"study", lookup_json(diagnosis.study)},
                   {"series", lookup_json(diagnosis.series)},
                   {"image", lookup_json(diagnosis.image)},
                   {"character_sets", diagnosis.character_sets}};
  json["delivery"] = {{"get", delivery_json(diagnosis.get)},
                      {"move", delivery_json(diagnosis.move)}};
  const auto method = method_of(diagnosis);
  json["method"] =
      method.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(method);
  json["configuration"] = entry_text(entry, diagnosis);
  return safe_json(json);
}

ExitCode exit_code(const Diagnosis& diagnosis) noexcept {
  using Trial = Diagnosis::Trial;
  const std::array<const Trial*, 9> trials{
      &diagnosis.association,    &diagnosis.echo,  &diagnosis.storage.asked,
      &diagnosis.syntaxes.asked, &diagnosis.study, &diagnosis.series,
      &diagnosis.image,          &diagnosis.get,   &diagnosis.move};
  for (const auto* trial : trials) {
    const auto kind = classify(trial->error.code);
    const bool ours = kind != ErrorClass::peer && kind != ErrorClass::bad_object;
    if (trial->error.code != Errc::ok && ours) return exit_code(trial->error);
  }
  const auto may_work = [](const Trial& trial) { return !trial.tried || trial.worked(); };
  const bool finds = diagnosis.finds() && may_work(diagnosis.study) && may_work(diagnosis.series);
  if (!finds || method_of(diagnosis).empty()) return ExitCode::unreachable;
  return lists_nothing(diagnosis) ? ExitCode::nothing_matched : ExitCode::done;
}

std::string entry_text(const Server& entry, const Diagnosis& diagnosis) {
  std::string text = "servers:\n";
  text += fmt::format("  {}:\n", entry.name.empty() ? "main" : yaml(entry.name));
  const auto add = [&](std::string_view key, std::string_view value) {
    if (!value.empty()) text += fmt::format("    {}: {}\n", key, value);
  };
  const auto add_text = [&](std::string_view key, const std::string& value) {
    if (!value.empty()) add(key, yaml(value));
  };
  const auto add_number = [&](std::string_view key, unsigned value) {
    if (value > 0) add(key, std::to_string(value));
  };
  const auto add_list = [&](std::string_view key, const std::vector<std::string>& values) {
    std::vector<std::string> quoted;
    for (const auto& each : values) quoted.push_back(yaml(each));
    if (!values.empty()) add(key, fmt::format("[{}]", fmt::join(quoted, ", ")));
  };
  add_text("host", entry.host);
  add("port", std::to_string(entry.port));
  add_text("called_aet", entry.called_aet);
  add_text("calling_aet", entry.calling_aet);
  if (entry.tls) add("tls", tls_text(*entry.tls));
  add_text("user", entry.user.name);
  add_text("password_file", absolute(entry.user.password_file));
  add_text("password_env", entry.user.password_variable);
  add_text("jwt_file", absolute(entry.user.token_file));
  add_text("jwt_env", entry.user.token_variable);
  if (entry.user.must_be_confirmed) add("user_response", "true");
  add_text("character_set", entry.character_set);
  const auto leave_out = [&](std::string_view what, std::string_view why) {
    text += fmt::format("    # {} is left out: {}\n", what, why);
  };
  if (const auto why = objection_to_method(diagnosis, entry.method); !why.empty()) {
    leave_out(fmt::format("method {}", name_of(entry.method)), why);
  } else if (entry.method != app::Method::automatic) {
    add("method", name_of(entry.method));
  }
  if (const auto why = objection_to_port(diagnosis); entry.receive_port != 0 && !why.empty()) {
    leave_out(fmt::format("receive_port {}", entry.receive_port), why);
  } else {
    add_number("receive_port", entry.receive_port);
  }
  add_list("receive_from", entry.receive_from);
  if (entry.inbound == app::Inbound::plain) add("receive_plain", "true");
  add_number("max_associations", entry.max_associations);
  add_number("max_objects_per_second", entry.pace.objects_per_second);
  add_list("hours", entry.pace.hours.spans());
  return text;
}

}  // namespace dcm::cli
