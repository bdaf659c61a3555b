// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace usher::engine {

// The known name that a person most likely meant by `wrong`: the one with the fewest single-letter
// edits (insert, drop, change, swap of neighbours), the first of equals. Empty when every name is
// too far off to be a slip of the keys (more than a third of the longer one, at least one edit).
// Costs O(length²) a name; names longer than 64 bytes are never suggested.
std::string_view NearestName(std::string_view wrong, std::span<const std::string> known);

// The nearest of `known` however far off, a common beginning counting double: "wait" is nearest to
// "wait_limit". Empty only where nothing is known.
std::string_view NearestNameAtAll(std::string_view wrong, std::span<const std::string> known);

// `; did you mean "english"?`, or nothing, to be put behind a message.
std::string DidYouMean(std::string_view wrong, std::span<const std::string> known);

// The same, but where no name is near enough for that, `; the nearest is "english"`. Nothing only
// where nothing is known.
std::string DidYouMeanAtAll(std::string_view wrong, std::span<const std::string> known);

}  // namespace usher::engine
