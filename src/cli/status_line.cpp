// SPDX-License-Identifier: MIT
#include "cli/status_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/csv_reader.hpp"
#include "cli/named_file.hpp"
#include "store/digest.hpp"

namespace dcm::cli {
namespace {

namespace fs = std::filesystem;
using app::InstanceCounts;

constexpr std::size_t kCells = 14;
constexpr std::size_t kNameDigits = 8, kStateDigits = 16;

/// The counts in the order of their columns, after `expected`.
constexpr std::array kCounts{&InstanceCounts::stored,   &InstanceCounts::refused,
                             &InstanceCounts::failed,   &InstanceCounts::missing,
                             &InstanceCounts::conflict, &InstanceCounts::pending};

std::string digest(std::string_view text, std::size_t digits) {
  return store::hex_digest(text).substr(0, digits);
}

bool is_mark(std::string_view text) noexcept {
  const bool divided = text.size() == kNameDigits + 1 + kStateDigits && text[kNameDigits] == '-';
  return divided && std::count(text.begin(), text.end(), '-') == 1 &&
         text.find_first_not_of("0123456789abcdef-") == std::string_view::npos;
}

/// A number as we write it.
template <typename Number>
bool read_number(const std::string& text, Number& number) {
  const auto* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stopped == end;
}

std::optional<StatusLine> read_line(const CsvReader::Record& cells) {
  if (cells.size() != kCells) return std::nullopt;
  StatusLine line{
      .row = 0, .state = cells[1], .counts = {}, .reason = cells[11], .explanation = cells[12]};
  std::uint64_t expected = 0;
  bool good = read_number(cells[0], line.row) && read_number(cells[2], line.studies) &&
              read_number(cells[3], line.series) && read_number(cells[4], expected);
  for (std::size_t i = 0; i < kCounts.size(); ++i)
    good = good && read_number(cells[5 + i], line.counts.*kCounts[i]);
  if (!good || expected != line.counts.total()) return std::nullopt;
  return line;
}

}  // namespace

CohortMark mark_of(const CohortSource& source, const std::string& output) {
  const fs::path path(source.path);
  std::error_code absent;
  const auto size = fs::file_size(path, absent);
  const auto changed = fs::last_write_time(path, absent).time_since_epoch();
  return {digest(path.filename().string() + '\n' + source.sheet, kNameDigits),
          digest(fmt::format("{}\n{}\n{}\n{}\n{}", size, changed.count(),
                             static_cast<int>(source.level), static_cast<int>(source.unknown),
                             whole_path(output)),
                 kStateDigits)};
}

std::string status_text(std::span<const StatusLine> lines, const CohortMark& mark) {
  std::string text(kStatusHeader);
  for (const StatusLine& line : lines) {
    text += fmt::format("{},{},{},{},{}", line.row, line.state, line.studies, line.series,
                        line.counts.total());
    for (const auto count : kCounts) text += fmt::format(",{}", line.counts.*count);
    text += fmt::format(",{},\"{}\",{}-{}\n", line.reason, line.explanation, mark.name, mark.state);
  }
  return text;
}

std::optional<EarlierStatus> read_status(std::string_view text) {
  if (!text.starts_with(kStatusHeader)) return std::nullopt;
  EarlierStatus earlier;
  std::string mark;
  for (CsvReader reader(text.substr(kStatusHeader.size())); !reader.at_end();) {
    const auto cells = reader.take();
    auto line = cells ? read_line(*cells) : std::nullopt;
    if (!line || (!mark.empty() && mark != cells->back())) return std::nullopt;
    if (!earlier.lines.empty() && earlier.lines.back().row >= line->row) return std::nullopt;
    mark = cells->back();
    earlier.lines.push_back(std::move(*line));
  }
  if (!is_mark(mark)) return std::nullopt;
  earlier.mark = {mark.substr(0, kNameDigits), mark.substr(kNameDigits + 1)};
  return earlier;
}

}  // namespace dcm::cli
