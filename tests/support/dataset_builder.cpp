// SPDX-License-Identifier: MIT
#include "support/dataset_builder.hpp"

#include <zlib.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <map>
#include <stdexcept>

namespace dcm::test {
namespace {

constexpr std::uint32_t kUndefined = 0xFFFFFFFF;

template <typename T>
void append_number(std::string& out, T value, std::endian order) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    const std::size_t shift = 8 * (order == std::endian::little ? i : sizeof(T) - 1 - i);
    out.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> shift));
  }
}

std::size_t unit(Vr value) {
  static const std::map<std::string_view, std::size_t> kUnits = {
      {"US", 2}, {"SS", 2}, {"OW", 2}, {"AT", 2}, {"UL", 4}, {"SL", 4}, {"FL", 4},
      {"OF", 4}, {"OL", 4}, {"FD", 8}, {"OD", 8}, {"OV", 8}, {"UV", 8}, {"SV", 8}};
  for (const auto& [name, size] : kUnits)
    if (make_vr(name) == value) return size;
  return 1;
}

std::string swapped(std::string bytes, std::size_t size) {
  for (std::size_t at = 0; at + size <= bytes.size(); at += size)
    std::reverse(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                 bytes.begin() + static_cast<std::ptrdiff_t>(at + size));
  return bytes;
}

std::string deflated(std::string_view bytes) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) !=
      Z_OK)
    throw std::runtime_error("deflateInit2");
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int status = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) throw std::runtime_error("deflate");
  if (out.size() % 2 != 0) out.push_back('\0');  // PS3.5 A.5
  return out;
}

class Encoder {
 public:
  explicit Encoder(const Encoding& encoding)
      : encoding_(encoding),
        explicit_(encoding.syntax != Encoding::Syntax::implicit_le),
        order_(encoding.syntax == Encoding::Syntax::explicit_be ? std::endian::big
                                                                : std::endian::little) {}

  [[nodiscard]] std::string data_set(const DataSet& data_set) const {
    std::string out;
    for (const Element* each : in_order(data_set)) element(out, *each);
    return out;
  }

  [[nodiscard]] std::string with_group_lengths(const DataSet& data_set) const {
    std::map<std::uint16_t, std::string> groups;
    for (const Element* each : in_order(data_set)) element(groups[each->tag.group], *each);
    std::string out;
    for (const auto& [group, content] : groups) {
      header(out, {group, 0}, vr::kUL, 4);
      append_number(out, static_cast<std::uint32_t>(content.size()), order_);
      out += content;
    }
    return out;
  }

 private:
  [[nodiscard]] std::vector<const Element*> in_order(const DataSet& data_set) const {
    std::vector<const Element*> order;
    for (const Element& each : data_set.elements()) order.push_back(&each);
    if (encoding_.order == Encoding::Order::by_tag)
      std::stable_sort(order.begin(), order.end(),
                       [](const Element* a, const Element* b) { return a->tag < b->tag; });
    return order;
  }

  void tag(std::string& out, Tag tag) const {
    append_number(out, tag.group, order_);
    append_number(out, tag.element, order_);
  }

  void marker(std::string& out, Tag which, std::uint32_t length) const {
    tag(out, which);
    append_number(out, length, order_);
  }

  void header(std::string& out, Tag which, Vr vr, std::uint32_t length) const {
    tag(out, which);
    if (explicit_) {
      out.push_back(static_cast<char>(static_cast<std::uint16_t>(vr) >> 8));
      out.push_back(static_cast<char>(static_cast<std::uint16_t>(vr)));
      if (has_short_length(vr)) {
        append_number(out, static_cast<std::uint16_t>(length), order_);
        return;
      }
      out.append(2, '\0');
    }
    append_number(out, length, order_);
  }

  [[nodiscard]] std::string items(const std::vector<DataSet>& items) const {
    std::string out;
    for (const DataSet& each : items) {
      const std::string content = data_set(each);
      const bool defined = encoding_.items == Lengths::defined;
      marker(out, tags::kItem, defined ? static_cast<std::uint32_t>(content.size()) : kUndefined);
      out += content;
      if (!defined) marker(out, tags::kItemDelimitation, 0);
    }
    return out;
  }

