// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>

#include "e2e/tool.hpp"
#include "support/read_back.hpp"
#include "support/temp_dir.hpp"

/// What a de-identifying run says and writes beside the objects names nobody.
namespace dcm::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using Texts = std::vector<std::string>;

constexpr std::string_view kUidRoot = "1.2.826.0.1.3680043.10.1337.";

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

/// Whether `word`, in upper case, stands in `text` with no letter or digit at its sides.
bool mentions(const std::string& text, const std::string& word) {
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !is_word(text[at - 1])) && (end == text.size() || !is_word(text[end])))
      return true;
  }
  return false;
}

/// Words that tell who the patients of phantoms are, in upper case.
class Secrets {
 public:
  explicit Secrets(const std::vector<Phantom>& phantoms) {
    for (const char* word : {"PHANTOM HOSPITAL", "PHANTOM_HOSPITAL", "PHANTOM LANE", "PHANTOM_LANE",
                             "REFERRER", "RITA", "MAIDEN", "GUARDIAN", "OBSERVER", "OTTO",
                             "555 0100", "CORPORAL", "PHANTOMESE", "19700131", "1970-01-31"})
      words_.insert(word);
    for (const Phantom& phantom : phantoms) add(phantom);
  }

  /// Those that a text holds, each behind where it was found.
  void find_in(const std::string& text, const std::string& where, Texts& found) const {
    const std::string loud = upper(text);
    if (loud.find(kUidRoot) != loud.npos) found.push_back(where + ": a UID");
    for (const std::string& word : words_)
      if (mentions(loud, word)) found.push_back(where + ": " + word);
  }

 private:
  void add(const Phantom& phantom) {
    const std::string& date = phantom.study_date;
    if (!phantom.patient_id.empty()) words_.insert(upper(phantom.patient_id));
    words_.insert(date);
    words_.insert(date.substr(0, 4) + "-" + date.substr(4, 2) + "-" + date.substr(6));
    std::string part;
    for (const char c : phantom.patient_name + "^") {
      if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
        part += c;
        continue;
      }
      // Shorter ones are words of any text, and so is PATH.
      if (part.size() > 2 && part != "PATH") words_.insert(upper(part));
      part.clear();
    }
  }

  std::set<std::string> words_;
};

class Silence : public ::testing::TestWithParam<std::string> {
 protected:
  Silence() {
    write_file(at("key"), std::string(32, 'k'));
    fs::permissions(at("key"), fs::perms::owner_read);
  }

  [[nodiscard]] fs::path at(const std::string& name) const { return folder_.path() / name; }

  [[nodiscard]] Texts with_profile(Texts arguments) const {
    arguments.insert(arguments.end(), {"--profile", GetParam(), "--key-file", at("key")});
    return arguments;
  }

  /// Everything but the objects: what was printed, names, and other files.
  [[nodiscard]] Texts found_beside_objects(const Secrets& secrets, const RunResult& run,
                                           const fs::path& tree) const {
    Texts found;
    secrets.find_in(run.out, "stdout", found);
    secrets.find_in(run.err, "stderr", found);
    for (const auto& entry : fs::recursive_directory_iterator(tree)) {
      const fs::path path = entry.path().lexically_relative(tree);
      secrets.find_in(path, "name " + path.string(), found);
      if (entry.is_regular_file() && entry.path().extension() != ".dcm")
        secrets.find_in(read_file(entry.path()), path, found);
    }
    return found;
  }

 private:
  TempDir folder_;
};

INSTANTIATE_TEST_SUITE_P(Under, Silence, ::testing::Values("basic", "research"),
                         [](const auto& tested) { return tested.param; });

TEST_P(Silence, OfTheSearchItselfIsNoAccident) {
  const Secrets secrets({make_phantom(Kind::ct, {})});
  for (const char* text : {"the Doe family", "ID 12345.", "of 2023-01-01",
                           "1.2.826.0.1.3680043.10."
                           "1337.1.1"}) {
    Texts found;
    secrets.find_in(text, "", found);
    EXPECT_EQ(found.size(), 1U) << text;
  }
}

