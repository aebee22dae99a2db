// SPDX-License-Identifier: MIT
#include "deid/planting.hpp"

#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <map>
#include <regex>
#include <sstream>
#include <stdexcept>

#include "deid/option.hpp"

namespace dcm::test {
namespace {

using deid::Option;
using deid::OptionSet;

constexpr Tag kManufacturer{0x0008, 0x0070};
constexpr Tag kReferencedInstance{0x0008, 0x1155};
constexpr Tag kTimezone{0x0008, 0x0201};

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream in(line);
  for (std::string cell; std::getline(in, cell, '\t');) cells.push_back(cell);
  return cells;
}

void read_lines(const std::string& name, std::vector<TableLine>& lines) {
  for (const std::vector<std::string>& cells : table_cells("data/" + name)) {
    if (cells.at(0).find_first_not_of("0123456789ABCDEF") != std::string::npos) continue;
    const auto packed = static_cast<std::uint32_t>(std::stoul(cells.at(0), nullptr, 16));
    lines.push_back({Tag::from(packed), cells.at(1), make_vr(cells.at(2)), cells.at(3),
                     options_of(cells.at(4)), options_of(cells.at(5))});
  }
}

/// Eight letters A-P for the tag's digits: a word that is nowhere else.
std::string word_of(std::string_view prefix, Tag tag) {
  std::string word(prefix);
  for (int shift = 28; shift >= 0; shift -= 4)
    word.push_back(static_cast<char>('A' + (tag.packed() >> shift & 15U)));
  return word;
}

std::string digits(std::size_t number, std::size_t width) {
  const std::string text = std::to_string(number);
  return std::string(width - std::min(width, text.size()), '0') + text;
}

// Dates lie close together and far from where the shift takes them.
void plant_number(Plant& plant, std::size_t number) {
  const std::string day = day_number(number);
  switch (plant.line.vr) {
    case vr::kDA:
      plant.value = day;
      break;
    case vr::kDT:
      plant.value = day + "101112.8" + digits(number, 5);
      plant.canaries = {day, "101112.8" + digits(number, 5)};
      return;
    case vr::kTM:
      plant.value = "101112.7" + digits(number, 5);
      break;
    case vr::kUI:
      plant.value = "1.2.9999." + std::to_string(plant.line.tag.packed()) + ".77";
      break;
    case vr::kDS:
      plant.value = "1.7" + digits(plant.line.tag.packed(), 10);
      break;
    case vr::kIS:
      plant.value = "17" + digits(number, 7);
      break;
    case vr::kAS:
      plant.value = "077Y";
      return;
    case vr::kUS:
      plant.value = "MN";
      return;
    case vr::kUL:
      plant.value = "MNMN";
      return;
    default:
      throw std::runtime_error("no value for this VR: " + plant.line.keyword);
  }
  plant.canaries = {plant.value};
}

void plant_items(Plant& plant) {
  const Tag tag = plant.line.tag;
  const std::string word = word_of("ZQ", tag);
  plant.rest = word;
  plant.canaries = {word};
  plant.person = word_of("YQ", tag);
  DataSet item;
  item.text(kManufacturer, vr::kLO, plant.line.may_be_cleaned() ? word + " Qxjon Zvdoe" : word)
      .text(tags::kPatientName, vr::kPN, plant.person + "^" + plant.person);
  if (plant.line.basic == "X/Z/U*") {
    plant.value = "1.2.9998." + std::to_string(tag.packed());
    item.text(kReferencedInstance, vr::kUI, plant.value);
  }
  plant.items = {item};
}

void plant_text(Plant& plant) {
  const std::string word = word_of("ZQ", plant.line.tag);
  plant.canaries = {word};
  const bool is_mixed = plant.line.may_be_cleaned();
  switch (plant.line.vr) {
    case vr::kAE:
    case vr::kCS:
    case vr::kSH:
      plant.rest = word;
      plant.value = is_mixed ? word + " ZVDOE" : word;
      break;
    default:
      plant.rest = "Knee " + word + " of left";
      plant.value = is_mixed ? "Knee " + word + " of Qxjon Zvdoe left" : word;
  }
}

Plant make_plant(const TableLine& line, std::size_t number) {
  Plant plant{.line = line};
  switch (line.vr) {
    case vr::kSQ:
      plant_items(plant);
      break;
    case vr::kPN:
      plant.canaries = {word_of("ZQ", line.tag), word_of("YQ", line.tag)};
      plant.value = plant.canaries[0] + "^" + plant.canaries[1];
      break;
    case vr::kUR:
      plant.canaries = {word_of("ZQ", line.tag)};
      plant.value = "http://" + plant.canaries[0] + ".example/a";
      break;
    case vr::kOB:
    case vr::kOW:
    case vr::kUN:
      plant.canaries = {word_of("ZQ", line.tag)};
      plant.value = std::string("\0\1", 2) + plant.canaries[0];
      break;
    case vr::kAE:
    case vr::kCS:
    case vr::kLO:
    case vr::kLT:
    case vr::kSH:
    case vr::kST:
    case vr::kUC:
    case vr::kUT:
      plant_text(plant);
      break;
    default:
      plant_number(plant, number);
  }
  if (line.tag == tags::kPatientName) {
    plant.value = kPlantedName;
    plant.canaries = {};
  } else if (line.tag == tags::kPatientId) {
    plant.value = kPlantedId;
    plant.canaries = {std::string(kPlantedId)};
  } else if (line.tag == kTimezone) {
    plant.value = plant.rest = "+0130";
    plant.canaries = {};
  }
  if (plant.value.size() % 2 != 0)
    plant.value.push_back(line.vr == vr::kUI || is_bulk(line.vr) ? '\0' : ' ');
  return plant;
}

std::string hmac(std::string_view label, std::string_view value) {
  std::string key;
  for (int i = 0; i < 32; ++i) key.push_back(static_cast<char>(i));
  std::string message(label);
  message.push_back('\0');
  message += value;
  std::array<unsigned char, 32> digest{};
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(), digest.data(),
       &size);
  return std::string(digest.begin(), digest.end());
}

