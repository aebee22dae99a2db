// SPDX-License-Identifier: MIT
#include "app/search.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "app/catalog_archive.hpp"
#include "base/stop.hpp"
#include "support/scripted_scp.hpp"
#include "support/servers.hpp"

namespace dcm::app::test {
namespace {

using dcm::test::Kind;
using dcm::test::make_phantom;
using dcm::test::Person;
using dcm::test::Place;
using net::QueryLevel;
using net::QueryModel;
using Values = std::vector<std::string>;
using ValueSet = std::set<std::string>;

SearchOutcome found(Archive& archive, const Criteria& criteria) {
  auto outcome = search(archive, criteria);
  EXPECT_TRUE(outcome.has_value());
  return outcome ? *outcome : SearchOutcome{};
}

Values texts(const SearchOutcome& outcome, Tag tag) {
  Values values;
  for (const Match& match : outcome.matches) values.push_back(match.attributes.text(tag));
  return values;
}

/// The member of all phantoms that fulfil `wanted`, without duplicates.
template <typename Wanted>
ValueSet expected(std::string Phantom::*member, const Wanted& wanted) {
  ValueSet values;
  for (const Phantom& phantom : collection())
    if (wanted(phantom)) values.insert(phantom.*member);
  return values;
}

ValueSet as_set(const Values& values) { return {values.begin(), values.end()}; }

DateRange year_2023() { return *DateRange::parse("20230101-20231231"); }

TEST(Search, AsksHierarchicallyInTheStudyRootModel) {
  CatalogArchive archive;
  const auto outcome =
      found(archive, {.level = QueryLevel::image, .patient_id = "12345", .modality = "CT"});
  EXPECT_EQ(as_set(texts(outcome, tags::kSopInstanceUid)),
            expected(&Phantom::sop_uid, [](const Phantom& each) {
              return each.patient_id == "12345" && each.modality == "CT";
            }));
  for (const net::Query& query : archive.queries) EXPECT_EQ(query.model, QueryModel::study_root);
  for (const QueryLevel level : {QueryLevel::series, QueryLevel::image})
    for (const std::string& uid : archive.sent(level, tags::kStudyInstanceUid))
      EXPECT_FALSE(uid.empty());
  for (const std::string& uid : archive.sent(QueryLevel::image, tags::kSeriesInstanceUid))
    EXPECT_FALSE(uid.empty());
  EXPECT_EQ(archive.sent(QueryLevel::image, tags::kSeriesInstanceUid).size(), 3U);
}

TEST(Search, AsksForModalityWhereItLives) {
  CatalogArchive archive;
  found(archive, {.level = QueryLevel::series, .patient_id = "12345", .modality = "mr"});
  EXPECT_EQ(archive.sent(QueryLevel::study, tags::kModalitiesInStudy), Values{"MR"});
  EXPECT_TRUE(archive.sent(QueryLevel::study, tags::kModality).empty());
  EXPECT_EQ(archive.sent(QueryLevel::series, tags::kModality), Values{"MR"});
}

TEST(Search, GivesEachLevelTheAttributesOfTheLevelsAbove) {
  CatalogArchive archive;
  const auto outcome = found(archive, {.level = QueryLevel::image, .patient_id = "PAT-0010"});
  ASSERT_EQ(outcome.matches.size(), 2U);
  const Attributes& first = outcome.matches.front().attributes;
  EXPECT_EQ(first.text(tags::kPatientName), "ÑANDÚ^ZOË=テスト^Ω");
  EXPECT_EQ(first.text(tags::kSeriesNumber), "1");
  EXPECT_EQ(first.text(tags::kInstanceNumber), "1");
  EXPECT_FALSE(first.text(tags::kSopClassUid).empty());
}

TEST(Search, SpellsANameSeveralWaysAndMergesTheAnswers) {
  std::vector<Phantom> phantoms;
  int number = 0;
  for (const std::string name : {"DOE^JOHN", "Doe^John^Paul", "doe john", "DOE^JOHNSON", "DOE"}) {
    ++number;
    phantoms.push_back(
        make_phantom(Kind::ct, {.person = {number, "ID" + std::to_string(number), name}}));
  }
  CatalogArchive archive(phantoms);
  const auto outcome = found(archive, {.patient_name = "doe john"});
  EXPECT_EQ(texts(outcome, tags::kPatientName), (Values{"DOE^JOHN", "Doe^John^Paul", "doe john"}));
  EXPECT_EQ(archive.sent(QueryLevel::study, tags::kPatientName),
            (Values{"DOE^JOHN*", "doe^john*", "Doe^John*", "doe john*"}));
  EXPECT_EQ(outcome.dropped, 1U);
  EXPECT_FALSE(outcome.other_name_order);
}

TEST(Search, TriesTheOtherOrderOfANameAndSaysSo) {
  CatalogArchive archive;
  for (const std::string name : {"john doe", "John"}) {
    const auto outcome = found(archive, {.patient_name = name});
    EXPECT_EQ(as_set(texts(outcome, tags::kPatientName)), ValueSet{"DOE^JOHN"}) << name;
    EXPECT_TRUE(outcome.other_name_order) << name;
  }
  archive.queries.clear();
  EXPECT_TRUE(found(archive, {.patient_name = "JOHN^DOE"}).matches.empty());
  EXPECT_EQ(archive.queries.size(), 2U);
}

TEST(Search, TakesWholeWordsOfNamesAndWildcardsAsTyped) {
  CatalogArchive archive;
  EXPECT_EQ(as_set(texts(found(archive, {.patient_name = "smith"}), tags::kPatientName)),
            ValueSet{"SMITH^ANNA"});
  EXPECT_EQ(as_set(texts(found(archive, {.patient_name = "Smith*"}), tags::kPatientName)),
            (ValueSet{"SMITH^ANNA", "SMITHERS^PAT"}));
  EXPECT_EQ(as_set(texts(found(archive, {.patient_name = "sm?th"}), tags::kPatientName)),
            ValueSet{"SMITH^ANNA"});
}

TEST(Search, NamesTheCharacterSetOfItsKeysOnlyIfTheyNeedOne) {
  CatalogArchive archive;
  found(archive, {.patient_name = "ñandú"});
  for (const std::string& set : archive.sent(QueryLevel::study, tags::kSpecificCharacterSet))
    EXPECT_EQ(set, "ISO_IR 192");
  EXPECT_EQ(archive.sent(QueryLevel::study, tags::kPatientName).front(), "ÑANDÚ*");
  archive.queries.clear();
  found(archive, {.patient_name = "doe"});
  for (const std::string& set : archive.sent(QueryLevel::study, tags::kSpecificCharacterSet))
    EXPECT_EQ(set, "");
  EXPECT_FALSE(archive.sent(QueryLevel::study, tags::kSpecificCharacterSet).empty());
}

TEST(Search, ChecksAnswersOfAServerThatIgnoresEveryKey) {
  CatalogArchive archive;
  archive.ignored = {tags::kPatientId,  tags::kPatientName,       tags::kPatientBirthDate,
                     tags::kStudyDate,  tags::kAccessionNumber,   tags::kStudyDescription,
                     tags::kModality,   tags::kModalitiesInStudy, tags::kStudyInstanceUid,
                     tags::kSeriesDate, tags::kSeriesDescription, tags::kSeriesInstanceUid};
  const auto studies = [&](const Criteria& criteria) {
    return texts(found(archive, criteria), tags::kStudyInstanceUid).size();
  };
  EXPECT_EQ(studies({.patient_id = "1234?"}), 2U);
  EXPECT_EQ(studies({.patient_id = "12345", .study_date = year_2023()}), 1U);
  EXPECT_EQ(studies({.patient_id = "12345", .accession_number = "ACC101"}), 1U);
  EXPECT_EQ(studies({.patient_id = "12345", .study_description = "study ?"}), 2U);
  EXPECT_EQ(studies({.patient_id = "12345", .study_description = "study"}), 0U);
  EXPECT_EQ(studies({.patient_id = "12345", .modality = "SR"}), 1U);
  EXPECT_EQ(studies({.patient_id = "1234"}), 0U);
  const auto series = found(
      archive, {.level = QueryLevel::series, .patient_id = "12345", .series_description = "t1*"});
  EXPECT_EQ(texts(series, tags::kSeriesDescription), Values{"T1 SE"});
  EXPECT_GT(series.dropped, 0U);
}

TEST(Search, LooksOneLevelDownForWhatStudiesDoNotTell) {
  CatalogArchive archive;
  archive.absent = archive.ignored = {tags::kModalitiesInStudy};
  const auto outcome = found(archive, {.study_date = year_2023(), .modality = "MR"});
  EXPECT_EQ(as_set(texts(outcome, tags::kStudyInstanceUid)),
            expected(&Phantom::study_uid, [](const Phantom& each) {
              return each.modality == "MR" && each.study_date >= "20230101";
            }));
  for (const Match& match : outcome.matches) EXPECT_TRUE(match.unverified.empty());
}

TEST(Search, WantsOneSeriesToMeetAllThatIsAskedOfASeries) {
  CatalogArchive archive;
  const auto studies = [&](const std::string& modality) {
    return found(archive,
                 {.patient_id = "12345", .series_description = "chest", .modality = modality})
        .matches.size();
  };
  EXPECT_EQ(studies("CT"), 1U);
  EXPECT_EQ(studies("MR"), 0U);  // the study has both, in two series
}

TEST(Search, MarksWhatCannotBeConfirmed) {
  CatalogArchive archive;
  archive.absent = archive.ignored = {tags::kSeriesDescription};
  const Criteria at_study = {.patient_id = "PAT-0003", .series_description = "FLAIR"};
  const auto studies = found(archive, at_study);
  ASSERT_EQ(studies.matches.size(), 1U);
  EXPECT_EQ(studies.matches[0].unverified, std::vector<Tag>{tags::kSeriesDescription});
  Criteria at_series = at_study;
  at_series.level = QueryLevel::series;
  for (const Match& match : found(archive, at_series).matches)
    EXPECT_EQ(match.unverified, std::vector<Tag>{tags::kSeriesDescription});
}

TEST(Search, ComparesNumbersByValueAndCountsWhatIsNotTold) {
  CatalogArchive archive;
  for (const bool told : {true, false}) {
    if (!told) archive.absent = {tags::kStudyRelatedInstances, tags::kSeriesRelatedInstances};
    for (const std::string number : {"7", "+7", " 07 "}) {
      const auto outcome =
          found(archive, {.patient_id = "12345", .number_of_study_related_instances = number});
      ASSERT_EQ(outcome.matches.size(), 1U) << number;
      EXPECT_EQ(outcome.matches[0].attributes.text(tags::kStudyDate), "20120606");
      EXPECT_TRUE(outcome.matches[0].unverified.empty());
    }
  }
  for (const std::string& sent : archive.sent(QueryLevel::study, tags::kStudyRelatedInstances))
    EXPECT_EQ(sent, "");
}

TEST(Search, NeverSendsWildcardsInUids) {
  CatalogArchive archive;
  const std::string uid = collection().front().study_uid;
  const auto outcome = found(archive, {.study_instance_uid = uid.substr(0, uid.size() - 1) + "?"});
  EXPECT_EQ(archive.sent(QueryLevel::study, tags::kStudyInstanceUid), Values{""});
  EXPECT_EQ(as_set(texts(outcome, tags::kStudyInstanceUid)).count(uid), 1U);
  EXPECT_GT(outcome.dropped, 0U);
}

TEST(Search, SendsOtherAttributesAtTheirLevel) {
  CatalogArchive archive;
  const auto outcome = found(
      archive, {.level = QueryLevel::series,
                .patient_id = "12345",
                .others = {{tags::kSeriesNumber, vr::kIS, "+99"}, {tags::kStudyId, vr::kSH, "*"}}});
  EXPECT_EQ(outcome.matches.size(), 1U);
  EXPECT_TRUE(archive.sent(QueryLevel::study, tags::kSeriesNumber).empty());
  const auto bad = search(archive, {.others = {{tags::kSeriesDate, vr::kDA, "2023-13-45"}}});
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error().code, Errc::bad_value);
}

TEST(Search, DropsAnswersThatItDidNotAskFor) {
  CatalogArchive archive;
  const auto series = [](std::string_view study, std::string_view uid) {
    return DataSet()
        .text(tags::kStudyInstanceUid, vr::kUI, study)
        .text(tags::kSeriesInstanceUid, vr::kUI, uid)
        .text(tags::kModality, vr::kCS, "MR");
  };
  archive.extra[QueryLevel::series] = {series("1.2.3", "1.2.3.4"), series("", ""),
                                       series("", "1.2\\1.3"), series("", "1.2.9 "),
                                       series("", "1.2.9")};
  const auto outcome = found(archive, {.level = QueryLevel::series, .patient_id = "PAT-0004"});
  EXPECT_EQ(outcome.matches.size(), 3U);  // two of its own, one that names no study
  EXPECT_EQ(as_set(texts(outcome, tags::kSeriesInstanceUid)).count("1.2.9"), 1U);
  EXPECT_EQ(outcome.dropped, 3U);
}

TEST(Search, KeepsWhatCameBeforeAFailure) {
  CatalogArchive archive;
  archive.fails_at = 2;
  const auto outcome = found(archive, {.level = QueryLevel::series, .patient_id = "12345"});
  ASSERT_TRUE(outcome.incomplete.has_value());
  EXPECT_EQ(outcome.incomplete->detail, 0xA700U);
  EXPECT_FALSE(outcome.matches.empty());
}

TEST(Search, FailsWhenNothingWasAnswered) {
  CatalogArchive archive;
  archive.refused[QueryLevel::study] = {.code = Errc::dimse_status, .detail = 0xC001};
  const auto outcome = search(archive, {.patient_id = "12345"});
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().detail, 0xC001U);
}

