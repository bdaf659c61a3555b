// SPDX-License-Identifier: Apache-2.0

/** A new id for a request or a message: 128 random bits. Works on plain http, unlike randomUUID. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
