// SPDX-License-Identifier: MIT
#include "cli/run.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <vector>

#include "base/fd.hpp"
#include "support/temp_dir.hpp"

namespace dcm::cli {
namespace {

struct Outcome {
  ExitCode exit;
  std::string results;
  std::string people;
};

Outcome run_words(std::vector<const char*> words) {
  std::ostringstream results, people;
  const StopSource stop;
  const Environment environment = [](const char*) { return std::optional<std::string>(); };
  const auto exit = run(words, {results, people, Display::lines, environment, stop});
  return {exit, results.str(), people.str()};
}

/// A loopback port that is ours, and where nothing listens.
class ClosedPort {
 public:
  ClosedPort() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(socket_.get(), generic, size), 0);
    EXPECT_EQ(::getsockname(socket_.get(), generic, &size), 0);
    number_ = std::to_string(ntohs(address.sin_port));
  }
  [[nodiscard]] const char* number() const { return number_.c_str(); }

 private:
  Fd socket_;
  std::string number_;
};

TEST(Run, PrintsHelpAndVersionOnStdout) {
  const auto help = run_words({"get", "--help"});
  EXPECT_EQ(help.exit, ExitCode::done);
  EXPECT_NE(help.results.find("Examples:"), std::string::npos);
  EXPECT_EQ(help.people, "");
  EXPECT_EQ(run_words({"--version"}).exit, ExitCode::done);
}

TEST(Run, UsageErrorsAreOneLineAndAHintOnStderr) {
  const auto outcome = run_words({"search", "--level", "STUDIES"});
  EXPECT_EQ(outcome.exit, ExitCode::usage);
  EXPECT_EQ(outcome.results, "");
  EXPECT_EQ(outcome.people,
            "dicom-client: error: option --level: there is no level STUDIES\n"
            "hint: did you mean `STUDY`?\n");
}

TEST(Run, AServerThatIsDownIsExitCode4) {
  const ClosedPort port;
  for (const auto* command : {"echo", "search"}) {
    const auto outcome = run_words(
        {command, "--host", "127.0.0.1", "--port", port.number(), "--called-aet", "PACS"});
    EXPECT_EQ(outcome.exit, ExitCode::unreachable);
    EXPECT_EQ(outcome.results, "");
    EXPECT_NE(outcome.people.find("connection refused\nhint: "), std::string::npos);
  }
}

TEST(Run, AGetThatCannotPlanTellsMachinesAndWritesNothing) {
  const ClosedPort port;
  const test::TempDir folder;
  const std::string output = folder.path() / "out";
  const auto outcome = run_words({"get", "-p", "1", "--json", "-o", output.c_str(), "--host",
                                  "127.0.0.1", "--port", port.number(), "--called-aet", "PACS"});
  EXPECT_EQ(outcome.exit, ExitCode::unreachable);
  const auto json = nlohmann::json::parse(outcome.results);
  EXPECT_EQ(json["exit"], 4);
  EXPECT_EQ(json["verified"], false);
  EXPECT_FALSE(std::filesystem::exists(output));
}

TEST(Run, ASenderThatNobodyKnowsIsToldBeforeTheServerIsAsked) {
  const ClosedPort port;
  const test::TempDir folder;
  const std::string output = folder.path() / "out";
  const auto typed =
      run_words({"get", "-p", "1", "-o", output.c_str(), "--host", "127.0.0.1", "--port",
                 port.number(), "--called-aet", "PACS", "--receive-port", "11112", "--receive-from",
                 "127.0.0.2", "--receive-from", "nobody.invalid"});
  EXPECT_EQ(typed.exit, ExitCode::usage);
  EXPECT_EQ(typed.people,
            "dicom-client: error: option --receive-from: unknown host nobody.invalid\n"
            "hint: check the name, or write its address\n");
  const std::string file = folder.path() / "c.yaml";
  std::ofstream(file) << "servers: {archive: {host: 127.0.0.1, port: " << port.number()
                      << ", called_aet: PACS, method: move, receive_from: nobody.invalid}}\n";
  const std::string cohort = folder.path() / "cohort.csv";
  std::ofstream(cohort) << "PatientID\n1\n";
  const auto configured =
      run_words({"batch", cohort.c_str(), "-o", output.c_str(), "--config", file.c_str()});
  EXPECT_EQ(configured.exit, ExitCode::usage);
  EXPECT_NE(configured.people.find("error: `receive_from` of server archive in " + file +
                                   ": unknown host nobody.invalid\n"),
            std::string::npos)
      << configured.people;
  EXPECT_FALSE(std::filesystem::exists(output));
}

TEST(Run, ASenderThatNobodyKnowsStopsNothingThatMayDoWithoutCMove) {
  const ClosedPort port;
  const test::TempDir folder;
  const std::string output = folder.path() / "out";
  for (const char* method : {"auto", "get"}) {
    const auto outcome = run_words({"get", "-p", "1", "-o", output.c_str(), "--host", "127.0.0.1",
                                    "--port", port.number(), "--called-aet", "PACS", "--method",
                                    method, "--receive-from", "nobody.invalid", "--dry-run"});
    EXPECT_EQ(outcome.exit, ExitCode::unreachable) << "the server was asked" << outcome.people;
  }
}

TEST(Run, WhatStandsInTheConfigurationFileIsToldAsItsKey) {
  const ClosedPort port;
  const test::TempDir folder;
  const std::string file = folder.path() / "c.yaml";
  std::ofstream(file)
      << "servers: {archive: {host: 127.0.0.1, port: " << port.number()
      << ", called_aet: PACS}, secret: {host: a, called_aet: A, tls: {ca: no.pem}}}\n";
  const auto refused = run_words({"echo", "--server", "archive", "--config", file.c_str()});
  EXPECT_NE(refused.people.find("check `port`, and that the server runs (server archive in " +
                                file + ")\n"),
            std::string::npos)
      << refused.people;
  const auto absent = run_words({"echo", "--server", "secret", "--config", file.c_str()});
  EXPECT_NE(absent.people.find("hint: check `tls.ca` (server secret in " + file + ")\n"),
            std::string::npos)
      << absent.people;
}

/// Takes nothing, and says why.
class FailingBuffer : public std::streambuf {
 public:
  explicit FailingBuffer(int error_number) : error_number_(error_number) {}

 protected:
  int_type overflow(int_type) override {
    errno = error_number_;
    return traits_type::eof();
  }

 private:
  int error_number_;
};

ExitCode run_into(int error_number, std::ostringstream& people) {
  FailingBuffer buffer(error_number);
  std::ostream results(&buffer);
  const StopSource stop;
  const Environment environment = [](const char*) { return std::optional<std::string>(); };
  const std::vector<const char*> words{"--version"};
  return run(words, {results, people, Display::lines, environment, stop});
}

TEST(Run, AReaderThatIsGoneIsNoError) {
  std::ostringstream people;
  EXPECT_EQ(run_into(EPIPE, people), ExitCode::done);
  EXPECT_EQ(people.str(), "");
}

TEST(Run, ResultsThatCannotBeWrittenAreExitCode5) {
  std::ostringstream people;
  EXPECT_EQ(run_into(ENOSPC, people), ExitCode::local_io);
  EXPECT_EQ(people.str(), "dicom-client: error: results on stdout: no space left on device\n");
}

}  // namespace
}  // namespace dcm::cli
