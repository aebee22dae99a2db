// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <set>

#include "e2e/aftermath.hpp"
#include "e2e/tool.hpp"
#include "support/json_schema.hpp"
#include "support/phantoms.hpp"
#include "support/read_back.hpp"
#include "support/scripted_scp.hpp"
#include "support/temp_dir.hpp"

/// What a tree remembers between runs.
namespace dcm::test {
namespace {

namespace fs = std::filesystem;

constexpr int kObjects = 4;

class LedgerOfATree : public ::testing::TestWithParam<const char*> {
 protected:
  [[nodiscard]] fs::path tree() const { return folder_.path() / "tree"; }

  [[nodiscard]] static std::vector<Phantom> phantoms() {
    std::vector<Phantom> all;
    for (int i = 1; i <= kObjects; ++i) all.push_back(make_phantom(Kind::ct, {.instance = i}));
    return all;
  }

  [[nodiscard]] static std::vector<std::string> files() {
    std::vector<std::string> bytes;
    for (const Phantom& each : phantoms()) bytes.push_back(each.bytes);
    return bytes;
  }

  /// Demographics, nothing, or a keyed profile: what the ledger's own keys come from differs.
  Got get_from(const ScriptedScp& scp, std::vector<std::string> more = {}) const {
    std::vector<std::string> arguments{"--patient-id", patient_};
    const std::string mode = GetParam();
    if (mode == "demographics") arguments.emplace_back("--anonymize-data");
    if (mode == "basic") {
      const fs::path key = folder_.path() / "key";
      if (!fs::exists(key)) write_file(key, std::string(32, 'k'));
      fs::permissions(key, fs::perms::owner_read | fs::perms::owner_write);
      arguments.insert(arguments.end(), {"--profile", "basic", "--key-file", key.string()});
    }
    arguments.insert(arguments.end(), more.begin(), more.end());
    return get({scp.port()}, tree(), arguments);
  }

