// SPDX-License-Identifier: MIT
#include "dicom/element_writer.hpp"

#include <gtest/gtest.h>

#include <string>

#include "dicom/element_encoder.hpp"
#include "support/parsed_tree.hpp"
#include "support/phantoms.hpp"
#include "support/process.hpp"
#include "support/read_back.hpp"
#include "support/samples.hpp"
#include "support/temp_dir.hpp"

namespace dcm {
namespace {

using test::Lengths;
using test::operator""_tag;

class StringSink : public ByteSink {
 public:
  Result<void> write(Bytes bytes) override {
    text += as_text(bytes);
    return {};
  }
  std::string text;
};

/// A taped data set.
class Tape {
 public:
  Tape(std::string_view bytes, Encoding encoding) : tape_(budget_) {
    ElementReader reader(encoding);
    reader.feed(as_bytes(bytes));
    for (;;) {
      const Result<Event> event = reader.next();
      if (!event) throw std::runtime_error("not a data set");
      if (event->kind == Event::Kind::need_input) break;
      if (!tape_.append(*event, reader.open())) throw std::runtime_error("not taped");
    }
    if (!reader.finish()) throw std::runtime_error("not whole");
  }

  [[nodiscard]] const HeaderTape& tape() const { return tape_; }

  /// The indexes of all records that are elements, in the order of the bytes.
  [[nodiscard]] std::vector<std::size_t> elements() const {
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < tape_.records().size(); ++i)
      if (tape_.records()[i].tag.group != tags::kItem.group) all.push_back(i);
    return all;
  }

  [[nodiscard]] std::size_t index_of(Tag tag) const {
    for (const std::size_t i : elements())
      if (tape_.records()[i].tag == tag) return i;
    throw std::runtime_error("no such element");
  }

  [[nodiscard]] std::string write(const Edits& edits) const {
    StringSink sink;
    if (!write_elements(tape_, edits, sink)) throw std::runtime_error("not written");
    return sink.text;
  }

