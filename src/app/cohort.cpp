// SPDX-License-Identifier: MIT
#include "app/cohort.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "dicom/dictionary.hpp"
#include "dicom/text.hpp"

namespace dcm::app {
namespace {

using Kind = RowFault::Kind;

/// A way to name a column, without case, spaces and punctuation.
struct ColumnName {
  std::string_view name;
  Tag tag;
};

constexpr std::array kColumnNames{
    ColumnName{"patientid", tags::kPatientId},
    ColumnName{"patid", tags::kPatientId},
    ColumnName{"pid", tags::kPatientId},
    ColumnName{"id", tags::kPatientId},
    ColumnName{"mrn", tags::kPatientId},
    ColumnName{"medicalrecordnumber", tags::kPatientId},
    ColumnName{"patientnumber", tags::kPatientId},
    ColumnName{"patientidentifier", tags::kPatientId},
    ColumnName{"patientname", tags::kPatientName},
    ColumnName{"patientsname", tags::kPatientName},
    ColumnName{"nameofpatient", tags::kPatientName},
    ColumnName{"name", tags::kPatientName},
    ColumnName{"fullname", tags::kPatientName},
    ColumnName{"patientbirthdate", tags::kPatientBirthDate},
    ColumnName{"patientsbirthdate", tags::kPatientBirthDate},
    ColumnName{"birthdate", tags::kPatientBirthDate},
    ColumnName{"dateofbirth", tags::kPatientBirthDate},
    ColumnName{"birthday", tags::kPatientBirthDate},
    ColumnName{"dob", tags::kPatientBirthDate},
    ColumnName{"accessionnumber", tags::kAccessionNumber},
    ColumnName{"accession", tags::kAccessionNumber},
    ColumnName{"accessionno", tags::kAccessionNumber},
    ColumnName{"accessionid", tags::kAccessionNumber},
    ColumnName{"studyinstanceuid", tags::kStudyInstanceUid},
    ColumnName{"studyuid", tags::kStudyInstanceUid},
    ColumnName{"seriesinstanceuid", tags::kSeriesInstanceUid},
    ColumnName{"seriesuid", tags::kSeriesInstanceUid},
    ColumnName{"studydate", tags::kStudyDate},
    ColumnName{"dateofstudy", tags::kStudyDate},
    ColumnName{"examdate", tags::kStudyDate},
    ColumnName{"examinationdate", tags::kStudyDate},
    ColumnName{"scandate", tags::kStudyDate},
    ColumnName{"date", tags::kStudyDate},
    ColumnName{"modality", tags::kModality},
    ColumnName{"modalitiesinstudy", tags::kModality},
    ColumnName{"seriesdescription", tags::kSeriesDescription},
    ColumnName{"studydescription", tags::kStudyDescription},
};

constexpr std::array<std::string_view, 10> kKeywords{
    "PatientID",         "PatientName", "PatientBirthDate", "AccessionNumber",   "StudyInstanceUID",
    "SeriesInstanceUID", "StudyDate",   "Modality",         "SeriesDescription", "StudyDescription",
};

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// A header as kColumnNames spells it.
std::string plain(std::string_view header) {
  std::string name = fold(header);
  std::erase_if(name, [](char c) { return !is_digit(c) && (c < 'a' || c > 'z'); });
  return name;
}

std::optional<Tag> attribute_called(std::string_view header) {
  const std::string name = plain(header);
  const auto* const found = std::find_if(kColumnNames.begin(), kColumnNames.end(),
                                         [&](const auto& each) { return each.name == name; });
  if (found == kColumnNames.end()) return std::nullopt;
  return found->tag;
}

/// Whether a value is rather a header that somebody misspelt.
bool looks_like_a_header(std::string_view text) {
  constexpr std::size_t kNear = 2;
  const std::string name = plain(text);
  if (std::any_of(text.begin(), text.end(), is_digit) || name.size() <= 2 * kNear) return false;
  return std::any_of(kColumnNames.begin(), kColumnNames.end(),
                     [&](const auto& each) { return edit_distance(name, each.name) <= kNear; });
}

/// Digits, perhaps a point or comma and more of them, and E+11: what a spreadsheet shows in the
/// place of a long number, and writes to CSV.
bool is_scientific(std::string_view text) noexcept {
  const auto exponent = text.find_first_of("eE");
  if (exponent == 0 || exponent == std::string_view::npos || !is_digit(text.front())) return false;
  const auto mantissa = text.substr(0, exponent);
  auto rest = text.substr(exponent + 1);
  if (!rest.starts_with('+') && !rest.starts_with('-')) return false;
  rest.remove_prefix(1);
  return !rest.empty() && std::all_of(rest.begin(), rest.end(), is_digit) &&
         mantissa.find_first_not_of("0123456789.,") == std::string_view::npos;
}

bool is_date(Tag tag) noexcept { return find_entry(tag)->vr == vr::kDA; }

bool narrows(Criteria criteria) {
  criteria.modality.reset();
  return criteria.narrows();
}

tl::unexpected<Error> no_cohort(CohortFault fault, std::size_t column = 0) {
  return fail(Errc::bad_value,
              {.detail = static_cast<std::uint32_t>(fault), .offset = std::uint64_t{column}});
}

/// A cohort that is being read.
class CohortReader {
 public:
  CohortReader(const Sheet& sheet, net::QueryLevel level, UnknownColumns unknown)
      : sheet_(sheet), level_(level), unknown_(unknown) {}

  Result<Cohort> read();

