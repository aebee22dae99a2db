// SPDX-License-Identifier: MIT
#include "store/ledger.hpp"

#include <fcntl.h>
#include <sqlite3.h>

#include <cerrno>
#include <string>
#include <utility>

#include "base/fd.hpp"
#include "store/directory.hpp"

namespace dcm::store {
namespace {

constexpr const char* kName = "ledger.db";
constexpr int kFormat = 1;

// The tree is locked, so nobody else has the database open: its own locks would only get in the way
// of file systems that have none. A power failure may cost the last transactions, never the rest.
constexpr const char* kSetUp =
    "PRAGMA locking_mode = EXCLUSIVE;"
    "PRAGMA journal_mode = WAL;"
    "PRAGMA synchronous = NORMAL;"
    "PRAGMA trusted_schema = OFF;";

constexpr const char* kSchema =
    "CREATE TABLE IF NOT EXISTS instance ("
    "  key BLOB PRIMARY KEY, state INTEGER NOT NULL, reason INTEGER NOT NULL,"
    "  bytes INTEGER NOT NULL"
    ") WITHOUT ROWID;"
    "PRAGMA user_version = 1;";

struct CloseDatabase {
  void operator()(sqlite3* it) const noexcept { sqlite3_close_v2(it); }
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* it) const noexcept { sqlite3_finalize(it); }
};
using Connection = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

/// What stands behind SQLite's code: the disk, or the database itself.
tl::unexpected<Error> broken(sqlite3* connection, int code) {
  const int last = errno;
  const bool is_disk = code == SQLITE_FULL || code == SQLITE_IOERR || code == SQLITE_CANTOPEN ||
                       code == SQLITE_READONLY || code == SQLITE_PERM;
  // SQLite does not always keep what the system said.
  const int told = code == SQLITE_FULL ? ENOSPC : sqlite3_system_errno(connection);
  const int reason = told != 0 ? told : last != 0 ? last : EIO;
  if (is_disk) return fail(Error{.code = Errc::io, .detail = static_cast<std::uint32_t>(reason)});
  return fail(Error{.code = Errc::ledger, .detail = static_cast<std::uint32_t>(code)});
}

Result<void> run(sqlite3* connection, const char* text) {
  const int code = sqlite3_exec(connection, text, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return broken(connection, code);
  return {};
}

Result<Statement> prepare(sqlite3* connection, const char* text) {
  sqlite3_stmt* raw = nullptr;
  const int code =
      sqlite3_prepare_v3(connection, text, -1, SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  Statement statement(raw);
  if (code != SQLITE_OK) return broken(connection, code);
  return statement;
}

/// A statement that is ready for its next use when this goes.
class Use {
 public:
  explicit Use(sqlite3_stmt* statement) noexcept : statement_(statement) {}
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  ~Use() { sqlite3_reset(statement_); }

  void bind(int at, const LedgerKey& key) noexcept {
    sqlite3_bind_blob(statement_, at, key.data(), static_cast<int>(key.size()), SQLITE_STATIC);
  }
  void bind(int at, std::uint64_t number) noexcept {
    sqlite3_bind_int64(statement_, at, static_cast<sqlite3_int64>(number));
  }
  int step() noexcept { return sqlite3_step(statement_); }
  [[nodiscard]] std::uint64_t number(int column) const noexcept {
    return static_cast<std::uint64_t>(sqlite3_column_int64(statement_, column));
  }

 private:
  sqlite3_stmt* statement_;
};

Result<int> format_of(sqlite3* connection) {
  DCM_TRY(const Statement statement, prepare(connection, "PRAGMA user_version"));
  const int code = sqlite3_step(statement.get());
  if (code != SQLITE_ROW) return broken(connection, code);
  return sqlite3_column_int(statement.get(), 0);
}

}  // namespace

struct Ledger::Database {
  Connection connection;
  Statement find;
  Statement record;
};

Ledger::Ledger(std::unique_ptr<Database> database) noexcept : database_(std::move(database)) {}
Ledger::Ledger(Ledger&&) noexcept = default;
Ledger& Ledger::operator=(Ledger&&) noexcept = default;
Ledger::~Ledger() = default;

Result<Ledger> Ledger::open(int home) {
  // SQLite follows links and knows no modes: what it opens is a file of ours from here on.
  DCM_CHECK(open_beneath(home, kName, O_RDWR | O_CREAT, 0600));
  const std::string path = "/proc/self/fd/" + std::to_string(home) + "/" + kName;
  sqlite3* raw = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  auto database = std::make_unique<Database>();
  database->connection.reset(raw);
  if (code != SQLITE_OK) return broken(raw, code);
  DCM_CHECK(run(raw, kSetUp));
  DCM_TRY(const int format, format_of(raw));
  if (format > kFormat) return broken(raw, SQLITE_MISMATCH);
  DCM_CHECK(run(raw, kSchema));
  DCM_TRY(database->find, prepare(raw, "SELECT state, reason, bytes FROM instance WHERE key = ?1"));
  DCM_TRY(database->record,
          prepare(raw, "INSERT OR REPLACE INTO instance VALUES (?1, ?2, ?3, ?4)"));
  return Ledger(std::move(database));
}

Result<std::optional<LedgerEntry>> Ledger::find(const LedgerKey& key) {
  Use use(database_->find.get());
  use.bind(1, key);
  sqlite3* const connection = database_->connection.get();
  const int code = use.step();
  if (code == SQLITE_DONE) return std::nullopt;
  if (code != SQLITE_ROW) return broken(connection, code);
  if (use.number(0) > static_cast<std::uint64_t>(LedgerState::missing))
    return broken(connection, SQLITE_CORRUPT);
  return LedgerEntry{.key = key,
                     .state = static_cast<LedgerState>(use.number(0)),
                     .reason = static_cast<Errc>(use.number(1)),
                     .bytes = use.number(2)};
}

Result<void> Ledger::record(std::span<const LedgerEntry> entries) {
  if (entries.empty()) return {};
  DCM_CHECK(run(database_->connection.get(), "BEGIN"));
  for (const LedgerEntry& entry : entries) {
    Use use(database_->record.get());
    use.bind(1, entry.key);
    use.bind(2, static_cast<std::uint64_t>(entry.state));
    use.bind(3, static_cast<std::uint64_t>(entry.reason));
    use.bind(4, entry.bytes);
    if (const int code = use.step(); code != SQLITE_DONE) {
      const auto why = broken(database_->connection.get(), code);
      static_cast<void>(run(database_->connection.get(), "ROLLBACK"));
      return why;
    }
  }
  return run(database_->connection.get(), "COMMIT");
}

}  // namespace dcm::store
