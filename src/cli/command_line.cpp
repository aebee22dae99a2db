// SPDX-License-Identifier: MIT
#include "cli/command_line.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

#include "deid/confidentiality_table.hpp"
#include "deid/safe_private.hpp"
#include "deid/sr_concepts.hpp"

namespace dcm::cli {
namespace {

struct CommandRow {
  std::string_view name;
  std::string_view summary;
  std::string_view examples;
  std::string_view path_name = {};  ///< of what stands outside the options, if anything may
  std::string_view path_words = {};
};

constexpr std::array kCommands{
    CommandRow{"echo", "Asks whether the server is there and knows us (C-ECHO).",
               "Examples:\n"
               "  dicom-client echo --host pacs.example.org --port 104 --called-aet PACS\n"
               "  dicom-client echo --server archive"},
    CommandRow{"search", "Lists patients, studies, series or images (C-FIND).",
               "Examples:\n"
               "  dicom-client search --patient-name \"doe john\"\n"
               "  dicom-client search --modality MR --study-date 20230101-20231231\n"
               "  dicom-client search --level SERIES --patient-id 12345 --json"},
    CommandRow{"get",
               "Finds, retrieves (C-GET), de-identifies in flight and files into a tree.\n"
               "DIR/{PatientID}/{SeriesNumber}_{SeriesDescription}/{SOPInstanceUID}.dcm",
               "Examples:\n"
               "  dicom-client get --patient-name \"doe john\" --anonymize-data -o output\n"
               "  dicom-client get --level SERIES --patient-id 12345 --modality MR --dry-run\n"
               "  dicom-client get --study-date 2023-01-01 --server archive --jobs 8"},
    CommandRow{"anonymize",
               "De-identifies local files and folders into a tree.\n"
               "DIR/{PatientID}/{SeriesNumber}_{SeriesDescription}/{SOPInstanceUID}.dcm",
               "Examples:\n"
               "  dicom-client anonymize study -o output --profile research\n"
               "  dicom-client anonymize scans/*.dcm -o output --profile basic --dry-run\n"
               "  dicom-client anonymize disk1 disk2 -o output --option retain-uids --json",
               "PATH", "files, and folders with all that is in them"},
    CommandRow{"profile list", "Lists the built-in profiles.",
               "Examples:\n"
               "  dicom-client profile list"},
    CommandRow{"profile show",
               "Shows what a profile does.\n"
               "Base, options, tables, rules, and how many attributes get which action.",
               "Examples:\n"
               "  dicom-client profile show research\n"
               "  dicom-client profile show basic --option clean-descriptors --all\n"
               "  dicom-client profile show lung-study.yaml --json",
               "NAME|FILE", "a built-in profile or a YAML file"},
    CommandRow{"profile explain",
               "Tells for each attribute of DICOM files what a profile does to it, and why.",
               "Examples:\n"
               "  dicom-client profile explain scan.dcm --profile research\n"
               "  dicom-client profile explain scan.dcm --option retain-uids --values",
               "FILE", "DICOM files"},
    CommandRow{"doctor",
               "Finds out what a server can do, and which settings to use.\n"
               "Asks; fetches an object, and drops it, only with --study-instance-uid.\n"
               "Ends with 0 where get has what it needs: C-FIND, and a method to use; with 3\n"
               "where the server lists nothing of the study that was named, so that no object\n"
               "could be tried; else with 4.",
               "Examples:\n"
               "  dicom-client doctor --host pacs.example.org --port 104 --called-aet PACS\n"
               "  dicom-client doctor --server archive --study-instance-uid 1.2.3 --receive-port "
               "11112"},
    CommandRow{"move",
               "Has the server send to another AE (C-MOVE).\n"
               "The objects go from the server straight to TITLE, as they are: not\n"
               "de-identified. The server must know TITLE with its host and port.",
               "Examples:\n"
               "  dicom-client move --study-instance-uid 1.2.3 --destination WORKSTATION\n"
               "  dicom-client move --patient-id 12345 --modality MR --level SERIES \\\n"
               "    --destination RESEARCH --server archive\n"
               "  dicom-client move --study-date 2023-01-01 --destination BACKUP --dry-run"},
    CommandRow{"batch",
               "Gets what each row of a cohort names, with a status for each row.\n"
               "Columns: PatientID, PatientName, PatientBirthDate, AccessionNumber,\n"
               "StudyInstanceUID, SeriesInstanceUID, StudyDate, Modality, SeriesDescription,\n"
               "StudyDescription, or plain words such as \"date of birth\"; or one column of\n"
               "PatientIDs. The same command, run again, fetches only what is missing.",
               "Examples:\n"
               "  dicom-client batch cohort.xlsx -o output --profile research\n"
               "  dicom-client batch cohort.csv -o output --server archive --dry-run\n"
               "  dicom-client batch list.xlsx --sheet \"Arm B\" --level SERIES -o output",
               "COHORT", "a CSV or XLSX file, one row for each patient, study or series"},
};

constexpr unsigned kEcho = 1, kSearch = 2, kGet = 4, kAnonymize = 8, kList = 16, kShow = 32,
                   kExplain = 64, kDoctor = 128, kMove = 256, kBatch = 512;
constexpr unsigned kRetrieves = kGet | kMove, kFetches = kGet | kBatch,
                   kOnline = kEcho | kSearch | kRetrieves | kBatch | kDoctor,
                   kCriteria = kSearch | kRetrieves, kWrites = kFetches | kAnonymize,
                   kProfiles = kList | kShow | kExplain;

enum class Takes : std::uint8_t { nothing, value, values };

/// One option: everything there is to know of it but what its value means.
struct OptionRow {
  unsigned commands;
  std::string_view group;
  std::string_view name;  ///< long
  std::string_view letter;
  Takes takes;
  std::string_view type;
  std::string_view description;
};

constexpr std::string_view kServerGroup = "Server", kSecurityGroup = "Security",
                           kCriteriaGroup = "Criteria", kCohortGroup = "Cohort",
                           kOutputGroup = "Output", kTrialGroup = "Trial",
                           kDeidGroup = "De-identification";

constexpr std::array kOptions{
    OptionRow{kCriteria, kCriteriaGroup, "--level", "-l", Takes::value, "LEVEL",
              "the unit listed or retrieved: PATIENT, STUDY (default), SERIES or IMAGE"},
    OptionRow{kBatch, kCohortGroup, "--level", "-l", Takes::value, "LEVEL",
              "the unit retrieved: PATIENT, STUDY (default) or SERIES"},
    OptionRow{kBatch, kCohortGroup, "--sheet", "", Takes::value, "NAME",
              "the sheet of an XLSX workbook (default: its first that is not hidden)"},
    OptionRow{kBatch, kCohortGroup, "--ignore-columns", "", Takes::nothing, "",
              "leave out columns that are not known, rather than stop"},
    OptionRow{kBatch, kCohortGroup, "--status", "", Takes::value, "FILE",
              "what has become of each row, as CSV without identities\n"
              "(default: beside the cohort, NAME.status.csv)"},
    OptionRow{kCriteria, kCriteriaGroup, "--patient-id", "-p", Takes::value, "TEXT", "PatientID"},
    OptionRow{kCriteria, kCriteriaGroup, "--patient-name", "-n", Takes::value, "TEXT",
              "PatientName; family name first, any case, or DOE^JOHN"},
    OptionRow{kCriteria, kCriteriaGroup, "--patient-birth-date", "", Takes::value, "DATES",
              "PatientBirthDate"},
    OptionRow{kCriteria, kCriteriaGroup, "--study-date", "-d", Takes::value, "DATES",
              "StudyDate: 20230101, 2023-01-01, 20230101-20231231, 20230101-"},
    OptionRow{kCriteria, kCriteriaGroup, "--series-date", "", Takes::value, "DATES", "SeriesDate"},
    OptionRow{kCriteria, kCriteriaGroup, "--study-description", "-s", Takes::value, "TEXT",
              "StudyDescription; * and ? are wildcards, as in all texts"},
    OptionRow{kCriteria, kCriteriaGroup, "--series-description", "", Takes::value, "TEXT",
              "SeriesDescription"},
    OptionRow{kCriteria, kCriteriaGroup, "--accession-number", "-a", Takes::value, "TEXT",
              "AccessionNumber"},
    OptionRow{kCriteria, kCriteriaGroup, "--modality", "-m", Takes::value, "TEXT",
              "Modality; at STUDY level whole studies that hold such a series"},
    OptionRow{kCriteria, kCriteriaGroup, "--study-instance-uid", "", Takes::value, "UID",
              "StudyInstanceUID"},
    OptionRow{kCriteria, kCriteriaGroup, "--series-instance-uid", "", Takes::value, "UID",
              "SeriesInstanceUID"},
    OptionRow{kCriteria, kCriteriaGroup, "--sop-instance-uid", "", Takes::value, "UID",
              "SOPInstanceUID"},
    OptionRow{kCriteria, kCriteriaGroup, "--number-of-study-related-instances", "", Takes::value,
              "NUMBER", "NumberOfStudyRelatedInstances"},
    OptionRow{kCriteria, kCriteriaGroup, "--match", "", Takes::values, "KEYWORD=VALUE",
              "any other attribute; repeatable"},
    OptionRow{kDoctor, kTrialGroup, "--study-instance-uid", "", Takes::value, "UID",
              "a study to try with: one object of it is fetched, and dropped"},
    OptionRow{kDoctor, kTrialGroup, "--receive-port", "", Takes::value, "PORT",
              "try C-MOVE too: where it reaches us, as the server knows it"},
    OptionRow{kDoctor, kTrialGroup, "--receive-from", "", Takes::values, "HOST",
              "who may send that object besides the server itself; repeatable"},
    OptionRow{kDoctor, kTrialGroup, "--receive-plain", "", Takes::nothing, "",
              "with --tls: let C-MOVE bring that object in the clear, for all on the way\n"
              "to read (default: by TLS too, which needs --tls-cert and --tls-key)"},
    OptionRow{kRetrieves, kCriteriaGroup, "--everything", "", Takes::nothing, "",
              "allow a retrieval that nothing narrows"},

    OptionRow{kWrites, kOutputGroup, "--output", "-o", Takes::value, "DIR",
              "the tree's folder (default: output_dir)"},
    OptionRow{kWrites, kDeidGroup, "--anonymize-data", "", Takes::nothing, "",
              "the same as --profile demographics"},
    OptionRow{kWrites | kExplain, kDeidGroup, "--profile", "", Takes::value, "NAME|FILE",
              "demographics (removes 20 attributes of the patient), basic, research,\n"
              "or a YAML file; dicom-client profile list tells more"},
    OptionRow{kWrites | kShow | kExplain, kDeidGroup, "--option", "", Takes::values, "NAME",
              "an option of PS3.15 Annex E, such as clean-descriptors; repeatable;\n"
              "without --profile it implies basic"},
    OptionRow{kWrites | kShow | kExplain, kDeidGroup, "--without-option", "", Takes::values, "NAME",
              "leave out an option that the profile has; repeatable"},
    OptionRow{kWrites | kExplain, kDeidGroup, "--key-file", "", Takes::value, "FILE",
              "the secret behind UIDs, pseudonyms and dates (default:\n"
              "$XDG_DATA_HOME/dicom-client/project.key, made when absent)"},
    OptionRow{kWrites | kExplain, kDeidGroup, "--pseudonyms", "", Takes::value, "FILE.csv",
              "pseudonyms to give: CSV of patient_id,pseudonym"},
    OptionRow{kWrites, kDeidGroup, "--number-new", "", Takes::nothing, "",
              "give patients who are not in --pseudonyms PAT_0001 and so on,\n"
              "and add them to the file"},
    OptionRow{kWrites | kExplain, kDeidGroup, "--scrub-list", "", Takes::value, "FILE",
              "phrases to take out of all text, one a line: staff, wards, sites"},
    OptionRow{kWrites | kExplain, kDeidGroup, "--allow-burned-in", "", Takes::nothing, "",
              "take objects whose pixels are said to show who the patient is"},
    OptionRow{kWrites, kDeidGroup, "--export-map", "", Takes::value, "FILE.csv",
              "write what became of PatientIDs and UIDs; it undoes the de-identification"},
    OptionRow{kFetches, kOutputGroup, "--jobs", "", Takes::value, "N",
              "associations at the same time, 1 to 64 (default: 4, or fewer if the\n"
              "configured server has fewer max_associations)"},
    OptionRow{kFetches, kOutputGroup, "--method", "", Takes::value, "METHOD",
              "get: C-GET; move: C-MOVE to ourselves; auto (default): C-GET, and\n"
              "C-MOVE where the server does no C-GET, or with --receive-port for\n"
              "whatever C-GET does not bring"},
    OptionRow{kFetches, kOutputGroup, "--receive-port", "", Takes::value, "PORT",
              "where C-MOVE reaches us, as the server knows it (default: 11112)"},
    OptionRow{kFetches, kOutputGroup, "--receive-from", "", Takes::values, "HOST",
              "who may send to us besides the server itself; repeatable"},
    OptionRow{kFetches, kOutputGroup, "--receive-plain", "", Takes::nothing, "",
              "with --tls: let C-MOVE bring objects in the clear, for all on the way to\n"
              "read (default: by TLS too, which needs --tls-cert and --tls-key)"},
    OptionRow{kFetches, kOutputGroup, "--retries", "", Takes::value, "N",
              "times to ask again for what does not come, 0 to 20 (default: 4)"},
    OptionRow{kFetches, kOutputGroup, "--retry-pause", "", Takes::value, "SECONDS",
              "before the first time, doubled each time (default: 1)"},
    OptionRow{kFetches, kOutputGroup, "--retry-refused", "", Takes::nothing, "",
              "ask again for objects that an earlier run refused for their content"},
    OptionRow{kRetrieves | kBatch, kOutputGroup, "--dry-run", "", Takes::nothing, "",
              "stop after printing what would be retrieved"},
    OptionRow{kAnonymize, kOutputGroup, "--jobs", "", Takes::value, "N",
              "files at the same time, 1 to 64 (default: one a processor, at most 8)"},
    OptionRow{kAnonymize, kOutputGroup, "--dry-run", "", Takes::nothing, "",
              "tell what would be stored and refused; write nothing"},
    OptionRow{kAnonymize, kOutputGroup, "--report-paths", "", Takes::nothing, "",
              "with --json: where each refused or doubtful object came from;\n"
              "paths may name patients"},
    OptionRow{kShow, kOutputGroup, "--all", "", Takes::nothing, "",
              "every attribute that the profile names, with action and reason"},
    OptionRow{kExplain, kOutputGroup, "--values", "", Takes::nothing, "",
              "values before and after; they may name patients"},
    OptionRow{kCriteria | kBatch | kAnonymize | kProfiles | kDoctor, kOutputGroup, "--json", "",
              Takes::nothing, "", "the result as JSON on stdout"},
    OptionRow{kSearch, kOutputGroup, "--csv", "", Takes::nothing, "",
              "the result as CSV on stdout"},

    OptionRow{kMove, kServerGroup, "--destination", "", Takes::value, "TITLE",
              "the AE title to send to, as the server knows it"},
    OptionRow{kOnline, kServerGroup, "--server", "", Takes::value, "NAME",
              "a server of the configuration file (default: its default server)"},
    OptionRow{kOnline, kServerGroup, "--config", "", Takes::value, "FILE",
              "configuration (default: $DICOM_CLIENT_CONFIG, else\n"
              "$XDG_CONFIG_HOME/dicom-client/config.yaml)"},
    OptionRow{kOnline, kServerGroup, "--host", "", Takes::value, "HOST", "name or address"},
    OptionRow{kOnline, kServerGroup, "--port", "", Takes::value, "PORT", "TCP port (default: 104)"},
    OptionRow{kOnline, kServerGroup, "--called-aet", "", Takes::value, "TITLE",
              "the server's AE title"},
    OptionRow{kOnline, kServerGroup, "--calling-aet", "", Takes::value, "TITLE",
              "our AE title (default: DICOM-CLIENT)"},
    OptionRow{kCriteria | kBatch, kServerGroup, "--character-set", "", Takes::value, "TERM",
              "what the server's texts are in, such as ISO_IR 100, where it does not tell\n"
              "or matches only this (default: names are asked for in all that hold them)"},
    OptionRow{kOnline, kServerGroup, "--timeout", "", Takes::value, "SECONDS",
              "longest silence of the server (default: 30 for the association,\n"
              "600 for a first answer, 60 after that)"},
    OptionRow{kOnline, kServerGroup, "--connect-timeout", "", Takes::value, "SECONDS",
              "longest wait for the TCP connection (default: 10)"},

    OptionRow{kOnline, kSecurityGroup, "--tls", "", Takes::nothing, "",
              "encrypt: TLS 1.2 or 1.3; the server's certificate is always checked"},
    OptionRow{kOnline, kSecurityGroup, "--tls-ca", "", Takes::value, "FILE",
              "certificates to trust (PEM) instead of those that the system trusts;\n"
              "the server's own is enough"},
    OptionRow{kOnline, kSecurityGroup, "--tls-cert", "", Takes::value, "FILE",
              "our certificate (PEM), for a server that demands one, and for the port\n"
              "where C-MOVE sends to us"},
    OptionRow{kOnline, kSecurityGroup, "--tls-key", "", Takes::value, "FILE",
              "its private key (PEM), which nobody else may read"},
    OptionRow{kOnline, kSecurityGroup, "--tls-name", "", Takes::value, "NAME",
              "the name in the server's certificate, if it is not --host"},
    OptionRow{kOnline, kSecurityGroup, "--user", "", Takes::value, "NAME",
              "the user, for a server that asks who it is"},
    OptionRow{kOnline, kSecurityGroup, "--password-file", "", Takes::value, "FILE",
              "the user's password; nobody else may read the file"},
    OptionRow{kOnline, kSecurityGroup, "--password-env", "", Takes::value, "VARIABLE",
              "the environment variable with the password"},
    OptionRow{kOnline, kSecurityGroup, "--jwt-file", "", Takes::value, "FILE",
              "a token (JWT) instead of a user name; nobody else may read the file"},
    OptionRow{kOnline, kSecurityGroup, "--jwt-env", "", Takes::value, "VARIABLE",
              "the environment variable with the token"},
    OptionRow{kOnline, kSecurityGroup, "--user-response", "", Takes::nothing, "",
              "go on only if the server confirms the user"},
};

constexpr std::array kCriterionOptions{
    CriterionOption{"--patient-id", "PatientID"},
    CriterionOption{"--patient-name", "PatientName"},
    CriterionOption{"--patient-birth-date", "PatientBirthDate"},
    CriterionOption{"--study-date", "StudyDate"},
    CriterionOption{"--series-date", "SeriesDate"},
    CriterionOption{"--study-description", "StudyDescription"},
    CriterionOption{"--series-description", "SeriesDescription"},
    CriterionOption{"--accession-number", "AccessionNumber"},
    CriterionOption{"--modality", "Modality"},
    CriterionOption{"--modality", "ModalitiesInStudy"},
    CriterionOption{"--study-instance-uid", "StudyInstanceUID"},
    CriterionOption{"--series-instance-uid", "SeriesInstanceUID"},
    CriterionOption{"--sop-instance-uid", "SOPInstanceUID"},
    CriterionOption{"--number-of-study-related-instances", "NumberOfStudyRelatedInstances"},
    CriterionOption{"--level", "QueryRetrieveLevel"},
};

std::string general_help() {
  std::string text =
      "Finds studies in a PACS, retrieves them, de-identifies them in flight and files them into a "
      "tree.\n\n"
      "Usage: dicom-client COMMAND [OPTIONS]\n\n"
      "Commands:\n";
  for (const auto& row : kCommands) {
    text += fmt::format("  {:<17}{}\n", row.name, row.summary.substr(0, row.summary.find('\n')));
  }
  return text +
         "\n"
         "  -h,--help  this text, or that of a command\n"
         "  --version  the version\n\n"
         "Examples:\n"
         "  dicom-client get --help\n"
         "  dicom-client search --patient-name \"doe john\" --server archive\n"
         "  dicom-client get --patient-name \"doe john\" --anonymize-data -o output\n";
}

/// One command's parser. Values stay in CLI11 until read() takes them; none is converted there.
class Parser {
 public:
  explicit Parser(unsigned command);

