// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <array>
#include <set>

#include "deid/option.hpp"
#include "deid/planting.hpp"

namespace dcm::deid {
namespace {

using test::DataSet;
using test::Lengths;
using test::Received;
using test::operator""_tag;

const std::vector<std::string> kCanaries = {"ZQCANARY", "ZQPERSON", "ZVDOE", "QXJON"};

/// `inner` at the top level, in kept sequences, in a functional group and in sequences sent as UN.
std::vector<DataSet> everywhere(const DataSet& inner) {
  const auto unknown = [&](Lengths lengths) {
    return test::base_object().un_sequence(0x00082218_tag, {inner}, lengths);
  };
  return {DataSet(test::base_object()).merge(inner),
          test::base_object().merge(test::in_kept_sequences(1, inner)),
          test::base_object().merge(test::in_kept_sequences(5, inner)),
          test::base_object().merge(test::in_functional_group(inner)),
          unknown(Lengths::defined),
          unknown(Lengths::undefined)};
}

/// Whether an object may be refused for what is in it.
enum class Refusal : std::uint8_t { never, allowed };

/// What basic, every option alone and research leave of the canaries: nothing.
void expect_gone(const DataSet& inner, const std::string& what, Refusal refusal = Refusal::never) {
  static const std::vector<Project> kProjects = [] {
    std::vector<Project> all = {test::project_of("basic"), test::project_of("research")};
    for (std::size_t i = 0; i < kOptions; ++i)
      all.push_back(test::project_with({static_cast<Option>(i)}));
    return all;
  }();
  const std::vector<DataSet> objects = everywhere(inner);
  const std::size_t count = refusal == Refusal::never ? kProjects.size() : 2;
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t place = 0; place < objects.size(); ++place) {
      const Received out = test::send(kProjects[i], objects[place]);
      EXPECT_EQ(out.leak(kCanaries), "") << what << ", project " << i << ", place " << place;
      if (refusal == Refusal::allowed && classify(out.error.code) == ErrorClass::bad_object)
        continue;
      EXPECT_EQ(out.error.code, Errc::ok) << what;
    }
  for (const test::Encoded& encoded : test::all_encodings(objects.front())) {
    const Received out = test::send(kProjects.front(), objects.front(), encoded);
    EXPECT_EQ(out.leak(kCanaries), "") << what << encoded.name;
    if (refusal == Refusal::allowed && classify(out.error.code) == ErrorClass::bad_object) continue;
    EXPECT_EQ(out.error.code, Errc::ok) << what << encoded.name;
  }
}

// --- groups as a whole --------------------------------------------------------------------------

TEST(Carriers, CurvesGoWhateverTheGroup) {
  for (const std::uint16_t group : std::array<std::uint16_t, 3>{0x5000, 0x5002, 0x501E}) {
    const auto tag = [group](int element) {
      return Tag{group, static_cast<std::uint16_t>(element)};
    };
    expect_gone(DataSet()
                    .text(tag(0x0022), vr::kLO, "Wave of Qxjon Zvdoe")
                    .bytes(tag(0x200C), vr::kOW, "ZQCANARY")
                    .text(tag(0x2500), vr::kLO, "QXJON")
                    .text(tag(0x9999), vr::kLO, "ZQCANARY"),
                "curve");
  }
}

TEST(Carriers, OverlaysGoWhateverTheGroupUnlessGraphicsAreCleaned) {
  for (const std::uint16_t group : std::array<std::uint16_t, 3>{0x6000, 0x6002, 0x601E}) {
    const auto tag = [group](int element) {
      return Tag{group, static_cast<std::uint16_t>(element)};
    };
    const DataSet overlay = DataSet()
                                .text(tag(0x0022), vr::kLO, "ZQCANARY")
                                .text(tag(0x0040), vr::kCS, "G")
                                .text(tag(0x1500), vr::kLO, "ZQCANARY")
                                .bytes(tag(0x3000), vr::kOW, "ZQCANARY")
                                .text(tag(0x4000), vr::kLT, "ZQCANARY");
    for (const Project& project :
         {test::project_of("basic"), test::project_with({Option::clean_descriptors})})
      for (const DataSet& object : everywhere(overlay)) {
        const Received out = test::send(project, object);
        EXPECT_EQ(out.error.code, Errc::ok);
        EXPECT_EQ(out.leak(kCanaries), "") << group;
      }
  }
}

TEST(Carriers, AGraphicOverlayThatStaysIsCountedAsDoubtful) {
  const Project project = test::project_with({Option::clean_graphics});
  for (const std::string_view type : {"G", "R"}) {
    const DataSet plane = DataSet(test::base_object())
                              .text(0x60020040_tag, vr::kCS, type)
                              .bytes(0x60023000_tag, vr::kOW, "BITS");
    Budget budget(2 * HeaderTape::kMaxBytes);
    Rewriter rewriter(&project, budget);
    ObjectInfo info = test::info_for(test::uid::kExplicitLittle);
    info.sop_class_uid = "1.2.840.10008.5.1.4.1.1.2";  // CT shows none by itself
    const test::Rewritten out = test::rewrite(rewriter, encode(plane, {}), info, 99, 99);
    ASSERT_EQ(out.error.code, Errc::ok);
    EXPECT_NE(out.file.find("BITS"), std::string::npos);
    EXPECT_EQ(rewriter.findings().suspected_burned_in, type == "G") << type;
  }
}

TEST(Carriers, CleanGraphicsKeepsARegionAndTakesTheNameOutOfItsLabel) {
  const DataSet plane = DataSet(test::base_object())
                            .text(0x60000022_tag, vr::kLO, "Tumour of Qxjon Zvdoe left")
                            .text(0x60000040_tag, vr::kCS, "R")
                            .bytes(0x60003000_tag, vr::kOW, "BITS");
  const Received out = test::send(test::project_with({Option::clean_graphics}), plane);
  const test::TreeNode* label = test::find_node(out.tree, 0x60000022_tag);
  const test::TreeNode* bits = test::find_node(out.tree, 0x60003000_tag);
  ASSERT_NE(label, nullptr);
  ASSERT_NE(bits, nullptr);
  EXPECT_EQ(bits->value, "BITS");
  EXPECT_EQ(label->value.substr(0, 9), "Tumour of");
  EXPECT_EQ(out.leak(kCanaries), "");
}

TEST(Carriers, UnknownPublicAttributesAndThoseOfOtherPlacesGo) {
  expect_gone(DataSet()
                  .text(0x00085F5F_tag, vr::kLO, "ZQCANARY")
                  .bytes(0x00185F5F_tag, vr::kUN, "ZQCANARY")
                  .bytes(0x00285F5F_tag, vr::kOB, "ZQCANARY")
                  .text(0x12340010_tag, vr::kLO, "ZQCANARY")
                  .text(0x00000600_tag, vr::kAE, "ZQCANARY")
                  .text(0x00020016_tag, vr::kAE, "ZQCANARY")
                  .bytes(0x00020102_tag, vr::kOB, "ZQCANARY")
                  .text(0x00041500_tag, vr::kCS, "ZQCANARY")
                  .text(0x00041130_tag, vr::kCS, "ZQCANARY")
                  .sequence(0x00205F5F_tag, {DataSet().text(0x00080070_tag, vr::kLO, "ZQCANARY")}),
              "unknown");
}

// --- attributes that no row names ---------------------------------------------------------------

/// An attribute of the data dictionary whose VR alone says that it may tell somebody.
struct Unnamed {
  Tag tag;
  std::string keyword;
  Vr vr{};
  std::string value, canary;
};

std::vector<Unnamed> unnamed_attributes() {
  std::set<Tag> named;
  for (const test::TableLine& line : test::table_lines()) named.insert(line.tag);
  std::vector<Unnamed> all;
  for (const auto& cells : test::table_cells("data/dictionary.tsv")) {
    if (cells.at(0).find_first_not_of("0123456789ABCDEF") != std::string::npos) continue;
    const Tag tag = Tag::from(static_cast<std::uint32_t>(std::stoul(cells[0], nullptr, 16)));
    if (named.contains(tag) || tag.group <= 0x0004 || tag.element == 0 || tag.group >= 0xFFFC ||
        (tag.group & 0xFF00U) == 0x5000)
      continue;
    const Vr vr = make_vr(cells.at(2));
    Unnamed attribute{.tag = tag, .keyword = cells.at(1), .vr = vr, .value = "", .canary = ""};
    const std::string number = std::to_string(10000 + all.size());
    const std::string day = test::day_number(2000 + all.size());
    if (vr == vr::kPN) attribute.value = attribute.canary = "ZQ" + number + "^ZQ";
    if (vr == vr::kAE) attribute.value = attribute.canary = "ZQAE" + number;
    if (vr == vr::kUR) attribute.value = attribute.canary = "http://zq" + number + ".example";
    if (vr == vr::kUI) attribute.value = attribute.canary = "1.2.9995." + number + ".1";
    if (vr == vr::kDA) attribute.value = attribute.canary = day;
    if (vr == vr::kTM) attribute.value = attribute.canary = "101112.5" + number;
    if (vr == vr::kDT) attribute.value = (attribute.canary = day) + "101112";
    if (!attribute.value.empty()) all.push_back(attribute);
  }
  return all;
}

bool names_a_definition(Tag tag) {
  for (const auto& cells : test::table_cells("data/definition_uids.tsv"))
    if (std::stoul(cells.at(0), nullptr, 16) == tag.packed()) return true;
  return false;
}

bool is_kept(Vr vr, Option option) {
  switch (vr) {
    case vr::kAE:
      return option == Option::retain_device_identity;
    case vr::kUI:
      return option == Option::retain_uids;
    case vr::kDA:
    case vr::kDT:
      return option == Option::retain_full_dates;
    case vr::kTM:
      return option == Option::retain_full_dates || option == Option::retain_modified_dates;
    default:
      return false;
  }
}

TEST(Carriers, AttributesThatNoRowNamesGoByTheirVrUnlessAnOptionKeepsTheKind) {
  const std::vector<Unnamed> attributes = unnamed_attributes();
  EXPECT_GT(attributes.size(), 60U);
  DataSet rows;
  for (const Unnamed& attribute : attributes)
    if (!names_a_definition(attribute.tag)) rows.text(attribute.tag, attribute.vr, attribute.value);
  for (std::size_t i = 0; i <= kOptions; ++i) {
    const auto option = static_cast<Option>(i);
    const Project project =
        i == kOptions ? test::project_of("basic") : test::project_with({option});
    std::vector<std::string> gone;
    for (const Unnamed& attribute : attributes)
      if (i == kOptions || !is_kept(attribute.vr, option)) gone.push_back(attribute.canary);
    for (const DataSet& object : everywhere(rows)) {
      const Received out = test::send(project, object);
      ASSERT_EQ(out.error.code, Errc::ok);
      EXPECT_EQ(out.leak(gone), "") << i;
      for (const Unnamed& attribute : attributes)
        if (i < kOptions && is_kept(attribute.vr, option) && rows.find(attribute.tag) != nullptr) {
          EXPECT_NE(out.bytes.find(attribute.canary), std::string::npos)
              << attribute.keyword << ", " << name_of(option).name;
        }
    }
  }
}

// --- private ------------------------------------------------------------------------------------

DataSet private_carriers() {
  const DataSet inner = DataSet()
                            .text(tags::kPatientName, vr::kPN, "ZQPERSON")
                            .text(0x00080070_tag, vr::kLO, "ZQCANARY");
  return DataSet()
      .text(0x00090001_tag, vr::kLO, "ZQCANARY")  // no element number for anybody
      .text(0x00090010_tag, vr::kLO, "ZQCANARY WORKS")
      .text(0x00091001_tag, vr::kLO, "ZQCANARY")
      .bytes(0x00091002_tag, vr::kUN, "ZQCANARY")
      .bytes(0x00091003_tag, vr::kOB, "ZQCANARY")
      .sequence(0x00091004_tag, {inner, DataSet(), inner})
      .un_sequence(0x00091005_tag, {inner}, Lengths::defined)
      .un_sequence(0x00091006_tag, {inner}, Lengths::undefined)
      .text(0x00091007_tag, vr::kPN, "ZQCANARY")
      .text(0x00111001_tag, vr::kLO, "ZQCANARY")  // no creator
      .text(0x00130011_tag, vr::kLO, "ZQCANARY")  // nothing but a creator
      .text(0x001300FF_tag, vr::kLO, "SIEMENS MR HEADER")
      .text(0x0013FF0C_tag, vr::kIS, "ZQCANARY");  // that group is not the safe one
}

TEST(Carriers, PrivateElementsGoWithTheirCreators) {
  expect_gone(private_carriers(), "private");
  const Received out =
      test::send(test::project_of("basic"), DataSet(test::base_object()).merge(private_carriers()));
  for (const test::TreeNode& node : out.tree) EXPECT_EQ(node.tag.group % 2, 0);
}

/// Of the elements in the safe list: kept, but for what a rule or the scrubber has against it.
DataSet safe_private() {
  const DataSet inner = DataSet()
                            .text(tags::kPatientName, vr::kPN, "ZQPERSON")
                            .text(0x01290010_tag, vr::kLO, "ZQCANARY")
                            .text(0x01291099_tag, vr::kLO, "ZQCANARY")
                            .text(0x01291077_tag, vr::kLO, "ZQCANARY")
                            .text(0x00080070_tag, vr::kLO, "Acme for Qxjon Zvdoe");
  return DataSet()
      .text(0x00190010_tag, vr::kLO, "SIEMENS MR HEADER")
      .text(0x001910AA_tag, vr::kLO, "ZQCANARY")
      .text(0x0019100C_tag, vr::kIS, "1000")
      .sequence(0x004008EA_tag, {DataSet().text(0x0019100C_tag, vr::kIS, "424242")})  // no creator
      .text(0x00190022_tag, vr::kLO, " gems_acqu_01 ")
      .text(0x0019229E_tag, vr::kLO, "efgre3d Zvdoe Qxjon")
      .text(0x001922FE_tag, vr::kLO, "ZQCANARY")
      .text(0x001933FE_tag, vr::kLO, "ZQCANARY")  // block without creator
      .text(0x01290010_tag, vr::kLO, "SIEMENS Ultrasound SC2000")
      .sequence(0x01291000_tag, {inner})
      .text(0x01291002_tag, vr::kUI, "1.2.9997.1");
}

TEST(Carriers, SafePrivateElementsStayWithTheirCreatorsAndNothingElseOfTheirBlocks) {
  for (const auto& [name, safe] : {std::pair{"basic", false}, std::pair{"research", true}}) {
    const Received out =
        test::send(test::project_of(name), DataSet(test::base_object()).merge(safe_private()));
    ASSERT_EQ(out.error.code, Errc::ok);
    EXPECT_EQ(out.leak({"ZQCANARY", "ZQPERSON", "ZVDOE", "QXJON", "1.2.9997.1", "424242"}), "")
        << name;
    const auto value = [&](Tag tag) {
      const test::TreeNode* node = test::find_node(out.tree, tag);
      return node == nullptr ? std::string("gone") : node->value;
    };
    EXPECT_EQ(value(0x00190010_tag), safe ? "SIEMENS MR HEADER " : "gone");
    EXPECT_EQ(value(0x0019100C_tag), safe ? "1000" : "gone");
    EXPECT_EQ(value(0x00190022_tag), safe ? " gems_acqu_01 " : "gone");
    EXPECT_EQ(value(0x0019229E_tag), safe ? "efgre3d " : "gone");
    EXPECT_EQ(value(0x001910AA_tag), "gone");
    const test::Tree* item = test::first_item(out.tree, 0x01291000_tag);
    ASSERT_EQ(item != nullptr, safe);
    if (!safe) continue;
    EXPECT_NE(test::find_node(*item, 0x00080070_tag), nullptr);
    EXPECT_EQ(test::find_node(*item, 0x01290010_tag), nullptr);
    EXPECT_EQ(value(0x01291002_tag), test::expected_uid("1.2.9997.1"));
  }
}

TEST(Carriers, SafePrivateElementsOfAnotherVrThanTheirOwnLeakNothing) {
  const DataSet inner = DataSet()
                            .text(0x00190010_tag, vr::kLO, "SIEMENS MR HEADER")
                            .text(0x0019100C_tag, vr::kLO, "ZQCANARY")     // IS
                            .bytes(0x0019100E_tag, vr::kOB, "ZQCANARYXX")  // FD
                            .text(0x00191027_tag, vr::kUT, "ZQCANARYXX")   // FD
                            .text(0x20050010_tag, vr::kLO, "Philips MR Imaging DD 001")
                            .text(0x2005100D_tag, vr::kPN, "ZQCANARYXX");  // FL
  expect_gone(inner, "another VR");
}

// --- values in the wrong clothes ----------------------------------------------------------------

TEST(Carriers, ANameIsTakenOutOfTextWhateverVrItIsSentWith) {
  const Project project = test::project_of("research");
  for (const char* vr : {"UN", "OB", "OW", "LT", "UT", "ZZ", "US", "FD", "CS", "DS", "UR"}) {
    for (const Tag tag : {0x00081030_tag, 0x00204000_tag, 0x00080070_tag, 0x00180015_tag}) {
      const DataSet object =
          test::base_object().bytes(tag, make_vr(vr), "Knee of Qxjon Zvdoe left");
      const Received out = test::send(project, object);
      EXPECT_EQ(out.leak(kCanaries), "") << vr << std::hex << tag.packed();
    }
  }
}

TEST(Carriers, WhatIsNoNumberNoDateAndNoUidGoes) {
  expect_gone(DataSet()
                  .text(0x00180050_tag, vr::kDS, "ZQCANARY")
                  .text(0x00200011_tag, vr::kIS, "ZQCANARY")
                  .text(0x00080020_tag, vr::kDA, "ZQCANARY")
                  .text(0x00080030_tag, vr::kTM, "ZQCANARY")
                  .text(0x0008002A_tag, vr::kDT, "ZQCANARY")
                  .text(0x00101010_tag, vr::kAS, "ZQCANARY")
                  .text(0x00081155_tag, vr::kUI, "ZQCANARY")
                  .text(0x00081150_tag, vr::kUI, "ZQCANARY"),
              "no value of its VR");
}

TEST(Carriers, ACharacterSetThatIsNoneLeaksNothing) {
  for (const char* set : {"ZQCANARY", "ISO_IR 100\\ZQCANARY", "ISO_IR 192 ZVDOE"})
    expect_gone(DataSet().text(tags::kSpecificCharacterSet, vr::kCS, set), set);
}

TEST(Carriers, SequencesThatAreSentAsBytesLeakNothing) {
  const DataSet item = DataSet()
                           .text(tags::kPatientName, vr::kPN, "ZQPERSON")
                           .text(0x00080070_tag, vr::kLO, "for Qxjon Zvdoe");
  for (const auto syntax :
       {test::Encoding::Syntax::implicit_le, test::Encoding::Syntax::explicit_le,
        test::Encoding::Syntax::explicit_be}) {
    const std::string whole =
        encode(DataSet().sequence(0x00082218_tag, {item}), {.syntax = syntax});
    const std::string items = whole.substr(syntax == test::Encoding::Syntax::implicit_le ? 8 : 12);
    for (const char* vr : {"UN", "OB", "LT", "UT", "ZZ", "LO"})
      expect_gone(DataSet().bytes(0x00082218_tag, make_vr(vr), items),
                  std::string("bytes as ") + vr, Refusal::allowed);
  }
}

// --- behind the pixels --------------------------------------------------------------------------

TEST(Carriers, WhatFollowsPixelDataLeaksNothing) {
  const DataSet item = DataSet().text(tags::kPatientName, vr::kPN, "ZQPERSON");
  DataSet object = test::base_object();
  object.text(0x7FE10010_tag, vr::kLO, "ZQCANARY")
      .bytes(0x7FE11001_tag, vr::kOB, "ZQCANARY")
      .sequence(0x7FE11002_tag, {item})
      .text(0x7FE10020_tag, vr::kLO, "SIEMENS MR HEADER")
      .sequence(0xFFFAFFFA_tag, {item})
      .bytes(0xFFFCFFFC_tag, vr::kOB, "ZQCANARY")
      .text(0x00104000_tag, vr::kLT, "ZQCANARY")
      .text(0x00080070_tag, vr::kLO, "ZQCANARY");
  for (const bool encapsulated : {false, true}) {
    if (encapsulated) object.erase(tags::kPixelData);
    for (const char* name : {"basic", "research"}) {
      DataSet in_order = test::base_object();
      if (encapsulated) in_order.fragments(tags::kPixelData, {"", "PIXELS"});
      in_order.merge(object);
      const test::Encoded encoded{
          "", encode(in_order, {.order = test::Encoding::Order::as_added}),
          encapsulated ? test::uid::kJpegBaseline : test::uid::kExplicitLittle};
      const Received out = test::send(test::project_of(name), in_order, encoded);
      if (out.error.code != Errc::ok) {
        EXPECT_EQ(classify(out.error.code), ErrorClass::bad_object);
        continue;
      }
      EXPECT_EQ(out.leak(kCanaries), "") << name;
      const test::TreeNode* pixels = test::find_node(out.tree, tags::kPixelData);
      ASSERT_NE(pixels, nullptr);
      EXPECT_EQ(encapsulated ? pixels->fragments.at(1) : pixels->value, "PIXELS");
    }
  }
}

TEST(Carriers, LargeValuesThatStreamPastTheHeaderLeakNothing) {
  std::string large(Rewriter::kBulkBytes + 2, '.');
  large.replace(large.size() - 20, 8, "ZQCANARY");
  large.replace(10, 8, "ZQCANARY");
  for (const Tag tag : {0x00420011_tag, 0x00091001_tag, 0x04000520_tag, 0x7FE11001_tag,
                        0x50003000_tag, 0x60003000_tag, 0x00285F5F_tag})
    for (const Vr vr : {vr::kOB, vr::kUN}) {
      const Received out =
          test::send(test::project_of("basic"), test::base_object().bytes(tag, vr, large));
      EXPECT_EQ(out.error.code, Errc::ok) << std::hex << tag.packed();
      EXPECT_EQ(out.leak(kCanaries), "") << std::hex << tag.packed();
    }
}

}  // namespace
}  // namespace dcm::deid
