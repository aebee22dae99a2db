// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>

#include "deid/rewritten.hpp"
#include "support/phantoms.hpp"

namespace dcm::deid {
namespace {

using test::DataSet;
using test::demographics;
using test::Encoded;
using test::Lengths;
using test::rewrite;
using test::Rewritten;
using test::Tree;
using test::operator""_tag;

bool is_one_of_the_twenty(Tag tag) {
  const auto& all = test::kDemographicTags;
  return std::find(all.begin(), all.end(), tag) != all.end();
}

bool goes(Tag tag) { return is_one_of_the_twenty(tag) || tag.is_group_length(); }

constexpr std::string_view kCanary = "CANARY";

/// The 20 attributes, each with a value that is found if it survives. With a VR that is wrong the
/// sequence among them holds its item in implicit VR, since no other would be read in implicit VR.
DataSet twenty(Vr vr) {
  DataSet out;
  const DataSet item = DataSet().text(0x00081155_tag, vr::kUI, kCanary);
  const DataSet implicit = DataSet().sequence(0x00081120_tag, {item}, Lengths::defined);
  const std::string disguised =
      encode(implicit, {.syntax = test::Encoding::Syntax::implicit_le}).substr(8);
  for (const Tag tag : test::kDemographicTags) {
    const bool sequence = tag == 0x00081120_tag;
    if (vr == vr::kSQ || (vr == vr::kNone && sequence))
      out.sequence(tag, {item});
    else if (sequence)
      out.bytes(tag, vr, disguised);
    else
      out.text(tag, vr == vr::kNone ? vr::kLO : vr, kCanary);
  }
  return out;
}

/// An object with the 20 attributes at top level and in every kind of nest.
DataSet carrier(Vr vr) {
  DataSet object = test::every_shape(twenty(vr));
  for (int depth = 1; depth <= 5; ++depth)
    object.sequence(Tag{0x0040, static_cast<std::uint16_t>(0xA700 + depth)},
                    {test::nested(depth - 1, twenty(vr))});
  return object.bytes(tags::kPixelData, vr::kOW, "PIXELS");
}

void expect_only_the_twenty_gone(const Encoded& object) {
  const Rewritten out = rewrite(demographics(), object.data_set, object.transfer_syntax);
  ASSERT_EQ(out.error.code, Errc::ok) << object.name;
  const Tree after = object.tree(out.data_set());
  EXPECT_EQ(after, without(object.tree(object.data_set), goes)) << object.name << "\n"
                                                                << outline(after);
}

TEST(Demographics, TakesOutTheTwentyAndNothingElseInEveryEncoding) {
  for (const Encoded& object : all_encodings(carrier(vr::kNone)))
    expect_only_the_twenty_gone(object);
}

TEST(Demographics, TakesThemOutWhateverTheirVr) {
  for (const char* vr : {"UN", "OB", "LT", "UI", "UT", "ZZ", "PN", "OW", "US", "UC", "XX", "SQ"})
    for (const Encoded& object : all_encodings(carrier(make_vr(vr))))
      expect_only_the_twenty_gone(object);
}

TEST(Demographics, LeavesNothingOfThemInTheBytes) {
  for (const char* vr : {"UN", "OB", "LT", "UI", "ZZ", "SQ"})
    for (const Encoded& object : all_encodings(carrier(make_vr(vr)))) {
      const bool deflated = object.transfer_syntax == test::uid::kDeflated;
      const Rewritten out = rewrite(demographics(), object.data_set, object.transfer_syntax);
      const std::string bytes = deflated ? test::inflated(out.data_set()) : out.data_set();
      EXPECT_EQ(bytes.find(kCanary), std::string::npos) << object.name << " " << vr;
    }
}

TEST(Demographics, ClearsEveryPhantom) {
  for (const test::Phantom& phantom : test::default_collection()) {
    const std::string data_set = test::data_set_of(phantom.bytes);
    const Encoded object{phantom.label, data_set, phantom.transfer_syntax};
    const ObjectInfo info{phantom.sop_class, phantom.sop_uid, phantom.transfer_syntax};
    Budget budget(2 * HeaderTape::kMaxBytes);
    Rewriter rewriter(demographics(), budget);
    const Rewritten out = rewrite(rewriter, data_set, info, 0, 1000);
    ASSERT_EQ(out.error.code, Errc::ok) << phantom.label;
    EXPECT_EQ(object.tree(out.data_set()), without(object.tree(data_set), goes)) << phantom.label;
  }
}

TEST(Demographics, TakesThemOutAfterPixelDataAndWhenTheyStandTwice) {
  for (const auto syntax : {test::uid::kImplicitLittle, test::uid::kExplicitLittle,
                            test::uid::kExplicitBig, test::uid::kDeflated}) {
    const auto name = [&](std::string_view value) {
      const DataSet data_set = DataSet().text(tags::kPatientName, vr::kPN, value);
      const auto encoding = test::syntax_of(syntax) == test::Encoding::Syntax::deflated
                                ? test::Encoding::Syntax::explicit_le
                                : test::syntax_of(syntax);
      return encode(data_set, {.syntax = encoding});
    };
    DataSet object = test::every_shape(twenty(vr::kNone));
    object.bytes(tags::kPixelData, vr::kOW, "PIXELS")
        .raw(0x00100011_tag, name("SECOND^CANARY"))
        .raw(0xFFFB0001_tag, name("AFTER^CANARY"))
        .sequence(0xFFFB0003_tag, {twenty(vr::kNone)});
    const std::string data_set = encode(object, {.syntax = test::syntax_of(syntax)});
    expect_only_the_twenty_gone({std::string(syntax), data_set, syntax});
  }
}

TEST(Demographics, LooksIntoASequenceSentAsObOfUndefinedLength) {
  using namespace std::string_literals;
  const std::string sequence =
      "\x08\x00\x15\x11OB\0\0\xFF\xFF\xFF\xFF"s  // (0008,1115), SQ in the dictionary
      "\xFE\xFF\x00\xE0\xFF\xFF\xFF\xFF"s        // item
      "\x10\x00\x10\x00PN\x08\x00"
      "DOE^JOHN"s                   // PatientName
      "\xFE\xFF\x0D\xE0\0\0\0\0"s   // end of the item
      "\xFE\xFF\xDD\xE0\0\0\0\0"s;  // end of the sequence
  DataSet data_set;
  data_set.text(0x00080016_tag, vr::kUI, test::kSecondaryCapture)
      .text(0x00080018_tag, vr::kUI, test::kInstance)
      .raw(0x00081115_tag, sequence);
  const Rewritten rewritten =
      rewrite(demographics(), test::encode(data_set, {}), test::uid::kExplicitLittle);
  ASSERT_EQ(rewritten.error.code, Errc::ok);
  EXPECT_EQ(rewritten.data_set().find("DOE"), std::string::npos);
  EXPECT_NE(rewritten.data_set().find("\x08\x00\x15\x11OB"s), std::string::npos);
}

TEST(Demographics, RefusesAKnownSequenceInDisguiseThatCannotBeRead) {
  using namespace std::string_literals;
  const std::string item =
      "\xFE\xFF\x00\xE0\x10\0\0\0"
      "\x10\x00\x10\x00PN\x08\x00"
      "DOE^JOHN"s;
  DataSet data_set;
  data_set.text(0x00080016_tag, vr::kUI, test::kSecondaryCapture)
      .text(0x00080018_tag, vr::kUI, test::kInstance)
      .exact_bytes(0x00081115_tag, vr::kUN, item + "\0x"s);
  const std::string bytes = test::encode(data_set, {});
  EXPECT_EQ(rewrite(demographics(), bytes, test::uid::kExplicitLittle).error.code,
            Errc::bad_length);
  EXPECT_EQ(rewrite(nullptr, bytes, test::uid::kExplicitLittle).data_set(), bytes);
}

TEST(Demographics, LooksIntoSequencesInDisguiseThatArePadded) {
  using namespace std::string_literals;
  const std::string item =
      "\xFE\xFF\x00\xE0\x10\0\0\0"
      "\x10\x00\x10\x00\x08\0\0\0"
      "DOE^JOHN"s;
  const std::string delimiter = "\xFE\xFF\xDD\xE0\0\0\0\0"s;
  for (const std::string& padding :
       {""s, "\0"s, "\0\0"s, std::string(7, '\0'), std::string(8, '\0'), std::string(9, '\0'),
        std::string(16, '\0'), delimiter}) {
    DataSet data_set;
    data_set.text(0x00080016_tag, vr::kUI, test::kSecondaryCapture)
        .text(0x00080018_tag, vr::kUI, test::kInstance)
        .exact_bytes(0x00091001_tag, vr::kUN, item + padding);
    const Rewritten rewritten =
        rewrite(demographics(), test::encode(data_set, {}), test::uid::kExplicitLittle);
    ASSERT_EQ(rewritten.error.code, Errc::ok) << padding.size();
    EXPECT_EQ(rewritten.data_set().find("DOE"), std::string::npos) << padding.size();
    EXPECT_TRUE(rewritten.data_set().ends_with(padding)) << padding.size();
  }
}

TEST(Demographics, LooksIntoALargeUnThatHoldsItems) {
  const DataSet inner =
      DataSet(twenty(vr::kNone)).bytes(0x00091002_tag, vr::kOB, std::string(3 << 20, 'x'));
  for (const Lengths lengths : {Lengths::defined, Lengths::undefined}) {
    DataSet object = test::every_shape({});
    object.un_sequence(0x00111001_tag, {inner, inner}, lengths)
        .bytes(tags::kPixelData, vr::kOW, "PIXELS");
    for (const std::string_view syntax : {test::uid::kImplicitLittle, test::uid::kExplicitLittle})
      expect_only_the_twenty_gone(
          {"large", encode(object, {.syntax = test::syntax_of(syntax)}), syntax});
  }
}

TEST(Demographics, PassesLargeValuesThrough) {
  std::string bulk((1 << 20) + 4096, '\0');
  for (std::size_t i = 0; i < bulk.size(); ++i) bulk[i] = static_cast<char>(i * i >> 7);
  DataSet object = test::every_shape(twenty(vr::kNone));
  object.bytes(0x00091020_tag, vr::kOB, bulk)
      .bytes(0x00091021_tag, vr::kUN, bulk)
      .bytes(0x00420011_tag, vr::kOB, bulk)
      .bytes(tags::kPatientName, vr::kOB, bulk)
      .bytes(tags::kPixelData, vr::kOW, bulk);
  for (const Encoded& encoded : all_encodings(object)) expect_only_the_twenty_gone(encoded);
}

TEST(Demographics, KeepsFragmentsAsTheyAre) {
  DataSet object = carrier(vr::kNone);
  object.fragments(tags::kPixelData, {"", std::string(5000, 'j'), "", "LAST"})
      .sequence(0xFFFB0003_tag, {twenty(vr::kNone)});
  for (const Lengths lengths : {Lengths::defined, Lengths::undefined})
    expect_only_the_twenty_gone(
        {"fragments", encode(object, {.sequences = lengths}), test::uid::kJpegBaseline});
}

TEST(Demographics, KeepsAnObjectWithNoneOfThemByteForByte) {
  DataSet object = test::every_shape({});
  object.bytes(tags::kPixelData, vr::kOW, "PIXELS");
  for (const std::string_view syntax :
       {test::uid::kImplicitLittle, test::uid::kExplicitLittle, test::uid::kExplicitBig}) {
    const std::string data_set = encode(object, {.syntax = test::syntax_of(syntax)});
    EXPECT_EQ(rewrite(demographics(), data_set, syntax).data_set(), data_set);
  }
}

TEST(Demographics, MakesNoMarks) {
  for (const Encoded& object : all_encodings(carrier(vr::kNone))) {
    const Rewritten out = rewrite(demographics(), object.data_set, object.transfer_syntax);
    for (const test::TreeNode& node : object.tree(out.data_set())) {
      EXPECT_NE(node.tag, 0x00120062_tag);
      EXPECT_NE(node.tag, 0x00120063_tag);
      EXPECT_NE(node.tag, 0x00120064_tag);
    }
  }
}

}  // namespace
}  // namespace dcm::deid
