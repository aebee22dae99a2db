// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <memory>

#include "e2e/tool.hpp"
#include "support/oracle.hpp"
#include "support/read_back.hpp"
#include "support/temp_dir.hpp"

/// Written files against what the same server sends to DCMTK on the same presentation context.
namespace dcm::test {
namespace {

/// A server, what it holds, and in which transfer syntaxes that is to arrive.
struct Source {
  std::string name;
  std::set<std::string> syntaxes;
  std::vector<std::string> arguments = {};  ///< of a dcmqrscp; empty: a shared server
};

std::vector<Source> sources() {
  const auto text = [](std::string_view uid) { return std::string(uid); };
  const std::string plain = text(uid::kExplicitLittle);
  std::vector<Source> all = {
      {"Orthanc",
       {plain, text(uid::kDeflated), text(uid::kJpegBaseline), text(uid::kJpegLossless),
        text(uid::kJpegLsLossless), text(uid::kRle)}},
      {"Dcmqrscp", {plain}},
      {"DcmqrscpImplicit", {text(uid::kImplicitLittle)}, {"+xi"}}};
  const std::map<std::string, std::string_view> compressed = {
      {"DcmqrscpDeflated", uid::kDeflated},
      {"DcmqrscpJpegBaseline", uid::kJpegBaseline},
      {"DcmqrscpJpegLossless", uid::kJpegLossless},
      {"DcmqrscpJpegLs", uid::kJpegLsLossless},
      {"DcmqrscpRle", uid::kRle}};
  for (const auto& [name, syntax] : compressed)
    all.push_back({name, {text(syntax)}, dcmqrscp_arguments(syntax)});
  return all;
}

class Fidelity : public ::testing::TestWithParam<Source> {
 protected:
  void SetUp() override {
    const Source& source = GetParam();
    if (source.arguments.empty()) {
      held_ = source.name == "Orthanc" ? shared_orthanc() : shared_dcmqrscp();
      return;
    }
    own_ = std::make_unique<DcmqrscpServer>(DcmqrscpServer::Options{.arguments = source.arguments});
    held_.address = address_of(*own_);
    for (Phantom& each :
         source.arguments.front() == "+xi" ? some_of_each_kind() : compressed_collection())
      if (source.syntaxes.contains(each.transfer_syntax)) held_.phantoms.push_back(each);
    ASSERT_TRUE(own_->store(held_.phantoms));
  }

  /// Retrieves all that there is and finds for each written file what the server sent.
  void retrieve(std::vector<std::string> arguments) {
    arguments.emplace_back("--everything");
    const Got got = get(held_.address, folder_.path() / "tree", std::move(arguments));
    ASSERT_EQ(got.run.exit_code, 0) << got.run.err;
    ASSERT_EQ(got.instances, uids_of(held_.phantoms, [](const Phantom&) { return true; }));
    const auto objects = objects_in(folder_.path() / "tree");
    std::set<std::string> syntaxes;
    for (const Phantom& phantom : held_.phantoms) {
      pairs_.push_back({phantom.label, read_file(objects.at(phantom.sop_uid)), {}});
      syntaxes.insert(transfer_syntax_of(pairs_.back().written));
      pairs_.back().sent = sent(phantom, transfer_syntax_of(pairs_.back().written));
      ASSERT_FALSE(pairs_.back().sent.empty()) << phantom.label;
    }
    EXPECT_EQ(syntaxes, GetParam().syntaxes);
  }

  [[nodiscard]] const std::vector<Pair>& pairs() const { return pairs_; }

 private:
  static std::vector<Phantom> some_of_each_kind() {
    std::vector<Phantom> some = default_collection();
    for (Phantom& each : some)
      if (each.transfer_syntax != uid::kDeflated) each.transfer_syntax = uid::kImplicitLittle;
    return some;
  }

  std::string sent(const Phantom& phantom, const std::string& transfer_syntax) {
    // Kept for the next test of a shared server; others have another port.
    static std::map<std::string, std::map<std::string, std::string>> recorded;
    auto [at, is_new] = recorded.try_emplace(std::to_string(held_.address.port) + "/" +
                                             phantom.series_uid + "/" + transfer_syntax);
    if (is_new)
      at->second = record(held_.address, {.study_uid = phantom.study_uid,
                                          .series_uid = phantom.series_uid,
                                          .sop_class = phantom.sop_class,
                                          .transfer_syntax = transfer_syntax});
    return at->second[phantom.sop_uid];
  }

