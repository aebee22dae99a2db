// SPDX-License-Identifier: MIT
#include "dicom/header_tape.hpp"

#include <gtest/gtest.h>

#include <future>
#include <string>

#include "support/parsed_tree.hpp"
#include "support/samples.hpp"

namespace dcm {
namespace {

using test::Lengths;
using test::operator""_tag;

constexpr std::size_t kTwoShares = 2 * HeaderTape::kMaxBytes;

Result<void> record(HeaderTape& tape, ElementReader& reader, std::string_view bytes) {
  reader.feed(as_bytes(bytes));
  for (;;) {
    DCM_TRY(const Event event, reader.next());
    if (event.kind == Event::Kind::need_input) return {};
    DCM_CHECK(tape.append(event, reader.open()));
  }
}

Result<void> record(HeaderTape& tape, std::string_view bytes, Encoding encoding) {
  ElementReader reader(encoding);
  return record(tape, reader, bytes);
}

std::size_t elements_on(const HeaderTape& tape) {
  std::size_t count = 0;
  for (const TapeRecord& each : tape.records())
    count += each.tag.group == tags::kItem.group ? 0 : 1;
  return count;
}

TEST(HeaderTape, KeepsAllBytesAsTheyCame) {
  for (const test::Sample& sample : test::samples()) {
    Budget budget(kTwoShares);
    HeaderTape tape(budget);
    ASSERT_TRUE(record(tape, sample.bytes, sample.encoding)) << sample.name;
    EXPECT_EQ(as_text(tape.bytes()), sample.bytes) << sample.name;
  }
}

TEST(HeaderTape, HoldsEveryElementAtEveryDepth) {
  for (const test::Sample& sample : test::samples()) {
    Budget budget(kTwoShares);
    HeaderTape tape(budget);
    ASSERT_TRUE(record(tape, sample.bytes, sample.encoding)) << sample.name;
    const test::Tree tree = test::parse_tree(sample.bytes, sample.encoding);
    EXPECT_EQ(elements_on(tape), test::count_elements(tree)) << sample.name << outline(tree);
  }
}

TEST(HeaderTape, IsTheSameWhereverTheBytesAreCut) {
  const test::Sample sample = test::samples().at(3);
  Budget budget(kTwoShares);
  HeaderTape whole(budget);
  ASSERT_TRUE(record(whole, sample.bytes, sample.encoding));
  for (std::size_t at = 0; at <= sample.bytes.size(); ++at) {
    HeaderTape tape(budget);
    ElementReader reader(sample.encoding);
    ASSERT_TRUE(record(tape, reader, std::string_view(sample.bytes).substr(0, at)));
    ASSERT_TRUE(record(tape, reader, std::string_view(sample.bytes).substr(at)));
    ASSERT_EQ(tape.records().size(), whole.records().size()) << at;
    for (std::size_t i = 0; i < tape.records().size(); ++i) {
      EXPECT_EQ(tape.records()[i].tag, whole.records()[i].tag);
      EXPECT_EQ(tape.records()[i].offset, whole.records()[i].offset);
      EXPECT_EQ(tape.records()[i].depth, whole.records()[i].depth);
      EXPECT_EQ(tape.subtree_end(i), whole.subtree_end(i));
    }
  }
}

// The item in `value` is in one of three encodings; the element around it claims to be `vr`.
struct Disguise {
  Vr vr;
  std::string value;
};

std::vector<Disguise> disguises() {
  std::vector<Disguise> all;
  const test::DataSet inner = test::DataSet().text(tags::kPatientName, vr::kPN, "DOE^J");
  for (const auto syntax :
       {test::Encoding::Syntax::implicit_le, test::Encoding::Syntax::explicit_le,
        test::Encoding::Syntax::explicit_be})
    for (const Lengths lengths : {Lengths::defined, Lengths::undefined})
      for (const char* vr : {"UN", "OB", "OW", "LT", "UT", "LO", "UI", "ZZ", "UR"}) {
        const std::string bytes =
            encode(test::DataSet().sequence(0x00081140_tag, {inner, inner}),
                   {.syntax = syntax, .sequences = Lengths::defined, .items = lengths});
        const bool implicit = syntax == test::Encoding::Syntax::implicit_le;
        all.push_back({make_vr(vr), bytes.substr(implicit ? 8 : 12)});
      }
  return all;
}

TEST(HeaderTape, FindsSequencesInDisguise) {
  for (const Disguise& disguise : disguises())
    for (const auto syntax :
         {test::Encoding::Syntax::implicit_le, test::Encoding::Syntax::explicit_le,
          test::Encoding::Syntax::explicit_be}) {
      test::DataSet data_set;
      data_set.raw(0x00091001_tag, {}).raw(0x00091001_tag, {});
      test::DataSet plain;
      plain.exact_bytes(0x00091001_tag, vr::kUN, disguise.value);
      std::string bytes = encode(plain, {.syntax = syntax});
      if (syntax != test::Encoding::Syntax::implicit_le) {
        plain.exact_bytes(0x00091001_tag, vr::kOB, "").find(0x00091001_tag)->vr = disguise.vr;
        plain.find(0x00091001_tag)->claimed_length =
            static_cast<std::uint32_t>(disguise.value.size());
        bytes = encode(plain, {.syntax = syntax}) + disguise.value;
      }
      Budget budget(kTwoShares);
      HeaderTape tape(budget);
      ASSERT_TRUE(record(tape, bytes, test::encoding_of(syntax)));
      EXPECT_EQ(elements_on(tape), 3U) << static_cast<unsigned>(disguise.vr);
      EXPECT_EQ(tape.records()[0].kind, TapeRecord::Kind::sequence);
      EXPECT_EQ(tape.records()[2].tag, tags::kPatientName);
      EXPECT_EQ(as_text(tape.value(tape.records()[2])), "DOE^J ");
    }
}

TEST(HeaderTape, LeavesValuesThatOnlyBeginLikeASequence) {
  Budget budget(kTwoShares);
  HeaderTape tape(budget);
  const std::string bytes =
      test::from_hex("09 00 01 10 4F 42 00 00 0C 00 00 00  FE FF 00 E0 02 00 00 00 01 02 03 04");
  ASSERT_TRUE(record(tape, bytes, Encoding::explicit_le));
  ASSERT_EQ(tape.records().size(), 1U);
  EXPECT_EQ(tape.records()[0].kind, TapeRecord::Kind::element);
  EXPECT_EQ(tape.value(tape.records()[0]).size(), 12U);
}

test::DataSet nested_un(int depth, Lengths lengths) {
  test::DataSet out;
  out.text(tags::kPatientName, vr::kPN, "DOE^J");
  for (int i = 0; i < depth; ++i) out = test::DataSet().un_sequence(0x00091001_tag, {out}, lengths);
  return out;
}

TEST(HeaderTape, FollowsSixtyFourSequencesInDisguiseAndRefusesSixtyFive) {
  const auto code_of = [](const test::DataSet& data_set) {
    Budget budget(kTwoShares);
    HeaderTape tape(budget);
    const Result<void> result = record(tape, encode(data_set, {}), Encoding::explicit_le);
    return result ? Errc::ok : result.error().code;
  };
  EXPECT_EQ(code_of(nested_un(64, Lengths::defined)), Errc::ok);
  EXPECT_EQ(code_of(nested_un(65, Lengths::defined)), Errc::too_deep);
  EXPECT_EQ(code_of(test::nested(32, nested_un(32, Lengths::defined))), Errc::ok);
  EXPECT_EQ(code_of(test::nested(32, nested_un(33, Lengths::defined))), Errc::too_deep);
  EXPECT_EQ(code_of(test::nested(64, nested_un(1, Lengths::defined))), Errc::too_deep);
}

TEST(HeaderTape, SubtreesAreNested) {
  for (const test::Sample& sample : test::samples()) {
    Budget budget(kTwoShares);
    HeaderTape tape(budget);
    ASSERT_TRUE(record(tape, sample.bytes, sample.encoding));
    std::vector<std::size_t> ends;
    for (std::size_t i = 0; i < tape.records().size(); ++i) {
      while (!ends.empty() && ends.back() == i) ends.pop_back();
      const std::size_t end = tape.subtree_end(i);
      if (tape.records()[i].kind == TapeRecord::Kind::end) continue;
      ASSERT_GT(end, i) << sample.name;
      if (!ends.empty()) {
        ASSERT_LE(end, ends.back()) << sample.name;
      }
      ends.push_back(end);
    }
  }
}

std::string long_text(std::size_t size) {
  return encode(test::DataSet().text(0x0040A160_tag, vr::kUT, std::string(size, 'x')), {});
}

TEST(HeaderTape, RefusesMoreThanItsLimit) {
  Budget budget(kTwoShares);
  HeaderTape tape(budget);
  ASSERT_TRUE(record(tape, long_text(HeaderTape::kMaxBytes - 1024), Encoding::explicit_le));
  const Result<void> more = record(tape, long_text(1024), Encoding::explicit_le);
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, Errc::header_limit);
}

TEST(HeaderTape, CountsItsRecordsAsBytes) {
  Budget budget(kTwoShares);
  HeaderTape tape(budget);
  const std::string empty_element = test::from_hex("08 00 60 00 00 00 00 00");
  std::string many;
  for (std::size_t i = 0; i < 10'000; ++i) many += empty_element;
  ElementReader reader(Encoding::implicit_le);
  Result<void> result;
  std::size_t rounds = 0;
  while (result && rounds < 1000) {
    result = record(tape, reader, many);
    ++rounds;
  }
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::header_limit);
  EXPECT_LT(tape.records().size(), HeaderTape::kMaxBytes / 24 + 1);
}

TEST(HeaderTape, AsksForNothingBecauseOfAClaimedLength) {
  Budget empty(0);  // whoever asks it waits for ever
  HeaderTape tape(empty);
  test::DataSet data_set;
  data_set.text(0x0040A160_tag, vr::kUT, "short").find(0x0040A160_tag)->claimed_length = 0xFFFFFFFE;
  ASSERT_TRUE(record(tape, encode(data_set, {}), Encoding::explicit_le));
  EXPECT_TRUE(tape.value_incomplete());
  EXPECT_LT(tape.bytes().size(), 64U);
}

TEST(HeaderTape, WaitsForItsShareOfTheBudget) {
  Budget budget(HeaderTape::kMaxBytes);
  const std::string big = long_text(2 * HeaderTape::kSmallBytes);
  HeaderTape first(budget);
  ASSERT_TRUE(record(first, big, Encoding::explicit_le));
  HeaderTape second(budget);
  auto waiting =
      std::async(std::launch::async, [&] { return record(second, big, Encoding::explicit_le); });
  EXPECT_EQ(waiting.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
  first.clear();
  EXPECT_TRUE(waiting.get());
}

TEST(HeaderTape, GivesItsShareBackWhenItDies) {
  Budget budget(HeaderTape::kMaxBytes);
  for (int i = 0; i < 3; ++i) {
    HeaderTape tape(budget);
    ASSERT_TRUE(record(tape, long_text(2 * HeaderTape::kSmallBytes), Encoding::explicit_le));
  }
  budget.take(HeaderTape::kMaxBytes);
}

std::string little(std::uint32_t number) {
  std::string bytes(4, '\0');
  for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<char>(number >> (8 * i));
  return bytes;
}

/// An explicit VR little endian element of a VR with a long header.
std::string long_element(std::string_view tag, std::string_view vr, const std::string& value) {
  return std::string(tag) + std::string(vr) + std::string(2, '\0') +
         little(static_cast<std::uint32_t>(value.size())) + value;
}

std::string item(const std::string& content) {
  return std::string("\xFE\xFF\x00\xE0", 4) + little(static_cast<std::uint32_t>(content.size())) +
         content;
}

TEST(HeaderTape, ReadsADisguisedSequenceInPlaceWhileItsRecordsOutgrowTheSmallHeader) {
  std::string empty_elements;
  for (int i = 0; i < 40'000; ++i) empty_elements += std::string("\x09\x00\x01\x10\0\0\0\0", 8);
  const std::string un = long_element("\x09\x10\x02\x10", "UN", item(empty_elements));
  ASSERT_LT(un.size(), HeaderTape::kSmallBytes);
  Budget budget(kTwoShares);
  HeaderTape tape(budget);
  ASSERT_TRUE(record(tape, un, Encoding::explicit_le));
  EXPECT_EQ(elements_on(tape), 40'001U);
}

/// Items that can be read as explicit and as implicit VR, hold the same child either way, and fail
/// either way at their end: the first element swallows 4 bytes more when its VR is its length.
std::string readable_twice(int levels) {
  if (levels == 0) return "leaf";
  const std::string shift = long_element("\x09\x10\x01\x10", "OB", std::string(0x424F - 8, 'x'));
  const std::string child = long_element("\x09\x10\x02\x10", "OB", readable_twice(levels - 1));
  return item(shift + child) + std::string("\xFE\xFF\xDD\xE0\1\0\0\0", 8);
}

TEST(HeaderTape, GivesUpOnAValueWhoseReadingsMultiply) {
  const std::string un = long_element("\x09\x10\x02\x10", "UN", readable_twice(40));
  Budget budget(kTwoShares);
  HeaderTape tape(budget);
  const Result<void> result = record(tape, un, Encoding::explicit_le);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::too_deep);
}

}  // namespace
}  // namespace dcm
