// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <set>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "app/archive.hpp"
#include "app/condition.hpp"
#include "app/spelling.hpp"
#include "app/sweep.hpp"

namespace dcm::app {

/// One patient, study, series or instance that matches.
struct Match {
  Attributes attributes;        ///< of its level and the levels above, in UTF-8
  std::vector<Tag> unverified;  ///< criteria that this server's answers cannot confirm
  /// Below it only what tells no other PatientID is meant: it was asked for by a patient, or other
  /// patients have a study of this UID as well.
  bool of_one_patient = false;
};

/// A series by what tells it from others: one UID may be used for several patients.
struct SeriesPlace {
  std::string patient_id, study_instance_uid, series_instance_uid;

  friend auto operator<=>(const SeriesPlace&, const SeriesPlace&) = default;
};

/// Walks down an archive by hierarchical queries (PS3.4 C.4.1.3.1.1), checking each answer. Text
/// beyond ASCII is asked for in each character set that it may be stored in, as servers differ in
/// what they convert; a refusal counts only if no set is answered. All functions append what they
/// found, without duplicates, and fail as Archive::find does; what came before a failure stays
/// appended.
class Inquiry {
 public:
  /// How much to ask for at IMAGE level. Orthanc reads every file to tell SOPClassUID or
  /// AvailableTransferSyntaxUID: 1,000 instances take 4 s instead of 0.3 s.
  enum class Detail : std::uint8_t { index, files };
  using OnFound = std::function<void(Match)>;

  /// Both must outlive it.
  Inquiry(Archive& archive, std::span<const Condition> conditions) noexcept
      : archive_(archive), sweep_(archive), conditions_(conditions) {}

  /// Patients, in the Patient Root model, by the conditions of PATIENT level. They cannot be asked
  /// for in parts: where the server may have kept some back, `perhaps_cut`, their studies can.
  Result<Sweep::Extent> patients(std::vector<Match>& found);

  /// Studies that meet the conditions of PATIENT and STUDY level: as they are spelled, then with
  /// stars for what may be spelled with an accent. If none does, the name is tried in the other
  /// order. Counts that the server does not tell are counted, one query a series.
  Result<void> studies(std::vector<Match>& found);

  /// The series of a study that meet the conditions of SERIES level, with the study's attributes
  /// (but for a PatientID that the series tells itself) and unverified criteria.
  Result<void> series(const Match& study, std::vector<Match>& found);

  /// The instances of what series() found that meet the conditions of IMAGE level, as they come,
  /// with their own attributes and unverified criteria only.
  Result<void> instances(const Match& series, Detail detail, const OnFound& on_found);

  /// Whether anything within `match`, which is of `level`, meets all conditions on the levels
  /// below; ModalitiesInStudy is enough where it is told and Modality the only one. What the best
  /// candidate's answers do not carry is added to `match.unverified`. `unmet` counts as dropped.
  Result<Verdict> confirm_below(Match& match, net::QueryLevel level);

  /// Whether any condition is about a level below `level`.
  [[nodiscard]] bool reaches_below(net::QueryLevel level) const noexcept;

  [[nodiscard]] bool answered() const noexcept { return answered_; }  ///< anything at all
  /// Answers that did not meet the conditions, or that nameless() counts.
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }
  /// Answers without a usable unique key of their level (PS3.4 C.2.2.1.1): nothing below them can
  /// be asked for.
  [[nodiscard]] std::uint64_t nameless() const noexcept { return nameless_; }
  /// Answers about other patients under the UIDs asked for; they do not count as dropped.
  [[nodiscard]] std::uint64_t of_others() const noexcept { return of_others_; }
  /// The series that these were, or were in.
  [[nodiscard]] const std::set<SeriesPlace>& others() const noexcept { return others_; }
  [[nodiscard]] bool other_name_order() const noexcept { return other_name_order_; }
  /// What the server may have kept back.
  [[nodiscard]] const Gaps& gaps() const noexcept { return sweep_.gaps(); }
  /// Whether spellings with accents were not looked for throughout: too much would have matched.
  [[nodiscard]] bool accents_left_out() const noexcept { return accents_left_out_; }

 private:
  struct Question;
  /// Which keys go out for text: the spellings, or the patterns.
  enum class Form : std::uint8_t { spelled, starred };
  using Seen = std::unordered_set<std::string>;
  using Conditions = std::vector<const Condition*>;

  Result<void> roots(net::QueryLevel level, std::vector<Match>& found);
  Result<void> roots_starred(net::QueryLevel level, NameOrder order, Seen& seen,
                             const OnFound& on_found);
  [[nodiscard]] Question bare(net::QueryLevel level) const;
  [[nodiscard]] std::vector<Question> worded(const Question& bare, NameOrder order, Form form);
  [[nodiscard]] std::vector<std::string> keys(const Condition& condition, NameOrder order,
                                              Form form);
  [[nodiscard]] bool has_name() const noexcept;
  [[nodiscard]] bool is_identified() const noexcept;
  Result<void> children(const Match& parent, net::QueryLevel level, Detail detail,
                        const Conditions& conditions, const OnFound& on_found);
  Result<void> ask(const Question& question, Seen& seen, const OnFound& on_found);
  Result<void> ask(const Question& question, const net::Query& query,
                   const net::OnAnswer& on_answer);
  void take(const Question& question, Attributes answer, Seen& seen, const OnFound& on_found);
  void tell_patients_apart(std::vector<Match>& studies) const;
  Result<bool> counts_agree(Match& study);
  Result<std::uint64_t> count(const Match& study, Tag what);
  Result<Verdict> find_below(Match& match, net::QueryLevel level);
  [[nodiscard]] Conditions conditions_at(net::QueryLevel level) const;

  Archive& archive_;
  Sweep sweep_;
  std::span<const Condition> conditions_;
  std::uint64_t dropped_ = 0, nameless_ = 0, of_others_ = 0;
  std::set<SeriesPlace> others_;
  bool answered_ = false, other_name_order_ = false, accents_left_out_ = false,
       patients_whole_ = true;
};

/// The attributes of an answer together with those of the level above, all in UTF-8.
[[nodiscard]] Attributes joined(const Attributes& above, const Attributes& own);

/// Those of a study's attributes that are about the patient, in UTF-8.
[[nodiscard]] Attributes patient_part(const Attributes& study);

}  // namespace dcm::app