  std::unique_ptr<DcmqrscpServer> own_;
  Holding held_;
  TempDir folder_;
  std::vector<Pair> pairs_;
};

TEST_P(Fidelity, StoresWhatWasSentByteForByte) {
  retrieve({});
  ASSERT_FALSE(HasFatalFailure());
  for (const Pair& each : pairs()) EXPECT_EQ(objection_as_received(each), "");
  EXPECT_EQ(new_warnings(pairs()), "");
}

TEST_P(Fidelity, AnonymizedLacksThe20AttributesAndNothingElse) {
  retrieve({"--anonymize-data"});
  ASSERT_FALSE(HasFatalFailure());
  for (const Pair& each : pairs()) {
    EXPECT_EQ(objection_anonymized(each), "");
    EXPECT_NE(objection_as_received(each), "") << "there was nothing to remove";
  }
  EXPECT_EQ(new_warnings(pairs()), "");
}

INSTANTIATE_TEST_SUITE_P(From, Fidelity, ::testing::ValuesIn(sources()),
                         [](const auto& tested) { return tested.param.name; });

// Orthanc takes a transfer syntax that its DCMTK cannot write. It then lists the failed instance in
// the command set of its C-GET responses, where no standard puts it.
TEST(FidelityBesideAFailure, OrthancSendsAllButWhatItCannotSend) {
  const OrthancServer server(orthanc_options());
  std::vector<Phantom> phantoms;
  for (int i = 1; i <= 3; ++i) phantoms.push_back(make_phantom(Kind::ct, {.instance = i}));
  DataSet unsendable = make_data_set(Kind::ct, {.instance = 2});
  unsendable.fragments(tags::kPixelData, {"", "DEFLATED FRAME"});
  phantoms[1].bytes = file_bytes_around(encode(unsendable, {}), "1.2.840.10008.1.2.8.1",
                                        phantoms[1].sop_class, phantoms[1].sop_uid);
  ASSERT_TRUE(server.store(phantoms));
  for (const char* jobs : {"1", "4"}) {
    const TempDir folder;
    const Got got =
        get(address_of(server), folder.path() / "tree", {"--patient-id", "12345", "--jobs", jobs});
    EXPECT_EQ(got.instances, (std::set<std::string>{phantoms[0].sop_uid, phantoms[2].sop_uid}));
    EXPECT_EQ(got.run.exit_code, 2) << got.run.err;
    EXPECT_EQ(got.count("stored"), 2);
    EXPECT_EQ(got.count("failed") + got.count("missing"), 1) << got.run.out;
  }
}

TEST(Oracle, RecordsWhatGetscuRecords) {
  const Holding& server = shared_dcmqrscp();
  const Phantom& one = server.phantoms.front();
  const Wish wish = {.study_uid = one.study_uid,
                     .series_uid = one.series_uid,
                     .sop_class = one.sop_class,
                     .transfer_syntax = std::string(uid::kExplicitLittle)};
  const auto recorded = record(server.address, wish);
  const auto by_getscu = record_by_getscu(server.address, wish, "+xi");
  ASSERT_EQ(recorded.size(), 3U);
  ASSERT_EQ(by_getscu.size(), 3U);
  for (const auto& [sop_uid, file] : recorded)
    EXPECT_TRUE(data_set_of(file) == data_set_of(by_getscu.at(sop_uid))) << sop_uid;
}

TEST(Oracle, ObjectsToEveryKindOfDifference) {
  const Phantom one = make_phantom(Kind::ct, {});
  DataSet less = make_data_set(Kind::ct, {});
  for (const Tag tag : kDemographicTags) less.erase(tag);
  const std::string top_level_only = file_bytes(less, uid::kExplicitLittle);
  EXPECT_EQ(objection_as_received({"", one.bytes, one.bytes}), "");
  EXPECT_NE(objection_as_received({"", top_level_only, one.bytes}), "");
  EXPECT_NE(objection_anonymized({"", one.bytes, one.bytes}), "") << "nothing removed";
  EXPECT_NE(objection_anonymized({"", top_level_only, one.bytes}), "") << "nested ones left";
  EXPECT_NE(objection_anonymized({"", one.bytes.substr(0, one.bytes.size() - 1), one.bytes}), "");
  const DataSet name = DataSet(DataSet().text(tags::kSopClassUid, vr::kUI, "1.2"))
                           .text(tags::kSopInstanceUid, vr::kUI, "1.2.3")
                           .text(0x00100020_tag, vr::kLO, "ID");
  const std::string bare = file_bytes(name, uid::kExplicitLittle);
  const std::string named =
      file_bytes(DataSet(name).text(tags::kPatientName, vr::kPN, "DOE^J"), uid::kExplicitLittle);
  const std::string other =
      file_bytes(DataSet(name).text(0x00100020_tag, vr::kLO, "XX"), uid::kExplicitLittle);
  EXPECT_EQ(objection_anonymized({"", bare, named}), "");
  EXPECT_NE(objection_anonymized({"", other, named}), "");
}

}  // namespace
}  // namespace dcm::test
