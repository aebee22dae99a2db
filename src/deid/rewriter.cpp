// SPDX-License-Identifier: MIT
#include "deid/rewriter.hpp"

#include <algorithm>
#include <array>

#include "dicom/dictionary.hpp"
#include "dicom/transfer_syntax.hpp"

namespace dcm::deid {
namespace {

constexpr std::array kFiledBy = {
    tags::kSpecificCharacterSet,
    tags::kSopClassUid,
    tags::kSopInstanceUid,
    tags::kStudyDate,
    tags::kSeriesDate,
    tags::kAccessionNumber,
    tags::kModality,
    tags::kStudyDescription,
    tags::kSeriesDescription,
    tags::kPatientId,
    tags::kStudyInstanceUid,
    tags::kSeriesInstanceUid,
    tags::kStudyId,
    tags::kSeriesNumber,
};

// So many bytes of a value show whether it starts with an item.
constexpr std::size_t kItemHeader = 8;

bool is_pixel_data(Tag tag) noexcept {
  return tag.group == 0x7FE0 &&
         (tag.element == 0x0010 || tag.element == 0x0008 || tag.element == 0x0009);
}

}  // namespace

Rewriter::Rewriter(const Profile* profile, Budget& budget) : profile_(profile), tape_(budget) {}

Rewriter::~Rewriter() = default;

Result<void> Rewriter::begin(const ObjectInfo& info, ByteSink& output) {
  tape_.clear();
  written_ = {};
  streaming_ = Streaming::no;
  stream_left_ = 0;
  info_ = info;
  const TransferSyntax* syntax = find_transfer_syntax(info.transfer_syntax_uid);
  if (syntax == nullptr) return fail(Errc::unsupported_syntax);
  if (info.sop_instance_uid.empty() || info.sop_class_uid.empty()) return fail(Errc::missing_uid);

  reader_.emplace(syntax->encoding);
  inflater_ = syntax->deflated ? std::make_unique<Inflater>() : nullptr;
  deflater_ =
      syntax->deflated && profile_ != nullptr ? std::make_unique<Deflater>(output) : nullptr;
  file_ = &output;
  output_ = deflater_ ? deflater_.get() : &output;
  const FileMeta meta{info.sop_class_uid, info.sop_instance_uid, info.transfer_syntax_uid};
  return file_->write(meta.encode());
}

Result<void> Rewriter::feed(Bytes bytes) {
  Result<void> taken = take(bytes);
  if (!taken) abandon();
  return taken;
}

Result<void> Rewriter::take(Bytes bytes) {
  if (profile_ == nullptr) DCM_CHECK(file_->write(bytes));
  if (inflater_) return inflater_->feed(bytes, *this);
  return write(bytes);
}

Result<void> Rewriter::write(Bytes inflated) {
  reader_->feed(inflated);
  for (;;) {
    DCM_TRY(const Event event, reader_->next());
    if (event.kind == Event::Kind::need_input) return {};
    DCM_CHECK(on_event(event));
  }
}

Result<void> Rewriter::on_event(const Event& event) {
  if (streaming_ != Streaming::no) return stream(event);
  const std::size_t undecided = event.kind == Event::Kind::value ? undecided_bytes() : 0;
  if (undecided > 0 && undecided < event.bytes.size()) {
    Event piece = event;
    piece.bytes = event.bytes.first(undecided);
    DCM_CHECK(on_event(piece));
    piece.bytes = event.bytes.subspan(undecided);
    return on_event(piece);
  }
  DCM_CHECK(tape_.append(event, reader_->open()));
  if (!last_record_streams(event)) return {};
  begin_streaming(event);
  return flush();
}

bool Rewriter::may_be_large() const noexcept {
  if (tape_.empty()) return false;
  const TapeRecord& last = tape_.records().back();
  return last.depth == 0 && last.kind == TapeRecord::Kind::element && is_bulk(last.vr) &&
         last.length > kBulkBytes;
}

Bytes Rewriter::begun_value() const noexcept {
  const TapeRecord& last = tape_.records().back();
  return tape_.bytes().subspan(last.offset + last.header_size());
}

std::size_t Rewriter::undecided_bytes() const noexcept {
  if (!may_be_large()) return 0;
  return kItemHeader - std::min(kItemHeader, begun_value().size());
}

bool Rewriter::last_record_streams(const Event& event) const noexcept {
  if (tape_.empty()) return false;
  const TapeRecord& last = tape_.records().back();
  if (last.depth > 0) return false;
  if (event.kind == Event::Kind::encapsulated) return true;
  if (event.kind == Event::Kind::element && is_pixel_data(last.tag)) return is_bulk(last.vr);
  // The first bytes of a large value tell whether it is a sequence in disguise.
  return may_be_large() && undecided_bytes() == 0 && !starts_with_item(begun_value());
}

void Rewriter::begin_streaming(const Event& event) {
  const TapeRecord& last = tape_.records().back();
  const bool keep = profile_ == nullptr || profile_->action(last.tag) == Action::keep;
  streaming_ = keep ? Streaming::keep : Streaming::drop;
  stream_left_ = event.kind == Event::Kind::encapsulated ? kUndefinedLength
                                                         : last.length - begun_value().size();
  if (stream_left_ == 0) streaming_ = Streaming::no;
}

Result<void> Rewriter::stream(const Event& event) {
  const bool write_it = streaming_ == Streaming::keep && profile_ != nullptr;
  if (stream_left_ == kUndefinedLength) {
    if (event.kind == Event::Kind::sequence_end) streaming_ = Streaming::no;
  } else {
    stream_left_ -= event.bytes.size();
    if (stream_left_ == 0) streaming_ = Streaming::no;
  }
  if (!write_it || event.bytes.empty()) return {};
  return output_->write(event.bytes);
}

Result<void> Rewriter::flush() {
  file_by();
  if (profile_ != nullptr) DCM_CHECK(write_elements(tape_, profile_->edits(tape_), *output_));
  tape_.clear();
  return {};
}

void Rewriter::file_by() {
  for (const TapeRecord& record : tape_.records()) {
    if (record.depth > 0 || record.kind != TapeRecord::Kind::element) continue;
    if (std::find(kFiledBy.begin(), kFiledBy.end(), record.tag) == kFiledBy.end()) continue;
    if (profile_ != nullptr && profile_->action(record.tag) == Action::remove) continue;
    const bool complete = &record != &tape_.records().back() || !tape_.value_incomplete();
    // The dictionary's VR: a server may have sent UN.
    if (complete) written_.add(record.tag, dictionary_vr(record.tag), tape_.value(record));
  }
}

Result<void> Rewriter::finish() {
  Result<void> finished = complete();
  if (!finished) abandon();
  return finished;
}

Result<void> Rewriter::complete() {
  if (inflater_) DCM_CHECK(inflater_->finish());
  DCM_CHECK(reader_->finish());
  DCM_CHECK(flush());
  if (deflater_) DCM_CHECK(deflater_->finish());
  const std::string uid = written_.text(tags::kSopInstanceUid);
  if (uid.empty()) return fail(Errc::missing_uid);
  if (uid != info_.sop_instance_uid) return fail(Errc::uid_mismatch);
  return {};
}

void Rewriter::abandon() noexcept { tape_.clear(); }

}  // namespace dcm::deid
