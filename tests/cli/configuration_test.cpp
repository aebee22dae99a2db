// SPDX-License-Identifier: MIT
#include "cli/configuration.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <map>

#include "support/temp_dir.hpp"

namespace dcm::cli {
namespace {

constexpr auto kTwoServers = R"(servers:
  archive:
    host: archive.example.org
    port: 11112
    called_aet: ARCHIVE
    calling_aet: RESEARCH
    character_set: ISO_IR 100
    default: true
  scanner: {host: 10.0.0.5, called_aet: CT1}
)";

std::string complaint(const std::string& text) {
  const auto read = parse_configuration(text, "c.yaml");
  return read ? "read" : error_text(read.error());
}

Environment environment_of(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const char* name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    if (found == variables.end()) return std::nullopt;
    return found->second;
  };
}

TEST(Configuration, ReadsServersWithTheirDefaults) {
  const auto read = parse_configuration(kTwoServers, "c.yaml");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->servers.size(), 2U);
  const auto& archive = read->servers[0];
  EXPECT_EQ(archive.name, "archive");
  EXPECT_EQ(archive.host, "archive.example.org");
  EXPECT_EQ(archive.port, 11112);
  EXPECT_EQ(archive.called_aet, "ARCHIVE");
  EXPECT_EQ(archive.calling_aet, "RESEARCH");
  EXPECT_EQ(archive.character_set, "ISO_IR 100");
  EXPECT_TRUE(archive.is_default);
  const auto& scanner = read->servers[1];
  EXPECT_EQ(scanner.port, 104);
  EXPECT_EQ(scanner.calling_aet, "DICOM-CLIENT");
  EXPECT_FALSE(scanner.is_default);
}

TEST(Configuration, ReadsWhatSecuresAConnection) {
  const auto read = parse_configuration(R"(servers:
  a: {host: a, called_aet: A, tls: {ca: ca.pem, cert: /etc/me.pem, key: me.key, name: pacs}}
  b: {host: b, called_aet: B, tls: true, user: jane, password_file: secret, user_response: true}
  c: {host: c, called_aet: C, tls: false, jwt_env: TOKEN}
  d: {host: d, called_aet: D, user: joe, password_env: PASSWORD}
  e: {host: e, called_aet: E, jwt_file: token, tls: {}}
)",
                                        "/etc/dicom/c.yaml");
  ASSERT_TRUE(read) << error_text(read.error());
  const auto& a = read->servers[0];
  ASSERT_TRUE(a.tls);
  EXPECT_EQ(a.tls->ca, "/etc/dicom/ca.pem") << "relative to the configuration file";
  EXPECT_EQ(a.tls->certificate, "/etc/me.pem");
  EXPECT_EQ(a.tls->key, "/etc/dicom/me.key");
  EXPECT_EQ(a.tls->name, "pacs");
  const auto& b = read->servers[1];
  ASSERT_TRUE(b.tls);
  EXPECT_EQ(b.tls->ca, "");
  EXPECT_EQ(b.user.name, "jane");
  EXPECT_EQ(b.user.password_file, "/etc/dicom/secret");
  EXPECT_TRUE(b.user.must_be_confirmed);
  EXPECT_FALSE(read->servers[2].tls);
  EXPECT_EQ(read->servers[2].user.token_variable, "TOKEN");
  EXPECT_EQ(read->servers[3].user.password_variable, "PASSWORD");
  EXPECT_EQ(read->servers[4].user.token_file, "/etc/dicom/token");
  EXPECT_TRUE(read->servers[4].tls);
}

TEST(Configuration, NamesTheLineOfWhatSecuresNothing) {
  const auto entry = [](const std::string& line) {
    return "servers:\n  a:\n    host: a\n    called_aet: A\n    " + line + "\n";
  };
  EXPECT_EQ(complaint(entry("tls: yes please")),
            "dicom-client: error: configuration c.yaml:5: `tls` must be true, false, or hold ca, "
            "cert, key or name\n");
  EXPECT_EQ(complaint(entry("tls: {verify: false}")),
            "dicom-client: error: configuration c.yaml:5: unknown key `verify`\n"
            "hint: known here: ca, cert, key, name\n");
  EXPECT_EQ(complaint(entry("tls: {ca: }")),
            "dicom-client: error: configuration c.yaml:5: `ca` must be a text\n");
  EXPECT_EQ(complaint(entry("password: secret")),
            "dicom-client: error: configuration c.yaml:5: unknown key `password`\n"
            "hint: did you mean `password_env`?\n");
  EXPECT_EQ(complaint(entry("user_response: maybe")),
            "dicom-client: error: configuration c.yaml:5: `user_response` must be true or false\n");
}

