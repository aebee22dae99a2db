// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <functional>

#include "e2e/tool.hpp"
#include "support/read_back.hpp"
#include "support/temp_dir.hpp"

/// Every command of the specification, and each form that its options take: exactly the right
/// instances arrive, without the patient's name.
namespace dcm::test {
namespace {

using Arguments = std::vector<std::string>;
using Wanted = std::function<bool(const Phantom&)>;

class SpecExample : public ::testing::TestWithParam<WhichServer> {
 protected:
  /// Runs `get ARGUMENTS --anonymize-data` into an empty tree.
  void expect_exactly(const Arguments& arguments, const Wanted& wanted) const {
    SCOPED_TRACE(::testing::PrintToString(arguments));
    const Holding& server = shared(GetParam());
    const std::set<std::string> expected = uids_of(server.phantoms, wanted);
    ASSERT_FALSE(expected.empty()) << "nothing to tell right from wrong";
    ASSERT_LT(expected.size(), server.phantoms.size());
    const TempDir folder;
    Arguments command = arguments;
    command.emplace_back("--anonymize-data");
    const Got got = get(server.address, folder.path() / "tree", command);
    EXPECT_EQ(got.run.exit_code, 0) << got.run.err;
    EXPECT_EQ(got.instances, expected) << got.run.err;
    EXPECT_EQ(got.count("expected"), static_cast<long>(expected.size()));
    EXPECT_EQ(got.count("stored"), static_cast<long>(expected.size()));
    for (const auto& [uid, path] : objects_in(folder.path()))
      EXPECT_EQ(read_file(path).find("DOE^J"), std::string::npos) << path;
  }

  void expect_nothing(const Arguments& arguments) const {
    SCOPED_TRACE(::testing::PrintToString(arguments));
    const TempDir folder;
    const Got got = get(shared(GetParam()).address, folder.path() / "tree", arguments);
    EXPECT_EQ(got.run.exit_code, 3) << got.run.err;
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "tree"));
  }

  /// For what dcmqrscp neither matches nor returns at any level: nothing is taken on trust.
  void expect_left_out(const Arguments& arguments) const {
    SCOPED_TRACE(::testing::PrintToString(arguments));
    const TempDir folder;
    const Got got = get(shared(GetParam()).address, folder.path() / "tree", arguments);
    EXPECT_EQ(got.run.exit_code, 3) << got.run.err;
    EXPECT_NE(got.run.err.find("left out: the server's answers do not tell"), std::string::npos)
        << got.run.err;
  }

  /// Exactly what is wanted from a server that can tell, nothing from one that cannot.
  void expect_exactly_if_told(const Arguments& arguments, const Wanted& wanted) const {
    if (GetParam() == WhichServer::dcmqrscp) return expect_left_out(arguments);
    expect_exactly(arguments, wanted);
  }

  /// Whether the study of this phantom has a phantom that `condition` holds for.
  [[nodiscard]] static Wanted whole_study(const Wanted& condition) {
    return whole([](const Phantom& p) { return p.study_uid; }, condition);
  }
  [[nodiscard]] static Wanted whole_patient(const Wanted& condition) {
    return whole([](const Phantom& p) { return p.patient_id; }, condition);
  }

 private:
  static Wanted whole(std::string (*unit)(const Phantom&), const Wanted& condition) {
    std::set<std::string> units;
    for (const Phantom& each : shared(GetParam()).phantoms)
      if (condition(each)) units.insert(unit(each));
    return [units, unit](const Phantom& p) { return units.contains(unit(p)); };
  }
};

bool is_john(const Phantom& p) { return p.patient_name == "DOE^JOHN"; }
bool is_smith(const Phantom& p) { return p.patient_name.starts_with("SMITH"); }

Wanted dated(std::string from, std::string to) {
  return [from = std::move(from), to = std::move(to)](const Phantom& p) {
    return from <= p.study_date && p.study_date <= to;
  };
}

TEST_P(SpecExample, NameAndDateOfTheFirstExample) {
  expect_exactly({"--patient-name", "doe john", "--study-date", "20120606"},
                 [](const Phantom& p) { return is_john(p) && p.study_date == "20120606"; });
}

