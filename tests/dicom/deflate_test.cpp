// SPDX-License-Identifier: MIT
#include "dicom/deflate.hpp"

#include <gtest/gtest.h>

#include <string>

#include "support/parsed_tree.hpp"

namespace dcm {
namespace {

class CheckingSink : public ByteSink {
 public:
  Result<void> write(Bytes bytes) override {
    text.append(as_text(bytes));
    return {};
  }
  std::string text;
};

class CountingSink : public ByteSink {
 public:
  Result<void> write(Bytes bytes) override {
    count += bytes.size();
    return {};
  }
  std::uint64_t count = 0;
};

std::string noise(std::size_t size) {
  std::string out(size, '\0');
  std::uint32_t state = 1;
  for (char& c : out) c = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  return out;
}

std::string deflate(std::string_view text, std::size_t step = 1 << 20) {
  CheckingSink sink;
  Deflater deflater(sink);
  for (std::size_t at = 0; at < text.size(); at += step)
    if (!deflater.write(as_bytes(text.substr(at, step)))) throw std::runtime_error("deflate");
  if (!deflater.finish()) throw std::runtime_error("deflate");
  return sink.text;
}

/// What the inflater says, fed `step` bytes at a time, and whether it was whole.
Errc outcome(std::string_view deflated, std::size_t step, ByteSink& sink) {
  Inflater inflater;
  for (std::size_t at = 0; at < deflated.size(); at += step)
    if (const auto fed = inflater.feed(as_bytes(deflated.substr(at, step)), sink); !fed)
      return fed.error().code;
  const Result<void> whole = inflater.finish();
  return whole ? Errc::ok : whole.error().code;
}

TEST(Deflate, RoundTripsWhereverTheBytesAreCut) {
  const std::string text = noise(70'000) + std::string(200'000, 'z');
  const std::string deflated = deflate(text, 1000);
  EXPECT_EQ(test::inflated(deflated), text);
  for (const std::size_t step : {1U, 7U, 4096U, 1U << 20}) {
    CheckingSink sink;
    EXPECT_EQ(outcome(deflated, step, sink), Errc::ok);
    EXPECT_TRUE(sink.text == text) << step;
  }
}

TEST(Deflate, PadsToAnEvenLength) {
  bool odd_stream_seen = false;
  for (std::size_t size = 0; size < 40; ++size) {
    const std::string deflated = deflate(noise(size));
    EXPECT_EQ(deflated.size() % 2, 0U) << size;
    odd_stream_seen |= deflated.back() == '\0';
    EXPECT_EQ(test::inflated(deflated), noise(size));
  }
  EXPECT_TRUE(odd_stream_seen);
}

TEST(Deflate, FailsAsTruncatedOnEveryPrefix) {
  const std::string deflated = deflate("the same again, the same again, the same again");
  for (std::size_t size = 0; size + 2 < deflated.size(); ++size) {
    CheckingSink sink;
    EXPECT_EQ(outcome(std::string_view(deflated).substr(0, size), 5, sink), Errc::truncated);
  }
}

TEST(Deflate, AllowsOnlyZerosAfterTheStream) {
  const std::string deflated = deflate("text");
  for (const std::size_t step : {1U, 3U, 1000U}) {
    CheckingSink sink;
    EXPECT_EQ(outcome(deflated + std::string(10, '\0'), step, sink), Errc::ok);
    EXPECT_EQ(outcome(deflated + std::string(9, '\0') + "x", step, sink), Errc::bad_deflate);
    EXPECT_EQ(outcome(deflated + deflated, step, sink), Errc::bad_deflate);
  }
}

TEST(Deflate, RefusesWhatIsNoDeflatedStream) {
  CheckingSink sink;
  EXPECT_EQ(outcome(std::string(10, '\xFF'), 10, sink), Errc::bad_deflate);
  // With the zlib header that PS3.5 A.5 does not have.
  EXPECT_EQ(outcome("\x78\x9C\x4B\x4C\x4A\x06\x00\x02\x4D\x01\x27", 11, sink), Errc::bad_deflate);
}

TEST(Deflate, PassesABlankImage) {
  CountingSink sink;
  EXPECT_EQ(outcome(deflate(std::string(50 << 20, '\0')), 65536, sink), Errc::ok);
  EXPECT_EQ(sink.count, 50U << 20);
}

TEST(Deflate, RefusesABomb) {
  const std::string bomb = deflate(std::string(100 << 20, '\0'));
  for (const std::size_t step : {std::size_t{1000}, bomb.size()}) {
    CountingSink sink;
    EXPECT_EQ(outcome(bomb, step, sink), Errc::inflate_limit);
    EXPECT_LT(sink.count, Inflater::kFreeBytes + (1 << 20));
  }
}

TEST(Deflate, PassesOnWhatItsOutputSays) {
  class Full : public ByteSink {
    Result<void> write(Bytes) override { return fail(Errc::io, {.detail = 28}); }
  } full;
  EXPECT_EQ(outcome(deflate("text"), 100, full), Errc::io);
  Deflater deflater(full);
  ASSERT_TRUE(deflater.write(as_bytes("text")));  // still inside zlib
  EXPECT_EQ(deflater.finish().error().code, Errc::io);
}

}  // namespace
}  // namespace dcm
