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

/// A DICOM file, positioned at its start and read in pieces of `chunk_size`, which holds the file
/// meta group.
class ObjectFile {
 public:
  ObjectFile(int fd, std::size_t chunk_size) : fd_(fd), chunk_size_(chunk_size) {}

  /// Reads the file meta group. Fails with io, unsupported_syntax and as parse_file_meta() does.
  Result<void> open();
  [[nodiscard]] std::string_view sop_instance_uid() const noexcept {
    return file_.meta.sop_instance_uid;
  }
  [[nodiscard]] Encoding encoding() const noexcept { return syntax_->encoding; }

  /// Hands the data set on, inflated. Fails with io and as `data_set` and Inflater do.
  Result<void> read_to_end(ByteSink& data_set);
  /// The same as far as `header` reads.
  Result<void> read_header(HeaderScan& header);

 private:
  Result<void> next_chunk();
  Result<void> pass_chunk_to(ByteSink& data_set);

  int fd_;
  std::size_t chunk_size_;
  std::vector<std::byte> buffer_;
  Bytes chunk_;
  ParsedFileMeta file_;
  const TransferSyntax* syntax_ = nullptr;
  Inflater inflater_;
};

Result<void> ObjectFile::open() {
  DCM_CHECK(next_chunk());
  DCM_TRY(file_, parse_file_meta(chunk_));
  syntax_ = find_transfer_syntax(file_.meta.transfer_syntax_uid);
  if (syntax_ == nullptr) return fail(Errc::unsupported_syntax);
  chunk_ = chunk_.subspan(file_.data_set_offset);
  return {};
}

Result<void> ObjectFile::next_chunk() {
  buffer_.resize(chunk_size_);
  std::size_t filled = 0;
  while (filled < chunk_size_) {
    const ssize_t count = ::read(fd_, buffer_.data() + filled, chunk_size_ - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(last_io_error());
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  chunk_ = Bytes(buffer_).first(filled);
  return {};
}

Result<void> ObjectFile::pass_chunk_to(ByteSink& data_set) {
  return syntax_->deflated ? inflater_.feed(chunk_, data_set) : data_set.write(chunk_);
}

Result<void> ObjectFile::read_to_end(ByteSink& data_set) {
  while (!chunk_.empty()) {
    DCM_CHECK(pass_chunk_to(data_set));
    DCM_CHECK(next_chunk());
  }
  return syntax_->deflated ? inflater_.finish() : Result<void>();
}

Result<void> ObjectFile::read_header(HeaderScan& header) {
  while (!chunk_.empty()) {
    DCM_CHECK(pass_chunk_to(header));
    if (header.complete()) break;
    DCM_CHECK(next_chunk());
  }
  return {};
}

/// The attributes `wanted`, ascending, of a file.
Result<Attributes> scan_file(ObjectFile file, std::span<const Tag> wanted) {
  DCM_CHECK(file.open());
  HeaderScan scan(file.encoding(), wanted);
  DCM_CHECK(file.read_header(scan));
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
  DCM_TRY(const Attributes found, scan_file({fd, may_say_yes ? kChunk : kShortChunk},
                                            std::span(kWanted).first(may_say_yes ? 2 : 1)));
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
  DCM_TRY(const Attributes found, scan_file({fd, kChunk}, kFilingTags));
  return describe(found, nullptr);
}

Result<void> check_whole(int fd, std::string_view sop_instance_uid) {
  ObjectFile file(fd, kChunk);
  DCM_CHECK(file.open());
  if (file.sop_instance_uid() != sop_instance_uid) return fail(Errc::uid_mismatch);
  WholeScan scan(file.encoding());
  DCM_CHECK(file.read_to_end(scan));
  return scan.finish();
}

store::JudgeFile judge_for(const deid::Project* project) {
  if (!is_ps3_15(project)) return {};
  return [project](int fd) { return judge_file(fd, project->burned_in); };
}

}  // namespace dcm::app
