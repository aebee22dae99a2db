// SPDX-License-Identifier: MIT
#include "cli/messages.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <optional>
#include <system_error>
#include <utility>

#include "cli/tls_words.hpp"
#include "dicom/dictionary.hpp"
#include "dicom/text.hpp"
#include "net/sub_operations.hpp"
#include "store/tree.hpp"

namespace dcm::cli {
namespace {

struct CodeWords {
  Errc code;
  std::string_view name;
  std::string_view words;
};

constexpr std::array kCodes{
    CodeWords{Errc::ok, "ok", "no error"},
    CodeWords{Errc::bad_value, "bad_value", "a value that cannot be meant"},
    CodeWords{Errc::tree_mismatch, "tree_mismatch",
              "the folder holds objects made with another profile, option or key"},
    CodeWords{Errc::tree_locked, "tree_locked", "another dicom-client is writing there"},
    CodeWords{Errc::key_exposed, "key_exposed", "others can read the key, or it is not yours"},
    CodeWords{Errc::truncated, "truncated", "the data end inside an element"},
    CodeWords{Errc::bad_vr, "bad_vr", "an element has no valid value representation"},
    CodeWords{Errc::bad_length, "bad_length", "an element has an impossible length"},
    CodeWords{Errc::too_deep, "too_deep", "sequences are nested too deep"},
    CodeWords{Errc::misplaced_item, "misplaced_item", "an item stands where none may be"},
    CodeWords{Errc::bad_deflate, "bad_deflate", "the deflated data cannot be inflated"},
    CodeWords{Errc::inflate_limit, "inflate_limit", "the deflated data grow beyond the limit"},
    CodeWords{Errc::header_limit, "header_limit", "the header is larger than the limit"},
    CodeWords{Errc::bad_file_meta, "bad_file_meta", "the file meta information is not usable"},
    CodeWords{Errc::unsupported_syntax, "unsupported_syntax", "the transfer syntax is not known"},
    CodeWords{Errc::missing_uid, "missing_uid", "a unique identifier is missing"},
    CodeWords{Errc::uid_mismatch, "uid_mismatch", "it is not the object that was announced"},
    CodeWords{Errc::burned_in, "burned_in", "its pixels are said to show who the patient is"},
    CodeWords{Errc::no_pseudonym, "no_pseudonym", "its patient is not among the pseudonyms"},
    CodeWords{Errc::io, "io", "the file system failed"},
    CodeWords{Errc::ledger, "ledger", "the ledger cannot be used"},
    CodeWords{Errc::unknown_host, "unknown_host", "unknown host"},
    CodeWords{Errc::connect_failed, "connect_failed", "cannot connect"},
    CodeWords{Errc::no_tls, "no_tls", "the server does not answer in TLS"},
    CodeWords{Errc::no_common_tls, "no_common_tls",
              "no TLS version or cipher in common: TLS 1.2 or 1.3 with the ciphers of BCP 195 is "
              "needed"},
    CodeWords{Errc::certificate_untrusted, "certificate_untrusted",
              "the server's certificate is not trusted"},
    CodeWords{Errc::certificate_expired, "certificate_expired",
              "the server's certificate has expired"},
    CodeWords{Errc::certificate_name, "certificate_name",
              "the server's certificate is for another name"},
    CodeWords{Errc::client_certificate, "client_certificate",
              "the server demands a certificate of ours"},
    CodeWords{Errc::tls_failed, "tls_failed", "TLS failed"},
    CodeWords{Errc::association_rejected, "association_rejected", "association rejected"},
    CodeWords{Errc::user_not_confirmed, "user_not_confirmed",
              "the server did not confirm the user"},
    CodeWords{Errc::association_aborted, "association_aborted",
              "the server aborted the association"},
    CodeWords{Errc::disconnected, "disconnected", "the server closed the connection"},
    CodeWords{Errc::timed_out, "timed_out", "the server was silent for too long"},
    CodeWords{Errc::not_dicom, "not_dicom", "what answers there does not speak DICOM"},
    CodeWords{Errc::context_refused, "context_refused",
              "the server accepted no presentation context for it"},
    CodeWords{Errc::dimse_status, "dimse_status", "the server reports failure"},
    CodeWords{Errc::protocol, "protocol", "the server broke the DICOM protocol"},
    CodeWords{Errc::interrupted, "interrupted", "interrupted"},
    CodeWords{Errc::internal, "internal", "internal error"},
};

const CodeWords& find_code(Errc code) noexcept {
  for (const auto& row : kCodes) {
    if (row.code == code) return row;
  }
  return kCodes.back();
}

struct StatusWords {
  std::uint16_t first;
  std::uint16_t last;
  std::string_view words;
};

// The first that holds the status speaks.
constexpr std::array kStatuses{
    StatusWords{0x0000, 0x0000, "success"},
    StatusWords{0x0001, 0x0001, "done without the optional attributes"},
    StatusWords{0x0105, 0x0105, "no such attribute"},
    StatusWords{0x0106, 0x0106, "invalid attribute value"},
    StatusWords{0x0107, 0x0107, "attributes in the list were not accepted"},
    StatusWords{0x0110, 0x0110, "processing failure"},
    StatusWords{0x0111, 0x0111, "duplicate SOP instance"},
    StatusWords{0x0112, 0x0112, "no such SOP instance"},
    StatusWords{0x0113, 0x0113, "no such event type"},
    StatusWords{0x0114, 0x0114, "no such argument"},
    StatusWords{0x0115, 0x0115, "invalid argument value"},
    StatusWords{0x0116, 0x0116, "attribute value out of range"},
    StatusWords{0x0117, 0x0117, "invalid SOP instance"},
    StatusWords{0x0118, 0x0118, "no such SOP class"},
    StatusWords{0x0119, 0x0119, "the instance is not of this SOP class"},
    StatusWords{0x0120, 0x0120, "missing attribute"},
    StatusWords{0x0121, 0x0121, "missing attribute value"},
    StatusWords{0x0122, 0x0122, "refused: SOP class not supported"},
    StatusWords{0x0123, 0x0123, "no such action"},
    StatusWords{0x0124, 0x0124, "refused: not authorised"},
    StatusWords{0x0210, 0x0210, "duplicate invocation"},
    StatusWords{0x0211, 0x0211, "unrecognised operation"},
    StatusWords{0x0212, 0x0212, "mistyped argument"},
    StatusWords{0x0213, 0x0213, "resource limitation"},
    StatusWords{0xA700, 0xA700, "refused: out of resources"},
    StatusWords{0xA701, 0xA701, "refused: out of resources, cannot count the matches"},
    StatusWords{0xA702, 0xA702, "refused: out of resources, cannot send the objects"},
    StatusWords{0xA801, 0xA801, "refused: move destination unknown"},
    StatusWords{0xA900, 0xA900, "the identifier does not fit the SOP class"},
    StatusWords{0xA000, 0xAFFF, "failed"},
    StatusWords{0xB000, 0xB000, "complete, with failures or warnings"},
    StatusWords{0xB000, 0xBFFF, "complete, with a warning"},
    StatusWords{0xC000, 0xCFFF, "unable to process"},
    StatusWords{0xFE00, 0xFE00, "cancelled"},
    StatusWords{0xFF00, 0xFF01, "still pending"},
};

std::string system_words(std::uint32_t error_number) {
  auto words = std::generic_category().message(static_cast<int>(error_number));
  if (words.size() > 1 && std::islower(static_cast<unsigned char>(words[1])) != 0) {
    words[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(words[0])));
  }
  return words;
}

/// A rejection in words (PS3.8 9.3.4): source and reason decide.
std::string_view rejection_words(std::uint32_t source_and_reason) noexcept {
  switch (source_and_reason) {
    case 0x0102:
      return "application context name not supported";
    case 0x0103:
      return "calling AE title not recognised";
    case 0x0107:
      return "called AE title not recognised";
    case 0x0202:
      return "protocol version not supported";
    case 0x0301:
      return "temporary congestion";
    case 0x0302:
      return "local limit of associations exceeded";
    default:
      return "no reason given";
  }
}

Words rejected(std::uint32_t detail, const net::Peer& peer) {
  const auto result = detail >> 16 & 0xFFU, source = detail >> 8 & 0xFFU, reason = detail & 0xFFU;
  Words words{fmt::format("association rejected: {} ({}/{}/{})", rejection_words(detail & 0xFFFFU),
                          result, source, reason),
              "the server's log may say more"};
  if (source == 1 && reason == 7) {
    words.hint = fmt::format(
        "the server answers to another AE title than {}; ask its administrator, then set "
        "--called-aet",
        peer.called_aet);
  } else if (source == 1 && reason == 3) {
    words.hint = fmt::format(
        "ask the server's administrator to register the AE title {}, or set --calling-aet to one "
        "that is registered",
        peer.calling_aet);
  } else if (source == 3 || result == 2) {
    words.hint = "the server is busy: try again later, with fewer --jobs";
  } else if (peer.user) {
    words.hint =
        "the server may not accept the user: check --user and --password-file, or --jwt-file; its "
        "log may say more";
  }
  return words;
}

Words not_connected(std::uint32_t error_number, const net::Peer& peer) {
  switch (error_number) {
    case ECONNREFUSED:
      return {
          "connection refused",
          fmt::format("nothing listens on port {} there: check --port, and that the server runs",
                      peer.port)};
    case ETIMEDOUT:
      return {"connecting timed out",
              "a firewall may drop the connection: check --host and --port, or wait longer with "
              "--connect-timeout"};
    default:
      return {system_words(error_number), "check --host, --port and the network"};
  }
}

Words not_dicom(std::uint32_t kind) {
  switch (static_cast<PeerKind>(kind)) {
    case PeerKind::http:
      return {"a web server answers there (HTTP), not a DICOM server",
              "--port must be the server's DICOM port, often 104, 4242 or 11112"};
    case PeerKind::tls:
      return {"the server wants an encrypted connection (TLS)",
              "add --tls; --tls-ca FILE too, unless the system trusts its certificate"};
    case PeerKind::unknown:
      break;
  }
  return {"what answers there does not speak DICOM", "check --host and --port"};
}

bool is_retrieval(Operation operation) noexcept {
  return operation == Operation::get || operation == Operation::receive;
}

std::string_view service_of(Operation operation) noexcept {
  switch (operation) {
    case Operation::echo:
      return "C-ECHO";
    case Operation::find:
      return "C-FIND";
    case Operation::get:
      return "C-GET";
    case Operation::receive:
    case Operation::move:
      return "C-MOVE";
    case Operation::store:
    case Operation::key:
      break;
  }
  return "this";
}

Words service_refused(const Place& place) {
  const auto service = service_of(place.operation);
  return {fmt::format("{} refused: the server accepted no presentation context for it", service),
          fmt::format("ask the server's administrator to allow {} for the AE title {}", service,
                      place.peer->calling_aet)};
}

/// What a server must know to send to us.
std::string whereabouts(const Place& place) {
  return fmt::format("the AE title {} with this machine's address and port {}",
                     place.peer->calling_aet, place.receive_port);
}

Words failed_with(std::uint16_t status, const Place& place) {
  Words words{fmt::format("{} failed: {}", service_of(place.operation), status_words(status)),
              "the server's log may say more"};
  if (status == 0x0122 || status == 0x0124) {
    words.hint = fmt::format("ask the server's administrator to allow {} for the AE title {}",
                             service_of(place.operation), place.peer->calling_aet);
  } else if (status == net::kMoveDestinationUnknown && place.operation == Operation::receive) {
    words.hint = fmt::format("ask the server's administrator to register {}", whereabouts(place));
  } else if (place.operation == Operation::receive && !place.reached) {
    words.hint = fmt::format(
        "it may not reach us: ask the server's administrator whether it has {}, and whether a "
        "firewall is between",
        whereabouts(place));
  } else if (status == net::kMoveDestinationUnknown) {
    words.hint =
        "ask the server's administrator to register the destination's AE title with its host and "
        "port";
  } else if (status >= 0xA700 && status <= 0xA7FF) {
    words.hint = "ask for less at once (--study-date, --patient-id), or try again later";
  }
  return words;
}

/// Why we cannot listen.
Words deaf(const Error& error, const Place& place) {
  return {fmt::format("nothing can be received on port {}: {}", place.receive_port,
                      reason_words(error)),
          fmt::format("choose another port with --receive-port, and have the server know it for {}",
                      place.peer->calling_aet)};
}

Words peer_words(const Error& error, const Place& place) {
  const auto& peer = *place.peer;
  std::string common{find_code(error.code).words};
  switch (error.code) {
    case Errc::unknown_host:
      if (place.operation == Operation::receive) {
        return {"a host that may send to us is not known", "check --receive-from"};
      }
      return {std::move(common), "check the name, --host"};
    case Errc::connect_failed:
      return not_connected(error.detail, peer);
    case Errc::no_tls:
    case Errc::no_common_tls:
    case Errc::certificate_untrusted:
    case Errc::certificate_expired:
    case Errc::certificate_name:
    case Errc::client_certificate:
    case Errc::tls_failed:
      return tls_words(error, peer);
    case Errc::association_rejected:
      return rejected(error.detail, peer);
    case Errc::user_not_confirmed:
      return {std::move(common),
              "it may not look at users at all: leave --user-response out, if that will do"};
    case Errc::not_dicom:
      return not_dicom(error.detail);
    case Errc::context_refused:
      return service_refused(place);
    case Errc::dimse_status:
      return failed_with(static_cast<std::uint16_t>(error.detail), place);
    case Errc::timed_out:
      return {std::move(common), "wait longer with --timeout, or ask whether the server is well"};
    case Errc::association_aborted:
      // How Orthanc refuses a query or retrieval to a title it does not know.
      return {std::move(common),
              fmt::format("the server may not allow this to {}: ask its administrator, or set "
                          "--calling-aet",
                          printable(peer.calling_aet))};
    case Errc::disconnected:
      return {std::move(common),
              is_retrieval(place.operation)
                  ? "repeat the command: it goes on where this one stopped; fewer --jobs may help"
                  : "check --called-aet and --calling-aet; the server's log may say more"};
    default:
      return {std::move(common), "is this a DICOM server? The server's log may say more"};
  }
}

Words store_words(const Error& error) {
  Words words{std::string(find_code(error.code).words), {}};
  switch (error.code) {
    case Errc::io:
      words.why = system_words(error.detail);
      if (error.detail == ENOSPC || error.detail == EDQUOT) {
        words.hint = "make room, then repeat the command: it goes on where this one stopped";
      } else if (error.detail == EACCES || error.detail == EPERM || error.detail == EROFS) {
        words.hint = "choose a folder that you may write to, with --output";
      } else if (error.detail == EMFILE || error.detail == EFBIG) {
        words.hint = fmt::format("raise the limit that your shell sets: ulimit -{}",
                                 error.detail == EMFILE ? "n" : "f");
      } else if (error.detail == ENOTDIR || error.detail == ELOOP) {
        // Which one it is may be told by a patient's name.
        words = {
            "something that is no folder stands where one belongs: on this path, or beneath it",
            "move it away, or choose another folder with --output"};
      } else {
        words.hint = "choose another folder with --output";
      }
      break;
    case Errc::ledger:
      words.why = "its ledger .dicom-client/ledger.db is damaged, or of a later version";
      words.hint =
          "move that file away: what is stored stays, and is read once to see that it is whole; "
          "what was refused is asked for again";
      break;
    case Errc::tree_mismatch:
      words.hint = "a tree keeps to one of each: choose another folder with --output";
      if (error.detail == store::kIdentityLost) {
        words.why =
            "nothing tells any more with which profile and key its objects were made: "
            ".dicom-client/tree.json is lost or cannot be read";
        words.hint =
            "put that file back, from a backup or from another folder made with the same profile, "
            "options and key; or choose another folder with --output";
      }
      break;
    case Errc::tree_locked:
      words.hint = "wait until it is done, or choose another folder with --output";
      break;
    default:
      break;
  }
  return words;
}

/// The person who runs the program mends a key file, so every hint is a command or an option.
Words key_words(const Error& error, const Place& place) {
  switch (error.code) {
    case Errc::key_exposed:
      return {std::string(find_code(error.code).words),
              fmt::format("chmod 600 {}; a key that others have read protects nobody any more",
                          place.folder)};
    case Errc::bad_value:
      return {"it is shorter than 16 bytes",
              "take random bytes, 32 of them, or another --key-file"};
    case Errc::io:
      return {system_words(error.detail), "choose another file with --key-file"};
    default:
      return {std::string(find_code(error.code).words), {}};
  }
}

Words words_for(const Error& error, const Place& place) {
  if (error.code == Errc::interrupted) {
    const bool resumes = is_retrieval(place.operation) || place.operation == Operation::store;
    return {"interrupted",
            resumes ? "repeat the command: it goes on where this one stopped" : std::string()};
  }
  if (place.operation == Operation::key) return key_words(error, place);
  const bool is_local = classify(error.code) == ErrorClass::local;
  if (place.operation == Operation::receive && is_local) return deaf(error, place);
  if (error.code == Errc::bad_value) {
    const auto entry = find_entry(Tag::from(error.tag));
    return {fmt::format("the criterion {}cannot be matched",
                        entry ? fmt::format("for {} ", entry->keyword) : std::string()),
            "check its value"};
  }
  switch (classify(error.code)) {
    case ErrorClass::internal:
      return {"internal error", "please report this with the command, but without patients' data"};
    case ErrorClass::bad_object:
      if (place.operation == Operation::store) break;
      return {fmt::format("an answer of the server cannot be read: {}", reason_words(error)),
              "the server's log may say more"};
    case ErrorClass::peer:
      if (place.peer != nullptr) return peer_words(error, place);
      break;
    default:
      break;
  }
  return store_words(error);
}

std::string what_was_done(const Place& place) {
  if (place.operation == Operation::key) return fmt::format("key file {}", place.folder);
  if (place.operation == Operation::store || place.peer == nullptr) {
    return fmt::format("output folder {}", place.folder);
  }
  const auto name = name_of(*place.peer);
  switch (place.operation) {
    case Operation::find:
      return "search in " + name;
    case Operation::get:
    case Operation::receive:
      return "retrieve from " + name;
    case Operation::move:
      return "move from " + name;
    default:
      return "echo to " + name;
  }
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (auto& each : result)
    each = static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
  return result;
}

std::size_t common_beginning(std::string_view a, std::string_view b) {
  const auto ends = std::mismatch(a.begin(), a.end(), b.begin(), b.end());
  return static_cast<std::size_t>(ends.first - a.begin());
}

/// Whether two letters stand in the wrong order, the most usual slip.
bool swaps_letters(const std::string& a, const std::string& b, std::size_t distance) {
  return distance == 2 && a.size() == b.size() &&
         std::is_permutation(a.begin(), a.end(), b.begin());
}

}  // namespace

