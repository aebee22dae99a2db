// SPDX-License-Identifier: MIT
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <sys/socket.h>

#include <memory>
#include <stdexcept>

#include "e2e/aftermath.hpp"
#include "e2e/tool.hpp"
#include "support/read_back.hpp"
#include "support/scripted_scp.hpp"
#include "support/temp_dir.hpp"

/// What goes wrong for users: the right exit code, one clear line, and nothing half-written.
namespace dcm::test {
namespace {

namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;

const Arguments kJohn = {"--patient-id", "12345", "--timeout", "1"};

/// The files of a study of one CT series.
std::vector<std::string> study(int instances) {
  std::vector<std::string> files;
  for (int i = 1; i <= instances; ++i)
    files.push_back(make_phantom(Kind::ct, {.instance = i}).bytes);
  return files;
}

std::string at(const Address& server) {
  return server.ae_title + " at 127.0.0.1:" + std::to_string(server.port) + ": ";
}

class Failures : public ::testing::Test {
 protected:
  [[nodiscard]] fs::path tree() const { return folder_.path() / "tree"; }

  /// `get` ends with one error line, before anything of a tree is made.
  void expect_no_tree(const Address& server, int exit, const std::string& error,
                      Arguments arguments = kJohn) const {
    const RunResult run = get_from(server, std::move(arguments));
    EXPECT_EQ(run.exit_code, exit) << run.err;
    EXPECT_EQ(errors_in(run), std::vector{error}) << run.err;
    EXPECT_EQ(run.out, "");
    EXPECT_FALSE(fs::exists(tree()));
  }

  /// `get` ends with one error line and a tree without any object.
  void expect_empty_tree(const Address& server, int exit, const std::string& error) const {
    const RunResult run = get_from(server, kJohn);
    EXPECT_EQ(run.exit_code, exit) << run.err;
    EXPECT_EQ(errors_in(run), std::vector{error}) << run.err;
    EXPECT_EQ(litter_in(tree()), std::vector<std::string>());
    EXPECT_EQ(all_objects_in(tree()), std::vector<fs::path>());
  }

  [[nodiscard]] RunResult get_from(const Address& server, Arguments arguments) const {
    arguments.insert(arguments.begin(), "get");
    arguments.insert(arguments.end(), {"--output", tree().string()});
    return run_tool_at(server, std::move(arguments));
  }

