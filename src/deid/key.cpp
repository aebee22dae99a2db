// SPDX-License-Identifier: MIT
#include "deid/key.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <utility>

#include "dicom/text.hpp"

namespace dcm::deid {
namespace {

// Of SHA-256 (FIPS 180-4).
constexpr std::size_t kBlockBytes = 64;
constexpr std::byte kInnerPad{0x36};
constexpr std::byte kOuterPad{0x5C};

struct FreeDigest {
  void operator()(EVP_MD* digest) const noexcept { EVP_MD_free(digest); }
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
using Sha256 = std::unique_ptr<EVP_MD, FreeDigest>;
using Hash = std::unique_ptr<EVP_MD_CTX, FreeDigest>;

/// OpenSSL fails here only when it is broken or out of memory; a made-up digest would mix patients.
void must(bool succeeded) noexcept {
  if (!succeeded) std::abort();
}

Hash new_hash() {
  Hash hash(EVP_MD_CTX_new());
  must(hash != nullptr);
  return hash;
}

void add(EVP_MD_CTX* hash, Bytes bytes) {
  must(EVP_DigestUpdate(hash, bytes.data(), bytes.size()) == 1);
}

Key::Digest end(EVP_MD_CTX* hash) {
  Key::Digest digest;
  must(EVP_DigestFinal_ex(hash, reinterpret_cast<unsigned char*>(digest.data()), nullptr) == 1);
  return digest;
}

/// A hash that has taken in the key under one of the pads of HMAC (RFC 2104).
Hash keyed(const EVP_MD* sha256, std::array<std::byte, kBlockBytes> key, std::byte pad) {
  for (std::byte& byte : key) byte ^= pad;
  Hash hash = new_hash();
  must(EVP_DigestInit_ex2(hash.get(), sha256, nullptr) == 1);
  add(hash.get(), key);
  OPENSSL_cleanse(key.data(), key.size());
  return hash;
}

/// The number that the first 128 bits of `digest` are, once marked as a UUID of version 8 (RFC
/// 9562 5.8), most significant word first.
std::array<std::uint32_t, 4> as_uuid(Key::Digest digest) {
  digest[6] = (digest[6] & std::byte{0x0F}) | std::byte{0x80};
  digest[8] = (digest[8] & std::byte{0x3F}) | std::byte{0x80};
  std::array<std::uint32_t, 4> words{};
  for (std::size_t i = 0; i < words.size(); ++i)
    words[i] = load<std::uint32_t>(digest.data() + 4 * i, std::endian::big);
  return words;
}

/// Appends a number above 0 in decimal. Nine digits at a time are what fits a word.
void append_decimal(std::string& text, std::array<std::uint32_t, 4> words) {
  constexpr std::uint64_t kBillion = 1'000'000'000;
  std::array<char, 45> digits{};
  for (auto at = digits.end(); at != digits.begin();) {
    std::uint64_t rest = 0;
    for (std::uint32_t& word : words) {
      rest = rest << 32U | word;
      word = static_cast<std::uint32_t>(rest / kBillion);
      rest %= kBillion;
    }
    for (int i = 0; i < 9; ++i, rest /= 10) *--at = static_cast<char>('0' + rest % 10);
  }
  const auto first = std::find_if(digits.begin(), digits.end(), [](char c) { return c != '0'; });
  text.append(first, digits.end());
}

/// Appends 8 characters for every 5 bytes (RFC 4648, section 6).
void append_base32(std::string& text, Bytes bytes) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  unsigned bits = 0;
  unsigned count = 0;
  for (const std::byte byte : bytes) {
    bits = (bits << 8U | std::to_integer<unsigned>(byte)) & 0xFFFU;
    for (count += 8; count >= 5; count -= 5) text += kAlphabet[bits >> (count - 5) & 31U];
  }
}

}  // namespace

/// HMAC up to where the message begins. Copying a hash costs far less than keying one.
struct Key::State {
  Hash inner;
  Hash outer;
};

Key::Key(Bytes secret) {
  Sha256 sha256(EVP_MD_fetch(nullptr, "SHA256", nullptr));
  must(sha256 != nullptr);
  std::array<std::byte, kBlockBytes> block{};
  if (secret.size() > block.size()) {
    const Hash hash = new_hash();
    must(EVP_DigestInit_ex2(hash.get(), sha256.get(), nullptr) == 1);
    add(hash.get(), secret);
    std::ranges::copy(end(hash.get()), block.begin());
  } else {
    std::ranges::copy(secret, block.begin());
  }
  State state{keyed(sha256.get(), block, kInnerPad), keyed(sha256.get(), block, kOuterPad)};
  OPENSSL_cleanse(block.data(), block.size());
  state_ = std::make_shared<const State>(std::move(state));
}

Key::Digest Key::derive(std::string_view label, std::string_view value) const {
  constexpr std::byte kSeparator{0};
  const Hash hash = new_hash();
  must(EVP_MD_CTX_copy_ex(hash.get(), state_->inner.get()) == 1);
  add(hash.get(), as_bytes(label));
  add(hash.get(), Bytes(&kSeparator, 1));
  add(hash.get(), as_bytes(value));
  const Digest inner = end(hash.get());
  must(EVP_MD_CTX_copy_ex(hash.get(), state_->outer.get()) == 1);
  add(hash.get(), inner);
  return end(hash.get());
}

std::string Key::uid(std::string_view uid) const {
  std::string text = "2.25.";
  append_decimal(text, as_uuid(derive("uid", trim(uid))));
  return text;
}

std::string Key::pseudonym(std::string_view value) const {
  const Digest digest = derive("pseudonym", trim(value));
  std::string text = "P";
  append_base32(text, Bytes(digest).first(10));
  return text;
}

int Key::date_shift(std::string_view patient) const {
  const Digest digest = derive("dateshift", trim(patient));
  return -(1 + static_cast<int>(load<std::uint64_t>(digest.data(), std::endian::big) % 3650));
}

std::string Key::fingerprint() const {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const Digest digest = derive("ledger", "fingerprint");
  std::string text;
  for (const std::byte byte : Bytes(digest).first(8)) {
    text += kDigits[std::to_integer<unsigned>(byte) >> 4U];
    text += kDigits[std::to_integer<unsigned>(byte) & 15U];
  }
  return text;
}

}  // namespace dcm::deid
