// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace dcm::deid {

/// The pseudonyms that somebody gave: PatientID, trimmed, to pseudonym.
class PseudonymTable {
 public:
  /// Reads CSV with the header `patient_id,pseudonym` (RFC 4180; UTF-8, a byte order mark and CR LF
  /// are allowed; blank lines are passed over; fields are trimmed). No text at all is a table with
  /// nobody in it. Fails with bad_value and `detail` the line, counted from 1, in which the record
  /// begins: another header, not two fields, an empty field, a quote out of place, a patient twice
  /// with different pseudonyms, one pseudonym for two patients, or a pseudonym that is the
  /// patient's own ID, is longer than 64 characters, contains `\` or controls, or is not ASCII.
  static Result<PseudonymTable> parse(std::string_view csv);

  /// The pseudonym of a patient, or nullptr. Lives as long as the table. `patient_id` is UTF-8, and
  /// trimmed here.
  [[nodiscard]] const std::string* find(std::string_view patient_id) const;

  /// Numbers those of `patient_ids` that are not in the table, in sorted order: PAT_0001 and so on,
  /// above the highest such number in use. Returns the CSV lines that are new (to append to the
  /// file; the header comes first if there was none), empty if none. They are trimmed and may be
  /// repeated; empty ones are passed over.
  std::string number(std::span<const std::string> patient_ids);

  [[nodiscard]] bool empty() const noexcept { return pseudonyms_.empty(); }

 private:
  std::map<std::string, std::string, std::less<>> pseudonyms_;
  bool has_header_ = false;
};

}  // namespace dcm::deid
