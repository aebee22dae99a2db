// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

#include "dicom/tag.hpp"
#include "dicom/vr.hpp"

namespace dcm::deid {

/// A value that tells nothing and is valid for the VR (PS3.5 6.2), padded to even length: what
/// action D writes. Never empty. Texts, CS and AE become `REMOVED`, PN `ANONYMOUS`, days the first
/// of 1900, times midnight, AS `000Y`, DS and IS 0, UR `about:blank` (RFC 6694). `length` is that
/// of the value it stands for: binary VRs, UN and unknown ones become as many zeros, in whole
/// values and at most 64 KiB; EncapsulatedDocument becomes a PDF of one empty page, whatever the
/// MIME type (0042,0012) and the length (0042,0015) beside it say. Not for SQ and UI (see
/// Key::uid).
[[nodiscard]] std::string dummy_value(Tag tag, Vr vr, std::size_t length);

}  // namespace dcm::deid