TEST(Search, FindsPatientsWithAndWithoutThePatientRootModel) {
  for (const bool patient_root : {true, false}) {
    CatalogArchive archive;
    archive.has_patient_root = patient_root;
    const auto outcome = found(archive, {.level = QueryLevel::patient, .patient_name = "doe"});
    EXPECT_EQ(texts(outcome, tags::kPatientName), (Values{"DOE^JOHN", "DOE^JANE"}));
    EXPECT_FALSE(outcome.matches.front().attributes.has(tags::kStudyDate));
    EXPECT_EQ(archive.queries.front().model,
              patient_root ? QueryModel::patient_root : QueryModel::study_root);
  }
}

TEST(Search, FindsPatientsByTheirStudies) {
  CatalogArchive archive;
  const auto outcome =
      found(archive, {.level = QueryLevel::patient, .study_date = year_2023(), .modality = "MR"});
  EXPECT_EQ(as_set(texts(outcome, tags::kPatientId)),
            expected(&Phantom::patient_id, [](const Phantom& each) {
              return each.modality == "MR" && each.study_date >= "20230101";
            }));
}

/// A server and an association with it.
template <typename Server>
class Connected {
 public:
  explicit Connected(const Server& server, const std::string& title)
      : association_(net::Association::open(
            {.host = "127.0.0.1", .port = server.port(), .called_aet = title, .calling_aet = "ME"},
            search_contexts(), stop_)) {
    if (!association_) throw std::runtime_error("no association");
  }
  net::Association& operator*() { return *association_; }

