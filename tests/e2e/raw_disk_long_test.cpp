// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <cctype>
#include <csignal>
#include <cstring>
#include <iostream>
#include <random>
#include <stdexcept>
#include <thread>

#include "dicom/character_set.hpp"
#include "e2e/aftermath.hpp"
#include "e2e/tool.hpp"
#include "support/loop_disk.hpp"

/// No identified byte reaches the disk in a de-identifying run, not for a moment and not in what is
/// deleted again, however often the run is killed.
namespace dcm::test {
namespace {

using Texts = std::vector<std::string>;
using namespace std::chrono_literals;

constexpr int kKills = 10;
constexpr auto kPatience = 120s;

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

bool is_number(const std::string& text) {
  return text.find_first_not_of("0123456789") == std::string::npos;
}

/// Words that tell who the patients of phantoms are, as their objects and as UTF-8 have them, ASCII
/// letters in upper case.
class Identifiers {
 public:
  explicit Identifiers(const std::vector<Phantom>& phantoms) {
    for (const char* word : {"PHANTOM HOSPITAL", "PHANTOM LANE", "REFERRER^RITA", "GUARDIAN",
                             "OBSERVER", "555 0100", "CORPORAL", "PHANTOMESE", "19700131"})
      add(word);
    for (const Phantom& phantom : phantoms) {
      const CharacterSets sets = CharacterSets::parse(phantom.character_set);
      add(phantom.patient_id);
      add_parts(phantom.patient_name);
      add_parts(to_utf8(phantom.patient_name, sets, vr::kPN));
      for (const std::string& uid : {phantom.study_uid, phantom.series_uid, phantom.sop_uid})
        add(uid);
    }
  }

  /// Those that stand in `bytes`, in UTF-16 of either order too, which is the same with bytes of 0
  /// between.
  [[nodiscard]] Texts found_in(const std::string& bytes) const {
    const std::string loud = upper(bytes);
    std::string narrow = loud;
    std::erase(narrow, '\0');
    Texts found;
    for (const std::string& word : words_)
      if (holds(loud, word) || holds(narrow, word)) found.push_back(word);
    return found;
  }

  [[nodiscard]] std::size_t size() const { return words_.size(); }

 private:
  void add_parts(const std::string& name) {
    std::string part;
    for (const char c : name + "^") {
      if (c != '^' && c != '=' && c != ' ') {
        part += c;
        continue;
      }
      add(part);
      part.clear();
    }
  }

  /// Leaves out what any disk may hold by accident.
  void add(const std::string& word) {
    if (word.size() < (is_number(word) ? 8U : 5U)) return;
    words_.insert(upper(word));
  }

  static bool holds(const std::string& text, const std::string& word) {
    return memmem(text.data(), text.size(), word.data(), word.size()) != nullptr;
  }

  std::set<std::string> words_;
};

class RawDisk : public ::testing::Test {
 protected:
  RawDisk() {
    std::cout << "seed: " << seed_ << std::endl;
    write_file(outside_.path() / "key", std::string(32, 'k'));
    std::filesystem::permissions(outside_.path() / "key", std::filesystem::perms::owner_read);
  }

  [[nodiscard]] Texts basic(Texts command) const {
    command.insert(command.end(), {"--profile", "basic", "--key-file", outside_.path() / "key"});
    return command;
  }

  [[nodiscard]] std::filesystem::path tree() const { return disk_.path() / "tree"; }