 private:
  Budget budget_{2 * HeaderTape::kMaxBytes};
  HeaderTape tape_;
};

std::vector<std::byte> value(std::string_view text) {
  const Bytes bytes = as_bytes(text);
  return {bytes.begin(), bytes.end()};
}

TEST(ElementWriter, WritesAnUneditedTapeAsItCame) {
  for (const test::Sample& sample : test::samples())
    EXPECT_EQ(Tape(sample.bytes, sample.encoding).write({}), sample.bytes) << sample.name;
}

TEST(ElementWriter, TakesOutAnyElementAndKeepsAllOthers) {
  for (const test::Sample& sample : test::samples()) {
    const Tape tape(sample.bytes, sample.encoding);
    const test::Tree tree = test::parse_tree(sample.bytes, sample.encoding);
    const std::vector<std::size_t> elements = tape.elements();
    ASSERT_EQ(elements.size(), test::count_elements(tree)) << sample.name;
    for (std::size_t i = 0; i < elements.size(); ++i) {
      Edits edits;
      edits.remove(elements[i]);
      const std::string written = tape.write(edits);
      ASSERT_EQ(test::parse_tree(written, sample.encoding), test::without_element(tree, i))
          << sample.name << ", element " << i;
      ASSERT_EQ(Tape(written, sample.encoding).write({}), written);
    }
  }
}

TEST(ElementWriter, TakesOutEveryOtherElement) {
  for (const test::Sample& sample : test::samples()) {
    const Tape tape(sample.bytes, sample.encoding);
    const auto drop = [](Tag tag) { return tag.element % 2 == 0; };
    Edits edits;
    const auto records = tape.tape().records();
    for (std::size_t i = 0; i < records.size();) {
      const bool gone = records[i].tag.group != tags::kItem.group && drop(records[i].tag);
      if (gone) edits.remove(i);
      i = gone ? tape.tape().subtree_end(i) : i + 1;
    }
    EXPECT_EQ(test::parse_tree(tape.write(edits), sample.encoding),
              test::without(test::parse_tree(sample.bytes, sample.encoding), drop))
        << sample.name;
  }
}

TEST(ElementWriter, CorrectsDefinedLengthsAtEveryDepth) {
  for (const auto syntax :
       {test::Encoding::Syntax::implicit_le, test::Encoding::Syntax::explicit_le,
        test::Encoding::Syntax::explicit_be})
    for (int depth = 1; depth <= 64; ++depth) {
      test::DataSet inner, less;
      inner.text(tags::kPatientName, vr::kPN, "DOE^J").text(tags::kPatientId, vr::kLO, "12345");
      less.text(tags::kPatientId, vr::kLO, "12345");
      const Tape tape(encode(test::nested(depth, inner), {.syntax = syntax}),
                      test::encoding_of(syntax));
      Edits edits;
      edits.remove(tape.index_of(tags::kPatientName));
      // Byte for byte what the encoder makes of the smaller data set.
      ASSERT_EQ(tape.write(edits), encode(test::nested(depth, less), {.syntax = syntax})) << depth;
    }
}

TEST(ElementWriter, GivesAnElementAShorterALongerOrNoValue) {
  for (const auto syntax :
       {test::Encoding::Syntax::implicit_le, test::Encoding::Syntax::explicit_le,
        test::Encoding::Syntax::explicit_be})
    for (const Lengths lengths : {Lengths::defined, Lengths::undefined})
      for (const char* name : {"", "XY", "DOE^JO", "A^MUCH^LONGER^NAME"}) {
        const test::Encoding encoding{.syntax = syntax, .sequences = lengths, .items = lengths};
        const auto around = [](std::string_view text) {
          return test::nested(3, test::DataSet()
                                     .text(tags::kPatientName, vr::kPN, text)
                                     .text(tags::kPatientId, vr::kLO, "12345"));
        };
        const Tape tape(encode(around("DOE^JO"), encoding), test::encoding_of(syntax));
        Edits edits;
        edits.replace(tape.index_of(tags::kPatientName), value(name));
        EXPECT_EQ(tape.write(edits), encode(around(name), encoding)) << name;
      }
}

TEST(ElementWriter, ReplacesAndRemovesInOneGo) {
  test::DataSet before, after;
  before.text(tags::kModality, vr::kCS, "CT")
      .text(tags::kPatientName, vr::kPN, "DOE^JOHN")
      .text(tags::kPatientId, vr::kLO, "12345 ")
      .bytes(tags::kPixelData, vr::kOB, "1234");
  after.text(tags::kModality, vr::kCS, "MAGNET")
      .text(tags::kPatientId, vr::kLO, "12345 ")
      .bytes(tags::kPixelData, vr::kOB, "");
  const Tape tape(encode(before, {}), Encoding::explicit_le);
  Edits edits;
  edits.replace(0, value("MAGNET"));
  edits.remove(1);
  edits.replace(3, {});
  EXPECT_EQ(tape.write(edits), encode(after, {}));
}

TEST(ElementWriter, RefusesAValueThatItsLengthFieldCannotTell) {
  const Tape tape(encode(test::DataSet().text(tags::kPatientName, vr::kPN, "DOE"), {}),
                  Encoding::explicit_le);
  const auto code_of = [&](std::size_t size) {
    Edits edits;
    edits.replace(0, std::vector<std::byte>(size));
    StringSink sink;
    const Result<void> result = write_elements(tape.tape(), edits, sink);
    return result ? Errc::ok : result.error().code;
  };
  EXPECT_EQ(code_of(0xFFFE), Errc::ok);
  EXPECT_EQ(code_of(0x10000), Errc::bad_length);
}

TEST(ElementWriter, PassesOnWhatItsOutputSays) {
  class Full : public ByteSink {
    Result<void> write(Bytes) override { return fail(Errc::io, {.detail = 28}); }
  } full;
  const Tape tape(encode(test::DataSet().text(tags::kPatientName, vr::kPN, "DOE"), {}),
                  Encoding::explicit_le);
  const Result<void> result = write_elements(tape.tape(), {}, full);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(), (Error{.code = Errc::io, .detail = 28}));
}

