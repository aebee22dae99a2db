// SPDX-License-Identifier: MIT
#include "app/filing.hpp"

#include <unistd.h>

#include <cerrno>
#include <vector>

#include "base/fd.hpp"
#include "deid/rewriter.hpp"
#include "dicom/file_meta.hpp"

namespace dcm::app {
namespace {

constexpr std::size_t kChunk = 256 * 1024;
static_assert(kChunk >= kMaxFileMetaBytes);

class Nowhere : public ByteSink {
 public:
  Result<void> write(Bytes) override { return {}; }
};

Result<Bytes> read_chunk(int fd, std::vector<std::byte>& buffer) {
  buffer.resize(kChunk);
  std::size_t filled = 0;
  while (filled < kChunk) {
    const ssize_t count = ::read(fd, buffer.data() + filled, kChunk - filled);
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

Result<store::ObjectDescription> describe_file(int fd) {
  std::vector<std::byte> buffer;
  DCM_TRY(Bytes chunk, read_chunk(fd, buffer));
  DCM_TRY(const ParsedFileMeta file, parse_file_meta(chunk));

  Nowhere nowhere;
  Budget budget(HeaderTape::kMaxBytes);
  deid::Rewriter rewriter(nullptr, budget);
  DCM_CHECK(rewriter.begin({.sop_class_uid = file.meta.sop_class_uid,
                            .sop_instance_uid = file.meta.sop_instance_uid,
                            .transfer_syntax_uid = file.meta.transfer_syntax_uid},
                           nowhere));
  chunk = chunk.subspan(file.data_set_offset);
  while (!chunk.empty()) {
    DCM_CHECK(rewriter.feed(chunk));
    // Once pixel data has begun, everything that an object is filed by has passed.
    if (rewriter.written().has(tags::kSopInstanceUid)) return describe(rewriter.written());
    DCM_TRY(chunk, read_chunk(fd, buffer));
  }
  DCM_CHECK(rewriter.finish());
  return describe(rewriter.written());
}

}  // namespace dcm::app