  /// The program with everything it may write on the disk: its tree, its home, temporary files.
  [[nodiscard]] Process start(const Texts& arguments) const {
    const Address& server = holding_.address;
    Texts command = {tool_path()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    command.insert(command.end(), {"--host", "127.0.0.1", "--port", std::to_string(server.port),
                                   "--called-aet", server.ae_title, "--output", tree()});
    const std::string home = disk_.path();
    return Process(command, {.environment = {{"HOME", home},
                                             {"TMPDIR", home},
                                             {"XDG_CONFIG_HOME", home},
                                             {"XDG_DATA_HOME", home},
                                             {"XDG_CACHE_HOME", home},
                                             {"DICOM_CLIENT_CONFIG", "/nonexistent"}},
                             .working_directory = home});
  }

  [[nodiscard]] RunResult finish(const Texts& arguments) const {
    Process program = start(arguments);
    const auto run = program.wait(kPatience);
    if (!run) throw std::runtime_error("the program does not end");
    return *run;
  }

  /// Kills a run within so many seconds. False if it was done by then.
  bool kill_within(double seconds, const Texts& arguments) {
    Process program = start(arguments);
    std::this_thread::sleep_for(
        std::chrono::duration<double>(std::uniform_real_distribution(0.0, seconds)(random_)));
    program.signal(SIGKILL);
    const auto run = program.wait(kPatience);
    if (!run) throw std::runtime_error("the program does not end");
    return run->exit_code == 128 + SIGKILL;
  }

  void expect_no_identifier() const { EXPECT_EQ(identifiers_.found_in(disk_.blocks()), Texts()); }

  void expect_completion(const RunResult& run, std::size_t objects) const {
    EXPECT_EQ(run.exit_code, 0) << run.err;
    EXPECT_EQ(objects_in(tree()).size(), objects);
    expect_no_identifier();
    // It was looked for where the ledger is too.
    EXPECT_NE(disk_.blocks().find("SQLite format 3"), std::string::npos);
  }

  /// Lets a run finish, which makes so many objects whole, kills others within the time that it
  /// took, and lets the last one finish.
  void expect_no_identifier_at_any_moment_of(const Texts& arguments, std::size_t objects) {
    const RunResult undisturbed = finish(arguments);
    expect_completion(undisturbed, objects);
    std::filesystem::remove_all(tree());
    int kills = 0;
    for (int runs = 0; kills < kKills && runs < 10 * kKills && !HasFailure(); ++runs) {
      SCOPED_TRACE("seed " + std::to_string(seed_) + ", run " + std::to_string(runs));
      if (kill_within(undisturbed.seconds, arguments))
        ++kills;
      else
        std::filesystem::remove_all(tree());  // what is complete has no moments left
      expect_no_identifier();
    }
    EXPECT_EQ(kills, kKills);
    expect_completion(finish(arguments), objects);
  }

  unsigned seed_ = std::random_device()();
  std::mt19937 random_{seed_};
  const Holding& holding_ = shared_orthanc();
  Identifiers identifiers_{holding_.phantoms};
  TempDir outside_;
  LoopDisk disk_{256};
};

TEST_F(RawDisk, HoldsTheIdentifiersOfARunThatKeepsThem) {
  const RunResult run = finish({"get", "--everything"});
  EXPECT_EQ(run.exit_code, 0) << run.err;
  const std::size_t found = identifiers_.found_in(disk_.blocks()).size();
  EXPECT_GT(found, identifiers_.size() / 2);  // the objects' encoding or UTF-8
}

TEST_F(RawDisk, HoldsNoIdentifierAtAnyMomentOfADeIdentifyingGet) {
  expect_no_identifier_at_any_moment_of(basic({"get", "--everything"}), holding_.phantoms.size());
}

TEST_F(RawDisk, HoldsNoIdentifierAtAnyMomentOfADeIdentifyingBatch) {
  const std::string cohort = outside_.path() / "cohort.csv";
  std::set<std::string> patients;
  for (const Phantom& phantom : holding_.phantoms) patients.insert(phantom.patient_id);
  patients.erase("");
  std::string rows = "PatientID\n";
  for (const std::string& patient : patients) rows += patient + "\n";
  write_file(cohort, rows);
  const auto is_named = [](const Phantom& phantom) { return !phantom.patient_id.empty(); };
  expect_no_identifier_at_any_moment_of(
      basic({"batch", cohort, "--status", disk_.path() / "cohort.status.csv"}),
      uids_of(holding_.phantoms, is_named).size());
}

}  // namespace
}  // namespace dcm::test
