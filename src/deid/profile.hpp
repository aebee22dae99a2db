// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "deid/option.hpp"
#include "deid/rule.hpp"

namespace dcm::deid {

/// What happens to which attribute, as data. Of the rules for one element the first that speaks
/// decides: user rule, option, table row, default of the VR, pattern of the group.
class Profile {
 public:
  enum class Base : std::uint8_t {
    demographics,  ///< removes 20 attributes, keeps all else bit for bit
    ps3_15,        ///< the Basic Application Level Confidentiality Profile with options
  };

  struct Definition {
    std::string name;
    Base base = Base::ps3_15;
    OptionSet options{};
    std::vector<UserRule> rules{};
  };
  explicit Profile(Definition definition);

  [[nodiscard]] const std::string& name() const noexcept { return definition_.name; }
  [[nodiscard]] Base base() const noexcept { return definition_.base; }
  [[nodiscard]] bool is_ps3_15() const noexcept { return definition_.base == Base::ps3_15; }
  [[nodiscard]] OptionSet options() const noexcept { return definition_.options; }
  [[nodiscard]] const std::vector<UserRule>& rules() const noexcept { return definition_.rules; }
  /// The edition of the table the rows come from.
  [[nodiscard]] static std::string_view edition() noexcept { return table_edition(); }

  /// Whether each element is dealt with by itself, whatever else is in the object.
  [[nodiscard]] bool is_local() const noexcept {
    return definition_.base == Base::demographics && definition_.rules.empty();
  }

  /// The same with other options.
  [[nodiscard]] Profile with(OptionSet options) const;

  /// The rule for a public attribute (or, for `demographics`, any), at any depth. `sent` is the VR
  /// it came with; where that and the dictionary differ, the stricter counts.
  [[nodiscard]] Rule rule(Tag tag, Vr sent) const noexcept;

  /// The rule for a private attribute; `creator` is that of its block, empty if there is none.
  [[nodiscard]] Rule private_rule(Tag tag, std::string_view creator, Vr sent) const noexcept;

  /// What would be without user rules: says whether one weakens the profile.
  [[nodiscard]] Rule rule_without_user(Tag tag, Vr sent) const noexcept;

 private:
  struct Entry {
    std::uint32_t tag = kFree;
    Rule rule;
  };
  static constexpr std::uint32_t kFree = 0xFFFFFFFF;

  void add(Tag tag, Rule rule);
  [[nodiscard]] const Entry* find(Tag tag) const noexcept;
  [[nodiscard]] std::optional<Rule> broad_user_rule(Tag tag, Vr sent) const noexcept;
  [[nodiscard]] std::optional<Rule> private_user_rule(Tag tag, std::string_view creator,
                                                      Vr sent) const noexcept;
  [[nodiscard]] Rule vr_default(Tag tag, Vr vr) const noexcept;
  [[nodiscard]] Rule unlisted(Tag tag, Vr sent) const noexcept;

  Definition definition_;
  std::vector<Entry> entries_;  ///< open addressing, a power of two
  bool has_broad_rules_ = false;
};

/// The built-in profile of that name, or nullptr. Lives for ever.
[[nodiscard]] const Profile* find_profile(std::string_view name);

/// A built-in profile in a line.
struct ProfileSummary {
  std::string_view name;
  std::string_view what;
};

/// All built-in profiles: demographics, basic, research.
[[nodiscard]] const std::vector<ProfileSummary>& built_in_profiles();

}  // namespace dcm::deid
