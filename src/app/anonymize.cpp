// SPDX-License-Identifier: MIT
#include "app/anonymize.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <mutex>
#include <set>

#include "app/crew.hpp"
#include "app/filing.hpp"
#include "app/header_scan.hpp"
#include "app/input_file.hpp"
#include "app/turnstile.hpp"
#include "deid/rewriter.hpp"
#include "dicom/transfer_syntax.hpp"

namespace dcm::app {
namespace {

using Clock = std::chrono::steady_clock;

/// Less than this is read and written quicker than it is told to the kernel.
constexpr std::uint64_t kWorthMoving = 64 * 1024;
/// So much is moved between two looks at the stop source.
constexpr std::uint64_t kMostMoved = std::uint64_t{64} << 20;

/// Whose doing an error is.
struct Trouble {
  enum class With : std::uint8_t { input, object, output };
  With with;
  Error error;
};

/// Takes one object after another through the rewriter. One thread's.
class ObjectCopier {
 public:
  ObjectCopier(const deid::Project& project, Budget& budget, std::atomic<std::uint64_t>& bytes_done,
               const StopSource& stop)
      : rewriter_(&project, budget), bytes_done_(bytes_done), stop_(stop) {}

  /// Starts with a file and tells what it holds.
  std::optional<Trouble> begin(Result<Fd> file, FileHead& head);

  /// Writes the object to `output`, which may be nullptr.
  std::optional<Trouble> copy(const ObjectInfo& info, store::StagedFile* output);

  [[nodiscard]] const deid::Rewriter& rewriter() const noexcept { return rewriter_; }

 private:
  class Output : public ByteSink {
   public:
    Result<void> write(Bytes bytes) override {
      return file != nullptr ? file->write(bytes) : Result<void>{};
    }
    store::StagedFile* file = nullptr;
  };

  Result<void> rewrite(const ObjectInfo& info);
  Result<void> move_passing();
  Result<void> move(std::uint64_t count);

  InputFile input_;
  deid::Rewriter rewriter_;
  Output output_;
  bool input_failed_ = false;
  std::atomic<std::uint64_t>& bytes_done_;
  const StopSource& stop_;
};

std::optional<Trouble> trouble(Trouble::With with, const Error& error) {
  return Trouble{with, error};
}

std::optional<Trouble> ObjectCopier::begin(Result<Fd> file, FileHead& head) {
  if (!file) return trouble(Trouble::With::input, file.error());
  Result<FileHead> told = input_.begin(std::move(*file));
  if (told) head = std::move(*told);
  if (told) return std::nullopt;
  return trouble(told.error().code == Errc::io ? Trouble::With::input : Trouble::With::object,
                 told.error());
}

std::optional<Trouble> ObjectCopier::copy(const ObjectInfo& info, store::StagedFile* output) {
  output_.file = output;
  input_failed_ = false;
  const Result<void> rewritten = rewrite(info);
  if (rewritten) return std::nullopt;
  rewriter_.abandon();
  const bool bad = classify(rewritten.error().code) == ErrorClass::bad_object;
  return trouble(input_failed_ ? Trouble::With::input
                 : bad         ? Trouble::With::object
                               : Trouble::With::output,
                 rewritten.error());
}

Result<void> ObjectCopier::rewrite(const ObjectInfo& info) {
  DCM_CHECK(rewriter_.begin(info, output_));
  for (;;) {
    const Result<Bytes> bytes = input_.next();
    input_failed_ = !bytes;
    if (!bytes) return fail(bytes.error());
    if (bytes->empty()) break;
    DCM_CHECK(rewriter_.feed(*bytes));
    bytes_done_ += bytes->size();
    DCM_CHECK(move_passing());
    if (stop_.requested()) return fail(Errc::interrupted);
  }
  return rewriter_.finish();
}

Result<void> ObjectCopier::move_passing() {
  const deid::PassingBytes passing = rewriter_.passing();
  std::uint64_t count = std::min(passing.count, input_.left());
  if (count < kWorthMoving) return {};
  rewriter_.pass(count);
  while (count > 0) {
    const std::uint64_t piece = std::min(count, kMostMoved);
    if (passing.kept && output_.file != nullptr) DCM_CHECK(move(piece));
    input_.skip(piece);
    bytes_done_ += piece;
    count -= piece;
    if (stop_.requested()) return fail(Errc::interrupted);
  }
  return {};
}

Result<void> ObjectCopier::move(std::uint64_t count) {
  const std::uint64_t from = input_.position();
  auto moved = output_.file->append_from(input_.fd(), from, count);
  // The kernel does not say which of the two files is at fault.
  if (!moved && moved.error().code == Errc::io) input_failed_ = !input_.is_readable(from, count);
  return moved;
}

/// One anonymize() or, without a tree, one rehearse().
class Anonymization {
 public:
  Anonymization(const LocalFiles& files, store::Tree* tree, const deid::Project& project,
                const StopSource& stop)
      : files_(files), tree_(tree), project_(project), stop_(stop), turnstile_(files.size()) {}

