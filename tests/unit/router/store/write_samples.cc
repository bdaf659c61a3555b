// SPDX-License-Identifier: Apache-2.0
// Adds samples that are missing to the folder samples/v1: `store_samples [FOLDER]`. It never
// changes one that is there, for that is what an earlier version wrote. See
// docs/operate/upgrade.md.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>

#include "tests/unit/router/store/field_lines.h"
#include "tests/unit/router/store/record_samples.h"

namespace {

constexpr std::size_t kBytesOfALine = 40;

std::string ToHex(std::string_view bytes) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text.push_back(kHex[(bytes[i] >> 4) & 15]);
    text.push_back(kHex[bytes[i] & 15]);
    if ((i + 1) % kBytesOfALine == 0) text.push_back('\n');
  }
  if (bytes.size() % kBytesOfALine != 0) text.push_back('\n');
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  using namespace usher::store;
  const std::filesystem::path folder =
      argc > 1 ? argv[1] : USHER_SOURCE_DIR "/tests/unit/router/store/samples/v1";
  std::filesystem::create_directories(folder);
  ForEachSample([&](const std::string& name, RecordKind kind, const auto& value) {
    const std::filesystem::path record = folder / (name + ".hex");
    if (std::filesystem::exists(record)) return;
    std::ofstream(record) << ToHex(ToRecord(kind, value));
    std::ofstream lines(folder / (name + ".fields"));
    for (const auto& [path, text] : FieldLinesOf(value)) lines << path << " = " << text << '\n';
    std::cout << "added " << record.string() << '\n';
  });
}
