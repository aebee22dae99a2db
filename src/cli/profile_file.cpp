// SPDX-License-Identifier: MIT
#include "cli/profile_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>

#include "base/fd.hpp"
#include "cli/option_choice.hpp"
#include "cli/profile_rule.hpp"

namespace dcm::cli {
namespace {

constexpr std::size_t kMaxBytes = std::size_t{256} << 10;
constexpr std::size_t kMaxRules = 4096;
constexpr std::size_t kLongestName = 32;

constexpr std::array<std::string_view, 5> kTopKeys{"name", "base", "options", "without-options",
                                                   "rules"};
constexpr std::array<std::string_view, 5> kRuleKeys{"attribute", "group", "vr", "action", "value"};
constexpr std::array<std::string_view, 3> kSelectors{"attribute", "group", "vr"};

std::string why_not_a_name(std::string_view name) {
  constexpr std::string_view kAllowed =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
  if (name.empty() || name.size() > kLongestName || name.find_first_not_of(kAllowed) != name.npos) {
    return fmt::format("1 to {} letters, digits, dots, `_` and `-` make a name", kLongestName);
  }
  if (name == "none" || deid::find_profile(name) != nullptr) {
    return "that is the name of a built-in profile";
  }
  return {};
}

/// Walks the file and keeps the first objection; what comes after one does not count.
class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path) {}

  Checked<deid::Profile> read(const YAML::Node& root);

 private:
  using Entries = std::map<std::string, YAML::Node, std::less<>>;

  Entries entries(const YAML::Node& map, std::span<const std::string_view> known);
  std::optional<std::string> text(const YAML::Node& node, std::string_view key);
  void read_name(const YAML::Node& root, const Entries& entries);
  void read_base(const Entries& entries);
  deid::OptionSet read_options(const Entries& entries, std::string_view key);
  void choose(const Entries& entries);
  void read_rules(const YAML::Node& rules);
  void read_rule(const YAML::Node& node);
  std::optional<deid::UserRule> read_selector(const YAML::Node& rule, const Entries& entries);
  void read_action(const YAML::Node& node, const Entries& entries, deid::UserRule& rule);

  void object(const YAML::Node& node, std::string why, std::string hint = {});
  void object(const YAML::Node& node, Objection objection) {
    object(node, std::move(objection.why), std::move(objection.hint));
  }

  const std::string& path_;
  deid::Profile::Definition definition_;
  std::vector<int> rule_lines_;
  std::optional<tl::unexpected<Failure>> failure_;
};

std::string place_in(const std::string& path, const YAML::Mark& mark) {
  return fmt::format("profile {}:{}:{}", path, mark.line + 1, mark.column + 1);
}

void Reader::object(const YAML::Node& node, std::string why, std::string hint) {
  if (!failure_) failure_ = refuse(place_in(path_, node.Mark()), std::move(why), std::move(hint));
}

Reader::Entries Reader::entries(const YAML::Node& map, std::span<const std::string_view> known) {
  Entries found;
  for (const auto& entry : map) {
    const auto& key = entry.first;
    const auto name = key.IsScalar() ? key.Scalar() : std::string();
    if (name.empty()) {
      object(key, "a key must be a name");
    } else if (std::find(known.begin(), known.end(), name) == known.end()) {
      const bool cut_tag = name.ends_with(')');
      object(key, fmt::format("unknown key `{}`", name),
             cut_tag ? "between braces { } a tag must stand in quotes: '(0010,0010)'"
                     : did_you_mean(nearest(name, known),
                                    fmt::format("known here: {}", fmt::join(known, ", "))));
    } else if (!found.emplace(name, entry.second).second) {
      object(key, fmt::format("`{}` stands here twice", name));
    }
  }
  return found;
}

std::optional<std::string> Reader::text(const YAML::Node& node, std::string_view key) {
  if (node.IsScalar() && !node.Scalar().empty()) return node.Scalar();
  object(node, fmt::format("`{}` must be a text", key));
  return std::nullopt;
}

