// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/replacements.hpp"
#include "cli/command_line.hpp"
#include "cli/configuration.hpp"
#include "cli/messages.hpp"
#include "deid/project.hpp"
#include "store/export_map.hpp"
#include "store/metadata.hpp"
#include "store/shared_table.hpp"

namespace dcm::cli {

/// The de-identification options of `get` and `anonymize`, understood.
struct DeidOptions {
  std::optional<deid::Profile> profile;  ///< none: objects as received
  std::string key_file;                  ///< empty: the default key
  std::string pseudonyms;                ///< a CSV file, or empty
  bool number_new = false;
  std::string scrub_list;  ///< a text file, or empty
  std::string export_map;  ///< a CSV file to make, or empty
  bool allow_burned_in = false;
};

/// Gives what was typed its meaning. Fails (exit 1) on an unknown profile or option (with the
/// nearest name), options that exclude each other, options of PS3.15 without such a profile, pixel
/// cleaning, which is not there yet, and a profile file that says what cannot be meant.
Checked<DeidOptions> understand_deid(const Typed& typed);

/// The built-in profile of that name, or that of a YAML file: what holds a slash, ends in .yaml or
/// .yml, or is there as a file. Fails (exit 1) with the nearest name, or as load_profile().
Checked<deid::Profile> find_or_load_profile(const std::string& name);

/// Whether a profile replaces anything by what only a key tells.
[[nodiscard]] bool needs_key(const deid::Profile& profile);

/// How objects are de-identified, for people, as a line; `project` may be nullptr.
[[nodiscard]] std::string mode_text(const deid::Project* project);

/// What people must know of a key that was made just now, as a line.
[[nodiscard]] std::string new_key_text(std::string_view path);

/// A project ready to work: key, pseudonyms and phrases read.
class OpenProject {
 public:
  /// Reads and, for the default key, creates what `options` name; pseudonyms to be numbered stay
  /// locked until number(). `output` is the tree, in which no key may lie, nor another file that
  /// tells who the patients are. nullptr inside for objects as received. Fails with words for exit
  /// 1 (a file that is absent or wrong, a key that others can read) or 5.
  static Checked<OpenProject> open(const DeidOptions& options, const std::string& output,
                                   const Environment& environment);

  /// The same to look at objects only: nothing is created or locked. Without a key of the user's an
  /// example takes its place: has_example_key().
  static Checked<OpenProject> look(const DeidOptions& options, const Environment& environment);

  /// nullptr: objects as received.
  [[nodiscard]] const deid::Project* project() const noexcept { return project_.get(); }

  /// What the tree belongs to: profile, options, edition, version, and a seal over key, rules,
  /// phrases and pseudonyms that tells none of them.
  [[nodiscard]] store::TreeIdentity identity() const;

  /// Whether what is derived is only an example of what would be.
  [[nodiscard]] bool has_example_key() const noexcept { return has_example_key_; }

  /// The path of a default key that was created just now; empty otherwise. To be told.
  [[nodiscard]] const std::string& new_key() const noexcept { return new_key_; }

  /// --number-new: gives every patient of the whole plan a pseudonym, PAT_0001 ... in sorted order,
  /// and appends them to the file before anything is written. Does nothing without that option.
  Checked<void> number(std::span<const std::string> patient_ids);

  /// The map to export; nullptr where none is wanted, and for look(). It is told of what is
  /// replaced in the objects that pass.
  [[nodiscard]] store::ExportMap* map() noexcept { return map_.get(); }

  /// Writes the map, if there is one: also when the work broke off. Fails with words.
  Checked<void> write_map();

 private:
  enum class Intent : std::uint8_t { work, look };
  static Checked<OpenProject> make(const DeidOptions& options, const std::string& output,
                                   const Environment& environment, Intent intent);
  Checked<void> read_key(const DeidOptions& options, const std::string& output,
                         const Environment& environment, Intent intent);
  Checked<void> read_pseudonyms(const DeidOptions& options, Intent intent);

  Checked<void> make_map(const std::string& path);

  std::unique_ptr<deid::Project> project_;
  std::unique_ptr<store::ExportMap> map_;
  std::unique_ptr<app::ReplacementNotes> notes_;
  std::string map_path_;
  std::optional<store::SharedTable> table_;
  std::string new_key_;
  std::string pseudonyms_;  ///< the path of table_
  bool number_new_ = false;
  bool has_example_key_ = false;
};

}  // namespace dcm::cli
