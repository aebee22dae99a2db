// SPDX-License-Identifier: MIT
#include "cli/configuration.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <set>
#include <span>
#include <sstream>
#include <system_error>

#include "dicom/character_set.hpp"
#include "dicom/text.hpp"

namespace dcm::cli {
namespace {

constexpr std::array<std::string_view, 1> kTopKeys{"servers"};
constexpr std::array<std::string_view, 20> kServerKeys{"host",
                                                       "port",
                                                       "called_aet",
                                                       "calling_aet",
                                                       "default",
                                                       "tls",
                                                       "user",
                                                       "password_file",
                                                       "password_env",
                                                       "jwt_file",
                                                       "jwt_env",
                                                       "user_response",
                                                       "character_set",
                                                       "method",
                                                       "receive_port",
                                                       "receive_from",
                                                       "receive_plain",
                                                       "max_associations",
                                                       "max_objects_per_second",
                                                       "hours"};
constexpr std::array<std::string_view, 4> kTlsKeys{"ca", "cert", "key", "name"};

/// In the order of the enumerators.
constexpr std::array<std::string_view, 3> kMethods{"auto", "get", "move"};
constexpr unsigned kMostObjectsPerSecond = 100'000;

/// Walks the file and keeps the first objection; what comes after one does not count.
class Reader {
 public:
  explicit Reader(std::string path) { configuration_.path = std::move(path); }

  Checked<Configuration> read(const YAML::Node& root);

 private:
  using OnEntry = std::function<void(const YAML::Node& key, const YAML::Node& value)>;
  void each_entry(const YAML::Node& map, std::span<const std::string_view> known,
                  const OnEntry& on_entry);
  void read_servers(const YAML::Node& servers);
  void read_server(const YAML::Node& key, const YAML::Node& value);
  void check_server(const YAML::Node& key, const Server& server);
  std::string text(const YAML::Node& node, std::string_view key);
  std::string title(const YAML::Node& node, std::string_view key);
  std::string character_set(const YAML::Node& node);
  std::vector<std::string> texts(const YAML::Node& node, std::string_view key);
  unsigned number(const YAML::Node& node, std::string_view key, unsigned most);
  app::Method method(const YAML::Node& node);
  app::Hours hours(const YAML::Node& node);
  std::string file(const YAML::Node& node, std::string_view key);
  bool flag(const YAML::Node& node, std::string_view key);
  std::optional<TlsEntry> tls(const YAML::Node& node);
  void read_user(const YAML::Node& node, const std::string& field, UserEntry& user);
  void read_delivery(const YAML::Node& node, const std::string& field, Server& server);
  void object(const YAML::Node& node, std::string why, std::string hint = {});

