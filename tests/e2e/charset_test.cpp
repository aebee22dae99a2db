// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "e2e/tool.hpp"
#include "support/address.hpp"
#include "support/read_back.hpp"
#include "support/temp_dir.hpp"

/// Names in the character sets of the world: UTF-8 for people, untouched bytes in files.
namespace dcm::test {
namespace {

struct WorldName {
  std::string patient_id, name;
};

const std::vector<WorldName>& world_names() {
  static const std::vector<WorldName> kNames = {
      {"PAT-0005", "MÜSTER^JÖRG"},
      {"PAT-0006", "ΔΟΚΙΜΗ^ΑΝΝΑ"},
      {"PAT-0007", "TESUTO^HANAKO=試験^花子=てすと^はなこ"},
      {"PAT-0008", "SIHEOM^MINJI=試驗^民智=시험^민지"},
      {"PAT-0009", "CESHI^XIAOMING=测试^小明"},
      {"PAT-0010", "ÑANDÚ^ZOË=テスト^Ω"}};
  return kNames;
}

class CharacterSets : public ::testing::TestWithParam<WhichServer> {
 protected:
  [[nodiscard]] static std::string search(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "search");
    const RunResult result = run_tool_at(shared(GetParam()).address, std::move(arguments));
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }

  static void expect_gets(const std::string& typed, const std::string& patient_id) {
    SCOPED_TRACE(typed);
    const Holding& server = shared(GetParam());
    const TempDir folder;
    const Got got = get(server.address, folder.path() / "tree", {"--patient-name", typed});
    EXPECT_EQ(got.run.exit_code, patient_id == "none" ? 3 : 0) << got.run.err;
    EXPECT_EQ(got.instances, uids_of(server.phantoms,
                                     [&](const Phantom& p) { return p.patient_id == patient_id; }));
  }
};

TEST_P(CharacterSets, SearchShowsNamesInJson) {
  for (const auto& [id, name] : world_names()) {
    const auto found = nlohmann::json::parse(search({"--patient-id", id, "--json"}));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].at("PatientName"), name);
  }
}

TEST_P(CharacterSets, SearchShowsNamesInCsv) {
  const std::string csv = search({"--study-date", "20180101-20181231", "--csv"});
  for (const auto& [id, name] : world_names())
    EXPECT_NE(csv.find("\r\n" + id + "," + name + ","), std::string::npos) << name << csv;
}

TEST_P(CharacterSets, SearchShowsNamesInAlignedTables) {
  const std::string table = search({"--level", "PATIENT", "--study-date", "20180101-20181231"});
  for (const auto& [id, name] : world_names())
    EXPECT_NE(table.find(id + "    " + name + " "), std::string::npos) << name << table;
  // Wide characters take two columns: the dates of birth stand below one another all the same.
  EXPECT_NE(table.find("てすと^はなこ  1970-01-31"), std::string::npos) << table;
  EXPECT_NE(table.find("MÜSTER^JÖRG" + std::string(26, ' ') + "  1970-01-31"), std::string::npos)
      << table;
}

TEST_P(CharacterSets, GetsPatientsByTheirNames) {
  expect_gets("MÜSTER^JÖRG", "PAT-0005");
  expect_gets("müster jörg", "PAT-0005");
  expect_gets("tesuto hanako", "PAT-0007");
  expect_gets("Siheom Minji", "PAT-0008");
  expect_gets("CESHI^XIAOMING", "PAT-0009");
}

TEST_P(CharacterSets, GetsPatientsByNamesTypedWithoutAccentsOrWithUmlautsAsTwoLetters) {
  expect_gets("muster jorg", "PAT-0005");
  expect_gets("MUSTER^JORG", "PAT-0005");
  expect_gets("muester joerg", "PAT-0005");
  expect_gets("müster joerg", "PAT-0005");
  expect_gets("tésuto hanako", "PAT-0007");
}

TEST_P(CharacterSets, GetsPatientsByNamesInTheirOwnScript) {
  expect_gets("試験 花子", "PAT-0007");
  expect_gets("てすと はなこ", "PAT-0007");
  expect_gets("시험 민지", "PAT-0008");
  expect_gets("试", "none");
  expect_gets("测试 小明", "PAT-0009");
  expect_gets("ΔΟΚΙΜΗ ΑΝΝΑ", "PAT-0006");
  expect_gets("δοκιμη αννα", "PAT-0006");
  expect_gets("δοκιμή άννα", "PAT-0006");
  expect_gets("ñandú zoë", "PAT-0010");
  expect_gets("*試験^花子*", "PAT-0007");
  expect_gets("*=시험^민지", "PAT-0008");
  expect_gets("*测试*", "PAT-0009");
}