  TempDir folder_;
  std::string patient_ = "12345";
};

std::set<fs::path> object_paths(const fs::path& tree) {
  std::set<fs::path> paths;
  for (const auto& file : fs::recursive_directory_iterator(tree))
    if (file.path().extension() == ".dcm") paths.insert(file.path());
  return paths;
}

TEST_P(LedgerOfATree, AsksOnceForWhatItRefused) {
  const ScriptedScp spoilt(files(), {.twists = {{1, {.data_set = "broken"}}}});
  const Got first = get_from(spoilt);
  EXPECT_EQ(first.run.exit_code, 6) << first.run.err;
  EXPECT_EQ(first.count("refused"), 1);

  const ScriptedScp honest(files());
  const Got second = get_from(honest);
  EXPECT_EQ(second.run.exit_code, 6) << "it is still not there";
  EXPECT_EQ(second.count("refused"), 1);
  EXPECT_EQ(second.count("skipped"), kObjects - 1);
  EXPECT_EQ(honest.records().stores.size(), 0U);
  EXPECT_NE(second.run.err.find("--retry-refused"), std::string::npos) << second.run.err;

  const Got third = get_from(honest, {"--retry-refused"});
  EXPECT_EQ(third.run.exit_code, 0) << third.run.err;
  EXPECT_EQ(third.count("stored"), 1);
  EXPECT_EQ(honest.records().stores.size(), 1U);
}

TEST_P(LedgerOfATree, KnowsObjectsThatTellAnotherPatientThanTheServerDoes) {
  // No text in UTF-8: servers and we read it as they can.
  const Person person{.id =
                          "12\xFF"
                          "345",
                      .character_set = "ISO_IR 192"};
  Script script;
  for (int i = 1; i <= kObjects; ++i)
    script.twists[static_cast<std::size_t>(i - 1)] = {
        .data_set = encode(make_data_set(Kind::ct, {.person = person, .instance = i}), {})};
  const ScriptedScp scp(files(), script);
  const Got first = get_from(scp);
  EXPECT_EQ(first.run.exit_code, 0) << first.run.err;
  EXPECT_EQ(first.count("stored"), kObjects);

  const Got again = get_from(scp);
  EXPECT_EQ(again.run.exit_code, 0) << again.run.err;
  EXPECT_EQ(again.count("skipped"), kObjects);
  EXPECT_EQ(scp.records().stores.size(), std::size_t{kObjects}) << "nothing is fetched twice";

  const auto objects = objects_in(tree());
  ASSERT_EQ(objects.size(), std::size_t{kObjects});
  fs::remove(objects.begin()->second);
  const Got mended = get_from(scp);
  EXPECT_EQ(mended.run.exit_code, 0) << mended.run.err;
  EXPECT_EQ(mended.count("stored"), 1);
  EXPECT_EQ(objects_in(tree()), objects);
}

TEST_P(LedgerOfATree, DoesNotTakeADamagedFileForWhole) {
  const ScriptedScp scp(files());
  ASSERT_EQ(get_from(scp).run.exit_code, 0);
  const auto objects = objects_in(tree());
  ASSERT_EQ(objects.size(), static_cast<std::size_t>(kObjects));
  const fs::path damaged = objects.begin()->second;
  const std::string whole = read_file(damaged);
  fs::resize_file(damaged, whole.size() / 2);

  for (int times = 0; times < 2; ++times) {
    const Got again = get_from(scp);
    EXPECT_EQ(again.run.exit_code, 2) << again.run.err;
    EXPECT_EQ(again.count("conflict"), 1);
    EXPECT_EQ(again.count("skipped"), kObjects - 1);
  }
  fs::remove(damaged);
  const Got mended = get_from(scp);
  EXPECT_EQ(mended.run.exit_code, 0) << mended.run.err;
  EXPECT_EQ(mended.count("stored"), 1);
  EXPECT_EQ(read_file(damaged), whole);
}

TEST_P(LedgerOfATree, NamesNoInstance) {
  const ScriptedScp scp(files());
  ASSERT_EQ(get_from(scp).run.exit_code, 0);
  std::string all;
  for (const auto& file : fs::recursive_directory_iterator(tree() / ".dicom-client"))
    if (file.is_regular_file()) all += read_file(file.path());
  EXPECT_NE(all.find("SQLite format 3"), std::string::npos);
  for (const Phantom& each : phantoms())
    EXPECT_EQ(all.find(each.sop_uid), std::string::npos) << each.sop_uid;
  EXPECT_EQ(all.find("12345"), std::string::npos);
}

TEST_P(LedgerOfATree, CanBeLostWithoutLosingAnything) {
  const ScriptedScp scp(files());
  ASSERT_EQ(get_from(scp).run.exit_code, 0);
  fs::remove(tree() / ".dicom-client" / "ledger.db");
  const Got again = get_from(scp);
  EXPECT_EQ(again.run.exit_code, 0) << again.run.err;
  EXPECT_EQ(again.count("skipped"), kObjects);
}

TEST_P(LedgerOfATree, LeavesNothingUnreadOfWhichItKnowsNothing) {
  const ScriptedScp scp(files());
  ASSERT_EQ(get_from(scp).run.exit_code, 0);
  const auto objects = objects_in(tree());
  ASSERT_EQ(objects.size(), static_cast<std::size_t>(kObjects));
  auto object = objects.begin();
  const fs::path empty = object++->second, junk = object++->second, cut = object++->second;
  const std::string whole = read_file(cut);
  write_file(empty, "");
  write_file(junk, "junk");
  fs::resize_file(cut, whole.size() - 2);
  fs::remove(tree() / ".dicom-client" / "ledger.db");
  for (int times = 0; times < 2; ++times) {
    const Got again = get_from(scp);
    EXPECT_EQ(again.run.exit_code, 2) << again.run.err;
    EXPECT_EQ(again.count("conflict"), 3);
    EXPECT_EQ(again.count("skipped"), kObjects - 3);
  }
  for (const fs::path& each : {empty, junk, cut}) fs::remove(each);
  const Got mended = get_from(scp);
  EXPECT_EQ(mended.run.exit_code, 0) << mended.run.err;
  EXPECT_EQ(mended.count("stored"), 3);
  EXPECT_EQ(read_file(cut), whole);
}

TEST_P(LedgerOfATree, DoesNotTakeAnotherPatientsFileForOneThatIsNotThere) {
  const ScriptedScp first(files());
  ASSERT_EQ(get_from(first).run.exit_code, 0);
  const std::set<fs::path> before = object_paths(tree());

  // The archive calls the patient otherwise from now on.
  std::vector<std::string> corrected;
  for (int i = 1; i <= kObjects; ++i)
    corrected.push_back(make_phantom(Kind::ct, {.person = {.id = "54321"}, .instance = i}).bytes);
  const ScriptedScp scp(corrected);
  patient_ = "54321";
  ASSERT_EQ(get_from(scp).run.exit_code, 0);
  std::set<fs::path> fresh = object_paths(tree());
  for (const fs::path& old : before) fresh.erase(old);
  ASSERT_EQ(fresh.size(), std::size_t{kObjects});

  const fs::path place = *fresh.begin();
  const std::string whole = read_file(place);
  fs::remove(place);
  ASSERT_TRUE(fs::create_directory(place));
  for (int times = 0; times < 3; ++times) {
    const Got again = get_from(scp);
    EXPECT_EQ(again.run.exit_code, 2) << again.run.err;
    EXPECT_EQ(again.count("conflict"), 1);
  }
  fs::remove(place);
  const Got mended = get_from(scp);
  EXPECT_EQ(mended.run.exit_code, 0) << mended.run.err;
  EXPECT_EQ(mended.count("stored"), 1);
  EXPECT_EQ(read_file(place), whole);
}

TEST_P(LedgerOfATree, ThatIsDamagedStopsTheRunWithAHint) {
  const ScriptedScp scp(files());
  ASSERT_EQ(get_from(scp).run.exit_code, 0);
  write_file(tree() / ".dicom-client" / "ledger.db", std::string(8192, 'x'));
  const Got again = get_from(scp);
  EXPECT_EQ(again.run.exit_code, 5) << again.run.err;
  EXPECT_NE(again.run.err.find(": its ledger .dicom-client/ledger.db is damaged"),
            std::string::npos)
      << again.run.err;
  EXPECT_EQ(again.run.err.find("missing"), std::string::npos)
      << "they are there, and nobody looked\n"
      << again.run.err;
}

TEST_P(LedgerOfATree, IsLostWithTheFolderThatTellsWhoseTheTreeIs) {
  const ScriptedScp scp(files());
  ASSERT_EQ(get_from(scp).run.exit_code, 0);
  const auto objects = objects_in(tree());
  fs::remove_all(tree() / ".dicom-client");
  const Got again = get_from(scp);
  const bool is_keyed = GetParam() == std::string("basic");
  EXPECT_EQ(again.run.exit_code, is_keyed ? 1 : 0) << again.run.err;
  EXPECT_EQ(again.run.err.find(": .dicom-client/tree.json is lost or cannot be read") !=
                std::string::npos,
            is_keyed)
      << again.run.err;
  EXPECT_EQ(objects_in(tree()), objects);
}

TEST_P(LedgerOfATree, KnowsNoFolderWithoutItsMetadataAndSaysSo) {
  const ScriptedScp scp(files());
  ASSERT_EQ(get_from(scp).run.exit_code, 0);
  const fs::path folder = objects_in(tree()).begin()->second.parent_path().parent_path();
  fs::remove(folder / "metadata.json");
  const Got again = get_from(scp);
  EXPECT_EQ(again.run.exit_code, 0) << again.run.err;
  EXPECT_EQ(again.count("stored"), kObjects);
  EXPECT_EQ(again.count("displaced_patients"), 1);
  EXPECT_EQ(schema_violation(again.report, schema_of_docs("get.schema.json")), "");
  EXPECT_NE(again.run.err.find("warning: 1 patient has a new folder beside one of that name"),
            std::string::npos)
      << again.run.err;
  EXPECT_EQ(again.run.err.find(folder.filename().string()), std::string::npos) << again.run.err;
  EXPECT_EQ(get_from(scp).count("displaced_patients"), 0) << "told once";
}

TEST_P(LedgerOfATree, TellsOfWhatStandsInPlaceOfAFile) {
  const ScriptedScp scp(files());
  ASSERT_EQ(get_from(scp).run.exit_code, 0);
  const fs::path place = objects_in(tree()).begin()->second;
  for (const bool is_folder : {true, false}) {
    fs::remove(place);
    if (is_folder) {
      ASSERT_TRUE(fs::create_directory(place));
    } else {
      ASSERT_EQ(::mkfifo(place.c_str(), 0600), 0);
    }
    const Got again = get_from(scp);
    EXPECT_EQ(again.run.exit_code, 2) << again.run.err;
    EXPECT_EQ(again.count("conflict"), 1);
    EXPECT_EQ(again.count("skipped"), kObjects - 1);
    EXPECT_NE(again.run.err.find("keeps what it had until you remove it"), std::string::npos)
        << again.run.err;
  }
  fs::remove(place);
  const Got mended = get_from(scp);
  EXPECT_EQ(mended.run.exit_code, 0) << mended.run.err;
  EXPECT_EQ(mended.count("stored"), 1);
}

INSTANTIATE_TEST_SUITE_P(Modes, LedgerOfATree, ::testing::Values("none", "demographics", "basic"),
                         [](const auto& mode) { return std::string(mode.param); });

}  // namespace
}  // namespace dcm::test
