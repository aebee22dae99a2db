// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "dicom/transfer_syntax.hpp"
#include "support/dataset_builder.hpp"

namespace dcm::test {

/// A small, good data set in bytes, not deflated.
struct Sample {
  std::string name;
  std::string bytes;
  dcm::Encoding encoding = dcm::Encoding::explicit_le;
};

/// One data set for each way to encode what PS3.5 section 7 allows and what is found in practice:
/// all three encodings, lengths defined and undefined, native and encapsulated pixel data, UN
/// that holds items, private sequences, odd lengths, unknown VRs, empty everything.
[[nodiscard]] std::vector<Sample> samples();

/// The shapes of samples() as a data set, with `inner` beside them in every kind of nest.
[[nodiscard]] DataSet every_shape(const DataSet& inner);

/// The encoding of the code under test for one of the builder.
[[nodiscard]] dcm::Encoding encoding_of(Encoding::Syntax syntax);

/// `depth` sequences of one item each inside one another around `inner`.
[[nodiscard]] DataSet nested(int depth, const DataSet& inner);

/// Bytes written as "FE FF 00 E0", blanks ignored. Throws on anything else.
[[nodiscard]] std::string from_hex(std::string_view hex);

}  // namespace dcm::test
