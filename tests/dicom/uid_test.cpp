// SPDX-License-Identifier: MIT
#include "dicom/uid.hpp"

#include <gtest/gtest.h>

#include "dicom/sop_class.hpp"
#include "dicom/transfer_syntax.hpp"

namespace dcm {
namespace {

TEST(StandardUid, IsAClassASyntaxOrAWellKnownInstance) {
  for (const char* uid :
       {"1.2.840.10008.1.2.4.100", "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.1.20.1.1",
        "1.2.840.10008.1.4.1.18", "1.2.840.10008.6.1.1308", "1.2.840.10008.5.1.4.1.1.481.11 "})
    EXPECT_TRUE(is_standard_uid(uid)) << uid;
}

TEST(StandardUid, IsNoInstanceThatSomebodyIssuedUnderTheRootOfDicom) {
  for (const char* uid : {"1.2.840.10008.8155012288.1", "1.2.840.10008.1.2.20200101.5",
                          "1.2.840.10008.", "1.2.840.10008..1", "1.2.840.113619.2.1", "2.25.1", "",
                          "1.2.840.100081.2", "1.2.840.10008.1.2.3.4.5.6.7.8.9.10.11.12"})
    EXPECT_FALSE(is_standard_uid(uid)) << uid;
}

}  // namespace
}  // namespace dcm
