// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "deid/rewritten.hpp"

/// Identifiers of the tests' own making, one for each row of the confidentiality tables, and what
/// PS3.15 wants to become of them: worked out from the text of data/*.tsv, never from the code
/// under test.
namespace dcm::test {

/// The lines of a file of the project, cut at tabs; those that begin with # are left out.
[[nodiscard]] std::vector<std::vector<std::string>> table_cells(const std::string& path);
/// The options of a cell, `-` for none.
[[nodiscard]] deid::OptionSet options_of(const std::string& cell);
/// A day that is no other plant's: 1800 and later.
[[nodiscard]] std::string day_number(std::size_t number);
/// `text` without what pads it, one space for several: what a cut leaves between words.
[[nodiscard]] std::string squeezed(const std::string& text);

/// A row of data/confidentiality.tsv or data/confidentiality_gaps.tsv as it stands there.
struct TableLine {
  Tag tag;
  std::string keyword;
  Vr vr{};
  std::string basic;  ///< `X`, `Z/D` ...
  deid::OptionSet keeps;
  deid::OptionSet cleans;

  /// The letters that count under `options`: C before K before what the basic profile has, because
  /// the one that cleans keeps less. Bulk values cannot be cleaned.
  [[nodiscard]] std::string code(deid::OptionSet options) const;
  /// Whether some profile leaves text here, cleaned.
  [[nodiscard]] bool may_be_cleaned() const;
};

/// All rows for one attribute, in the order of the files.
[[nodiscard]] const std::vector<TableLine>& table_lines();

/// The patient in whose objects everything is planted. Its names stand in all texts that some
/// option cleans, its ID is a test vector of docs/key.md.
inline constexpr std::string_view kPlantedId = "PAT-0001";
inline constexpr std::string_view kPlantedName = "ZVDOE^QXJON";
inline constexpr int kPlantedShift = -2236;
inline constexpr std::string_view kPlantedPseudonym = "PKDSC7UF4LRCWAV3N";

/// What is planted for a row: a value that is valid for the VR, and unique.
struct Plant {
  TableLine line;
  std::string value = {};                  ///< raw, of text and numbers
  std::string rest = {};                   ///< of a text with the patient's name in it: what is not
  std::vector<std::string> canaries = {};  ///< parts of `value` that tell the patient
  std::vector<DataSet> items = {};         ///< of a sequence
  std::string person = {};                 ///< in the items of a sequence: never to be seen again

  void add_to(DataSet& object) const;
};

[[nodiscard]] const std::vector<Plant>& plants();

/// All plants in one data set.
[[nodiscard]] DataSet planted_rows();

/// What every object here has besides, pixel data included.
[[nodiscard]] DataSet base_object();

/// Sequences that no row names, one in another around `inner`; at most five.
[[nodiscard]] DataSet in_kept_sequences(std::size_t depth, const DataSet& inner);
/// `inner` in the third item of the per-frame functional groups.
[[nodiscard]] DataSet in_functional_group(const DataSet& inner);
/// The same with all values sent as UN, and sequences as UN of defined length.
[[nodiscard]] DataSet as_unknown(const DataSet& object);

/// What must not stand in the output of a profile with `options`.
[[nodiscard]] std::vector<std::string> forbidden(deid::OptionSet options);

/// An object after its journey.
struct Received {
  Error error;
  std::string bytes = {};    ///< the whole file, its data set inflated
  std::string written = {};  ///< what Rewriter::written() says
  Tree tree = {};
  std::string unreadable = {};  ///< why there is no tree

  /// The first of `words`, ASCII case aside, that is still there, or else why the bytes
  /// cannot be read; empty if all is well.
  [[nodiscard]] std::string leak(const std::vector<std::string>& words) const;
};

[[nodiscard]] deid::Project project_with(deid::OptionSet options);
[[nodiscard]] Received send(const deid::Project& project, const DataSet& object,
                            const Encoded& encoded);
/// In explicit little endian.
[[nodiscard]] Received send(const deid::Project& project, const DataSet& object);

/// ASCII letters in lower case.
[[nodiscard]] std::string lower(std::string_view text);
/// nullptr if there is none.
[[nodiscard]] const TreeNode* find_node(const Tree& tree, Tag tag);
/// Follows first items of sequences: the path's last tag is that of the node.
[[nodiscard]] const Tree* first_item(const Tree& tree, Tag sequence);

/// What is wrong with `node`, the output for `plant` under `options`; empty if nothing is. `type`
/// is that of the attribute where it stands.
[[nodiscard]] std::string judge(const Plant& plant, const TreeNode* node, deid::OptionSet options,
                                deid::AttributeType type);

/// Whether a raw value is one that its VR allows (PS3.5 6.2), empty ones too.
[[nodiscard]] bool is_valid(Vr vr, std::string_view raw);

/// docs/key.md once more, in other words, with the key of project_of().
[[nodiscard]] std::string expected_uid(std::string_view uid);
/// A raw DA or DT with eight digits of date first, moved.
[[nodiscard]] std::string moved(std::string_view date, int days);

}  // namespace dcm::test
