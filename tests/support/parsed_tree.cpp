// SPDX-License-Identifier: MIT
#include "support/parsed_tree.hpp"

#include <zlib.h>

#include <cstdint>
#include <cstdio>
#include <optional>
#include <stdexcept>

#include "dicom/dictionary.hpp"

namespace dcm::test {
namespace {

constexpr std::uint32_t kUndefined = 0xFFFFFFFF;

[[noreturn]] void wrong(const char* what) { throw std::runtime_error(what); }

std::optional<std::vector<Tree>> items_in_disguise(const TreeNode& node, Encoding around);

class TreeParser {
 public:
  TreeParser(std::string_view bytes, Encoding encoding) : bytes_(bytes), encoding_(encoding) {}

  [[nodiscard]] bool at_end() const { return at_ == bytes_.size(); }

  TreeNode element() {
    TreeNode node;
    node.tag = tag();
    if (node.tag.group == 0xFFFE) wrong("delimiter or item between elements");
    const std::uint32_t length = read_length(node);
    if (length == kUndefined) {
      undefined_value(node);
    } else {
      const std::string_view value = take(length);
      if (node.vr == vr::kSQ) {
        TreeParser inner(value, encoding_);
        node.items = inner.items_to_end();
      } else {
        node.value = value;
        if (auto items = items_in_disguise(node, encoding_)) {
          node.items = *std::move(items);
          node.value.clear();
        }
      }
    }
    node.end = at_;
    return node;
  }

  std::vector<Tree> items_to_end() {
    std::vector<Tree> items;
    while (!at_end()) {
      // Some writers delimit what a length ends as well.
      if (peek() == tags::kSequenceDelimitation && bytes_.size() - at_ == 8) {
        delimiter(tags::kSequenceDelimitation);
        break;
      }
      items.push_back(item());
    }
    return items;
  }

 private:
  std::string_view take(std::size_t size) {
    if (size > bytes_.size() - at_) wrong("too long");
    const std::string_view taken = bytes_.substr(at_, size);
    at_ += size;
    return taken;
  }

  std::uint32_t number(std::size_t size) {
    const std::string_view digits = take(size);
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      const std::size_t from = encoding_ == Encoding::explicit_be ? i : size - 1 - i;
      value = value << 8 | static_cast<unsigned char>(digits[from]);
    }
    return value;
  }

  Tag tag() {
    const std::uint32_t group = number(2);
    return {static_cast<std::uint16_t>(group), static_cast<std::uint16_t>(number(2))};
  }

  Tag peek() {
    const std::size_t here = at_;
    const Tag next = tag();
    at_ = here;
    return next;
  }

  void delimiter(Tag which) {
    if (tag() != which || number(4) != 0) wrong("not the delimiter that must stand here");
  }

  std::uint32_t read_length(TreeNode& node) {
    if (encoding_ == Encoding::implicit_le) {
      node.vr = dictionary_vr(node.tag);
      return number(4);
    }
    node.vr = make_vr(take(2));
    if (has_short_length(node.vr)) return number(2);
    take(2);
    return number(4);
  }

  Tree item() {
    if (tag() != tags::kItem) wrong("no item in a sequence");
    const std::uint32_t length = number(4);
    Tree tree;
    if (length != kUndefined) {
      TreeParser inner(take(length), encoding_);
      while (!inner.at_end()) {
        if (inner.peek() == tags::kItemDelimitation) {
          inner.delimiter(tags::kItemDelimitation);
          if (!inner.at_end()) wrong("delimiter inside an item");
          break;
        }
        tree.push_back(inner.element());
      }
      return tree;
    }
    while (peek() != tags::kItemDelimitation) tree.push_back(element());
    delimiter(tags::kItemDelimitation);
    return tree;
  }

  void undefined_value(TreeNode& node) {
    const bool implicit = encoding_ == Encoding::implicit_le;
    const bool pixels = node.tag == tags::kPixelData && node.vr != vr::kSQ;
    if (pixels || (!implicit && node.vr != vr::kUN && is_bulk(node.vr))) {
      while (peek() == tags::kItem) {
        tag();
        node.fragments.emplace_back(take(number(4)));
      }
      return delimiter(tags::kSequenceDelimitation);
    }
    if (!implicit && node.vr != vr::kSQ && node.vr != vr::kUN) wrong("undefined length");
    const Encoding around = encoding_;
    if (node.vr == vr::kUN) encoding_ = Encoding::implicit_le;
    while (peek() == tags::kItem) node.items.push_back(item());
    delimiter(tags::kSequenceDelimitation);
    encoding_ = around;
  }

  std::string_view bytes_;
  Encoding encoding_;
  std::size_t at_ = 0;
};

std::optional<std::vector<Tree>> items_in_disguise(const TreeNode& node, Encoding around) {
  const std::string_view start = std::string_view(node.value).substr(0, 4);
  std::vector<Encoding> likely;
  if (start == std::string_view("\xFF\xFE\xE0\x00", 4)) likely = {Encoding::explicit_be};
  if (start == std::string_view("\xFE\xFF\x00\xE0", 4)) {
    likely = {Encoding::explicit_le, Encoding::implicit_le};
    if (node.vr == vr::kUN || around == Encoding::implicit_le) std::swap(likely[0], likely[1]);
  }
  for (const Encoding encoding : likely) {
    try {
      return TreeParser(node.value, encoding).items_to_end();
    } catch (const std::runtime_error&) {
      continue;
    }
  }
  return std::nullopt;
}

Tree without_counted(const Tree& tree, std::size_t& countdown) {
  Tree kept;
  for (const TreeNode& node : tree) {
    if (countdown-- == 0) continue;
    TreeNode& copy = kept.emplace_back(node);
    for (Tree& item : copy.items) item = without_counted(item, countdown);
  }
  return kept;
}

}  // namespace

Tree parse_tree(std::string_view data_set, Encoding encoding) {
  TreeParser parser(data_set, encoding);
  Tree tree;
  while (!parser.at_end()) tree.push_back(parser.element());
  return tree;
}

Tree without(const Tree& tree, const std::function<bool(Tag)>& drop) {
  Tree kept;
  for (const TreeNode& node : tree) {
    if (drop(node.tag)) continue;
    TreeNode& copy = kept.emplace_back(node);
    for (Tree& item : copy.items) item = without(item, drop);
  }
  return kept;
}

std::size_t count_elements(const Tree& tree) {
  std::size_t count = tree.size();
  for (const TreeNode& node : tree)
    for (const Tree& item : node.items) count += count_elements(item);
  return count;
}

Tree without_element(const Tree& tree, std::size_t index) { return without_counted(tree, index); }

std::string outline(const Tree& tree, int indent) {
  std::string out;
  for (const TreeNode& node : tree) {
    char line[96];
    std::snprintf(line, sizeof line, "%*s(%04x,%04x) %04x %zu bytes, %zu items, %zu fragments\n",
                  indent, "", node.tag.group, node.tag.element, static_cast<unsigned>(node.vr),
                  node.value.size(), node.items.size(), node.fragments.size());
    out += line;
    for (const Tree& item : node.items) out += outline(item, indent + 2);
  }
  return out;
}

std::string inflated(std::string_view deflated) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) throw std::runtime_error("inflateInit2");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(deflated.data()));
  stream.avail_in = static_cast<uInt>(deflated.size());
  std::string out;
  int status = Z_OK;
  while (status == Z_OK) {
    const std::size_t used = out.size();
    out.resize(used + 65536);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + used);
    stream.avail_out = 65536;
    status = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END) throw std::runtime_error("inflate");
  return out;
}

}  // namespace dcm::test
