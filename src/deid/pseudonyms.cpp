// SPDX-License-Identifier: MIT
#include "deid/pseudonyms.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <set>
#include <utility>

#include "base/csv_reader.hpp"
#include "dicom/text.hpp"

namespace dcm::deid {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kHeader = "patient_id,pseudonym\n";
constexpr std::string_view kNumbered = "PAT_";
constexpr std::size_t kDigits = 4;
constexpr std::size_t kMaxDigits = 18;  // they fit 64 bits
constexpr std::size_t kMaxPseudonym = 64;

bool is_blank(const CsvReader::Record& record) noexcept {
  return record.size() == 1 && trim(record.front()).empty();
}

bool is_valid(std::string_view pseudonym) noexcept {
  const auto is_allowed = [](char c) { return c >= ' ' && c <= '~' && c != '\\'; };
  return !pseudonym.empty() && pseudonym.size() <= kMaxPseudonym &&
         std::all_of(pseudonym.begin(), pseudonym.end(), is_allowed);
}

/// The number in PAT_0001; 0 for any other pseudonym.
std::uint64_t number_of(std::string_view pseudonym) noexcept {
  if (!pseudonym.starts_with(kNumbered)) return 0;
  pseudonym.remove_prefix(kNumbered.size());
  if (pseudonym.size() > kMaxDigits) return 0;
  std::uint64_t number = 0;
  const char* end = pseudonym.data() + pseudonym.size();
  const auto [stop, error] = std::from_chars(pseudonym.data(), end, number);
  return error == std::errc() && stop == end ? number : 0;
}

std::string numbered(std::uint64_t number) {
  std::string digits = std::to_string(number);
  if (digits.size() < kDigits) digits.insert(0, kDigits - digits.size(), '0');
  return std::string(kNumbered) + digits;
}

std::string quoted(std::string_view field) {
  if (field.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(field);
  std::string result = "\"";
  for (const char c : field) result.append(c == '"' ? 2 : 1, c);
  return result + '"';
}

}  // namespace

Result<PseudonymTable> PseudonymTable::parse(std::string_view csv) {
  if (csv.starts_with(kByteOrderMark)) csv.remove_prefix(kByteOrderMark.size());
  PseudonymTable table;
  std::set<std::string, std::less<>> given;
  for (CsvReader reader(csv); !reader.at_end();) {
    const auto record = reader.take();
    const auto bad_line = fail(Errc::bad_value, {.detail = reader.line()});
    if (!record) return bad_line;
    if (is_blank(*record)) continue;
    if (record->size() != 2) return bad_line;
    const std::string_view patient = trim(record->front());
    const std::string_view pseudonym = trim(record->back());
    if (!table.has_header_) {
      table.has_header_ = patient == "patient_id" && pseudonym == "pseudonym";
      if (!table.has_header_) return bad_line;
      continue;
    }
    if (patient.empty() || !is_valid(pseudonym)) return bad_line;
    if (fold(pseudonym) == fold(patient)) return bad_line;
    const auto [at, is_new] = table.pseudonyms_.try_emplace(std::string(patient), pseudonym);
    const bool is_free = is_new ? given.emplace(pseudonym).second : at->second == pseudonym;
    if (!is_free) return bad_line;
  }
  return table;
}

const std::string* PseudonymTable::find(std::string_view patient_id) const {
  const auto at = pseudonyms_.find(trim(patient_id));
  return at == pseudonyms_.end() ? nullptr : &at->second;
}

std::string PseudonymTable::number(std::span<const std::string> patient_ids) {
  std::set<std::string_view> strangers;
  for (const std::string& id : patient_ids)
    if (!trim(id).empty() && find(id) == nullptr) strangers.insert(trim(id));
  if (strangers.empty()) return {};
  std::uint64_t highest = 0;
  for (const auto& [patient, pseudonym] : pseudonyms_)
    highest = std::max(highest, number_of(pseudonym));
  std::string lines(has_header_ ? std::string_view() : kHeader);
  has_header_ = true;
  for (const std::string_view patient : strangers) {
    const std::string pseudonym = numbered(++highest);
    pseudonyms_.emplace(patient, pseudonym);
    lines += quoted(patient) + ',' + pseudonym + '\n';
  }
  return lines;
}

}  // namespace dcm::deid
