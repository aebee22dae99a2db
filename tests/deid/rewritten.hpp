// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "deid/rewriter.hpp"
#include "support/dataset_builder.hpp"
#include "support/parsed_tree.hpp"
#include "support/read_back.hpp"
#include "support/samples.hpp"

namespace dcm::test {

inline constexpr std::string_view kSecondaryCapture = "1.2.840.10008.5.1.4.1.1.7";
inline constexpr std::string_view kInstance = "1.2.3.4";

class StringSink : public ByteSink {
 public:
  Result<void> write(Bytes bytes) override {
    text += as_text(bytes);
    return {};
  }
  std::string text;
};

/// The C-STORE command of an object that every_shape() made.
inline ObjectInfo info_for(std::string_view transfer_syntax) {
  return {std::string(kSecondaryCapture), std::string(kInstance), std::string(transfer_syntax)};
}

/// What came of one object: the file as far as it was written, and how it ended.
struct Rewritten {
  std::string file;
  Error error;  ///< code ok if it was rewritten

  [[nodiscard]] std::string data_set() const { return data_set_of(file); }
};

/// Sends `data_set` through `rewriter` in pieces of `step` bytes; the first of `first` bytes.
inline Rewritten rewrite(deid::Rewriter& rewriter, std::string_view data_set,
                         const ObjectInfo& info, std::size_t first, std::size_t step) {
  StringSink sink;
  const auto run = [&]() -> Result<void> {
    DCM_CHECK(rewriter.begin(info, sink));
    DCM_CHECK(rewriter.feed(as_bytes(data_set.substr(0, first))));
    for (std::size_t at = std::min(first, data_set.size()); at < data_set.size(); at += step)
      DCM_CHECK(rewriter.feed(as_bytes(data_set.substr(at, step))));
    return rewriter.finish();
  };
  const Result<void> result = run();
  return {std::move(sink.text), result ? Error{} : result.error()};
}

/// A project of that built-in profile with a key of its own (bytes 0 ... 31).
inline deid::Project project_of(std::string_view profile) {
  std::array<std::byte, 32> secret{};
  for (std::size_t i = 0; i < secret.size(); ++i) secret[i] = static_cast<std::byte>(i);
  return {.profile = *deid::find_profile(profile), .key = deid::Key(Bytes(secret))};
}

inline const deid::Project* demographics() {
  static const deid::Project kProject{.profile = *deid::find_profile("demographics")};
  return &kProject;
}

inline Rewritten rewrite(const deid::Project* project, std::string_view data_set,
                         std::string_view transfer_syntax,
                         std::size_t step = std::string_view::npos / 2) {
  Budget budget(2 * HeaderTape::kMaxBytes);
  deid::Rewriter rewriter(project, budget);
  return rewrite(rewriter, data_set, info_for(transfer_syntax), step, step);
}

/// An object in one encoding.
struct Encoded {
  std::string name;
  std::string data_set;
  std::string_view transfer_syntax;

  [[nodiscard]] dcm::Encoding encoding() const { return encoding_of(syntax_of(transfer_syntax)); }
  /// `bytes`, which are encoded as this object is, as another reader finds them.
  [[nodiscard]] Tree tree(const std::string& bytes) const {
    const bool deflated = transfer_syntax == uid::kDeflated;
    return parse_tree(deflated ? inflated(bytes) : bytes, encoding());
  }
};

/// `object` in all uncompressed transfer syntaxes, with lengths defined and undefined.
inline std::vector<Encoded> all_encodings(const DataSet& object) {
  std::vector<Encoded> all;
  for (const std::string_view syntax :
       {uid::kImplicitLittle, uid::kExplicitLittle, uid::kExplicitBig, uid::kDeflated})
    for (const Lengths lengths : {Lengths::defined, Lengths::undefined})
      all.push_back({std::string(syntax) + (lengths == Lengths::defined ? " d" : " u"),
                     encode(object, {.syntax = syntax_of(syntax),
                                     .sequences = lengths,
                                     .items = lengths,
                                     .group_lengths = Encoding::GroupLengths::present}),
                     syntax});
  return all;
}

}  // namespace dcm::test