Failure explain(const Error& error, const Place& place) {
  auto words = words_for(error, place);
  if (place.peer != nullptr) words.hint = as_written(words.hint, place.peer->origin);
  return {exit_code(error), what_was_done(place), std::move(words.why), std::move(words.hint)};
}

std::string error_text(const Failure& failure) {
  auto text =
      fmt::format("dicom-client: error: {}: {}\n", printable(failure.what), printable(failure.why));
  if (!failure.hint.empty()) text += fmt::format("hint: {}\n", printable(failure.hint));
  return text;
}

std::string warning_text(std::string_view words) {
  return fmt::format("dicom-client: warning: {}\n", printable(words));
}

std::string status_words(std::uint16_t status) {
  for (const auto& row : kStatuses) {
    if (row.first <= status && status <= row.last) {
      return fmt::format("{} ({:04X})", row.words, status);
    }
  }
  return fmt::format("unknown status ({:04X})", status);
}

std::string reason_words(const Error& error) {
  switch (error.code) {
    case Errc::io:
      return system_words(error.detail);
    case Errc::connect_failed:
      return fmt::format("cannot connect: {}", system_words(error.detail));
    case Errc::association_rejected:
      return fmt::format("association rejected: {}", rejection_words(error.detail & 0xFFFFU));
    case Errc::dimse_status:
      return status_words(static_cast<std::uint16_t>(error.detail));
    case Errc::not_dicom:
      return not_dicom(error.detail).why;
    default:
      return std::string(find_code(error.code).words);
  }
}

