// SPDX-License-Identifier: MIT
#include "deid/planting.hpp"

#include <gtest/gtest.h>

#include <functional>

#include "deid/option.hpp"

namespace dcm::deid {
namespace {

using test::DataSet;
using test::Encoded;
using test::Lengths;
using test::Plant;
using test::operator""_tag;

constexpr Tag kDeidentificationMethod{0x0012, 0x0063};
/// Planted for the SOP instance UID, but the object has another at its top level.
constexpr std::string_view kReplacedInstance = "1.2.9999.524312.77";

std::vector<Option> every_option() {
  std::vector<Option> all;
  for (std::size_t i = 0; i < kOptions; ++i) all.push_back(static_cast<Option>(i));
  return all;
}

std::string names_of(OptionSet options) {
  std::string names;
  for (const Option option : options.list()) names += std::string(name_of(option).name) + " ";
  return names.empty() ? "basic" : names;
}

/// All pairs that may stand together.
std::vector<OptionSet> every_pair() {
  std::vector<OptionSet> pairs;
  for (const Option a : every_option())
    for (const Option b : every_option())
      if (a < b && !(a == Option::retain_full_dates && b == Option::retain_modified_dates))
        pairs.push_back({a, b});
  return pairs;
}

/// Where the rows are planted.
struct Placement {
  std::string name;
  DataSet object;
  std::function<const test::Tree*(const test::Tree&)> find;
};

const test::Tree* descend(const test::Tree* tree, std::initializer_list<Tag> path) {
  for (const Tag tag : path)
    if (tree != nullptr) tree = test::first_item(*tree, tag);
  return tree;
}

DataSet at_top_level() { return test::planted_rows().merge(test::base_object()); }

std::vector<Placement> every_placement() {
  const DataSet rows = test::planted_rows();
  const auto with = [](const DataSet& nest) { return test::base_object().merge(nest); };
  return {{"top level", at_top_level(), [](const test::Tree& tree) { return &tree; }},
          {"nested once", with(test::in_kept_sequences(1, rows)),
           [](const test::Tree& tree) { return descend(&tree, {0x00082218_tag}); }},
          {"nested five times", with(test::in_kept_sequences(5, rows)),
           [](const test::Tree& tree) {
             return descend(&tree, {0x00189346_tag, 0x00540220_tag, 0x004008EA_tag, 0x00082220_tag,
                                    0x00082218_tag});
           }},
          {"functional group", with(test::in_functional_group(rows)), [](const test::Tree& tree) {
             const test::TreeNode* groups = test::find_node(tree, 0x52009230_tag);
             return groups == nullptr || groups->items.size() != 3
                        ? nullptr
                        : descend(&groups->items[2], {0x00209111_tag});
           }}};
}

/// Judges all rows where they were planted; returns how many faults were told.
void judge_all(const Placement& placement, OptionSet options) {
  const test::Received out = test::send(test::project_with(options), placement.object);
  ASSERT_EQ(out.error.code, Errc::ok) << placement.name;
  EXPECT_EQ(out.leak(test::forbidden(options)), "") << placement.name << ", " << names_of(options);
  const test::Tree* where = placement.find(out.tree);
  ASSERT_NE(where, nullptr) << placement.name;
  const bool is_top = where == &out.tree;
  for (const Plant& plant : test::plants()) {
    const Tag tag = plant.line.tag;
    if (is_top && (tag == kDeidentificationMethod || tag == tags::kSopInstanceUid)) continue;
    const AttributeType type =
        is_top ? attribute_type(test::kSecondaryCapture, tag) : AttributeType::unknown;
    EXPECT_EQ(test::judge(plant, test::find_node(*where, tag), options, type), "")
        << plant.line.keyword << ", " << placement.name << ", " << names_of(options);
  }
}

TEST(Planting, CoversAllRowsOfTheTableAndEachWithAValueOfItsVr) {
  EXPECT_GE(test::plants().size(), 617U + 100U);
  for (const Plant& plant : test::plants())
    EXPECT_TRUE(test::is_valid(plant.line.vr, plant.value)) << plant.line.keyword;
}

TEST(Planting, FindsEveryCanaryInWhatIsSentAndInWhatIsStoredAsReceived) {
  for (const Placement& placement : every_placement()) {
    for (const Encoded& encoded : test::all_encodings(placement.object)) {
      const Project* const as_received = nullptr;
      const test::Rewritten out =
          test::rewrite(as_received, encoded.data_set, encoded.transfer_syntax);
      ASSERT_EQ(out.error.code, Errc::ok) << placement.name << encoded.name;
      const bool deflated = encoded.transfer_syntax == test::uid::kDeflated;
      const std::string bytes =
          test::lower(deflated ? test::inflated(out.data_set()) : out.data_set());
      for (const std::string& word : test::forbidden({}))
        if (word != kReplacedInstance) {
          EXPECT_NE(bytes.find(test::lower(word)), std::string::npos) << word << encoded.name;
        }
    }
  }
}

TEST(Planting, BasicLeavesNothingOfAnyRowInAnyPlaceAndEncoding) {
  const Project basic = test::project_of("basic");
  const std::vector<std::string> words = test::forbidden({});
  for (const Placement& placement : every_placement())
    for (const Encoded& encoded : test::all_encodings(placement.object)) {
      const test::Received out = test::send(basic, placement.object, encoded);
      EXPECT_EQ(out.error.code, Errc::ok) << placement.name << encoded.name;
      EXPECT_EQ(out.leak(words), "") << placement.name << encoded.name;
    }
}

TEST(Planting, BasicLeavesNothingOfValuesSentAsUnknown) {
  const std::vector<std::string> words = test::forbidden({});
  for (const Placement& placement : every_placement()) {
    DataSet object = test::as_unknown(placement.object);
    for (const Tag tag : {tags::kSopClassUid, tags::kSopInstanceUid})
      object.text(tag, vr::kUI, placement.object.value(tag));
    for (const Encoded& encoded : test::all_encodings(object)) {
      const test::Received out = test::send(test::project_of("basic"), object, encoded);
      EXPECT_EQ(out.error.code, Errc::ok) << placement.name << encoded.name;
      EXPECT_EQ(out.leak(words), "") << placement.name << encoded.name;
    }
  }
}

TEST(Planting, BasicDoesWithEachRowWhatItsCodeSays) {
  for (const Placement& placement : every_placement()) judge_all(placement, {});
}

TEST(Planting, EachOptionKeepsItsRowsCleansItsRowsAndNoOthers) {
  for (const Option option : every_option())
    for (const Placement& placement : every_placement()) judge_all(placement, {option});
}

TEST(Planting, TwoOptionsKeepAndCleanWhatEitherDoes) {
  const Placement top = every_placement().front();
  for (const OptionSet& pair : every_pair()) judge_all(top, pair);
}

TEST(Planting, ResearchDoesWithEachRowWhatItsOptionsSay) {
  const OptionSet options = test::project_of("research").profile.options();
  for (const Placement& placement : every_placement()) judge_all(placement, options);
}

TEST(Planting, ARowThatAnOptionDoesNotNameIsAsInBasic) {
  const DataSet object = at_top_level();
  const test::Received basic = test::send(test::project_of("basic"), object);
  for (const Option option : every_option()) {
    const test::Received out = test::send(test::project_with({option}), object);
    for (const Plant& plant : test::plants()) {
      const std::string code = plant.line.code({option});
      if (code != plant.line.basic || code == "X/Z/U*" || code == "C") continue;
      const test::TreeNode* before = test::find_node(basic.tree, plant.line.tag);
      const test::TreeNode* after = test::find_node(out.tree, plant.line.tag);
      ASSERT_EQ(before == nullptr, after == nullptr) << plant.line.keyword << names_of({option});
      if (before != nullptr) {
        EXPECT_TRUE(*before == *after) << plant.line.keyword << ", " << names_of({option});
      }
    }
  }
}

TEST(Planting, EmptyValuesStayEmptyAndValuesOfEveryShapeStayValid) {
  DataSet object = test::base_object();
  for (const Plant& plant : test::plants())
    if (plant.line.vr == vr::kSQ)
      object.sequence(plant.line.tag, {});
    else
      object.bytes(plant.line.tag, plant.line.vr, "");
  object.merge(test::base_object());
  const test::Received out = test::send(test::project_of("basic"), object);
  ASSERT_EQ(out.error.code, Errc::ok);
  for (const Plant& plant : test::plants()) {
    const Tag tag = plant.line.tag;
    if (object.find(tag)->bytes.size() > 0 || tag == kDeidentificationMethod) continue;
    const test::TreeNode* node = test::find_node(out.tree, tag);
    if (node != nullptr) {
      EXPECT_TRUE(node->value.empty() && node->items.empty()) << plant.line.keyword;
    }
  }
}

TEST(Planting, NewMetaGroupAndPreambleHoldNothingOfTheObject) {
  const test::Received out = test::send(test::project_of("basic"), at_top_level());
  ASSERT_EQ(out.error.code, Errc::ok);
  EXPECT_EQ(out.bytes.substr(0, 128), std::string(128, '\0'));
  EXPECT_EQ(out.bytes.find(std::string(test::kInstance) + std::string(1, '\0')), std::string::npos);
  EXPECT_NE(out.bytes.substr(0, 400).find(test::expected_uid(test::kInstance)), std::string::npos);
}

}  // namespace
}  // namespace dcm::deid
