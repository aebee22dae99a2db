// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace dcm::test {

/// Where a value breaks a JSON Schema, in words; empty if it does not. Knows what the schemas in
/// docs/ use of draft 2020-12: type, enum, oneOf, $ref into the same schema, properties,
/// patternProperties, additionalProperties (false), required, items, minItems, uniqueItems,
/// minLength, pattern, minimum. Throws on any other keyword, so that none goes unchecked.
[[nodiscard]] std::string schema_violation(const nlohmann::json& value,
                                           const nlohmann::json& schema);

/// A schema of docs/.
[[nodiscard]] nlohmann::json schema_of_docs(const std::string& name);

}  // namespace dcm::test
