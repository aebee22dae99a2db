// SPDX-License-Identifier: MIT
#include "app/sheet_xlsx.hpp"

#include <zip.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <memory>
#include <optional>
#include <pugixml.hpp>
#include <utility>

#include "app/sheet_number.hpp"
#include "dicom/text.hpp"

namespace dcm::app {
namespace {

/// A parsed part takes some 64 bytes for each element and attribute.
constexpr std::ptrdiff_t kMaxNodes = 6'000'000;
constexpr std::uint32_t kLastRow = 1'048'576;

struct Discard {
  void operator()(zip_t* archive) const noexcept { ::zip_discard(archive); }
  void operator()(zip_file_t* file) const noexcept { ::zip_fclose(file); }
};

std::string_view local_name(std::string_view name) noexcept {
  return name.substr(name.find(':') + 1);  // without a colon: all of it
}

/// The first child of that name, whatever its prefix.
pugi::xml_node child(const pugi::xml_node& node, std::string_view name) {
  return node.find_child([&](const auto& each) { return local_name(each.name()) == name; });
}

template <typename Visit>
void for_each(const pugi::xml_node& node, std::string_view name, const Visit& visit) {
  for (const auto& each : node.children())
    if (local_name(each.name()) == name) visit(each);
}

std::string_view attribute(const pugi::xml_node& node, std::string_view name) {
  for (const auto& each : node.attributes())
    if (local_name(each.name()) == name) return each.value();
  return {};
}

bool is_true(std::string_view value) { return value == "1" || value == "true"; }

std::optional<std::uint32_t> number_in(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// The character of `_x000D_` at the beginning of `text` (ECMA-376 22.9.2.19); none if another text
/// is there. What is no ASCII stays as it is.
std::optional<char> escaped_character(std::string_view text) {
  constexpr std::size_t kSize = 7;
  if (text.size() < kSize || !text.starts_with("_x") || text[kSize - 1] != '_') return std::nullopt;
  unsigned code = 0;
  const auto [end, error] = std::from_chars(text.data() + 2, text.data() + kSize - 1, code, 16);
  if (error != std::errc() || end != text.data() + kSize - 1 || code >= 0x80) return std::nullopt;
  return static_cast<char>(code);
}

std::string unescaped(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const auto character = escaped_character(text);
    result += character.value_or(text.front());
    text.remove_prefix(character ? 7 : 1);
  }
  return result;
}

/// The text of a string item, plain or in runs. What tells how it is pronounced is left out.
std::string string_item(const pugi::xml_node& item) {
  std::string text;
  for (const auto& each : item.children()) {
    if (local_name(each.name()) == "t") text += each.child_value();
    if (local_name(each.name()) == "r") text += child(each, "t").child_value();
  }
  return unescaped(text);
}

/// A workbook that is being read.
class Workbook {
 public:
  Result<Sheet> read(std::string_view bytes, std::string_view name);

 private:
  using Part = pugi::xml_document;
  struct Relation {
    std::string id, type, part;
  };

  Result<void> open(std::string_view bytes);
  Result<std::string> inflate(const std::string& part);
  Result<void> parse(const std::string& part, Part& document);
  Result<std::vector<Relation>> relations_of(const std::string& part);
  Result<std::string> part_of_sheet(const Part& workbook, std::string_view name,
                                    const std::vector<Relation>& relations) const;
  Result<void> read_strings(const std::string& part);
  Result<void> read_styles(const std::string& part);
  Result<Sheet> read_rows(const std::string& part);
  Result<void> read_row(const pugi::xml_node& row, std::uint32_t number, SheetBuilder& builder);
  [[nodiscard]] std::optional<Cell> cell_of(const pugi::xml_node& node) const;
  [[nodiscard]] Cell number_cell(const pugi::xml_node& node, std::string_view stored) const;

