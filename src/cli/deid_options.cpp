// SPDX-License-Identifier: MIT
#include "cli/deid_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "cli/option_choice.hpp"
#include "cli/profile_file.hpp"
#include "dicom/text.hpp"

namespace dcm::cli {
namespace {

using deid::Action;
using deid::OptionSet;
using deid::Profile;

constexpr std::string_view kDemographics = "demographics";

/// An option that changes how a profile works, and would do nothing without.
struct Companion {
  std::string_view option;
  bool (*fits)(const Profile& profile);
};

bool is_ps3_15(const Profile& profile) { return profile.is_ps3_15(); }

bool gives_pseudonyms(const Profile& profile) {
  return profile.is_ps3_15() || profile.rule(tags::kPatientId, vr::kLO).action == Action::pseudonym;
}

constexpr std::array kCompanions{
    Companion{"--key-file", needs_key},          Companion{"--pseudonyms", gives_pseudonyms},
    Companion{"--number-new", gives_pseudonyms}, Companion{"--export-map", gives_pseudonyms},
    Companion{"--scrub-list", is_ps3_15},        Companion{"--allow-burned-in", is_ps3_15},
};

bool looks_like_a_path(const std::string& text) {
  std::error_code not_there;
  return text.find('/') != text.npos || text.ends_with(".yaml") || text.ends_with(".yml") ||
         std::filesystem::is_regular_file(text, not_there);
}

std::string place_of(std::string_view option) { return fmt::format("option {}", option); }

Checked<OptionSet> read_options(const Typed& typed, std::string_view option) {
  OptionSet options;
  const auto found = typed.values.find(option);
  if (found == typed.values.end()) return options;
  for (const std::string& name : found->second) {
    const auto meant = option_called(name);
    if (!meant) return refuse(place_of(option), meant.error().why, meant.error().hint);
    options.add(*meant);
  }
  return options;
}

/// The profile that was named, or implied; none for objects as received.
Checked<std::optional<Profile>> named_profile(const Typed& typed) {
  const auto* name = typed.value("--profile");
  if (typed.has("--anonymize-data")) {
    if (name != nullptr && *name != kDemographics) {
      return refuse(
          "option --anonymize-data",
          fmt::format("it is --profile {}, and --profile {} is given", kDemographics, *name),
          "leave one of them out");
    }
    return *deid::find_profile(kDemographics);
  }
  if (name != nullptr) {
    DCM_TRY(auto profile, find_or_load_profile(*name));
    return std::optional<Profile>(std::move(profile));
  }
  if (typed.has("--option")) return *deid::find_profile("basic");
  if (typed.has("--without-option")) {
    return refuse("option --without-option", "there is no profile to leave it out of",
                  "add --profile research");
  }
  return std::nullopt;
}

Checked<std::optional<Profile>> chosen_profile(const Typed& typed) {
  DCM_TRY(auto profile, named_profile(typed));
  if (!profile) return profile;
  DCM_TRY(const auto added, read_options(typed, "--option"));
  DCM_TRY(const auto left_out, read_options(typed, "--without-option"));
  if (added.empty() && left_out.empty()) return profile;
  const auto first = place_of(added.empty() ? "--without-option" : "--option");
  if (!profile->is_ps3_15()) {
    return refuse(first, fmt::format("the profile {} has no options", profile->name()),
                  "options belong to --profile basic and research");
  }
  const auto options = choose_options(profile->options(), added, left_out);
  if (!options) return refuse(first, options.error().why, options.error().hint);
  return std::optional<Profile>(profile->with(*options));
}

Checked<void> check_companions(const Typed& typed, const std::optional<Profile>& profile) {
  for (const Companion& each : kCompanions) {
    if (!typed.has(each.option) || (profile && each.fits(*profile))) continue;
    return refuse(place_of(each.option),
                  profile ? fmt::format("it changes nothing under the profile {}", profile->name())
                          : "it changes nothing without a profile",
                  "it goes with --profile basic or research");
  }
  if (typed.has("--number-new") && !typed.has("--pseudonyms")) {
    return refuse("option --number-new", "there is no table to add to",
                  "name a CSV file with --pseudonyms; it is made where it is absent");
  }
  return {};
}

}  // namespace

bool needs_key(const Profile& profile) {
  const auto derives = [](const deid::UserRule& rule) {
    return rule.action == Action::hash || rule.action == Action::shift ||
           rule.action == Action::pseudonym || rule.action == Action::map_uid;
  };
  return profile.is_ps3_15() ||
         std::any_of(profile.rules().begin(), profile.rules().end(), derives);
}

Checked<Profile> find_or_load_profile(const std::string& name) {
  if (const auto* built_in = deid::find_profile(name)) return *built_in;
  if (looks_like_a_path(name)) return load_profile(name);
  std::vector<std::string_view> names;
  for (const auto& each : deid::built_in_profiles()) names.push_back(each.name);
  return refuse(
      "option --profile", fmt::format("there is no profile {}", name),
      did_you_mean(nearest(name, names),
                   fmt::format("the profiles are: {}, or a YAML file", fmt::join(names, ", "))));
}

std::string mode_text(const deid::Project* project) {
  if (project == nullptr) return "objects are stored as received, without de-identification\n";
  const Profile& profile = project->profile;
  const bool own = deid::find_profile(profile.name()) == nullptr;
  if (!profile.is_ps3_15()) {
    return fmt::format(
        "{}this is not PS3.15 de-identification: PatientID, dates and UIDs stay unless a rule "
        "says otherwise; --profile basic replaces them\n",
        own ? fmt::format("profile {}: ", profile.name()) : std::string());
  }
  std::string options;
  for (const deid::Option option : profile.options().list())
    options += fmt::format("{}{}", options.empty() ? " with " : ", ", deid::name_of(option).name);
  return fmt::format("de-identified by PS3.15 {}, profile {}{}\n", Profile::edition(),
                     profile.name(), options);
}

std::string new_key_text(std::string_view path) {
  return fmt::format(
      "a new key was made, {}: keep it, for only with it the same patients get the "
      "same pseudonyms, UIDs and dates again\n",
      printable(path));
}

Checked<DeidOptions> understand_deid(const Typed& typed) {
  DeidOptions options;
  DCM_TRY(options.profile, chosen_profile(typed));
  DCM_CHECK(check_companions(typed, options.profile));
  const auto text = [&](std::string_view option) {
    const auto* value = typed.value(option);
    return value == nullptr ? std::string() : *value;
  };
  options.key_file = text("--key-file");
  options.pseudonyms = text("--pseudonyms");
  options.scrub_list = text("--scrub-list");
  options.export_map = text("--export-map");
  options.number_new = typed.has("--number-new");
  options.allow_burned_in = typed.has("--allow-burned-in");
  return options;
}

}  // namespace dcm::cli