void Reader::read_name(const YAML::Node& root, const Entries& entries) {
  const auto given = entries.find("name");
  if (given == entries.end()) {
    definition_.name = std::filesystem::path(path_).stem();
    if (const auto why = why_not_a_name(definition_.name); !why.empty()) {
      object(root, fmt::format("the file's name cannot be the profile's: {}", why),
             "write a `name:`");
    }
    return;
  }
  definition_.name = text(given->second, "name").value_or("x");
  if (const auto why = why_not_a_name(definition_.name); !why.empty()) {
    object(given->second, fmt::format("`name` cannot be meant: {}", why));
  }
}

void Reader::read_base(const Entries& entries) {
  const auto given = entries.find("base");
  std::string name = "basic";
  if (given != entries.end()) name = text(given->second, "base").value_or(name);
  const deid::Profile* base = deid::find_profile(name);
  if (base != nullptr) {
    definition_.base = base->base();
    definition_.options = base->options();
    return;
  }
  std::vector<std::string_view> names;
  for (const auto& each : deid::built_in_profiles()) names.push_back(each.name);
  object(
      given->second, fmt::format("there is no base `{}`", name),
      did_you_mean(nearest(name, names), fmt::format("the bases are: {}", fmt::join(names, ", "))));
}

deid::OptionSet Reader::read_options(const Entries& entries, std::string_view key) {
  deid::OptionSet options;
  const auto given = entries.find(key);
  if (given == entries.end() || given->second.IsNull()) return options;
  if (!given->second.IsSequence()) {
    object(given->second, fmt::format("`{}` must be a list", key),
           fmt::format("for example {}: [clean-descriptors, retain-uids]", key));
    return options;
  }
  for (const auto& node : given->second) {
    const auto name = text(node, key);
    if (!name) break;
    const auto option = option_called(*name);
    if (!option) {
      object(node, option.error());
    } else if (options.has(*option)) {
      object(node, fmt::format("{} stands here twice", *name));
    } else {
      options.add(*option);
    }
  }
  const bool demographics = definition_.base == deid::Profile::Base::demographics;
  if (demographics && !options.empty()) {
    object(given->second, "the base demographics has no options", "options belong to base: basic");
  }
  return options;
}

void Reader::choose(const Entries& entries) {
  const auto added = read_options(entries, "options");
  const auto left_out = read_options(entries, "without-options");
  const auto options = choose_options(definition_.options, added, left_out);
  if (options) {
    definition_.options = *options;
  } else {
    const bool twice = entries.contains("without-options") && !(added & left_out).empty();
    object(entries.find(twice ? "without-options" : "options")->second, options.error());
  }
}

std::optional<deid::UserRule> Reader::read_selector(const YAML::Node& rule,
                                                    const Entries& entries) {
  std::optional<std::string_view> selector;
  for (const std::string_view each : kSelectors) {
    if (!entries.contains(each)) continue;
    if (selector) {
      object(entries.find(each)->second, fmt::format("`{}` and `{}` in one rule", *selector, each),
             "a rule is for one of attribute, group and vr");
    }
    selector = each;
  }
  if (!selector) {
    object(rule, "a rule needs `attribute`, `group` or `vr`",
           "for example {attribute: PatientName, action: empty}");
    return std::nullopt;
  }
  const YAML::Node& node = entries.find(*selector)->second;
  const auto words = text(node, *selector);
  if (!words) return std::nullopt;
  auto read = *selector == "attribute" ? rule_for_attribute(*words)
              : *selector == "group"   ? rule_for_group(*words)
                                       : rule_for_vr(*words);
  if (!read) {
    object(node, read.error());
    return std::nullopt;
  }
  return std::move(*read);
}

