// SPDX-License-Identifier: MIT
#include "app/explanation.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "app/input_file.hpp"
#include "base/budget.hpp"
#include "base/byte_sink.hpp"
#include "deid/deidentifier.hpp"
#include "dicom/character_set.hpp"
#include "dicom/deflate.hpp"
#include "dicom/element_reader.hpp"
#include "dicom/text.hpp"
#include "dicom/transfer_syntax.hpp"

namespace dcm::app {
namespace {

/// Larger bulk values are not kept; the rewriter does not look into them either.
constexpr std::uint32_t kBulkBytes = std::uint32_t{1} << 20;
constexpr std::size_t kLongestText = 65536;

bool is_pixel_data(Tag tag) noexcept {
  return tag.group == 0x7FE0 &&
         (tag.element == 0x0010 || tag.element == 0x0008 || tag.element == 0x0009);
}

/// Takes a data set in pieces and tells what becomes of it.
class Explainer : public ByteSink {
 public:
  Explainer(const deid::Project& project, const ObjectInfo& info, Encoding encoding)
      : reader_(encoding), deidentifier_(project), sop_class_uid_(info.sop_class_uid) {
    deidentifier_.begin(sop_class_uid_, encoding);
  }

  Result<void> write(Bytes bytes) override;
  Result<Explanation> finish();

 private:
  Result<void> on_event(const Event& event);
  Result<void> end_header();
  Result<void> explain_tape();
  [[nodiscard]] ExplainedAttribute explain(std::size_t index, const Edits& edits);
  void describe_values(std::size_t index, const Edits& edits, ExplainedAttribute& attribute);
  [[nodiscard]] std::string creator_of(std::size_t index) const;