 private:
  using Columns = std::vector<std::optional<Tag>>;

  Result<void> read_header();
  Result<void> check_columns();
  void read_row(const SheetRow& row);
  [[nodiscard]] std::optional<CohortColumn> spelled(const SheetRow& row) const;
  [[nodiscard]] std::optional<RowFault> read_cell(const Cell& cell, std::size_t column,
                                                  Criteria& criteria) const;

  const Sheet& sheet_;
  net::QueryLevel level_;
  UnknownColumns unknown_;
  std::size_t width_ = 0;
  std::size_t first_ = 0;  ///< index of the first row of values
  Columns columns_;
  std::map<std::string, std::size_t> seen_;  ///< what rows ask for -> index of the first
  Cohort cohort_;
};

Result<void> CohortReader::read_header() {
  const SheetRow& header = sheet_.rows.front();
  bool known = false;
  columns_.resize(width_);
  for (std::size_t i = 0; i < header.cells.size(); ++i) {
    columns_[i] = attribute_called(header.cells[i].text);
    known = known || columns_[i];
  }
  if (known) {
    first_ = 1;
    return {};
  }
  if (width_ > 1) return no_cohort(CohortFault::no_header);
  if (looks_like_a_header(header.cells.front().text)) return no_cohort(CohortFault::unknown_column);
  columns_.front() = tags::kPatientId;
  return {};
}

Result<void> CohortReader::check_columns() {
  for (std::size_t i = 0; i < width_; ++i) {
    if (columns_[i] && std::count(columns_.begin(), columns_.end(), columns_[i]) > 1)
      return no_cohort(CohortFault::repeated_column, i);
    const bool used = std::any_of(sheet_.rows.begin(), sheet_.rows.end(), [&](const auto& row) {
      return i < row.cells.size() && row.cells[i] != Cell();
    });
    if (columns_[i] || !used) continue;
    if (unknown_ == UnknownColumns::refuse) return no_cohort(CohortFault::unknown_column, i);
    cohort_.ignored_columns.push_back(i);
  }
  return {};
}

std::optional<RowFault> CohortReader::read_cell(const Cell& cell, std::size_t column,
                                                Criteria& criteria) const {
  const Tag tag = *columns_[column];
  const auto fault = [&](Kind kind, ValueFault value = ValueFault::none) {
    return RowFault{kind, column, find_entry(tag)->keyword, value};
  };
  if (cell.kind == Cell::Kind::unusable) return fault(Kind::unusable_cell);
  if (cell.kind == Cell::Kind::rounded) return fault(Kind::rounded_number);
  if (cell.kind == Cell::Kind::disguised) return fault(Kind::disguised_number);
  if (cell.kind == Cell::Kind::date && !is_date(tag)) return fault(Kind::misplaced_date);
  const bool is_number = tag == tags::kPatientId || tag == tags::kAccessionNumber;
  if (is_number && is_scientific(cell.text)) return fault(Kind::rounded_number);
  const ValueFault value = set_criterion(criteria, tag, cell.text);
  if (value == ValueFault::none) return std::nullopt;
  return fault(Kind::bad_value, value);
}

/// Names have many spellings, and where no name is given, descriptions beyond ASCII.
std::optional<CohortColumn> CohortReader::spelled(const SheetRow& row) const {
  for (const Tag tag : {tags::kPatientName, tags::kSeriesDescription, tags::kStudyDescription}) {
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      const std::string& text = row.cells[i].text;
      if (columns_[i] == tag && !text.empty() && (tag == tags::kPatientName || !is_ascii(text)))
        return CohortColumn{i, find_entry(tag)->keyword};
    }
  }
  return std::nullopt;
}

void CohortReader::read_row(const SheetRow& row) {
  CohortRow result{.number = row.number,
                   .criteria = {.level = level_},
                   .fault = {},
                   .spelled = spelled(row),
                   .same_as = {}};
  std::string asked;
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    const Cell& cell = row.cells[i];
    const bool empty = cell == Cell();
    asked += columns_[i] ? cell.text + '\n' : std::string();
    if (!columns_[i] || empty || result.fault) continue;
    result.fault = read_cell(cell, i, result.criteria);
  }
  if (!result.fault && !narrows(result.criteria))
    result.fault = RowFault{Kind::narrows_nothing, 0, {}, ValueFault::none};
  if (!result.fault) {
    asked.erase(asked.find_last_not_of('\n') + 1);
    const auto [at, is_new] = seen_.try_emplace(std::move(asked), cohort_.rows.size());
    if (!is_new) result.same_as = at->second;
  }
  if (row.hidden) cohort_.hidden_rows.push_back(row.number);
  cohort_.rows.push_back(std::move(result));
}

Result<Cohort> CohortReader::read() {
  if (sheet_.rows.empty()) return no_cohort(CohortFault::empty);
  for (const SheetRow& row : sheet_.rows) width_ = std::max(width_, row.cells.size());
  DCM_CHECK(read_header());
  DCM_CHECK(check_columns());
  if (first_ == sheet_.rows.size()) return no_cohort(CohortFault::empty);
  for (std::size_t i = first_; i < sheet_.rows.size(); ++i) read_row(sheet_.rows[i]);
  return std::move(cohort_);
}

}  // namespace

Result<Cohort> make_cohort(const Sheet& sheet, net::QueryLevel level, UnknownColumns unknown) {
  return CohortReader(sheet, level, unknown).read();
}

std::span<const std::string_view> column_keywords() noexcept { return kKeywords; }

}  // namespace dcm::app
