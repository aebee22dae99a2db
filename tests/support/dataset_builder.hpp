// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dicom/tag.hpp"
#include "dicom/vr.hpp"

/// What the tests build on. Bytes are std::string, whatever they hold. What cannot go wrong in a
/// healthy environment throws std::runtime_error, which GoogleTest reports as a failed test.
namespace dcm::test {

/// `0x00100010_tag` is PatientName.
consteval Tag operator""_tag(unsigned long long packed) {
  return Tag::from(static_cast<std::uint32_t>(packed));
}

/// How the end of a sequence or an item is told (PS3.5 7.5.1, 7.5.2).
enum class Lengths : std::uint8_t { defined, undefined };

class DataSet;

/// One data element of a DataSet. Filled by DataSet's functions; open for odd changes.
struct Element {
  enum class Kind : std::uint8_t {
    value,        ///< `bytes`, numbers in little endian, already of even length
    sequence,     ///< `items`
    un_sequence,  ///< `items`, told as UN in explicit encodings (PS3.5 6.2.2, CP-246)
    fragments,    ///< `pieces`, the first being the offset table (PS3.5 A.4)
    raw           ///< `bytes` take the place of the whole element, header included
  };
  Tag tag;
  Vr vr{};
  Kind kind = Kind::value;
  std::string bytes;
  std::vector<DataSet> items;
  std::vector<std::string> pieces;
  std::optional<Lengths> lengths;               ///< of this sequence; else as the Encoding says
  std::optional<std::uint32_t> claimed_length;  ///< a lie to tell in the header
};

/// A data set to be encoded: an independent encoder, so that the code under test never judges
/// itself. Adding a tag that is there replaces it. Calls chain.
class DataSet {
 public:
  /// Text as given, in whatever character set; padded to even length with NUL (UI) or space.
  DataSet& text(Tag tag, Vr vr, std::string_view value);
  /// Whole numbers: as binary for US SS UL SL UV SV AT, as backslash-separated text for IS.
  DataSet& numbers(Tag tag, Vr vr, std::initializer_list<std::int64_t> values);
  /// FL or FD.
  DataSet& reals(Tag tag, Vr vr, const std::vector<double>& values);
  /// A value in little endian; padded to even length with NUL. Big endian swaps it by its VR.
  DataSet& bytes(Tag tag, Vr vr, std::string value);
  /// A value of this very length, odd ones included.
  DataSet& exact_bytes(Tag tag, Vr vr, std::string value);
  DataSet& sequence(Tag tag, std::vector<DataSet> items, std::optional<Lengths> lengths = {});
  DataSet& un_sequence(Tag tag, std::vector<DataSet> items, Lengths lengths);
  /// Encapsulated pixel data: OB of undefined length. The first piece is the basic offset table.
  DataSet& fragments(Tag tag, std::vector<std::string> pieces);
  /// Bytes written as they are where an element `tag` would stand.
  DataSet& raw(Tag tag, std::string bytes);
  /// Adds all elements of `other`; equal tags are replaced.
  DataSet& merge(const DataSet& other);
  DataSet& erase(Tag tag);

  /// nullptr if absent; valid until the next change.
  [[nodiscard]] Element* find(Tag tag);
  [[nodiscard]] const Element* find(Tag tag) const;
  /// A value without its padding; empty if absent.
  [[nodiscard]] std::string value(Tag tag) const;
  /// In the order of adding.
  [[nodiscard]] const std::vector<Element>& elements() const { return elements_; }

 private:
  Element& place(Tag tag, Vr vr, Element::Kind kind);

  std::vector<Element> elements_;
};

/// The choices that PS3.5 leaves to the writer.
struct Encoding {
  enum class Syntax : std::uint8_t { implicit_le, explicit_le, explicit_be, deflated };
  enum class GroupLengths : std::uint8_t { absent, present };
  enum class Order : std::uint8_t { by_tag, as_added };

  Syntax syntax = Syntax::explicit_le;
  Lengths sequences = Lengths::defined;
  Lengths items = Lengths::defined;
  GroupLengths group_lengths = GroupLengths::absent;  ///< at top level (PS3.5 7.2)
  Order order = Order::by_tag;
};

namespace uid {
inline constexpr std::string_view kImplicitLittle = "1.2.840.10008.1.2";
inline constexpr std::string_view kExplicitLittle = "1.2.840.10008.1.2.1";
inline constexpr std::string_view kDeflated = "1.2.840.10008.1.2.1.99";
inline constexpr std::string_view kExplicitBig = "1.2.840.10008.1.2.2";
inline constexpr std::string_view kJpegBaseline = "1.2.840.10008.1.2.4.50";
inline constexpr std::string_view kJpegLossless = "1.2.840.10008.1.2.4.70";
inline constexpr std::string_view kJpegLsLossless = "1.2.840.10008.1.2.4.80";
inline constexpr std::string_view kRle = "1.2.840.10008.1.2.5";
}  // namespace uid

/// The encoding that a transfer syntax has; explicit little endian for compressed ones.
[[nodiscard]] Encoding::Syntax syntax_of(std::string_view transfer_syntax);

/// The data set in bytes, as it travels in PDVs.
[[nodiscard]] std::string encode(const DataSet& data_set, const Encoding& encoding);

/// A whole file (PS3.10 7.1). SOP class and instance come from the data set. The syntax of
/// `encoding` gives way to that of the transfer syntax.
[[nodiscard]] std::string file_bytes(const DataSet& data_set, std::string_view transfer_syntax,
                                     Encoding encoding = {});

/// A whole file around any bytes, broken ones included.
[[nodiscard]] std::string file_bytes_around(std::string_view data_set,
                                            std::string_view transfer_syntax,
                                            std::string_view sop_class,
                                            std::string_view sop_instance);

}  // namespace dcm::test
