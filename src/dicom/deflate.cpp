// SPDX-License-Identifier: MIT
#include "dicom/deflate.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace dcm {
namespace {

constexpr int kRawDeflate = -MAX_WBITS;
constexpr std::size_t kChunk = 64 * 1024;

Bytef* input_pointer(Bytes bytes) noexcept {
  // zlib's next_in is not const unless ZLIB_CONST is defined; it never writes there.
  return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
}

}  // namespace

struct Inflater::Stream {
  z_stream z{};
  std::uint64_t consumed = 0;
  std::uint64_t produced = 0;
  bool ended = false;
  std::array<std::byte, kChunk> chunk;
};

Inflater::Inflater() noexcept = default;

Inflater::~Inflater() {
  if (stream_) ::inflateEnd(&stream_->z);
}

Result<void> Inflater::feed(Bytes compressed, ByteSink& output) {
  // Most objects are not deflated, and a stream is large.
  if (!stream_) {
    auto stream = std::make_unique_for_overwrite<Stream>();
    if (::inflateInit2(&stream->z, kRawDeflate) != Z_OK) throw std::bad_alloc();
    stream_ = std::move(stream);
  }
  z_stream& z = stream_->z;
  z.next_in = input_pointer(compressed);
  z.avail_in = static_cast<uInt>(compressed.size());
  bool output_full = true;
  while (!stream_->ended && (z.avail_in > 0 || output_full)) {
    z.next_out = reinterpret_cast<Bytef*>(stream_->chunk.data());
    z.avail_out = kChunk;
    const uInt before = z.avail_in;
    const int status = ::inflate(&z, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
      return fail(Errc::bad_deflate, {.offset = stream_->consumed});
    const std::size_t count = kChunk - z.avail_out;
    output_full = z.avail_out == 0;
    stream_->consumed += before - z.avail_in;
    stream_->produced += count;
    stream_->ended = status == Z_STREAM_END;
    const bool runaway =
        stream_->produced > kFreeBytes && stream_->produced > stream_->consumed * kMaxRatio;
    if (runaway || stream_->produced > kMaxBytes)
      return fail(Errc::inflate_limit, {.offset = stream_->consumed});
    if (count > 0) DCM_CHECK(output.write(Bytes(stream_->chunk).first(count)));
    if (status == Z_BUF_ERROR) break;
  }
  const Bytes rest = compressed.last(z.avail_in);
  const bool padding =
      std::all_of(rest.begin(), rest.end(), [](std::byte b) { return b == std::byte{}; });
  if (!padding) return fail(Errc::bad_deflate, {.offset = stream_->consumed});
  return {};
}

Result<void> Inflater::finish() const noexcept {
  if (!stream_) return fail(Errc::truncated);
  if (!stream_->ended) return fail(Errc::truncated, {.offset = stream_->consumed});
  return {};
}

struct Deflater::Stream {
  z_stream z{};
  std::array<std::byte, kChunk> chunk;
};

Deflater::Deflater(ByteSink& output)
    : stream_(std::make_unique_for_overwrite<Stream>()), output_(&output) {
  const int status = ::deflateInit2(&stream_->z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kRawDeflate, 8,
                                    Z_DEFAULT_STRATEGY);
  if (status != Z_OK) throw std::bad_alloc();
}

Deflater::~Deflater() { ::deflateEnd(&stream_->z); }

Result<void> Deflater::run(Bytes bytes, int flush) {
  z_stream& z = stream_->z;
  z.next_in = input_pointer(bytes);
  z.avail_in = static_cast<uInt>(bytes.size());
  do {
    z.next_out = reinterpret_cast<Bytef*>(stream_->chunk.data());
    z.avail_out = kChunk;
    ::deflate(&z, flush);
    const std::size_t count = kChunk - z.avail_out;
    produced_ += count;
    if (count > 0) DCM_CHECK(output_->write(Bytes(stream_->chunk).first(count)));
  } while (z.avail_out == 0);
  return {};
}

Result<void> Deflater::write(Bytes bytes) { return run(bytes, Z_NO_FLUSH); }

Result<void> Deflater::finish() {
  DCM_CHECK(run({}, Z_FINISH));
  static constexpr std::array<std::byte, 1> kPadding{};
  return produced_ % 2 == 0 ? Result<void>{} : output_->write(kPadding);
}

}  // namespace dcm
