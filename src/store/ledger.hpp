// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/error.hpp"
#include "base/result.hpp"

namespace dcm::store {

/// What stands for an instance in the ledger: a keyed digest of its source UID that the caller
/// makes. The UID itself is told to nobody here.
using LedgerKey = std::array<std::byte, 32>;

/// What is known of an expected instance. All but `expected` are terminal.
enum class LedgerState : std::uint8_t {
  expected,  ///< the server listed it
  stored,    ///< whole in the tree and synced
  refused,   ///< for its content; `reason` says why
  conflict,  ///< other bytes are in the tree under its name
  failed,    ///< the server, or a connection, failed on it
  missing,   ///< it never came
};

struct LedgerEntry {
  LedgerKey key{};
  LedgerState state = LedgerState::expected;
  Errc reason = Errc::ok;   ///< of `refused`
  std::uint64_t bytes = 0;  ///< of the file, of `stored`

  friend bool operator==(const LedgerEntry&, const LedgerEntry&) = default;
};

/// The record of every instance that was ever expected in a tree: `.dicom-client/ledger.db`, an
/// SQLite database. Holds digests, states and sizes, so nothing in it names a patient. The files
/// are the truth: a ledger that lags behind them, as after a kill, costs a question, never an
/// object. Used by one thread at a time.
class Ledger {
 public:
  /// Opens or makes the ledger in `home`, the `.dicom-client` of a locked tree. Fails with io, or
  /// ledger (it is no database, is damaged, or a later version made it).
  static Result<Ledger> open(int home);

  Ledger(Ledger&&) noexcept;
  Ledger& operator=(Ledger&&) noexcept;
  ~Ledger();

  /// What is known of an instance. Fails with io or ledger.
  Result<std::optional<LedgerEntry>> find(const LedgerKey& key);

  /// Writes all of `entries` or none of them, each over what was known. Fails with io or ledger.
  Result<void> record(std::span<const LedgerEntry> entries);

 private:
  struct Database;
  explicit Ledger(std::unique_ptr<Database> database) noexcept;
  std::unique_ptr<Database> database_;
};

}  // namespace dcm::store
