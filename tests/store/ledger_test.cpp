// SPDX-License-Identifier: MIT
#include "store/ledger.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <vector>

#include "base/fd.hpp"
#include "store/fake_object.hpp"

namespace dcm::store::test {
namespace {

namespace fs = std::filesystem;

LedgerKey key_of(unsigned number) {
  LedgerKey key{};
  key[0] = static_cast<std::byte>(number >> 8U);
  key[31] = static_cast<std::byte>(number);
  return key;
}

Fd open_home(const Scratch& scratch) {
  return Fd(::open(scratch.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

TEST(Ledger, KnowsNothingOfWhatWasNeverRecorded) {
  const Scratch scratch;
  const Fd home = open_home(scratch);
  auto ledger = Ledger::open(home.get());
  ASSERT_TRUE(ledger);
  EXPECT_EQ(ledger->find(key_of(1)).value(), std::nullopt);
}

TEST(Ledger, TellsTheLastStateAlsoAfterItWasClosed) {
  const Scratch scratch;
  const Fd home = open_home(scratch);
  const std::vector<LedgerEntry> first{
      {.key = key_of(1)}, {.key = key_of(2), .state = LedgerState::stored, .bytes = 526'336}};
  const std::vector<LedgerEntry> later{
      {.key = key_of(1), .state = LedgerState::refused, .reason = Errc::burned_in}};
  {
    auto ledger = Ledger::open(home.get());
    ASSERT_TRUE(ledger && ledger->record(first) && ledger->record(later));
  }
  auto ledger = Ledger::open(home.get());
  ASSERT_TRUE(ledger);
  EXPECT_EQ(ledger->find(key_of(1)).value(), later[0]);
  EXPECT_EQ(ledger->find(key_of(2)).value(), first[1]);
}

TEST(Ledger, HoldsManyInstances) {
  const Scratch scratch;
  const Fd home = open_home(scratch);
  std::vector<LedgerEntry> entries;
  for (unsigned i = 0; i < 5000; ++i)
    entries.push_back({.key = key_of(i), .state = LedgerState::stored, .bytes = i});
  auto ledger = Ledger::open(home.get());
  ASSERT_TRUE(ledger && ledger->record(entries));
  for (const LedgerEntry& entry : entries) ASSERT_EQ(ledger->find(entry.key).value(), entry);
}

TEST(Ledger, IsForItsOwnerOnly) {
  const Scratch scratch;
  const Fd home = open_home(scratch);
  auto ledger = Ledger::open(home.get());
  ASSERT_TRUE(ledger && ledger->record(std::vector<LedgerEntry>{{.key = key_of(1)}}));
  std::size_t files = 0;
  for (const auto& file : fs::directory_iterator(scratch.path())) {
    struct stat status {};
    ASSERT_EQ(::stat(file.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << file.path();
    ++files;
  }
  EXPECT_GE(files, 1U);
}

TEST(Ledger, RefusesWhatIsNoLedger) {
  const Scratch scratch;
  const Fd home = open_home(scratch);
  write_text(scratch / "ledger.db", std::string(4096, 'x'));
  const auto ledger = Ledger::open(home.get());
  ASSERT_FALSE(ledger);
  EXPECT_EQ(ledger.error().code, Errc::ledger);
}

TEST(Ledger, FollowsNoLink) {
  const Scratch scratch;
  const Fd home = open_home(scratch);
  fs::create_symlink("elsewhere.db", scratch / "ledger.db");
  const auto ledger = Ledger::open(home.get());
  ASSERT_FALSE(ledger);
  EXPECT_EQ(ledger.error().code, Errc::io);
  EXPECT_FALSE(fs::exists(scratch / "elsewhere.db"));
}

}  // namespace
}  // namespace dcm::store::test