  AnonymizeReport run(unsigned jobs, const OnAnonymizeProgress& on_progress);

 private:
  void work();
  void handle(std::size_t index, ObjectCopier& copier);
  std::optional<Trouble> take(std::size_t index, const ObjectInfo& info, ObjectCopier& copier);
  Result<store::Placed> place(std::size_t index, std::optional<store::StagedFile> file,
                              const store::ObjectDescription& description);
  void note_head(FileHead::Kind kind);
  void note_stored(std::size_t index, const store::ObjectDescription& description,
                   store::Placed placed, const deid::Findings& findings);
  void note(std::size_t index, const ObjectInfo& info, const Trouble& met);
  void local_failure(const Error& error);
  void settle();
  [[nodiscard]] AnonymizeProgress progress();
  [[nodiscard]] bool over() const { return stopping_ || stop_.requested(); }
  [[nodiscard]] AnonymizeReport report(double seconds);

  const LocalFiles& files_;
  store::Tree* tree_;
  const deid::Project& project_;
  const StopSource& stop_;
  Budget header_budget_{2 * HeaderTape::kMaxBytes};
  Turnstile turnstile_;
  std::atomic<std::uint64_t> bytes_done_{0};
  std::atomic<std::uint64_t> files_done_{0};
  std::atomic<bool> stopping_{false};

