// SPDX-License-Identifier: MIT
#include "net/command_set.hpp"

#include <gtest/gtest.h>

#include <string>

namespace dcm::net {
namespace {

using namespace std::string_literals;

Result<CommandSet> parse(const std::string& bytes) { return CommandSet::parse(as_bytes(bytes)); }

TEST(CommandSet, EncodesGroupLengthThenElementsInOrder) {
  CommandSet set;
  set.set(element::kStatus, 0xFF01);
  set.set(element::kAffectedSopClass, "1.2.3");
  EXPECT_EQ(as_text(set.encode()),
            "\0\0\0\0\x04\0\0\0\x18\0\0\0"
            "\0\0\x02\0\x06\0\0\0"
            "1.2.3\0"
            "\0\0\0\x09\x02\0\0\0\x01\xFF"s);
}

TEST(CommandSet, ReadsWhatItWrote) {
  CommandSet set;
  set.set(element::kMessageId, 65535);
  set.set(element::kAffectedSopInstance, "1.2.34");
  const auto read = CommandSet::parse(set.encode());
  ASSERT_TRUE(read);
  EXPECT_EQ(read->number(element::kMessageId), 65535);
  EXPECT_EQ(read->uid(element::kAffectedSopInstance), "1.2.34");
  EXPECT_EQ(read->encode(), set.encode());
}

TEST(CommandSet, TrimsNulAndSpaceFromUids) {
  const auto set = parse("\0\0\x02\0\x06\0\0\0001.2 \0\0"s);
  ASSERT_TRUE(set);
  EXPECT_EQ(set->uid(element::kAffectedSopClass), "1.2");
}

TEST(CommandSet, NumberOfAnotherLengthIsAbsent) {
  const auto set = parse("\0\0\0\x09\x04\0\0\0\1\0\0\0"s);
  ASSERT_TRUE(set);
  EXPECT_FALSE(set->number(element::kStatus));
}

TEST(CommandSet, DataSetFollowsUnlessTheTypeSays0101) {
  CommandSet set;
  EXPECT_FALSE(set.has_data_set());
  set.set(element::kDataSetType, 0x0101);
  EXPECT_FALSE(set.has_data_set());
  set.set(element::kDataSetType, 0x0102);
  EXPECT_TRUE(set.has_data_set());
}

TEST(CommandSet, RefusesEveryPrefixThatCutsAnElement) {
  CommandSet set;
  set.set(element::kStatus, 0);
  const std::string whole(as_text(set.encode()));
  for (std::size_t size = 1; size < whole.size(); ++size) {
    if (size == 12) continue;  // between the two elements
    const auto read = parse(whole.substr(0, size));
    ASSERT_FALSE(read) << size;
    EXPECT_EQ(read.error().code, Errc::protocol);
  }
}

TEST(CommandSet, PassesOverTheFailedInstancesThatDcmtkPutsIntoCommands) {
  const auto read = parse(
      "\0\0\0\x09\x02\0\0\0\x02\xA7"
      "\x08\0\x58\0\x04\0\0\0"
      "1.2\0"s);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->number(element::kStatus), 0xA702);
  EXPECT_EQ(read->number(0x0058), std::nullopt);
}

TEST(CommandSet, RefusesALengthBeyondTheEnd) {
  EXPECT_FALSE(parse("\0\0\0\x09\xFF\xFF\xFF\xFF\0\0"s));
}

}  // namespace
}  // namespace dcm::net
