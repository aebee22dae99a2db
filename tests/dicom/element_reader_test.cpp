// SPDX-License-Identifier: MIT
#include "dicom/element_reader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/parsed_tree.hpp"
#include "support/samples.hpp"

namespace dcm {
namespace {

using test::from_hex;
using test::Lengths;
using test::operator""_tag;

/// An event without its bytes; pieces of one value are joined.
struct Kept {
  Event event;
  std::size_t open = 0;
  std::size_t start = 0;  ///< of its bytes in Reading::bytes
  std::size_t size = 0;

  friend bool operator==(const Kept& a, const Kept& b) {
    return a.event.kind == b.event.kind && a.event.encoding == b.event.encoding &&
           a.event.vr == b.event.vr && a.event.tag == b.event.tag &&
           a.event.length == b.event.length && a.open == b.open && a.size == b.size;
  }
};

struct Reading {
  std::vector<Kept> events;
  std::string bytes;  ///< of all events
  Error error;        ///< code ok when the data set was whole

  [[nodiscard]] std::string bytes_of(std::size_t event) const {
    return bytes.substr(events.at(event).start, events.at(event).size);
  }
  friend bool operator==(const Reading&, const Reading&) = default;
};

class Recorder {
 public:
  explicit Recorder(Encoding encoding) : reader_(encoding) {}

  void feed(std::string_view bytes) {
    reader_.feed(as_bytes(bytes));
    while (reading_.error.code == Errc::ok) {
      const Result<Event> event = reader_.next();
      if (!event) reading_.error = event.error();
      if (!event || event->kind == Event::Kind::need_input) return;
      keep(*event);
    }
  }

  [[nodiscard]] Error error_at_the_end() const {
    const Result<void> whole = reader_.finish();
    return whole ? Error{} : whole.error();
  }

  Reading finish() {
    reading_.error = error_at_the_end();
    return std::move(reading_);
  }

 private:
  void keep(const Event& event) {
    std::vector<Kept>& events = reading_.events;
    const bool more = event.kind == Event::Kind::value && !events.empty() &&
                      events.back().event.kind == Event::Kind::value;
    if (!more) events.push_back({event, reader_.open(), reading_.bytes.size(), 0});
    events.back().size += event.bytes.size();
    events.back().event.bytes = {};
    reading_.bytes += as_text(event.bytes);
  }

