// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace dcm::store {

/// What was replaced by what, for the user who asked for it: CSV with the header
/// `kind,id_old,id_new`. It holds the patients' identities: who has it can undo the
/// de-identification. Mode 0600, never written over another file, and nothing of it is on disk
/// before write(). All is kept in memory until then. Safe for many threads.
class ExportMap {
 public:
  enum class Kind : std::uint8_t { patient, uid };

  /// Looks whether the file can be made, before any work is done. Fails with io: EEXIST if the name
  /// is taken, by whatever.
  static Result<ExportMap> create(const std::string& path);

  ExportMap(ExportMap&&) noexcept;
  ExportMap& operator=(ExportMap&&) noexcept;
  ~ExportMap();

  /// Notes a replacement, in UTF-8. The same one may come any number of times.
  void add(Kind kind, std::string_view id_old, std::string_view id_new);

  /// Writes all that was noted, each once and sorted by the bytes of the lines: patients, then
  /// UIDs. To be called once; durable on return. Fails with io, as create() does.
  Result<void> write();

 private:
  struct State;
  explicit ExportMap(std::unique_ptr<State> state) noexcept;
  std::unique_ptr<State> state_;
};

}  // namespace dcm::store
