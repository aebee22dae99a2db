// SPDX-License-Identifier: MIT
#include "deid/sr_concepts.hpp"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>
#include <vector>

#include "deid/table_cell.hpp"
#include "dicom/text.hpp"

namespace dcm::deid {
namespace {

struct Cells {
  std::string_view scheme, code, basic, keeps, cleans, snomed_rt;
};

constexpr Cells kCells[] = {
#define ROW(scheme, code, value_type, basic, keeps, cleans, snomed_rt, name) \
  {scheme, code, basic, keeps, cleans, snomed_rt},
#include "generated/sr_concepts.inc"
#undef ROW
};

constexpr auto kPublicSchemes = [] {
  std::array schemes = {
#define ROW(scheme, name) std::string_view(scheme),
#include "generated/public_schemes.inc"
#undef ROW
  };
  std::sort(schemes.begin(), schemes.end());
  return schemes;
}();

struct Concept {
  std::string_view code;
  std::string_view scheme;
  ConceptRow row;
};

using Key = std::pair<std::string_view, std::string_view>;

bool before(const Concept& each, const Key& key) noexcept {
  return std::tie(each.code, each.scheme) < std::tie(key.first, key.second);
}

/// SNOMED's older designators share their codes (PS3.16 8.1).
std::string_view current_form(std::string_view scheme) noexcept {
  return scheme == "SNM3" || scheme == "99SDM" ? "SRT" : scheme;
}

/// D comes before X: whoever replaces the content keeps the report valid in both cases.
Code both(Code a, Code b) noexcept {
  if (a == b) return a;
  return a == Code::D || b == Code::D ? Code::D : Code::X_D;
}

OptionSet both(OptionSet a, OptionSet b) {
  for (const Option option : b.list()) a.add(option);
  return a;
}

std::vector<Concept> all_concepts() {
  std::vector<Concept> concepts;
  for (const Cells& cells : kCells) {
    const ConceptRow row{parse_code(cells.basic), parse_options(cells.keeps),
                         parse_options(cells.cleans)};
    concepts.push_back({cells.code, cells.scheme, row});
    if (cells.snomed_rt != "-") concepts.push_back({cells.snomed_rt, "SRT", row});
  }
  std::stable_sort(concepts.begin(), concepts.end(), [](const Concept& a, const Concept& b) {
    return before(a, {b.code, b.scheme});
  });
  // The table may name a concept once for each value type.
  std::vector<Concept> merged;
  for (const Concept& each : concepts) {
    if (merged.empty() || before(merged.back(), {each.code, each.scheme})) {
      merged.push_back(each);
      continue;
    }
    ConceptRow& row = merged.back().row;
    row = {both(row.basic, each.row.basic), both(row.keeps, each.row.keeps),
           both(row.cleans, each.row.cleans)};
  }
  return merged;
}

}  // namespace

const ConceptRow* find_concept(std::string_view code_value, std::string_view scheme) noexcept {
  static const std::vector<Concept> kConcepts = all_concepts();
  const Key key{trim(code_value), current_form(trim(scheme))};
  const auto found = std::lower_bound(kConcepts.begin(), kConcepts.end(), key, before);
  if (found == kConcepts.end() || found->code != key.first || found->scheme != key.second)
    return nullptr;
  return &found->row;
}

bool is_public_scheme(std::string_view scheme) noexcept {
  return std::binary_search(kPublicSchemes.begin(), kPublicSchemes.end(), trim(scheme));
}

std::string_view sr_concepts_edition() noexcept { return "2020c"; }

}  // namespace dcm::deid