std::string turned_away_words(const std::string& host, const Error& error) {
  const auto told = [&](std::string_view why, std::string_view hint) {
    return fmt::format("{} was turned away: {}{}{}", host, why, hint.empty() ? "" : "; ", hint);
  };
  if (error.code != Errc::association_rejected) {
    const auto words = inbound_tls_words(error);
    return told(words.why, words.hint);
  }
  switch (error.detail & 0xFFFFU) {
    case 0x0103:
      return told(reason_words(error),
                  fmt::format("if it belongs to the server, add --receive-from {}", host));
    case 0x0107:
      return told(reason_words(error), "the server must call us by --calling-aet");
    default:
      return told(reason_words(error), {});
  }
}

std::string_view code_name(Errc code) noexcept { return find_code(code).name; }

std::string name_of(const net::Peer& peer) {
  const bool is_ipv6 = peer.host.find(':') != std::string::npos;
  const auto host = is_ipv6 ? fmt::format("[{}]", peer.host) : peer.host;
  return fmt::format("{} at {}:{}", peer.called_aet, host, peer.port);
}

std::string grouped(std::uint64_t number) {
  auto text = std::to_string(number);
  for (auto at = text.size(); at > 3;) text.insert(at -= 3, ",");
  return text;
}

std::string quantity(std::uint64_t number, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", grouped(number), number == 1 ? one : many);
}

