// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "cli/deid_options.hpp"
#include "cli/named_file.hpp"
#include "cli/phrase_list.hpp"
#include "cli/profile_rule.hpp"
#include "dicom/text.hpp"
#include "store/digest.hpp"
#include "store/secret_file.hpp"

namespace dcm::cli {
namespace {

constexpr std::string_view kKeyName = "/dicom-client/project.key";

Failure key_failure(const std::string& path, const Error& error, bool named) {
  if (named && error.code == Errc::io) {
    return file_failure("key file " + path, error, "choose another file with --key-file");
  }
  return explain(error, {Operation::key, nullptr, path});
}

/// Where the key is that nobody named.
Checked<std::string> default_key_path(const Environment& environment) {
  // XDG Base Directory Specification: a relative path counts as unset.
  const auto absolute = [&](const char* name) {
    auto value = environment(name);
    return value && value->starts_with('/') ? value : std::nullopt;
  };
  if (const auto data = absolute("XDG_DATA_HOME")) return *data + std::string(kKeyName);
  if (const auto home = absolute("HOME")) return *home + "/.local/share" + std::string(kKeyName);
  return refuse("key", "neither XDG_DATA_HOME nor HOME says where it belongs",
                "name a file with --key-file");
}

Checked<void> keep_outside(std::string_view what, const std::string& path,
                           const std::string& output, std::string hint) {
  if (path.empty() || output.empty()) return {};
  const auto within = store::lies_within(path, output);
  if (!within) {
    return fail(Failure{
        exit_code(within.error()),
        fmt::format("{} {}", what, path),
        "whether it lies in the output folder cannot be told: " + reason_words(within.error()),
        {}});
  }
  if (!*within) return {};
  return refuse(fmt::format("{} {}", what, path),
                "it lies in the output folder, and would be passed on with the objects",
                std::move(hint));
}

Failure map_failure(const std::string& path, const Error& error) {
  const bool taken = error.code == Errc::io && error.detail == EEXIST;
  return {taken ? ExitCode::usage : exit_code(error), "export map " + path, reason_words(error),
          taken ? "no file is written over: choose another name" : "check --export-map"};
}

/// What a seal is made of: equal texts for what makes equal trees.
std::string sealed_text(const deid::Project& project) {
  const auto framed = [](std::string_view text) {
    return fmt::format("{}:{}\n", text.size(), text);
  };
  std::string text = project.profile.is_ps3_15() ? "ps3.15\n" : "demographics\n";
  for (const deid::UserRule& rule : project.profile.rules()) {
    text += framed(selector_text(rule)) + std::to_string(static_cast<int>(rule.action)) + "\n" +
            framed(rule.value);
  }
  auto phrases = project.phrases;
  std::sort(phrases.begin(), phrases.end());
  phrases.erase(std::unique(phrases.begin(), phrases.end()), phrases.end());
  for (const std::string& phrase : phrases) text += "phrase " + framed(phrase);
  text += project.pseudonyms ? "given pseudonyms\n" : "keyed pseudonyms\n";
  text += project.burned_in == deid::BurnedIn::allow ? "burned in\n" : "\n";
  return text;
}

std::string hex(Bytes bytes) {
  std::string text;
  for (const std::byte byte : bytes) text += fmt::format("{:02x}", std::to_integer<unsigned>(byte));
  return text;
}

}  // namespace

Checked<OpenProject> OpenProject::open(const DeidOptions& options, const std::string& output,
                                       const Environment& environment) {
  return make(options, output, environment, Intent::work);
}

Checked<OpenProject> OpenProject::look(const DeidOptions& options, const Environment& environment) {
  return make(options, {}, environment, Intent::look);
}

Checked<OpenProject> OpenProject::make(const DeidOptions& options, const std::string& output,
                                       const Environment& environment, Intent intent) {
  OpenProject open;
  if (!options.profile) return open;
  open.project_ = std::make_unique<deid::Project>(deid::Project{.profile = *options.profile});
  if (options.allow_burned_in) open.project_->burned_in = deid::BurnedIn::allow;
  DCM_CHECK(keep_outside("pseudonyms", options.pseudonyms, output, "keep them elsewhere"));
  DCM_CHECK(keep_outside("export map", options.export_map, output, "write it elsewhere"));
  if (!options.scrub_list.empty()) {
    DCM_TRY(const auto text,
            read_named_file("scrub list", options.scrub_list, "check --scrub-list"));
    DCM_TRY(open.project_->phrases, parse_phrases(text, options.scrub_list));
  }
  if (needs_key(*options.profile)) {
    DCM_CHECK(open.read_key(options, output, environment, intent));
  }
  if (!options.pseudonyms.empty()) DCM_CHECK(open.read_pseudonyms(options, intent));
  if (!options.export_map.empty() && intent == Intent::work)
    DCM_CHECK(open.make_map(options.export_map));
  return open;
}

Checked<void> OpenProject::make_map(const std::string& path) {
  map_path_ = path;
  auto map = store::ExportMap::create(path);
  if (!map) return fail(map_failure(path, map.error()));
  map_ = std::make_unique<store::ExportMap>(std::move(*map));
  notes_ = std::make_unique<app::ReplacementNotes>(*map_);
  project_->replacements = notes_.get();
  return {};
}

Checked<void> OpenProject::write_map() {
  if (map_ == nullptr) return {};
  const auto written = map_->write();
  if (written) return {};
  return fail(map_failure(map_path_, written.error()));
}

Checked<void> OpenProject::read_key(const DeidOptions& options, const std::string& output,
                                    const Environment& environment, Intent intent) {
  const bool named = !options.key_file.empty();
  std::string path = options.key_file;
  if (!named) {
    auto usual = default_key_path(environment);
    if (!usual && intent == Intent::work) return fail(usual.error());
    path = usual.value_or("");
  }
  DCM_CHECK(keep_outside("key file", path, output,
                         "choose another file with --key-file, or another folder with --output"));
  if (!named && intent == Intent::work) {
    const auto made = store::make_secret(path);
    if (!made) return fail(key_failure(path, made.error(), named));
    if (*made == store::SecretMade::now) new_key_ = path;
  }
  const auto secret = store::read_secret(path);
  if (!secret && !named && intent == Intent::look && secret.error().code == Errc::io) {
    has_example_key_ = true;
    project_->key.emplace(as_bytes("an example, known to everybody"));
    return {};
  }
  if (!secret) return fail(key_failure(path, secret.error(), named));
  project_->key.emplace(as_bytes(*secret));
  return {};
}

Checked<void> OpenProject::read_pseudonyms(const DeidOptions& options, Intent intent) {
  using store::SharedTable;
  pseudonyms_ = options.pseudonyms;
  number_new_ = options.number_new && intent == Intent::work;
  auto table = SharedTable::open(pseudonyms_,
                                 number_new_ ? SharedTable::Use::append : SharedTable::Use::read);
  auto text = table ? table->read() : Result<std::string>(fail(table.error()));
  // It would be made.
  const bool to_come =
      options.number_new && !table && table.error() == Error{.code = Errc::io, .detail = ENOENT};
  if (to_come) text = std::string();
  if (!text) {
    return fail(file_failure("pseudonyms " + pseudonyms_, text.error(), "check --pseudonyms"));
  }
  auto parsed = deid::PseudonymTable::parse(*text);
  if (!parsed) {
    return refuse(fmt::format("pseudonyms {}:{}", pseudonyms_, parsed.error().detail),
                  "not a record of patient_id,pseudonym that fits those before it",
                  "CSV with the header patient_id,pseudonym; each patient and each pseudonym once, "
                  "pseudonyms of at most 64 ASCII characters");
  }
  project_->pseudonyms = std::move(*parsed);
  // Whoever is not in the table would get a number: who looks must not be told of refusals.
  if (options.number_new && intent == Intent::look) project_->pseudonyms.reset();
  if (number_new_) table_ = std::move(*table);
  return {};
}

store::TreeIdentity OpenProject::identity() const {
  store::TreeIdentity identity;
  identity.profile = "none";
  identity.version = DCM_VERSION;
  if (project_ == nullptr) return identity;
  const deid::Profile& profile = project_->profile;
  identity.profile = profile.name();
  identity.table_edition = deid::Profile::edition();
  for (const deid::Option option : profile.options().list())
    identity.options.emplace_back(deid::name_of(option).name);
  std::sort(identity.options.begin(), identity.options.end());
  const std::string text = sealed_text(*project_);
  if (project_->key) {
    identity.seal = hex(project_->key->derive("ledger", text));
  } else if (!profile.rules().empty()) {
    identity.seal = store::hex_digest(text);
  }
  return identity;
}

Checked<void> OpenProject::number(std::span<const std::string> patient_ids) {
  if (!number_new_ || !table_) return {};
  const std::string lines = project_->pseudonyms->number(patient_ids);
  const auto appended = table_->append(lines);
  table_.reset();
  if (appended) return {};
  return fail(file_failure("pseudonyms " + pseudonyms_, appended.error(), "check --pseudonyms"));
}

}  // namespace dcm::cli
