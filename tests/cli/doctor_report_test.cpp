// SPDX-License-Identifier: MIT
#include "cli/doctor_report.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace dcm::cli {
namespace {

Addressee pacs() {
  Addressee peer;
  peer.host = "pacs.example.org";
  peer.called_aet = "PACS";
  peer.calling_aet = "RESEARCH";
  return peer;
}

app::Diagnosis good() {
  app::Diagnosis found;
  found.association.tried = found.echo.tried = true;
  found.study_root = {.find = true, .get = true, .move = true};
  found.storage = {.asked = {.error = {}, .tried = true},
                   .proposed = 10,
                   .accepted = 9,
                   .with_role = 8,
                   .refused = {"VideoEndoscopicImageStorage"}};
  return found;
}

TEST(DoctorReport, ThePastedEntryIsTheServerThatWasLookedAt) {
  Server entry;
  entry.name = "north wing";
  entry.host = "fe80::1";
  entry.port = 2762;
  entry.called_aet = "PACS: \"1\"";
  entry.tls = TlsEntry{.ca = "/etc/a b/ca.pem", .certificate = "/c", .key = "/k", .name = "1e5"};
  entry.user.name = "true";
  entry.user.password_variable = "PASSWORD";
  entry.user.must_be_confirmed = true;
  entry.character_set = "ISO_IR 100";
  entry.method = app::Method::move;
  entry.receive_port = 11113;
  entry.receive_from = {"10.0.0.7", "node: 2"};
  entry.inbound = app::Inbound::plain;
  entry.max_associations = 2;
  entry.pace.objects_per_second = 20;
  ASSERT_TRUE(entry.pace.hours.add("18:00-07:00"));
  const auto text = entry_text(entry, good());
  const auto read = parse_configuration(text, "c.yaml");
  ASSERT_TRUE(read) << text << error_text(read.error());
  ASSERT_EQ(read->servers.size(), 1U);
  const auto& again = read->servers[0];
  EXPECT_EQ(again.name, entry.name);
  EXPECT_EQ(again.host, entry.host);
  EXPECT_EQ(again.port, entry.port);
  EXPECT_EQ(again.called_aet, entry.called_aet);
  EXPECT_EQ(again.calling_aet, entry.calling_aet);
  ASSERT_TRUE(again.tls);
  EXPECT_EQ(again.tls->ca, entry.tls->ca);
  EXPECT_EQ(again.tls->certificate, entry.tls->certificate);
  EXPECT_EQ(again.tls->key, entry.tls->key);
  EXPECT_EQ(again.tls->name, entry.tls->name);
  EXPECT_EQ(again.user.name, "true");
  EXPECT_EQ(again.user.password_variable, "PASSWORD");
  EXPECT_TRUE(again.user.must_be_confirmed);
  EXPECT_EQ(again.character_set, entry.character_set);
  EXPECT_EQ(again.method, entry.method);
  EXPECT_EQ(again.receive_port, entry.receive_port);
  EXPECT_EQ(again.receive_from, entry.receive_from);
  EXPECT_EQ(again.inbound, entry.inbound);
  EXPECT_EQ(again.max_associations, entry.max_associations);
  EXPECT_EQ(again.pace.objects_per_second, entry.pace.objects_per_second);
  EXPECT_EQ(again.pace.hours.spans(), entry.pace.hours.spans());
}

TEST(DoctorReport, ThePastedEntryNamesFilesThatAreFoundFromAnyFolder) {
  Server entry;
  entry.host = "pacs.example.org";
  entry.called_aet = "PACS";
  entry.tls =
      TlsEntry{.ca = "tls/./ca.pem", .certificate = "a/../c.pem", .key = "k.pem", .name = {}};
  entry.user.name = "doe";
  entry.user.password_file = "password";
  const auto here = std::filesystem::current_path();
  const auto with_password = parse_configuration(entry_text(entry, good()), "/elsewhere/c.yaml");
  ASSERT_TRUE(with_password) << error_text(with_password.error());
  const auto& again = with_password->servers.at(0);
  EXPECT_EQ(again.tls->ca, here / "tls/ca.pem");
  EXPECT_EQ(again.tls->certificate, here / "c.pem");
  EXPECT_EQ(again.tls->key, here / "k.pem");
  EXPECT_EQ(again.user.password_file, here / "password");
  entry.user = {};
  entry.user.token_file = "token";
  const auto with_token = parse_configuration(entry_text(entry, good()), "/elsewhere/c.yaml");
  ASSERT_TRUE(with_token) << error_text(with_token.error());
  EXPECT_EQ(with_token->servers.at(0).user.token_file, here / "token");
}

TEST(DoctorReport, ExitsWithSuccessWhereGetHasWhatItNeeds) {
  auto found = good();
  EXPECT_EQ(exit_code(found), ExitCode::done);
  found.study_root.get = false;
  EXPECT_EQ(exit_code(found), ExitCode::done) << "there is C-MOVE";
  found.study_root.move = false;
  EXPECT_EQ(exit_code(found), ExitCode::unreachable);
  found = good();
  found.study_root.find = false;
  EXPECT_EQ(exit_code(found), ExitCode::unreachable);
  found = good();
  found.study.tried = true;
  found.study.error = {.code = Errc::dimse_status, .detail = 0xC001};
  EXPECT_EQ(exit_code(found), ExitCode::unreachable);
  found = good();
  found.image.tried = true;
  found.image.error = {.code = Errc::dimse_status, .detail = 0xA900};
  EXPECT_EQ(exit_code(found), ExitCode::done) << "IMAGE level is not needed";
  found.image.error = {.code = Errc::interrupted};
  EXPECT_EQ(exit_code(found), ExitCode::interrupted);
}

TEST(DoctorReport, OfANamedStudyEndsAsAGetOfItCould) {
  auto found = good();
  found.study.tried = found.study_named = true;
  EXPECT_EQ(exit_code(found), ExitCode::nothing_matched);
  const auto text = doctor_text(found, pacs(), {});
  for (const auto* line : {"  query at STUDY      the server knows no such study\n",
                           "  an object by C-GET  not tried, as the server knows no such study\n",
                           "  an object by C-MOVE not tried: --receive-port\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << " in\n" << text;
  }
  found.study.answered = true;
  found.series.tried = true;
  EXPECT_EQ(exit_code(found), ExitCode::nothing_matched) << "it lists no series of the study";
  found.series.answered = true;
  found.image.tried = true;
  EXPECT_EQ(exit_code(found), ExitCode::done) << "get does without a list of objects";
  found.image.error = {.code = Errc::dimse_status, .detail = 0xA900};
  EXPECT_EQ(exit_code(found), ExitCode::done) << "get does without IMAGE level";
  found.series.error = found.image.error;
  EXPECT_EQ(exit_code(found), ExitCode::unreachable) << "get needs SERIES level";
  found.series.error = found.image.error = {};
  found.image.answered = true;
  found.get.tried = true;
  found.get.received = 1;
  EXPECT_EQ(exit_code(found), ExitCode::done);
  found = good();
  found.study.tried = true;
  EXPECT_EQ(exit_code(found), ExitCode::done) << "no study was named, and none is of late";
}

TEST(DoctorReport, ThePastedEntryIsWithoutWhatWasSeenNotToWork) {
  Server entry;
  entry.host = "pacs.example.org";
  entry.called_aet = "PACS";
  entry.method = app::Method::move;
  entry.receive_port = 11112;
  auto found = good();
  EXPECT_NE(entry_text(entry, found).find("    receive_port: 11112\n"), std::string::npos);
  found.move.tried = true;
  found.move.error = {.code = Errc::dimse_status, .detail = 0xA801};
  const auto text = entry_text(entry, found);
  EXPECT_NE(text.find("    # method move is left out: refused: move destination unknown (A801)\n"
                      "    # receive_port 11112 is left out: refused: move destination unknown "
                      "(A801)\n"),
            std::string::npos)
      << text;
  const auto read = parse_configuration(text, "c.yaml");
  ASSERT_TRUE(read) << text;
  EXPECT_EQ(read->servers.at(0).receive_port, 0);
  EXPECT_EQ(read->servers.at(0).method, app::Method::automatic);
  found.move.received = 1;
  EXPECT_NE(entry_text(entry, found).find("    receive_port: 11112\n"), std::string::npos);
  entry.method = app::Method::get;
  found.study_root.get = false;
  EXPECT_NE(entry_text(entry, found).find("# method get is left out: the server refuses it\n"),
            std::string::npos);
}

TEST(DoctorReport, CMoveIsNoWayWhereObjectsWouldComeInTheClear) {
  auto found = good();
  found.would_be_plain = true;
  EXPECT_EQ(exit_code(found), ExitCode::done) << "there is C-GET";
  found.study_root.get = false;
  EXPECT_EQ(exit_code(found), ExitCode::unreachable);
  const auto text = doctor_text(found, pacs(), {});
  for (const auto* line :
       {"  an object by C-MOVE not possible: it would come in the clear; add --tls-cert and "
        "--tls-key, or --receive-plain\n",
        "  method to use       none works\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << " in\n" << text;
  }
}

TEST(DoctorReport, TellsEachFinding) {
  auto found = good();
  found.image.tried = true;
  found.image.error = {.code = Errc::dimse_status, .detail = 0xA900};
  const auto text = doctor_text(found, pacs(), {});
  for (const auto* line :
       {"PACS at pacs.example.org:104\n", "  C-ECHO              answered\n",
        "  C-FIND              accepted, study root only\n",
        ("  storage for C-GET   9 classes of 10 accepted, 1 of them without the role that C-GET "
         "needs; not VideoEndoscopicImageStorage\n"),
        "  query at IMAGE      C-FIND failed: the identifier does not fit the SOP class (A900)",
        "  method to use       C-GET\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << " in\n" << text;
  }
}

TEST(DoctorReport, WithoutAnAssociationTellsWhyAndNoMore) {
  app::Diagnosis found;
  found.association = {.error = {.code = Errc::association_rejected, .detail = 0x010103},
                       .tried = true};
  EXPECT_EQ(exit_code(found), ExitCode::unreachable);
  EXPECT_EQ(doctor_text(found, pacs(), {}),
            "PACS at pacs.example.org:104\n"
            "  connection          made, in the clear\n"
            "  association         association rejected: calling AE title not recognised (1/1/3) "
            "(ask the server's administrator to register the AE title RESEARCH, or set "
            "--calling-aet to one that is registered)\n");
}

}  // namespace
}  // namespace dcm::cli
