// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "deid/planting.hpp"
#include "dicom/dictionary.hpp"

namespace dcm::deid {
namespace {

using test::DataSet;
using test::Received;
using test::operator""_tag;

/// A line of tests/deid/harmless_values.tsv.
struct Harmless {
  std::string attribute;  ///< a keyword, or group, creator and element of a private one
  std::string value;
};

std::vector<Harmless> harmless_values() {
  std::vector<Harmless> all;
  for (const auto& cells : test::table_cells("tests/deid/harmless_values.tsv"))
    all.push_back({cells.at(0), cells.at(1)});
  return all;
}

struct SafeAttribute {
  Tag creator_tag, tag;
  std::string creator;
  Vr vr;
};

Vr safe_vr(const std::string& group, const std::string& creator, const std::string& element) {
  for (const auto& cells : test::table_cells("data/safe_private.tsv"))
    if (cells.at(1) == creator && cells.at(2) == element &&
        std::stoul(cells.at(0), nullptr, 16) == std::stoul(group, nullptr, 16))
      return make_vr(cells.at(3));
  throw std::runtime_error("not in the safe list: " + group + creator + element);
}

SafeAttribute safe_attribute(const std::string& text) {
  const std::size_t first = text.find(','), last = text.rfind(',');
  const std::string group = text.substr(0, first), element = text.substr(last + 1);
  const std::string creator = text.substr(first + 1, last - first - 1);
  const auto number = static_cast<std::uint16_t>(std::stoul(group, nullptr, 16));
  const auto low = static_cast<std::uint16_t>(std::stoul(element, nullptr, 16));
  // Creators of one group must not share a block.
  const auto block = static_cast<std::uint16_t>(creator.starts_with("GEMS") ? 0x20 : 0x10);
  return {{number, block},
          {number, static_cast<std::uint16_t>(block << 8 | low)},
          creator,
          safe_vr(group, creator, element)};
}

/// One value for each attribute; `tags` are where they went.
DataSet add_values(const std::vector<Harmless>& values, std::vector<Tag>& tags) {
  DataSet object;
  for (const Harmless& harmless : values) {
    if (harmless.attribute.find(',') != std::string::npos) {
      const SafeAttribute safe = safe_attribute(harmless.attribute);
      object.text(safe.creator_tag, vr::kLO, safe.creator);
      object.text(safe.tag, safe.vr, harmless.value);
      tags.push_back(safe.tag);
      continue;
    }
    const std::optional<Tag> tag = find_keyword(harmless.attribute);
    if (!tag) throw std::runtime_error("no such keyword: " + harmless.attribute);
    object.text(*tag, dictionary_vr(*tag), harmless.value);
    tags.push_back(*tag);
  }
  return object;
}

/// As few objects as hold all values, one of each attribute in each.
std::vector<std::vector<Harmless>> in_objects(const std::vector<Harmless>& values) {
  std::map<std::string, std::size_t> used;
  std::vector<std::vector<Harmless>> objects;
  for (const Harmless& value : values) {
    const std::size_t which = used[value.attribute]++;
    if (objects.size() <= which) objects.resize(which + 1);
    objects[which].push_back(value);
  }
  return objects;
}

/// Somebody whose name, number, address and hospital are made of everyday words.
DataSet somebody(std::string_view name, std::string_view id) {
  return test::base_object()
      .text(tags::kPatientName, vr::kPN, name)
      .text(tags::kPatientId, vr::kLO, id)
      .text(tags::kPatientBirthDate, vr::kDA, "19791103")
      .text(tags::kStudyDate, vr::kDA, "20240517")
      .text(0x00101010_tag, vr::kAS, "045Y")
      .text(tags::kSeriesNumber, vr::kIS, "12")
      .text(tags::kAccessionNumber, vr::kSH, "45")
      .text(tags::kStudyId, vr::kSH, "1")
      .text(0x00080080_tag, vr::kLO, "Head and Hand Clinic")
      .text(0x00101040_tag, vr::kLO, "12 Long Street, Foot Hill");
}

TEST(Harmless, AreAtLeastThreeHundredDifferentValuesThatTheirAttributesAllow) {
  std::set<std::pair<std::string, std::string>> seen;
  for (const Harmless& harmless : harmless_values()) {
    EXPECT_TRUE(seen.insert({harmless.attribute, harmless.value}).second) << harmless.value;
    std::vector<Tag> tags;
    const DataSet object = add_values({harmless}, tags);
    const test::Element* element = object.find(tags.at(0));
    EXPECT_TRUE(test::is_valid(element->vr, element->bytes))
        << harmless.attribute << ": " << harmless.value;
  }
  EXPECT_GE(seen.size(), 300U);
}

TEST(Harmless, SurviveResearchByteForByteWhateverThePatientIsCalled) {
  const Project research = test::project_of("research");
  const auto objects = in_objects(harmless_values());
  for (const char* name : {"HAND^LONG", "MAY^CHIN", "BROWN^ROSE", "HEAD^FOOT", "LONG^MARY"})
    for (const char* id : {"12", "001", "2024"})
      for (const std::vector<Harmless>& values : objects) {
        std::vector<Tag> tags;
        const DataSet rows = add_values(values, tags);
        const DataSet object =
            somebody(name, id).merge(test::in_kept_sequences(1, rows)).merge(rows);
        const Received out = test::send(research, object);
        ASSERT_EQ(out.error.code, Errc::ok);
        const test::Tree* inner = test::first_item(out.tree, 0x00082218_tag);
        ASSERT_NE(inner, nullptr);
        for (std::size_t i = 0; i < tags.size(); ++i)
          for (const test::Tree* tree : {&out.tree, inner}) {
            const test::TreeNode* node = test::find_node(*tree, tags[i]);
            EXPECT_EQ(node == nullptr ? "(gone)" : node->value, object.find(tags[i])->bytes)
                << values[i].attribute << " of " << name << " " << id
                << (tree == inner ? ", nested" : "");
          }
      }
}

}  // namespace
}  // namespace dcm::deid
