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

// Orthanc 1.10 takes these and can send them to nobody: SOPClassUID as UN, and a transfer syntax
// that its DCMTK cannot write.
const std::set<std::string> kNeverSent = {"explicit_VR-UN.dcm", "liver_deflate.dcm",
                                          "liver_nonbyte_aligned_deflate.dcm", "rtdose_rle.dcm",
                                          "rtdose_rle_1frame.dcm"};

fs::path corpus() { return DCM_CORPUS_DIR; }

std::vector<fs::path> corpus_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(corpus()))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

/// What became of the files.
struct Tally {
  int files = 0, accepted = 0, retrieved = 0, compared = 0;
  std::set<std::string> never_sent = {};
  std::vector<Pair> received, anonymized;
};

bool is_uid(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789.") == std::string::npos;
}

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
    const std::string instance = "/instances/" + stored.at("ID").get<std::string>();
    const Json tags = Json::parse(http(server_.http_port(), "GET", instance + "/tags?short").body);
    return Wish{.study_uid = tags.value("0020,000d", ""),
                .series_uid = tags.value("0020,000e", ""),
                .sop_uid = tags.value("0008,0018", ""),
                .sop_class = tags.value("0008,0016", ""),
                .transfer_syntax = ""};
  }

  /// The one object there is, by its UIDs.
  [[nodiscard]] Got retrieve(const Wish& wish, const fs::path& tree,
                             std::vector<std::string> options) const {
    options.insert(options.end(), {"--level", "IMAGE", "--jobs", "1"});
    if (is_uid(wish.study_uid) && is_uid(wish.series_uid) && is_uid(wish.sop_uid))
      options.insert(options.end(),
                     {"--study-instance-uid", wish.study_uid, "--series-instance-uid",
                      wish.series_uid, "--sop-instance-uid", wish.sop_uid});
    else
      options.emplace_back("--everything");
    return get(address_of(server_), tree, std::move(options));
  }

  /// What the server sends in a transfer syntax; empty if it does not.
  [[nodiscard]] std::string sent(Wish wish, const std::string& transfer_syntax) const {
    wish.transfer_syntax = transfer_syntax;
    return record(address_of(server_), wish)[wish.sop_uid];
  }

  /// Whether getscu gets nothing either, whatever it proposes.
  [[nodiscard]] bool is_sent_to_nobody(const Wish& wish) const {
    const std::vector<std::string> options = {"+x=", "+xi", "+xd", "+xr", "+xs", "+xv"};
    return std::all_of(options.begin(), options.end(), [&](const std::string& option) {
      try {
        return record_by_getscu(address_of(server_), wish, option).empty();
      } catch (const std::runtime_error&) {
        return true;
      }
    });
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
  const TempDir folder;
  const Got received = run.retrieve(*wish, folder.path() / "received", {});
  if (received.instances.empty() && run.is_sent_to_nobody(*wish)) {
    EXPECT_NE(received.run.exit_code, 0);
    tally.never_sent.insert(path.filename());
    return;
  }
  const Got anonymized = run.retrieve(*wish, folder.path() / "anonymized", {"--anonymize-data"});
  EXPECT_EQ(received.run.exit_code, 0) << received.run.err;
  EXPECT_EQ(anonymized.run.exit_code, 0) << anonymized.run.err;
  ASSERT_EQ(received.instances, std::set<std::string>{wish->sop_uid});
  ASSERT_EQ(anonymized.instances, std::set<std::string>{wish->sop_uid});
  ++tally.retrieved;
  Pair as_received{
      path.filename(), read_file(objects_in(folder.path() / "received").at(wish->sop_uid)), {}};
  as_received.sent = run.sent(*wish, transfer_syntax_of(as_received.written));
  ASSERT_FALSE(as_received.sent.empty());
  Pair as_anonymized{path.filename(),
                     read_file(objects_in(folder.path() / "anonymized").at(wish->sop_uid)),
                     as_received.sent};
  EXPECT_EQ(objection_as_received(as_received), "");
  EXPECT_EQ(objection_anonymized(as_anonymized), "");
  ++tally.compared;
  tally.received.push_back(std::move(as_received));
  tally.anonymized.push_back(std::move(as_anonymized));
}

TEST(Corpus, ComesThroughOrthancAsSentAndAnonymizedByThe20AttributesOnly) {
  // The files are public, but not the project's to carry; ctest counts the suite as skipped.
  if (!fs::is_directory(corpus())) {
    std::cout << "corpus: skipped, there are no public DICOM files at " << corpus() << "\n";
    GTEST_SKIP();
  }
  const FastestProgram fastest;
  const CorpusRun run;
  Tally tally;
  for (const fs::path& path : corpus_files()) pass_through(run, path, tally);
  EXPECT_EQ(new_warnings(tally.received), "");
  EXPECT_EQ(new_warnings(tally.anonymized), "");
  std::cout << "corpus: " << tally.files << " files, " << tally.accepted << " accepted ("
            << tally.never_sent.size() << " of them Orthanc sends to nobody), " << tally.retrieved
            << " retrieved, " << tally.compared << " compared\n";
  EXPECT_GE(tally.accepted, kLeastAccepted);
  EXPECT_EQ(tally.never_sent, kNeverSent);
  EXPECT_EQ(tally.retrieved + static_cast<int>(tally.never_sent.size()), tally.accepted);
  EXPECT_EQ(tally.compared, tally.retrieved);
}

}  // namespace
}  // namespace dcm::test
