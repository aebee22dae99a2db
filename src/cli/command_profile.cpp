// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "app/explanation.hpp"
#include "cli/commands.hpp"
#include "cli/json.hpp"
#include "cli/profile_rule.hpp"
#include "cli/rule_words.hpp"
#include "deid/safe_private.hpp"
#include "deid/sr_concepts.hpp"
#include "dicom/dictionary.hpp"
#include "dicom/text.hpp"

namespace dcm::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string keyword_of(Tag tag, std::string_view creator = {}) {
  if (tag.is_private()) return creator.empty() ? "private" : fmt::format("\"{}\"", creator);
  const auto entry = find_entry(tag);
  if (entry && !entry->keyword.empty()) return std::string(entry->keyword);
  return tag.is_group_length() ? "group length" : "?";
}

ExitCode list(const ProfileOptions& options, const World& world) {
  std::string text;
  auto json = Json::array();
  for (const auto& each : deid::built_in_profiles()) {
    text += fmt::format("{:<13} {}\n", each.name, each.what);
    json.push_back({{"name", each.name}, {"what", each.what}});
  }
  return write_results(options.json ? safe_json(json) : text, world);
}

/// Each attribute that the profile names one by one.
std::vector<Tag> named_attributes(const deid::Profile& profile) {
  std::set<Tag> tags;
  for (const auto& row : deid::confidentiality_table()) tags.insert(row.tag);
  // The one that `demographics` removes and the table lacks.
  tags.insert(Tag{0x0010, 0x2298});
  for (const auto& rule : profile.rules())
    if (rule.kind == deid::UserRule::Kind::tag) tags.insert(rule.tag);
  std::vector<Tag> named;
  for (const Tag tag : tags) {
    const auto rule = profile.rule(tag, dictionary_vr(tag));
    if (rule.reason != deid::Reason::unnamed) named.push_back(tag);
  }
  return named;
}

Json options_json(const deid::Profile& profile) {
  auto names = Json::array();
  for (const auto option : profile.options().list()) names.push_back(deid::name_of(option).name);
  return names;
}

Json rules_json(const deid::Profile& profile) {
  auto rules = Json::array();
  for (const auto& rule : profile.rules()) {
    Json entry{{"for", selector_text(rule)}, {"action", action_word(rule.action)}};
    if (rule.action == deid::Action::replace) entry["value"] = rule.value;
    rules.push_back(std::move(entry));
  }
  return rules;
}

/// What `show` tells, for machines; the text is made of it.
Json description(const deid::Profile& profile, bool all) {
  Json json{{"name", profile.name()},
            {"base", profile.is_ps3_15() ? "basic" : "demographics"},
            {"options", options_json(profile)},
            {"tables",
             {{"E.1-1", deid::table_edition()},
              {"E.3.10-1", deid::safe_private_edition()},
              {"E.3.4-1", deid::sr_concepts_edition()}}},
            {"rules", rules_json(profile)},
            {"actions", Json::object()}};
  std::map<std::string, std::uint64_t> counts;
  auto attributes = Json::array();
  for (const Tag tag : named_attributes(profile)) {
    const auto rule = profile.rule(tag, dictionary_vr(tag));
    const std::string action(action_word(rule));
    ++counts[action];
    attributes.push_back({{"tag", tag_text(tag)},
                          {"keyword", keyword_of(tag)},
                          {"vr", vr_text(dictionary_vr(tag))},
                          {"action", action},
                          {"reason", reason_words(profile, tag, rule)}});
  }
  for (const auto& [action, count] : counts) json["actions"][action] = count;
  if (all) json["attributes"] = std::move(attributes);
  return json;
}

std::string joined(const Json& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ", ") + name.get<std::string>();
  return text.empty() ? "none" : text;
}

std::string row_text(const Json& row) {
  return fmt::format("  {} {} {:<44} {:<9} {}\n", row["tag"].get<std::string>(),
                     row["vr"].get<std::string>(), row["keyword"].get<std::string>(),
                     row["action"].get<std::string>(), row["reason"].get<std::string>());
}

std::string show_text(const Json& shown) {
  const auto text_at = [&](const char* key) { return shown[key].get<std::string>(); };
  std::string text = fmt::format("profile  {}\nbase     {}\noptions  {}\n", text_at("name"),
                                 text_at("base"), joined(shown["options"]));
  const auto& tables = shown["tables"];
  text += fmt::format("tables   PS3.15 {} Table E.1-1, {} Table E.3.10-1, {} Table E.3.4-1\n",
                      tables["E.1-1"].get<std::string>(), tables["E.3.10-1"].get<std::string>(),
                      tables["E.3.4-1"].get<std::string>());
  text += "rules    " + std::string(shown["rules"].empty() ? "none\n" : "\n");
  for (const auto& rule : shown["rules"]) {
    const auto value = rule.contains("value") ? " by " + rule["value"].get<std::string>() : "";
    text += fmt::format("  {}: {}{}\n", printable(rule["for"].get<std::string>()),
                        rule["action"].get<std::string>(), value);
  }
  text += "attributes\n";
  for (const auto& [action, count] : shown["actions"].items())
    text += fmt::format("  {:<9} {:>5}\n", action, grouped(count.get<std::uint64_t>()));
  if (!shown.contains("attributes")) return text;
  for (const auto& row : shown["attributes"]) text += row_text(row);
  return text;
}

