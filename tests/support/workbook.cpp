// SPDX-License-Identifier: MIT
#include "support/workbook.hpp"

#include <zip.h>

#include <algorithm>
#include <stdexcept>
#include <string_view>

namespace dcm::test {
namespace {

constexpr std::string_view kTypes =
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships/";

std::string document(const std::string& content) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n" + content;
}

std::string relation(const std::string& id, const std::string& type, const std::string& target) {
  return "<Relationship Id=\"" + id + "\" Type=\"" + std::string(kTypes) + type + "\" Target=\"" +
         target + "\"/>";
}

std::string relations(const std::string& content) {
  return document(
      "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">" +
      content + "</Relationships>");
}

std::string main_element(const std::string& name, const std::string& content) {
  return document(
      "<" + name +
      " xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" "
      "xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\">" +
      content + "</" + name + ">");
}

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else {
      result += c;
    }
  }
  return result;
}

}  // namespace

std::string zip_archive(const Parts& parts) {
  zip_error_t error;
  ::zip_error_init(&error);
  zip_source_t* whole = ::zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_t* archive = ::zip_open_from_source(whole, ZIP_TRUNCATE, &error);
  if (archive == nullptr) throw std::runtime_error("no archive can be made");
  ::zip_source_keep(whole);
  for (const auto& [name, text] : parts) {
    zip_source_t* source = ::zip_source_buffer(archive, text.data(), text.size(), 0);
    if (::zip_file_add(archive, name.c_str(), source, ZIP_FL_ENC_UTF_8) < 0)
      throw std::runtime_error("an archive does not take " + name);
  }
  zip_stat_t status;
  if (::zip_close(archive) != 0 || ::zip_source_open(whole) != 0 ||
      ::zip_source_stat(whole, &status) != 0)
    throw std::runtime_error("an archive cannot be written");
  std::string bytes(status.size, '\0');
  if (::zip_source_read(whole, bytes.data(), bytes.size()) !=
      static_cast<zip_int64_t>(bytes.size()))
    throw std::runtime_error("an archive cannot be read");
  ::zip_source_close(whole);
  ::zip_source_free(whole);
  return bytes;
}

Parts workbook_parts(const std::string& rows, const std::string& strings,
                     const std::string& styles) {
  return {
      {"_rels/.rels", relations(relation("rId1", "officeDocument", "xl/workbook.xml"))},
      {"xl/workbook.xml",
       main_element("workbook",
                    "<sheets><sheet name=\"Cohort\" sheetId=\"1\" r:id=\"rId1\"/></sheets>")},
      {"xl/_rels/workbook.xml.rels",
       relations(relation("rId1", "worksheet", "worksheets/sheet1.xml") +
                 relation("rId2", "sharedStrings", "sharedStrings.xml") +
                 relation("rId3", "styles", "styles.xml"))},
      {"xl/worksheets/sheet1.xml",
       main_element("worksheet", "<sheetData>" + rows + "</sheetData>")},
      {"xl/sharedStrings.xml", main_element("sst", strings)},
      {"xl/styles.xml", main_element("styleSheet", styles)},
  };
}

std::string& part(Parts& parts, const std::string& name) {
  const auto found = std::find_if(parts.begin(), parts.end(),
                                  [&](const auto& each) { return each.first == name; });
  if (found == parts.end()) throw std::runtime_error("there is no part " + name);
  return found->second;
}

std::string workbook_of(const std::vector<std::vector<std::string>>& rows) {
  std::string strings, data;
  int index = 0;
  for (const auto& row : rows) {
    data += "<row>";
    for (const auto& cell : row) {
      data += "<c t=\"s\"><v>" + std::to_string(index++) + "</v></c>";
      strings += "<si><t xml:space=\"preserve\">" + escaped(cell) + "</t></si>";
    }
    data += "</row>";
  }
  return zip_archive(workbook_parts(data, strings));
}

}  // namespace dcm::test
