// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace usher::context {

// Somebody made up, always the same for a number. Family names are as unevenly spread as people's:
// seven of a hundred Chinese ones are 王.
struct Person {
  std::string name;
  std::string phone;  // E.164
  std::string email;
};
Person PersonOf(std::uint64_t number);

// What somebody might type to find that person.
struct Typed {
  const char* kind;
  std::string text;
};
Typed TypedFor(std::uint64_t number, std::uint64_t dice);

// The same numbers on every machine (SplitMix64).
std::uint64_t Scramble(std::uint64_t number);

}  // namespace usher::context
