// SPDX-License-Identifier: MIT
#include "support/oracle.hpp"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmnet/scu.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include "support/parsed_tree.hpp"
#include "support/phantoms.hpp"
#include "support/process.hpp"
#include "support/read_back.hpp"
#include "support/samples.hpp"
#include "support/temp_dir.hpp"

namespace dcm::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kGet = UID_GETStudyRootQueryRetrieveInformationModel;

std::string sop_uid_of(const std::string& file) {
  const std::string head("\x02\x00\x03\x00UI", 6);  // in the file meta group
  const std::size_t at = file.find(head, 132);
  if (at == std::string::npos) throw std::runtime_error("a recorded file lacks its UID");
  std::string uid = file.substr(at + 8, static_cast<unsigned char>(file[at + 6]));
  while (!uid.empty() && uid.back() == '\0') uid.pop_back();
  return uid;
}

std::map<std::string, std::string> files_by_uid(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::string file = read_file(entry.path());
    files[sop_uid_of(file)] = std::move(file);
  }
  return files;
}

std::vector<std::pair<DcmTagKey, std::string>> keys_of(const Wish& wish) {
  const std::string level = !wish.sop_uid.empty()      ? "IMAGE"
                            : !wish.series_uid.empty() ? "SERIES"
                                                       : "STUDY";
  std::vector<std::pair<DcmTagKey, std::string>> keys = {{DCM_QueryRetrieveLevel, level},
                                                         {DCM_StudyInstanceUID, wish.study_uid}};
  if (!wish.series_uid.empty()) keys.emplace_back(DCM_SeriesInstanceUID, wish.series_uid);
  if (!wish.sop_uid.empty()) keys.emplace_back(DCM_SOPInstanceUID, wish.sop_uid);
  return keys;
}

void check(const OFCondition& condition, const char* what) {
  if (condition.bad()) throw std::runtime_error(std::string(what) + ": " + condition.text());
}

bool is_removed(Tag tag) {
  return std::find(kDemographicTags.begin(), kDemographicTags.end(), tag) != kDemographicTags.end();
}

Tree tree_of(const std::string& file) {
  const std::string syntax = transfer_syntax_of(file);
  const std::string data_set = data_set_of(file);
  if (syntax == uid::kDeflated) return parse_tree(inflated(data_set), dcm::Encoding::explicit_le);
  return parse_tree(data_set, encoding_of(syntax_of(syntax)));
}

std::string difference(const Tree& written, const Tree& expected) {
  const auto at = std::mismatch(written.begin(), written.end(), expected.begin(), expected.end());
  if (at.first == written.end() && at.second == expected.end()) return {};
  return "first difference at top level: written\n" +
         (at.first == written.end() ? "(nothing)\n" : outline({*at.first})) + "expected\n" +
         (at.second == expected.end() ? "(nothing)\n" : outline({*at.second}));
}

// Relative names keep the messages about both folders alike.
std::map<std::string, int> warnings_about(const fs::path& folder, std::size_t count) {
  std::vector<std::string> command = {"dcmdump", "-M"};
  for (std::size_t i = 0; i < count; ++i) command.push_back(std::to_string(i));
  const RunResult result = run(command, {.working_directory = folder.string()});
  std::map<std::string, int> warnings;
  std::istringstream lines(result.err);
  for (std::string line; std::getline(lines, line);)
    if (line.rfind("W: ", 0) == 0 || line.rfind("E: ", 0) == 0) ++warnings[line];
  return warnings;
}

}  // namespace

std::map<std::string, std::string> record(const Address& server, const Wish& wish) {
  OFLog::configure(OFLogger::OFF_LOG_LEVEL);
  const TempDir folder;
  DcmSCU scu;
  scu.setPeerHostName("127.0.0.1");
  scu.setPeerPort(server.port);
  scu.setPeerAETitle(server.ae_title.c_str());
  scu.setAETitle("RECORDER");
  scu.setMaxReceivePDULength(131072);
  scu.setStorageDir(folder.path().c_str());
  scu.setStorageMode(DCMSCU_STORAGE_BIT_PRESERVING);
  OFList<OFString> plain, proposed;
  plain.push_back(UID_LittleEndianExplicitTransferSyntax);
  plain.push_back(UID_LittleEndianImplicitTransferSyntax);
  proposed.push_back(wish.transfer_syntax.c_str());
  check(scu.addPresentationContext(kGet, plain), "context");
  check(scu.addPresentationContext(wish.sop_class.c_str(), proposed, ASC_SC_ROLE_SCP), "context");
  check(scu.initNetwork(), "network");
  check(scu.negotiateAssociation(), "association");
  DcmDataset keys;
  for (const auto& [tag, value] : keys_of(wish))
    check(keys.putAndInsertString(tag, value.c_str()), "key");
  OFList<RetrieveResponse*> responses;
  const OFCondition got =
      scu.sendCGETRequest(scu.findPresentationContextID(kGet, ""), &keys, &responses);
  for (RetrieveResponse* each : responses) delete each;
  scu.releaseAssociation();
  check(got, "C-GET");
  return files_by_uid(folder.path());
}

std::map<std::string, std::string> record_by_getscu(const Address& server, const Wish& wish,
                                                    const std::string& option) {
  const TempDir folder;
  std::vector<std::string> command = {
      "getscu", "+B", "-S", option, "-od", folder.path().string(), "-aec", server.ae_title};
  for (const auto& [tag, value] : keys_of(wish)) {
    command.emplace_back("-k");
    command.push_back(std::string(DcmTag(tag).getTagName()) + "=" + value);
  }
  command.insert(command.end(), {"127.0.0.1", std::to_string(server.port)});
  const RunResult result = run(command, {.environment = {{"TCP_NODELAY", "1"}}});
  if (result.exit_code != 0) throw std::runtime_error("getscu: " + result.err);
  return files_by_uid(folder.path());
}

std::string objection_as_received(const Pair& pair) {
  if (transfer_syntax_of(pair.written) != transfer_syntax_of(pair.sent))
    return pair.label + ": another transfer syntax";
  const std::string written = data_set_of(pair.written), sent = data_set_of(pair.sent);
  if (written == sent) return {};
  const auto at = std::mismatch(written.begin(), written.end(), sent.begin(), sent.end());
  return pair.label + ": " + std::to_string(written.size()) + " bytes written, " +
         std::to_string(sent.size()) + " sent, first difference at " +
         std::to_string(at.first - written.begin());
}

std::string objection_anonymized(const Pair& pair) try {
  if (transfer_syntax_of(pair.written) != transfer_syntax_of(pair.sent))
    return pair.label + ": another transfer syntax";
  const Tree expected =
      without(tree_of(pair.sent), [](Tag tag) { return is_removed(tag) || tag.element == 0x0000; });
  const std::string found = difference(tree_of(pair.written), expected);
  return found.empty() ? found : pair.label + ": " + found;
} catch (const std::runtime_error& error) {
  return pair.label + ": cannot be compared: " + error.what();
}

std::string new_warnings(const std::vector<Pair>& pairs) {
  const TempDir folder;
  const fs::path written = folder.path() / "written", sent = folder.path() / "sent";
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    write_file(written / std::to_string(i), pairs[i].written);
    write_file(sent / std::to_string(i), pairs[i].sent);
  }
  const std::map<std::string, int> before = warnings_about(sent, pairs.size()),
                                   after = warnings_about(written, pairs.size());
  std::string fresh;
  for (const auto& [line, count] : after) {
    const auto at = before.find(line);
    if (at == before.end() || at->second < count) fresh += line + "\n";
  }
  return fresh;
}

}  // namespace dcm::test
