// SPDX-License-Identifier: MIT
#include "app/file_head.hpp"

#include <gtest/gtest.h>

#include "support/dataset_builder.hpp"

namespace dcm::app {
namespace {

using test::DataSet;
using test::operator""_tag;

constexpr std::string_view kClass = "1.2.840.10008.5.1.4.1.1.7";

DataSet object() {
  DataSet data_set;
  data_set.text(0x00080008_tag, vr::kCS, "ORIGINAL\\PRIMARY")
      .text(0x00080016_tag, vr::kUI, kClass)
      .text(0x00080018_tag, vr::kUI, "1.2.3.4")
      .text(0x00100020_tag, vr::kLO, "12345");
  return data_set;
}

FileHead head_of(std::string_view file) {
  const auto head = read_head(as_bytes(file));
  EXPECT_TRUE(head);
  return head.value_or(FileHead{});
}

void expect_object(const FileHead& head, std::string_view syntax) {
  EXPECT_EQ(head.kind, FileHead::Kind::object);
  EXPECT_EQ(head.info.sop_class_uid, kClass);
  EXPECT_EQ(head.info.sop_instance_uid, "1.2.3.4");
  EXPECT_EQ(head.info.transfer_syntax_uid, syntax);
}

TEST(FileHead, TellsOfAFileInEverySyntax) {
  for (const std::string_view syntax : {test::uid::kImplicitLittle, test::uid::kExplicitLittle,
                                        test::uid::kExplicitBig, test::uid::kDeflated})
    expect_object(head_of(test::file_bytes(object(), syntax)), syntax);
}

TEST(FileHead, TakesTheUidsFromTheDataSetWhereTheyDiffer) {
  const std::string data_set = test::encode(object(), {});
  for (const std::string_view uid : {"", "9.9"})
    expect_object(head_of(test::file_bytes_around(data_set, test::uid::kExplicitLittle, uid, uid)),
                  test::uid::kExplicitLittle);
}

TEST(FileHead, TellsOfAFileWithoutPreamble) {
  const std::string file = test::file_bytes(object(), test::uid::kExplicitBig);
  const FileHead head = head_of(std::string_view(file).substr(132));
  expect_object(head, test::uid::kExplicitBig);
  EXPECT_EQ(
      head.data_set_offset,
      file.size() - 132 - test::encode(object(), {test::Encoding::Syntax::explicit_be}).size());
}

TEST(FileHead, TellsOfABareDataSet) {
  using Syntax = test::Encoding::Syntax;
  expect_object(head_of(test::encode(object(), {Syntax::explicit_le})), test::uid::kExplicitLittle);
  expect_object(head_of(test::encode(object(), {Syntax::implicit_le})), test::uid::kImplicitLittle);
  test::Encoding with_lengths{Syntax::implicit_le};
  with_lengths.group_lengths = test::Encoding::GroupLengths::present;
  expect_object(head_of(test::encode(object(), with_lengths)), test::uid::kImplicitLittle);
}

TEST(FileHead, KnowsADirectoryOfAMedium) {
  const std::string file =
      test::file_bytes_around("", test::uid::kExplicitLittle, "1.2.840.10008.1.3.10", "1.2.3");
  EXPECT_EQ(head_of(file).kind, FileHead::Kind::directory);
}

TEST(FileHead, KnowsWhatIsNoDicom) {
  DataSet nameless = object();
  nameless.erase(0x00080018_tag);
  for (const std::string& file :
       {std::string(), std::string("PNG"), std::string(100'000, '\0'), std::string(1000, '\x08'),
        std::string("\x08\0\x08\0", 4) + " and then something else",
        std::string("\x02\0\0\0UL\4\0", 8) + " nothing that goes on like that",
        test::encode(nameless, {})})
    EXPECT_EQ(head_of(file).kind, FileHead::Kind::other);
}

TEST(FileHead, FailsForABrokenMetaGroup) {
  const auto head = read_head(as_bytes(std::string(128, '\0') + "DICM and no more"));
  ASSERT_FALSE(head);
  EXPECT_EQ(head.error().code, Errc::bad_file_meta);
}

}  // namespace
}  // namespace dcm::app