  std::unique_ptr<zip_t, Discard> archive_;
  std::size_t budget_ = kMaxSheetBytes;
  std::vector<std::string> strings_;
  std::vector<NumberFormat> formats_;  ///< by index of cell style
  DateSystem dates_ = DateSystem::since_1900;
};

tl::unexpected<Error> damaged() { return fail(sheet_error(SheetFault::damaged)); }

Result<void> Workbook::open(std::string_view bytes) {
  zip_error_t error;
  ::zip_error_init(&error);
  zip_source_t* source = ::zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  if (source != nullptr) archive_.reset(::zip_open_from_source(source, ZIP_RDONLY, &error));
  ::zip_error_fini(&error);
  if (archive_) return {};
  if (source != nullptr) ::zip_source_free(source);
  return damaged();
}

Result<std::string> Workbook::inflate(const std::string& part) {
  const auto index = ::zip_name_locate(archive_.get(), part.c_str(), ZIP_FL_NOCASE);
  if (index < 0) return damaged();
  const std::unique_ptr<zip_file_t, Discard> file(
      ::zip_fopen_index(archive_.get(), static_cast<zip_uint64_t>(index), 0));
  if (!file) return damaged();
  // What the archive says of its size may be a lie.
  std::string text;
  for (;;) {
    char block[32768];
    const auto size = ::zip_fread(file.get(), block, sizeof block);
    if (size < 0) return damaged();
    if (size == 0) return text;
    if (static_cast<std::size_t>(size) > budget_) return fail(sheet_error(SheetFault::too_large));
    budget_ -= static_cast<std::size_t>(size);
    text.append(block, static_cast<std::size_t>(size));
  }
}

Result<void> Workbook::parse(const std::string& part, Part& document) {
  DCM_TRY(const std::string text, inflate(part));
  if (std::count_if(text.begin(), text.end(), [](char c) { return c == '<' || c == '='; }) >
      kMaxNodes)
    return fail(sheet_error(SheetFault::too_large));
  // A run of spaces alone separates words.
  constexpr unsigned kParse =
      pugi::parse_default | pugi::parse_doctype | pugi::parse_ws_pcdata_single;
  if (!document.load_buffer(text.data(), text.size(), kParse)) return damaged();
  for (const auto& node : document.children())
    if (node.type() == pugi::node_doctype) return damaged();
  return {};
}

/// What a part refers to, by its `_rels/NAME.rels`; the empty part is the whole package.
Result<std::vector<Workbook::Relation>> Workbook::relations_of(const std::string& part) {
  const auto slash = part.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : part.substr(0, slash + 1);
  Part document;
  DCM_CHECK(parse(folder + "_rels/" + part.substr(folder.size()) + ".rels", document));
  std::vector<Relation> relations;
  for_each(child(document, "Relationships"), "Relationship", [&](const auto& each) {
    const auto type = attribute(each, "Type");
    const std::string target(attribute(each, "Target"));
    relations.push_back({std::string(attribute(each, "Id")),
                         std::string(type.substr(type.rfind('/') + 1)),
                         target.starts_with('/') ? target.substr(1) : folder + target});
  });
  return relations;
}

Result<std::string> Workbook::part_of_sheet(const Part& workbook, std::string_view name,
                                            const std::vector<Relation>& relations) const {
  std::optional<std::string> part;
  for_each(child(child(workbook, "workbook"), "sheets"), "sheet", [&](const auto& sheet) {
    const auto state = attribute(sheet, "state");
    const bool wanted = name.empty() ? state.empty() || state == "visible"
                                     : nfc(attribute(sheet, "name")) == nfc(name);
    if (part || !wanted) return;
    for (const Relation& each : relations)
      if (each.type == "worksheet" && each.id == attribute(sheet, "id")) part = each.part;
  });
  if (!part) return fail(sheet_error(SheetFault::no_such_sheet));
  return *part;
}

Result<void> Workbook::read_strings(const std::string& part) {
  Part document;
  DCM_CHECK(parse(part, document));
  for_each(child(document, "sst"), "si",
           [&](const auto& item) { strings_.push_back(string_item(item)); });
  return {};
}

Result<void> Workbook::read_styles(const std::string& part) {
  Part document;
  DCM_CHECK(parse(part, document));
  const auto sheet = child(document, "styleSheet");
  std::vector<std::pair<std::string, NumberFormat>> own;
  for_each(child(sheet, "numFmts"), "numFmt", [&](const auto& format) {
    own.emplace_back(attribute(format, "numFmtId"),
                     format_of_code(attribute(format, "formatCode")));
  });
  for_each(child(sheet, "cellXfs"), "xf", [&](const auto& style) {
    const auto id = attribute(style, "numFmtId");
    const auto found =
        std::find_if(own.begin(), own.end(), [&](const auto& each) { return each.first == id; });
    formats_.push_back(found == own.end() ? built_in_format(number_in(id).value_or(0))
                                          : found->second);
  });
  return {};
}

/// None for an index that leads nowhere.
std::optional<Cell> Workbook::cell_of(const pugi::xml_node& node) const {
  const auto type = attribute(node, "t");
  if (type == "inlineStr") return Cell{Cell::Kind::text, string_item(child(node, "is"))};
  const std::string_view stored = child(node, "v").child_value();
  if (type == "s") {
    const auto index = number_in(stored);
    if (!index || *index >= strings_.size()) return std::nullopt;
    return Cell{Cell::Kind::text, strings_[*index]};
  }
  if (type == "str") return Cell{Cell::Kind::text, unescaped(stored)};
  if (type == "d") return date_cell(stored.substr(0, stored.find('T')));
  if (!type.empty() && type != "n") return Cell{Cell::Kind::unusable, {}};
  if (!stored.empty()) return number_cell(node, stored);
  return Cell{child(node, "f") ? Cell::Kind::unusable : Cell::Kind::text, {}};
}

Cell Workbook::number_cell(const pugi::xml_node& node, std::string_view stored) const {
  const auto style = number_in(attribute(node, "s")).value_or(0);
  return app::number_cell(stored, style < formats_.size() ? formats_[style] : NumberFormat{},
                          dates_);
}

/// Takes the column, from 0, off the reference of a cell, such as `AB12`.
std::optional<std::size_t> take_column(std::string_view& reference) {
  std::size_t column = 0, letters = 0;
  for (; letters < reference.size() && reference[letters] >= 'A' && reference[letters] <= 'Z';
       ++letters)
    column = column * 26 + static_cast<std::size_t>(reference[letters] - 'A' + 1);
  if (letters == 0 || letters > 3) return std::nullopt;
  reference.remove_prefix(letters);
  return column - 1;
}

/// The area of a reference such as `A2:B7`.
std::optional<CellArea> area_of(std::string_view reference) {
  const auto colon = reference.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  auto first = reference.substr(0, colon), last = reference.substr(colon + 1);
  const auto left = take_column(first), right = take_column(last);
  const auto top = number_in(first), bottom = number_in(last);
  if (!left || !right || *left > *right || !top || !bottom || *top > *bottom) return std::nullopt;
  return CellArea{*top, *bottom, *left, *right};
}

Result<void> Workbook::read_row(const pugi::xml_node& row, std::uint32_t number,
                                SheetBuilder& builder) {
  std::size_t next = 0;
  for (const auto& node : row.children()) {
    if (local_name(node.name()) != "c") continue;
    auto reference = attribute(node, "r");
    const auto column = reference.empty() ? std::optional(next) : take_column(reference);
    auto cell = cell_of(node);
    if (!column || *column < next || !cell) return fail(sheet_error(SheetFault::damaged, number));
    DCM_CHECK(builder.add(number, *column, std::move(*cell)));
    next = *column + 1;
  }
  return {};
}

Result<Sheet> Workbook::read_rows(const std::string& part) {
  Part document;
  DCM_CHECK(parse(part, document));
  const auto worksheet = child(document, "worksheet");
  const auto data = child(worksheet, "sheetData");
  if (!data) return damaged();
  SheetBuilder builder;
  std::uint32_t last = 0;
  for (const auto& row : data.children()) {
    if (local_name(row.name()) != "row") continue;
    const auto stated = attribute(row, "r");
    const auto number = stated.empty() ? std::optional(last + 1) : number_in(stated);
    if (!number || *number <= last || *number > kLastRow) return damaged();
    last = *number;
    DCM_CHECK(read_row(row, last, builder));
    if (is_true(attribute(row, "hidden"))) builder.hide(last);
  }
  for (const auto& merged : child(worksheet, "mergeCells").children()) {
    const auto area = area_of(attribute(merged, "ref"));
    if (!area) return damaged();
    DCM_CHECK(builder.merge(*area));
  }
  return builder.take();
}

Result<Sheet> Workbook::read(std::string_view bytes, std::string_view name) {
  DCM_CHECK(open(bytes));
  if (::zip_name_locate(archive_.get(), "_rels/.rels", ZIP_FL_NOCASE) < 0)
    return fail(sheet_error(SheetFault::not_a_workbook));
  DCM_TRY(const auto package, relations_of(""));
  const auto main = std::find_if(package.begin(), package.end(),
                                 [](const auto& each) { return each.type == "officeDocument"; });
  if (main == package.end()) return fail(sheet_error(SheetFault::not_a_workbook));
  Part workbook;
  DCM_CHECK(parse(main->part, workbook));
  if (!child(workbook, "workbook")) return fail(sheet_error(SheetFault::not_a_workbook));
  if (is_true(attribute(child(child(workbook, "workbook"), "workbookPr"), "date1904")))
    dates_ = DateSystem::since_1904;
  DCM_TRY(const auto relations, relations_of(main->part));
  DCM_TRY(const std::string sheet, part_of_sheet(workbook, name, relations));
  for (const Relation& each : relations) {
    if (each.type == "sharedStrings") DCM_CHECK(read_strings(each.part));
    if (each.type == "styles") DCM_CHECK(read_styles(each.part));
  }
  return read_rows(sheet);
}

}  // namespace

Result<Sheet> parse_xlsx(std::string_view bytes, std::string_view name) {
  return Workbook().read(bytes, name);
}

}  // namespace dcm::app