TEST_P(SpecExample, AllStudiesOfAPatientByName) {
  expect_exactly({"--patient-name", "Doe John"}, is_john);
}

TEST_P(SpecExample, OneStudyDate) {
  expect_exactly({"--study-date", "20230101"}, dated("20230101", "20230101"));
}

TEST_P(SpecExample, SeriesLevelByPatientId) {
  expect_exactly({"--level", "SERIES", "--patient-id", "12345"}, is_john);
}

TEST_P(SpecExample, NameWildcardWithModalityAndDateRange) {
  expect_exactly(
      {"--patient-name", "Smith*", "--modality", "MR", "--study-date", "20230101-20231231"},
      [](const Phantom& p) { return p.patient_name == "SMITH^ANNA"; });
}

TEST_P(SpecExample, NamesInEveryCaseAndOrder) {
  for (const char* name : {"doe john", "DOE JOHN", "DOE^JOHN", "doe^john", "DOE, JOHN", "john doe",
                           "John Doe", "doe joh?", "d* john"})
    expect_exactly({"--patient-name", name}, is_john);
}

TEST_P(SpecExample, NameOfOneWordIsAWholeWord) {
  expect_exactly({"--patient-name", "doe"},
                 [](const Phantom& p) { return p.patient_name.starts_with("DOE^"); });
  expect_exactly({"--patient-name", "smith"},
                 [](const Phantom& p) { return p.patient_name == "SMITH^ANNA"; });
  expect_exactly({"--patient-name", "anna"},
                 [](const Phantom& p) { return p.patient_name == "SMITH^ANNA"; });
  expect_nothing({"--patient-name", "smit"});
}

TEST_P(SpecExample, NameWildcards) {
  for (const char* name : {"Smith*", "SMITH*", "smith*"})
    expect_exactly({"--patient-name", name}, is_smith);
  expect_exactly({"--patient-name", "sm?th"},
                 [](const Phantom& p) { return p.patient_name == "SMITH^ANNA"; });
}

TEST_P(SpecExample, DatesInEveryForm) {
  const auto day = dated("20230101", "20230101"), year = dated("20230101", "20231231"),
             from = dated("20230101", "99999999"), until = dated("00000000", "20231231"),
             old = dated("00000000", "20121231");
  expect_exactly({"--study-date", "2023-01-01"}, day);
  expect_exactly({"--study-date", "20230101-20230101"}, day);
  expect_exactly({"--study-date", "20230101-20231231"}, year);
  expect_exactly({"--study-date", "20230101-"}, from);
  expect_exactly({"--study-date", "-20121231"}, old);
  expect_exactly({"--study-date=-20121231"}, old);
  expect_exactly({"-d", "-20121231"}, old);
  expect_exactly({"--patient-id", "12345", "--study-date", "-20221231"},
                 [](const Phantom& p) { return is_john(p) && p.study_date == "20120606"; });
  expect_exactly({"--study-date", "-20231231", "--patient-name", "smith*"},
                 [&](const Phantom& p) { return is_smith(p) && until(p); });
  expect_nothing({"--study-date", "19000101-19001231"});
}

TEST_P(SpecExample, SeriesDate) {
  expect_exactly_if_told({"--level", "SERIES", "--series-date", "2023-06-15"},
                         dated("20230615", "20230615"));
}

TEST_P(SpecExample, StudyLevelTakesWholeStudies) {
  const auto of_john = [](const Phantom& p) { return is_john(p) && p.study_date == "20230101"; };
  expect_exactly({"--patient-id", "12345", "--modality", "MR"}, of_john);
  expect_exactly({"--patient-id", "12345", "--modality", "mr"}, of_john);
  expect_exactly({"--modality", "MR", "--study-date", "20230101-20231231"},
                 whole_study([](const Phantom& p) {
                   return p.modality == "MR" && p.study_date.starts_with("2023");
                 }));
  expect_exactly_if_told({"--series-description", "HEAD", "--patient-id", "12345"},
                         [](const Phantom& p) { return is_john(p) && p.study_date == "20120606"; });
}

