// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/lifecycle/arguments.h"

#include <cstdlib>
#include <cstring>

#include "tests/bench/lifecycle/fail.h"

namespace usher::bench {

Arguments::Arguments(int argc, char** argv, int first) {
  for (int i = first; i < argc; i += 2) {
    if (std::strncmp(argv[i], "--", 2) != 0 || i + 1 == argc) {
      Fail(std::string("wanted --name value, not ") + argv[i]);
    }
    values_[argv[i] + 2] = argv[i + 1];
  }
}

const std::string& Arguments::Text(const std::string& name) const {
  const auto found = values_.find(name);
  if (found == values_.end()) {
    Fail("--" + name + " is missing");
  }
  return found->second;
}

double Arguments::Number(const std::string& name) const {
  const std::string& text = Text(name);
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0') {
    Fail("--" + name + " wants a number, not " + text);
  }
  return number;
}

}  // namespace usher::bench
