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
#include "dicom/element_reader.hpp"
#include "dicom/file_meta.hpp"
#include "dicom/filing_tags.hpp"
#include "dicom/transfer_syntax.hpp"

namespace dcm::app {
namespace {

constexpr std::size_t kChunk = 256 * 1024;
static_assert(kChunk >= kMaxFileMetaBytes);

Result<Bytes> read_chunk(int fd, std::vector<std::byte>& buffer, std::size_t size) {
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

/// The attributes `wanted`, ascending, of a file that is positioned at its start and read in pieces
/// of `chunk_size`, which holds the file meta group.
Result<Attributes> scan_file(int fd, std::span<const Tag> wanted, std::size_t chunk_size) {
  std::vector<std::byte> buffer;
  DCM_TRY(Bytes chunk, read_chunk(fd, buffer, chunk_size));
  DCM_TRY(const ParsedFileMeta file, parse_file_meta(chunk));

  const TransferSyntax* syntax = find_transfer_syntax(file.meta.transfer_syntax_uid);
  if (syntax == nullptr) return fail(Errc::unsupported_syntax);

  HeaderScan scan(syntax->encoding, wanted);
  Inflater inflater;
  chunk = chunk.subspan(file.data_set_offset);
  while (!chunk.empty() && !scan.complete()) {
    DCM_CHECK(syntax->deflated ? inflater.feed(chunk, scan) : scan.write(chunk));
    DCM_TRY(chunk, read_chunk(fd, buffer, chunk_size));
  }
  return scan.found();
}

/// Follows a data set to its end.
class WholeScan : public ByteSink {
 public:
  explicit WholeScan(Encoding encoding) noexcept : reader_(encoding) {}

  Result<void> write(Bytes bytes) override {
    reader_.feed(bytes);
    for (;;) {
      DCM_TRY(const Event event, reader_.next());
      if (event.kind == Event::Kind::need_input) return {};
    }
  }
  [[nodiscard]] Result<void> finish() const noexcept { return reader_.finish(); }

 private:
  ElementReader reader_;
};

bool is_ps3_15(const deid::Project* project) {
  return project != nullptr && project->profile.is_ps3_15();
}

store::Doubt doubt_of(const Attributes& written) {
  if (written.text(tags::kBurnedInAnnotation) == "YES") return store::Doubt::declared;
  return deid::often_burned_in(written.text(tags::kSopClassUid)) ? store::Doubt::suspected
                                                                 : store::Doubt::none;
}

Result<store::Doubt> judge_file(int fd, deid::BurnedIn burned_in) {
  static constexpr std::array kWanted = {tags::kSopClassUid, tags::kBurnedInAnnotation};
  // Where none that says YES is let in, the class is all there is to look at; it comes early, and
  // the file meta group is ours and short.
  constexpr std::size_t kShortChunk = 4 * 1024;
  const bool may_say_yes = burned_in == deid::BurnedIn::allow;
  DCM_TRY(const Attributes found, scan_file(fd, std::span(kWanted).first(may_say_yes ? 2 : 1),
                                            may_say_yes ? kChunk : kShortChunk));
  return doubt_of(found);
}

}  // namespace

store::ObjectDescription describe(const Attributes& written, const deid::Project* project) {
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
      .doubt = is_ps3_15(project) ? doubt_of(written) : store::Doubt::none,
  };
}

Result<store::ObjectDescription> describe_file(int fd) {
  DCM_TRY(const Attributes found, scan_file(fd, kFilingTags, kChunk));
  return describe(found, nullptr);
}

Result<void> check_whole(int fd, std::string_view sop_instance_uid) {
  std::vector<std::byte> buffer;
  DCM_TRY(Bytes chunk, read_chunk(fd, buffer, kChunk));
  DCM_TRY(const ParsedFileMeta file, parse_file_meta(chunk));
  if (file.meta.sop_instance_uid != sop_instance_uid) return fail(Errc::uid_mismatch);
  const TransferSyntax* syntax = find_transfer_syntax(file.meta.transfer_syntax_uid);
  if (syntax == nullptr) return fail(Errc::unsupported_syntax);
  WholeScan scan(syntax->encoding);
  Inflater inflater;
  for (chunk = chunk.subspan(file.data_set_offset); !chunk.empty();) {
    DCM_CHECK(syntax->deflated ? inflater.feed(chunk, scan) : scan.write(chunk));
    DCM_TRY(chunk, read_chunk(fd, buffer, kChunk));
  }
  if (syntax->deflated) DCM_CHECK(inflater.finish());
  return scan.finish();
}

store::JudgeFile judge_for(const deid::Project* project) {
  if (!is_ps3_15(project)) return {};
  return [project](int fd) { return judge_file(fd, project->burned_in); };
}

}  // namespace dcm::app
