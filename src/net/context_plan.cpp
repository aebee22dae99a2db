// SPDX-License-Identifier: MIT
#include "net/context_plan.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "dicom/sop_class.hpp"
#include "dicom/transfer_syntax.hpp"
#include "net/get.hpp"

namespace dcm::net {
namespace {

using Uids = std::vector<std::string>;

constexpr std::string_view kDeflated = "1.2.840.10008.1.2.1.99";
constexpr std::string_view kSecondaryCapture = "1.2.840.10008.5.1.4.1.1.7";
constexpr std::size_t kMaxStorageContexts = kMaxContexts - 1;

bool contains(const Uids& uids, std::string_view uid) {
  return std::find(uids.begin(), uids.end(), uid) != uids.end();
}

void add(Uids& uids, std::string_view uid) {
  if (!contains(uids, uid)) uids.emplace_back(uid);
}

StorageKind kind_of(std::string_view sop_class) {
  const auto* known = find_storage_sop_class(sop_class);
  return known == nullptr ? StorageKind::image : known->kind;
}

/// The order in which to guess at classes: those of the modality, then what costs few contexts or
/// is common beside any modality, then the other images.
int guess_rank(std::string_view sop_class, const Uids& of_modality) {
  if (contains(of_modality, sop_class)) return 0;
  return sop_class == kSecondaryCapture || kind_of(sop_class) == StorageKind::other ? 1 : 2;
}

/// The classes that a series may hold, the likely ones first.
Uids classes_of(const SeriesContents& series) {
  Uids classes;
  for (const auto& uid : series.sop_classes) add(classes, uid);
  if (!classes.empty()) return classes;
  const auto with_any = storage_classes_for_modality({}).size();
  const auto likely = storage_classes_for_modality(series.modality);
  for (const auto& uid : likely) add(classes, uid);
  const Uids of_modality(classes.begin(), classes.end() - static_cast<std::ptrdiff_t>(with_any));
  if (of_modality.empty())
    for (const auto& each : storage_sop_classes()) add(classes, each.uid);
  std::stable_sort(classes.begin(), classes.end(), [&](const auto& a, const auto& b) {
    return guess_rank(a, of_modality) < guess_rank(b, of_modality);
  });
  return classes;
}

/// The compressed syntaxes to propose for a class, each on a context of its own.
Uids compressed_for(std::string_view sop_class, const Uids& seen) {
  Uids syntaxes;
  for (const auto& uid : seen) {
    const auto* syntax = find_transfer_syntax(uid);
    if (syntax != nullptr && syntax->encapsulated) add(syntaxes, uid);
  }
  const auto kind = kind_of(sop_class);
  if (kind == StorageKind::image) {
    for (const auto& uid : compressed_syntaxes()) add(syntaxes, uid);
  } else if (kind == StorageKind::video) {
    for (const auto& uid : video_syntaxes()) add(syntaxes, uid);
  }
  return syntaxes;
}

/// Plans for all series at once, so that a class gets the same contexts wherever it is proposed.
class Planner {
 public:
  Planner(QueryModel model, std::span<const SeriesContents> series, Layout layout)
      : model_(model), layout_(layout) {
    for (const auto& each : series) {
      classes_.push_back(classes_of(each));
      for (const auto& sop_class : classes_.back()) {
        auto& seen = seen_[sop_class];
        for (const auto& syntax : each.transfer_syntaxes) add(seen, syntax);
      }
    }
  }

  std::vector<ContextGroup> plan() && {
    for (std::size_t at = 0; at < classes_.size(); ++at) place(at);
    return std::move(groups_);
  }

 private:
  std::vector<PresentationContext> contexts_for(const std::string& sop_class) const {
    std::vector<PresentationContext> contexts;
    const auto propose = [&](Uids syntaxes) {
      contexts.push_back({sop_class, std::move(syntaxes), Role::scp});
    };
    const Uids plain{"1.2.840.10008.1.2.1", "1.2.840.10008.1.2"};
    if (layout_ == Layout::uncompressed_only) {
      propose(plain);
      propose({std::string(kDeflated)});
      return contexts;
    }
    for (const auto& syntax : compressed_for(sop_class, seen_.at(sop_class))) propose({syntax});
    propose({std::string(kDeflated)});
    propose(plain);
    return contexts;
  }

  std::size_t cost(const Uids& classes) const {
    std::size_t sum = 0;
    for (const auto& each : classes) sum += contexts_for(each).size();
    return sum;
  }

  Uids lacking(const Uids& classes) const {
    Uids missing;
    for (const auto& each : classes) {
      if (!contains(proposed_, each)) missing.push_back(each);
    }
    return missing;
  }

  void open_group() {
    groups_.push_back({{get_context(model_)}, {}});
    proposed_.clear();
  }

  [[nodiscard]] std::size_t room() const {
    return kMaxStorageContexts + 1 - groups_.back().contexts.size();
  }

  void propose(const std::string& sop_class) {
    for (auto& each : contexts_for(sop_class)) groups_.back().contexts.push_back(std::move(each));
    proposed_.push_back(sop_class);
  }

  void place(std::size_t series) {
    if (groups_.empty() || cost(lacking(classes_[series])) > room()) open_group();
    for (const auto& sop_class : lacking(classes_[series])) {
      if (contexts_for(sop_class).size() > room()) {
        groups_.back().series.push_back(series);
        open_group();
      }
      propose(sop_class);
    }
    groups_.back().series.push_back(series);
  }

  QueryModel model_;
  Layout layout_;
  std::vector<Uids> classes_;         ///< for each series
  std::map<std::string, Uids> seen_;  ///< syntaxes known for a class
  std::vector<ContextGroup> groups_;
  Uids proposed_;  ///< in the last group
};

}  // namespace

std::vector<ContextGroup> plan_contexts(QueryModel model, std::span<const SeriesContents> series,
                                        Layout layout) {
  return Planner(model, series, layout).plan();
}

}  // namespace dcm::net
