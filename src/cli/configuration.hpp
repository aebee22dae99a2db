// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/inbound.hpp"
#include "app/pace.hpp"
#include "app/ways.hpp"
#include "cli/messages.hpp"

namespace dcm::cli {

/// The environment variables, lent by main: nullopt where one is not set.
using Environment = std::function<std::optional<std::string>(const char* name)>;

inline constexpr std::uint16_t kDefaultPort = 104;  ///< the registered one (PS3.8 9.1.1)
inline constexpr std::string_view kDefaultCallingAet = "DICOM-CLIENT";
inline constexpr unsigned kMostAssociations = 64;  ///< at the same time, whatever is asked for

inline constexpr std::string_view kCharacterSetHint =
    "for example ISO_IR 100 (Latin-1), ISO_IR 192 (UTF-8), GB18030 or \\ISO 2022 IR 87";

/// `tls` of a server: PEM files, and the name in its certificate; what is empty was not given.
struct TlsEntry {
  std::string ca;
  std::string certificate;
  std::string key;
  std::string name;
};

/// Who we say we are to a server (PS3.7 D.3.3.7), and where the secret is.
struct UserEntry {
  std::string name;
  std::string password_file;
  std::string password_variable;  ///< of the environment
  std::string token_file;
  std::string token_variable;
  bool must_be_confirmed = false;
};

/// One entry of `servers`.
struct Server {
  std::string name;
  std::string file = {};  ///< the configuration that holds it; empty where options made it
  std::string host;
  std::string called_aet;
  std::string calling_aet{kDefaultCallingAet};
  std::uint16_t port = kDefaultPort;
  bool is_default = false;
  std::optional<TlsEntry> tls{};
  UserEntry user{};
  std::string character_set = {};  ///< net::Peer::character_set

  app::Method method = app::Method::automatic;
  std::uint16_t receive_port = 0;              ///< 0: not given
  std::vector<std::string> receive_from = {};  ///< hosts
  app::Inbound inbound = app::Inbound::as_asked;
  unsigned max_associations = 0;  ///< 0: not given
  app::PaceLimits pace = {};
};

/// The configuration file:
///
///   servers:
///     NAME: {host: HOST, port: 104, called_aet: TITLE, calling_aet: TITLE, default: true}
///
/// An entry may also have `tls` (true, or a map of ca, cert, key and name), `user`, `password_file`
/// or `password_env`, `jwt_file` or `jwt_env`, `user_response: true`, and `character_set`; how
/// objects come from it, as the options of these names say: `method`, `receive_port`,
/// `receive_from` (a host, or a list) and `receive_plain: true`; and what it is to be spared:
/// `max_associations`, `max_objects_per_second` and `hours` (18:00-07:00 in local time, or a list).
/// Relative paths start from the folder of the configuration file.
struct Configuration {
  std::string path;  ///< where it was read, or would be; for messages
  std::vector<Server> servers;

  /// The server of that name; without a name the default one, or the only one. Fails when there is
  /// none, or several and no default.
  Checked<Server> server(const std::string* name) const;
};

/// Reads the text of a configuration file. Fails at the first line that cannot be meant - unknown
/// or double keys, wrong types, values out of range, two defaults - and names it: `path:line`.
Checked<Configuration> parse_configuration(const std::string& text, std::string path);

/// Reads the file given with --config, else $DICOM_CLIENT_CONFIG, else
/// $XDG_CONFIG_HOME/dicom-client/config.yaml (~/.config without it). Only the last may be absent:
/// then nothing is configured.
Checked<Configuration> load_configuration(const std::string* config_option,
                                          const Environment& environment);

/// Why `title` is no AE title (PS3.5 6.2, AE): 1 to 16 printable ASCII characters, no backslash,
/// not only spaces. Empty if it is one.
[[nodiscard]] std::string objection_to_title(std::string_view title);

/// Why `value` is no value of (0008,0005) that we can read and write, such as `ISO_IR 100` or
/// `\ISO 2022 IR 87`. Empty if it is one.
[[nodiscard]] std::string objection_to_character_set(std::string_view value);

/// Digits that make a number from `least` to `most`.
[[nodiscard]] std::optional<unsigned> parse_number(std::string_view text, unsigned least,
                                                   unsigned most);

/// A TCP port, 1 to 65535.
[[nodiscard]] std::optional<std::uint16_t> parse_port(std::string_view text);

/// `auto`, `get` or `move`.
[[nodiscard]] std::optional<app::Method> parse_method(std::string_view text);
[[nodiscard]] std::string_view name_of(app::Method method) noexcept;

/// What to say to a text that parse_method does not know.
[[nodiscard]] std::string method_hint(std::string_view text);

}  // namespace dcm::cli
