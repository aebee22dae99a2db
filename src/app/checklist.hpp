// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/plan.hpp"

namespace dcm::app {

/// What has become of an instance.
enum class InstanceState : std::uint8_t { pending, stored, skipped, refused, conflict };

/// Every planned instance and its state: the truth about a retrieval, whatever the server says.
/// Series are named by their index in the plan. Safe for many threads.
class Checklist {
 public:
  enum class Wanted : std::uint8_t { yes, no_longer, never };

  /// `plan` must outlive it.
  explicit Checklist(const Plan& plan);

  /// Whether an instance of this series is still wanted. In a series that the server would not list
  /// every instance is.
  [[nodiscard]] Wanted wants(std::size_t series, std::string_view sop_instance_uid) const;

  /// Gives a wanted instance its state; one that has a state keeps it.
  void mark(std::size_t series, std::string_view sop_instance_uid, InstanceState state);

  /// Takes back that an instance is stored or skipped, as it could not be filed: it is `state`.
  void retract(std::size_t series, std::string_view sop_instance_uid, InstanceState state);

  /// The instances of a series that are stored or skipped, listed or not.
  [[nodiscard]] std::vector<std::string> present(std::size_t series) const;

  /// The listed instances of a series that are still pending; only those among `asked`, where any
  /// are named.
  [[nodiscard]] std::vector<std::string> pending(std::size_t series,
                                                 const std::vector<std::string>& asked = {}) const;
  [[nodiscard]] std::uint64_t pending_count(std::size_t series,
                                            const std::vector<std::string>& asked = {}) const;

  /// The states of a series' listed instances, in the order of PlannedSeries::instances.
  [[nodiscard]] std::vector<InstanceState> states(std::size_t series) const;

  /// Notes that the server failed at a series: what stays pending of it has failed, not just never
  /// come.
  void note_failure(std::size_t series);
  [[nodiscard]] bool has_failed(std::size_t series) const;

  /// How many instances are in each state, by the value of InstanceState.
  using Totals = std::array<std::uint64_t, 5>;
  [[nodiscard]] Totals totals() const;
  [[nodiscard]] Totals totals(std::size_t series) const;

 private:
  struct Series {
    std::vector<InstanceState> listed;  ///< as PlannedSeries::instances, which is sorted by UID
    std::map<std::string, InstanceState, std::less<>> unlisted;
    std::uint64_t pending = 0;
    bool failed = false;
  };
  [[nodiscard]] bool is_pending(std::size_t series, std::string_view uid) const;
  [[nodiscard]] std::optional<std::size_t> find(std::size_t series, std::string_view uid) const;

  const Plan& plan_;
  mutable std::mutex mutex_;
  std::vector<Series> series_;
  Totals totals_{};
};

}  // namespace dcm::app
