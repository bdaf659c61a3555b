// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "tests/layers/layer_table.h"
#include "tests/layers/source_tree.h"

namespace usher::layers {

// What breaks a rule: one sentence each, with path and line, ready to be read by who broke it.
using Findings = std::vector<std::string>;

// Includes of ours that the table does not allow, that do not start at the repository root, or that
// stand in a folder that the table does not name.
Findings ForbiddenIncludes(const std::vector<SourceFile>& files, const LayerTable& table);

// Cycles of includes between files, and between folders (each folder that holds files is one).
Findings IncludeCycles(const std::vector<SourceFile>& files);

// Whatever lets the engine's decisions depend on anything but its state and command: libraries,
// clocks, randomness, the environment, floats, threads, I/O, the order of a hash table. Base is
// held to the standard library alone. Names are matched, not types: an alias of an unordered
// container escapes.
Findings ImpureCode(const std::vector<SourceFile>& files);

}  // namespace usher::layers
