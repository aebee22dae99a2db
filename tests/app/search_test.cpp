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
            (Values{"DOE^JOHN*", "doe^john*", "Doe^John*", "doe john*", "D*^J*H*", "D*^J*h*",
                    "*^J*H*", "*^J*h*"}));
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
  EXPECT_EQ(as_set(archive.sent(QueryLevel::study, tags::kPatientName)),
            (ValueSet{"JOHN^DOE*", "John^Doe*", "J*H*^D*", "J*h*^D*", "J*H*^*", "J*h*^*"}));
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

/// Character set and name of each query for studies.
std::set<std::pair<std::string, std::string>> names_sent(const CatalogArchive& archive) {
  std::set<std::pair<std::string, std::string>> pairs;
  const Values sets = archive.sent(QueryLevel::study, tags::kSpecificCharacterSet);
  const Values names = archive.sent(QueryLevel::study, tags::kPatientName);
  EXPECT_EQ(sets.size(), names.size());
  for (std::size_t i = 0; i < std::min(sets.size(), names.size()); ++i)
    pairs.emplace(sets[i], names[i]);
  return pairs;
}

TEST(Search, NamesTheCharacterSetOfItsKeysOnlyIfTheyNeedOne) {
  CatalogArchive archive;
  found(archive, {.patient_name = "doe"});
  for (const auto& [set, name] : names_sent(archive)) EXPECT_EQ(set, "") << name;
  EXPECT_FALSE(archive.queries.empty());
}

TEST(Search, AsksForANameInEachSetThatItMayBeStoredIn) {
  CatalogArchive archive;
  found(archive, {.patient_name = "müller"});
  const auto sent = names_sent(archive);
  for (const auto& [set, name] :
       std::set<std::pair<std::string, std::string>>{{"ISO_IR 192", "MÜLLER*"},
                                                     {"ISO_IR 100", "M\xDCLLER*"},
                                                     {"", "MULLER*"},
                                                     {"", "Mueller*"},
                                                     {"", "M*LL*R*"},
                                                     {"", "M*ll*r*"}})
    EXPECT_EQ(sent.count({set, name}), 1U) << set << name;
  // The same bytes in Latin-2 and the others are no other question; GB18030 is not for names like
  // this.
  for (const auto& [set, name] : sent)
    EXPECT_TRUE(set.empty() || set == "ISO_IR 192" || set == "ISO_IR 100") << set;
  archive.queries.clear();
  found(archive, {.patient_name = "*=試験^花子"});
  EXPECT_EQ(names_sent(archive).count({"\\ISO 2022 IR 87", "*=\x1B$B;n83\x1B(B^\x1B$B2V;R\x1B(B*"}),
            1U);
}

TEST(Search, AsksInTheSetOfTheServerAloneIfThatIsKnown) {
  CatalogArchive archive;
  archive.own_character_set = "ISO_IR 100";
  found(archive, {.patient_name = "müller"});
  for (const auto& [set, name] : names_sent(archive))
    EXPECT_TRUE(set.empty() || set == "ISO_IR 100") << set;
  found(archive, {.patient_name = "δοκιμη"});
  EXPECT_EQ(names_sent(archive).count({"ISO_IR 192", "ΔΟΚΙΜΗ*"}), 1U);  // it cannot say that
}

/// Patients of these names, in Latin-1, one study each.
std::vector<Phantom> people(const Values& latin1_names) {
  std::vector<Phantom> phantoms;
  for (const std::string& name : latin1_names) {
    const int number = static_cast<int>(phantoms.size()) + 1;
    phantoms.push_back(make_phantom(
        Kind::ct, {.person = {number, "ID" + std::to_string(number), name, "ISO_IR 100"}}));
  }
  return phantoms;
}

TEST(Search, FindsNamesWithAndWithoutAccentsHoweverTheyAreTyped) {
  CatalogArchive archive(people({"MULLER^JORG", "M\xDCLLER^J\xD6RG", "Mueller^Joerg",
                                 "M\xFCller^J\xF6rg", "MILLER^JORG", "MOELLER^JORG"}));
  const ValueSet umlauts = {"MÜLLER^JÖRG", "Müller^Jörg"};
  const ValueSet all = {"MULLER^JORG", "MÜLLER^JÖRG", "Mueller^Joerg", "Müller^Jörg"};
  ValueSet pairs = umlauts;
  pairs.insert("Mueller^Joerg");
  ValueSet plain = umlauts;
  plain.insert("MULLER^JORG");
  EXPECT_EQ(as_set(texts(found(archive, {.patient_name = "müller jörg"}), tags::kPatientName)),
            all);
  EXPECT_EQ(as_set(texts(found(archive, {.patient_name = "MÜLLER^JÖRG"}), tags::kPatientName)),
            all);
  EXPECT_EQ(as_set(texts(found(archive, {.patient_name = "muller jorg"}), tags::kPatientName)),
            plain);
  EXPECT_EQ(as_set(texts(found(archive, {.patient_name = "mueller joerg"}), tags::kPatientName)),
            pairs);
  EXPECT_EQ(as_set(texts(found(archive, {.level = QueryLevel::patient, .patient_name = "muller"}),
                         tags::kPatientName)),
            plain);
}