  TempDir folder_;
};

// ---- the server is not there, or not what it should be

TEST_F(Failures, ServerIsDown) {
  const Address server{free_port()};
  expect_no_tree(server, 4, "search in " + at(server) + "connection refused");
}

TEST_F(Failures, PortIsOrthancsWebServer) {
  const OrthancServer orthanc;
  const Address server{orthanc.http_port()};
  expect_no_tree(
      server, 4,
      "search in " + at(server) + "a web server answers there (HTTP), not a DICOM server");
}

TEST_F(Failures, PortIsAPlainWebServer) {
  const Address server{free_port()};
  Process web({"python3", "-m", "http.server", "--bind", "127.0.0.1", std::to_string(server.port)},
              {.working_directory = folder_.path()});
  web.run_until([&] { return static_cast<bool>(connect_to(server.port)); });
  ASSERT_TRUE(web.running()) << web.err();
  expect_no_tree(
      server, 4,
      "search in " + at(server) + "a web server answers there (HTTP), not a DICOM server");
}

TEST_F(Failures, PortIsSilent) {
  const Fd listening(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in name{};
  socklen_t size = sizeof name;
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(listening.get(), reinterpret_cast<const sockaddr*>(&name), size), 0);
  ASSERT_EQ(::listen(listening.get(), 16), 0);
  ASSERT_EQ(::getsockname(listening.get(), reinterpret_cast<sockaddr*>(&name), &size), 0);
  const Address server{ntohs(name.sin_port)};
  expect_no_tree(server, 4, "search in " + at(server) + "the server was silent for too long");
}

/// A key and a certificate that it signs itself, in PEM.
void write_certificate(const fs::path& key_path, const fs::path& certificate_path) {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_RSA_gen(2048), EVP_PKEY_free);
  const std::unique_ptr<X509, void (*)(X509*)> certificate(X509_new(), X509_free);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 86'400);
  X509_set_pubkey(certificate.get(), key.get());
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  const auto write = [](const fs::path& path, const auto& print) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "w"),
                                                               std::fclose);
    if (!file || print(file.get()) != 1) throw std::runtime_error("no certificate");
  };
  write(key_path, [&](std::FILE* file) {
    return PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  write(certificate_path, [&](std::FILE* file) { return PEM_write_X509(file, certificate.get()); });
}

TEST_F(Failures, ServerNeedsTls) {
  const fs::path key = folder_.path() / "key.pem", certificate = folder_.path() / "cert.pem";
  write_certificate(key, certificate);
  const Address server{free_port()};
  Process tls({"storescp", "+tls", key, certificate, "-ic", std::to_string(server.port)},
              {.working_directory = folder_.path()});
  tls.run_until([&] { return static_cast<bool>(connect_to(server.port)); });
  ASSERT_TRUE(tls.running()) << tls.out() << tls.err();
  expect_no_tree(server, 4,
                 "search in " + at(server) + "the server wants an encrypted connection (TLS)");
}

// ---- the server refuses us

TEST_F(Failures, DcmqrscpDoesNotKnowTheCalledTitle) {
  const Address server{shared_dcmqrscp().address.port, "NOBODY"};
  expect_no_tree(
      server, 4,
      "search in " + at(server) + "association rejected: called AE title not recognised (1/1/7)");
}

TEST_F(Failures, OrthancDoesNotKnowTheCalledTitle) {
  const OrthancServer orthanc(orthanc_options({{"DicomCheckCalledAet", true}}));
  const Address server{orthanc.port(), "NOBODY"};
  expect_no_tree(
      server, 4,
      "search in " + at(server) + "association rejected: called AE title not recognised (1/1/7)");
}

TEST_F(Failures, OrthancDoesNotKnowTheCallingTitle) {
  const OrthancServer orthanc({.settings = {{"DicomAlwaysAllowEcho", false},
                                            {"DicomAlwaysAllowFind", false},
                                            {"DicomAlwaysAllowGet", false},
                                            {"DicomAlwaysAllowMove", false},
                                            {"DicomAlwaysAllowStore", false},
                                            {"DicomCheckModalityHost", true}}});
  const Address server = address_of(orthanc);
  expect_no_tree(
      server, 4,
      "search in " + at(server) + "association rejected: calling AE title not recognised (1/1/3)");
}

TEST_F(Failures, StockOrthancLetsNoStrangerSearch) {
  const OrthancServer orthanc;
  const Address server = address_of(orthanc);
  expect_no_tree(server, 4, "search in " + at(server) + "the server aborted the association");
}

TEST_F(Failures, AssociationIsRejectedForTheCallingTitle) {
  const ScriptedScp scp(study(1), {.reject = Script::Rejection{.reason = 3}});
  const Address server{scp.port()};
  expect_no_tree(
      server, 4,
      "search in " + at(server) + "association rejected: calling AE title not recognised (1/1/3)");
}

TEST_F(Failures, ServerIsBusy) {
  const ScriptedScp scp(study(1), {.reject = Script::Rejection{2, 3, 2}});
  const Address server{scp.port()};
  expect_no_tree(server, 4,
                 "search in " + at(server) +
                     "association rejected: local limit of associations exceeded (2/3/2)");
}

TEST_F(Failures, AssociationIsAborted) {
  const ScriptedScp scp(study(1), {.ending = Script::Ending{}});
  const Address server{scp.port()};
  expect_no_tree(server, 4, "search in " + at(server) + "the server aborted the association");
}

// ---- C-FIND fails

TEST_F(Failures, FindIsRefused) {
  const ScriptedScp scp(study(1), {.contexts = Script::Contexts::refuse_find});
  const Address server{scp.port()};
  expect_no_tree(server, 4,
                 "search in " + at(server) +
                     "C-FIND refused: the server accepted no presentation context for it");
}

TEST_F(Failures, FindEndsWithOutOfResources) {
  const ScriptedScp scp(study(1), {.find_status = 0xA700});
  const Address server{scp.port()};
  expect_no_tree(server, 4,
                 "search in " + at(server) + "C-FIND failed: refused: out of resources (A700)");
}

TEST_F(Failures, FindEndsWithUnableToProcess) {
  const ScriptedScp scp(study(1), {.find_status = 0xC000});
  const Address server{scp.port()};
  expect_no_tree(server, 4, "search in " + at(server) + "C-FIND failed: unable to process (C000)");
}

TEST_F(Failures, FindBreaksOff) {
  const ScriptedScp scp(study(1), {.ending = Script::Ending{.how = Script::Break::close,
                                                            .when = Script::Moment::find_answers}});
  const Address server{scp.port()};
  expect_no_tree(server, 4, "search in " + at(server) + "the server closed the connection");
}

TEST_F(Failures, FindNeverEnds) {
  const ScriptedScp scp(study(1),
                        {.ending = Script::Ending{.how = Script::Break::silence,
                                                  .when = Script::Moment::find_final_response}});
  const Address server{scp.port()};
  expect_no_tree(server, 4, "search in " + at(server) + "the server was silent for too long");
}

// ---- C-GET fails

TEST_F(Failures, DcmqrscpDoesNoGet) {
  const DcmqrscpServer dcmqrscp({.arguments = {"--disable-get"}});
  ASSERT_TRUE(dcmqrscp.store({make_phantom(Kind::ct, {})}));
  const Address server = address_of(dcmqrscp);
  expect_empty_tree(
      server, 4,
      "retrieve from " + at(server) + "C-MOVE failed: refused: move destination unknown (A801)");
}

TEST_F(Failures, GetIsRefused) {
  const ScriptedScp scp(study(2), {.contexts = Script::Contexts::refuse_get});
  const Address server{scp.port()};
  expect_empty_tree(
      server, 4,
      "retrieve from " + at(server) + "C-MOVE failed: refused: move destination unknown (A801)");
}

TEST_F(Failures, GetFailsForEveryObject) {
  const ScriptedScp scp(study(2), {.get_status = 0xC000,
                                   .twists = {{0, {.sending = Script::Sending::never}},
                                              {1, {.sending = Script::Sending::never}}}});
  const Address server{scp.port()};
  expect_empty_tree(server, 4,
                    "retrieve from " + at(server) + "C-GET failed: unable to process (C000)");
}

TEST_F(Failures, ServerMayNotSendToUs) {
  const ScriptedScp scp(study(2), {.roles = Script::Roles::refuse});
  const Address server{scp.port()};
  expect_empty_tree(server, 4,
                    "retrieve from " + at(server) +
                        "C-GET failed: refused: out of resources, cannot send the objects (A702)");
}

// ---- nothing to do, or nothing that can be meant

TEST_F(Failures, NothingMatches) {
  const Got got = get(shared_dcmqrscp().address, tree(), {"--patient-id", "NOBODY"});
  EXPECT_EQ(got.run.exit_code, 3);
  EXPECT_EQ(got.run.err, "nothing matches\n");
  EXPECT_EQ(got.count("expected"), 0);
  EXPECT_FALSE(fs::exists(tree()));
}

TEST_F(Failures, DateDoesNotExist) {
  expect_no_tree({free_port()}, 1,
                 "option --study-date: 2023-13-45 is not a date or a range of dates that exist",
                 {"--study-date", "2023-13-45"});
}

TEST_F(Failures, LevelDoesNotExist) {
  expect_no_tree({free_port()}, 1, "option --level: there is no level STUDIES",
                 {"--patient-id", "12345", "--level", "STUDIES"});
}

// ---- the output folder

TEST_F(Failures, OutputIsAFileAndNobodyIsAsked) {
  write_file(tree(), "mine");
  const RunResult run = get_from({free_port()}, kJohn);
  EXPECT_EQ(run.exit_code, 5);
  EXPECT_EQ(
      errors_in(run),
      std::vector{
          "output folder " + tree().string() +
          ": something that is no folder stands where one belongs: on this path, or beneath it"});
  EXPECT_EQ(read_file(tree()), "mine");
}

TEST_F(Failures, OutputIsBelowAFileAndNobodyIsAsked) {
  write_file(tree(), "mine");
  const std::string output = tree() / "below";
  const RunResult run = run_tool_at({free_port()}, {"get", "-p", "12345", "-o", output});
  EXPECT_EQ(run.exit_code, 5);
  EXPECT_EQ(
      errors_in(run),
      std::vector{
          "output folder " + output +
          ": something that is no folder stands where one belongs: on this path, or beneath it"});
  EXPECT_EQ(read_file(tree()), "mine");
}

TEST_F(Failures, OutputIsALinkToNothingAndNobodyIsAsked) {
  fs::create_symlink("nowhere", tree());
  const RunResult run = get_from({free_port()}, kJohn);
  EXPECT_EQ(run.exit_code, 5);
  EXPECT_EQ(errors_in(run),
            std::vector{"output folder " + tree().string() + ": no such file or directory"});
}

TEST_F(Failures, OutputCannotBeMade) {
  const ScriptedScp scp(study(1));  // root too may make nothing in /proc
  const RunResult run = run_tool_at({scp.port()}, {"get", "-p", "12345", "-o", "/proc/tree"});
  EXPECT_EQ(run.exit_code, 5);
  EXPECT_EQ(errors_in(run),
            std::vector<std::string>{"output folder /proc/tree: no such file or directory"});
}

/// Runs a command twice, with DIR/tree too small at first and roomy the second time, and keeps
/// copies of both trees. In a mount namespace of its own that is a disk of 1 MiB.
constexpr std::string_view kSmallDisk = R"(
  dir=$1; shift
  mkdir "$dir/tree" && mount -t tmpfs -o size=1m small "$dir/tree" || exit 99
  "$@" 2>"$dir/full.err"; echo $? >"$dir/full.exit"
  cp -a "$dir/tree" "$dir/full"
  mount -o remount,size=100m "$dir/tree" || exit 99
  "$@"; code=$?
  cp -a "$dir/tree" "$dir/roomy"
  exit $code)";

