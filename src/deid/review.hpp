// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "deid/findings.hpp"
#include "deid/profile.hpp"
#include "deid/scrubber.hpp"
#include "dicom/header_tape.hpp"

namespace dcm::deid {

/// Where a tape stands in its object. Of what follows pixel data a PS3.15 profile keeps only what a
/// user rule names.
enum class Part : std::uint8_t { header, trailer };

/// What is to become of one record of a tape.
struct Decision {
  Rule rule;                        ///< with an action that fits the record
  Vr vr = vr::kNone;                ///< to read the value by: the dictionary's where UN was sent
  std::uint32_t character_set = 0;  ///< index into Review::character_set()
};

/// What an object says of itself at its top level; views of the tape, raw.
struct Facts {
  std::string_view patient_id;
  std::string_view study_instance_uid;
  std::string_view character_set;
  bool has_patient_id = false;  ///< and a value in it
  bool burned_in = false;       ///< BurnedInAnnotation is YES
};

/// Reads a whole header and decides, record by record, what a profile does to it: sequences and
/// items, private blocks, content items of reports and values that cannot be read included. What
/// identifies the patient is handed to the scrubber on the way. Used by one thread.
class Review {
 public:
  /// Both must outlive it.
  Review(const Profile& profile, Scrubber& scrubber) noexcept
      : profile_(&profile), scrubber_(&scrubber) {}

  /// Starts an object of that SOP class.
  void begin(std::string_view sop_class_uid);

  /// Decides on `tape`, which must not change while the results are used. Fails with bad_length
  /// under `demographics` for what the dictionary knows as a sequence, begins like one and cannot
  /// be read as one: what is nested in it is out of reach.
  Result<void> run(const HeaderTape& tape, Part part);

  /// By record of the tape. Inside of what is removed the decisions mean nothing.
  [[nodiscard]] std::span<Decision> decisions() noexcept { return decisions_; }
  [[nodiscard]] std::string_view character_set(const Decision& decision) const noexcept {
    return character_sets_[decision.character_set];
  }

  [[nodiscard]] const Facts& facts() const noexcept { return facts_; }
  [[nodiscard]] const Findings& findings() const noexcept { return findings_; }
  /// The options that decided on something in this object.
  [[nodiscard]] OptionSet applied() const noexcept { return applied_; }
  /// What became of days in the object: none stayed, some stayed moved, some stayed as they were.
  enum class Days : std::uint8_t { gone, moved, kept };
  [[nodiscard]] Days days() const noexcept { return days_; }
  /// Whether a user rule kept what the profile would have taken away.
  [[nodiscard]] bool weakened() const noexcept { return weakened_; }

 private:
  /// How much of a sequence goes that must stay although its content may not (code D): all but
  /// structure, terms (CS) and mapped UIDs - and codes that anybody can look up, or not.
  enum class Dummies : std::uint8_t { none, but_public_codes, all };

  /// A sequence or an item around the record at hand.
  struct Frame {
    std::uint8_t inner_depth = 0;
    Tag sequence;  ///< the sequence, or that of the item
    bool removed = false;
    bool public_code = false;   ///< an item that is a code of a public scheme
    bool keeps_values = false;  ///< a content item whose value an option keeps (E.3.4)
    bool dummy_values = false;  ///< a content item whose value is to be a dummy (E.3.4)
    Dummies dummies = Dummies::none;
    std::uint32_t character_set = 0;
    std::size_t creators = 0;  ///< private blocks known before
  };

  struct PrivateBlock {
    std::uint16_t group;
    std::uint8_t number;
    std::size_t record;
    std::string_view creator;
  };

  void enter_item(std::size_t index);
  void enter_sequence(std::size_t index, const Decision& decision);
  void leave_to(std::uint8_t depth);
  Result<void> decide(std::size_t index);
  [[nodiscard]] Rule rule_for(std::size_t index);
  [[nodiscard]] Rule private_rule(std::size_t index);
  [[nodiscard]] Rule safe_rule(Rule rule, std::string_view creator, std::size_t index);
  [[nodiscard]] Rule resolved(Rule rule, const TapeRecord& record) const;
  [[nodiscard]] Rule within(const Frame& frame, Rule rule, const TapeRecord& record, Vr vr) const;
  [[nodiscard]] bool may_show_text(std::size_t index) const;
  [[nodiscard]] Rule readable(Rule rule, std::size_t index, Vr vr);
  [[nodiscard]] Rule concept_rule(std::size_t item) const;
  [[nodiscard]] std::size_t find_child(std::size_t container, Tag tag) const noexcept;
  [[nodiscard]] std::string_view text_of(std::size_t index) const noexcept;
  void harvest(const Rule& rule, Vr vr, std::size_t index);
  void note(std::size_t index);
  void account(const Rule& rule, const TapeRecord& record);

  const Profile* profile_;
  Scrubber* scrubber_;
  std::string_view sop_class_uid_;
  const HeaderTape* tape_ = nullptr;
  Part part_ = Part::header;
  std::vector<Decision> decisions_;
  std::vector<Frame> frames_;  ///< the first is the data set itself
  std::vector<PrivateBlock> blocks_;
  std::vector<std::string_view> character_sets_;
  Facts facts_;
  Findings findings_;
  OptionSet applied_;
  Days days_ = Days::gone;
  bool weakened_ = false;
};

}  // namespace dcm::deid
