// SPDX-License-Identifier: MIT
#include "deid/rewriter.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "dicom/transfer_syntax.hpp"

namespace {

using dcm::Bytes;

constexpr std::array<const char*, 5> kSyntaxes = {"1.2.840.10008.1.2", "1.2.840.10008.1.2.1",
                                                  "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99",
                                                  "1.2.840.10008.1.2.4.50"};

class StringSink : public dcm::ByteSink {
 public:
  dcm::Result<void> write(Bytes bytes) override {
    text += dcm::as_text(bytes);
    return {};
  }
  std::string text;
};

struct Rewritten {
  std::string data_set;
  dcm::Errc code = dcm::Errc::ok;
};

const dcm::deid::Project& project_of(const char* profile) {
  static const std::array<std::byte, 32> kSecret{};
  static const dcm::deid::Project kDemographics{.profile = *dcm::deid::find_profile("demographics"),
                                                .key = dcm::deid::Key(Bytes(kSecret))};
  static const dcm::deid::Project kResearch{.profile = *dcm::deid::find_profile("research"),
                                            .key = dcm::deid::Key(Bytes(kSecret))};
  return std::string_view(profile) == "research" ? kResearch : kDemographics;
}

Rewritten rewrite(const dcm::deid::Project* project, Bytes bytes, const char* syntax,
                  std::size_t step) {
  dcm::Budget budget(2 * dcm::HeaderTape::kMaxBytes);
  dcm::deid::Rewriter rewriter(project, budget);
  StringSink sink;
  std::size_t meta = 0;
  const auto run = [&]() -> dcm::Result<void> {
    DCM_CHECK(rewriter.begin({"1.2.840.10008.5.1.4.1.1.7", "1.2.3.4", syntax}, sink));
    meta = sink.text.size();
    for (std::size_t at = 0; at < bytes.size(); at += step)
      DCM_CHECK(rewriter.feed(bytes.subspan(at, std::min(step, bytes.size() - at))));
    return rewriter.finish();
  };
  const dcm::Result<void> result = run();
  return {sink.text.substr(meta), result ? dcm::Errc::ok : result.error().code};
}

/// What is written is read again and rewriting it changes nothing: nothing was left to take out.
void expect_nothing_left(const Rewritten& once, const char* syntax) {
  const Bytes bytes = dcm::as_bytes(once.data_set);
  const Rewritten twice = rewrite(&project_of("demographics"), bytes, syntax, bytes.size() + 1);
  if (twice.code != dcm::Errc::ok || twice.data_set != once.data_set) std::abort();
}

}  // namespace

/// The first byte chooses transfer syntax and step.
// NOLINTNEXTLINE(readability-identifier-naming): the name that libFuzzer calls
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const char* syntax = kSyntaxes[data[0] % kSyntaxes.size()];
  const std::size_t step = 1 + data[0] / kSyntaxes.size();
  const Bytes bytes = std::as_bytes(std::span(data, size)).subspan(1);

  const Rewritten kept = rewrite(nullptr, bytes, syntax, bytes.size() + 1);
  if (kept.code == dcm::Errc::ok && kept.data_set != dcm::as_text(bytes)) std::abort();

  for (const char* profile : {"demographics", "research"}) {
    const dcm::deid::Project& project = project_of(profile);
    const Rewritten whole = rewrite(&project, bytes, syntax, bytes.size() + 1);
    const Rewritten cut = rewrite(&project, bytes, syntax, step);
    const bool ok = whole.code == dcm::Errc::ok;
    if (ok != (cut.code == dcm::Errc::ok)) std::abort();
    if (ok && whole.data_set != cut.data_set) std::abort();
    if (ok && !project.profile.is_ps3_15()) expect_nothing_left(whole, syntax);
  }
  return 0;
}
