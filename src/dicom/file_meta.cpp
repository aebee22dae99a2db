// SPDX-License-Identifier: MIT
#include "dicom/file_meta.hpp"

#include <array>

#include "dicom/element_encoder.hpp"
#include "dicom/element_reader.hpp"
#include "dicom/implementation.hpp"
#include "dicom/text.hpp"

namespace dcm {
namespace {

constexpr std::size_t kPreamble = 128;
constexpr std::string_view kPrefix = "DICM";

std::uint16_t group_at(Bytes bytes, std::size_t offset) noexcept {
  if (offset + 2 > bytes.size()) return 0;
  return load<std::uint16_t>(bytes.data() + offset, std::endian::little);
}

std::string* field_of(FileMeta& meta, Tag tag) noexcept {
  switch (tag.element) {
    case 0x0002:
      return &meta.sop_class_uid;
    case 0x0003:
      return &meta.sop_instance_uid;
    case 0x0010:
      return &meta.transfer_syntax_uid;
    default:
      return nullptr;
  }
}

}  // namespace

std::vector<std::byte> FileMeta::encode() const {
  ElementEncoder group(Encoding::explicit_le);
  group.add({0x0002, 0x0001}, vr::kOB, std::string_view("\0\1", 2));
  group.add({0x0002, 0x0002}, vr::kUI, sop_class_uid);
  group.add({0x0002, 0x0003}, vr::kUI, sop_instance_uid);
  group.add(tags::kTransferSyntaxUid, vr::kUI, transfer_syntax_uid);
  group.add({0x0002, 0x0012}, vr::kUI, kImplementationClassUid);
  group.add({0x0002, 0x0013}, vr::kSH, kImplementationVersionName);

  std::array<std::byte, 4> size{};
  put(size.data(), static_cast<std::uint32_t>(group.bytes().size()), std::endian::little);
  ElementEncoder length(Encoding::explicit_le);
  length.add({0x0002, 0x0000}, vr::kUL, Bytes(size));

  std::vector<std::byte> file(kPreamble);
  for (const Bytes part : {as_bytes(kPrefix), Bytes(length.bytes()), Bytes(group.bytes())})
    file.insert(file.end(), part.begin(), part.end());
  return file;
}

Result<ParsedFileMeta> parse_file_meta(Bytes bytes) {
  const std::size_t start = kPreamble + kPrefix.size();
  if (bytes.size() < start || as_text(bytes.subspan(kPreamble, kPrefix.size())) != kPrefix)
    return fail(Errc::bad_file_meta);

  ParsedFileMeta parsed{.meta = {}, .data_set_offset = start};
  ElementReader reader(Encoding::explicit_le);
  reader.feed(bytes.subspan(start));
  // The data set may have another encoding: the group is looked at before the reader goes on.
  while (group_at(bytes, parsed.data_set_offset) == 0x0002) {
    const Result<Event> element = reader.next();
    if (!element || element->kind != Event::Kind::element) return fail(Errc::bad_file_meta);
    if (element->length > 0) {
      const Result<Event> value = reader.next();
      if (!value || value->bytes.size() != element->length) return fail(Errc::bad_file_meta);
      if (std::string* field = field_of(parsed.meta, element->tag))
        field->assign(trim(as_text(value->bytes)));
    }
    parsed.data_set_offset = start + reader.offset();
  }
  if (parsed.meta.transfer_syntax_uid.empty()) return fail(Errc::bad_file_meta);
  return parsed;
}

}  // namespace dcm
