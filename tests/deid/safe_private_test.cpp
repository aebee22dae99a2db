// SPDX-License-Identifier: MIT
#include "deid/safe_private.hpp"

#include <gtest/gtest.h>

namespace dcm::deid {
namespace {

TEST(SafePrivate, KnowsTheVrOfAnAttributeOfTheTable) {
  EXPECT_EQ(safe_private_vr(0x7053, "Philips PET Private Group", 0x00), vr::kDS);
  EXPECT_EQ(safe_private_vr(0x0019, "SIEMENS MR HEADER", 0x0C), vr::kIS);
  EXPECT_EQ(safe_private_vr(0x0019, "SIEMENS MR HEADER", 0x27), vr::kFD);
  EXPECT_EQ(safe_private_vr(0x0199, "NQLeft", 0x0A), vr::kFL);
  EXPECT_EQ(safe_private_vr(0x7E01, "HOLOGIC, Inc.", 0x10), vr::kSQ);
}

TEST(SafePrivate, TellsCreatorsOfOneGroupApart) {
  EXPECT_EQ(safe_private_vr(0x7FD1, "SIEMENS Ultrasound SC2000", 0x10), vr::kOB);
  EXPECT_EQ(safe_private_vr(0x7FD1, "SIEMENS SYNGO ULTRA-SOUND TOYON DATA STREAMING", 0x09),
            vr::kUI);
  EXPECT_EQ(safe_private_vr(0x0043, "GEMS_PARM_01", 0x27), vr::kSH);
  EXPECT_FALSE(safe_private_vr(0x0043, "GEMS_ACQU_01", 0x27));
}

TEST(SafePrivate, ComparesCreatorsWithoutPaddingAndCase) {
  EXPECT_EQ(safe_private_vr(0x0019, " siemens mr header ", 0x0C), vr::kIS);
  EXPECT_EQ(safe_private_vr(0x0019, std::string_view("Siemens MR Header\0", 18), 0x0C), vr::kIS);
}

TEST(SafePrivate, HoldsForNothingElse) {
  EXPECT_FALSE(safe_private_vr(0x0019, "SIEMENS MR HEADER", 0x0B));
  EXPECT_FALSE(safe_private_vr(0x0019, "SIEMENS MR HEADER 2", 0x0C));
  EXPECT_FALSE(safe_private_vr(0x0019, "SIEMENS MR", 0x0C));
  EXPECT_FALSE(safe_private_vr(0x0019, "", 0x0C));
  EXPECT_FALSE(safe_private_vr(0x0029, "SIEMENS CSA HEADER", 0x10));
  EXPECT_FALSE(safe_private_vr(0xFFFF, "SIEMENS MR HEADER", 0xFF));
}

TEST(SafePrivate, HasTheRowsOfTheStandard) {
  constexpr std::string_view kCreators[] = {"Philips PET Private Group",
                                            "ELSCINT1",
                                            "GEMS_ACQU_01",
                                            "GEMS_PARM_01",
                                            "GEMS_HELIOS_01",
                                            "GEIIS PACS",
                                            "Philips Imaging DD 001",
                                            "SIEMENS MR HEADER",
                                            "GEMS_SERS_01",
                                            "HOLOGIC, Inc.",
                                            "NQHeader",
                                            "NQLeft",
                                            "NQRight",
                                            "Philips MR Imaging DD 001",
                                            "SIEMENS Ultrasound SC2000",
                                            "SIEMENS SYNGO ULTRA-SOUND TOYON DATA STREAMING"};
  constexpr unsigned kGroups[] = {0x0019, 0x0025, 0x0043, 0x0045, 0x0099, 0x00E1, 0x0119,
                                  0x0129, 0x0139, 0x0149, 0x0199, 0x01E1, 0x01F1, 0x0299,
                                  0x0903, 0x2001, 0x2005, 0x7053, 0x7E01, 0x7FD1};
  int rows = 0;
  for (const std::string_view creator : kCreators) {
    const int before = rows;
    for (const unsigned group : kGroups)
      for (unsigned element = 0; element <= 0xFF; ++element)
        if (safe_private_vr(static_cast<std::uint16_t>(group), creator,
                            static_cast<std::uint8_t>(element)))
          ++rows;
    EXPECT_GT(rows, before) << creator;
  }
  EXPECT_EQ(rows, 130);
  EXPECT_EQ(safe_private_edition(), "2020c");
}

}  // namespace
}  // namespace dcm::deid