  ElementReader reader_;
  Reading reading_;
};

Reading read(std::string_view bytes, Encoding encoding) {
  Recorder recorder(encoding);
  recorder.feed(bytes);
  return recorder.finish();
}

Reading read_cut(std::string_view bytes, Encoding encoding, std::size_t at) {
  Recorder recorder(encoding);
  recorder.feed(bytes.substr(0, at));
  recorder.feed(bytes.substr(at));
  return recorder.finish();
}

Reading read_in_steps(std::string_view bytes, Encoding encoding, std::size_t step) {
  Recorder recorder(encoding);
  for (std::size_t at = 0; at < bytes.size(); at += step) recorder.feed(bytes.substr(at, step));
  return recorder.finish();
}

Error explicit_error(std::string_view hex) {
  return read(from_hex(hex), Encoding::explicit_le).error;
}
Error implicit_error(std::string_view hex) {
  return read(from_hex(hex), Encoding::implicit_le).error;
}

TEST(ElementReader, YieldsTheSameEventsWhereverTheBytesAreCut) {
  for (const test::Sample& sample : test::samples()) {
    const Reading whole = read(sample.bytes, sample.encoding);
    ASSERT_EQ(whole.error.code, Errc::ok) << sample.name << " at " << whole.error.offset;
    for (std::size_t at = 0; at <= sample.bytes.size(); ++at)
      ASSERT_EQ(read_cut(sample.bytes, sample.encoding, at), whole) << sample.name << " at " << at;
  }
}

TEST(ElementReader, YieldsTheSameEventsInStepsOfAnySize) {
  for (const test::Sample& sample : test::samples()) {
    const Reading whole = read(sample.bytes, sample.encoding);
    for (std::size_t step = 1; step <= 17; ++step)
      ASSERT_EQ(read_in_steps(sample.bytes, sample.encoding, step), whole)
          << sample.name << " by " << step;
  }
}

TEST(ElementReader, HandsOutEveryByteOnceAndInOrder) {
  for (const test::Sample& sample : test::samples())
    EXPECT_EQ(read(sample.bytes, sample.encoding).bytes, sample.bytes) << sample.name;
}

TEST(ElementReader, FindsTheElementsThatAnotherReaderFinds) {
  for (const test::Sample& sample : test::samples()) {
    std::vector<Tag> found, expected;
    for (const Kept& kept : read(sample.bytes, sample.encoding).events) {
      const Event::Kind kind = kept.event.kind;
      if (kind == Event::Kind::element && kept.open == 0) found.push_back(kept.event.tag);
      if (kind == Event::Kind::sequence && kept.open == 1) found.push_back(kept.event.tag);
      if (kind == Event::Kind::encapsulated && kept.open == 1) found.push_back(kept.event.tag);
    }
    for (const test::TreeNode& node : test::parse_tree(sample.bytes, sample.encoding))
      expected.push_back(node.tag);
    EXPECT_EQ(found, expected) << sample.name;
  }
}

TEST(ElementReader, FailsAsTruncatedOnEveryPrefixExceptBetweenTopLevelElements) {
  for (const test::Sample& sample : test::samples()) {
    std::vector<bool> boundary(sample.bytes.size() + 1, false);
    boundary[0] = true;
    for (const test::TreeNode& node : test::parse_tree(sample.bytes, sample.encoding))
      boundary[node.end] = true;
    Recorder recorder(sample.encoding);
    for (std::size_t size = 0; size <= sample.bytes.size(); ++size) {
      if (size > 0) recorder.feed(std::string_view(sample.bytes).substr(size - 1, 1));
      const Error expected{.code = Errc::truncated, .offset = size};
      ASSERT_EQ(recorder.error_at_the_end(), boundary[size] ? Error{} : expected)
          << sample.name << " at " << size;
    }
  }
}

TEST(ElementReader, DescribesAShortAndALongHeader) {
  const std::string bytes = from_hex(
      "10 00 10 00 50 4E 02 00 41 20"
      "09 00 01 10 4F 42 00 00 01 00 00 00 FF");
  const Reading reading = read(bytes, Encoding::explicit_le);
  ASSERT_EQ(reading.events.size(), 4U);
  EXPECT_EQ(reading.events[0].event.tag, tags::kPatientName);
  EXPECT_EQ(reading.events[0].event.vr, vr::kPN);
  EXPECT_EQ(reading.events[0].event.length, 2U);
  EXPECT_EQ(reading.bytes_of(1), "A ");
  EXPECT_EQ(reading.events[2].event.tag, 0x00091001_tag);
  EXPECT_EQ(reading.events[2].size, 12U);
  EXPECT_EQ(reading.bytes_of(3), "\xFF");
}

TEST(ElementReader, TakesTheVrFromTheDictionaryInImplicitVr) {
  const Reading reading =
      read(from_hex("10 00 10 00 00 00 00 00  09 00 01 10 00 00 00 00  28 00 00 00 00 00 00 00"),
           Encoding::implicit_le);
  ASSERT_EQ(reading.events.size(), 3U);
  EXPECT_EQ(reading.events[0].event.vr, vr::kPN);
  EXPECT_EQ(reading.events[1].event.vr, vr::kUN);
  EXPECT_EQ(reading.events[2].event.vr, vr::kUL);
}

TEST(ElementReader, ReadsUnOfUndefinedLengthAsImplicitLittleEndianInsideBigEndian) {
  const Reading reading = read(from_hex("00 09 10 01 55 4E 00 00 FF FF FF FF"
                                        "FE FF 00 E0 FF FF FF FF  10 00 10 00 02 00 00 00 41 20"
                                        "FE FF 0D E0 00 00 00 00  FE FF DD E0 00 00 00 00"
                                        "00 28 00 10 55 53 00 02 00 01"),
                               Encoding::explicit_be);
  ASSERT_EQ(reading.error.code, Errc::ok);
  ASSERT_EQ(reading.events.size(), 8U);
  EXPECT_EQ(reading.events[0].event.kind, Event::Kind::sequence);
  EXPECT_EQ(reading.events[0].event.encoding, Encoding::explicit_be);
  EXPECT_EQ(reading.events[2].event.tag, tags::kPatientName);
  EXPECT_EQ(reading.events[2].event.encoding, Encoding::implicit_le);
  EXPECT_EQ(reading.events[6].event.encoding, Encoding::explicit_be);
  EXPECT_EQ(reading.events[6].event.tag, 0x00280010_tag);
}

TEST(ElementReader, TellsWhereASequenceEndsByItsLength) {
  const Reading reading =
      read(from_hex("08 00 40 11 53 51 00 00 08 00 00 00  FE FF 00 E0 00 00 00 00"),
           Encoding::explicit_le);
  ASSERT_EQ(reading.events.size(), 4U);
  EXPECT_EQ(reading.events[2].event.kind, Event::Kind::item_end);
  EXPECT_EQ(reading.events[3].event.kind, Event::Kind::sequence_end);
  EXPECT_EQ(reading.events[2].size, 0U);
  EXPECT_EQ(reading.events[3].size, 0U);
}

TEST(ElementReader, RefusesAVrThatIsNotTwoCapitalLetters) {
  for (const char* vr : {"70 6E", "00 00", "20 20", "3F 3F", "50 31", "2D 2D", "5B 4E"}) {
    const Error error = explicit_error("08 00 60 00 43 53 02 00 43 54  10 00 10 00" +
                                       std::string(vr) + "00 00 00 00 00 00");
    EXPECT_EQ(error.code, Errc::bad_vr) << vr;
    EXPECT_EQ(error.tag, 0x00100010U);
    EXPECT_EQ(error.offset, 10U);
  }
}

TEST(ElementReader, StaysFailed) {
  ElementReader reader(Encoding::explicit_le);
  const std::string bad = from_hex("10 00 10 00 00 00 00 00 00 00 00 00");
  const std::string good = from_hex("10 00 10 00 50 4E 02 00 41 20 41 20");
  reader.feed(as_bytes(bad));
  const Error first = reader.next().error();
  reader.feed(as_bytes(good));
  EXPECT_EQ(reader.next().error(), first);
  EXPECT_EQ(reader.finish().error(), first);
}

TEST(ElementReader, ReadsSixtyFourSequencesAndRefusesSixtyFive) {
  const test::DataSet inner = test::DataSet().text(tags::kPatientName, vr::kPN, "DOE^J");
  for (const auto syntax :
       {test::Encoding::Syntax::implicit_le, test::Encoding::Syntax::explicit_le,
        test::Encoding::Syntax::explicit_be})
    for (const Lengths lengths : {Lengths::defined, Lengths::undefined}) {
      const test::Encoding encoding{.syntax = syntax, .sequences = lengths, .items = lengths};
      const auto error_at = [&](int depth) {
        return read(encode(test::nested(depth, inner), encoding), test::encoding_of(syntax)).error;
      };
      EXPECT_EQ(error_at(64).code, Errc::ok);
      EXPECT_EQ(error_at(65).code, Errc::too_deep);
      EXPECT_EQ(error_at(100).code, Errc::too_deep);
    }
}

TEST(ElementReader, CountsSequencesInsideUnAndPixelDataInsideItems) {
  const test::DataSet inner = test::DataSet().fragments(tags::kPixelData, {"", "JPEG"});
  const auto error_of = [](const test::DataSet& data_set) {
    return read(encode(data_set, {}), Encoding::explicit_le).error.code;
  };
  const test::DataSet icon_in_63 = test::nested(63, inner);
  EXPECT_EQ(error_of(icon_in_63), Errc::ok);
  EXPECT_EQ(error_of(test::nested(64, inner)), Errc::too_deep);
  const auto in_un = [](int depth) {
    return test::DataSet().un_sequence(0x00091001_tag, {test::nested(depth, {})},
                                       Lengths::undefined);
  };
  EXPECT_EQ(error_of(in_un(63)), Errc::ok);
  EXPECT_EQ(error_of(in_un(64)), Errc::too_deep);
}

/// A sequence of one item with one element, each told by its length: 28 bytes of 32.
test::DataSet one_element_in_an_item(std::uint32_t claimed) {
  test::DataSet item, out;
  item.bytes(0x00091001_tag, vr::kOB, "12345678").find(0x00091001_tag)->claimed_length = claimed;
  return out.sequence(0x00081140_tag, {item});
}

TEST(ElementReader, RefusesAnElementLongerThanItsItem) {
  for (const std::uint32_t lie : {9U, 0x7FFFFFFEU, 0xFFFFFFFEU, 0xFFFFU}) {
    const std::string bytes = encode(one_element_in_an_item(lie), {});
    EXPECT_EQ(read(bytes, Encoding::explicit_le).error.code, Errc::bad_length) << lie;
    EXPECT_EQ(read(bytes, Encoding::explicit_le).error.tag, 0x00091001U);
  }
}

TEST(ElementReader, WaitsForTheBytesThatALastElementClaims) {
  for (const std::uint32_t lie : {9U, 0x7FFFFFFEU, 0xFFFFFFFEU}) {
    test::DataSet data_set;
    data_set.bytes(0x00091001_tag, vr::kOB, "12345678").find(0x00091001_tag)->claimed_length = lie;
    const std::string bytes = encode(data_set, {});
    EXPECT_EQ(read(bytes, Encoding::explicit_le).error.code, Errc::truncated) << lie;
  }
}

TEST(ElementReader, RefusesAnItemLongerThanItsSequence) {
  EXPECT_EQ(explicit_error("08 00 40 11 53 51 00 00 08 00 00 00  FE FF 00 E0 01 00 00 00 00").code,
            Errc::bad_length);
  EXPECT_EQ(explicit_error("08 00 40 11 53 51 00 00 08 00 00 00  FE FF 00 E0 FE FF FF FF 00").code,
            Errc::bad_length);
}

TEST(ElementReader, RefusesASequenceLongerThanItsItem) {
  EXPECT_EQ(implicit_error("08 00 40 11 10 00 00 00  FE FF 00 E0 08 00 00 00"
                           "08 00 40 11 01 00 00 00")
                .code,
            Errc::bad_length);
}

TEST(ElementReader, RefusesAHeaderThatReachesBeyondItsItem) {
  for (const char* length : {"01", "04", "07", "09"})
    EXPECT_EQ(
        explicit_error("08 00 40 11 53 51 00 00 20 00 00 00  FE FF 00 E0" + std::string(length) +
                       "00 00 00  10 00 20 00 4C 4F 02 00 41 20 00 00 00 00 00 00")
            .code,
        Errc::bad_length)
        << length;
}

TEST(ElementReader, RefusesAnUndefinedItemThatItsSequenceCutsOff) {
  EXPECT_EQ(explicit_error("08 00 40 11 53 51 00 00 08 00 00 00  FE FF 00 E0 FF FF FF FF"
                           "FE FF 0D E0 00 00 00 00")
                .code,
            Errc::bad_length);
}

TEST(ElementReader, RefusesUndefinedLengthWhereNoneMayBe) {
  for (const char* vr : {"55 54", "55 43", "5A 5A", "55 52", "4F 56"}) {
    const Errc expected = std::string_view(vr) == "4F 56" ? Errc::truncated : Errc::bad_length;
    EXPECT_EQ(explicit_error("10 00 00 40" + std::string(vr) + "00 00 FF FF FF FF").code, expected)
        << vr;
  }
  // A fragment has a length.
  EXPECT_EQ(explicit_error("E0 7F 10 00 4F 42 00 00 FF FF FF FF  FE FF 00 E0 FF FF FF FF").code,
            Errc::bad_length);
}

TEST(ElementReader, ReadsPixelDataSentAsSequenceAsTheSequenceItIs) {
  const Reading reading = read(from_hex("E0 7F 10 00 53 51 00 00 FF FF FF FF"
                                        "FE FF 00 E0 0A 00 00 00  10 00 10 00 50 4E 02 00 41 20"
                                        "FE FF DD E0 00 00 00 00"),
                               Encoding::explicit_le);
  ASSERT_EQ(reading.error.code, Errc::ok);
  ASSERT_GE(reading.events.size(), 3U);
  EXPECT_EQ(reading.events[0].event.kind, Event::Kind::sequence);
  EXPECT_EQ(reading.events[2].event.tag, tags::kPatientName);
}

TEST(ElementReader, RefusesItemsAndDelimitersBetweenElements) {
  for (const char* stray : {"FE FF 00 E0 00 00 00 00", "FE FF 0D E0 00 00 00 00",
                            "FE FF DD E0 00 00 00 00", "FE FF 01 00 00 00 00 00"}) {
    EXPECT_EQ(explicit_error(stray).code, Errc::misplaced_item) << stray;
    EXPECT_EQ(implicit_error(stray).code, Errc::misplaced_item) << stray;
  }
}

TEST(ElementReader, RefusesDelimitersThatCloseSomethingElse) {
  const std::string sequence = "08 00 40 11 FF FF FF FF";
  const std::string item = "FE FF 00 E0 FF FF FF FF";
  const std::string item_end = "FE FF 0D E0 00 00 00 00";
  const std::string sequence_end = "FE FF DD E0 00 00 00 00";
  EXPECT_EQ(implicit_error(sequence + item + item_end + sequence_end).code, Errc::ok);
  for (const std::string& wrong :
       {sequence + item_end, sequence + item + sequence_end, sequence + item + item,
        sequence + item + item_end + item_end,
        sequence + item + item_end + sequence_end + sequence_end,
        sequence + "10 00 10 00 00 00 00 00", sequence + "FE FF 01 E0 00 00 00 00"})
    EXPECT_EQ(implicit_error(wrong).code, Errc::misplaced_item) << wrong;
}

TEST(ElementReader, RefusesADelimiterBeforeTheLengthIsUsedUp) {
  EXPECT_EQ(implicit_error("08 00 40 11 10 00 00 00  FE FF DD E0 00 00 00 00").code,
            Errc::misplaced_item);
  EXPECT_EQ(implicit_error("08 00 40 11 18 00 00 00  FE FF 00 E0 10 00 00 00"
                           "FE FF 0D E0 00 00 00 00")
                .code,
            Errc::misplaced_item);
}

TEST(ElementReader, RefusesDelimitersWithALength) {
  EXPECT_EQ(implicit_error("08 00 40 11 FF FF FF FF  FE FF DD E0 02 00 00 00").code,
            Errc::bad_length);
  EXPECT_EQ(implicit_error("08 00 40 11 FF FF FF FF  FE FF 00 E0 FF FF FF FF"
                           "FE FF 0D E0 FF FF FF FF")
                .code,
            Errc::bad_length);
}

TEST(ElementReader, RefusesElementsAmongFragments) {
  EXPECT_EQ(explicit_error("E0 7F 10 00 4F 42 00 00 FF FF FF FF"
                           "10 00 10 00 50 4E 02 00 41 20")
                .code,
            Errc::misplaced_item);
}

TEST(ElementReader, FailsAtTheSamePlaceWhereverTheBytesAreCut) {
  const std::string bad = from_hex(
      "08 00 40 11 53 51 00 00 20 00 00 00  FE FF 00 E0 0A 00 00 00  10 00 10 00 50 4E 02 00 41 20"
      "FE FF 00 E0 0A 00 00 00  10 00 20 00 4C 4F 09 00 41 20");
  const Error whole = read(bad, Encoding::explicit_le).error;
  ASSERT_EQ(whole.code, Errc::bad_length);
  for (std::size_t at = 0; at <= bad.size(); ++at)
    EXPECT_EQ(read_cut(bad, Encoding::explicit_le, at).error, whole) << at;
}

TEST(ElementReader, ReadsTheValueOfASequence) {
  ElementReader reader(Encoding::implicit_le, 8, 0);
  const std::string value = from_hex("FE FF 00 E0 00 00 00 00");
  reader.feed(as_bytes(value));
  EXPECT_EQ(reader.next()->kind, Event::Kind::item);
  EXPECT_EQ(reader.next()->kind, Event::Kind::item_end);
  EXPECT_EQ(reader.next()->kind, Event::Kind::sequence_end);
  EXPECT_EQ(reader.open(), 0U);
}

}  // namespace
}  // namespace dcm
