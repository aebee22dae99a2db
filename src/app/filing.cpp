// SPDX-License-Identifier: MIT
#include "app/filing.hpp"

#include <unistd.h>

#include <cerrno>
#include <vector>

#include "base/fd.hpp"
#include "dicom/deflate.hpp"
#include "dicom/dictionary.hpp"
#include "dicom/element_reader.hpp"
#include "dicom/file_meta.hpp"
#include "dicom/filing_tags.hpp"
#include "dicom/transfer_syntax.hpp"

namespace dcm::app {
namespace {

constexpr std::size_t kChunk = 256 * 1024;
static_assert(kChunk >= kMaxFileMetaBytes);

/// Reads the attributes that an object is filed by from the start of its data set.
class FilingScan : public ByteSink {
 public:
  explicit FilingScan(Encoding encoding) noexcept : reader_(encoding) {}

  Result<void> write(Bytes bytes) override {
    reader_.feed(bytes);
    while (!complete_) {
      DCM_TRY(const Event event, reader_.next());
      if (event.kind == Event::Kind::need_input) break;
      take(event);
    }
    return {};
  }

  /// Whether all that it looks for has passed: elements stand in the order of their tags.
  [[nodiscard]] bool complete() const noexcept { return complete_; }
  [[nodiscard]] const Attributes& found() const noexcept { return found_; }

 private:
  void take(const Event& event) {
    if (event.kind == Event::Kind::value && wanted_) {
      value_.insert(value_.end(), event.bytes.begin(), event.bytes.end());
      // The dictionary's VR: a server may have sent UN.
      if (value_.size() == length_) found_.add(tag_, dictionary_vr(tag_), value_);
      return;
    }
    if (event.kind != Event::Kind::element || reader_.open() > 0) return;
    complete_ = event.tag > kFilingTags.back();
    wanted_ = is_filing_tag(event.tag) && event.length <= Attributes::kMaxBytes;
    tag_ = event.tag;
    length_ = event.length;
    value_.clear();
  }

  ElementReader reader_;
  Attributes found_;
  bool complete_ = false;
  bool wanted_ = false;
  Tag tag_;
  std::uint32_t length_ = 0;
  std::vector<std::byte> value_;
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

  const TransferSyntax* syntax = find_transfer_syntax(file.meta.transfer_syntax_uid);
  if (syntax == nullptr) return fail(Errc::unsupported_syntax);

  FilingScan scan(syntax->encoding);
  Inflater inflater;
  chunk = chunk.subspan(file.data_set_offset);
  while (!chunk.empty() && !scan.complete()) {
    DCM_CHECK(syntax->deflated ? inflater.feed(chunk, scan) : scan.write(chunk));
    DCM_TRY(chunk, read_chunk(fd, buffer));
  }
  return describe(scan.found());
}

}  // namespace dcm::app