std::string without_padding(std::string value) {
  while (!value.empty() && (value.back() == ' ' || value.back() == '\0')) value.pop_back();
  return value;
}

bool is_date(Vr vr) { return vr == vr::kDA || vr == vr::kDT; }

/// The letter that counts where the IOD decides: it may want what an X takes away.
std::string settled(const std::string& code, deid::AttributeType type) {
  if (code == "X" && type == deid::AttributeType::type1) return "D";
  if (code == "X" && type == deid::AttributeType::type2) return "Z";
  const bool has_z = code.find('Z') != std::string::npos;
  const bool has_d = code.find('D') != std::string::npos;
  if (code.find('/') == std::string::npos || code == "X/Z/U*") return code;
  switch (type) {
    case deid::AttributeType::type3:
      return code.front() == 'X' ? "X" : "Z";
    case deid::AttributeType::type2:
      return has_z ? "Z" : "D";
    default:
      return has_d ? "D" : "Z";
  }
}

std::string judge_items(const Plant& plant, const TreeNode& node, const std::string& code) {
  if (code == "Z" && node.items.empty()) return {};
  if (node.items.size() != 1) return "not one item";
  const TreeNode* text = find_node(node.items[0], kManufacturer);
  const TreeNode* uid = find_node(node.items[0], kReferencedInstance);
  if (code == "X/Z/U*")
    return uid != nullptr && without_padding(uid->value) == expected_uid(plant.value)
               ? ""
               : "item's UID not mapped";
  if (uid != nullptr && without_padding(uid->value) != without_padding(plant.value))
    return "item's UID changed";
  const bool stays = code == "K" || code == "C";
  if (!stays) return {};
  if (text == nullptr) return "item's text gone";
  const std::string wanted =
      plant.line.may_be_cleaned() ? plant.rest : plant.items[0].value(kManufacturer);
  return squeezed(text->value) == wanted ? "" : "item's text is " + text->value;
}

std::string judge_cleaned(const Plant& plant, const TreeNode& node) {
  if (is_date(plant.line.vr))
    return node.value == moved(plant.value, kPlantedShift) ? "" : "not shifted: " + node.value;
  if (plant.rest.empty()) return node.value == plant.value ? "" : "changed: " + node.value;
  return squeezed(node.value) == plant.rest ? "" : "not cleaned well: " + node.value;
}

}  // namespace

