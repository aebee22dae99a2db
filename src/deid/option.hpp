// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace dcm::deid {

/// The options of the Basic Application Level Confidentiality Profile (PS3.15 Annex E.3) that need
/// no look at pixels.
enum class Option : std::uint8_t {
  retain_safe_private,             ///< E.3.10
  retain_uids,                     ///< E.3.9
  retain_device_identity,          ///< E.3.8
  retain_institution_identity,     ///< E.3.11
  retain_patient_characteristics,  ///< E.3.7
  retain_full_dates,               ///< E.3.6, Full Dates
  retain_modified_dates,           ///< E.3.6, Modified Dates
  clean_descriptors,               ///< E.3.5
  clean_structured_content,        ///< E.3.4
  clean_graphics,                  ///< E.3.3
};
inline constexpr std::size_t kOptions = 10;

/// A set of options, by value.
class OptionSet {
 public:
  constexpr OptionSet() noexcept = default;
  constexpr OptionSet(std::initializer_list<Option> options) noexcept {
    for (const Option option : options) add(option);
  }
  constexpr void add(Option option) noexcept { bits_ = bits_ | bit(option); }
  constexpr void remove(Option option) noexcept { bits_ = bits_ & ~bit(option); }
  [[nodiscard]] constexpr bool has(Option option) const noexcept {
    return (bits_ & bit(option)) != 0;
  }
  [[nodiscard]] constexpr bool empty() const noexcept { return bits_ == 0; }
  /// What is in both.
  [[nodiscard]] constexpr OptionSet operator&(OptionSet other) const noexcept {
    OptionSet both;
    both.bits_ = bits_ & other.bits_;
    return both;
  }
  /// The options of the set, in the order of the enumeration.
  [[nodiscard]] std::vector<Option> list() const;

  friend constexpr bool operator==(OptionSet, OptionSet) = default;

 private:
  static constexpr std::uint32_t bit(Option option) noexcept {
    return std::uint32_t{1} << static_cast<unsigned>(option);
  }
  std::uint32_t bits_ = 0;
};

/// How an option is called on the command line and in an object.
struct OptionName {
  Option option;
  std::string_view name;          ///< `retain-uids`
  std::string_view code_value;    ///< of DCM, CID 7050
  std::string_view code_meaning;  ///< at most 64 characters
};

[[nodiscard]] const OptionName& name_of(Option option) noexcept;

/// The option of that name; none for any other text.
[[nodiscard]] std::optional<Option> find_option(std::string_view name) noexcept;

}  // namespace dcm::deid
