// SPDX-License-Identifier: Apache-2.0

// Of numbers in ascending order; undefined for none.
export function quantile(sorted, share) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

export function median(numbers) {
  return quantile([...numbers].sort((a, b) => a - b), 0.5);
}
