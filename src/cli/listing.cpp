// SPDX-License-Identifier: MIT
#include "cli/listing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "cli/json.hpp"
#include "dicom/dictionary.hpp"
#include "dicom/text.hpp"

namespace dcm::cli {
namespace {

enum class Align : std::uint8_t { left, right };

struct Column {
  std::string_view title;
  Tag tag;
  std::size_t widest;
  Align align = Align::left;
};

constexpr std::array kPatientColumns{
    Column{"PATIENT ID", tags::kPatientId, 24},
    Column{"NAME", tags::kPatientName, 40},
    Column{"BORN", tags::kPatientBirthDate, 10},
};
constexpr std::array kStudyColumns{
    Column{"PATIENT ID", tags::kPatientId, 20},
    Column{"NAME", tags::kPatientName, 28},
    Column{"DATE", tags::kStudyDate, 10},
    Column{"MODALITY", tags::kModalitiesInStudy, 12},
    Column{"DESCRIPTION", tags::kStudyDescription, 32},
    Column{"ACCESSION", tags::kAccessionNumber, 16},
    Column{"IMAGES", tags::kStudyRelatedInstances, 8, Align::right},
};
constexpr std::array kSeriesColumns{
    Column{"PATIENT ID", tags::kPatientId, 20},
    Column{"DATE", tags::kStudyDate, 10},
    Column{"MODALITY", tags::kModality, 8},
    Column{"NUMBER", tags::kSeriesNumber, 8, Align::right},
    Column{"DESCRIPTION", tags::kSeriesDescription, 32},
    Column{"IMAGES", tags::kSeriesRelatedInstances, 8, Align::right},
    Column{"SERIES INSTANCE UID", tags::kSeriesInstanceUid, 64},
};
constexpr std::array kImageColumns{
    Column{"PATIENT ID", tags::kPatientId, 20},
    Column{"MODALITY", tags::kModality, 8},
    Column{"SERIES", tags::kSeriesNumber, 8, Align::right},
    Column{"NUMBER", tags::kInstanceNumber, 8, Align::right},
    Column{"SOP INSTANCE UID", tags::kSopInstanceUid, 64},
};

std::span<const Column> columns_of(net::QueryLevel level) noexcept {
  switch (level) {
    case net::QueryLevel::patient:
      return kPatientColumns;
    case net::QueryLevel::study:
      return kStudyColumns;
    case net::QueryLevel::series:
      return kSeriesColumns;
    case net::QueryLevel::image:
      break;
  }
  return kImageColumns;
}

constexpr std::array kPatientTags{tags::kPatientId, tags::kPatientName, tags::kPatientBirthDate};
constexpr std::array kStudyTags{tags::kStudyInstanceUid,
                                tags::kStudyDate,
                                tags::kStudyId,
                                tags::kStudyDescription,
                                tags::kAccessionNumber,
                                tags::kModalitiesInStudy,
                                tags::kStudyRelatedSeries,
                                tags::kStudyRelatedInstances};
constexpr std::array kSeriesTags{tags::kSeriesInstanceUid, tags::kSeriesNumber,
                                 tags::kSeriesDate,        tags::kSeriesDescription,
                                 tags::kModality,          tags::kSeriesRelatedInstances};
constexpr std::array kImageTags{tags::kSopInstanceUid, tags::kSopClassUid, tags::kInstanceNumber};

constexpr std::array kBinaryVrs{vr::kAT, vr::kFD, vr::kFL, vr::kSL, vr::kSS,
                                vr::kUL, vr::kUS, vr::kUN, vr::kSQ};

/// Whether a value is worth showing: text, and not about how the answer was encoded.
bool is_shown(Tag tag) noexcept {
  if (tag == tags::kSpecificCharacterSet || tag == tags::kQueryRetrieveLevel) return false;
  const auto vr = dictionary_vr(tag);
  return std::find(kBinaryVrs.begin(), kBinaryVrs.end(), vr) == kBinaryVrs.end();
}

std::string keyword_of(Tag tag) {
  const auto entry = find_entry(tag);
  if (entry && !entry->keyword.empty()) return std::string(entry->keyword);
  return fmt::format("{:08X}", tag.packed());
}

std::vector<std::string> keywords_of(const std::vector<Tag>& tags) {
  std::vector<std::string> keywords;
  for (const auto tag : tags) keywords.push_back(keyword_of(tag));
  return keywords;
}

/// At most `widest` columns, the last an ellipsis where something is cut.
std::string cut(std::string text, std::size_t widest) {
  if (display_width(text) <= widest) return text;
  while (!text.empty() && display_width(text) >= widest) {
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xC0U) == 0x80U) {
      text.pop_back();
    }
    text.pop_back();
  }
  return text + "…";
}

