// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "support/dataset_builder.hpp"

namespace dcm::test {

/// What an identifier asks: tag to value without padding, nested sequences left out.
using Keys = std::map<Tag, std::string>;

/// The objects of a ScriptedScp, and an answer to queries about them. Never changes once made.
class ObjectCatalog {
 public:
  struct Attribute {
    Vr vr{};
    std::string value;
  };
  struct Object {
    std::string sop_class, sop_instance, transfer_syntax;
    std::string data_set;  ///< as in the file
    std::map<Tag, Attribute> attributes;
  };

  /// `files` are whole files that DCMTK can read; throws on others.
  explicit ObjectCatalog(const std::vector<std::string>& files);

  [[nodiscard]] const std::vector<Object>& objects() const { return objects_; }

  /// The places in objects() that match all keys: lists of UIDs, ranges of dates and
  /// times, wildcards, always
  /// case-sensitive. Keys about counts and levels, and `ignored` ones, match anything.
  [[nodiscard]] std::vector<std::size_t> select(const Keys& keys,
                                                const std::set<Tag>& ignored = {}) const;

  /// One identifier for each patient, study, series or image that matches, with the keys asked for
  /// but those of `absent`; ModalitiesInStudy, SOPClassesInStudy, numbers of related instances and
  /// AvailableTransferSyntaxUID included.
  [[nodiscard]] std::vector<DataSet> find(const Keys& keys, const std::set<Tag>& ignored,
                                          const std::set<Tag>& absent) const;

 private:
  [[nodiscard]] std::string derived(Tag tag, const Object& object) const;
  [[nodiscard]] DataSet answer(const Object& object, const Keys& keys,
                               const std::set<Tag>& absent) const;

  std::vector<Object> objects_;
};

/// Reads one file with DCMTK; throws if it cannot.
[[nodiscard]] ObjectCatalog::Object read_object(const std::string& file);

}  // namespace dcm::test
