// SPDX-License-Identifier: MIT
#include "deid/key.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <thread>
#include <utility>
#include <vector>

namespace dcm::deid {
namespace {

using namespace std::string_view_literals;

/// The bytes 0, 1, 2 ...
std::vector<std::byte> counting(std::size_t size) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i);
  return bytes;
}

Key key() { return Key(counting(32)); }

std::string hex(const Key::Digest& digest) {
  std::string text;
  for (const std::byte byte : digest) {
    text += "0123456789abcdef"[std::to_integer<unsigned>(byte) >> 4U];
    text += "0123456789abcdef"[std::to_integer<unsigned>(byte) & 15U];
  }
  return text;
}

// These are the vectors of docs/key.md.

TEST(Key, GivesTheUidsOfTheDocument) {
  const std::pair<std::string_view, std::string_view> vectors[] = {
      {"1.2.3", "2.25.323208961630152450876443539203389659764"},
      {"1.2.276.0.7230010.3.1.2.1", "2.25.224325941892286576494036401974167004991"},
      {"1.2.840.113619.2.55.3.604688119.971.1268054339.643.1",
       "2.25.18099835693779301180749933028526019959"},
      {"2.25.329800735698586629295641978511506172918",
       "2.25.280826384672949440324633629296808067916"},
      {"1.2.3.29673", "2.25.3793514554027257909394411466622834"},
  };
  for (const auto& [uid, replacement] : vectors) EXPECT_EQ(key().uid(uid), replacement) << uid;
}

TEST(Key, GivesThePseudonymsOfTheDocument) {
  EXPECT_EQ(key().pseudonym("4711"), "PWU4TLKLIBXI2GS33");
  EXPECT_EQ(key().pseudonym("PAT-0001"), "PKDSC7UF4LRCWAV3N");
  EXPECT_EQ(key().pseudonym("DOE 1"), "PFREYVJZARL72FA5O");
  EXPECT_EQ(key().pseudonym("M\u00FCller-7"), "POVKS6J3YWEUYTDF4");
}

TEST(Key, GivesTheShiftsOfTheDocument) {
  EXPECT_EQ(key().date_shift("4711"), -282);
  EXPECT_EQ(key().date_shift("PAT-0001"), -2236);
  EXPECT_EQ(key().date_shift("DOE 1"), -1661);
  EXPECT_EQ(key().date_shift("M\u00FCller-7"), -483);
}

TEST(Key, GivesTheFingerprintOfTheDocument) { EXPECT_EQ(key().fingerprint(), "1586638dfac9470c"); }

TEST(Key, DerivesAsHmacDoesForSecretsOfEveryLength) {
  const std::pair<std::size_t, std::string_view> digests[] = {
      {16, "415f461b9587d5facd1c90cf9c7fb3905b0fc0989528fd495192d163e8cbe8c9"},
      {32, "f327c820c0f135c32ff671c51d701a74ecb7080cf53c71110b4e0197cc236aaf"},
      {63, "406248cbfcdbb13a615a78126b8cf36ca61fe75844ccc96c493f5fdc9b3c665c"},
      {64, "933099534378cebfdee74a051e1a7bad24108c6821a797ddf31dabe1ba18b729"},
      {65, "f8cd9f46d5552a7f30cbfc4dc96d97220901a7c4f1f0d96e0e29179142a601ec"},
      {131, "6b67a782c7f642deaf205b3c1a563d8afa9cb76324cef6c9259df3bade145dff"},
  };
  for (const auto& [size, digest] : digests)
    EXPECT_EQ(hex(Key(counting(size)).derive("uid", "1.2.3")), digest) << size;
}

TEST(Key, TakesNoNoticeOfPadding) {
  EXPECT_EQ(key().uid("1.2.3\0"sv), key().uid("1.2.3"));
  EXPECT_EQ(key().uid("1.2.3 "), key().uid("1.2.3"));
  EXPECT_EQ(key().pseudonym(" 4711 "), key().pseudonym("4711"));
  EXPECT_EQ(key().date_shift("4711\0"sv), key().date_shift("4711"));
  EXPECT_NE(key().pseudonym("47 11"), key().pseudonym("4711"));
}

TEST(Key, TellsLabelsAndValuesApart) {
  EXPECT_NE(key().derive("uid", "1"), key().derive("pseudonym", "1"));
  EXPECT_NE(key().derive("a", "bc"), key().derive("ab", "c"));
}

TEST(Key, OfOtherBytesGivesOtherAnswers) {
  const Key other(counting(33));
  EXPECT_NE(other.uid("1.2.3"), key().uid("1.2.3"));
  EXPECT_NE(other.fingerprint(), key().fingerprint());
}

TEST(Key, MakesValidUidsAndShiftsWithinTenYears) {
  const Key one = key();
  int least = 0;
  int most = -3650;
  for (int i = 0; i < 20'000; ++i) {
    const std::string value = std::to_string(i);
    const std::string uid = one.uid(value);
    ASSERT_LE(uid.size(), 64U);
    ASSERT_EQ(uid.substr(0, 5), "2.25.");
    ASSERT_EQ(uid.find_first_not_of("0123456789", 5), std::string::npos);
    ASSERT_NE(uid[5], '0');
    least = std::min(least, one.date_shift(value));
    most = std::max(most, one.date_shift(value));
  }
  EXPECT_EQ(least, -3650);
  EXPECT_EQ(most, -1);
}

TEST(Key, ServesManyThreadsAndCopies) {
  const Key shared = key();
  std::vector<int> right(4);
  std::vector<std::thread> threads;
  for (int& count : right) {
    threads.emplace_back([&count, &shared] {
      const Key copy = shared;
      for (int i = 0; i < 1000; ++i) {
        if (copy.date_shift("4711") == -282 && shared.date_shift("PAT-0001") == -2236) ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::accumulate(right.begin(), right.end(), 0), 4000);
}

}  // namespace
}  // namespace dcm::deid