 private:
  StopSource stop_;
  Result<net::Association> association_;
};

void expect_spec_examples(net::Association& server) {
  const auto studies = [&](const Criteria& criteria) {
    const auto outcome = search(server, criteria);
    EXPECT_TRUE(outcome.has_value() && !outcome->incomplete);
    return outcome ? as_set(texts(*outcome, tags::kStudyInstanceUid)) : ValueSet{};
  };
  const auto of = [](const std::string& id, const std::string& date) {
    return expected(&Phantom::study_uid, [&](const Phantom& each) {
      return each.patient_id == id && (date.empty() || each.study_date == date);
    });
  };
  EXPECT_EQ(studies({.patient_name = "doe john"}), of("12345", ""));
  EXPECT_EQ(studies({.patient_name = "Doe John", .study_date = *DateRange::parse("20120606")}),
            of("12345", "20120606"));
  EXPECT_EQ(studies({.patient_name = "john doe"}), of("12345", ""));
  EXPECT_EQ(studies({.level = QueryLevel::series, .patient_id = "12345"}), of("12345", ""));
  EXPECT_EQ(studies({.patient_name = "Smith*", .study_date = year_2023(), .modality = "MR"}),
            of("PAT-0003", ""));
  EXPECT_EQ(studies({.study_date = *DateRange::parse("20230101")}),
            expected(&Phantom::study_uid,
                     [](const Phantom& each) { return each.study_date == "20230101"; }));
  EXPECT_EQ(studies({.patient_id = "12345", .number_of_study_related_instances = "6"}),
            of("12345", "20230101"));
  EXPECT_EQ(studies({.patient_name = "master jorg"}), ValueSet{});
  EXPECT_EQ(studies({.patient_name = "müster jörg"}), of("PAT-0005", ""));
}

