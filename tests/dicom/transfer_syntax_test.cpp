// SPDX-License-Identifier: MIT
#include "dicom/transfer_syntax.hpp"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <string>

namespace dcm {
namespace {

const TransferSyntax& known(std::string_view uid) {
  const TransferSyntax* syntax = find_transfer_syntax(uid);
  if (syntax == nullptr) throw std::runtime_error(std::string(uid) + " is unknown");
  return *syntax;
}

TEST(TransferSyntax, KnowsTheNativeEncodings) {
  EXPECT_EQ(known("1.2.840.10008.1.2").encoding, Encoding::implicit_le);
  EXPECT_EQ(known("1.2.840.10008.1.2.1").encoding, Encoding::explicit_le);
  EXPECT_EQ(known("1.2.840.10008.1.2.2").encoding, Encoding::explicit_be);
  for (const char* uid : {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"}) {
    EXPECT_FALSE(known(uid).deflated) << uid;
    EXPECT_FALSE(known(uid).encapsulated) << uid;
  }
}

TEST(TransferSyntax, DeflatedDataSetsAreNotEncapsulated) {
  for (const char* uid :
       {"1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"}) {
    EXPECT_TRUE(known(uid).deflated) << uid;
    EXPECT_FALSE(known(uid).encapsulated) << uid;
    EXPECT_EQ(known(uid).encoding, Encoding::explicit_le) << uid;
  }
}

TEST(TransferSyntax, DeflatedFramesAreEncapsulatedInAPlainDataSet) {
  EXPECT_TRUE(known("1.2.840.10008.1.2.8.1").encapsulated);
  EXPECT_FALSE(known("1.2.840.10008.1.2.8.1").deflated);
}

TEST(TransferSyntax, EncapsulatedOnesAreExplicitLittleEndian) {
  for (const char* uid :
       {"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.66", "1.2.840.10008.1.2.4.93",
        "1.2.840.10008.1.2.4.108", "1.2.840.10008.1.2.4.112", "1.2.840.10008.1.2.4.203",
        "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.1.98"}) {
    EXPECT_TRUE(known(uid).encapsulated) << uid;
    EXPECT_EQ(known(uid).encoding, Encoding::explicit_le) << uid;
  }
}

TEST(TransferSyntax, ReferencedPixelsAreNotInTheDataSet) {
  EXPECT_FALSE(known("1.2.840.10008.1.2.4.94").encapsulated);
  EXPECT_FALSE(known("1.2.840.10008.1.2.4.204").encapsulated);
}

TEST(TransferSyntax, PrivateAndRetiredImplicitOnesAreRead) {
  EXPECT_EQ(known("1.2.840.113619.5.2").encoding, Encoding::implicit_le);
  EXPECT_EQ(known("1.2.840.10008.1.20").encoding, Encoding::implicit_le);
}

TEST(TransferSyntax, UnknownOnesAreNotGuessed) {
  EXPECT_EQ(find_transfer_syntax(""), nullptr);
  EXPECT_EQ(find_transfer_syntax("1.2.840.10008.1.2.99"), nullptr);
  EXPECT_EQ(find_transfer_syntax("1.2.840.10008.1.2.4"), nullptr);
}

TEST(TransferSyntax, XmlAndMimeAreNoDataSets) {
  EXPECT_EQ(find_transfer_syntax("1.2.840.10008.1.2.6.1"), nullptr);
  EXPECT_EQ(find_transfer_syntax("1.2.840.10008.1.2.6.2"), nullptr);
}

TEST(TransferSyntax, ProposesEachCompressedSyntaxOnce) {
  std::set<std::string_view> proposed;
  for (const auto list : {compressed_syntaxes(), video_syntaxes()}) {
    for (const std::string_view uid : list) {
      EXPECT_TRUE(known(uid).encapsulated) << uid;
      EXPECT_TRUE(proposed.insert(uid).second) << uid;
    }
  }
  EXPECT_EQ(compressed_syntaxes().front(), "1.2.840.10008.1.2.4.70");
  EXPECT_EQ(compressed_syntaxes().size(), 12U);
  EXPECT_EQ(known(video_syntaxes().front()).keyword, "MPEG4HP41");
}

}  // namespace
}  // namespace dcm
