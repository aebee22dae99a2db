// SPDX-License-Identifier: MIT
#include "deid/rewriter.hpp"

#include <algorithm>

#include "dicom/dictionary.hpp"
#include "dicom/filing_tags.hpp"
#include "dicom/text.hpp"
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

Rewriter::Rewriter(const Project* project, Budget& budget) : project_(project), tape_(budget) {
  if (project != nullptr) deidentifier_.emplace(*project);
}

Rewriter::~Rewriter() = default;

Result<void> Rewriter::begin(const ObjectInfo& info, ByteSink& output) {
  tape_.clear();
  written_ = {};
  received_uid_.clear();
  part_ = Part::header;
  streaming_ = Streaming::no;
  stream_left_ = 0;
  undecided_ = 0;
  info_ = info;
  const TransferSyntax* syntax = find_transfer_syntax(info.transfer_syntax_uid);
  if (syntax == nullptr) return fail(Errc::unsupported_syntax);
  if (info.sop_instance_uid.empty() || info.sop_class_uid.empty()) return fail(Errc::missing_uid);

  reader_.emplace(syntax->encoding);
  if (deidentifier_) deidentifier_->begin(info_.sop_class_uid, syntax->encoding);
  inflater_ = syntax->deflated ? std::make_unique<Inflater>() : nullptr;
  deflater_ =
      syntax->deflated && project_ != nullptr ? std::make_unique<Deflater>(output) : nullptr;
  file_ = &output;
  output_ = deflater_ ? deflater_.get() : &output;
  const std::string instance =
      project_ == nullptr ? info.sop_instance_uid
                          : project_->written_uid(tags::kSopInstanceUid, info.sop_instance_uid);
  const FileMeta meta{info.sop_class_uid, instance, info.transfer_syntax_uid};
  return file_->write(meta.encode());
}

Result<void> Rewriter::feed(Bytes bytes) {
  Result<void> taken = take(bytes);
  if (!taken) abandon();
  return taken;
}

Result<void> Rewriter::take(Bytes bytes) {
  if (project_ == nullptr) DCM_CHECK(file_->write(bytes));
  if (inflater_) return inflater_->feed(bytes, *this);
  return write(bytes);
}

Result<void> Rewriter::write(Bytes inflated) {
  reader_->feed(inflated);
  tape_.lend(inflated);
  for (;;) {
    const Result<Event> event = reader_->next();
    if (!event) return fail(event.error());
    if (event->kind == Event::Kind::need_input) break;
    DCM_CHECK(on_event(*event));
  }
  tape_.settle();
  tape_.lend({});
  return {};
}

Result<void> Rewriter::on_event(const Event& event) {
  if (streaming_ != Streaming::no) return stream(event);
  if (undecided_ > 0) return decide(event);
  const std::size_t open = reader_->open();
  DCM_CHECK(tape_.append(event, open));
  const bool fragments = event.kind == Event::Kind::encapsulated && open == 1;
  const bool bulk = event.kind == Event::Kind::element && open == 0 && is_bulk(event.vr);
  if (!fragments && !bulk) return {};
  const bool one_by_one = project_ == nullptr || project_->profile.is_local();
  if (is_pixel_data(event.tag) || (fragments && one_by_one))
    return begin_streaming(stays(tape_.records().back()) ? Streaming::keep : Streaming::drop);
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
  DCM_CHECK(judge_bulk());
  if (rest.bytes.empty()) return {};
  return streaming_ == Streaming::no ? tape_.append(rest, 0) : stream(rest);
}

/// What is large and no pixel data, once it is known whether it holds items.
Result<void> Rewriter::judge_bulk() {
  tape_.settle();
  const TapeRecord& record = tape_.records().back();
  if (starts_with_item(tape_.bytes().last(kItemHeader))) return {};
  if (project_ == nullptr || project_->profile.is_local())
    return begin_streaming(stays(record) ? Streaming::keep : Streaming::drop);
  if (stays(record)) return {};
  stream_left_ = record.length - kItemHeader;
  streaming_ = Streaming::drop;
  tape_.drop_value();
  return {};
}

