// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "deid/confidentiality_table.hpp"
#include "dicom/vr.hpp"

namespace dcm::deid {

/// Takes out of text that stays what identifies the patient, and nothing else. What identifies is
/// told by the object itself - its names, numbers, days, places - and by a list of phrases that the
/// user gives; besides, what is an identifier on sight: e-mail addresses, phone numbers, social
/// security numbers, UIDs of instances. A phrase matches as whole words, case and accents aside,
/// whatever separates the words (`^`, `_`, `-`, `,` or spaces). Words of anatomy, protocols and
/// units stay unless they stand in the patient's name as a whole: a patient called Hand costs no
/// hand. One object after another; one thread at a time. Objects with equal harvest share all work.
class Scrubber {
 public:
  /// Whether UIDs in text are kept (Retain UIDs).
  enum class Uids : bool { remove, keep };

  /// `phrases`, UTF-8, identify too: staff, wards, sites.
  Scrubber(std::span<const std::string> phrases, Uids uids);
  ~Scrubber();
  Scrubber(Scrubber&&) noexcept;
  Scrubber& operator=(Scrubber&&) noexcept;

  /// Starts an object; nothing is known of it.
  void begin();

  /// A raw value of the object that identifies, `character_set` being the raw (0008,0005) that
  /// holds where it stands. `identity` none is text of unknown meaning (private elements): only
  /// what in it has the shape of a name (`^`), a day or a long number is taken.
  void harvest(Identity identity, Vr vr, std::string_view value, std::string_view character_set);

  /// The value to write in place of a raw text value, in the same character set and padded to even
  /// length; may be empty. None if nothing is to be taken out. Valid until the next call. To be
  /// called after the last harvest() of the object. DS, IS and other VRs that are no text are left
  /// alone; of several values (`\`) each is cleaned, and their number stays. The bytes of what
  /// stays are never touched. A value whose escape sequences (ISO 2022) make no sense becomes
  /// empty; so does, if the object tells more than can be remembered (128 KiB, 32,768 phrases),
  /// every value with a word that is not harmless.
  [[nodiscard]] std::optional<std::string_view> scrub(std::string_view value, Vr vr,
                                                      std::string_view character_set);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace dcm::deid
