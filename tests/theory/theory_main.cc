// SPDX-License-Identifier: Apache-2.0
// Prints theory beside simulated: usher_theory [--arrivals N] [--seeds N] [ROW...]
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "tests/theory/measure.h"
#include "tests/theory/rows.h"

namespace {

bool ParseCount(const char* text, int& out) {
  const auto [end, failure] = std::from_chars(text, text + std::strlen(text), out);
  return failure == std::errc{} && *end == '\0' && out > 1;
}

bool PrintRow(const usher::theory::TheoryRow& row, int arrivals, int seeds) {
  bool holds = true;
  const auto runs = usher::theory::Measure(usher::theory::CallCentreOf(row, arrivals), seeds);
  for (const auto& expected : usher::theory::ExpectationsOf(row)) {
    const auto measured = usher::theory::MeasuredOf(runs, expected.figure);
    const double off = measured.mean - expected.value;
    const bool near = std::fabs(off) <= measured.Tolerance(expected.value);
    holds = holds && near;
    std::printf("| %-4s | %-28s | %10.4f | %10.4f | %8.4f | %+7.2f%% | %s |\n", row.id.c_str(),
                std::string(expected.figure).c_str(), expected.value, measured.mean,
                measured.deviation / std::sqrt(static_cast<double>(seeds)),
                expected.value == 0 ? 0 : 100 * off / expected.value, near ? "holds" : "FAILS");
  }
  std::fflush(stdout);
  return holds;
}

}  // namespace

int main(int argc, char** argv) {
  int arrivals = 100'000;
  int seeds = 20;
  std::vector<std::string> wanted;
  for (int i = 1; i < argc; ++i) {
    const bool has_value = i + 1 < argc;
    if (std::strcmp(argv[i], "--arrivals") == 0 && has_value && ParseCount(argv[i + 1], arrivals)) {
      ++i;
    } else if (std::strcmp(argv[i], "--seeds") == 0 && has_value &&
               ParseCount(argv[i + 1], seeds)) {
      ++i;
    } else if (argv[i][0] == '-') {
      std::fprintf(stderr, "usher_theory [--arrivals N] [--seeds N] [ROW...]\n");
      return 2;
    } else {
      wanted.emplace_back(argv[i]);
    }
  }
  std::printf(
      "| row  | figure                       |     theory |  simulated | std err. |   off    |"
      "       |\n|---|---|---|---|---|---|---|\n");
  const auto begin = std::chrono::steady_clock::now();
  double simulated = 0;
  bool holds = true;
  for (const auto& row : usher::theory::TheoryRows()) {
    const bool named = std::find(wanted.begin(), wanted.end(), row.id) != wanted.end();
    if (wanted.empty() ? row.heavy : !named) continue;
    holds = PrintRow(row, arrivals, seeds) && holds;
    simulated += usher::theory::CallCentreOf(row, arrivals).traffic.ExpectedArrivals() * seeds;
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  std::printf("\n%.1f million arrivals in %.1f s: %.0f a second\n", simulated / 1e6, seconds,
              simulated / seconds);
  return holds ? 0 : 1;
}
