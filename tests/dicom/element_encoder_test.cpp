// SPDX-License-Identifier: MIT
#include "dicom/element_encoder.hpp"

#include <gtest/gtest.h>

#include "support/dataset_builder.hpp"

namespace dcm {
namespace {

using test::operator""_tag;

TEST(ElementEncoder, MakesTheBytesThatAnotherEncoderMakes) {
  struct Case {
    Encoding encoding;
    test::Encoding::Syntax syntax;
  };
  for (const Case each : {Case{Encoding::implicit_le, test::Encoding::Syntax::implicit_le},
                          Case{Encoding::explicit_le, test::Encoding::Syntax::explicit_le},
                          Case{Encoding::explicit_be, test::Encoding::Syntax::explicit_be}}) {
    ElementEncoder item(each.encoding);
    item.add(0x00080100_tag, vr::kSH, "113100");
    ElementEncoder encoder(each.encoding);
    encoder.add(0x00080018_tag, vr::kUI, "1.2.3");
    encoder.add(0x00100020_tag, vr::kLO, "ODD");
    encoder.add_sequence(0x00120064_tag, {item.bytes(), item.bytes()});
    encoder.add(0x00204000_tag, vr::kUT, "long header");
    const test::DataSet same =
        test::DataSet()
            .text(0x00080018_tag, vr::kUI, "1.2.3")
            .text(0x00100020_tag, vr::kLO, "ODD")
            .sequence(0x00120064_tag, {test::DataSet().text(0x00080100_tag, vr::kSH, "113100"),
                                       test::DataSet().text(0x00080100_tag, vr::kSH, "113100")})
            .text(0x00204000_tag, vr::kUT, "long header");
    EXPECT_EQ(as_text(encoder.bytes()), encode(same, {.syntax = each.syntax}));
  }
}

}  // namespace
}  // namespace dcm
