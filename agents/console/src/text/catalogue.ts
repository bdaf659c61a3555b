// SPDX-License-Identifier: Apache-2.0
// Text by language: `t("offer.waited", {time})`. A catalogue is a flat table; `{x}` is filled in, and
// a key with `.one` and `.other` below it is chosen by `count`.
import { en } from "./en";
import { zh } from "./zh";

export type Key = keyof typeof en;
export type Catalogue = Record<Key, string>;

export const catalogues = { en, zh } satisfies Record<string, Catalogue>;
export type Language = keyof typeof catalogues;
export const languageNames: Record<Language, string> = { en: "English", zh: "简体中文" };
const locales: Record<Language, string> = { en: "en-GB", zh: "zh-CN" };

/** The person's own region where it fits the language, for dates and times. */
function localeOf(language: Language): string {
  const known = typeof navigator === "undefined" ? [] : (navigator.languages ?? []);
  return known.find((tag) => tag.includes("-") && languageOf(tag) === language && tag.startsWith(language)) ?? locales[language];
}

type Plural<K> = K extends `${infer Stem}.other` ? Stem : never;
export type TextKey = Key | Plural<Key>;
type Values = Record<string, string | number>;

export interface Text {
  (key: TextKey, values?: Values): string;
  language: Language;
  locale: string;
  /** The text of a key that may not exist. */
  ifKnown(key: string): string | undefined;
  /** A word of the domain file, such as a reason or a disposition, as a person would write it. */
  word(id: string): string;
}

/** The language that we have for a BCP 47 tag. */
export function languageOf(tag: string): Language {
  return tag.toLowerCase().startsWith("zh") ? "zh" : "en";
}

export function textOf(language: Language): Text {
  const table: Record<string, string> = catalogues[language];
  const locale = localeOf(language);
  const plural = new Intl.PluralRules(locale);
  const text = (key: TextKey, values: Values = {}) => {
    const chosen = table[key] ?? table[`${key}.${plural.select(Number(values.count))}`] ?? table[`${key}.other`];
    return filled(chosen ?? key, values);
  };
  const ifKnown = (key: string) => table[key];
  const word = (id: string) => table[`word.${id}`] ?? spelled(id);
  return Object.assign(text, { language, locale, ifKnown, word });
}

function filled(template: string, values: Values): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** `follow-up` is Follow-up and `tech_support` Tech support. */
function spelled(id: string): string {
  const words = id.replace(/_/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
