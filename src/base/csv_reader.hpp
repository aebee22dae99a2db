// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dcm {

/// Takes one record of CSV (RFC 4180) after another off a text. Lines end with LF or CR LF, the
/// last one may end with neither. A field with quotes may hold separators, line feeds and doubled
/// quotes; spaces around fields belong to them.
class CsvReader {
 public:
  using Record = std::vector<std::string>;

  /// `text` must outlive it.
  explicit CsvReader(std::string_view text, char separator = ',') noexcept
      : rest_(text), separator_(separator) {}

  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

  /// The line, counted from 1, in which the record last taken begins.
  [[nodiscard]] std::uint32_t line() const noexcept { return line_; }

  /// An empty line is a record of one empty field. None if a quote or a CR is out of place; nothing
  /// more can be taken then.
  std::optional<Record> take();

 private:
  std::optional<std::string> take_plain();
  std::optional<std::string> take_quoted();
  bool skip(std::string_view text) noexcept;

  std::string_view rest_;
  char separator_;
  std::uint32_t line_ = 0;
  std::uint32_t next_line_ = 1;
};

}  // namespace dcm
