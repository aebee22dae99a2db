// SPDX-License-Identifier: MIT
#include "app/object_filer.hpp"

#include <algorithm>

#include "app/filing.hpp"

namespace dcm::app {

ObjectFiler::ObjectFiler(const FilingContext& context, const SeriesIndex* index)
    : context_(context), index_(index), rewriter_(context.project, context.header_budget) {}

Checklist::Wanted ObjectFiler::wants() const {
  if (series_.empty())
    return index_ != nullptr && index_->has_unlisted() ? Checklist::Wanted::yes
                                                       : Checklist::Wanted::never;
  // In the order of their meaning: yes, no longer, never.
  Checklist::Wanted wanted = Checklist::Wanted::never;
  for (const std::size_t series : series_)
    wanted = std::min(wanted, context_.checklist.wants(series, sop_instance_uid_));
  return wanted;
}

void ObjectFiler::begin(const ObjectInfo& info) {
  failure_.reset();
  receipt_.reset();
  sop_instance_uid_ = info.sop_instance_uid;
  if (context_.stopping) {
    receipt_ = Receipt::stop;
    return;
  }
  if (index_ != nullptr) series_ = index_->of_instance(sop_instance_uid_);
  switch (wants()) {
    case Checklist::Wanted::yes:
      break;
    case Checklist::Wanted::no_longer:
      receipt_ = Receipt::stored;
      return;
    case Checklist::Wanted::never:
      context_.on_unasked();
      receipt_ = Receipt::refused;
      return;
  }
  if (const Result<void> started = start(info); !started) failure_ = started.error();
}

Result<void> ObjectFiler::start(const ObjectInfo& info) {
  DCM_TRY(output_.file, context_.tree.stage());
  return rewriter_.begin(info, output_);
}

void ObjectFiler::write(Bytes bytes) {
  context_.bytes_received += bytes.size();
  if (receipt_ || failure_) return;
  if (const Result<void> fed = rewriter_.feed(bytes); !fed) failure_ = fed.error();
}

Receipt ObjectFiler::end() {
  const Receipt receipt = conclude();
  context_.pace.await_turn();
  return receipt;
}

Receipt ObjectFiler::conclude() {
  if (receipt_) return *receipt_;
  if (!failure_) {
    Result<void> finished = rewriter_.finish();
    if (finished) finished = place();
    if (!finished) failure_ = finished.error();
  }
  output_.file.reset();
  return failure_ ? refuse(*failure_) : Receipt::stored;
}

Result<void> ObjectFiler::place() {
  const store::ObjectDescription description = describe(rewriter_.written(), context_.project);
  if (series_.empty())
    if (const auto series = index_->of_series(description.series_instance_uid)) series_ = {*series};
  settle_series(description);
  if (series_.empty() || !belongs_to(series_.front(), description)) return fail(Errc::uid_mismatch);
  DCM_TRY(const store::Placed placed, context_.tree.place(std::move(*output_.file), description));
  const InstanceState state = placed == store::Placed::stored     ? InstanceState::stored
                              : placed == store::Placed::conflict ? InstanceState::conflict
                                                                  : InstanceState::skipped;
  context_.on_placed(series_.front(), sop_instance_uid_, description.patient(),
                     rewriter_.findings());
  context_.checklist.mark(series_.front(), sop_instance_uid_, state);
  return {};
}

bool ObjectFiler::is_wanted_in(std::size_t series) const {
  return context_.checklist.wants(series, sop_instance_uid_) == Checklist::Wanted::yes;
}

/// Puts the series that the object is of in front.
void ObjectFiler::settle_series(const store::ObjectDescription& description) {
  const auto others =
      std::stable_partition(series_.begin(), series_.end(),
                            [&](std::size_t series) { return belongs_to(series, description); });
  std::stable_partition(series_.begin(), others,
                        [this](std::size_t series) { return is_wanted_in(series); });
}

bool ObjectFiler::belongs_to(std::size_t series,
                             const store::ObjectDescription& description) const {
  const PlannedSeries& planned = context_.plan.series[series];
  const auto written = [this](Tag tag, const std::string& uid) {
    return context_.project == nullptr ? uid : context_.project->written_uid(tag, uid);
  };
  return description.series_instance_uid ==
             written(tags::kSeriesInstanceUid, planned.series_instance_uid) &&
         description.study_instance_uid ==
             written(tags::kStudyInstanceUid, planned.study_instance_uid);
}

Receipt ObjectFiler::refuse(const Error& error) {
  if (classify(error.code) != ErrorClass::bad_object) {
    context_.on_local_failure(error);
    return Receipt::stop;
  }
  // What belongs to no series of the plan was not asked for, whatever else is wrong with it.
  if (series_.empty()) {
    context_.on_unasked();
    return Receipt::refused;
  }
  context_.on_refused(series_.front(), sop_instance_uid_, error.code);
  context_.checklist.mark(series_.front(), sop_instance_uid_, InstanceState::refused);
  return Receipt::refused;
}

void ObjectFiler::abandon() noexcept {
  rewriter_.abandon();
  output_.file.reset();
}

}  // namespace dcm::app
