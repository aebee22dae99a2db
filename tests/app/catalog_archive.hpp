// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "app/inquiry.hpp"
#include "dicom/transfer_syntax.hpp"
#include "support/object_catalog.hpp"
#include "support/phantoms.hpp"

namespace dcm::app::test {

using dcm::test::DataSet;
using dcm::test::Phantom;

inline std::vector<std::string> files_of(const std::vector<Phantom>& phantoms) {
  std::vector<std::string> files;
  for (const Phantom& phantom : phantoms) files.push_back(phantom.bytes);
  return files;
}

/// The default collection but for what a stock dcmqrscp does not take.
inline const std::vector<Phantom>& collection() {
  static const std::vector<Phantom> kPhantoms = [] {
    std::vector<Phantom> all = dcm::test::default_collection();
    std::erase_if(
        all, [](const Phantom& each) { return each.transfer_syntax == dcm::test::uid::kDeflated; });
    return all;
  }();
  return kPhantoms;
}

/// Answers honestly from its objects, without a network, but for what is set otherwise.
class CatalogArchive final : public Archive {
 public:
  /// Of collection(), which is read only once.
  CatalogArchive() {
    static const auto kCatalog =
        std::make_shared<const dcm::test::ObjectCatalog>(files_of(collection()));
    catalog_ = kCatalog;
  }
  explicit CatalogArchive(const std::vector<Phantom>& phantoms)
      : catalog_(std::make_shared<const dcm::test::ObjectCatalog>(files_of(phantoms))) {}

  std::set<Tag> ignored = {}, absent = {};
  bool has_patient_root = true;
  std::map<net::QueryLevel, Error> refused = {};               ///< fails without an answer
  std::optional<std::size_t> fails_at = {};                    ///< this query, after its answers
  std::map<net::QueryLevel, std::vector<DataSet>> extra = {};  ///< answers on top
  std::map<net::QueryLevel, std::size_t> limits = {};          ///< gives no more answers than these
  std::uint16_t limit_status = 0;                              ///< the final one if it gave less
  std::string own_character_set = {};
  std::vector<net::Query> queries = {};  ///< what was asked

  [[nodiscard]] bool accepts(net::QueryModel model) const override {
    return model == net::QueryModel::study_root || has_patient_root;
  }

  [[nodiscard]] std::string character_set() const override { return own_character_set; }

  Result<void> find(const net::Query& query, const net::OnAnswer& on_answer) override {
    queries.push_back(query);
    if (const auto at = refused.find(query.level); at != refused.end()) return fail(at->second);
    dcm::test::Keys keys = {{tags::kQueryRetrieveLevel, std::string(net::level_name(query.level))}};
    for (const net::QueryKey& key : query.keys) keys[key.tag] = key.value;
    std::vector<DataSet> answers = catalog_->find(keys, ignored, absent);
    const auto& more = extra[query.level];
    answers.insert(answers.end(), more.begin(), more.end());
    const auto limit = limits.find(query.level);
    const bool is_cut = limit != limits.end() && answers.size() > limit->second;
    if (is_cut) answers.resize(limit->second);
    for (const DataSet& answer : answers) {
      const std::string bytes = dcm::test::encode(answer, {});
      DCM_TRY(Attributes attributes,
              Attributes::parse(std::as_bytes(std::span(bytes)),
                                find_transfer_syntax(dcm::test::uid::kExplicitLittle)->encoding));
      DCM_CHECK(on_answer(std::move(attributes)));
    }
    if (is_cut && limit_status != 0) return fail(Errc::dimse_status, {.detail = limit_status});
    if (fails_at && queries.size() == *fails_at)
      return fail(Errc::dimse_status, {.detail = 0x0110});
    return {};
  }

  /// The values sent for a tag, query by query; nothing where it was not a key.
  [[nodiscard]] std::vector<std::string> sent(net::QueryLevel level, Tag tag) const {
    std::vector<std::string> values;
    for (const net::Query& query : queries)
      for (const net::QueryKey& key : query.keys)
        if (query.level == level && key.tag == tag) values.push_back(key.value);
    return values;
  }

 private:
  std::shared_ptr<const dcm::test::ObjectCatalog> catalog_;
};

}  // namespace dcm::app::test