TEST(Configuration, ReadsHowObjectsComeAndWhatAServerIsSpared) {
  const auto read = parse_configuration(R"(servers:
  a:
    host: a
    called_aet: A
    method: move
    receive_port: 11113
    receive_from: [10.0.0.7, node2.example]
    receive_plain: true
    max_associations: 2
    max_objects_per_second: 20
    hours: [12:00-13:30, "18:00-07:00"]
  b: {host: b, called_aet: B, receive_from: node1, receive_plain: false, hours: 18:00-24:00}
  c: {host: c, called_aet: C}
)",
                                        "c.yaml");
  ASSERT_TRUE(read) << error_text(read.error());
  using Texts = std::vector<std::string>;
  const auto& a = read->servers[0];
  EXPECT_EQ(a.method, app::Method::move);
  EXPECT_EQ(a.receive_port, 11113);
  EXPECT_EQ(a.receive_from, (Texts{"10.0.0.7", "node2.example"}));
  EXPECT_EQ(a.inbound, app::Inbound::plain);
  EXPECT_EQ(a.max_associations, 2U);
  EXPECT_EQ(a.pace.objects_per_second, 20U);
  EXPECT_EQ(a.pace.hours.spans(), (Texts{"12:00-13:30", "18:00-07:00"}));
  EXPECT_EQ(read->servers[1].receive_from, Texts{"node1"});
  EXPECT_EQ(read->servers[1].inbound, app::Inbound::as_asked);
  EXPECT_EQ(read->servers[1].pace.hours.spans(), Texts{"18:00-24:00"});
  const auto& c = read->servers[2];
  EXPECT_EQ(c.method, app::Method::automatic);
  EXPECT_EQ(c.receive_port, 0);
  EXPECT_EQ(c.max_associations, 0U);
  EXPECT_EQ(c.pace.objects_per_second, 0U);
  EXPECT_EQ(c.pace.hours.spans(), Texts());
}

TEST(Configuration, NamesTheLineOfAPaceThatCannotBeMeant) {
  constexpr auto kHours =
      "`hours` must be times of day, from and to\n"
      "hint: for example \"18:00-07:00\", or a list: [\"12:00-13:30\", \"18:00-24:00\"]\n";
  const std::map<std::string, std::string> rows{
      {"max_associations: 0", "`max_associations` must be a number from 1 to 64\n"},
      {"max_associations: [2]", "`max_associations` must be a number from 1 to 64\n"},
      {"max_objects_per_second: 0.5",
       "`max_objects_per_second` must be a number from 1 to 100000\n"},
      {"max_objects_per_second: many",
       "`max_objects_per_second` must be a number from 1 to 100000\n"},
      {"hours: at night", kHours},
      {"hours: 18:00-18:00", kHours},
      {"hours: [18:00-24:00, 7]", kHours},
      {"hours: []", "`hours` must not be empty\n"},
      {"hours: {from: 18:00}", "`hours` must be a text\n"},
      {"receive_port: 0", "`receive_port` must be a number from 1 to 65535\n"},
      {"receive_from: []", "`receive_from` must not be empty\n"},
      {"receive_plain: perhaps", "`receive_plain` must be true or false\n"},
      {"method: wado",
       "`method` is none that is known\nhint: the methods are auto, get and move\n"},
      {"method: moev", "`method` is none that is known\nhint: did you mean `move`?\n"},
      {"max_asociations: 2",
       "unknown key `max_asociations`\nhint: did you mean `max_associations`?\n"},
  };
  for (const auto& [line, words] : rows) {
    EXPECT_EQ(complaint("servers:\n  a:\n    host: a\n    called_aet: A\n    " + line + "\n"),
              "dicom-client: error: configuration c.yaml:5: " + words);
  }
}