TEST_P(SpecExample, SeriesLevelTakesMatchingSeriesOnly) {
  expect_exactly({"--level", "SERIES", "--patient-id", "12345", "--modality", "MR"},
                 [](const Phantom& p) { return is_john(p) && p.modality == "MR"; });
  expect_exactly({"-l", "series", "-m", "MR", "-d", "20230101"},
                 [](const Phantom& p) { return p.modality == "MR" && p.study_date == "20230101"; });
  expect_exactly_if_told({"--level", "SERIES", "--series-description", "HEAD"},
                         [](const Phantom& p) { return p.series_description == "HEAD"; });
  expect_exactly_if_told(
      {"--level", "SERIES", "--series-description", "t? *"}, [](const Phantom& p) {
        return p.series_description == "T1 SE" || p.series_description == "T2 TSE";
      });
  expect_exactly({"--level", "SERIES", "--patient-name", "Smith*", "--modality", "US"},
                 [](const Phantom& p) { return is_smith(p) && p.modality == "US"; });
  expect_exactly({"--level", "SERIES", "--patient-id", "12345", "--match", "SeriesNumber=99"},
                 [](const Phantom& p) { return is_john(p) && p.series_number == "99"; });
}

TEST_P(SpecExample, PatientLevelTakesWholePatients) {
  expect_exactly({"--level", "PATIENT", "--patient-id", "12345"}, is_john);
  expect_exactly({"--level", "PATIENT", "--patient-name", "doe*"},
                 [](const Phantom& p) { return p.patient_name.starts_with("DOE^"); });
  expect_exactly({"--level", "PATIENT", "--study-date", "20120606"},
                 whole_patient([](const Phantom& p) { return p.study_date == "20120606"; }));
  expect_exactly({"--level", "PATIENT", "--modality", "RTSTRUCT"},
                 whole_patient([](const Phantom& p) { return p.modality == "RTSTRUCT"; }));
}

TEST_P(SpecExample, UidsAtEachLevel) {
  const Phantom& one = shared(GetParam()).phantoms.front();
  const auto of_study = [&](const Phantom& p) { return p.study_uid == one.study_uid; };
  const auto of_series = [&](const Phantom& p) { return p.series_uid == one.series_uid; };
  const auto itself = [&](const Phantom& p) { return p.sop_uid == one.sop_uid; };
  expect_exactly({"--study-instance-uid", one.study_uid}, of_study);
  expect_exactly({"--series-instance-uid", one.series_uid}, of_study);
  expect_exactly({"--level", "SERIES", "--series-instance-uid", one.series_uid}, of_series);
  expect_exactly({"--level", "IMAGE", "--series-instance-uid", one.series_uid}, of_series);
  expect_exactly({"--level", "IMAGE", "--sop-instance-uid", one.sop_uid, "--study-instance-uid",
                  one.study_uid},
                 itself);
  expect_exactly(
      {"--level", "IMAGE", "--series-instance-uid", one.series_uid, "--match", "InstanceNumber=1"},
      itself);
}

TEST_P(SpecExample, ImageLevelByItsUidAlone) {
  const Phantom& one = shared(GetParam()).phantoms.front();
  expect_exactly({"--level", "IMAGE", "--sop-instance-uid", one.sop_uid},
                 [&](const Phantom& p) { return p.sop_uid == one.sop_uid; });
}

TEST_P(SpecExample, OtherStudyCriteria) {
  const auto recent = [](const Phantom& p) { return is_john(p) && p.study_date == "20230101"; };
  expect_exactly({"--accession-number", "ACC102"}, recent);
  expect_exactly({"--accession-number", "ACC10?"}, is_john);
  expect_exactly({"--patient-id", "12345", "--study-description", "study 2"}, recent);
  expect_exactly({"--patient-id", "12345", "--number-of-study-related-instances", "6"}, recent);
  expect_exactly({"--patient-id", "1234?"}, is_john);
  expect_exactly({"--patient-birth-date", "19700131", "--patient-id", "12345"}, is_john);
  expect_nothing({"--patient-birth-date", "19700201", "--patient-id", "12345"});
  expect_nothing({"--patient-id", "1234"});
}

INSTANTIATE_TEST_SUITE_P(On, SpecExample, ::testing::ValuesIn(kBothServers),
                         [](const auto& tested) { return name_of(tested.param); });

}  // namespace
}  // namespace dcm::test
