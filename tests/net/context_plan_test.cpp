// SPDX-License-Identifier: MIT
#include "net/context_plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "dicom/sop_class.hpp"
#include "dicom/transfer_syntax.hpp"
#include "net/get.hpp"

namespace dcm::net {
namespace {

const std::string kCt = "1.2.840.10008.5.1.4.1.1.2";
const std::string kMr = "1.2.840.10008.5.1.4.1.1.4";
const std::string kReport = "1.2.840.10008.5.1.4.1.1.88.11";
const std::string kVideoEndoscopy = "1.2.840.10008.5.1.4.1.1.77.1.1.1";
const std::string kPrivate = "1.3.12.2.1107.5.9.1";
const std::string kDeflated = "1.2.840.10008.1.2.1.99";
const std::string kRle = "1.2.840.10008.1.2.5";
const std::vector<std::string> kPlain{"1.2.840.10008.1.2.1", "1.2.840.10008.1.2"};

std::vector<ContextGroup> plan(const std::vector<SeriesContents>& series,
                               Layout layout = Layout::native_first) {
  return plan_contexts(QueryModel::study_root, series, layout);
}

std::vector<std::vector<std::string>> syntaxes_of(const ContextGroup& group,
                                                  const std::string& sop_class) {
  std::vector<std::vector<std::string>> syntaxes;
  for (const auto& each : group.contexts) {
    if (each.abstract_syntax == sop_class) syntaxes.push_back(each.transfer_syntaxes);
  }
  return syntaxes;
}

TEST(ContextPlan, NothingToFetchNeedsNoAssociation) { EXPECT_TRUE(plan({}).empty()); }

TEST(ContextPlan, BeginsWithTheGetContextAndAsksForTheScpRoleOfTheRest) {
  const auto groups = plan({{{kCt}, {}, "CT"}});
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].contexts[0], get_context(QueryModel::study_root));
  for (std::size_t at = 1; at < groups[0].contexts.size(); ++at) {
    EXPECT_EQ(groups[0].contexts[at].role, Role::scp);
  }
}

TEST(ContextPlan, NativeFirstEndsWithDeflatedAndUncompressed) {
  const auto syntaxes = syntaxes_of(plan({{{kCt}, {}, "CT"}})[0], kCt);
  const auto compressed = compressed_syntaxes();
  ASSERT_EQ(syntaxes.size(), compressed.size() + 2);
  for (std::size_t at = 0; at < compressed.size(); ++at) {
    EXPECT_EQ(syntaxes[at], std::vector{std::string(compressed[at])});
  }
  EXPECT_EQ(syntaxes[compressed.size()], std::vector{kDeflated});
  EXPECT_EQ(syntaxes.back(), kPlain);
}

TEST(ContextPlan, KnownSyntaxesComeFirstAndOnce) {
  const auto syntaxes = syntaxes_of(plan({{{kCt}, {kRle, kPlain[0]}, "CT"}})[0], kCt);
  EXPECT_EQ(syntaxes.front(), std::vector{kRle});
  EXPECT_EQ(std::count(syntaxes.begin(), syntaxes.end(), std::vector{kRle}), 1);
}

TEST(ContextPlan, NeverProposesSyntaxesThatCannotBeRead) {
  for (const auto& each : syntaxes_of(plan({{{kCt}, {"1.2.3.4"}, "CT"}})[0], kCt)) {
    EXPECT_NE(each, std::vector<std::string>{"1.2.3.4"});
  }
}

TEST(ContextPlan, UncompressedOnlyPutsUncompressedFirst) {
  const auto groups = plan({{{kCt}, {kRle}, "CT"}}, Layout::uncompressed_only);
  EXPECT_EQ(syntaxes_of(groups[0], kCt),
            (std::vector<std::vector<std::string>>{kPlain, {kDeflated}}));
}

TEST(ContextPlan, ClassesWithoutPixelsGetNoCompression) {
  EXPECT_EQ(syntaxes_of(plan({{{kReport}, {}, "SR"}})[0], kReport),
            (std::vector<std::vector<std::string>>{{kDeflated}, kPlain}));
}

TEST(ContextPlan, VideoClassesGetVideoSyntaxes) {
  const auto syntaxes = syntaxes_of(plan({{{kVideoEndoscopy}, {}, "ES"}})[0], kVideoEndoscopy);
  ASSERT_EQ(syntaxes.size(), video_syntaxes().size() + 2);
  EXPECT_EQ(syntaxes[0], std::vector{std::string(video_syntaxes()[0])});
}

TEST(ContextPlan, PrivateClassesCountAsImages) {
  EXPECT_EQ(syntaxes_of(plan({{{kPrivate}, {}, "MR"}})[0], kPrivate).size(),
            compressed_syntaxes().size() + 2);
}

TEST(ContextPlan, SeriesOfTheSameClassesShareAnAssociation) {
  const auto groups = plan({{{kCt}, {}, "CT"}, {{kMr, kReport}, {}, "MR"}, {{kCt}, {}, "CT"}});
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups[0].series, (std::vector<std::size_t>{0, 1, 2}));
}

TEST(ContextPlan, ClassesOfOneSeriesAreNeverDividedWhileTheyFit) {
  std::vector<SeriesContents> series;
  std::vector<std::string> images;
  for (const auto& each : storage_sop_classes()) {
    if (each.kind == StorageKind::image) images.emplace_back(each.uid);
  }
  for (std::size_t at = 0; at + 5 <= images.size(); at += 5) {
    const auto from = images.begin() + static_cast<std::ptrdiff_t>(at);
    series.push_back({{from, from + 5}, {}, {}});
  }
  const auto groups = plan(series);
  EXPECT_GT(groups.size(), 1U);
  std::vector<int> placed(series.size());
  for (const auto& group : groups) {
    EXPECT_LE(group.contexts.size(), kMaxContexts);
    for (const auto index : group.series) {
      ++placed[index];
      for (const auto& sop_class : series[index].sop_classes) {
        EXPECT_FALSE(syntaxes_of(group, sop_class).empty());
      }
    }
  }
  EXPECT_EQ(placed, std::vector<int>(series.size(), 1));
}

TEST(ContextPlan, WithoutClassesTheModalityTells) {
  const auto groups = plan({{{}, {}, "MR"}});
  EXPECT_FALSE(syntaxes_of(groups[0], kMr).empty());
  EXPECT_TRUE(syntaxes_of(groups[0], kVideoEndoscopy).empty());
}

TEST(ContextPlan, WithoutAnythingEveryClassIsProposedInSomeAssociation) {
  const auto groups = plan({{{}, {}, "??"}});
  std::set<std::string> proposed;
  for (const auto& group : groups) {
    EXPECT_LE(group.contexts.size(), kMaxContexts);
    EXPECT_EQ(group.series, std::vector<std::size_t>{0});
    for (const auto& each : group.contexts) proposed.insert(each.abstract_syntax);
  }
  for (const auto& each : storage_sop_classes()) {
    EXPECT_EQ(proposed.count(std::string(each.uid)), 1U) << each.uid;
  }
}

}  // namespace
}  // namespace dcm::net