TEST(Configuration, AnEmptyFileConfiguresNothing) {
  for (const auto* text : {"", "# nothing\n", "servers:\n", "servers: {}\n"}) {
    const auto read = parse_configuration(text, "c.yaml");
    ASSERT_TRUE(read) << text;
    EXPECT_TRUE(read->servers.empty()) << text;
  }
}

TEST(Configuration, NamesFileLineAndTheKeyThatWasMeant) {
  EXPECT_EQ(complaint("servers:\n  a:\n    hots: x\n    called_aet: A\n"),
            "dicom-client: error: configuration c.yaml:3: unknown key `hots`\n"
            "hint: did you mean `host`?\n");
  EXPECT_EQ(complaint("server: {}\n"),
            "dicom-client: error: configuration c.yaml:1: unknown key `server`\n"
            "hint: did you mean `servers`?\n");
  EXPECT_EQ(complaint("servers:\n  a: {host: x, called_aet: A, zzz: 1}\n"),
            "dicom-client: error: configuration c.yaml:2: unknown key `zzz`\n"
            "hint: known here: host, port, called_aet, calling_aet, default, tls, user, "
            "password_file, password_env, jwt_file, jwt_env, user_response, character_set, "
            "method, receive_port, receive_from, receive_plain, max_associations, "
            "max_objects_per_second, hours\n");
}

TEST(Configuration, RefusesWrongTypesAndValues) {
  const std::map<std::string, std::string> rows{
      {"[1, 2]\n", "1: the file must be a mapping that begins with `servers:`"},
      {"servers: [a]\n", "1: `servers` must map names to servers"},
      {"servers:\n  a: x\n", "2: server `a` must hold host, port and called_aet"},
      {"servers:\n  a:\n    host: [x]\n", "3: `host` must be a text"},
      {"servers:\n  a:\n    host: x\n    port: 0\n", "4: `port` must be a number from 1 to 65535"},
      {"servers:\n  a:\n    host: x\n    port: 65536\n",
       "4: `port` must be a number from 1 to 65535"},
      {"servers:\n  a:\n    host: x\n    port: dicom\n",
       "4: `port` must be a number from 1 to 65535"},
      {"servers:\n  a:\n    host: x\n    called_aet: ABCDEFGHIJKLMNOPQ\n",
       "4: `called_aet` is no AE title: longer than 16 characters"},
      {"servers:\n  a:\n    host: x\n    called_aet: \"A\\\\B\"\n",
       "4: `called_aet` is no AE title: only ASCII characters, no backslash"},
      {"servers:\n  a:\n    host: x\n    called_aet: A\n    default: perhaps\n",
       "5: `default` must be true or false"},
      {"servers:\n  a:\n    called_aet: A\n", "2: server `a` has no `host`"},
      {"servers:\n  a:\n    host: x\n", "2: server `a` has no `called_aet`"},
      {"servers:\n  a:\n    host: x\n    host: y\n", "4: `host` stands here twice"},
      {"servers:\n  a: {host: x, called_aet: A}\n  a: {host: y, called_aet: A}\n",
       "3: `a` stands here twice"},
  };
  for (const auto& [text, words] : rows) {
    const auto all = complaint(text);
    EXPECT_EQ(all.substr(0, all.find('\n')), "dicom-client: error: configuration c.yaml:" + words);
  }
}

TEST(Configuration, RefusesASecondDefault) {
  EXPECT_EQ(complaint("servers:\n"
                      "  a: {host: x, called_aet: A, default: true}\n"
                      "  b: {host: y, called_aet: B, default: true}\n"),
            "dicom-client: error: configuration c.yaml:3: server `b` is the second default\n"
            "hint: only one server can have `default: true`\n");
}

TEST(Configuration, TellsOnlyThePlaceOfWhatIsNotYaml) {
  EXPECT_EQ(complaint("servers:\n  a: {host: \"x\n"),
            "dicom-client: error: configuration c.yaml:3: this is not YAML\n"
            "hint: check indentation, colons and quotes near this line\n");
}