// The outside opinion: what is written must be a file to DCMTK as well.
TEST(ElementWriter, WritesWhatDcmdumpReads) {
  const test::TempDir folder;
  std::vector<std::string> command{"dcmdump", "-q"};
  for (const Lengths lengths : {Lengths::defined, Lengths::undefined}) {
    const test::Place place{.size = 2, .encoding = {.sequences = lengths, .items = lengths}};
    const test::DataSet object = test::make_data_set(test::Kind::enhanced_mr, place);
    const Tape tape(encode(object, place.encoding), Encoding::explicit_le);
    for (const std::size_t index : tape.elements()) {
      Edits edits;
      edits.remove(index);
      const std::string file = test::file_bytes_around(
          tape.write(edits), test::uid::kExplicitLittle, "1.2.840.10008.5.1.4.1.1.7", "1.2.3");
      command.push_back(folder.path() / (std::to_string(command.size()) + ".dcm"));
      test::write_file(command.back(), file);
    }
  }
  ASSERT_GT(command.size(), 500U);
  const test::RunResult result = test::run(command);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "");
}

TEST(ElementWriter, InsertsElementsBetweenAndBehindWithLengthsAroundThemCorrected) {
  for (const Lengths lengths : {Lengths::defined, Lengths::undefined}) {
    const test::DataSet object =
        test::DataSet()
            .text(0x00080060_tag, vr::kCS, "CT")
            .sequence(0x00081140_tag, {test::DataSet().text(0x00081155_tag, vr::kUI, "1.2")})
            .text(0x00100020_tag, vr::kLO, "A1");
    const Tape tape(encode(object, {.sequences = lengths, .items = lengths}),
                    Encoding::explicit_le);
    ElementEncoder inner(Encoding::explicit_le), middle(Encoding::explicit_le),
        last(Encoding::explicit_le);
    inner.add(0x00081150_tag, vr::kUI, "1.2.3");
    middle.add(0x00100010_tag, vr::kPN, "P");
    last.add(0x00120062_tag, vr::kCS, "YES");
    Edits edits;
    edits.insert(tape.index_of(0x00081155_tag), inner.take());
    edits.insert(tape.index_of(0x00100020_tag), middle.take());
    edits.replace(tape.index_of(0x00100020_tag), {std::byte{'B'}, std::byte{' '}});
    edits.insert(tape.tape().records().size(), last.take());
    const test::DataSet expected =
        test::DataSet()
            .text(0x00080060_tag, vr::kCS, "CT")
            .sequence(0x00081140_tag, {test::DataSet()
                                           .text(0x00081150_tag, vr::kUI, "1.2.3")
                                           .text(0x00081155_tag, vr::kUI, "1.2")})
            .text(0x00100010_tag, vr::kPN, "P")
            .text(0x00100020_tag, vr::kLO, "B")
            .text(0x00120062_tag, vr::kCS, "YES");
    EXPECT_EQ(tape.write(edits), encode(expected, {.sequences = lengths, .items = lengths}));
  }
}

TEST(ElementWriter, TellsTheValueThatAnElementWillHave) {
  const Tape tape(encode(test::DataSet()
                             .text(0x00080060_tag, vr::kCS, "CT")
                             .text(0x00100010_tag, vr::kPN, "P ")
                             .text(0x00100020_tag, vr::kLO, "A1"),
                         {}),
                  Encoding::explicit_le);
  Edits edits;
  edits.insert(0, {});
  edits.replace(0, {std::byte{'M'}, std::byte{'R'}});
  edits.remove(1);
  const auto after = [&](std::size_t i) {
    return edits.value_after(i, tape.tape().value(tape.tape().records()[i]));
  };
  EXPECT_EQ(as_text(*after(0)), "MR");
  EXPECT_EQ(after(1), std::nullopt);
  EXPECT_EQ(as_text(*after(2)), "A1");
}

}  // namespace
}  // namespace dcm