std::vector<std::vector<std::string>> table_cells(const std::string& path) {
  std::ifstream in(std::string(DCM_SOURCE_DIR) + "/" + path);
  if (!in) throw std::runtime_error("cannot read " + path);
  std::vector<std::vector<std::string>> lines;
  for (std::string line; std::getline(in, line);)
    if (!line.starts_with('#')) lines.push_back(cells_of(line));
  return lines;
}

OptionSet options_of(const std::string& cell) {
  OptionSet set;
  std::istringstream in(cell);
  for (std::string name; std::getline(in, name, ',');) {
    if (name == "-") continue;
    const std::optional<Option> option = deid::find_option(name);
    if (!option) throw std::runtime_error("no such option: " + name);
    set.add(*option);
  }
  return set;
}

std::string day_number(std::size_t number) { return moved("18000101", static_cast<int>(number)); }

std::string squeezed(const std::string& text) {
  std::string out;
  std::istringstream in(text);
  for (std::string word; in >> word;) out += (out.empty() ? "" : " ") + word;
  return out;
}

std::string TableLine::code(OptionSet options) const {
  const bool can_be_cleaned = !is_bulk(vr);
  if (!(cleans & options).empty() && can_be_cleaned) return "C";
  return (keeps & options).empty() ? basic : "K";
}

bool TableLine::may_be_cleaned() const { return basic == "C" || !cleans.empty(); }

const std::vector<TableLine>& table_lines() {
  static const std::vector<TableLine> kLines = [] {
    std::vector<TableLine> lines;
    read_lines("confidentiality.tsv", lines);
    read_lines("confidentiality_gaps.tsv", lines);
    return lines;
  }();
  return kLines;
}

const std::vector<Plant>& plants() {
  static const std::vector<Plant> kPlants = [] {
    std::vector<Plant> all;
    for (const TableLine& line : table_lines()) all.push_back(make_plant(line, all.size()));
    return all;
  }();
  return kPlants;
}

void Plant::add_to(DataSet& object) const {
  if (line.vr == vr::kSQ)
    object.sequence(line.tag, items);
  else
    object.bytes(line.tag, line.vr, value);
}

DataSet planted_rows() {
  DataSet object;
  for (const Plant& plant : plants()) plant.add_to(object);
  return object;
}

DataSet base_object() {
  return DataSet()
      .text(tags::kSopClassUid, vr::kUI, kSecondaryCapture)
      .text(tags::kSopInstanceUid, vr::kUI, kInstance)
      .text(tags::kModality, vr::kCS, "OT")
      .text(tags::kPatientName, vr::kPN, kPlantedName)
      .text(tags::kPatientId, vr::kLO, kPlantedId)
      .text(tags::kStudyInstanceUid, vr::kUI, "1.2.9999.2097165.77")
      .numbers(0x00280010_tag, vr::kUS, {2})
      .bytes(tags::kPixelData, vr::kOW, "PIXELS");
}

DataSet in_kept_sequences(std::size_t depth, const DataSet& inner) {
  // AnatomicRegion, AnatomicRegionModifier, MeasurementUnitsCode, ViewCode, CTDIPhantomTypeCode
  constexpr std::array kSequences = {0x00082218_tag, 0x00082220_tag, 0x004008EA_tag, 0x00540220_tag,
                                     0x00189346_tag};
  for (const TableLine& line : table_lines())
    if (std::find(kSequences.begin(), kSequences.end(), line.tag) != kSequences.end())
      throw std::runtime_error("a row names this sequence now: " + line.keyword);
  DataSet out = inner;
  for (std::size_t i = 0; i < depth; ++i) out = DataSet().sequence(kSequences.at(i), {out});
  return out;
}

DataSet in_functional_group(const DataSet& inner) {
  const DataSet content = DataSet().sequence(0x00209111_tag, {inner});
  return DataSet().sequence(0x52009230_tag, {DataSet(), DataSet(), content});
}