TEST(Configuration, ChoosesTheNamedTheDefaultOrTheOnlyServer) {
  const auto two = parse_configuration(kTwoServers, "c.yaml");
  ASSERT_TRUE(two);
  const std::string scanner = "scanner";
  EXPECT_EQ(two->server(&scanner)->name, "scanner");
  EXPECT_EQ(two->server(nullptr)->name, "archive");
  const auto one = parse_configuration("servers:\n  a: {host: x, called_aet: A}\n", "c.yaml");
  ASSERT_TRUE(one);
  EXPECT_EQ(one->server(nullptr)->name, "a");
}

TEST(Configuration, SaysWhatToDoWithoutAServer) {
  const auto two = parse_configuration(
      "servers:\n  a: {host: x, called_aet: A}\n  b: {host: y, called_aet: B}\n", "c.yaml");
  ASSERT_TRUE(two);
  EXPECT_EQ(error_text(two->server(nullptr).error()),
            "dicom-client: error: server: c.yaml has several servers and no default\n"
            "hint: use --server with one of: a, b\n");
  const std::string wrong = "archvie";
  const auto archive = parse_configuration(kTwoServers, "c.yaml");
  ASSERT_TRUE(archive);
  EXPECT_EQ(error_text(archive->server(&wrong).error()),
            "dicom-client: error: option --server: c.yaml has no server `archvie`\n"
            "hint: did you mean `archive`?\n");
  EXPECT_EQ(error_text(Configuration{.path = "c.yaml", .servers = {}}.server(nullptr).error()),
            "dicom-client: error: server: no server is given, and none is configured\n"
            "hint: use --host, --port and --called-aet, or write c.yaml\n");
}

void write_server(const std::filesystem::path& path, const std::string& name) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path) << "servers:\n  " << name << ": {host: x, called_aet: A}\n";
}

TEST(Configuration, LooksForTheFileInOrder) {
  const test::TempDir folder;
  const auto& base = folder.path();
  write_server(base / "option.yaml", "option");
  write_server(base / "variable.yaml", "variable");
  write_server(base / "xdg/dicom-client/config.yaml", "xdg");
  write_server(base / "home/.config/dicom-client/config.yaml", "home");
  const auto loaded = [&](const std::string* option, std::map<std::string, std::string> variables) {
    const auto read = load_configuration(option, environment_of(std::move(variables)));
    return read ? read->servers.front().name : error_text(read.error());
  };
  const std::string option = base / "option.yaml", variable = base / "variable.yaml";
  const std::string xdg = base / "xdg", home = base / "home";
  EXPECT_EQ(loaded(&option, {{"DICOM_CLIENT_CONFIG", variable}}), "option");
  EXPECT_EQ(loaded(nullptr, {{"DICOM_CLIENT_CONFIG", variable}, {"XDG_CONFIG_HOME", xdg}}),
            "variable");
  EXPECT_EQ(loaded(nullptr, {{"DICOM_CLIENT_CONFIG", ""}, {"XDG_CONFIG_HOME", xdg}}), "xdg");
  EXPECT_EQ(loaded(nullptr, {{"XDG_CONFIG_HOME", "relative"}, {"HOME", home}}), "home");
  EXPECT_EQ(loaded(nullptr, {{"HOME", home}}), "home");
}

TEST(Configuration, OnlyTheUsualFileMayBeAbsent) {
  const test::TempDir folder;
  const std::string base = folder.path();
  const auto usual = load_configuration(nullptr, environment_of({{"XDG_CONFIG_HOME", base}}));
  ASSERT_TRUE(usual);
  EXPECT_TRUE(usual->servers.empty());
  const std::string absent = base + "/absent.yaml";
  EXPECT_EQ(error_text(load_configuration(&absent, environment_of({})).error()),
            "dicom-client: error: configuration " + absent + ": no such file or directory\n" +
                "hint: check --config\n");
  EXPECT_EQ(error_text(load_configuration(&base, environment_of({})).error()),
            "dicom-client: error: configuration " + base + ": is a directory\n" +
                "hint: check --config\n");
}

}  // namespace
}  // namespace dcm::cli
