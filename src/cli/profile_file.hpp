// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "cli/messages.hpp"
#include "deid/profile.hpp"

namespace dcm::cli {

/// Reads the text of a profile file (docs/profiles.md):
///
///   name: lung-study            # default: the file's name; tells trees and objects who made them
///   base: research              # basic (default), research or demographics
///   options: [retain-uids]      # added to those of the base
///   without-options: [clean-graphics]
///   rules:                      # attribute, group or vr; the most specific decides
///     - {attribute: StudyDescription, action: replace, value: LUNG}
///     - {group: 60xx, action: keep}
///     - {vr: PN, action: empty}
///
/// Fails at the first thing that cannot be meant and names it: `profile PATH:LINE:COLUMN`. What the
/// file says is repeated there, as it names attributes and no patients; values are not.
Checked<deid::Profile> parse_profile(const std::string& text, const std::string& path);

/// The same for a file, of at most 256 KiB.
Checked<deid::Profile> load_profile(const std::string& path);

}  // namespace dcm::cli
