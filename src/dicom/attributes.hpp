// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "dicom/character_set.hpp"
#include "dicom/tag.hpp"
#include "dicom/transfer_syntax.hpp"
#include "dicom/vr.hpp"

namespace dcm {

/// The top-level attributes of a small data set - a C-FIND answer, or what a written header is
/// filed by - as values that people read. Sequences, private and binary values are left out.
class Attributes {
 public:
  /// A data set with more than this is no answer.
  static constexpr std::size_t kMaxBytes = std::size_t{1} << 20;

  /// Reads a whole data set. Fails as ElementReader does, and with header_limit above kMaxBytes.
  /// `fallback` is a value of (0008,0005) for data sets that tell of no set beyond ASCII.
  static Result<Attributes> parse(Bytes data_set, Encoding encoding,
                                  std::string_view fallback = {});

  /// Adds one raw top-level value, unless it is one of those left out or there already. The
  /// character set comes from (0008,0005), whenever that is added.
  void add(Tag tag, Vr vr, Bytes value);

  [[nodiscard]] bool has(Tag tag) const noexcept;

  /// The value in UTF-8, padding trimmed, several values still joined by `\`; empty when absent.
  [[nodiscard]] std::string text(Tag tag) const;

  /// The values of a multi-valued attribute in UTF-8, each trimmed; empty when absent or empty.
  [[nodiscard]] std::vector<std::string> values(Tag tag) const;

  /// All tags present, ascending.
  [[nodiscard]] std::vector<Tag> all_tags() const;

 private:
  struct Value {
    Tag tag;
    Vr vr;
    std::string bytes;
  };
  [[nodiscard]] const Value* find(Tag tag) const noexcept;

  std::vector<Value> values_;
  std::string fallback_;
  CharacterSets character_sets_;
};

}  // namespace dcm