/// Where nothing may be mounted, as in many containers, the nearest to it is a limit to each file.
constexpr std::string_view kShortFiles = R"(
  dir=$1; shift
  (ulimit -f 16; exec "$@") 2>"$dir/full.err"; echo $? >"$dir/full.exit"
  cp -a "$dir/tree" "$dir/full"
  "$@"; code=$?
  cp -a "$dir/tree" "$dir/roomy"
  exit $code)";

/// How the user who runs the tests may make a mount namespace; nothing if not at all.
std::vector<std::string> own_mounts() {
  for (const char* option : {"-m", "-rm"})
    if (run({"unshare", option, "mount", "-t", "tmpfs", "none", "/mnt"}).exit_code == 0)
      return {"unshare", option};
  return {};
}

class FullDisk : public Failures {
 protected:
  void expect_failure_then_all(std::vector<std::string> command, std::string_view script,
                               const std::string& why) const {
    std::vector<std::string> files;
    for (int i = 1; i <= 20; ++i)
      files.push_back(make_phantom(Kind::ct, {.instance = i, .size = 256}).bytes);
    const ScriptedScp scp(files);
    const Arguments rest = {"sh",
                            "-c",
                            std::string(script),
                            "sh",
                            folder_.path(),
                            tool_path(),
                            "get",
                            "--host",
                            "127.0.0.1",
                            "--port",
                            std::to_string(scp.port()),
                            "--called-aet",
                            "PACS",
                            "--patient-id",
                            "12345",
                            "--output",
                            tree()};
    command.insert(command.end(), rest.begin(), rest.end());
    const RunResult roomy = test::run(command);
    RunResult full;
    full.err = read_file(folder_.path() / "full.err");
    EXPECT_EQ(read_file(folder_.path() / "full.exit"), "5\n");
    EXPECT_EQ(errors_in(full), std::vector{"output folder " + tree().string() + ": " + why});
    EXPECT_EQ(litter_in(folder_.path() / "full"), std::vector<std::string>());
    EXPECT_EQ(objects_in(folder_.path() / "full").size(), 0U);
    EXPECT_EQ(torn_objects(folder_.path() / "full", folder_.path() / "roomy"),
              std::vector<std::string>());
    EXPECT_EQ(roomy.exit_code, 0) << roomy.err;
    EXPECT_EQ(objects_in(folder_.path() / "roomy").size(), 20U);
  }
};

