// SPDX-License-Identifier: MIT
#include "cli/anonymize_report.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/json.hpp"
#include "cli/messages.hpp"
#include "cli/tally_words.hpp"

namespace dcm::cli {
namespace {

std::string_view state_of(const app::NotableObject& object) noexcept {
  if (object.reason == Errc::ok) return "doubtful";
  return classify(object.reason) == ErrorClass::bad_object ? "refused" : "failed";
}

nlohmann::ordered_json object_json(const app::NotableObject& object,
                                   const app::LocalFiles* files_to_name) {
  nlohmann::ordered_json entry{{"state", state_of(object)}};
  if (object.reason != Errc::ok) entry["reason"] = code_name(object.reason);
  if (object.findings.declared_burned_in) entry["declared_burned_in"] = true;
  if (object.findings.suspected_burned_in) entry["suspected_burned_in"] = true;
  if (object.findings.unreadable > 0) entry["unreadable_elements"] = object.findings.unreadable;
  if (!object.sop_instance_uid.empty()) entry["sop_instance_uid"] = object.sop_instance_uid;
  if (files_to_name != nullptr) entry["path"] = files_to_name->path(object.file);
  return entry;
}

std::string passed_over(const app::AnonymizeReport& report) {
  std::string text;
  if (report.not_dicom > 0)
    text += fmt::format("; {} no DICOM", quantity(report.not_dicom, "file is", "files are"));
  if (report.links > 0)
    text += fmt::format("; {} passed over", quantity(report.links, "link", "links"));
  if (report.irregular > 0)
    text +=
        fmt::format("; {} no regular file", quantity(report.irregular, "entry is", "entries are"));
  if (report.directories > 0)
    text += fmt::format("; {} passed over", quantity(report.directories, "DICOMDIR", "DICOMDIRs"));
  return text;
}

}  // namespace

ExitCode exit_code(const app::AnonymizeReport& report) noexcept {
  auto code = report.fatal ? exit_code(*report.fatal) : ExitCode::done;
  if (report.unreadable_files + report.unreadable_folders > 0)
    code = graver(code, ExitCode::local_io);
  if (report.failed + report.conflict + report.missing > 0) code = graver(code, ExitCode::partial);
  if (report.refused > 0) code = graver(code, ExitCode::refused_objects);
  if (report.expected == 0) code = graver(code, ExitCode::nothing_matched);
  return code;
}

std::vector<std::string> report_warnings(const app::AnonymizeReport& report) {
  std::vector<std::string> warnings;
  if (report.unreadable_files > 0)
    warnings.push_back(fmt::format("{} not be read",
                                   quantity(report.unreadable_files, "file could", "files could")));
  if (report.unreadable_folders > 0)
    warnings.push_back(
        fmt::format("{} not be looked through",
                    quantity(report.unreadable_folders, "folder could", "folders could")));
  add_warnings(report, warnings);
  return warnings;
}

std::string summary_text(const app::AnonymizeReport& report, std::string_view output) {
  return stored_words(report, {"object", "objects", "not looked at"}, output) +
         passed_over(report) + pace_words(report);
}

std::string rehearsal_text(const app::AnonymizeReport& report) {
  auto text = fmt::format("would be stored: {} of {}, {}, {}", grouped(report.stored),
                          quantity(report.expected, "object", "objects"),
                          quantity(report.patients, "patient", "patients"),
                          quantity(report.studies, "study", "studies"));
  if (report.refused > 0) text += fmt::format("; {} refused", grouped(report.refused));
  return text + passed_over(report);
}

std::string json_text(const app::AnonymizeReport& report, ExitCode exit,
                      const app::LocalFiles* files_to_name) {
  auto json = tally_json(report, report.unreadable_folders == 0, exit);
  json["patients"] = report.patients;
  json["studies"] = report.studies;
  json["not_dicom"] = report.not_dicom;
  json["dicomdirs"] = report.directories;
  json["passed_over"] = report.links;
  json["irregular"] = report.irregular;
  json["unreadable_files"] = report.unreadable_files;
  json["unreadable_folders"] = report.unreadable_folders;
  auto objects = nlohmann::ordered_json::array();
  for (const auto& each : report.notable) objects.push_back(object_json(each, files_to_name));
  json["objects"] = std::move(objects);
  return safe_json(json);
}

}  // namespace dcm::cli