  Budget budget_{2 * HeaderTape::kMaxBytes};
  HeaderTape tape_{budget_};
  ElementReader reader_;
  deid::Deidentifier deidentifier_;
  std::string sop_class_uid_;
  Explanation explanation_;
  deid::Part part_ = deid::Part::header;
  bool skipping_fragments_ = false;
  std::uint64_t value_left_ = 0;  ///< of a value that is passed over
};

Result<void> Explainer::write(Bytes bytes) {
  reader_.feed(bytes);
  for (;;) {
    DCM_TRY(const Event event, reader_.next());
    if (event.kind == Event::Kind::need_input) return {};
    DCM_CHECK(on_event(event));
  }
}

Result<void> Explainer::on_event(const Event& event) {
  if (skipping_fragments_) {
    skipping_fragments_ = event.kind != Event::Kind::sequence_end;
    return {};
  }
  if (value_left_ > 0) {
    value_left_ -= event.bytes.size();
    return {};
  }
  DCM_CHECK(tape_.append(event, reader_.open()));
  if (event.kind == Event::Kind::encapsulated && reader_.open() == 1 && is_pixel_data(event.tag)) {
    skipping_fragments_ = true;
    return end_header();
  }
  const bool top_level = event.kind == Event::Kind::element && reader_.open() == 0;
  if (!top_level || !is_bulk(event.vr)) return {};
  if (is_pixel_data(event.tag)) {
    value_left_ = event.length;
    return end_header();
  }
  if (event.length <= kBulkBytes) return {};
  value_left_ = event.length;
  tape_.drop_value();
  return {};
}

Result<void> Explainer::end_header() {
  DCM_CHECK(explain_tape());
  tape_.clear();
  part_ = deid::Part::trailer;
  return {};
}

Result<Explanation> Explainer::finish() {
  DCM_CHECK(reader_.finish());
  DCM_CHECK(explain_tape());
  explanation_.sop_class_uid = sop_class_uid_;
  return std::move(explanation_);
}

Result<void> Explainer::explain_tape() {
  DCM_TRY(const Edits edits, deidentifier_.edits(tape_, part_));
  const auto records = tape_.records();
  std::vector<unsigned> items(2 * ElementReader::kMaxDepth + 2);  // by depth of the items
  for (std::size_t i = 0; i < records.size();) {
    const TapeRecord& record = records[i];
    if (record.kind == TapeRecord::Kind::item) ++items[record.depth];
    const bool attribute = record.kind == TapeRecord::Kind::element ||
                           record.kind == TapeRecord::Kind::sequence ||
                           record.kind == TapeRecord::Kind::encapsulated;
    if (!attribute) {
      ++i;
      continue;
    }
    items[record.depth + 1U] = 0;
    ExplainedAttribute explained = explain(i, edits);
    if (record.depth > 0) explained.item = items[record.depth - 1U];
    const deid::Action action = explained.rule.action;
    explanation_.attributes.push_back(std::move(explained));
    const bool empties = action == deid::Action::remove || action == deid::Action::empty;
    i = empties ? tape_.subtree_end(i) : i + 1;
  }
  return {};
}

ExplainedAttribute Explainer::explain(std::size_t index, const Edits& edits) {
  const TapeRecord& record = tape_.records()[index];
  const deid::Decision& decision = deidentifier_.review().decisions()[index];
  ExplainedAttribute attribute;
  attribute.tag = record.tag;
  attribute.vr = record.kind == TapeRecord::Kind::sequence ? vr::kSQ : record.vr;
  attribute.depth = record.depth / 2U;
  attribute.rule = decision.rule;
  attribute.trailer = part_ == deid::Part::trailer;
  attribute.length = record.length == kUndefinedLength ? 0 : record.length;
  attribute.creator = creator_of(index);
  if (record.kind == TapeRecord::Kind::element) describe_values(index, edits, attribute);
  return attribute;
}

void Explainer::describe_values(std::size_t index, const Edits& edits,
                                ExplainedAttribute& attribute) {
  const TapeRecord& record = tape_.records()[index];
  const deid::Decision& decision = deidentifier_.review().decisions()[index];
  if (decision.vr != vr::kNone) attribute.vr = decision.vr;
  const bool incomplete = index + 1 == tape_.records().size() && tape_.value_incomplete();
  if (incomplete || record.dropped || !is_string(attribute.vr)) return;
  const auto sets = CharacterSets::parse(deidentifier_.review().character_set(decision));
  const auto readable = [&](Bytes value) {
    const auto bytes = as_text(value.first(std::min(value.size(), kLongestText)));
    return std::string(trim(to_utf8(bytes, sets, attribute.vr)));
  };
  const Bytes value = tape_.value(record);
  attribute.before = readable(value);
  const std::optional<Bytes> after = edits.value_after(index, value);
  if (!after) return;
  attribute.after = readable(*after);
  // What stays is cleaned all the same, and here it was.
  const bool changed = after->data() != value.data();
  if (changed && attribute.rule.action == deid::Action::keep)
    attribute.rule.action = deid::Action::clean;
}

/// The private creator (PS3.5 7.8.1) of the block that the record belongs to.
std::string Explainer::creator_of(std::size_t index) const {
  const auto records = tape_.records();
  const TapeRecord& record = records[index];
  if (!record.tag.is_private() || record.tag.element <= 0x00FF) return {};
  const Tag creator{record.tag.group, static_cast<std::uint16_t>(record.tag.element >> 8U)};
  for (std::size_t i = index; i-- > 0 && records[i].depth >= record.depth;) {
    const bool found = records[i].depth == record.depth && records[i].tag == creator &&
                       records[i].kind == TapeRecord::Kind::element;
    if (found) return std::string(trim(to_utf8(as_text(tape_.value(records[i])), {}, vr::kLO)));
  }
  return {};
}

}  // namespace

Result<Explanation> explain_file(const std::string& path, const deid::Project& project) {
  // Not to wait for the writer of a pipe.
  Fd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd) return fail(last_io_error());
  InputFile file;
  DCM_TRY(const FileHead head, file.begin(std::move(fd)));
  if (head.kind != FileHead::Kind::object) return fail(Errc::bad_file_meta);
  const TransferSyntax* syntax = find_transfer_syntax(head.info.transfer_syntax_uid);
  if (syntax == nullptr) return fail(Errc::unsupported_syntax);

  Explainer explainer(project, head.info, syntax->encoding);
  Inflater inflater;
  for (;;) {
    DCM_TRY(const Bytes bytes, file.next());
    if (bytes.empty()) break;
    DCM_CHECK(syntax->deflated ? inflater.feed(bytes, explainer) : explainer.write(bytes));
  }
  if (syntax->deflated) DCM_CHECK(inflater.finish());
  return explainer.finish();
}

}  // namespace dcm::app
