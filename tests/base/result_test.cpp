// SPDX-License-Identifier: MIT
#include "base/result.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <type_traits>

namespace dcm {
namespace {

static_assert(std::is_trivially_copyable_v<Error>);
static_assert(sizeof(Error) == 24);

Result<int> half_of(int number) {
  if (number % 2 != 0) return fail(Errc::bad_value, {.detail = 7, .offset = 42});
  return number / 2;
}

Result<int> quarter_of(int number) {
  DCM_TRY(const int half, half_of(number));
  return half_of(half);
}

Result<void> check_quarter(int number) {
  DCM_CHECK(quarter_of(number));
  return {};
}

TEST(Result, HoldsAValueOrAnError) {
  EXPECT_EQ(*half_of(4), 2);
  const Error expected{.code = Errc::bad_value, .detail = 7, .offset = 42};
  EXPECT_EQ(half_of(3).error(), expected);
}

TEST(Result, TryPassesTheErrorOnAsItIs) {
  EXPECT_EQ(*quarter_of(8), 2);
  EXPECT_EQ(quarter_of(3).error(), half_of(3).error());
  EXPECT_EQ(quarter_of(6).error(), half_of(3).error());
}

TEST(Result, CheckPassesTheErrorOnAsItIs) {
  EXPECT_TRUE(check_quarter(8));
  EXPECT_EQ(check_quarter(3).error(), half_of(3).error());
}

TEST(Result, MovesWhatCannotBeCopied) {
  const auto make = []() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(5); };
  const auto pass_on = [&]() -> Result<int> {
    DCM_TRY(const std::unique_ptr<int> number, make());
    return *number;
  };
  EXPECT_EQ(*pass_on(), 5);
}

TEST(Error, EveryCodeHasItsReaction) {
  EXPECT_EQ(classify(Errc::bad_value), ErrorClass::usage);
  EXPECT_EQ(classify(Errc::tree_locked), ErrorClass::usage);
  EXPECT_EQ(classify(Errc::key_exposed), ErrorClass::usage);
  for (auto code = static_cast<int>(Errc::truncated); code <= static_cast<int>(Errc::no_pseudonym);
       ++code)
    EXPECT_EQ(classify(static_cast<Errc>(code)), ErrorClass::bad_object) << code;
  EXPECT_EQ(classify(Errc::io), ErrorClass::local);
  for (auto code = static_cast<int>(Errc::unknown_host); code <= static_cast<int>(Errc::protocol);
       ++code)
    EXPECT_EQ(classify(static_cast<Errc>(code)), ErrorClass::peer) << code;
  EXPECT_EQ(classify(Errc::interrupted), ErrorClass::interrupted);
  EXPECT_EQ(classify(Errc::internal), ErrorClass::internal);
  EXPECT_EQ(classify(Errc::ok), ErrorClass::internal);
}

}  // namespace
}  // namespace dcm
