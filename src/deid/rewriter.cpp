// SPDX-License-Identifier: MIT
#include "deid/rewriter.hpp"

#include <algorithm>

#include "dicom/dictionary.hpp"
#include "dicom/filing_tags.hpp"
#include "dicom/transfer_syntax.hpp"

namespace dcm::deid {
namespace {

// So many bytes of a large value show whether it is a sequence in disguise.
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
  undecided_ = 0;
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
    const Result<Event> event = reader_->next();
    if (!event) return fail(event.error());
    if (event->kind == Event::Kind::need_input) return {};
    DCM_CHECK(on_event(*event));
  }
}

Result<void> Rewriter::on_event(const Event& event) {
  if (streaming_ != Streaming::no) return stream(event);
  if (undecided_ > 0) return decide(event);
  DCM_CHECK(tape_.append(event, reader_->open()));
  const bool fragments = event.kind == Event::Kind::encapsulated && reader_->open() == 1;
  const bool bulk = event.kind == Event::Kind::element && reader_->open() == 0 && is_bulk(event.vr);
  if (fragments || (bulk && is_pixel_data(event.tag))) return begin_streaming();
  if (bulk && event.length > kBulkBytes) undecided_ = kItemHeader;
  return {};
}

Result<void> Rewriter::decide(const Event& piece) {
  Event head = piece, rest = piece;
  head.bytes = piece.bytes.first(std::min(undecided_, piece.bytes.size()));
  rest.bytes = piece.bytes.subspan(head.bytes.size());
  DCM_CHECK(tape_.append(head, 0));
  undecided_ -= head.bytes.size();
  if (undecided_ > 0) return {};
  const Bytes begun = tape_.bytes().last(kItemHeader);
  if (starts_with_item(begun)) return tape_.append(rest, 0);
  DCM_CHECK(begin_streaming());
  return stream(rest);
}

Result<void> Rewriter::begin_streaming() {
  const TapeRecord& last = tape_.records().back();
  const bool keep = profile_ == nullptr || profile_->action(last.tag) == Action::keep;
  streaming_ = keep ? Streaming::keep : Streaming::drop;
  const std::size_t begun = tape_.bytes().size() - last.offset - last.header_size();
  stream_left_ = last.length == kUndefinedLength ? kUndefinedLength : last.length - begun;
  if (stream_left_ == 0) streaming_ = Streaming::no;
  return flush();
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
  if (profile_ != nullptr) {
    DCM_TRY(const Edits edits, profile_->edits(tape_));
    DCM_CHECK(write_elements(tape_, edits, *output_));
  }
  tape_.clear();
  return {};
}

void Rewriter::file_by() {
  for (const TapeRecord& record : tape_.records()) {
    if (record.depth > 0 || !is_filing_tag(record.tag)) continue;
    if (record.kind != TapeRecord::Kind::element) continue;
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
