// SPDX-License-Identifier: Apache-2.0
/** The name of a BCP 47 tag, in the language of the page; the tag itself when it is not one. */
export function languageName(tag: string | undefined, locale: string): string {
  if (!tag) return "";
  try {
    return new Intl.DisplayNames(locale, { type: "language" }).of(tag) ?? tag;
  } catch {
    return tag;
  }
}
