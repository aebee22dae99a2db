// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "deid/project.hpp"
#include "deid/review.hpp"
#include "deid/scrubber.hpp"
#include "dicom/element_writer.hpp"
#include "dicom/header_tape.hpp"

namespace dcm::deid {

/// Applies a project's rules to the headers of objects, one after another; used by one thread. The
/// whole header must be on the tape: the patient decides the date shift, and the patient's own
/// values decide what is taken out of text.
class Deidentifier {
 public:
  /// `project` must outlive it.
  explicit Deidentifier(const Project& project);

  /// Starts an object; `encoding` is that of its data set.
  void begin(std::string_view sop_class_uid, Encoding encoding);

  /// What becomes of the records of `tape`, first of the header, then of the trailer. The header of
  /// a PS3.15 profile also gets the marks of PS3.15 E.1.1: PatientIdentityRemoved,
  /// DeidentificationMethod and its codes, LongitudinalTemporalInformationModified. Fails as
  /// Review::run(), or with burned_in, no_pseudonym, or missing_uid for an object of nobody.
  Result<Edits> edits(const HeaderTape& tape, Part part);

  /// The review behind the last edits(), to tell people what was decided and why.
  [[nodiscard]] Review& review() noexcept { return review_; }

  /// The PatientID that the last header got because it had none; empty if it had one.
  [[nodiscard]] std::string_view added_patient_id() const noexcept;

  /// What the profile could not settle, of the object since begin().
  [[nodiscard]] Findings findings() const noexcept;

 private:
  /// An element of our own, for the top level of the header.
  struct Mark {
    Tag tag;
    std::vector<std::byte> element;
  };

  Result<void> know_patient();
  Result<void> make_marks(const HeaderTape& tape);
  void take_out_old_marks(const HeaderTape& tape);
  [[nodiscard]] std::string_view earlier_method(const HeaderTape& tape);
  [[nodiscard]] std::string method(std::string_view earlier) const;
  [[nodiscard]] std::vector<std::byte> method_codes(const HeaderTape& tape) const;

  [[nodiscard]] Edits apply(const HeaderTape& tape);
  /// Returns the index of the next record to look at.
  std::size_t apply_to(const HeaderTape& tape, std::size_t index, Edits& edits);
  void empty(const HeaderTape& tape, std::size_t index, Edits& edits) const;
  void rewrite(const HeaderTape& tape, std::size_t index, Edits& edits);
  [[nodiscard]] std::optional<std::string> new_value(const Decision& decision,
                                                     const TapeRecord& record,
                                                     std::string_view value);
  [[nodiscard]] std::string readable(const std::optional<std::string>& value);
  [[nodiscard]] std::string mapped_uids(std::string_view value);
  [[nodiscard]] std::string hashed(std::string_view value, Vr vr) const;

  const Project& project_;
  Scrubber scrubber_;
  Review review_;
  Encoding encoding_ = Encoding::explicit_le;
  std::vector<Mark> marks_;
  bool knows_patient_ = false;
  std::string patient_;  ///< who has the pseudonym and the shift: often many objects in a row
  std::string pseudonym_;
  int date_shift_ = 0;
  std::uint32_t unreadable_ = 0;  ///< values found unreadable only when they were to be changed
  std::unordered_map<std::string, std::string> uids_;  ///< mapped before; bounded
};

}  // namespace dcm::deid