std::string size_words(double bytes) {
  constexpr std::array kUnits{"bytes", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  for (; bytes >= 999.95 && unit + 1 < kUnits.size(); ++unit) bytes /= 1000;
  return unit == 0 ? fmt::format("{:.0f} bytes", bytes)
                   : fmt::format("{:.1f} {}", bytes, kUnits[unit]);
}

std::string_view nearest(std::string_view typed, std::span<const std::string_view> names) {
  const auto wanted = lower(typed);
  std::optional<std::pair<std::size_t, std::size_t>> best;
  std::string_view near;
  for (const auto name : names) {
    const auto candidate = lower(name);
    const auto distance = edit_distance(wanted, candidate);
    const auto shared = common_beginning(wanted, candidate);
    const bool is_near = distance <= std::max<std::size_t>(1, wanted.size() / 3) || shared >= 4 ||
                         shared == wanted.size() || swaps_letters(wanted, candidate, distance);
    const std::pair rank{distance, candidate.size() - shared};
    if (!is_near || wanted.empty() || (best && *best <= rank)) continue;
    best = rank;
    near = name;
  }
  return near;
}

std::string did_you_mean(std::string_view near, std::string otherwise) {
  return near.empty() ? std::move(otherwise) : fmt::format("did you mean `{}`?", near);
}

}  // namespace dcm::cli