void Reader::read_action(const YAML::Node& node, const Entries& entries, deid::UserRule& rule) {
  const auto action = entries.find("action");
  if (action == entries.end()) {
    return object(node, "a rule needs an `action`",
                  "keep, remove, empty, replace, hash, shift or clean");
  }
  const auto name = text(action->second, "action");
  if (!name) return;
  const auto meant = action_of_rule(rule, *name, definition_.base);
  if (!meant) return object(action->second, meant.error());
  rule.action = *meant;

  const auto value = entries.find("value");
  const bool replaces = rule.action == deid::Action::replace;
  if (value == entries.end()) {
    if (replaces) object(action->second, "`replace` needs a `value`", "or choose empty or remove");
    return;
  }
  if (!replaces) return object(value->second, "`value` goes with `action: replace` only");
  rule.value = value->second.IsScalar() ? value->second.Scalar() : std::string();
  if (!value->second.IsScalar()) return object(value->second, "`value` must be a text");
  if (auto objection = objection_to_value(rule, rule.value)) {
    object(value->second, std::move(*objection));
  }
}

void Reader::read_rule(const YAML::Node& node) {
  if (!node.IsMap()) {
    return object(node, "a rule must be a mapping",
                  "for example {attribute: PatientName, action: empty}");
  }
  const Entries found = entries(node, kRuleKeys);
  if (failure_) return;
  auto rule = read_selector(node, found);
  if (!rule) return;
  read_action(node, found, *rule);
  for (std::size_t i = 0; i < definition_.rules.size(); ++i) {
    if (!same_selector(definition_.rules[i], *rule)) continue;
    return object(node, fmt::format("a second rule for {}", selector_text(*rule)),
                  fmt::format("the first is in line {}", rule_lines_[i]));
  }
  definition_.rules.push_back(std::move(*rule));
  rule_lines_.push_back(node.Mark().line + 1);
}

void Reader::read_rules(const YAML::Node& rules) {
  if (rules.IsNull()) return;
  if (!rules.IsSequence()) {
    return object(rules, "`rules` must be a list",
                  "each rule begins with a dash: - {attribute: PatientName, action: empty}");
  }
  if (rules.size() > kMaxRules) {
    return object(rules, fmt::format("more than {} rules", grouped(kMaxRules)));
  }
  for (const auto& rule : rules) {
    if (failure_) return;
    read_rule(rule);
  }
}

Checked<deid::Profile> Reader::read(const YAML::Node& root) {
  if (!root.IsMap()) {
    object(root, "the file must be a mapping",
           fmt::format("its keys are: {}", fmt::join(kTopKeys, ", ")));
    return *failure_;
  }
  const Entries found = entries(root, kTopKeys);
  if (!failure_) read_name(root, found);
  if (!failure_) read_base(found);
  if (!failure_) choose(found);
  if (const auto rules = found.find("rules"); !failure_ && rules != found.end()) {
    read_rules(rules->second);
  }
  if (failure_) return *failure_;
  return deid::Profile(std::move(definition_));
}

Result<std::string> read_text(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file) return fail(last_io_error());
  return read_all(file.get(), kMaxBytes);
}

}  // namespace

Checked<deid::Profile> parse_profile(const std::string& text, const std::string& path) {
  try {
    const auto documents = YAML::LoadAll(text);
    if (documents.size() > 1) {
      return refuse(place_in(path, documents[1].Mark()), "a second YAML document begins here",
                    "a profile is one document");
    }
    if (documents.empty() || documents[0].IsNull()) {
      return refuse("profile " + path, "the file is empty",
                    fmt::format("its keys are: {}", fmt::join(kTopKeys, ", ")));
    }
    return Reader(path).read(documents[0]);
  } catch (const YAML::Exception& exception) {
    // Its words may quote the file; the place is enough.
    return refuse(place_in(path, exception.mark), "this is not YAML",
                  "check indentation, colons and quotes near this place");
  }
}

Checked<deid::Profile> load_profile(const std::string& path) {
  const auto text = read_text(path);
  if (text) return parse_profile(*text, path);
  if (text.error().detail == EFBIG) return refuse("profile " + path, "larger than 256 KiB");
  return refuse("profile " + path, reason_words(text.error()), "check --profile");
}

}  // namespace dcm::cli
