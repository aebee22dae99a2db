// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "app/archive.hpp"

namespace dcm::app {

/// What a server may have kept back.
struct Gaps {
  /// Queries whose answers it cut off at a limit, without giving the rest to narrower ones.
  std::uint64_t cut = 0;
  /// Studies and series of which it lists fewer series or instances than it counts.
  std::uint64_t short_lists = 0;
  /// It has a limit, which was got around by dates and times: studies without them may be missing.
  bool undated = false;

  [[nodiscard]] bool any() const noexcept { return *this != Gaps{}; }
  void add(const Gaps& others) noexcept {
    cut += others.cut;
    short_lists += others.short_lists;
    undated = undated || others.undated;
  }
  friend bool operator==(const Gaps&, const Gaps&) = default;
};

/// Asks an archive so that a limit on its answers hides nothing (Orthanc's LimitFindResults and the
/// like). A limit shows by a status - FE00, A700, B000 and so on - by a number of answers that
/// somebody may have set, by less than what the server counts. Then the query is asked in parts,
/// and once a part tells of something new, so are all others that reach that number. Answers may
/// come several times.
class Sweep {
 public:
  /// `archive` must outlive it.
  explicit Sweep(Archive& archive) noexcept : archive_(archive) {}

  /// Whether a query was answered to its end, as far as that can be seen at a glance.
  enum class Extent : std::uint8_t { whole, perhaps_cut, cut };

  /// Asks once. Fails as Archive::find does, but for a status that tells of a limit.
  Result<Extent> once(const net::Query& query, const net::OnAnswer& on_answer);

  /// Asks for studies; in parts by StudyDate, and a day by StudyTime. Fails as Archive::find does,
  /// also with the status of a limit where not even the narrowest part has an answer.
  Result<void> studies(const net::Query& query, const net::OnAnswer& on_answer);

  /// Asks for the series of a study or the instances of a series, of which there are `counted` if
  /// the server tells and no other key narrows the query; in parts by SeriesNumber or
  /// InstanceNumber. Fails as Archive::find does.
  Result<void> parts(const net::Query& query, std::optional<std::uint64_t> counted,
                     const net::OnAnswer& on_answer);

  [[nodiscard]] const Gaps& gaps() const noexcept { return gaps_; }

 private:
  struct Pile;
  struct Window;
  class Numbering;

  Result<Pile> ask(const net::Query& query, const net::OnAnswer& on_answer);
  Result<void> divide(const net::Query& query, const Window& window, const Pile& whole,
                      const net::OnAnswer& on_answer);
  [[nodiscard]] bool may_be_cut(const Pile& pile, net::QueryLevel level) const noexcept;
  void learn_limit(const Pile& pile, net::QueryLevel level) noexcept;

  Archive& archive_;
  Gaps gaps_;
  std::array<std::optional<std::size_t>, 4> limits_;  ///< seen at work, by level
  unsigned fruitless_ = 0;                            ///< refusals in a row without a single answer
};

}  // namespace dcm::app
