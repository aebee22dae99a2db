// SPDX-License-Identifier: MIT
#include "support/json_schema.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>
#include <set>
#include <stdexcept>

#include "support/read_back.hpp"

namespace dcm::test {
namespace {

using Json = nlohmann::json;

const std::regex& compiled(const std::string& expression) {
  static std::map<std::string, std::regex> known;
  return known.try_emplace(expression, expression).first->second;
}

class Validator {
 public:
  explicit Validator(const Json& root) : root_(root) {}

  [[nodiscard]] std::string check(const Json& value, const Json& schema,
                                  const std::string& at) const {
    static const std::map<std::string, Rule> kRules = {
        {"type", &Validator::type},
        {"enum", &Validator::one_of_values},
        {"oneOf", &Validator::one_of},
        {"$ref", &Validator::reference},
        {"properties", &Validator::members},
        {"patternProperties", &Validator::members},
        {"additionalProperties", &Validator::members},
        {"required", &Validator::required},
        {"items", &Validator::items},
        {"minItems", &Validator::long_enough},
        {"minLength", &Validator::long_enough},
        {"uniqueItems", &Validator::unique},
        {"pattern", &Validator::pattern},
        {"minimum", &Validator::minimum}};
    static const std::set<std::string> kSilent = {"$schema", "title", "description", "$defs"};
    for (const auto& [keyword, operand] : schema.items()) {
      if (kSilent.contains(keyword)) continue;
      const auto rule = kRules.find(keyword);
      if (rule == kRules.end()) throw std::runtime_error("unknown schema keyword " + keyword);
      if (std::string found = (this->*rule->second)(value, schema, at); !found.empty())
        return found;
    }
    return {};
  }

 private:
  using Rule = std::string (Validator::*)(const Json&, const Json&, const std::string&) const;

  std::string type(const Json& value, const Json& schema, const std::string& at) const {
    const std::string type = schema.at("type");
    const bool fits = type == "object"    ? value.is_object()
                      : type == "array"   ? value.is_array()
                      : type == "string"  ? value.is_string()
                      : type == "boolean" ? value.is_boolean()
                      : type == "integer" ? value.is_number_integer()
                                          : value.is_number();
    return fits ? "" : at + " is no " + type;
  }

  std::string one_of_values(const Json& value, const Json& schema, const std::string& at) const {
    const Json& allowed = schema.at("enum");
    return std::find(allowed.begin(), allowed.end(), value) != allowed.end()
               ? ""
               : at + " is none of the values";
  }

  std::string one_of(const Json& value, const Json& schema, const std::string& at) const {
    const Json& choices = schema.at("oneOf");
    const auto fitting = std::count_if(choices.begin(), choices.end(), [&](const Json& choice) {
      return check(value, choice, at).empty();
    });
    return fitting == 1 ? "" : at + " fits " + std::to_string(fitting) + " of the choices";
  }

  std::string reference(const Json& value, const Json& schema, const std::string& at) const {
    const std::string path = schema.at("$ref").get<std::string>().substr(1);
    return check(value, root_.at(Json::json_pointer(path)), at);
  }

  std::string members(const Json& value, const Json& schema, const std::string& at) const {
    if (!value.is_object()) return {};
    static const Json kNone = Json::object();
    const Json& named = schema.contains("properties") ? schema.at("properties") : kNone;
    const Json& patterns =
        schema.contains("patternProperties") ? schema.at("patternProperties") : kNone;
    for (const auto& [key, member] : value.items()) {
      std::vector<Json> fitting;
      if (named.contains(key)) fitting.push_back(named.at(key));
      for (const auto& [expression, each] : patterns.items())
        if (std::regex_search(key, compiled(expression))) fitting.push_back(each);
      if (fitting.empty() && schema.value("additionalProperties", true) == false)
        return at + " has " + key;
      for (const Json& each : fitting)
        if (std::string found = check(member, each, at + "." + key); !found.empty()) return found;
    }
    return {};
  }

  std::string required(const Json& value, const Json& schema, const std::string& at) const {
    for (const Json& key : schema.at("required"))
      if (value.is_object() && !value.contains(key)) return at + " lacks " + key.get<std::string>();
    return {};
  }

  std::string items(const Json& value, const Json& schema, const std::string& at) const {
    if (!value.is_array()) return {};
    for (std::size_t i = 0; i < value.size(); ++i) {
      std::string found = check(value[i], schema.at("items"), at + "[" + std::to_string(i) + "]");
      if (!found.empty()) return found;
    }
    return {};
  }

  std::string long_enough(const Json& value, const Json& schema, const std::string& at) const {
    const bool too_short =
        (value.is_array() && value.size() < schema.value("minItems", 0U)) ||
        (value.is_string() && value.get<std::string>().size() < schema.value("minLength", 0U));
    return too_short ? at + " is too short" : "";
  }

  std::string unique(const Json& value, const Json&, const std::string& at) const {
    if (!value.is_array()) return {};
    const std::set<Json> different(value.begin(), value.end());
    return different.size() == value.size() ? "" : at + " repeats itself";
  }

  std::string pattern(const Json& value, const Json& schema, const std::string& at) const {
    if (!value.is_string()) return {};
    const std::regex& expression = compiled(schema.at("pattern").get<std::string>());
    return std::regex_search(value.get<std::string>(), expression) ? "" : at + " is misshapen";
  }

  std::string minimum(const Json& value, const Json& schema, const std::string& at) const {
    const bool is_less =
        value.is_number() && value.get<double>() < schema.at("minimum").get<double>();
    return is_less ? at + " is too small" : "";
  }

  const Json& root_;
};

}  // namespace

std::string schema_violation(const Json& value, const Json& schema) {
  return Validator(schema).check(value, schema, "$");
}

Json schema_of_docs(const std::string& name) {
  const auto docs = std::filesystem::path(__FILE__).parent_path() / "../../docs";
  return Json::parse(read_file(docs / name));
}

}  // namespace dcm::test
