// SPDX-License-Identifier: MIT
#include "deid/dummy.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace dcm::deid {
namespace {

constexpr Tag kEncapsulatedDocument{0x0042, 0x0011};
constexpr Tag kMimeType{0x0042, 0x0012};
constexpr std::size_t kMaxZeros = 65536;

/// The bytes of one value of a binary VR (PS3.5 6.2); of OB and all others two, to be even.
std::size_t unit_of(Vr vr) noexcept {
  switch (vr) {
    case vr::kAT:
    case vr::kFL:
    case vr::kOF:
    case vr::kOL:
    case vr::kSL:
    case vr::kUL:
      return 4;
    case vr::kFD:
    case vr::kOD:
    case vr::kOV:
    case vr::kSV:
    case vr::kUV:
      return 8;
    default:
      return 2;
  }
}

std::string zeros(Vr vr, std::size_t length) {
  const std::size_t unit = unit_of(vr);
  const std::size_t units = (std::min(length, kMaxZeros) + unit - 1) / unit;
  return std::string(std::max<std::size_t>(units, 1) * unit, '\0');
}

/// Ten digits, as the cross-reference table wants them (ISO 32000-1 7.5.4).
std::string offset_words(std::size_t offset) {
  const std::string digits = std::to_string(offset);
  return std::string(10 - digits.size(), '0') + digits;
}

/// One empty A4 page.
std::string empty_pdf() {
  constexpr std::array<std::string_view, 3> kObjects{
      "<< /Type /Catalog /Pages 2 0 R >>",
      "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
      "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << >> >>",
  };
  std::string pdf = "%PDF-1.4\n";
  std::string entries = "0000000000 65535 f \n";
  for (std::size_t i = 0; i < kObjects.size(); ++i) {
    entries += offset_words(pdf.size()) + " 00000 n \n";
    pdf += std::to_string(i + 1) + " 0 obj\n";
    pdf += kObjects[i];
    pdf += "\nendobj\n";
  }
  const std::string table = std::to_string(pdf.size());
  pdf += "xref\n0 4\n" + entries + "trailer\n<< /Size 4 /Root 1 0 R >>\n";
  pdf += "startxref\n" + table + "\n%%EOF\n";
  // A line feed, not a NUL: it belongs to the document whatever is said about its length.
  if (pdf.size() % 2 != 0) pdf += '\n';
  return pdf;
}

}  // namespace

std::string dummy_value(Tag tag, Vr vr, std::size_t length) {
  if (tag == kEncapsulatedDocument && vr == vr::kOB) return empty_pdf();
  if (tag == kMimeType && vr == vr::kLO) return "application/pdf ";
  switch (vr) {
    case vr::kAE:
    case vr::kCS:
    case vr::kLO:
    case vr::kLT:
    case vr::kSH:
    case vr::kST:
    case vr::kUC:
    case vr::kUT:
      return "REMOVED ";
    case vr::kPN:
      return "ANONYMOUS ";
    case vr::kAS:
      return "000Y";
    case vr::kDA:
      return "19000101";
    case vr::kDT:
      return "19000101000000";
    case vr::kTM:
      return "000000";
    case vr::kDS:
    case vr::kIS:
      return "0 ";
    case vr::kUR:
      return "about:blank ";
    default:
      return zeros(vr, length);
  }
}

}  // namespace dcm::deid