  Checked<Typed> read(std::span<const char* const> arguments);

 private:
  struct Added {
    const OptionRow* row;
    CLI::Option* option;
  };
  [[nodiscard]] const Added* find(std::string_view name) const;
  [[nodiscard]] tl::unexpected<Failure> unexpected(std::span<const char* const> arguments) const;
  [[nodiscard]] tl::unexpected<Failure> wrong_count(std::string_view clis_words) const;
  Checked<std::vector<std::string>> results(const Added& added) const;

  const CommandRow& command_;
  CLI::App app_;
  std::vector<Added> added_;
  CLI::Option* paths_ = nullptr;
};

Parser::Parser(unsigned command)
    : command_(kCommands[command]),
      app_(std::string(command_.summary) + "\n", "dicom-client " + std::string(command_.name)) {
  for (const auto& row : kOptions) {
    if ((row.commands & 1U << command) == 0) continue;
    auto names = std::string(row.name);
    if (!row.letter.empty()) names = std::string(row.letter) + "," + names;
    const std::string description(row.description);
    auto* option =
        row.takes == Takes::nothing
            ? app_.add_flag(std::move(names), description)
            : app_.add_option(std::move(names), CLI::callback_t([](const auto&) { return true; }),
                              description);
    option->group(std::string(row.group));
    if (row.takes != Takes::nothing) option->type_name(std::string(row.type));
    if (row.takes == Takes::values) option->take_all()->expected(1)->allow_extra_args(false);
    added_.push_back({&row, option});
  }
  if (!command_.path_name.empty()) {
    paths_ = app_.add_option(std::string(command_.path_name),
                             CLI::callback_t([](const auto&) { return true; }),
                             std::string(command_.path_words));
    paths_->group("Input")->type_name("")->take_all()->allow_extra_args()->expected(
        1, CLI::detail::expected_max_vector_size);
  }
  app_.set_help_flag("-h,--help", "this text")->group("Help");
  app_.footer(std::string(command_.examples));
  app_.get_formatter()->column_width(36);
}

const Parser::Added* Parser::find(std::string_view name) const {
  if (name.empty()) return nullptr;
  const auto found = std::find_if(added_.begin(), added_.end(), [&](const auto& each) {
    return each.row->name == name || each.row->letter == name;
  });
  return found == added_.end() ? nullptr : &*found;
}

/// Names the option that nobody knows. A stray value may name a patient: it is not repeated.
tl::unexpected<Failure> Parser::unexpected(std::span<const char* const> arguments) const {
  const auto help = fmt::format("dicom-client {} --help lists all options", command_.name);
  for (const std::string_view argument : arguments) {
    const auto name = argument.substr(0, argument.find('='));
    if (!name.starts_with("--") || name.size() < 3 || find(name) != nullptr) continue;
    if (name == "--help") continue;
    std::vector<std::string_view> names;
    for (const auto& each : added_) names.push_back(each.row->name.substr(2));
    const auto near = nearest(name.substr(2), names);
    return refuse(
        fmt::format("option {}", name), "unknown option",
        did_you_mean(near.empty() ? near : std::string_view(near.data() - 2, near.size() + 2),
                     help));
  }
  for (const std::string_view argument : arguments) {
    if (argument.size() < 2 || argument[0] != '-' || argument[1] == '-') continue;
    const auto letter = argument.substr(0, 2);
    if (find(letter) != nullptr || letter == "-h" || (letter[1] >= '0' && letter[1] <= '9'))
      continue;
    return refuse(fmt::format("option {}", letter), "unknown option", help);
  }
  return refuse(fmt::format("command {}", command_.name), "a value that belongs to no option",
                "put a value with spaces in quotes: --patient-name \"doe john\"");
}

/// CLI11 tells the option only in its words, which begin with its name; they may go on with values.
tl::unexpected<Failure> Parser::wrong_count(std::string_view clis_words) const {
  const auto* added = find(clis_words.substr(0, clis_words.find(':')));
  if (added == nullptr) return refuse("command line", "cannot be understood");
  auto what = fmt::format("option {}", added->row->name);
  if (added->row->takes == Takes::nothing) return refuse(std::move(what), "takes no value");
  if (added->row->takes == Takes::value && added->option->count() > 1) {
    return refuse(std::move(what), "given more than once");
  }
  return refuse(std::move(what), "its value is missing",
                fmt::format("{} {}", added->row->name, added->row->type));
}

Checked<std::vector<std::string>> Parser::results(const Added& added) const {
  const auto what = [&] { return fmt::format("option {}", added.row->name); };
  auto values = added.option->results();
  if (added.row->takes == Takes::nothing) {
    const bool plain =
        std::all_of(values.begin(), values.end(), [](auto& it) { return it == "true"; });
    if (!plain) return refuse(what(), "takes no value");
    return std::vector<std::string>();
  }
  for (const auto& value : values) {
    if (value.empty()) {
      return refuse(what(), "its value is empty",
                    added.row->group == kCriteriaGroup
                        ? "leave the option out to match everything"
                        : fmt::format("{} {}", added.row->name, added.row->type));
    }
    // `--patient-id --anonymize-data` must not search for a patient of that name and store as is.
    const auto name = value.substr(0, value.find('='));
    if (find(name) != nullptr || name == "-h" || name == "--help") {
      return refuse(what(), fmt::format("its value is missing before {}", name),
                    fmt::format("{} {}", added.row->name, added.row->type));
    }
  }
  return values;
}

Checked<Typed> Parser::read(std::span<const char* const> arguments) {
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  Typed typed{.command = std::string(command_.name), .text = {}, .paths = {}, .values = {}};
  try {
    app_.parse(std::move(reversed));
  } catch (const CLI::CallForHelp&) {
    typed.text = app_.help();
    return typed;
  } catch (const CLI::ExtrasError&) {
    return unexpected(arguments);
  } catch (const CLI::ParseError& error) {
    return wrong_count(error.what());
  }
  if (paths_ != nullptr) typed.paths = paths_->results();
  for (const auto& each : added_) {
    if (each.option->count() == 0) continue;
    auto values = results(each);
    if (!values) return tl::unexpected<Failure>(values.error());
    typed.values.emplace(each.row->name, std::move(*values));
  }
  return typed;
}

tl::unexpected<Failure> unknown_command(std::string_view typed) {
  std::vector<std::string_view> names;
  for (const auto& row : kCommands) names.push_back(row.name.substr(0, row.name.find(' ')));
  if (typed.starts_with('-')) {
    return refuse("command line", "the command comes first",
                  "dicom-client search --server NAME; dicom-client --help lists the commands");
  }
  return refuse(
      "command line", "unknown command",
      did_you_mean(
          nearest(typed, names),
          "the commands are echo, search, get, batch, move, anonymize, profile and doctor: see "
          "dicom-client --help"));
}

/// `profile` without one of its three words.
Checked<Typed> profile_alone(std::string_view second) {
  if (second == "-h" || second == "--help") {
    std::string text = "What a profile does, attribute by attribute.\n\nCommands:\n";
    for (const auto& row : kCommands) {
      if (!row.name.starts_with("profile ")) continue;
      text += fmt::format("  {:<17}{}\n", row.name, row.summary.substr(0, row.summary.find('\n')));
    }
    return Typed{.command = {}, .text = std::move(text), .paths = {}, .values = {}};
  }
  constexpr std::array<std::string_view, 3> kWords{"list", "show", "explain"};
  return refuse("command profile",
                second.empty() ? "it needs one word more" : "there is no such word",
                did_you_mean(nearest(second, kWords),
                             "profile list, profile show NAME, or profile explain FILE"));
}

/// The program, and the tables that its rules come from.
std::string version_text() {
  return fmt::format(
      "dicom-client " DCM_VERSION "\nPS3.15 {} Table E.1-1, {} Table E.3.10-1, {} Table E.3.4-1\n",
      deid::table_edition(), deid::safe_private_edition(), deid::sr_concepts_edition());
}

}  // namespace

const std::string* Typed::value(std::string_view option) const {
  const auto found = values.find(option);
  return found == values.end() || found->second.empty() ? nullptr : &found->second.front();
}

Checked<Typed> read_command_line(std::span<const char* const> arguments) {
  if (arguments.empty()) {
    return refuse("command line", "no command", "dicom-client --help lists the commands");
  }
  const std::string_view first = arguments.front();
  if (first == "-h" || first == "--help")
    return Typed{.command = {}, .text = general_help(), .paths = {}, .values = {}};
  if (first == "--version") {
    return Typed{.command = {}, .text = version_text(), .paths = {}, .values = {}};
  }
  const std::string_view second = arguments.size() > 1 ? arguments[1] : std::string_view();
  for (unsigned index = 0; index < kCommands.size(); ++index) {
    const std::string_view name = kCommands[index].name;
    if (name == first) return Parser(index).read(arguments.subspan(1));
    if (name == fmt::format("{} {}", first, second)) {
      return Parser(index).read(arguments.subspan(2));
    }
  }
  if (first == "profile") return profile_alone(second);
  return unknown_command(first);
}

std::span<const CriterionOption> criterion_options() noexcept { return kCriterionOptions; }

}  // namespace dcm::cli
