// SPDX-License-Identifier: Apache-2.0
// What a person likes, kept on this machine.
import { type Language, languageOf } from "../text/catalogue";

export type Theme = "auto" | "light" | "dark";

export interface Preferences {
  language: Language;
  theme: Theme;
  sound: boolean;
}

const key = "usher.preferences";

export function loadPreferences(): Preferences {
  const kept = parsed(localStorage.getItem(key));
  const theme = kept.theme === "light" || kept.theme === "dark" ? kept.theme : "auto";
  return { language: languageOf(kept.language ?? navigator.language), theme, sound: kept.sound ?? true };
}

export function savePreferences(preferences: Preferences): void {
  localStorage.setItem(key, JSON.stringify(preferences));
}

function parsed(text: string | null): Partial<Preferences> {
  try {
    const value: unknown = JSON.parse(text ?? "{}");
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
