// SPDX-License-Identifier: MIT
#include "base/csv_reader.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace dcm {

std::optional<CsvReader::Record> CsvReader::take() {
  line_ = next_line_;
  Record record;
  do {
    auto field = rest_.starts_with('"') ? take_quoted() : take_plain();
    if (!field) return std::nullopt;
    record.push_back(std::move(*field));
  } while (skip({&separator_, 1}));
  if (at_end() || skip("\n") || skip("\r\n")) return record;
  return std::nullopt;
}

std::optional<std::string> CsvReader::take_plain() {
  const std::array ends{separator_, '"', '\r', '\n'};
  const auto field = rest_.substr(0, rest_.find_first_of({ends.data(), ends.size()}));
  rest_.remove_prefix(field.size());
  return std::string(field);
}

std::optional<std::string> CsvReader::take_quoted() {
  std::string field;
  skip("\"");
  for (;;) {
    const std::size_t size = rest_.find('"');
    if (size == std::string_view::npos) return std::nullopt;
    const std::string_view part = rest_.substr(0, size);
    next_line_ += static_cast<std::uint32_t>(std::count(part.begin(), part.end(), '\n'));
    field += part;
    rest_.remove_prefix(size + 1);
    if (!skip("\"")) return field;
    field += '"';
  }
}

bool CsvReader::skip(std::string_view text) noexcept {
  if (!rest_.starts_with(text)) return false;
  rest_.remove_prefix(text.size());
  if (text.ends_with('\n')) ++next_line_;
  return true;
}

}  // namespace dcm
