// SPDX-License-Identifier: MIT
#include "cli/value_words.hpp"

#include <fmt/format.h>

namespace dcm::cli {

Objection words_of(app::ValueFault fault) {
  using Fault = app::ValueFault;
  constexpr auto kDates = "write 20230131, 2023-01-31, 20230101-20231231, 20230101- or -20231231";
  switch (fault) {
    case Fault::too_long:
      return {fmt::format("longer than {} bytes", app::kMaxCriterionBytes), {}};
    case Fault::empty:
      return {"its value is empty", "leave the option out to match everything"};
    case Fault::unprintable:
      return {"a backslash, a control character, or not UTF-8",
              "no DICOM text holds a backslash or a control character"};
    case Fault::starred_dates:
      return {"no wildcard may stand in a date (PS3.4 C.2.2.2.4); a range can", kDates};
    case Fault::no_dates:
      return {"not a date or a range of dates that exist", kDates};
    case Fault::starred_uid:
      return {"no wildcard may stand in a UID (PS3.4 C.2.2.2.4)",
              "name the whole UID, or search by other criteria"};
    case Fault::no_uid:
      return {"not a UID", "a UID has digits and dots, at most 64"};
    case Fault::no_modality:
      return {"not a modality", "one modality, such as CT, MR, US or DX"};
    case Fault::no_number:
    case Fault::none:
      break;
  }
  return {"not a number", {}};
}

}  // namespace dcm::cli
