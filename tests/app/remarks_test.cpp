// SPDX-License-Identifier: MIT
#include "app/remarks.hpp"

#include <gtest/gtest.h>

namespace dcm::app {
namespace {

using Kind = ServerRemark::Kind;
using All = std::vector<Remarks::Counted>;

TEST(Remarks, AreCountedInTheOrderOfTheirFirstAppearance) {
  const ServerRemark nothing{.kind = Kind::nothing_sent};
  const ServerRemark busy{.kind = Kind::final_status,
                          .error = {.code = Errc::dimse_status, .detail = 0xA701}};
  Remarks remarks;
  for (const ServerRemark& each : {nothing, busy, nothing}) remarks.add(each);
  EXPECT_EQ(remarks.all(), (All{{nothing, 2}, {busy, 1}}));
}

TEST(Remarks, TellOfAFewStrangersAndCountThoseToTheEnd) {
  Remarks remarks;
  for (int times = 0; times < 2; ++times)
    for (int host = 0; host < 100; ++host)
      remarks.add({.kind = Kind::turned_away, .host = "192.0.2." + std::to_string(host)});
  remarks.add({.kind = Kind::nothing_sent});
  ASSERT_EQ(remarks.all().size(), 9U);
  for (const auto& [remark, count] : remarks.all())
    EXPECT_EQ(count, remark.kind == Kind::turned_away ? 2U : 1U);
}

}  // namespace
}  // namespace dcm::app