TEST_F(FullDisk, LeavesNothingHalfWrittenAndTheSameCommandCompletes) {
  const std::vector<std::string> mounts = own_mounts();
  if (mounts.empty()) return expect_failure_then_all({}, kShortFiles, "file too large");
  expect_failure_then_all(mounts, kSmallDisk, "no space left on device");
}

TEST_F(FullDisk, IsLikeALimitToTheLengthOfFiles) {
  expect_failure_then_all({}, kShortFiles, "file too large");
}

// ---- objects that are not what they should be

class OddObjects : public Failures {
 protected:
  /// A study of four objects, the second of which is twisted.
  [[nodiscard]] Got get_with(const Script::Twist& twist) {
    files_ = study(4);
    scp_ = std::make_unique<ScriptedScp>(files_, Script{.twists = {{1, twist}}});
    return get({scp_->port()}, tree(), kJohn);
  }

  /// The other three are there, as they were sent, and nothing else.
  void expect_the_others(const Got& got) const {
    std::set<std::string> others;
    for (const int i : {1, 3, 4}) others.insert(make_phantom(Kind::ct, {.instance = i}).sop_uid);
    EXPECT_EQ(got.instances, others);
    EXPECT_EQ(got.count("stored"), 3);
    EXPECT_EQ(litter_in(tree()), std::vector<std::string>());
    EXPECT_EQ(all_objects_in(tree()).size(), 3U);
  }

