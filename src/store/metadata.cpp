// SPDX-License-Identifier: MIT
#include "store/metadata.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

namespace dcm::store {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kTreeFormat = 1;

std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Json identity_json(const TreeIdentity& identity) {
  return {{"profile", identity.profile},
          {"options", identity.options},
          {"table_edition", identity.table_edition}};
}

/// Numbers by value, whatever is no number behind them, equal values by their text.
std::pair<std::int64_t, std::string> by_number(const std::string& text) {
  std::int64_t value = 0;
  const char* first = text.data() + (text.starts_with('+') ? 1 : 0);
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(first, last, value);
  if (error != std::errc() || end != last) value = std::numeric_limits<std::int64_t>::max();
  return {value, text};
}

void add_present(Json& json, const char* keyword, const std::string& value) {
  if (!value.empty()) json[keyword] = value;
}

Json study_json(const ObjectDescription& about) {
  Json study;
  study["StudyInstanceUID"] = about.study_instance_uid;
  add_present(study, "StudyDate", about.study_date);
  add_present(study, "StudyDescription", about.study_description);
  add_present(study, "StudyID", about.study_id);
  add_present(study, "AccessionNumber", about.accession_number);
  study["series"] = Json::array();
  return study;
}

Json series_json(const SeriesRecord& record) {
  Json series;
  series["SeriesInstanceUID"] = record.about.series_instance_uid;
  add_present(series, "SeriesNumber", record.about.series_number);
  add_present(series, "SeriesDescription", record.about.series_description);
  add_present(series, "SeriesDate", record.about.series_date);
  add_present(series, "Modality", record.about.modality);
  series["folder"] = record.folder;
  series["instances"] = record.instances;
  series["bytes"] = record.bytes;
  if (record.doubts.suspected > 0) series["suspected_burned_in"] = record.doubts.suspected;
  if (record.doubts.declared > 0) series["declared_burned_in"] = record.doubts.declared;
  return series;
}

Json numbers_json(const std::vector<SeriesRecord>& series) {
  Json numbers = Json::array();
  for (const SeriesRecord& one : series) {
    const std::string& number = one.about.series_number;
    if (!number.empty() && (numbers.empty() || numbers.back() != number)) numbers.push_back(number);
  }
  return numbers;
}

Json studies_json(const std::vector<SeriesRecord>& series) {
  std::map<std::string, Json> by_uid;
  for (const SeriesRecord& one : series) {
    const auto at = by_uid.try_emplace(one.about.study_instance_uid, study_json(one.about)).first;
    at->second["series"].push_back(series_json(one));
  }
  std::vector<Json> studies;
  for (auto& [uid, study] : by_uid) studies.push_back(std::move(study));
  std::stable_sort(studies.begin(), studies.end(), [](const Json& a, const Json& b) {
    return a.value("StudyDate", std::string("~")) < b.value("StudyDate", std::string("~"));
  });
  return studies;
}

std::string string_at(const Json& json, const char* key) {
  const auto at = json.find(key);
  return at != json.end() && at->is_string() ? at->get<std::string>() : std::string();
}

bool one_component(const std::string& name) {
  return !name.empty() && name.size() <= 255 && !name.starts_with('.') &&
         name.find('/') == std::string::npos && name.find('\0') == std::string::npos;
}

std::optional<TreeIdentity> read_identity(const Json& json) {
  const auto options = json.find("options");
  if (options == json.end() || !options->is_array()) return std::nullopt;
  TreeIdentity identity{
      string_at(json, "profile"), {}, string_at(json, "table_edition"), string_at(json, "version")};
  for (const Json& option : *options) {
    if (!option.is_string()) return std::nullopt;
    identity.options.push_back(option.get<std::string>());
  }
  if (identity.profile.empty()) return std::nullopt;
  return identity;
}

bool read_series(const Json& study, MetadataNames& names) {
  const auto all = study.find("series");
  if (all == study.end() || !all->is_array()) return false;
  for (const Json& series : *all) {
    if (!series.is_object()) return false;
    const std::string folder = string_at(series, "folder");
    const std::string uid = string_at(series, "SeriesInstanceUID");
    if (uid.empty() || !one_component(folder)) return false;
    names.series[uid] = folder;
  }
  return true;
}

}  // namespace

bool same_tree(const TreeIdentity& one, const TreeIdentity& other) {
  return std::tie(one.profile, one.options, one.table_edition, one.seal) ==
         std::tie(other.profile, other.options, other.table_edition, other.seal);
}

std::string tree_text(const TreeIdentity& identity) {
  Json json;
  json["format"] = kTreeFormat;
  json.update(identity_json(identity));
  add_present(json, "seal", identity.seal);
  return text_of(json);
}

bool is_tree_text(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  return json.is_object() && json.contains("format") && json["format"] == kTreeFormat;
}

std::string metadata_text(const PatientKey& patient, std::vector<SeriesRecord> series,
                          const TreeIdentity& made_by) {
  std::sort(series.begin(), series.end(), [](const SeriesRecord& a, const SeriesRecord& b) {
    const auto rank = [](const SeriesRecord& one) {
      return std::make_pair(by_number(one.about.series_number), one.about.series_instance_uid);
    };
    return rank(a) < rank(b);
  });
  Json json;
  json["PatientID"] = patient.patient_id;
  json["SeriesNumber"] = numbers_json(series);
  json["studies"] = studies_json(series);
  json["made_by"] = identity_json(made_by);
  json["made_by"]["version"] = made_by.version;
  return text_of(json);
}

std::optional<MetadataNames> read_metadata(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto id = json.find("PatientID");
  const auto studies = json.find("studies");
  const auto made_by = json.find("made_by");
  if (id == json.end() || !id->is_string() || studies == json.end() || !studies->is_array() ||
      made_by == json.end() || !made_by->is_object())
    return std::nullopt;
  MetadataNames names;
  for (const Json& study : *studies)
    if (!study.is_object() || !read_series(study, names)) return std::nullopt;
  const std::string study = studies->empty() ? "" : string_at(studies->front(), "StudyInstanceUID");
  names.patient = patient_key(id->get<std::string>(), study);
  auto identity = read_identity(*made_by);
  if (!identity || names.patient.text().empty()) return std::nullopt;
  names.made_by = std::move(*identity);
  return names;
}

}  // namespace dcm::store