std::string cell(const app::Match& match, const Column& column) {
  auto text = printable(fmt::format("{}", fmt::join(match.attributes.values(column.tag), " ")));
  const bool is_date = column.widest == 10;
  if (is_date && text.size() == 8 && text.find_first_not_of("0123456789") == std::string::npos) {
    text = fmt::format("{}-{}-{}", text.substr(0, 4), text.substr(4, 2), text.substr(6));
  }
  return cut(std::move(text), column.widest);
}

std::string padded(const std::string& text, std::size_t width, Align align) {
  const std::string space(width - std::min(width, display_width(text)), ' ');
  return align == Align::right ? space + text : text + space;
}

using Row = std::vector<std::string>;

std::string aligned(const std::vector<Row>& rows, std::span<const Align> aligns) {
  std::vector<std::size_t> widths(aligns.size(), 0);
  for (const auto& row : rows) {
    for (std::size_t at = 0; at < row.size(); ++at) {
      widths[at] = std::max(widths[at], display_width(row[at]));
    }
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t at = 0; at < row.size(); ++at) {
      if (widths[at] > 0) line += padded(row[at], widths[at], aligns[at]) + "  ";
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

/// The tags of a level and of those above, without what only a level above has counted.
std::vector<Tag> tags_of(net::QueryLevel level) {
  std::vector<Tag> tags(kPatientTags.begin(), kPatientTags.end());
  if (level >= net::QueryLevel::study)
    tags.insert(tags.end(), kStudyTags.begin(), kStudyTags.end());
  if (level >= net::QueryLevel::series) {
    tags.insert(tags.end(), kSeriesTags.begin(), kSeriesTags.end());
  }
  if (level >= net::QueryLevel::image)
    tags.insert(tags.end(), kImageTags.begin(), kImageTags.end());
  return tags;
}

bool is_number(std::string_view text) noexcept {
  return text.size() > 1 && text.find_first_not_of("0123456789.", 1) == std::string_view::npos;
}

std::string csv_field(std::string_view value) {
  auto text = printable(value);
  const bool formula =
      !text.empty() && std::string_view("=+-@").find(text[0]) != std::string_view::npos;
  if (formula && !(text[0] != '=' && text[0] != '@' && is_number(text))) text.insert(0, 1, '\'');
  if (text.find_first_of("\",") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char each : text) quoted += each == '"' ? "\"\"" : std::string(1, each);
  return quoted + "\"";
}

std::string csv_line(const Row& row) {
  Row fields;
  for (const auto& value : row) fields.push_back(csv_field(value));
  return fmt::format("{}\r\n", fmt::join(fields, ","));
}

}  // namespace

std::string table_text(const app::SearchOutcome& found, net::QueryLevel level) {
  if (found.matches.empty()) return {};
  const auto columns = columns_of(level);
  std::vector<Align> aligns{Align::left};
  std::vector<Row> rows(1, Row{""});
  for (const auto& column : columns) {
    aligns.push_back(column.align);
    rows.front().emplace_back(column.title);
  }
  for (const auto& match : found.matches) {
    Row row{match.unverified.empty() ? "" : "?"};
    for (const auto& column : columns) row.push_back(cell(match, column));
    rows.push_back(std::move(row));
  }
  return aligned(rows, aligns);
}

std::string csv_text(const app::SearchOutcome& found, net::QueryLevel level) {
  auto tags = tags_of(level);
  std::set<std::uint32_t> others;
  for (const auto& match : found.matches) {
    for (const auto tag : match.attributes.all_tags()) {
      if (is_shown(tag)) others.insert(tag.packed());
    }
  }
  for (const auto tag : tags) others.erase(tag.packed());
  for (const auto packed : others) tags.push_back(Tag::from(packed));

  auto header = keywords_of(tags);
  header.emplace_back("Unverified");
  auto text = csv_line(header);
  for (const auto& match : found.matches) {
    Row row;
    for (const auto tag : tags) {
      row.push_back(fmt::format("{}", fmt::join(match.attributes.values(tag), "\\")));
    }
    row.push_back(fmt::format("{}", fmt::join(keywords_of(match.unverified), " ")));
    text += csv_line(row);
  }
  return text;
}

std::string json_text(const app::SearchOutcome& found) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& match : found.matches) {
    auto object = nlohmann::ordered_json::object();
    for (const auto tag : match.attributes.all_tags()) {
      const auto values = match.attributes.values(tag);
      if (!is_shown(tag) || values.empty()) continue;
      if (values.size() == 1) {
        object[keyword_of(tag)] = values.front();
      } else {
        object[keyword_of(tag)] = values;
      }
    }
    if (!match.unverified.empty()) object["unverified"] = keywords_of(match.unverified);
    list.push_back(std::move(object));
  }
  return safe_json(list);
}

}  // namespace dcm::cli
