// SPDX-License-Identifier: Apache-2.0
#include "channels/email/flowed_text.h"

#include <cstddef>
#include <vector>

namespace usher::email {

namespace {

constexpr std::size_t kColumnsMax = 72;
constexpr std::size_t kDepthMax = 50;

std::vector<std::string_view> SplitLines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return lines;
}

// A line that a reader would take for something else gets a space in front, which is taken off.
std::string_view Stuffing(std::string_view line) {
  return line.starts_with(' ') || line.starts_with("From ") || line.starts_with('>') ? " " : "";
}

void AppendFlowed(std::string_view line, std::string& out) {
  if (line == "-- ") {  // what stands above a signature is no break
    out += "-- \n";
    return;
  }
  while (!line.empty() && line.back() == ' ') line.remove_suffix(1);
  while (line.size() > kColumnsMax) {
    std::size_t space = line.rfind(' ', kColumnsMax);
    if (space == line.npos || space == 0) space = line.find(' ', kColumnsMax);
    if (space == line.npos) break;
    out.append(Stuffing(line)).append(line.substr(0, space + 1)) += '\n';
    line.remove_prefix(space + 1);
  }
  out.append(Stuffing(line)).append(line) += '\n';
}

struct FlowedLine {
  std::size_t depth = 0;  // of quotation
  std::string_view text;
  bool goes_on = false;
};

FlowedLine ReadLine(std::string_view line, bool delete_space) {
  FlowedLine result;
  while (line.starts_with('>')) {
    if (result.depth < kDepthMax) ++result.depth;
    line.remove_prefix(1);
  }
  if (line.starts_with(' ')) line.remove_prefix(1);
  result.goes_on = line.ends_with(' ') && line != "-- ";
  if (result.goes_on && delete_space) line.remove_suffix(1);
  result.text = line;
  return result;
}

}  // namespace

std::string ToFlowed(std::string_view text) {
  std::string flowed;
  for (const std::string_view line : SplitLines(text)) {
    if (line.starts_with('>')) {
      const std::size_t end = line.find_last_not_of(' ');
      flowed.append(line.substr(0, end + 1)) += '\n';
    } else {
      AppendFlowed(line, flowed);
    }
  }
  return flowed;
}

std::string FromFlowed(std::string_view text, bool delete_space) {
  std::string joined;
  bool continues = false;
  std::size_t depth = 0;
  for (const std::string_view raw : SplitLines(text)) {
    const FlowedLine line = ReadLine(raw, delete_space);
    if (continues && (line.depth != depth || line.text == "-- ")) {
      joined += '\n';
      continues = false;
    }
    if (!continues) {
      for (std::size_t i = 0; i < line.depth; ++i) joined += "> ";
    }
    joined.append(line.text);
    continues = line.goes_on;
    depth = line.depth;
    if (!continues) joined += '\n';
  }
  if (continues) joined += '\n';
  return joined;
}

}  // namespace usher::email
