// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "deid/project.hpp"
#include "deid/rule.hpp"

namespace dcm::app {

/// What a project does to one attribute of an object.
struct ExplainedAttribute {
  Tag tag;
  Vr vr = vr::kNone;     ///< its value is read by it
  unsigned depth = 0;    ///< sequences around it
  unsigned item = 0;     ///< which item of the innermost, from 1; 0 at the top level
  std::string creator;   ///< of a private attribute's block, UTF-8
  deid::Rule rule;       ///< what became of it, and why
  bool trailer = false;  ///< stands behind the pixel data
  std::uint64_t length = 0;

  /// Text as people read it; none of sequences, binary and large values. `after` is none too where
  /// the attribute goes.
  std::optional<std::string> before, after;
};

/// What a project does to one object: its attributes in their order. What stands inside of a
/// sequence that goes, or is emptied, is left out.
struct Explanation {
  std::string sop_class_uid;
  std::vector<ExplainedAttribute> attributes;
};

/// Explains what `project` does to the DICOM file at `path`, reading all but its pixel data. Fails
/// with io, bad_file_meta (no DICOM), unsupported_syntax, and as the readers and Deidentifier do:
/// an object that would be refused has no explanation but the error.
Result<Explanation> explain_file(const std::string& path, const deid::Project& project);

}  // namespace dcm::app
