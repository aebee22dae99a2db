// SPDX-License-Identifier: MIT
#include "app/diagnosis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "app/search.hpp"
#include "dicom/attributes.hpp"
#include "dicom/object_sink.hpp"
#include "dicom/sop_class.hpp"
#include "dicom/transfer_syntax.hpp"
#include "net/context_plan.hpp"
#include "net/echo.hpp"
#include "net/find.hpp"
#include "net/get.hpp"
#include "net/move.hpp"
#include "net/storage_scp.hpp"

namespace dcm::app {
namespace {

using net::PresentationContext;
using net::QueryLevel;
using net::QueryModel;

constexpr std::string_view kExplicit = "1.2.840.10008.1.2.1", kImplicit = "1.2.840.10008.1.2",
                           kDeflated = "1.2.840.10008.1.2.1.99", kBigEndian = "1.2.840.10008.1.2.2";

constexpr auto kLateObject = std::chrono::seconds(10);

/// Counts objects, keeps nothing.
class DroppingSink final : public ObjectSink {
 public:
  struct Seen {
    std::atomic<std::uint64_t> objects{0};
    std::atomic<const TransferSyntax*> syntax{nullptr};
  };
  explicit DroppingSink(Seen& seen) noexcept : seen_(seen) {}

  void begin(const ObjectInfo& info) override {
    seen_.syntax = find_transfer_syntax(info.transfer_syntax_uid);
  }
  void write(Bytes /*bytes*/) override {}
  Receipt end() override {
    ++seen_.objects;
    return Receipt::stored;
  }
  void abandon() noexcept override {}

