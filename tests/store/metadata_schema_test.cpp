// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "store/fake_object.hpp"
#include "store/metadata.hpp"

namespace dcm::store {
namespace {

using Json = nlohmann::json;

/// As much of JSON Schema as docs/metadata.schema.json uses; "" or where the value breaks it.
std::string violation(const Json& value, const Json& schema, const Json& root,
                      const std::string& at) {
  if (schema.contains("$ref")) {
    const std::string where = schema["$ref"].get<std::string>().substr(1);
    return violation(value, root.at(Json::json_pointer(where)), root, at);
  }
  const std::string type = schema.at("type");
  const bool fits = type == "object"   ? value.is_object()
                    : type == "array"  ? value.is_array()
                    : type == "string" ? value.is_string()
                                       : value.is_number_integer();
  if (!fits) return at + " is no " + type;
  if (value.is_string() && value.get<std::string>().size() < schema.value("minLength", 0U))
    return at + " is empty";
  if (value.is_array() && value.size() < schema.value("minItems", 0U)) return at + " is empty";
  std::string found;
  if (value.is_array())
    for (const Json& item : value)
      if (found.empty()) found = violation(item, schema.at("items"), root, at + "[]");
  if (!value.is_object()) return found;
  for (const Json& key : schema.at("required"))
    if (!value.contains(key)) return at + " lacks " + key.get<std::string>();
  for (const auto& [key, member] : value.items()) {
    if (!schema.at("properties").contains(key)) return at + " has " + key;
    if (found.empty())
      found = violation(member, schema.at("properties").at(key), root, at + "." + key);
  }
  return found;
}

std::string violation(const std::string& text) {
  const auto docs = std::filesystem::path(__FILE__).parent_path() / "../../docs";
  const Json schema = Json::parse(test::read_text(docs / "metadata.schema.json"));
  return violation(Json::parse(text), schema, schema, "");
}

SeriesRecord full_record() {
  SeriesRecord record;
  record.about = test::object_of("1.1", "1.1.1").about;
  record.about.study_description = "Head";
  record.about.study_id = "7";
  record.about.accession_number = "A1";
  record.about.series_date = "20230101";
  record.folder = "1_T1";
  record.instances = 1;
  return record;
}

TEST(MetadataSchema, FitsWhatIsWritten) {
  SeriesRecord bare;
  bare.about.series_instance_uid = "1.2";
  bare.folder = "unknown_unknown";
  EXPECT_EQ(violation(metadata_text(patient_key("DOE1", ""), {full_record(), bare},
                                    test::demographics())),
            "");
  EXPECT_EQ(violation(metadata_text(patient_key("", "1.2.1"), {full_record()},
                                    {"none", {"x"}, "", "0.1.0"})),
            "");
}

TEST(MetadataSchema, FitsNothingElse) {
  const std::string good =
      metadata_text(patient_key("DOE1", ""), {full_record()}, test::demographics());
  for (const auto& [from, to] :
       {std::pair{"\"bytes\": 0", "\"bytes\": \"0\""}, std::pair{"\"bytes\"", "\"octets\""},
        std::pair{"\"PatientID\"", "\"patient_id\""}, std::pair{"\"demographics\"", "\"\""}}) {
    std::string bad = good;
    bad.replace(bad.find(from), std::string_view(from).size(), to);
    EXPECT_NE(violation(bad), "") << to;
  }
}

}  // namespace
}  // namespace dcm::store
