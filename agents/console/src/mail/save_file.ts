// SPDX-License-Identifier: Apache-2.0

/** How long the browser has to begin saving before the bytes are let go. */
const letGoAfterMs = 60_000;

/** Saves bytes of somebody else as a file. They are never opened as a page, which would be one of the console's origin. */
export function saveFile(bytes: Blob, name: string): void {
  const address = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = address;
  // Neither folders nor marks that turn the reading direction round and so hide what kind of file it is.
  link.download = name.replace(/[/\\:*?"<>|\u0000-\u001f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "_");
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), letGoAfterMs);
}

/** The pictures that are shown; by the name of their type as well as by what an image is drawn from, nothing of them can act. */
const pictures = new Set(["image/png", "image/jpeg", "image/gif", "image/webp"]);

export function isPicture(mediaType: string | undefined): boolean {
  return pictures.has((mediaType ?? "").toLowerCase());
}
