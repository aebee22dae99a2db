// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "dicom/tag.hpp"
#include "dicom/transfer_syntax.hpp"
#include "dicom/vr.hpp"

/// A second reader of data sets, independent of the code under test and written for clarity only:
/// what it finds before and after rewriting is compared.
namespace dcm::test {

struct TreeNode;
using Tree = std::vector<TreeNode>;

/// One element. Lengths are left out, so two encodings of equal content are equal; where an
/// element ends is left out of the comparison too.
struct TreeNode {
  Tag tag;
  Vr vr{};
  std::string value;                   ///< as sent; empty for sequences
  std::vector<Tree> items;             ///< of a sequence, sequences in disguise included
  std::vector<std::string> fragments;  ///< of an encapsulated value
  std::size_t end = 0;                 ///< offset in the data set; of nested ones in the value

  friend bool operator==(const TreeNode& a, const TreeNode& b) {
    return a.tag == b.tag && a.vr == b.vr && a.value == b.value && a.items == b.items &&
           a.fragments == b.fragments;
  }
};

/// Parses a whole data set, not deflated. Throws std::runtime_error if anything is wrong with it.
[[nodiscard]] Tree parse_tree(std::string_view data_set, dcm::Encoding encoding);

/// `tree` without the elements that `drop` names, at every depth.
[[nodiscard]] Tree without(const Tree& tree, const std::function<bool(Tag)>& drop);

/// How many elements there are at all depths.
[[nodiscard]] std::size_t count_elements(const Tree& tree);

/// `tree` without element number `index` in the order of the bytes, and what it contains.
[[nodiscard]] Tree without_element(const Tree& tree, std::size_t index);

/// One line for each element, for messages.
[[nodiscard]] std::string outline(const Tree& tree, int indent = 0);

/// Inflates a whole deflated data set; what follows the stream is ignored. Throws on failure.
[[nodiscard]] std::string inflated(std::string_view deflated);

}  // namespace dcm::test