  std::mutex mutex_;  ///< guards what follows
  AnonymizeReport report_;
  std::set<store::PatientKey> patients_;
  std::set<std::pair<store::PatientKey, std::string>> studies_;
};

void Anonymization::work() {
  ObjectCopier copier(project_, header_budget_, bytes_done_, stop_);
  while (!over()) {
    const std::optional<std::size_t> index = turnstile_.enter();
    if (!index) return;
    try {
      handle(*index, copier);
    } catch (...) {
      turnstile_.leave(*index);
      throw;
    }
    turnstile_.leave(*index);
    ++files_done_;
  }
}

void Anonymization::handle(std::size_t index, ObjectCopier& copier) {
  FileHead head;
  std::optional<Trouble> met = copier.begin(files_.open(index), head);
  if (!met && head.kind != FileHead::Kind::object) return note_head(head.kind);
  if (!met) met = take(index, head.info, copier);
  if (met) note(index, head.info, *met);
}

std::optional<Trouble> Anonymization::take(std::size_t index, const ObjectInfo& info,
                                           ObjectCopier& copier) {
  turnstile_.announce(index, info.sop_instance_uid);
  std::optional<store::StagedFile> file;
  if (tree_ != nullptr) {
    Result<store::StagedFile> staged = tree_->stage();
    if (!staged) return trouble(Trouble::With::output, staged.error());
    file.emplace(std::move(*staged));
  }
  if (auto met = copier.copy(info, file ? &*file : nullptr)) return met;
  const store::ObjectDescription description = describe(copier.rewriter().written(), &project_);
  const Result<store::Placed> placed = place(index, std::move(file), description);
  if (!placed) {
    const bool bad = classify(placed.error().code) == ErrorClass::bad_object;
    return trouble(bad ? Trouble::With::object : Trouble::With::output, placed.error());
  }
  note_stored(index, description, *placed, copier.rewriter().findings());
  return std::nullopt;
}

Result<store::Placed> Anonymization::place(std::size_t index, std::optional<store::StagedFile> file,
                                           const store::ObjectDescription& description) {
  if (!file) return store::Placed::stored;
  turnstile_.wait(index);
  return tree_->place(std::move(*file), description);
}

void Anonymization::note_head(FileHead::Kind kind) {
  const std::lock_guard lock(mutex_);
  ++(kind == FileHead::Kind::directory ? report_.directories : report_.not_dicom);
}

void Anonymization::note_stored(std::size_t index, const store::ObjectDescription& description,
                                store::Placed placed, const deid::Findings& findings) {
  const store::PatientKey patient = description.patient();
  const std::lock_guard lock(mutex_);
  if (placed == store::Placed::conflict) {
    ++report_.conflict;
    return;
  }
  ++(placed == store::Placed::stored ? report_.stored : report_.skipped);
  patients_.insert(patient);
  studies_.emplace(patient, description.study_instance_uid);
  report_.doubts.add(findings);
  if (findings.declared_burned_in || findings.suspected_burned_in || findings.unreadable > 0)
    report_.notable.push_back(
        {.file = index, .sop_instance_uid = description.sop_instance_uid, .findings = findings});
}

void Anonymization::note(std::size_t index, const ObjectInfo& info, const Trouble& met) {
  if (met.with == Trouble::With::output) return local_failure(met.error);
  NotableObject object{
      .file = index,
      .sop_instance_uid = project_.written_uid(tags::kSopInstanceUid, info.sop_instance_uid),
      .reason = met.error.code};
  const std::lock_guard lock(mutex_);
  if (met.with == Trouble::With::input) {
    ++report_.failed;
    ++report_.unreadable_files;
  } else {
    ++report_.refused;
    ++report_.refused_for[met.error.code];
  }
  report_.notable.push_back(std::move(object));
}

void Anonymization::local_failure(const Error& error) {
  stopping_ = true;
  const std::lock_guard lock(mutex_);
  if (!report_.fatal) report_.fatal = error;
}

AnonymizeProgress Anonymization::progress() {
  return {.files = files_.size(),
          .files_done = files_done_,
          .bytes = files_.bytes(),
          .bytes_done = bytes_done_};
}

void Anonymization::settle() {
  const std::vector<store::PatientKey> patients(patients_.begin(), patients_.end());
  const Result<store::Settled> settled = tree_->settle(patients, {});
  if (!settled) {
    report_.fatal = settled.error();
    return;
  }
  // Objects that an interrupted run left meet their likes only now.
  const std::uint64_t conflicts = settled->conflicts.size();
  const std::uint64_t unfiled =
      std::min(conflicts + settled->undescribed.size(), report_.stored + report_.skipped);
  const std::uint64_t unfiled_now = std::min(unfiled, report_.stored);
  report_.stored -= unfiled_now;
  report_.skipped -= unfiled - unfiled_now;
  report_.conflict += std::min(conflicts, unfiled);
  report_.failed += unfiled - std::min(conflicts, unfiled);
  report_.displaced = settled->displaced;
}

AnonymizeReport Anonymization::report(double seconds) {
  report_.expected = files_.size() - report_.directories - report_.not_dicom;
  report_.missing = report_.expected - (report_.stored + report_.skipped + report_.refused +
                                        report_.failed + report_.conflict);
  report_.waiting =
      tree_ == nullptr ? 0 : std::min(tree_->waiting(), report_.stored + report_.skipped);
  report_.patients = patients_.size();
  report_.studies = studies_.size();
  report_.unreadable_folders = files_.unreadable_folders();
  report_.links = files_.links();
  report_.irregular = files_.irregular();
  report_.bytes = bytes_done_;
  report_.seconds = seconds;
  std::sort(report_.notable.begin(), report_.notable.end(),
            [](const auto& one, const auto& other) { return one.file < other.file; });
  return std::move(report_);
}

AnonymizeReport Anonymization::run(unsigned jobs, const OnAnonymizeProgress& on_progress) {
  const auto begun = Clock::now();
  run_crew(
      std::min<std::size_t>(jobs, files_.size()), [this] { work(); },
      [&] { on_progress(progress()); }, [this] { local_failure({.code = Errc::internal}); });
  if (stop_.requested()) report_.fatal = Error{.code = Errc::interrupted};
  // What an interrupted run leaves waits for the names that the whole run would give.
  if (tree_ != nullptr && !report_.fatal) settle();
  on_progress(progress());
  return report(std::chrono::duration<double>(Clock::now() - begun).count());
}

/// The attributes `wanted` of the file that was begun. What cannot be read has none.
Attributes scan(InputFile& file, const FileHead& head, std::span<const Tag> wanted) {
  const TransferSyntax* syntax = find_transfer_syntax(head.info.transfer_syntax_uid);
  if (syntax == nullptr) return {};
  HeaderScan scan(syntax->encoding, wanted);
  Inflater inflater;
  while (!scan.complete()) {
    const Result<Bytes> bytes = file.next();
    if (!bytes || bytes->empty()) break;
    if (!(syntax->deflated ? inflater.feed(*bytes, scan) : scan.write(*bytes))) break;
  }
  return scan.found();
}

}  // namespace

AnonymizeReport anonymize(const LocalFiles& files, store::Tree& tree, const deid::Project& project,
                          unsigned jobs, const OnAnonymizeProgress& on_progress,
                          const StopSource& stop) {
  return Anonymization(files, &tree, project, stop).run(jobs, on_progress);
}

AnonymizeReport rehearse(const LocalFiles& files, const deid::Project& project, unsigned jobs,
                         const OnAnonymizeProgress& on_progress, const StopSource& stop) {
  return Anonymization(files, nullptr, project, stop).run(jobs, on_progress);
}

Result<std::vector<std::string>> patients(const LocalFiles& files, const StopSource& stop) {
  static constexpr std::array kWanted = {tags::kSpecificCharacterSet, tags::kPatientId,
                                         tags::kStudyInstanceUid};
  std::set<std::string> found;
  InputFile file;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (stop.requested()) return fail(Errc::interrupted);
    Result<Fd> opened = files.open(i);
    if (!opened) continue;
    const Result<FileHead> head = file.begin(std::move(*opened));
    if (!head || head->kind != FileHead::Kind::object) continue;
    const Attributes told = scan(file, *head, kWanted);
    const std::string id = told.text(tags::kPatientId);
    const std::string study = told.text(tags::kStudyInstanceUid);
    const std::string_view patient = deid::Project::patient(id, study);
    if (!patient.empty()) found.emplace(patient);
  }
  return std::vector<std::string>(found.begin(), found.end());
}

}  // namespace dcm::app