DataSet as_unknown(const DataSet& object) {
  DataSet out;
  for (const Element& element : object.elements()) {
    if (element.kind == Element::Kind::sequence) {
      std::vector<DataSet> items;
      for (const DataSet& item : element.items) items.push_back(as_unknown(item));
      out.un_sequence(element.tag, items, Lengths::defined);
    } else if (element.tag == tags::kPixelData || element.tag.group == 0x0028) {
      out.bytes(element.tag, element.vr, element.bytes);
    } else {
      out.exact_bytes(element.tag, vr::kUN, element.bytes);
    }
  }
  return out;
}

std::vector<std::string> forbidden(OptionSet options) {
  std::vector<std::string> words = {"ZVDOE", "QXJON"};
  for (const Plant& plant : plants()) {
    if (!plant.person.empty()) words.push_back(plant.person);
    const std::string code = plant.line.code(options);
    if (code == "K" || (code == "C" && !is_date(plant.line.vr))) continue;
    const bool stays = code == "C" || (code == "X/Z/U*");
    if (code == "C" && plant.line.vr == vr::kDT)
      words.push_back(plant.canaries[0]);
    else if (!stays || is_date(plant.line.vr))
      words.insert(words.end(), plant.canaries.begin(), plant.canaries.end());
    if (code == "X/Z/U*") words.push_back(without_padding(plant.value));
  }
  return words;
}

std::string Received::leak(const std::vector<std::string>& words) const {
  const std::string in = lower(bytes) + "\n" + lower(written);
  for (const std::string& word : words)
    if (in.find(lower(word)) != std::string::npos) return word;
  return unreadable;
}

deid::Project project_with(OptionSet options) {
  deid::Project project = project_of("basic");
  project.profile = project.profile.with(options);
  return project;
}

Received send(const deid::Project& project, const DataSet& object, const Encoded& encoded) {
  Budget budget(2 * HeaderTape::kMaxBytes);
  deid::Rewriter rewriter(&project, budget);
  ObjectInfo info = info_for(encoded.transfer_syntax);
  info.sop_class_uid = object.value(tags::kSopClassUid);
  const Rewritten out = rewrite(rewriter, encoded.data_set, info, 4096, 4096);
  Received received{.error = out.error};
  for (const Tag tag : rewriter.written().all_tags())
    received.written += rewriter.written().text(tag) + "\n";
  if (out.error.code != Errc::ok) return received;
  std::string data_set = out.data_set();
  const std::size_t meta = out.file.size() - data_set.size();
  if (encoded.transfer_syntax == uid::kDeflated) data_set = inflated(data_set);
  received.bytes = out.file.substr(0, meta) + data_set;
  try {
    received.tree = parse_tree(data_set, encoded.encoding());
  } catch (const std::runtime_error& error) {
    received.unreadable = error.what();
  }
  return received;
}