  void sequence(std::string& out, const Element& element, Vr vr, std::string content) const {
    const bool defined = element.lengths.value_or(encoding_.sequences) == Lengths::defined;
    const auto size = defined ? static_cast<std::uint32_t>(content.size()) : kUndefined;
    header(out, element.tag, vr, element.claimed_length.value_or(size));
    out += content;
    if (!defined) marker(out, tags::kSequenceDelimitation, 0);
  }

  // The content of UN is implicit VR little endian in every encoding (PS3.5 6.2.2).
  void un_sequence(std::string& out, const Element& element) const {
    Encoding inner = encoding_;
    inner.syntax = Encoding::Syntax::implicit_le;
    const Encoder implicit(inner);
    if (!explicit_) return sequence(out, element, vr::kUN, items(element.items));
    std::string content = implicit.items(element.items);
    if (element.lengths == Lengths::undefined) {
      implicit.marker(content, tags::kSequenceDelimitation, 0);
      header(out, element.tag, vr::kUN, element.claimed_length.value_or(kUndefined));
      out += content;
    } else {
      sequence(out, element, vr::kUN, content);
    }
  }

  void fragments(std::string& out, const Element& element) const {
    header(out, element.tag, vr::kOB, element.claimed_length.value_or(kUndefined));
    for (const std::string& piece : element.pieces) {
      marker(out, tags::kItem, static_cast<std::uint32_t>(piece.size()));
      out += piece;
    }
    marker(out, tags::kSequenceDelimitation, 0);
  }

  void element(std::string& out, const Element& element) const {
    switch (element.kind) {
      case Element::Kind::value:
        header(out, element.tag, element.vr,
               element.claimed_length.value_or(static_cast<std::uint32_t>(element.bytes.size())));
        out +=
            order_ == std::endian::big ? swapped(element.bytes, unit(element.vr)) : element.bytes;
        return;
      case Element::Kind::sequence:
        return sequence(out, element, vr::kSQ, items(element.items));
      case Element::Kind::un_sequence:
        return un_sequence(out, element);
      case Element::Kind::fragments:
        return fragments(out, element);
      case Element::Kind::raw:
        out += element.bytes;
        return;
    }
  }

  Encoding encoding_;
  bool explicit_;
  std::endian order_;
};

}  // namespace

Element& DataSet::place(Tag tag, Vr vr, Element::Kind kind) {
  Element* there = find(tag);
  if (there == nullptr) there = &elements_.emplace_back();
  *there = Element{};
  there->tag = tag;
  there->vr = vr;
  there->kind = kind;
  return *there;
}

DataSet& DataSet::text(Tag tag, Vr vr, std::string_view value) {
  std::string padded(value);
  if (padded.size() % 2 != 0) padded.push_back(vr == vr::kUI ? '\0' : ' ');
  return exact_bytes(tag, vr, std::move(padded));
}

DataSet& DataSet::numbers(Tag tag, Vr vr, std::initializer_list<std::int64_t> values) {
  std::string out;
  for (const std::int64_t value : values) {
    const std::size_t size = vr == vr::kAT ? 4 : unit(vr);
    if (vr == vr::kIS) {
      out += (out.empty() ? "" : "\\") + std::to_string(value);
    } else if (vr == vr::kAT) {
      append_number(out, static_cast<std::uint16_t>(value >> 16), std::endian::little);
      append_number(out, static_cast<std::uint16_t>(value), std::endian::little);
    } else {
      for (std::size_t i = 0; i < size; ++i) out.push_back(static_cast<char>(value >> (8 * i)));
    }
  }
  return text(tag, vr, out);
}

DataSet& DataSet::reals(Tag tag, Vr vr, const std::vector<double>& values) {
  std::string out;
  for (const double value : values) {
    if (vr == vr::kFL)
      append_number(out, std::bit_cast<std::uint32_t>(static_cast<float>(value)),
                    std::endian::little);
    else
      append_number(out, std::bit_cast<std::uint64_t>(value), std::endian::little);
  }
  return exact_bytes(tag, vr, std::move(out));
}

DataSet& DataSet::bytes(Tag tag, Vr vr, std::string value) {
  if (value.size() % 2 != 0) value.push_back('\0');
  return exact_bytes(tag, vr, std::move(value));
}

