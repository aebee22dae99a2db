// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "e2e/tool.hpp"
#include "support/json_schema.hpp"
#include "support/read_back.hpp"
#include "support/scripted_scp.hpp"

/// `doctor` against real servers and such as refuse.
namespace dcm::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

struct Seen {
  RunResult run;
  json report;
};

Seen doctor(const Address& server, std::vector<std::string> more = {}) {
  more.insert(more.begin(), {"doctor", "--json"});
  Seen seen{.run = run_tool_at(server, std::move(more)), .report = {}};
  seen.report = json::parse(seen.run.out, nullptr, false);
  EXPECT_EQ(schema_violation(seen.report, schema_of_docs("doctor.schema.json")), "")
      << seen.run.out;
  return seen;
}

class DoctorOn : public testing::TestWithParam<WhichServer> {
 protected:
  const Holding& server_ = shared(GetParam());
};

INSTANTIATE_TEST_SUITE_P(Servers, DoctorOn, testing::ValuesIn(kBothServers),
                         [](const auto& tested) { return name_of(tested.param); });

TEST_P(DoctorOn, FindsWhatTheServerCanDo) {
  const auto& phantom = server_.phantoms.front();
  const auto [run, report] = doctor(server_.address, {"--study-instance-uid", phantom.study_uid});
  ASSERT_EQ(run.exit_code, 0) << run.err << run.out;
  EXPECT_TRUE(report.at("association").at("ok").get<bool>());
  EXPECT_TRUE(report.at("echo").at("ok").get<bool>());
  for (const auto* model : {"study_root", "patient_root"}) {
    for (const auto* service : {"find", "get", "move"}) {
      EXPECT_TRUE(report.at(model).at(service).get<bool>()) << model << service;
    }
  }
  EXPECT_GT(report.at("storage").at("accepted").get<int>(), 50);
  EXPECT_EQ(report.at("storage").at("with_role"), report.at("storage").at("accepted"));
  const json plain{"ExplicitVRLittleEndian", "ImplicitVRLittleEndian"};
  for (const auto& syntax : plain) {
    const auto& accepted = report.at("transfer_syntaxes").at("accepted");
    EXPECT_NE(std::find(accepted.begin(), accepted.end(), syntax), accepted.end()) << syntax;
  }
  for (const auto* level : {"study", "series", "image"}) {
    EXPECT_TRUE(report.at("query").at(level).at("answered").get<bool>()) << level;
  }
  EXPECT_EQ(report.at("delivery").at("get").at("received"), 1);
  EXPECT_TRUE(report.at("delivery").at("move").is_null()) << "no port was given";
  EXPECT_EQ(report.at("method"), "get");
}

TEST_P(DoctorOn, TellsNothingOfAPatient) {
  for (const Phantom& phantom : server_.phantoms) {
    const auto run =
        run_tool_at(server_.address, {"doctor", "--study-instance-uid", phantom.study_uid});
    ASSERT_EQ(run.exit_code, 0) << run.err;
    EXPECT_EQ((run.out + run.err).find(phantom.study_uid), std::string::npos);
    EXPECT_EQ((run.out + run.err).find(phantom.sop_uid), std::string::npos);
    break;
  }
}

TEST(Doctor, TellsWhetherCMoveReachesUs) {
  const auto port = free_port();
  const DcmqrscpServer server({.move_peers = {{"DICOM-CLIENT", port}}});
  const std::vector<Phantom> phantoms{default_collection().front()};
  ASSERT_TRUE(server.store(phantoms));
  const std::vector<std::string> trial{"--study-instance-uid", phantoms[0].study_uid,
                                       "--receive-port", std::to_string(port)};
  const auto [reached, report] = doctor(address_of(server), trial);
  EXPECT_EQ(reached.exit_code, 0) << reached.err;
  EXPECT_EQ(report.at("delivery").at("move").at("received"), 1) << reached.out;

  auto stranger = trial;
  stranger.insert(stranger.end(), {"--calling-aet", "STRANGER"});
  const auto [unknown, other] = doctor(address_of(server), stranger);
  EXPECT_EQ(other.at("delivery").at("move").at("reason"),
            "refused: move destination unknown (A801)");
  EXPECT_EQ(other.at("method"), "get");
}

TEST(Doctor, LetsInWhomGetWouldLetIn) {
  const auto port = free_port();
  const DcmqrscpServer server({.move_peers = {{"DICOM-CLIENT", port}}});
  const std::vector<Phantom> phantoms{default_collection().front()};
  ASSERT_TRUE(server.store(phantoms));
  const auto from_other = [&](std::vector<std::string> more) {
    const auto address = address_of(server);
    more.insert(more.begin(),
                {"doctor", "--json", "--host", "127.0.0.2", "--port", std::to_string(address.port),
                 "--called-aet", address.ae_title, "--study-instance-uid", phantoms[0].study_uid,
                 "--receive-port", std::to_string(port)});
    return json::parse(run_tool(more).out, nullptr, false);
  };
  const auto stranger = from_other({});
  const auto& refused = stranger.at("delivery").at("move");
  EXPECT_EQ(refused.at("received"), 0);
  EXPECT_NE(refused.value("turned_away", "").find("add --receive-from 127.0.0.1"),
            std::string::npos)
      << refused;
  EXPECT_EQ(stranger.value("configuration", "").find("    receive_port:"), std::string::npos);
  const auto named = from_other({"--receive-from", "127.0.0.1"});
  EXPECT_EQ(named.at("delivery").at("move").at("received"), 1) << named;
  EXPECT_NE(named.value("configuration", "").find("    receive_from: [\"127.0.0.1\"]\n"),
            std::string::npos)
      << named;
}

