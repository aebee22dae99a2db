// SPDX-License-Identifier: MIT
#include "support/samples.hpp"

#include <stdexcept>

namespace dcm::test {
namespace {

using Syntax = Encoding::Syntax;

constexpr Syntax kSyntaxes[] = {Syntax::implicit_le, Syntax::explicit_le, Syntax::explicit_be};
constexpr Lengths kLengths[] = {Lengths::defined, Lengths::undefined};

const char* name_of(Syntax syntax) {
  switch (syntax) {
    case Syntax::implicit_le:
      return "implicit";
    case Syntax::explicit_be:
      return "big endian";
    default:
      return "explicit";
  }
}

std::string one_item(const DataSet& item, Syntax syntax, Lengths lengths) {
  const Encoding encoding{.syntax = syntax, .items = lengths};
  const DataSet wrapped = DataSet().sequence(0x00081140_tag, {item}, Lengths::defined);
  return encode(wrapped, encoding).substr(syntax == Syntax::implicit_le ? 8 : 12);
}

DataSet icon(const DataSet& inner) {
  return DataSet(inner)
      .numbers(0x00280010_tag, vr::kUS, {2})
      .fragments(tags::kPixelData, {"", "JPEG", ""});
}

std::vector<Sample> encodings_of(const std::string& name, const DataSet& data_set) {
  std::vector<Sample> all;
  for (const Syntax syntax : kSyntaxes)
    for (const Lengths sequences : kLengths)
      for (const Lengths items : kLengths) {
        const Encoding encoding{.syntax = syntax,
                                .sequences = sequences,
                                .items = items,
                                .group_lengths = items == Lengths::defined
                                                     ? Encoding::GroupLengths::present
                                                     : Encoding::GroupLengths::absent};
        all.push_back({name + ", " + name_of(syntax) +
                           (sequences == Lengths::defined ? ", defined" : ", undefined") +
                           (items == Lengths::defined ? "/defined" : "/undefined"),
                       encode(data_set, encoding), encoding_of(syntax)});
      }
  return all;
}

// What a length ends may be delimited as well.
Sample doubly_delimited() {
  return {"length and delimiters both, explicit",
          from_hex("08 00 40 11 53 51 00 00 1C 00 00 00  FE FF 00 E0 0C 00 00 00"
                   "08 00 18 00 55 49 04 00 31 2E 32 00  FE FF DD E0 00 00 00 00") +
              from_hex("08 00 42 11 53 51 00 00 1C 00 00 00  FE FF 00 E0 14 00 00 00"
                       "08 00 18 00 55 49 04 00 31 2E 32 00  FE FF 0D E0 00 00 00 00"),
          dcm::Encoding::explicit_le};
}

}  // namespace

dcm::Encoding encoding_of(Syntax syntax) {
  if (syntax == Syntax::implicit_le) return dcm::Encoding::implicit_le;
  if (syntax == Syntax::explicit_be) return dcm::Encoding::explicit_be;
  return dcm::Encoding::explicit_le;
}

DataSet nested(int depth, const DataSet& inner) {
  DataSet out = inner;
  for (int i = 0; i < depth; ++i) {
    std::vector<DataSet> item;
    item.push_back(std::move(out));
    out = DataSet().sequence(0x00081140_tag, std::move(item));
  }
  return out;
}

DataSet every_shape(const DataSet& inner) {
  DataSet plain = inner;
  plain.text(0x00081150_tag, vr::kUI, "1.2.3");
  return DataSet(inner)
      .text(0x00080016_tag, vr::kUI, "1.2.840.10008.5.1.4.1.1.7")
      .text(0x00080018_tag, vr::kUI, "1.2.3.4")
      .text(0x00080060_tag, vr::kCS, "")
      .exact_bytes(0x00081030_tag, vr::kLO, "ODD")
      .sequence(0x00081110_tag, {})
      .sequence(0x00081111_tag, {DataSet()})
      .sequence(0x00081140_tag, {plain, DataSet(), plain})
      .sequence(0x00082112_tag, {nested(3, plain)})
      .text(0x00090010_tag, vr::kLO, "PHANTOM WORKS")
      .sequence(0x00091001_tag, {plain}, Lengths::undefined)
      .sequence(0x00091002_tag, {DataSet(plain).sequence(0x00091001_tag, {plain})})
      .un_sequence(0x00091003_tag, {plain, plain}, Lengths::undefined)
      .un_sequence(0x00091004_tag,
                   {DataSet(plain).un_sequence(0x00091005_tag, {plain}, Lengths::defined)},
                   Lengths::defined)
      .bytes(0x00091006_tag, vr::kOB, one_item(plain, Syntax::implicit_le, Lengths::undefined))
      .bytes(0x00091007_tag, vr::kUN, one_item(plain, Syntax::explicit_le, Lengths::defined))
      .bytes(0x00091008_tag, vr::kLT, one_item(plain, Syntax::implicit_le, Lengths::defined))
      .bytes(0x00091009_tag, make_vr("ZZ"), one_item(plain, Syntax::explicit_le, Lengths::defined))
      .bytes(0x0009100A_tag, vr::kUN, from_hex("FE FF 00 E0 FF FF FF 7F 01 02"))
      .un_sequence(0x00082218_tag, {plain}, Lengths::defined)
      .exact_bytes(0x00091010_tag, make_vr("ZZ"), "UNKNOWN")
      .exact_bytes(0x00091011_tag, vr::kUN, "")
      .numbers(0x00280010_tag, vr::kUS, {2})
      .sequence(0x00880200_tag, {icon(inner)})
      .sequence(0xFFFAFFFA_tag, {plain});
}

std::vector<Sample> samples() {
  const DataSet name = DataSet().text(tags::kPatientName, vr::kPN, "DOE^J");
  const DataSet shapes = every_shape(name);
  std::vector<Sample> all{{"nothing, implicit", "", dcm::Encoding::implicit_le},
                          {"nothing, explicit", "", dcm::Encoding::explicit_le},
                          doubly_delimited()};
  const auto add = [&](const std::string& what, const DataSet& data_set) {
    for (Sample& each : encodings_of(what, data_set)) all.push_back(std::move(each));
  };
  add("native", DataSet(shapes).bytes(tags::kPixelData, vr::kOW, "PIXELS"));
  add("encapsulated", DataSet(name).fragments(tags::kPixelData, {"", "FRAGMENT", "", "LAST"}));
  add("no pixels", DataSet(name).bytes(tags::kPixelData, vr::kOB, ""));
  add("no fragments", DataSet(name).fragments(tags::kPixelData, {}));
  add("empty fragments", DataSet(name).fragments(tags::kPixelData, {"", ""}));
  return all;
}

std::string from_hex(std::string_view hex) {
  std::string out;
  int digits = 0, value = 0;
  for (const char c : hex) {
    if (c == ' ') continue;
    const std::string_view kDigits = "0123456789ABCDEF";
    const std::size_t digit = kDigits.find(c);
    if (digit == std::string_view::npos) throw std::runtime_error("not hexadecimal");
    value = value * 16 + static_cast<int>(digit);
    if (++digits % 2 != 0) continue;
    out.push_back(static_cast<char>(value));
    value = 0;
  }
  if (digits % 2 != 0) throw std::runtime_error("half a byte");
  return out;
}

}  // namespace dcm::test
