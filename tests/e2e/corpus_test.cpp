// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <optional>

#include "e2e/tool.hpp"
#include "support/oracle.hpp"
#include "support/read_back.hpp"
#include "support/temp_dir.hpp"

/// Public DICOM files, odd ones included, one after the other through an Orthanc.
namespace dcm::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr int kLeastAccepted = 220;

/// Beside the checkout, where there is one.
fs::path corpus() { return fs::path(__FILE__).parent_path() / "../../../shared/corpus"; }

std::vector<fs::path> corpus_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(corpus()))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

/// Lets the optimised program do this work where there is one: environment DICOM_CLIENT_RELEASE.
class FastestProgram {
 public:
  FastestProgram() {
    const char* fast = std::getenv("DICOM_CLIENT_RELEASE");
    if (const char* set = std::getenv("DICOM_CLIENT")) before_ = set;
    if (fast != nullptr && *fast != '\0') setenv("DICOM_CLIENT", fast, 1);
  }
  ~FastestProgram() {
    if (before_)
      setenv("DICOM_CLIENT", before_->c_str(), 1);
    else
      unsetenv("DICOM_CLIENT");
  }
  FastestProgram(const FastestProgram&) = delete;
  FastestProgram& operator=(const FastestProgram&) = delete;

 private:
  std::optional<std::string> before_;
};

/// What became of the files.
struct Tally {
  int files = 0, accepted = 0, retrieved = 0, compared = 0;
  std::vector<Pair> received, anonymized;
};

class CorpusRun {
 public:
  CorpusRun() : server_(orthanc_options({{"OverwriteInstances", true}})) {}

  /// Nothing if Orthanc does not take the file: it is not DICOM then, or too broken for it.
  [[nodiscard]] std::optional<Wish> offer(const fs::path& path) const {
    server_.delete_all();
    const HttpResponse answer = http(server_.http_port(), "POST", "/instances", read_file(path));
    if (answer.status != 200) return std::nullopt;
    const Json stored = Json::parse(answer.body);
    if (!stored.is_object()) return std::nullopt;
    const Json tags =
        Json::parse(http(server_.http_port(), "GET",
                         "/instances/" + stored.at("ID").get<std::string>() + "/simplified-tags")
                        .body);
    return Wish{.study_uid = tags.value("StudyInstanceUID", ""),
                .series_uid = tags.value("SeriesInstanceUID", ""),
                .sop_uid = tags.value("SOPInstanceUID", ""),
                .sop_class = tags.value("SOPClassUID", ""),
                .transfer_syntax = ""};
  }

  /// The one object there is, as the program writes it; empty if it does not.
  [[nodiscard]] std::string retrieve(const Wish& wish, std::vector<std::string> options) const {
    const TempDir folder;
    for (const auto& each : {"--level", "IMAGE", "--study-instance-uid", wish.study_uid.c_str(),
                             "--series-instance-uid", wish.series_uid.c_str(), "--sop-instance-uid",
                             wish.sop_uid.c_str(), "--jobs", "1"})
      options.emplace_back(each);
    const Got got = get(address_of(server_), folder.path() / "tree", options);
    EXPECT_EQ(got.run.exit_code, 0) << got.run.err;
    EXPECT_EQ(got.instances, std::set<std::string>{wish.sop_uid});
    const auto objects = objects_in(folder.path() / "tree");
    return objects.size() == 1 ? read_file(objects.begin()->second) : std::string();
  }

  [[nodiscard]] std::string sent(Wish wish, const std::string& transfer_syntax) const {
    wish.transfer_syntax = transfer_syntax;
    return record(address_of(server_), wish)[wish.sop_uid];
  }

 private:
  OrthancServer server_;
};

void pass_through(const CorpusRun& run, const fs::path& path, Tally& tally) {
  SCOPED_TRACE(path.filename());
  ++tally.files;
  const std::optional<Wish> wish = run.offer(path);
  if (!wish) return;
  ++tally.accepted;
  Pair received{path.filename(), run.retrieve(*wish, {}), {}};
  Pair anonymized{path.filename(), run.retrieve(*wish, {"--anonymize-data"}), {}};
  if (received.written.empty() || anonymized.written.empty()) return;
  ++tally.retrieved;
  received.sent = run.sent(*wish, transfer_syntax_of(received.written));
  if (received.sent.empty()) return;
  anonymized.sent = received.sent;
  EXPECT_EQ(objection_as_received(received), "");
  EXPECT_EQ(objection_anonymized(anonymized), "");
  ++tally.compared;
  tally.received.push_back(std::move(received));
  tally.anonymized.push_back(std::move(anonymized));
}

TEST(Corpus, ComesThroughOrthancAsSentAndAnonymizedByThe20AttributesOnly) {
  if (!fs::is_directory(corpus()))
    GTEST_SKIP() << "there is no corpus of public DICOM files at ../shared/corpus";
  const FastestProgram fastest;
  const CorpusRun run;
  Tally tally;
  for (const fs::path& path : corpus_files()) pass_through(run, path, tally);
  EXPECT_EQ(new_warnings(tally.received), "");
  EXPECT_EQ(new_warnings(tally.anonymized), "");
  std::cout << "corpus: " << tally.files << " files, " << tally.accepted << " accepted, "
            << tally.retrieved << " retrieved, " << tally.compared << " compared\n";
  EXPECT_GE(tally.accepted, kLeastAccepted);
  EXPECT_EQ(tally.retrieved, tally.accepted);
  EXPECT_EQ(tally.compared, tally.accepted);
}

}  // namespace
}  // namespace dcm::test