TEST_P(Silence, OfAnonymizeAboutThePatients) {
  std::vector<Phantom> phantoms = default_collection();
  for (Phantom& each : compressed_collection()) phantoms.push_back(std::move(each));
  write_files(phantoms, at("input"));
  for (const std::string way : {"text", "--json", "--dry-run"}) {
    SCOPED_TRACE(way);
    Texts arguments = with_profile({"anonymize", at("input"), "--output", at(way)});
    if (way != "text") arguments.push_back(way);
    const RunResult run = run_tool(arguments);
    EXPECT_EQ(run.exit_code, 0) << run.err;
    if (way == "--dry-run") fs::create_directories(at(way));
    EXPECT_EQ(found_beside_objects(Secrets(phantoms), run, at(way)), Texts());
  }
}

TEST_P(Silence, OfGetAboutThePatients) {
  for (const WhichServer which : kBothServers) {
    const Holding& holding = shared(which);
    for (const std::string way : {"text", "--json"}) {
      SCOPED_TRACE(name_of(which) + " " + way);
      const fs::path tree = at(name_of(which) + way);
      Texts arguments = with_profile({"get", "--everything", "--output", tree});
      if (way != "text") arguments.push_back(way);
      const RunResult run = run_tool_at(holding.address, arguments);
      EXPECT_EQ(run.exit_code, 0) << run.err;
      EXPECT_EQ(found_beside_objects(Secrets(holding.phantoms), run, tree), Texts());
    }
  }
}

// ---- the names of files and folders that people give

class SilenceAboutPaths : public Silence {
 protected:
  SilenceAboutPaths() {
    const std::string whole = make_phantom(Kind::ct, {}).bytes;
    write_file(at("DOE_JOHN") / "DOE_JOHN.dcm", whole.substr(0, whole.size() / 2));
    write_file(at("DOE_JOHN") / "DOE_JOHN.txt", "no DICOM");
    write_file(at("DOE_JOHN") / "DOE_JOHN_2.dcm", make_phantom(Kind::secondary_capture, {}).bytes);
  }

  static void expect_silence(const std::string& text) {
    EXPECT_EQ(upper(text).find("DOE"), std::string::npos) << text;
  }
};

INSTANTIATE_TEST_SUITE_P(Under, SilenceAboutPaths,
                         ::testing::Values("demographics", "basic", "research"),
                         [](const auto& tested) { return tested.param; });

TEST_P(SilenceAboutPaths, IsKeptWhateverIsWrongWithTheFiles) {
  for (const char* way : {"--dry-run", "--json", "--report-paths"}) {
    SCOPED_TRACE(way);
    Texts arguments = {"anonymize", at("DOE_JOHN"), "--output", at(way),
                       way,         "--profile",    GetParam()};
    if (GetParam() != "demographics") arguments.insert(arguments.end(), {"--key-file", at("key")});
    const bool asked = way == std::string("--report-paths");
    if (asked) arguments.emplace_back("--json");
    const RunResult run = run_tool(arguments);
    EXPECT_EQ(run.exit_code, 6) << run.err;
    expect_silence(run.err);
    if (asked)
      EXPECT_NE(run.out.find("DOE_JOHN.dcm"), std::string::npos) << run.out;
    else
      expect_silence(run.out);
  }
}

TEST_P(SilenceAboutPaths, IsKeptAboutThoseThatAreNotThere) {
  for (const fs::path& path : {at("DOE_JANE"), at("DOE_JOHN") / "DOE_JOHN.txt" / "x"}) {
    const RunResult run = run_tool({"anonymize", at("DOE_JOHN"), path, "--output", at("tree"),
                                    "--profile", "basic", "--key-file", at("key"), "--json"});
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_NE(run.err.find("path number 2"), std::string::npos) << run.err;
    expect_silence(run.err + run.out);
    EXPECT_FALSE(fs::exists(at("tree")));
  }
}

}  // namespace
}  // namespace dcm::test