DataSet& DataSet::exact_bytes(Tag tag, Vr vr, std::string value) {
  place(tag, vr, Element::Kind::value).bytes = std::move(value);
  return *this;
}

DataSet& DataSet::sequence(Tag tag, std::vector<DataSet> items, std::optional<Lengths> lengths) {
  Element& element = place(tag, vr::kSQ, Element::Kind::sequence);
  element.items = std::move(items);
  element.lengths = lengths;
  return *this;
}

DataSet& DataSet::un_sequence(Tag tag, std::vector<DataSet> items, Lengths lengths) {
  Element& element = place(tag, vr::kUN, Element::Kind::un_sequence);
  element.items = std::move(items);
  element.lengths = lengths;
  return *this;
}

DataSet& DataSet::fragments(Tag tag, std::vector<std::string> pieces) {
  for (std::string& piece : pieces)
    if (piece.size() % 2 != 0) piece.push_back('\0');
  place(tag, vr::kOB, Element::Kind::fragments).pieces = std::move(pieces);
  return *this;
}

DataSet& DataSet::raw(Tag tag, std::string bytes) {
  place(tag, vr::kNone, Element::Kind::raw).bytes = std::move(bytes);
  return *this;
}

DataSet& DataSet::merge(const DataSet& other) {
  for (const Element& each : other.elements_) place(each.tag, each.vr, each.kind) = each;
  return *this;
}

DataSet& DataSet::erase(Tag tag) {
  std::erase_if(elements_, [tag](const Element& each) { return each.tag == tag; });
  return *this;
}

Element* DataSet::find(Tag tag) {
  const auto at = std::find_if(elements_.begin(), elements_.end(),
                               [tag](const Element& each) { return each.tag == tag; });
  return at == elements_.end() ? nullptr : &*at;
}

const Element* DataSet::find(Tag tag) const { return const_cast<DataSet*>(this)->find(tag); }

std::string DataSet::value(Tag tag) const {
  const Element* element = find(tag);
  if (element == nullptr) return {};
  std::string bytes = element->bytes;
  while (!bytes.empty() && (bytes.back() == ' ' || bytes.back() == '\0')) bytes.pop_back();
  return bytes;
}

Encoding::Syntax syntax_of(std::string_view transfer_syntax) {
  if (transfer_syntax == uid::kImplicitLittle) return Encoding::Syntax::implicit_le;
  if (transfer_syntax == uid::kExplicitBig) return Encoding::Syntax::explicit_be;
  if (transfer_syntax == uid::kDeflated) return Encoding::Syntax::deflated;
  return Encoding::Syntax::explicit_le;
}

std::string encode(const DataSet& data_set, const Encoding& encoding) {
  const Encoder encoder(encoding);
  std::string out = encoding.group_lengths == Encoding::GroupLengths::present
                        ? encoder.with_group_lengths(data_set)
                        : encoder.data_set(data_set);
  return encoding.syntax == Encoding::Syntax::deflated ? deflated(out) : out;
}

std::string file_bytes(const DataSet& data_set, std::string_view transfer_syntax,
                       Encoding encoding) {
  encoding.syntax = syntax_of(transfer_syntax);
  return file_bytes_around(encode(data_set, encoding), transfer_syntax,
                           data_set.value(tags::kSopClassUid),
                           data_set.value(tags::kSopInstanceUid));
}

std::string file_bytes_around(std::string_view data_set, std::string_view transfer_syntax,
                              std::string_view sop_class, std::string_view sop_instance) {
  DataSet meta;
  meta.bytes(0x00020001_tag, vr::kOB, std::string("\0\1", 2))
      .text(0x00020002_tag, vr::kUI, sop_class)
      .text(0x00020003_tag, vr::kUI, sop_instance)
      .text(tags::kTransferSyntaxUid, vr::kUI, transfer_syntax)
      .text(0x00020012_tag, vr::kUI, "1.2.826.0.1.3680043.10.1337.0.1");
  const Encoding explicit_with_length{.group_lengths = Encoding::GroupLengths::present};
  std::string out(128, '\0');
  out += "DICM";
  out += encode(meta, explicit_with_length);
  out += data_set;
  return out;
}

}  // namespace dcm::test
