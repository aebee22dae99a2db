// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "app/condition.hpp"
#include "app/spelling.hpp"
#include "net/association.hpp"
#include "net/find.hpp"

namespace dcm::app {

/// One patient, study, series or instance that matches.
struct Match {
  Attributes attributes;        ///< of its level and the levels above, in UTF-8
  std::vector<Tag> unverified;  ///< criteria that this server's answers cannot confirm
};

/// What answers queries: a server, or a test's stand-in.
class Archive {
 public:
  Archive() = default;
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;
  virtual ~Archive() = default;
  virtual Result<void> find(const net::Query& query, const net::OnAnswer& on_answer) = 0;
  [[nodiscard]] virtual bool accepts(net::QueryModel model) const = 0;
};

/// A server at the other end of an association, which must outlive it.
class RemoteArchive final : public Archive {
 public:
  explicit RemoteArchive(net::Association& association) noexcept : association_(association) {}
  Result<void> find(const net::Query& query, const net::OnAnswer& on_answer) override;
  [[nodiscard]] bool accepts(net::QueryModel model) const override;

 private:
  net::Association& association_;
};

/// Walks down an archive by hierarchical queries (PS3.4 C.4.1.3.1.1), checking each answer. All
/// functions append what they found, without duplicates, and fail as Archive::find does; what came
/// before a failure stays appended.
class Inquiry {
 public:
  /// How much to ask for at IMAGE level. Orthanc reads every file to tell SOPClassUID or
  /// AvailableTransferSyntaxUID: 1,000 instances take 4 s instead of 0.3 s.
  enum class Detail : std::uint8_t { index, files };
  using OnFound = std::function<void(Match)>;

  /// Both must outlive it.
  Inquiry(Archive& archive, std::span<const Condition> conditions) noexcept
      : archive_(archive), conditions_(conditions) {}

  /// Patients, in the Patient Root model, by the conditions of PATIENT level.
  Result<void> patients(std::vector<Match>& found);

  /// Studies that meet the conditions of PATIENT and STUDY level. If none does, the name is tried
  /// in the other order. Counts that the server does not tell are counted, one query a series.
  Result<void> studies(std::vector<Match>& found);

  /// The series of a study that meet the conditions of SERIES level, with the study's attributes
  /// and unverified criteria.
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
  [[nodiscard]] bool other_name_order() const noexcept { return other_name_order_; }

 private:
  struct Question;
  using Seen = std::unordered_set<std::string>;
  using Conditions = std::vector<const Condition*>;

  Result<void> roots(net::QueryLevel level, std::vector<Match>& found);
  [[nodiscard]] std::vector<Question> spelled(net::QueryLevel level, NameOrder order) const;
  Result<void> children(const Match& parent, net::QueryLevel level, Detail detail,
                        const Conditions& conditions, const OnFound& on_found);
  Result<void> ask(const Question& question, Seen& seen, const OnFound& on_found);
  void take(const Question& question, Attributes answer, Seen& seen, const OnFound& on_found);
  Result<bool> counts_agree(Match& study);
  Result<std::uint64_t> count(const Match& study, Tag what);
  Result<Verdict> find_below(Match& match, net::QueryLevel level);
  [[nodiscard]] Conditions conditions_at(net::QueryLevel level) const;

  Archive& archive_;
  std::span<const Condition> conditions_;
  std::uint64_t dropped_ = 0, nameless_ = 0;
  bool answered_ = false, other_name_order_ = false;
};

/// The attributes of an answer together with those of the level above, all in UTF-8.
[[nodiscard]] Attributes joined(const Attributes& above, const Attributes& own);

/// Those of a study's attributes that are about the patient, in UTF-8.
[[nodiscard]] Attributes patient_part(const Attributes& study);

}  // namespace dcm::app
