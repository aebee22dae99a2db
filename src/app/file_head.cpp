// SPDX-License-Identifier: MIT
#include "app/file_head.hpp"

#include <array>
#include <optional>
#include <vector>

#include "app/header_scan.hpp"
#include "dicom/deflate.hpp"
#include "dicom/dictionary.hpp"
#include "dicom/transfer_syntax.hpp"

namespace dcm::app {
namespace {

constexpr std::size_t kPreamble = 128;
constexpr std::string_view kPrefix = "DICM";
constexpr std::string_view kDirectoryClass = "1.2.840.10008.1.3.10";
constexpr std::string_view kImplicitLittle = "1.2.840.10008.1.2";
constexpr std::string_view kExplicitLittle = "1.2.840.10008.1.2.1";

/// The first element of a data set without a file meta group is short, whichever it is.
constexpr std::uint32_t kLongestFirst = 1024;

bool has_prefix(Bytes start) noexcept {
  return start.size() >= kPreamble + kPrefix.size() &&
         as_text(start.subspan(kPreamble, kPrefix.size())) == kPrefix;
}

Tag first_tag(Bytes start) noexcept {
  return {load<std::uint16_t>(start.data(), std::endian::little),
          load<std::uint16_t>(start.data() + 2, std::endian::little)};
}

/// The file meta group of a file that begins with it.
Result<ParsedFileMeta> parse_without_preamble(Bytes start) {
  std::vector<std::byte> whole(kPreamble);
  for (const Bytes part : {as_bytes(kPrefix), start})
    whole.insert(whole.end(), part.begin(), part.end());
  DCM_TRY(ParsedFileMeta parsed, parse_file_meta(whole));
  parsed.data_set_offset -= kPreamble + kPrefix.size();
  return parsed;
}

/// The encoding of a data set that begins with an element of group 0008; none if it does not look
/// like one.
std::optional<std::string_view> guess_syntax(Bytes start) {
  const Tag tag = first_tag(start);
  const Vr known = tag.is_group_length() ? vr::kUL : dictionary_vr(tag);
  if (tag.group != 0x0008 || known == vr::kUN) return std::nullopt;
  if (make_vr(as_text(start.subspan(4, 2))) == known) return kExplicitLittle;
  const auto length = load<std::uint32_t>(start.data() + 4, std::endian::little);
  if (length <= kLongestFirst && length % 2 == 0) return kImplicitLittle;
  return std::nullopt;
}

/// Puts what the data set itself tells in the place of what stands before it.
void ask_data_set(Bytes data_set, ObjectInfo& info) {
  static constexpr std::array kWanted = {tags::kSopClassUid, tags::kSopInstanceUid};
  const TransferSyntax* syntax = find_transfer_syntax(info.transfer_syntax_uid);
  if (syntax == nullptr) return;
  HeaderScan scan(syntax->encoding, kWanted);
  Inflater inflater;
  // What it stumbles over, or where it ends, is for who reads the object to tell.
  static_cast<void>(
      (syntax->deflated ? inflater.feed(data_set, scan) : scan.write(data_set)).has_value());
  for (const auto& [tag, uid] : {std::pair(tags::kSopClassUid, &info.sop_class_uid),
                                 std::pair(tags::kSopInstanceUid, &info.sop_instance_uid)}) {
    if (std::string told = scan.found().text(tag); !told.empty()) *uid = std::move(told);
  }
}

FileHead head_of(ParsedFileMeta parsed, Bytes start) {
  FileMeta& meta = parsed.meta;
  FileHead head{.kind = FileHead::Kind::object,
                .info = {std::move(meta.sop_class_uid), std::move(meta.sop_instance_uid),
                         std::move(meta.transfer_syntax_uid)},
                .data_set_offset = parsed.data_set_offset};
  if (head.info.sop_class_uid == kDirectoryClass) return {.kind = FileHead::Kind::directory};
  ask_data_set(start.subspan(head.data_set_offset), head.info);
  return head;
}

}  // namespace

Result<FileHead> read_head(Bytes start) {
  if (has_prefix(start)) {
    DCM_TRY(ParsedFileMeta parsed, parse_file_meta(start));
    return head_of(std::move(parsed), start);
  }
  if (start.size() < 8) return FileHead{};
  if (first_tag(start).group == 0x0002) {
    Result<ParsedFileMeta> parsed = parse_without_preamble(start);
    return parsed ? head_of(std::move(*parsed), start) : FileHead{};
  }
  const auto syntax = guess_syntax(start);
  if (!syntax) return FileHead{};
  FileHead head{.kind = FileHead::Kind::object, .info = {"", "", std::string(*syntax)}};
  ask_data_set(start, head.info);
  if (head.info.sop_class_uid.empty() || head.info.sop_instance_uid.empty()) return FileHead{};
  return head;
}

}  // namespace dcm::app