ExitCode show(const ProfileOptions& options, const World& world) {
  const auto shown = description(*options.deid.profile, options.all);
  return write_results(options.json ? safe_json(shown) : show_text(shown), world);
}

std::string value_words(const std::optional<std::string>& value) {
  if (!value) return "gone";
  return value->empty() ? "empty" : fmt::format("`{}`", printable(*value));
}

/// The creator of a private attribute, where that is no secret: anything may stand there.
std::string_view creator_to_tell(const app::ExplainedAttribute& attribute,
                                 const ProfileOptions& options) {
  const bool known = attribute.rule.action != deid::Action::remove;
  return known || options.values ? std::string_view(attribute.creator) : std::string_view();
}

std::string explained_text(const app::Explanation& explanation, const deid::Profile& profile,
                           const ProfileOptions& options) {
  std::string text;
  bool trailer = false;
  for (const auto& each : explanation.attributes) {
    if (each.trailer && !trailer) text += "behind the pixel data:\n";
    trailer = each.trailer;
    const std::string indent(2 * std::size_t{each.depth}, ' ');
    text += fmt::format("{}{} {} {:<{}} {:<9} {}\n", indent, tag_text(each.tag), vr_text(each.vr),
                        printable(keyword_of(each.tag, creator_to_tell(each, options))),
                        44 - std::min<std::size_t>(indent.size(), 40),
                        action_word(each.rule.action), reason_words(profile, each.tag, each.rule));
    if (options.values && each.before) {
      text += fmt::format("{}    {} -> {}\n", indent, value_words(each.before),
                          value_words(each.after));
    }
  }
  return text;
}

Json explained_json(const app::Explanation& explanation, const deid::Profile& profile,
                    const ProfileOptions& options) {
  auto attributes = Json::array();
  for (const auto& each : explanation.attributes) {
    Json entry{{"tag", tag_text(each.tag)},
               {"keyword", nullptr},
               {"vr", vr_text(each.vr)},
               {"depth", each.depth}};
    if (!each.tag.is_private()) entry["keyword"] = keyword_of(each.tag);
    if (each.item > 0) entry["item"] = each.item;
    if (const auto creator = creator_to_tell(each, options); !creator.empty())
      entry["creator"] = creator;
    if (each.trailer) entry["behind_pixel_data"] = true;
    entry["action"] = action_word(each.rule.action);
    entry["reason"] = reason_words(profile, each.tag, each.rule);
    if (options.values && each.before) entry["before"] = *each.before;
    if (options.values && each.after) entry["after"] = *each.after;
    attributes.push_back(std::move(entry));
  }
  return attributes;
}

/// A file as people count them: what its path says may name a patient.
std::string name_of_file(std::size_t index) { return fmt::format("file number {}", index + 1); }

ExitCode explain_all(const deid::Project& project, const ProfileOptions& options,
                     const World& world) {
  auto exit = ExitCode::done;
  auto json = Json::array();
  std::string text;
  for (std::size_t i = 0; i < options.files.size(); ++i) {
    const auto explanation = app::explain_file(options.files[i], project);
    Json entry{{"file", i + 1}};
    if (!explanation) {
      const bool refused = classify(explanation.error().code) == ErrorClass::bad_object;
      const auto code = refused ? ExitCode::refused_objects : exit_code(explanation.error());
      world.people << error_text({code, name_of_file(i), reason_words(explanation.error()), {}});
      exit = graver(exit, code);
      entry["refused"] = code_name(explanation.error().code);
    } else if (options.json) {
      entry["attributes"] = explained_json(*explanation, project.profile, options);
    } else {
      if (options.files.size() > 1) text += name_of_file(i) + ":\n";
      text += explained_text(*explanation, project.profile, options);
    }
    json.push_back(std::move(entry));
  }
  const Json all{{"profile", project.profile.name()},
                 {"options", options_json(project.profile)},
                 {"files", std::move(json)}};
  return graver(exit, write_results(options.json ? safe_json(all) : text, world));
}

ExitCode explain_files(const ProfileOptions& options, const World& world) {
  const auto project = OpenProject::look(options.deid, world.environment);
  if (!project) {
    world.people << error_text(project.error()) << std::flush;
    return project.error().exit;
  }
  if (options.values && project->has_example_key()) {
    world.people << "there is no key yet: pseudonyms, UIDs and dates are examples\n" << std::flush;
  }
  return explain_all(*project->project(), options, world);
}

}  // namespace

ExitCode run_profile(const ProfileOptions& options, const World& world) {
  switch (options.verb) {
    case ProfileOptions::Verb::list:
      return list(options, world);
    case ProfileOptions::Verb::show:
      return show(options, world);
    case ProfileOptions::Verb::explain:
      break;
  }
  return explain_files(options, world);
}

}  // namespace dcm::cli