TEST_P(CharacterSets, AnonymizedNamesAreGoneInTheirOwnBytes) {
  const Holding& server = shared(GetParam());
  const TempDir folder;
  const Got got = get(server.address, folder.path() / "tree",
                      {"--study-date", "20180101-20181231", "--anonymize-data"});
  ASSERT_EQ(got.run.exit_code, 0) << got.run.err;
  EXPECT_EQ(got.instances.size(), 12U);
  const auto objects = objects_in(folder.path() / "tree");
  for (const Phantom& phantom : server.phantoms) {
    if (!got.instances.contains(phantom.sop_uid)) continue;
    const std::string file = read_file(objects.at(phantom.sop_uid));
    EXPECT_EQ(file.find(phantom.patient_name), std::string::npos) << phantom.label;
    EXPECT_NE(file.find(phantom.character_set), std::string::npos) << phantom.label;
  }
}

INSTANTIATE_TEST_SUITE_P(On, CharacterSets, ::testing::ValuesIn(kBothServers),
                         [](const auto& tested) { return name_of(tested.param); });

TEST(CharacterSetsOnStockOrthanc, MarksWhatItsLatin1CannotSay) {
  OrthancServer server(orthanc_options());  // DefaultEncoding Latin1
  std::vector<Phantom> phantoms;
  for (const Phantom& each : default_collection())
    if (each.study_date.starts_with("2018")) phantoms.push_back(each);
  ASSERT_TRUE(server.store(phantoms));
  const auto found = [&](const std::string& typed) {
    std::map<std::string, bool> verified;
    const RunResult result = run_tool_at(address_of(server), {"search", "-n", typed, "--json"});
    for (const auto& each : nlohmann::json::parse(result.out))
      verified[each.at("PatientID")] = !each.contains("unverified");
    return verified;
  };
  using Found = std::map<std::string, bool>;
  EXPECT_EQ(found("müster jörg"), (Found{{"PAT-0005", true}}));
  EXPECT_EQ(found("muster jorg"), (Found{{"PAT-0005", true}}));
  EXPECT_EQ(found("tesuto"), (Found{{"PAT-0007", true}}));
  EXPECT_EQ(found("δοκιμη αννα"), (Found{{"PAT-0006", false}}));
}

struct Described {
  const char* character_set;
  const char* encoded;
  const char* folder;
  const char* utf8;
};

TEST(CharacterSetsInTrees, FolderNamesAndMetadataAreUtf8) {
  const std::vector<Described> all = {
      {"ISO_IR 100",
       "SCH\xC4"
       "DEL",
       "1_SCHÄDEL", "SCHÄDEL"},
      {"ISO_IR 126", "\xCA\xC5\xD6\xC1\xCB\xC7", "1_ΚΕΦΑΛΗ", "ΚΕΦΑΛΗ"},
      {"\\ISO 2022 IR 87", "\x1B$BF,It\x1B(B", "1_頭部", "頭部"},
      {"\\ISO 2022 IR 149", "\x1B$)C\xB8\xD3\xB8\xAE", "1_머리", "머리"},
      {"GB18030", "\xCD\xB7\xB2\xBF", "1_头部", "头部"},
      {"ISO_IR 192", "A\xCC\x88 \xE9\xA0\xAD", "1_Ä_頭", "A\xCC\x88 頭"}};
  const DcmqrscpServer server;
  std::vector<Phantom> phantoms;
  for (const Described& each : all) {
    const int number = 100 + static_cast<int>(phantoms.size());
    phantoms.push_back(make_phantom(
        Kind::ct, {.person = {number, "W" + std::to_string(number), "DOE^J", each.character_set},
                   .series_description = each.encoded}));
  }
  ASSERT_TRUE(server.store(phantoms));
  const TempDir folder;
  const Got got = get(address_of(server), folder.path() / "tree", {"--patient-id", "W*"});
  ASSERT_EQ(got.run.exit_code, 0) << got.run.err;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto patient = folder.path() / "tree" / phantoms[i].patient_id;
    EXPECT_TRUE(std::filesystem::exists(patient / all[i].folder / (phantoms[i].sop_uid + ".dcm")))
        << all[i].folder;
    const auto series = nlohmann::json::parse(read_file(patient / "metadata.json"))
                            .at("studies")[0]
                            .at("series")[0];
    EXPECT_EQ(series.at("SeriesDescription"), all[i].utf8);
    EXPECT_EQ(series.at("folder"), all[i].folder);
  }
}

}  // namespace
}  // namespace dcm::test
