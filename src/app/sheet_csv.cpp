// SPDX-License-Identifier: MIT
#include "app/sheet_csv.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "base/csv_reader.hpp"
#include "dicom/text.hpp"

namespace dcm::app {
namespace {

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";
constexpr std::string_view kLittleEndianMark = "\xFF\xFE", kBigEndianMark = "\xFE\xFF";

std::optional<std::string> from_utf16(const char* encoding, std::string_view bytes) {
  const iconv_t converter = ::iconv_open("UTF-8", encoding);
  if (reinterpret_cast<std::intptr_t>(converter) == -1) return std::nullopt;
  std::string utf8(bytes.size() / 2 * 3, '\0');
  char* from = const_cast<char*>(bytes.data());
  char* to = utf8.data();
  std::size_t left = bytes.size(), room = utf8.size();
  const auto failed = ::iconv(converter, &from, &left, &to, &room);
  ::iconv_close(converter);
  if (failed == static_cast<std::size_t>(-1)) return std::nullopt;
  utf8.resize(utf8.size() - room);
  return utf8;
}

std::optional<std::string> decoded(std::string_view bytes) {
  if (bytes.starts_with(kLittleEndianMark)) return from_utf16("UTF-16LE", bytes.substr(2));
  if (bytes.starts_with(kBigEndianMark)) return from_utf16("UTF-16BE", bytes.substr(2));
  if (bytes.starts_with(kUtf8Mark)) bytes.remove_prefix(kUtf8Mark.size());
  if (!is_utf8(bytes)) return std::nullopt;
  return std::string(bytes);
}

/// The separator that stands most often outside quotes in the first line that is not empty.
char separator_of(std::string_view text) {
  constexpr std::array kSeparators{',', ';', '\t'};
  std::array<std::size_t, kSeparators.size()> counts{};
  bool quoted = false, any = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '\n' && any) break;
    any = any || (c != '\n' && c != '\r');
    for (std::size_t i = 0; i < kSeparators.size(); ++i) counts[i] += kSeparators[i] == c ? 1 : 0;
  }
  return kSeparators[static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) -
                                              counts.begin())];
}

/// Takes the line `sep=;` off the text, which Excel understands and does not show.
std::optional<char> take_stated_separator(std::string_view& text) {
  constexpr std::string_view kStated = "sep=";
  const auto end = text.find('\n');
  auto line = text.substr(0, end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (end == std::string_view::npos || !line.starts_with(kStated) ||
      line.size() != kStated.size() + 1 || line.back() == '"')
    return std::nullopt;
  const char separator = line.back();
  text.remove_prefix(end + 1);
  return separator;
}

}  // namespace

Result<Sheet> parse_csv(std::string_view bytes) {
  const auto decoded_text = decoded(bytes);
  if (!decoded_text || decoded_text->find('\0') != std::string::npos)
    return fail(sheet_error(SheetFault::not_unicode));
  std::string_view text = *decoded_text;
  const auto stated = take_stated_separator(text);
  SheetBuilder builder;
  CsvReader reader(text, stated ? *stated : separator_of(text));
  for (std::uint32_t row = 1; !reader.at_end(); ++row) {
    auto record = reader.take();
    if (!record) return fail(sheet_error(SheetFault::stray_quote, row));
    for (std::size_t column = 0; column < record->size(); ++column)
      DCM_CHECK(builder.add(row, column, {Cell::Kind::text, std::move((*record)[column])}));
  }
  return builder.take();
}

}  // namespace dcm::app
