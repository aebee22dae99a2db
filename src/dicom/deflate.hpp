// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/byte_sink.hpp"
#include "base/result.hpp"

namespace dcm {

/// Inflates a deflated data set (PS3.5 A.5: RFC 1951, no zlib header) while it arrives. Refuses to
/// grow beyond kMaxRatio once more than kFreeBytes came out, and beyond kMaxBytes at all.
class Inflater {
 public:
  static constexpr std::uint64_t kFreeBytes = std::uint64_t{64} << 20;
  static constexpr std::uint64_t kMaxRatio = 200;
  static constexpr std::uint64_t kMaxBytes = std::uint64_t{4} << 30;

  Inflater() noexcept;
  ~Inflater();

  /// Takes the next compressed bytes and hands on what they give. Fails with bad_deflate (also for
  /// anything but zero padding after the end of the stream), inflate_limit, or as `output` does.
  Result<void> feed(Bytes compressed, ByteSink& output);

  /// Fails with truncated unless the stream reached its end.
  Result<void> finish() const noexcept;

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

/// Deflates a data set on its way to `output`, which must outlive it.
class Deflater : public ByteSink {
 public:
  explicit Deflater(ByteSink& output);
  ~Deflater() override;

  Result<void> write(Bytes bytes) override;

  /// Ends the stream, padded to an even length (PS3.5 A.5). Fails as the output does.
  Result<void> finish();

 private:
  Result<void> run(Bytes bytes, int flush);

  struct Stream;
  std::unique_ptr<Stream> stream_;
  ByteSink* output_;
  std::uint64_t produced_ = 0;
};

}  // namespace dcm
