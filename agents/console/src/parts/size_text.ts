// SPDX-License-Identifier: Apache-2.0

/** 340 kB; nothing where the size is not known. */
export function sizeText(bytes: number, locale: string): string {
  if (bytes <= 0) return "";
  const [value, unit] = bytes < 1e6 ? [Math.max(1, Math.round(bytes / 1e3)), "kilobyte"] : [Math.round(bytes / 1e5) / 10, "megabyte"];
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short" }).format(value);
}