TEST(Search, SaysWhenANameIsTooShortToLookForAccents) {
  CatalogArchive archive(
      people({"L\xC9"
              "E^ANN",
              "LEE^ANN"}));
  const auto open = found(archive, {.patient_name = "lee"});
  EXPECT_EQ(texts(open, tags::kPatientName), Values{"LEE^ANN"});
  EXPECT_TRUE(open.accents_left_out);
  const auto narrow =
      found(archive, {.patient_name = "lee", .study_date = *DateRange::parse("20230101")});
  EXPECT_EQ(narrow.matches.size(), 2U);
  EXPECT_FALSE(narrow.accents_left_out);
}

TEST(Search, DoesNotDropWhatTheServerCannotSay) {
  // Orthanc leaves out what its DefaultEncoding lacks, others put question marks or name no set.
  const auto names = [](std::string_view set, std::string_view bytes, std::string_view typed) {
    CatalogArchive archive;
    archive.refused = {};
    archive.ignored = {tags::kPatientName};
    archive.absent = {};
    DataSet answer = DataSet()
                         .text(tags::kStudyInstanceUid, vr::kUI, "1.2.9")
                         .text(tags::kPatientId, vr::kLO, "X")
                         .bytes(tags::kPatientName, vr::kPN, std::string(bytes));
    if (!set.empty()) answer.text(tags::kSpecificCharacterSet, vr::kCS, set);
    archive.extra[QueryLevel::study] = {answer};
    for (const Match& match : found(archive, {.patient_name = std::string(typed)}).matches)
      if (match.attributes.text(tags::kPatientId) == "X")
        return match.unverified.empty() ? "met" : "unknown";
    return "dropped";
  };
  EXPECT_STREQ(names("ISO_IR 100", "^", "δοκιμη αννα"), "unknown");
  EXPECT_STREQ(names("ISO_IR 100", "TESUTO^HANAKO=^=^", "試験 花子"), "unknown");
  EXPECT_STREQ(names("ISO_IR 100", "WASA", "wałęsa"), "unknown");
  EXPECT_STREQ(names("ISO_IR 100", "ROE^JANE", "δοκιμη αννα"), "dropped");
  EXPECT_STREQ(names("ISO_IR 6", "M?LLER", "müller"), "unknown");
  EXPECT_STREQ(names("", "M\xDCLLER", "müller"), "unknown");
  EXPECT_STREQ(names("", "M\xDCLLER", "muller"), "unknown");
  EXPECT_STREQ(names("", "M\xDCLLER", "miles"), "dropped");
  EXPECT_STREQ(names("ISO_IR 100", "M\xDCLLER", "muller"), "met");
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

TEST(Search, RefusesWildcardsWhereTheStandardKnowsNone) {
  CatalogArchive archive;
  const auto refused = [&](const Criteria& criteria) {
    const auto outcome = search(archive, criteria);
    return !outcome && outcome.error().code == Errc::bad_value;
  };
  EXPECT_TRUE(refused({.study_instance_uid = "1.2.3*"}));
  EXPECT_TRUE(refused({.number_of_study_related_instances = "1?"}));
  EXPECT_TRUE(refused({.others = {{tags::kSeriesDate, vr::kDA, "2023*"}}}));
  EXPECT_TRUE(refused({.others = {{{0x0008, 0x0030}, vr::kTM, "09*"}}}));
  EXPECT_TRUE(refused({.others = {{tags::kSeriesNumber, vr::kIS, "1*"}}}));
  EXPECT_TRUE(refused({.others = {{{0x0010, 0x1010}, vr::kAS, "04?Y"}}}));
  EXPECT_TRUE(archive.queries.empty());
  EXPECT_FALSE(refused({.study_instance_uid = "*"}));
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
  EXPECT_EQ(outcome.incomplete->detail, 0x0110U);
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
  script.find_status = 0x0110;
  script.find_stops_after = 2;
  const dcm::test::ScriptedScp server(files_of(collection()), script);
  Connected association(server, "SCP");
  const auto outcome = search(*association, {.study_date = year_2023()});
  ASSERT_TRUE(outcome.has_value());
  EXPECT_EQ(outcome->matches.size(), 2U);
  ASSERT_TRUE(outcome->incomplete.has_value());
  EXPECT_EQ(outcome->incomplete->detail, 0x0110U);
}

}  // namespace
}  // namespace dcm::app::test
