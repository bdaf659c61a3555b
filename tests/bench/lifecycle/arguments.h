// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

namespace usher::bench {

// A program's `--name value` pairs; what is not one, or is asked for and missing, ends it with a
// line that says so.
class Arguments {
 public:
  // From `first` on.
  Arguments(int argc, char** argv, int first);

  const std::string& Text(const std::string& name) const;
  double Number(const std::string& name) const;

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace usher::bench