/// The private creator of a record at the top level, as far as it is on the tape.
std::string_view Rewriter::creator_of(const TapeRecord& record) const noexcept {
  const Tag creator{record.tag.group, static_cast<std::uint16_t>(record.tag.element >> 8U)};
  for (const TapeRecord& each : tape_.records())
    if (each.depth == 0 && each.tag == creator && each.kind == TapeRecord::Kind::element)
      return as_text(tape_.value(each));
  return {};
}

bool Rewriter::stays(const TapeRecord& record) const noexcept {
  if (project_ == nullptr) return true;
  const Rule rule = record.tag.is_private()
                        ? project_->profile.private_rule(record.tag, creator_of(record), record.vr)
                        : project_->profile.rule(record.tag, record.vr);
  return rule.action == Action::keep || rule.action == Action::clean;
}

Result<void> Rewriter::begin_streaming(Streaming streaming) {
  tape_.settle();
  const TapeRecord& last = tape_.records().back();
  streaming_ = streaming;
  const std::size_t begun = tape_.bytes().size() - last.offset - last.header_size();
  stream_left_ = last.length == kUndefinedLength ? kUndefinedLength : last.length - begun;
  if (stream_left_ == 0) streaming_ = Streaming::no;
  const bool pixel_data = is_pixel_data(last.tag);
  DCM_CHECK(flush());
  if (pixel_data) part_ = Part::trailer;
  return {};
}

Result<void> Rewriter::stream(const Event& event) {
  const bool write_it = streaming_ == Streaming::keep && project_ != nullptr;
  if (stream_left_ == kUndefinedLength) {
    if (event.kind == Event::Kind::sequence_end) streaming_ = Streaming::no;
  } else {
    count_streamed(event.bytes.size());
  }
  if (!write_it || event.bytes.empty()) return {};
  return output_->write(event.bytes);
}

void Rewriter::count_streamed(std::uint64_t bytes) noexcept {
  stream_left_ -= bytes;
  if (stream_left_ == 0) streaming_ = Streaming::no;
}

PassingBytes Rewriter::passing() const noexcept {
  if (streaming_ == Streaming::no || inflater_ || project_ == nullptr) return {};
  return {reader_->value_ahead(), streaming_ == Streaming::keep};
}

void Rewriter::pass(std::uint64_t count) noexcept {
  reader_->pass(count);
  if (stream_left_ != kUndefinedLength) count_streamed(count);
}

Result<void> Rewriter::flush() {
  for (const TapeRecord& record : tape_.records())
    if (record.depth == 0 && record.tag == tags::kSopInstanceUid && received_uid_.empty() &&
        record.kind == TapeRecord::Kind::element)
      received_uid_ = trim(as_text(tape_.value(record)));
  if (!deidentifier_) {
    file_by({});
  } else {
    DCM_TRY(const Edits edits, deidentifier_->edits(tape_, part_));
    file_by(edits);
    DCM_CHECK(write_elements(tape_, edits, *output_));
  }
  tape_.clear();
  return {};
}

void Rewriter::file_by(const Edits& edits) {
  const auto records = tape_.records();
  for (std::size_t i = 0; i < records.size(); ++i) {
    const TapeRecord& record = records[i];
    if (record.depth > 0 || !is_filing_tag(record.tag)) continue;
    if (record.kind != TapeRecord::Kind::element) continue;
    if (i + 1 == records.size() && tape_.value_incomplete()) continue;
    const std::optional<Bytes> value = edits.value_after(i, tape_.value(record));
    // The dictionary's VR: a server may have sent UN.
    if (value) written_.add(record.tag, dictionary_vr(record.tag), *value);
  }
  if (!deidentifier_ || part_ == Part::trailer) return;
  if (const std::string_view id = deidentifier_->added_patient_id(); !id.empty())
    written_.add(tags::kPatientId, vr::kLO, as_bytes(id));
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
  if (received_uid_.empty()) return fail(Errc::missing_uid);
  if (received_uid_ != info_.sop_instance_uid) return fail(Errc::uid_mismatch);
  return {};
}

Findings Rewriter::findings() const noexcept {
  return deidentifier_ ? deidentifier_->findings() : Findings{};
}

void Rewriter::abandon() noexcept { tape_.clear(); }

}  // namespace dcm::deid