 private:
  Seen& seen_;
};

/// Midnight of a day that was `days` ago, in UTC, as DICOM writes it.
std::string date_ago(int days) {
  const auto now = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  const std::chrono::year_month_day date(now - std::chrono::days(days));
  return fmt::format("{:04}{:02}{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

class Examiner {
 public:
  Examiner(const net::Peer& peer, const Examination& examination, const StopSource& stop)
      : peer_(peer), examination_(examination), stop_(stop) {}

  Diagnosis examine();

 private:
  using Trial = Diagnosis::Trial;

  Result<net::Association> open(std::span<const PresentationContext> contexts) const {
    return net::Association::open(peer_, contexts, stop_);
  }
  Trial services();
  Trial storage();
  Result<void> storage_part(std::span<const StorageSopClass> classes);
  Trial syntaxes();
  void lookups();
  Result<std::optional<Attributes>> first_answer(const net::Query& query);
  std::optional<Attributes> look_up(QueryLevel level, std::vector<net::QueryKey> keys,
                                    Diagnosis::Lookup& lookup);
  void deliveries();
  Result<void> fetch(net::Layout layout, Diagnosis::Delivery& delivery);
  Result<void> have_it_sent(std::optional<net::TlsSettings> tls, Diagnosis::Delivery& delivery);
  void wait_for_object(const DroppingSink::Seen& seen) const;
  [[nodiscard]] net::Query one_object() const;

  const net::Peer& peer_;
  const Examination& examination_;
  const StopSource& stop_;
  Diagnosis found_;
  const StorageSopClass* image_class_ = nullptr;  // the first that the server accepts
  std::string study_, series_, modality_, instance_, sop_class_;
};

Diagnosis::Trial tried(const Result<void>& result) {
  return {.error = result ? Error{} : result.error(), .tried = true};
}

Diagnosis::Trial Examiner::services() {
  const auto from = std::chrono::steady_clock::now();
  std::vector<PresentationContext> contexts{net::verification_context()};
  for (const auto model : {QueryModel::study_root, QueryModel::patient_root}) {
    contexts.push_back(net::find_context(model));
    contexts.push_back(net::get_context(model));
    contexts.push_back(net::move_context(model));
  }
  auto association = open(contexts);
  if (!association) return {.error = association.error(), .tried = true};
  const auto taken = std::chrono::steady_clock::now() - from;
  found_.association_took = std::chrono::ceil<std::chrono::milliseconds>(taken);
  const auto accepts = [&](const PresentationContext& context) {
    return association->accepts(context.abstract_syntax);
  };
  found_.study_root = {accepts(contexts[1]), accepts(contexts[2]), accepts(contexts[3])};
  found_.patient_root = {accepts(contexts[4]), accepts(contexts[5]), accepts(contexts[6])};
  found_.echo = tried(net::echo(*association));
  association->release();
  return {.tried = true};
}

Result<void> Examiner::storage_part(std::span<const StorageSopClass> classes) {
  std::vector<PresentationContext> contexts{net::get_context(QueryModel::study_root)};
  for (const auto& each : classes) {
    contexts.push_back(
        {std::string(each.uid), {std::string(kExplicit), std::string(kImplicit)}, net::Role::scp});
  }
  DCM_TRY(auto association, open(contexts));
  const auto accepted = association.contexts();
  for (const auto& each : classes) {
    ++found_.storage.proposed;
    const auto context = std::find_if(accepted.begin(), accepted.end(), [&](const auto& one) {
      return one.abstract_syntax == each.uid;
    });
    if (context == accepted.end()) {
      found_.storage.refused.push_back(each.keyword);
      continue;
    }
    ++found_.storage.accepted;
    if (context->role == net::Role::scp) ++found_.storage.with_role;
    const bool is_image = each.kind == StorageKind::image;
    if (image_class_ == nullptr && is_image) image_class_ = &each;
  }
  association.release();
  return {};
}

Diagnosis::Trial Examiner::storage() {
  const auto all = storage_sop_classes();
  constexpr std::size_t kAtOnce = net::kMaxContexts - 1;
  for (std::size_t at = 0; at < all.size(); at += kAtOnce) {
    const auto part = tried(storage_part(all.subspan(at, std::min(kAtOnce, all.size() - at))));
    if (!part.worked()) return part;
  }
  return {.tried = true};
}

Diagnosis::Trial Examiner::syntaxes() {
  if (image_class_ == nullptr) return {};
  found_.syntaxes.image_class = image_class_->keyword;
  std::vector<std::string_view> proposed{kExplicit, kImplicit, kDeflated, kBigEndian};
  const auto compressed = compressed_syntaxes();
  proposed.insert(proposed.end(), compressed.begin(), compressed.end());
  std::vector<PresentationContext> contexts{net::get_context(QueryModel::study_root)};
  for (const auto syntax : proposed) {
    contexts.push_back({std::string(image_class_->uid), {std::string(syntax)}, net::Role::scp});
  }
  auto association = open(contexts);
  if (!association) return {.error = association.error(), .tried = true};
  const auto accepted = association->contexts();
  for (const auto syntax : proposed) {
    const bool is_accepted = std::any_of(accepted.begin(), accepted.end(), [&](const auto& one) {
      return one.abstract_syntax == image_class_->uid && one.transfer_syntax == syntax;
    });
    auto& list = is_accepted ? found_.syntaxes.accepted : found_.syntaxes.refused;
    list.push_back(find_transfer_syntax(syntax)->keyword);
  }
  association->release();
  return {.tried = true};
}

/// On an association of its own: ending a query early may cost it.
Result<std::optional<Attributes>> Examiner::first_answer(const net::Query& query) {
  const std::vector<PresentationContext> contexts{net::find_context(query.model)};
  DCM_TRY(auto association, open(contexts));
  std::optional<Attributes> first;
  const auto found = net::find(association, query, [&](Attributes answer) -> Result<void> {
    first = std::move(answer);
    return fail(Errc::interrupted);
  });
  if (!found && !first) return fail(found.error());
  association.release();
  return first;
}

std::optional<Attributes> Examiner::look_up(QueryLevel level, std::vector<net::QueryKey> keys,
                                            Diagnosis::Lookup& lookup) {
  auto answer = first_answer({QueryModel::study_root, level, std::move(keys)});
  lookup.tried = true;
  if (!answer) {
    lookup.error = answer.error();
    return std::nullopt;
  }
  lookup.answered = answer->has_value();
  return std::move(*answer);
}

/// Asks for unique keys and the modality only, so that no answer tells of a patient.
void Examiner::lookups() {
  std::vector<net::QueryKey> keys{
      {tags::kSpecificCharacterSet, vr::kCS, {}},
      {tags::kStudyInstanceUid, vr::kUI, examination_.study_instance_uid}};
  if (!found_.study_named) {
    keys.push_back({tags::kStudyDate, vr::kDA, date_ago(kRecentDays) + "-" + date_ago(-1)});
  }
  const auto study = look_up(QueryLevel::study, keys, found_.study);
  if (!study) return;
  found_.character_sets = study->values(tags::kSpecificCharacterSet);
  study_ = study->text(tags::kStudyInstanceUid);
  if (study_.empty()) return;

  const net::QueryKey of_study{tags::kStudyInstanceUid, vr::kUI, study_};
  const auto series =
      look_up(QueryLevel::series,
              {of_study, {tags::kSeriesInstanceUid, vr::kUI, {}}, {tags::kModality, vr::kCS, {}}},
              found_.series);
  if (!series) return;
  series_ = series->text(tags::kSeriesInstanceUid);
  modality_ = series->text(tags::kModality);
  if (series_.empty()) return;

  const auto image = look_up(QueryLevel::image,
                             {of_study,
                              {tags::kSeriesInstanceUid, vr::kUI, series_},
                              {tags::kSopInstanceUid, vr::kUI, {}},
                              {tags::kSopClassUid, vr::kUI, {}}},
                             found_.image);
  if (!image) return;
  instance_ = image->text(tags::kSopInstanceUid);
  sop_class_ = image->text(tags::kSopClassUid);
}

net::Query Examiner::one_object() const {
  return {QueryModel::study_root,
          QueryLevel::image,
          {{tags::kStudyInstanceUid, vr::kUI, study_},
           {tags::kSeriesInstanceUid, vr::kUI, series_},
           {tags::kSopInstanceUid, vr::kUI, instance_}}};
}

/// What came, and what the server said of it.
Result<void> conclude(Diagnosis::Delivery& delivery, const DroppingSink::Seen& seen,
                      std::uint16_t status) {
  delivery.received = seen.objects;
  if (const auto* syntax = seen.syntax.load()) delivery.transfer_syntax = syntax->keyword;
  if (status != 0) return fail(Errc::dimse_status, {.detail = status});
  return {};
}

Result<void> Examiner::fetch(net::Layout layout, Diagnosis::Delivery& delivery) {
  const auto query = one_object();
  net::SeriesContents contents;
  contents.modality = modality_;  // dcmqrscp does not tell the class
  if (!sop_class_.empty()) contents.sop_classes = {sop_class_};
  const auto groups = net::plan_contexts(query.model, {&contents, 1}, layout);
  DCM_TRY(auto association, open(groups.front().contexts));
  DroppingSink::Seen seen;
  DroppingSink sink(seen);
  DCM_TRY(const auto outcome, net::get(association, query, sink));
  association.release();
  return conclude(delivery, seen, outcome.status);
}

Result<void> Examiner::have_it_sent(std::optional<net::TlsSettings> tls,
                                    Diagnosis::Delivery& delivery) {
  DroppingSink::Seen seen;
  net::StorageScpSettings settings;
  settings.tls = std::move(tls);
  std::mutex mutex;
  settings.on_turned_away = [&](const net::Caller& caller, const Error& error) {
    if (!may_be_the_server(error)) return;
    const std::lock_guard lock(mutex);
    delivery.stranger = caller;
    delivery.refusal = error;
  };
  settings.port = examination_.receive_port;
  settings.ae_title = peer_.calling_aet;
  settings.expected = expected_senders(peer_.host, examination_.receive_from);
  DCM_TRY(const auto scp,
          net::StorageScp::open(
              std::move(settings),
              [&](const auto&) { return std::make_unique<DroppingSink>(seen); }, stop_));
  const std::vector<PresentationContext> contexts{net::move_context(QueryModel::study_root)};
  DCM_TRY(auto association, open(contexts));
  DCM_TRY(const auto outcome, net::move(association, one_object(), peer_.calling_aet));
  association.release();
  if (outcome.status == 0) wait_for_object(seen);
  scp->close();
  return conclude(delivery, seen, outcome.status);
}

/// Some servers answer before they send.
void Examiner::wait_for_object(const DroppingSink::Seen& seen) const {
  const auto until = std::chrono::steady_clock::now() + kLateObject;
  while (seen.objects == 0 && !stop_.requested() && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

void Examiner::deliveries() {
  const auto inbound = inbound_tls(peer_, examination_.inbound);
  found_.would_be_plain = !inbound;
  if (!found_.study_named || instance_.empty()) return;
  // In one layout of contexts after the other, as a retrieval does.
  for (const auto layout : {net::Layout::native_first, net::Layout::uncompressed_only}) {
    if (!found_.study_root.get || found_.get.received > 0) break;
    static_cast<Trial&>(found_.get) = tried(fetch(layout, found_.get));
  }
  if (found_.study_root.move && examination_.receive_port != 0 && inbound) {
    static_cast<Trial&>(found_.move) = tried(have_it_sent(*inbound, found_.move));
  }
}

Diagnosis Examiner::examine() {
  found_.study_named = !examination_.study_instance_uid.empty();
  found_.association = services();
  if (!found_.association.worked()) return std::move(found_);
  if (found_.gets()) found_.storage.asked = storage();
  if (found_.storage.asked.worked()) found_.syntaxes.asked = syntaxes();
  if (found_.study_root.find) lookups();
  deliveries();
  return std::move(found_);
}

}  // namespace

Diagnosis diagnose(const net::Peer& peer, const Examination& examination, const StopSource& stop) {
  return Examiner(peer, examination, stop).examine();
}

}  // namespace dcm::app