Received send(const deid::Project& project, const DataSet& object) {
  return send(project, object, {"", encode(object, {}), uid::kExplicitLittle});
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

const TreeNode* find_node(const Tree& tree, Tag tag) {
  const auto at =
      std::find_if(tree.begin(), tree.end(), [tag](const TreeNode& n) { return n.tag == tag; });
  return at == tree.end() ? nullptr : &*at;
}

const Tree* first_item(const Tree& tree, Tag sequence) {
  const TreeNode* node = find_node(tree, sequence);
  return node == nullptr || node->items.empty() ? nullptr : node->items.data();
}

std::string judge(const Plant& plant, const TreeNode* node, OptionSet options,
                  deid::AttributeType type) {
  const std::string code = settled(plant.line.code(options), type);
  if (code == "X") return node == nullptr ? "" : "still there: " + node->value;
  if (node == nullptr) return "gone, but its code is " + code;
  if (!is_valid(plant.line.vr, node->value)) return "not valid for its VR: " + node->value;
  if (plant.line.tag == tags::kPatientId)
    return without_padding(node->value) == kPlantedPseudonym ? "" : "is no pseudonym";
  if (plant.line.vr == vr::kSQ) return judge_items(plant, *node, code);
  if (code == "K") return node->value == plant.value ? "" : "changed: " + node->value;
  if (code == "C") return judge_cleaned(plant, *node);
  if (code == "U" && without_padding(node->value) != expected_uid(plant.value))
    return "is no mapped UID: " + node->value;
  if (code == "D" && without_padding(node->value).empty() && !is_bulk(node->vr) &&
      node->vr != vr::kUS)
    return "empty, but its code is D";
  if ((code == "D" || code == "Z") && node->value == plant.value) return "still the same";
  return {};
}

bool is_valid(Vr vr, std::string_view raw) {
  static const std::map<Vr, std::regex> kPatterns = {
      {vr::kAE, std::regex(R"([ !-\[\]-~]{0,16})")},
      {vr::kAS, std::regex(R"((\d{3}[DWMY])?)")},
      {vr::kCS, std::regex(R"([A-Z0-9_ ]{0,16})")},
      {vr::kDA, std::regex(R"((\d{4}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01]))?)")},
      {vr::kDS, std::regex(R"((?=.{0,16}$)( *[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)? *)?)")},
      {vr::kDT, std::regex(R"((\d{4}(\d\d){0,5}(\.\d{1,6})?([+-]\d{4})? *)?)")},
      {vr::kIS, std::regex(R"((?=.{0,12}$)( *[+-]?\d+ *)?)")},
      {vr::kLO, std::regex(R"([^\\\n\r\f]{0,64})")},
      {vr::kPN, std::regex(R"([^\\\n\r\f^=]{0,64}(\^[^\\\n\r\f^=]{0,64}){0,4})")},
      {vr::kSH, std::regex(R"([^\\\n\r\f]{0,16})")},
      {vr::kTM, std::regex(R"(((\d\d){1,3}(\.\d{1,6})? *)?)")},
      {vr::kUI, std::regex(R"(((0|[1-9]\d*)(\.(0|[1-9]\d*))*\0?)?)")},
      {vr::kUR, std::regex(R"(([a-z]+:[^ ]* *)?)")}};
  if (raw.size() % 2 != 0) return false;
  switch (vr) {
    case vr::kST:
      return raw.size() <= 1024;
    case vr::kLT:
      return raw.size() <= 10240;
    case vr::kUL:
      return raw.size() % 4 == 0;
    case vr::kUI:
      if (raw.size() > 65 && raw.find('\\') == std::string_view::npos) return false;
      break;
    default:
      break;
  }
  const auto pattern = kPatterns.find(vr);
  if (pattern == kPatterns.end()) return true;
  if (vr == vr::kUR) return std::regex_match(raw.begin(), raw.end(), pattern->second);
  for (std::size_t at = 0; at <= raw.size();) {
    const std::size_t end = std::min(raw.find('\\', at), raw.size());
    const std::string value(raw.substr(at, end - at));
    const bool is_last = end == raw.size();
    const std::string trimmed = is_last && vr != vr::kUI ? without_padding(value) : value;
    if (!std::regex_match(trimmed, pattern->second)) return false;
    at = end + 1;
  }
  return true;
}

std::string expected_uid(std::string_view uid) {
  std::string bytes = hmac("uid", without_padding(std::string(uid))).substr(0, 16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0F) | 0x80);
  bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);
  std::string decimal;  // long division by ten, digit by digit
  while (std::any_of(bytes.begin(), bytes.end(), [](char c) { return c != 0; })) {
    unsigned rest = 0;
    for (char& c : bytes) {
      const unsigned value = rest << 8 | static_cast<unsigned char>(c);
      c = static_cast<char>(value / 10);
      rest = value % 10;
    }
    decimal.insert(decimal.begin(), static_cast<char>('0' + rest));
  }
  return "2.25." + decimal;
}

std::string moved(std::string_view date, int days) {
  namespace chr = std::chrono;
  const auto number = [&](std::size_t at, std::size_t size) {
    return std::stoi(std::string(date.substr(at, size)));
  };
  const chr::sys_days day = chr::year(number(0, 4)) / number(4, 2) / number(6, 2);
  const chr::year_month_day to = day + chr::days(days);
  return digits(static_cast<std::size_t>(static_cast<int>(to.year())), 4) +
         digits(static_cast<unsigned>(to.month()), 2) + digits(static_cast<unsigned>(to.day()), 2) +
         std::string(date.substr(8));
}

}  // namespace dcm::test
