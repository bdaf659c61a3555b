// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/lifecycle/fail.h"

#include <cstdio>
#include <cstdlib>

namespace usher::bench {

void Fail(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::_Exit(1);
}

}  // namespace usher::bench
