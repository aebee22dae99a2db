// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/checklist.hpp"
#include "app/pace.hpp"
#include "app/series_index.hpp"
#include "deid/rewriter.hpp"
#include "dicom/object_sink.hpp"
#include "store/tree.hpp"

namespace dcm::app {

/// What the filers of one retrieval share. The callbacks may come from any thread.
struct FilingContext {
  const Plan& plan;
  Checklist& checklist;
  store::Tree& tree;
  const deid::Project* project;  ///< nullptr: as received
  Budget& header_budget;
  Pace& pace;
  std::atomic<std::uint64_t>& bytes_received;
  std::atomic<bool>& stopping;  ///< once set, no filer takes another object

  std::function<void(std::size_t series, const std::string& sop_instance_uid, Errc reason)>
      on_refused;
  std::function<void()> on_unasked;
  std::function<void(std::size_t series, const std::string& sop_instance_uid,
                     const store::PatientKey& written, const deid::Findings& findings)>
      on_placed;
  std::function<void(const Error&)> on_local_failure;  ///< after it the filer answers `stop`
};

/// The object sink of one association: rewrites each object in flight into a staged file and hands
/// it to the tree when it is whole. Takes only what the plan asks for. Used by one thread.
class ObjectFiler : public ObjectSink {
 public:
  /// Takes objects of the series that expect() told, or, with an index, of any series of the plan
  /// in any order. Both must outlive it.
  explicit ObjectFiler(const FilingContext& context, const SeriesIndex* index = nullptr);

  /// The series whose objects come next, an index into the plan.
  void expect(std::size_t series) { series_ = {series}; }

  void begin(const ObjectInfo& info) override;
  void write(Bytes bytes) override;
  [[nodiscard]] Receipt end() override;
  void abandon() noexcept override;

 private:
  /// What the rewriter writes goes into the staged file of the moment.
  class Output : public ByteSink {
   public:
    Result<void> write(Bytes bytes) override { return file->write(bytes); }
    std::optional<store::StagedFile> file;
  };

  [[nodiscard]] Checklist::Wanted wants() const;
  Result<void> start(const ObjectInfo& info);
  Receipt conclude();
  Result<void> place();
  Receipt refuse(const Error& error);
  [[nodiscard]] bool is_wanted_in(std::size_t series) const;
  [[nodiscard]] bool belongs_to(std::size_t series,
                                const store::ObjectDescription& description) const;
  void settle_series(const store::ObjectDescription& description);

  const FilingContext& context_;
  const SeriesIndex* index_;
  std::vector<std::size_t> series_;  ///< it may be of; none while only the object itself can tell
  std::string sop_instance_uid_;
  Output output_;
  deid::Rewriter rewriter_;
  std::optional<Error> failure_;    ///< of the object at hand; its other bytes are passed over
  std::optional<Receipt> receipt_;  ///< decided before the object came
};

}  // namespace dcm::app