TEST(Doctor, OfAStudyThatTheServerDoesNotKnowIsNoSuccess) {
  const std::string unknown = "1.2.826.0.1.99.7";
  const auto& server = shared(WhichServer::orthanc).address;
  const auto run = run_tool_at(server, {"doctor", "--study-instance-uid", unknown});
  EXPECT_EQ(run.exit_code, 3) << run.err;
  EXPECT_NE(run.out.find("query at STUDY      the server knows no such study\n"), std::string::npos)
      << run.out;
  EXPECT_EQ((run.out + run.err).find(unknown), std::string::npos) << run.out;
  EXPECT_EQ(doctor(server, {"--study-instance-uid", unknown}).report.at("exit"), 3);
}

TEST(Doctor, EndsAsEveryDocumentSays) {
  const auto plain = [](std::string text) {
    std::erase(text, '`');
    std::string words;
    std::istringstream in(text);
    for (std::string word; in >> word;) words += word + ' ';
    return words;
  };
  const std::string claim =
      "nds with 0 where get has what it needs: C-FIND, and a method to use; with 3 where the "
      "server lists nothing of the study that was named, so that no object could be tried; else "
      "with 4. ";
  EXPECT_NE(plain(run_tool({"doctor", "--help"}).out).find(claim), std::string::npos);
  for (const char* name : {"README.md", "docs/exit-codes.md"})
    EXPECT_NE(plain(read_file(fs::path(DCM_SOURCE_DIR) / name)).find(claim), std::string::npos)
        << name;

  const auto phantom = default_collection().front();
  const auto exit_of = [&](const Script& script, const std::string& study) {
    const ScriptedScp server({phantom.bytes}, script);
    return doctor({server.port(), "PACS"}, {"--study-instance-uid", study}).run.exit_code;
  };
  EXPECT_EQ(exit_of({}, phantom.study_uid), 0);
  EXPECT_EQ(exit_of({.find_answers = {{"IMAGE", {}}}}, phantom.study_uid), 0)
      << "get does without a list of objects";
  EXPECT_EQ(exit_of({}, "1.2.826.0.1.99.7"), 3);
  EXPECT_EQ(exit_of({.find_answers = {{"SERIES", {}}}}, phantom.study_uid), 3);
  EXPECT_EQ(exit_of({.contexts = Script::Contexts::refuse_find}, phantom.study_uid), 4);
}

TEST(Doctor, TellsWhichTitleIsUnknown) {
  const ScriptedScp server({}, {.reject = Script::Rejection{1, 1, 3}});
  const auto run = run_tool_at({server.port(), "PACS"}, {"doctor"});
  EXPECT_EQ(run.exit_code, 4);
  EXPECT_NE(run.out.find("calling AE title not recognised (1/1/3)"), std::string::npos) << run.out;
}

TEST(Doctor, TellsThatCGetIsRefusedAndWhatElseThereIs) {
  const ScriptedScp server({}, {.contexts = Script::Contexts::refuse_get});
  const auto [run, report] = doctor({server.port(), "PACS"});
  EXPECT_FALSE(report.at("study_root").at("get").get<bool>());
  EXPECT_TRUE(report.at("storage").is_null()) << "nothing can be sent without C-GET";
}

TEST(Doctor, TellsThatARoleIsRefused) {
  const ScriptedScp server({}, {.roles = Script::Roles::refuse});
  const auto [run, report] = doctor({server.port(), "PACS"});
  EXPECT_EQ(report.at("storage").at("with_role"), 0);
  EXPECT_NE(report.at("method"), "get") << "it could send nothing";
}

TEST(Doctor, TellsWhyAQueryIsRefused) {
  const ScriptedScp server({}, {.find_status = 0xA900});
  const auto [run, report] = doctor({server.port(), "PACS"});
  EXPECT_EQ(run.exit_code, 4);
  EXPECT_EQ(report.at("query").at("study").at("reason"),
            "the identifier does not fit the SOP class (A900)");
}

TEST(Doctor, NobodyThereIsNoServer) {
  const auto run = run_tool_at({free_port(), "PACS"}, {"doctor"});
  EXPECT_EQ(run.exit_code, 4);
  EXPECT_NE(run.out.find("connection refused"), std::string::npos) << run.out;
}

}  // namespace
}  // namespace dcm::test