void expect_all_levels(net::Association& server) {
  const auto count = [&](QueryLevel level) {
    const auto outcome = search(server, {.level = level, .patient_id = "12345"});
    EXPECT_TRUE(outcome.has_value() && !outcome->incomplete);
    return outcome ? outcome->matches.size() : 0;
  };
  EXPECT_EQ(count(QueryLevel::patient), 1U);
  EXPECT_EQ(count(QueryLevel::study), 2U);
  EXPECT_EQ(count(QueryLevel::series), 5U);
  EXPECT_EQ(count(QueryLevel::image), 13U);
}

TEST(SearchOfDcmqrscp, FindsWhatTheSpecSearchesFor) {
  const dcm::test::DcmqrscpServer server;
  ASSERT_TRUE(server.store(collection()));
  Connected association(server, server.ae_title());
  expect_spec_examples(*association);
  expect_all_levels(*association);
}

TEST(SearchOfOrthanc, FindsWhatTheSpecSearchesFor) {
  const dcm::test::OrthancServer server({.settings = {{"DicomAlwaysAllowFind", true}}});
  ASSERT_TRUE(server.store(collection()));
  Connected association(server, server.ae_title());
  expect_spec_examples(*association);
  expect_all_levels(*association);
  const auto series =
      search(*association,
             {.level = QueryLevel::series, .patient_name = "doe*", .series_description = "t2*"});
  ASSERT_TRUE(series.has_value());
  EXPECT_EQ(texts(*series, tags::kSeriesDescription), (Values{"T2 TSE", "T2 TSE"}));
}

TEST(SearchOfScriptedScp, TakesBothPendingStatusesAndKeepsWhatCameBeforeAFailure) {
  dcm::test::Script script;
  script.find_pending_status = 0xFF01;
  script.find_status = 0xA700;
  script.find_stops_after = 2;
  const dcm::test::ScriptedScp server(files_of(collection()), script);
  Connected association(server, "SCP");
  const auto outcome = search(*association, {.study_date = year_2023()});
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->matches.size(), 2U);
  ASSERT_TRUE(outcome->incomplete.has_value());
  EXPECT_EQ(outcome->incomplete->detail, 0xA700U);
}

}  // namespace
}  // namespace dcm::app::test
