// SPDX-License-Identifier: MIT
#include "app/filing.hpp"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <span>
#include <vector>

#include "app/header_scan.hpp"
#include "base/fd.hpp"
#include "dicom/deflate.hpp"
#include "dicom/file_meta.hpp"
#include "dicom/filing_tags.hpp"
#include "dicom/transfer_syntax.hpp"

namespace dcm::app {
namespace {

constexpr std::size_t kChunk = 256 * 1024;
static_assert(kChunk >= kMaxFileMetaBytes);

Result<Bytes> read_chunk(int fd, std::vector<std::byte>& buffer, std::size_t size = kChunk) {
  buffer.resize(size);
  std::size_t filled = 0;
  while (filled < size) {
    const ssize_t count = ::read(fd, buffer.data() + filled, size - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(last_io_error());
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  return Bytes(buffer).first(filled);
}

}  // namespace

store::ObjectDescription describe(const Attributes& written) {
  return {
      .patient_id = written.text(tags::kPatientId),
      .study_instance_uid = written.text(tags::kStudyInstanceUid),
      .study_date = written.text(tags::kStudyDate),
      .study_description = written.text(tags::kStudyDescription),
      .study_id = written.text(tags::kStudyId),
      .accession_number = written.text(tags::kAccessionNumber),
      .series_instance_uid = written.text(tags::kSeriesInstanceUid),
      .series_number = written.text(tags::kSeriesNumber),
      .series_description = written.text(tags::kSeriesDescription),
      .series_date = written.text(tags::kSeriesDate),
      .modality = written.text(tags::kModality),
      .sop_instance_uid = written.text(tags::kSopInstanceUid),
  };
}

namespace {

/// The attributes `wanted`, ascending, of a file that is positioned at its start.
Result<Attributes> scan_file(int fd, std::span<const Tag> wanted) {
  std::vector<std::byte> buffer;
  DCM_TRY(Bytes chunk, read_chunk(fd, buffer));
  DCM_TRY(const ParsedFileMeta file, parse_file_meta(chunk));

  const TransferSyntax* syntax = find_transfer_syntax(file.meta.transfer_syntax_uid);
  if (syntax == nullptr) return fail(Errc::unsupported_syntax);

  HeaderScan scan(syntax->encoding, wanted);
  Inflater inflater;
  chunk = chunk.subspan(file.data_set_offset);
  while (!chunk.empty() && !scan.complete()) {
    DCM_CHECK(syntax->deflated ? inflater.feed(chunk, scan) : scan.write(chunk));
    DCM_TRY(chunk, read_chunk(fd, buffer));
  }
  return scan.found();
}

Result<store::Doubt> judge_file(int fd, deid::BurnedIn burned_in) {
  if (burned_in == deid::BurnedIn::allow) {
    static constexpr std::array kWanted = {tags::kSopClassUid, tags::kBurnedInAnnotation};
    DCM_TRY(const Attributes found, scan_file(fd, kWanted));
    if (found.text(tags::kBurnedInAnnotation) == "YES") return store::Doubt::declared;
    return deid::often_burned_in(found.text(tags::kSopClassUid)) ? store::Doubt::suspected
                                                                 : store::Doubt::none;
  }
  // The file meta group is ours and short.
  constexpr std::size_t kMetaBytes = 1024;
  std::vector<std::byte> buffer;
  DCM_TRY(const Bytes start, read_chunk(fd, buffer, kMetaBytes));
  DCM_TRY(const ParsedFileMeta file, parse_file_meta(start));
  return deid::often_burned_in(file.meta.sop_class_uid) ? store::Doubt::suspected
                                                        : store::Doubt::none;
}

}  // namespace

Result<store::ObjectDescription> describe_file(int fd) {
  DCM_TRY(const Attributes found, scan_file(fd, kFilingTags));
  return describe(found);
}

store::JudgeFile judge_for(const deid::Project* project) {
  if (project == nullptr || !project->profile.is_ps3_15()) return {};
  return [project](int fd) { return judge_file(fd, project->burned_in); };
}

}  // namespace dcm::app
