// SPDX-License-Identifier: Apache-2.0

/** Basis points as a percentage: 9250 is 92.5%. */
export function percent(basisPoints: number, locale: string): string {
  return new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 1 }).format(basisPoints / 10_000);
}