  Configuration configuration_;
  std::optional<tl::unexpected<Failure>> failure_;
};

void Reader::object(const YAML::Node& node, std::string why, std::string hint) {
  if (failure_) return;
  failure_ = refuse(fmt::format("configuration {}:{}", configuration_.path, node.Mark().line + 1),
                    std::move(why), std::move(hint));
}

/// Where `known` is empty, any key may stand.
void Reader::each_entry(const YAML::Node& map, std::span<const std::string_view> known,
                        const OnEntry& on_entry) {
  std::set<std::string> seen;
  for (const auto& entry : map) {
    const auto& key = entry.first;
    const auto name = key.IsScalar() ? key.Scalar() : std::string();
    if (name.empty()) {
      object(key, "a key must be a name");
    } else if (!known.empty() && std::find(known.begin(), known.end(), name) == known.end()) {
      object(key, fmt::format("unknown key `{}`", name),
             did_you_mean(nearest(name, known),
                          fmt::format("known here: {}", fmt::join(known, ", "))));
    } else if (!seen.insert(name).second) {
      object(key, fmt::format("`{}` stands here twice", name));
    } else {
      on_entry(key, entry.second);
    }
  }
}

std::string Reader::text(const YAML::Node& node, std::string_view key) {
  if (!node.IsScalar() || node.Scalar().empty()) {
    object(node, fmt::format("`{}` must be a text", key));
  }
  return node.IsScalar() ? node.Scalar() : std::string();
}

std::string Reader::title(const YAML::Node& node, std::string_view key) {
  auto value = text(node, key);
  if (const auto objection = objection_to_title(value); !objection.empty()) {
    object(node, fmt::format("`{}` is no AE title: {}", key, objection));
  }
  return value;
}

std::string Reader::character_set(const YAML::Node& node) {
  auto value = text(node, "character_set");
  if (const auto objection = objection_to_character_set(value); !objection.empty()) {
    object(node, fmt::format("`character_set` is {}", objection), std::string(kCharacterSetHint));
  }
  return value;
}

/// A text, or a list of texts.
std::vector<std::string> Reader::texts(const YAML::Node& node, std::string_view key) {
  if (!node.IsSequence()) return {text(node, key)};
  std::vector<std::string> result;
  for (const auto& each : node) result.push_back(text(each, key));
  if (result.empty()) object(node, fmt::format("`{}` must not be empty", key));
  return result;
}

unsigned Reader::number(const YAML::Node& node, std::string_view key, unsigned most) {
  const auto value = node.IsScalar() ? parse_number(node.Scalar(), 1, most) : std::nullopt;
  if (!value) object(node, fmt::format("`{}` must be a number from 1 to {}", key, most));
  return value.value_or(1);
}

app::Method Reader::method(const YAML::Node& node) {
  const auto value = text(node, "method");
  const auto method = parse_method(value);
  if (!method) object(node, "`method` is none that is known", method_hint(value));
  return method.value_or(app::Method::automatic);
}

app::Hours Reader::hours(const YAML::Node& node) {
  app::Hours hours;
  for (const auto& span : texts(node, "hours")) {
    if (hours.add(span)) continue;
    object(node, "`hours` must be times of day, from and to",
           "for example \"18:00-07:00\", or a list: [\"12:00-13:30\", \"18:00-24:00\"]");
  }
  return hours;
}

std::string Reader::file(const YAML::Node& node, std::string_view key) {
  const std::filesystem::path folder = std::filesystem::path(configuration_.path).parent_path();
  return folder / text(node, key);
}

bool Reader::flag(const YAML::Node& node, std::string_view key) {
  bool value = false;
  if (!node.IsScalar() || !YAML::convert<bool>::decode(node, value)) {
    object(node, fmt::format("`{}` must be true or false", key));
  }
  return value;
}

std::optional<TlsEntry> Reader::tls(const YAML::Node& node) {
  bool wanted = false;
  if (node.IsScalar() && YAML::convert<bool>::decode(node, wanted)) {
    return wanted ? std::optional(TlsEntry{}) : std::nullopt;
  }
  TlsEntry entry;
  if (!node.IsMap()) object(node, "`tls` must be true, false, or hold ca, cert, key or name");
  if (!node.IsMap()) return entry;
  each_entry(node, kTlsKeys, [&](const YAML::Node& key, const YAML::Node& value) {
    const auto& field = key.Scalar();
    if (field == "ca") entry.ca = file(value, field);
    if (field == "cert") entry.certificate = file(value, field);
    if (field == "key") entry.key = file(value, field);
    if (field == "name") entry.name = text(value, field);
  });
  return entry;
}

void Reader::read_user(const YAML::Node& node, const std::string& field, UserEntry& user) {
  if (field == "user") user.name = text(node, field);
  if (field == "password_file") user.password_file = file(node, field);
  if (field == "password_env") user.password_variable = text(node, field);
  if (field == "jwt_file") user.token_file = file(node, field);
  if (field == "jwt_env") user.token_variable = text(node, field);
  if (field == "user_response") user.must_be_confirmed = flag(node, field);
}

/// How objects come from it, and what it is to be spared.
void Reader::read_delivery(const YAML::Node& node, const std::string& field, Server& server) {
  if (field == "method") server.method = method(node);
  if (field == "receive_port")
    server.receive_port = static_cast<std::uint16_t>(number(node, field, 65535));
  if (field == "receive_from") server.receive_from = texts(node, field);
  if (field == "receive_plain" && flag(node, field)) server.inbound = app::Inbound::plain;
  if (field == "max_associations") {
    server.max_associations = number(node, field, kMostAssociations);
  }
  if (field == "max_objects_per_second") {
    server.pace.objects_per_second = number(node, field, kMostObjectsPerSecond);
  }
  if (field == "hours") server.pace.hours = hours(node);
}

void Reader::check_server(const YAML::Node& key, const Server& server) {
  const auto& others = configuration_.servers;
  if (server.host.empty()) object(key, fmt::format("server `{}` has no `host`", server.name));
  if (server.called_aet.empty()) {
    object(key, fmt::format("server `{}` has no `called_aet`", server.name));
  }
  const auto is_default = [](const Server& each) { return each.is_default; };
  if (server.is_default && std::any_of(others.begin(), others.end(), is_default)) {
    object(key, fmt::format("server `{}` is the second default", server.name),
           "only one server can have `default: true`");
  }
}

void Reader::read_server(const YAML::Node& key, const YAML::Node& value) {
  Server server;
  server.name = key.Scalar();
  server.file = configuration_.path;
  if (!value.IsMap()) {
    object(key, fmt::format("server `{}` must hold host, port and called_aet", server.name));
    return;
  }
  each_entry(value, kServerKeys, [&](const YAML::Node& name, const YAML::Node& node) {
    const auto& field = name.Scalar();
    if (field == "host") server.host = text(node, field);
    if (field == "port") server.port = static_cast<std::uint16_t>(number(node, field, 65535));
    if (field == "called_aet") server.called_aet = title(node, field);
    if (field == "calling_aet") server.calling_aet = title(node, field);
    if (field == "default") server.is_default = flag(node, field);
    if (field == "tls") server.tls = tls(node);
    read_user(node, field, server.user);
    if (field == "character_set") server.character_set = character_set(node);
    read_delivery(node, field, server);
  });
  check_server(key, server);
  configuration_.servers.push_back(std::move(server));
}

void Reader::read_servers(const YAML::Node& servers) {
  if (servers.IsNull()) return;
  if (!servers.IsMap()) {
    object(servers, "`servers` must map names to servers");
    return;
  }
  each_entry(servers, {},
             [&](const YAML::Node& key, const YAML::Node& value) { read_server(key, value); });
}

Checked<Configuration> Reader::read(const YAML::Node& root) {
  if (!root.IsNull() && !root.IsMap()) {
    object(root, "the file must be a mapping that begins with `servers:`");
  } else if (root.IsMap()) {
    each_entry(root, kTopKeys,
               [&](const YAML::Node&, const YAML::Node& servers) { read_servers(servers); });
  }
  if (failure_) return *failure_;
  return std::move(configuration_);
}

struct Location {
  std::string path;
  bool may_be_absent = false;
};

Location find_file(const std::string* config_option, const Environment& environment) {
  const auto set = [&](const char* name) {
    auto value = environment(name);
    return value && value->empty() ? std::nullopt : value;
  };
  if (config_option != nullptr) return {*config_option};
  if (auto path = set("DICOM_CLIENT_CONFIG")) return {std::move(*path)};
  constexpr auto kName = "/dicom-client/config.yaml";
  // XDG Base Directory Specification: a relative path counts as unset.
  const auto xdg = set("XDG_CONFIG_HOME");
  if (xdg && xdg->starts_with('/')) return {*xdg + kName, true};
  return {set("HOME").value_or("~") + "/.config" + kName, true};
}

std::string names_of(const std::vector<Server>& servers) {
  std::vector<std::string_view> names;
  for (const auto& each : servers) names.push_back(each.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

}  // namespace

Checked<Configuration> parse_configuration(const std::string& text, std::string path) {
  try {
    return Reader(path).read(YAML::Load(text));
  } catch (const YAML::Exception& exception) {
    // Its words may quote the file; the place is enough.
    return refuse(fmt::format("configuration {}:{}", path, exception.mark.line + 1),
                  "this is not YAML", "check indentation, colons and quotes near this line");
  }
}

Checked<Configuration> load_configuration(const std::string* config_option,
                                          const Environment& environment) {
  const auto [path, may_be_absent] = find_file(config_option, environment);
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file && errno == ENOENT && may_be_absent) return Configuration{.path = path, .servers = {}};
  std::ostringstream text;
  if (file) {
    errno = 0;
    text << file.rdbuf();
  }
  if (!file || (text.fail() && errno != 0)) {  // without errno it failed to find any character
    const auto reason = static_cast<std::uint32_t>(errno != 0 ? errno : EIO);
    return refuse("configuration " + path, reason_words({.code = Errc::io, .detail = reason}),
                  config_option != nullptr ? "check --config" : "check that the file can be read");
  }
  return parse_configuration(text.str(), path);
}

Checked<Server> Configuration::server(const std::string* name) const {
  std::vector<std::string_view> names;
  for (const auto& each : servers) {
    if (name != nullptr ? each.name == *name : each.is_default || servers.size() == 1) return each;
    names.push_back(each.name);
  }
  if (name != nullptr) {
    return refuse("option --server", fmt::format("{} has no server `{}`", path, *name),
                  servers.empty()
                      ? "write it there, or use --host, --port and --called-aet"
                      : did_you_mean(nearest(*name, names), "it has: " + names_of(servers)));
  }
  if (servers.empty()) {
    return refuse("server", "no server is given, and none is configured",
                  fmt::format("use --host, --port and --called-aet, or write {}", path));
  }
  return refuse("server", fmt::format("{} has several servers and no default", path),
                fmt::format("use --server with one of: {}", names_of(servers)));
}

std::string objection_to_title(std::string_view title) {
  const auto printable_ascii = [](char c) { return c >= ' ' && c <= '~' && c != '\\'; };
  if (title.size() > 16) return "longer than 16 characters";
  if (!std::all_of(title.begin(), title.end(), printable_ascii)) {
    return "only ASCII characters, no backslash";
  }
  if (title.find_first_not_of(' ') == std::string_view::npos) return "empty";
  return {};
}

std::string objection_to_character_set(std::string_view value) {
  if (!CharacterSets::are_terms(value) || trim(value).empty()) {
    return "not a value of SpecificCharacterSet";
  }
  return {};
}

std::optional<unsigned> parse_number(std::string_view text, unsigned least, unsigned most) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return least <= number && number <= most ? std::optional(number) : std::nullopt;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  const auto number = parse_number(text, 1, 65535);
  return number ? std::optional(static_cast<std::uint16_t>(*number)) : std::nullopt;
}

std::optional<app::Method> parse_method(std::string_view text) {
  const auto found = std::find(kMethods.begin(), kMethods.end(), text);
  if (found == kMethods.end()) return std::nullopt;
  return static_cast<app::Method>(found - kMethods.begin());
}

std::string_view name_of(app::Method method) noexcept {
  return kMethods[static_cast<std::size_t>(method)];
}

std::string method_hint(std::string_view text) {
  return did_you_mean(nearest(text, kMethods), "the methods are auto, get and move");
}

}  // namespace dcm::cli