  std::vector<std::string> files_;
  std::unique_ptr<ScriptedScp> scp_;
};

TEST_F(OddObjects, CutOffInTheMiddleIsRefusedAndTheRestArrives) {
  const std::string whole = data_set_of(study(2)[1]);
  const Got got = get_with({.data_set = whole.substr(0, whole.size() / 2)});
  EXPECT_EQ(got.run.exit_code, 6);
  EXPECT_EQ(errors_in(got.run), std::vector<std::string>());
  EXPECT_EQ(warnings_in(got.run),
            std::vector<std::string>{"1 object refused: the data end inside an element"});
  EXPECT_EQ(got.count("refused"), 1);
  expect_the_others(got);
}

TEST_F(OddObjects, WithoutSenseIsRefusedAndTheRestArrives) {
  const Got got = get_with({.data_set = std::string(1000, '\xff')});
  EXPECT_EQ(got.run.exit_code, 6);
  EXPECT_EQ(got.count("refused"), 1);
  expect_the_others(got);
}

TEST_F(OddObjects, EmptyIsRefusedAndTheRestArrives) {
  const Got got = get_with({.data_set = ""});
  EXPECT_EQ(got.run.exit_code, 6);
  EXPECT_EQ(got.count("refused"), 1);
  expect_the_others(got);
}

TEST_F(OddObjects, OtherThanAnnouncedIsRefused) {
  const Got got = get_with({.data_set = data_set_of(study(3)[2])});
  EXPECT_EQ(got.run.exit_code, 6);
  EXPECT_EQ(warnings_in(got.run),
            std::vector<std::string>{"1 object refused: it is not the object that was announced"});
  expect_the_others(got);
}

TEST_F(OddObjects, AnnouncedByAnUnknownNameIsNotKept) {
  const Got got = get_with({.sop_instance = "1.2.3.4"});
  EXPECT_EQ(got.run.exit_code, 2);
  EXPECT_EQ(got.count("failed") + got.count("missing"), 1);
  expect_the_others(got);
}

}  // namespace
}  // namespace dcm::test
