// SPDX-License-Identifier: MIT
#include "deid/rewriter.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <future>

#include "deid/rewritten.hpp"
#include "dicom/file_meta.hpp"

namespace dcm::deid {
namespace {

using test::DataSet;
using test::demographics;
using test::Encoded;
using test::info_for;
using test::Lengths;
using test::rewrite;
using test::Rewritten;
using test::operator""_tag;

DataSet object_with(const DataSet& more) {
  return DataSet(more)
      .text(tags::kSopClassUid, vr::kUI, test::kSecondaryCapture)
      .text(tags::kSopInstanceUid, vr::kUI, test::kInstance);
}

DataSet patient() {
  return DataSet()
      .text(tags::kPatientName, vr::kPN, "DOE^JOHN")
      .text(tags::kPatientId, vr::kLO, "12345");
}

DataSet small_object() {
  return object_with(patient())
      .sequence(0x00081140_tag, {patient(), patient()})
      .un_sequence(0x00091001_tag, {patient()}, Lengths::defined)
      .bytes(tags::kPixelData, vr::kOW, "PIXELS")
      .sequence(0xFFFB0003_tag, {patient()});
}

std::vector<Encoded> all_objects() {
  DataSet native = test::every_shape(patient());
  native.bytes(tags::kPixelData, vr::kOW, "PIXELS");
  std::vector<Encoded> all = all_encodings(native);
  for (const Lengths lengths : {Lengths::defined, Lengths::undefined})
    all.push_back({"encapsulated",
                   encode(native.fragments(tags::kPixelData, {"", "FRAGMENT", "", "LAST"}),
                          {.sequences = lengths, .items = lengths}),
                   test::uid::kJpegBaseline});
  return all;
}

TEST(Rewriter, WritesItsOwnFileMetaBeforeTheDataSet) {
  for (const Project* project : {demographics(), static_cast<const Project*>(nullptr)}) {
    const std::string data_set = encode(small_object(), {});
    const Rewritten out = rewrite(project, data_set, test::uid::kExplicitLittle);
    const Result<ParsedFileMeta> meta = parse_file_meta(as_bytes(out.file));
    ASSERT_TRUE(meta);
    EXPECT_EQ(meta->meta.sop_class_uid, test::kSecondaryCapture);
    EXPECT_EQ(meta->meta.sop_instance_uid, test::kInstance);
    EXPECT_EQ(meta->meta.transfer_syntax_uid, test::uid::kExplicitLittle);
    EXPECT_EQ(out.file.substr(meta->data_set_offset), out.data_set());
  }
}

TEST(Rewriter, KeepsTheDataSetAsReceivedWithoutAProfile) {
  for (const Encoded& object : all_objects()) {
    const Rewritten out = rewrite(nullptr, object.data_set, object.transfer_syntax);
    EXPECT_EQ(out.error.code, Errc::ok) << object.name;
    EXPECT_EQ(out.data_set(), object.data_set) << object.name;
  }
}

TEST(Rewriter, WritesTheSameWhereverTheBytesAreCut) {
  for (const Encoded& object : all_encodings(small_object())) {
    const Rewritten whole = rewrite(demographics(), object.data_set, object.transfer_syntax);
    ASSERT_EQ(whole.error.code, Errc::ok) << object.name;
    Budget budget(2 * HeaderTape::kMaxBytes);
    Rewriter rewriter(demographics(), budget);
    for (std::size_t at = 0; at <= object.data_set.size(); ++at) {
      const Rewritten cut = rewrite(rewriter, object.data_set, info_for(object.transfer_syntax), at,
                                    object.data_set.size());
      ASSERT_EQ(cut.error.code, Errc::ok) << object.name << " at " << at;
      ASSERT_EQ(cut.file, whole.file) << object.name << " at " << at;
    }
  }
}

TEST(Rewriter, WritesTheSameInStepsOfAnySize) {
  for (const Encoded& object : all_objects()) {
    const Rewritten whole = rewrite(demographics(), object.data_set, object.transfer_syntax);
    ASSERT_EQ(whole.error.code, Errc::ok) << object.name;
    for (const std::size_t step : {1U, 2U, 3U, 7U, 8U, 11U, 12U, 13U, 100U})
      EXPECT_EQ(rewrite(demographics(), object.data_set, object.transfer_syntax, step).file,
                whole.file)
          << object.name << " by " << step;
  }
}

TEST(Rewriter, WritesALargeValueTheSameWhereverItIsCut) {
  const DataSet object =
      object_with(patient()).bytes(0x00091001_tag, vr::kOB, std::string((1 << 20) + 2, 'x'));
  const std::string data_set = encode(object, {});
  const std::string whole = rewrite(demographics(), data_set, test::uid::kExplicitLittle).file;
  const std::size_t value = data_set.find("xxx");
  Budget budget(2 * HeaderTape::kMaxBytes);
  Rewriter rewriter(demographics(), budget);
  for (std::size_t at = value - 12; at <= value + 12; ++at) {
    const Rewritten cut =
        rewrite(rewriter, data_set, info_for(test::uid::kExplicitLittle), at, data_set.size());
    EXPECT_EQ(cut.error.code, Errc::ok) << at;
    EXPECT_TRUE(cut.file == whole) << at;
  }
}

TEST(Rewriter, NeedsNoBudgetForALargeValueInOnePiece) {
  Budget empty(0);  // whoever asks it waits for ever
  Rewriter rewriter(demographics(), empty);
  const DataSet object = object_with(patient()).bytes(0x00091001_tag, vr::kOB,
                                                      std::string(HeaderTape::kMaxBytes + 2, 'x'));
  const std::string data_set = encode(object, {});
  const Rewritten out = rewrite(rewriter, data_set, info_for(test::uid::kExplicitLittle),
                                data_set.size(), data_set.size());
  EXPECT_EQ(out.error.code, Errc::ok);
  EXPECT_EQ(out.data_set().size(), data_set.size() - 16);
}

TEST(Rewriter, RefusesAnObjectWithoutOrWithAnotherInstanceUid) {
  DataSet object = small_object();
  for (const Project* project : {demographics(), static_cast<const Project*>(nullptr)}) {
    object.text(tags::kSopInstanceUid, vr::kUI, "1.2.3.5");
    EXPECT_EQ(rewrite(project, encode(object, {}), test::uid::kExplicitLittle).error.code,
              Errc::uid_mismatch);
    object.text(tags::kSopInstanceUid, vr::kUI, "");
    EXPECT_EQ(rewrite(project, encode(object, {}), test::uid::kExplicitLittle).error.code,
              Errc::missing_uid);
    object.erase(tags::kSopInstanceUid);
    EXPECT_EQ(rewrite(project, encode(object, {}), test::uid::kExplicitLittle).error.code,
              Errc::missing_uid);
  }
}

TEST(Rewriter, RefusesToBeginWithoutKnowingWhat) {
  Budget budget(2 * HeaderTape::kMaxBytes);
  Rewriter rewriter(nullptr, budget);
  test::StringSink sink;
  const auto code_of = [&](const ObjectInfo& info) {
    const Result<void> begun = rewriter.begin(info, sink);
    return begun ? Errc::ok : begun.error().code;
  };
  EXPECT_EQ(code_of(info_for("1.2.3")), Errc::unsupported_syntax);
  EXPECT_EQ(code_of({"1.2", "", std::string(test::uid::kExplicitLittle)}), Errc::missing_uid);
  EXPECT_EQ(code_of({"", "1.2", std::string(test::uid::kExplicitLittle)}), Errc::missing_uid);
  EXPECT_EQ(sink.text, "");
}

std::string broken(std::string_view hex) {
  return encode(object_with({}).raw(0x7FE10000_tag, test::from_hex(hex)), {});
}

TEST(Rewriter, RefusesMalformedObjectsAndTakesTheNext) {
  const std::pair<std::string, Errc> malformed[] = {
      {broken("10 00 10 00 50 4E 04 00 41 20"), Errc::truncated},
      {broken("10 00 10 00 70 6E 02 00 41 20 00 00"), Errc::bad_vr},
      {broken("FE FF 0D E0 00 00 00 00"), Errc::misplaced_item},
      {broken("08 00 40 11 53 51 00 00 08 00 00 00 FE FF 00 E0 01 00 00 00 00"), Errc::bad_length},
      {encode(object_with(test::nested(65, {})), {}), Errc::too_deep},
      {encode(
           object_with({}).text(0x0040A160_tag, vr::kUT, std::string(HeaderTape::kMaxBytes, 'x')),
           {}),
       Errc::header_limit}};
  const std::string good = encode(small_object(), {});
  for (const Project* project : {demographics(), static_cast<const Project*>(nullptr)}) {
    Budget budget(2 * HeaderTape::kMaxBytes);
    Rewriter rewriter(project, budget);
    const ObjectInfo info = info_for(test::uid::kExplicitLittle);
    for (const auto& [bytes, code] : malformed) {
      EXPECT_EQ(rewrite(rewriter, bytes, info, 100, 4096).error.code, code);
      EXPECT_EQ(rewrite(rewriter, good, info, 100, 4096).error.code, Errc::ok);
    }
  }
}

TEST(Rewriter, RefusesBrokenDeflatedObjects) {
  const std::string good = encode(small_object(), {.syntax = test::Encoding::Syntax::deflated});
  const auto code_of = [](std::string_view bytes) {
    return rewrite(demographics(), bytes, test::uid::kDeflated, 64).error.code;
  };
  EXPECT_EQ(code_of(good), Errc::ok);
  EXPECT_EQ(code_of(good.substr(0, good.size() / 2)), Errc::truncated);
  EXPECT_EQ(code_of(good + "garbage"), Errc::bad_deflate);
  EXPECT_EQ(code_of(std::string(16, '\xFF')), Errc::bad_deflate);
}

TEST(Rewriter, GivesItsShareBackWhenAnObjectFails) {
  Budget budget(HeaderTape::kMaxBytes);
  Rewriter rewriter(demographics(), budget);
  const DataSet big = object_with({}).text(0x0040A160_tag, vr::kUT, std::string(2 << 20, 'x'));
  const std::string bytes = encode(big, {}) + test::from_hex("FE FF 0D E0 00 00 00 00");
  const ObjectInfo info = info_for(test::uid::kExplicitLittle);
  EXPECT_EQ(rewrite(rewriter, bytes, info, 0, 65536).error.code, Errc::misplaced_item);
  auto free = std::async(std::launch::async, [&] { budget.take(HeaderTape::kMaxBytes); });
  const bool given_back = free.wait_for(std::chrono::seconds(10)) == std::future_status::ready;
  EXPECT_TRUE(given_back);
  if (!given_back) budget.give_back(HeaderTape::kMaxBytes);
}

TEST(Rewriter, GivesItsShareBackWhenTheSourceBreaksOff) {
  Budget budget(HeaderTape::kMaxBytes);
  Rewriter rewriter(demographics(), budget);
  test::StringSink sink;
  const std::string bytes =
      encode(object_with({}).text(0x0040A160_tag, vr::kUT, std::string(2 << 20, 'x')), {});
  ASSERT_TRUE(rewriter.begin(info_for(test::uid::kExplicitLittle), sink));
  ASSERT_TRUE(rewriter.feed(as_bytes(bytes)));
  rewriter.abandon();
  budget.take(HeaderTape::kMaxBytes);
}

TEST(Rewriter, SaysWhatTheObjectIsFiledBy) {
  DataSet object = small_object();
  object.text(tags::kSpecificCharacterSet, vr::kCS, "ISO_IR 100")
      .text(tags::kStudyDescription, vr::kLO,
            "Sch\xE4"
            "del")
      .text(tags::kSeriesNumber, vr::kUN, "7")
      .bytes(0x00111001_tag, vr::kOB, std::string(2 << 20, 'x'))
      .text(0x00200010_tag, vr::kSH, "AFTER BULK");
  for (const Project* project : {demographics(), static_cast<const Project*>(nullptr)}) {
    Budget budget(2 * HeaderTape::kMaxBytes);
    Rewriter rewriter(project, budget);
    const Rewritten out =
        rewrite(rewriter, encode(object, {}), info_for(test::uid::kExplicitLittle), 0, 999);
    ASSERT_EQ(out.error.code, Errc::ok);
    EXPECT_EQ(rewriter.written().text(tags::kPatientId), "12345");
    EXPECT_EQ(rewriter.written().text(tags::kStudyDescription),
              "Sch\xC3\xA4"
              "del");
    EXPECT_EQ(rewriter.written().text(tags::kSeriesNumber), "7");
    EXPECT_EQ(rewriter.written().text(0x00200010_tag), "AFTER BULK");
    EXPECT_FALSE(rewriter.written().has(tags::kPatientName));
  }
}

class CountingSink : public ByteSink {
 public:
  Result<void> write(Bytes bytes) override {
    count += bytes.size();
    return {};
  }
  std::uint64_t count = 0;
};

TEST(Rewriter, HoldsNothingOfThePixelData) {
  constexpr std::uint32_t kPixels = 200U << 20;
  DataSet object = small_object();
  object.erase(0xFFFB0003_tag).bytes(tags::kPixelData, vr::kOW, "");
  object.find(tags::kPixelData)->claimed_length = kPixels;
  const std::string header = encode(object, {});
  const std::string chunk(64 * 1024, 'p');
  Budget budget(2 * HeaderTape::kMaxBytes);
  Rewriter rewriter(demographics(), budget);
  CountingSink sink;
  rusage before{}, after{};
  ::getrusage(RUSAGE_SELF, &before);
  ASSERT_TRUE(rewriter.begin(info_for(test::uid::kExplicitLittle), sink));
  ASSERT_TRUE(rewriter.feed(as_bytes(header)));
  for (std::uint32_t sent = 0; sent < kPixels; sent += 64 * 1024)
    ASSERT_TRUE(rewriter.feed(as_bytes(chunk)));
  ASSERT_TRUE(rewriter.finish());
  ::getrusage(RUSAGE_SELF, &after);
  EXPECT_GT(sink.count, kPixels);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 8 * 1024) << "KiB";
}

TEST(Rewriter, PassesOnWhatItsOutputSays) {
  class Full : public ByteSink {
   public:
    Result<void> write(Bytes) override {
      if (left-- > 0) return {};
      return fail(Errc::io, {.detail = 28});
    }
    int left = 0;
  };
  const std::string data_set = encode(small_object(), {});
  Budget budget(2 * HeaderTape::kMaxBytes);
  Rewriter rewriter(demographics(), budget);
  Full full;
  EXPECT_EQ(rewriter.begin(info_for(test::uid::kExplicitLittle), full).error().code, Errc::io);
  full.left = 1;
  ASSERT_TRUE(rewriter.begin(info_for(test::uid::kExplicitLittle), full));
  EXPECT_EQ(rewriter.feed(as_bytes(data_set)).error(), (Error{.code = Errc::io, .detail = 28}));
}

/// A profile of one rule for the private element (0029,"ACME12",20).
Project with_rule(Profile::Base base, Action action) {
  Project project = test::project_of("basic");
  project.profile = Profile({.name = "own",
                             .base = base,
                             .rules = {{.kind = UserRule::Kind::private_attribute,
                                        .tag = {0x0029, 0x0020},
                                        .creator = "ACME12",
                                        .action = action}}});
  return project;
}

TEST(Rewriter, DealsWithALargePrivateValueByTheRuleForItsCreator) {
  const std::string large(2U << 20, 'Q');
  for (const char* creator : {"ACME12", "ACME12 "})
    for (const Profile::Base base : {Profile::Base::demographics, Profile::Base::ps3_15})
      for (const Action action : {Action::keep, Action::remove, Action::empty, Action::hash}) {
        const DataSet object = object_with(DataSet()
                                               .text(0x0020000D_tag, vr::kUI, "1.2.3.5")
                                               .text(0x00290010_tag, vr::kLO, creator)
                                               .bytes(0x00291020_tag, vr::kOB, large)
                                               .text(0x00400244_tag, vr::kDA, "20200101"));
        const Project project = with_rule(base, action);
        const Rewritten out = rewrite(&project, encode(object, {}), test::uid::kExplicitLittle);
        ASSERT_EQ(out.error.code, Errc::ok);
        const test::Tree tree = test::parse_tree(out.data_set(), Encoding::explicit_le);
        const auto found = std::find_if(tree.begin(), tree.end(), [](const test::TreeNode& node) {
          return node.tag == 0x00291020_tag;
        });
        const bool there = action == Action::keep || action == Action::empty;
        ASSERT_EQ(found != tree.end(), there);
        if (there) {
          EXPECT_EQ(found->value, action == Action::keep ? large : "");
        }
      }
}

}  // namespace
}  // namespace dcm::deid
