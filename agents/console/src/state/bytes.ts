// SPDX-License-Identifier: Apache-2.0
// Texts have bounds in bytes of UTF-8; people count characters.

const encoder = new TextEncoder();

export function bytesOf(text: string): number {
  return encoder.encode(text).length;
}

/** How many characters have to go from the end for a text to fit; 0: it fits. */
export function charactersOver(text: string, bytesMax: number): number {
  let over = bytesOf(text) - bytesMax;
  if (over <= 0) return 0;
  let count = 0;
  for (const one of Array.from(text).reverse()) {
    if (over <= 0) break;
    over -= bytesOf(one);
    ++count;
  }
  return count;
}
