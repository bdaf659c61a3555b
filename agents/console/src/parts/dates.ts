// SPDX-License-Identifier: Apache-2.0
// Dates as people say them, in the language of the page.
import { instantMs } from "../state/time";

const dayMs = 86_400_000;
/** Within it a weekday says more than a year. */
const nearMs = 180 * dayMs;

/** Formatters are dear to make and cheap to use: one of each kind and language is kept. */
const formats = new Map<string, Intl.DateTimeFormat>();

function format(ms: number, locale: string, options: Intl.DateTimeFormatOptions): string {
  const key = `${locale} ${JSON.stringify(options)}`;
  let known = formats.get(key);
  if (!known) {
    known = new Intl.DateTimeFormat(locale, options);
    formats.set(key, known);
  }
  return known.format(ms);
}

/** 14:05. */
export function timeOfDay(at: string | number | undefined, locale: string): string {
  const ms = typeof at === "number" ? at : instantMs(at);
  if (ms === undefined) return "";
  return format(ms, locale, { timeStyle: "short" });
}

/** Today's time, "yesterday", a weekday of the last six, or a date; with a year when it is not this one. */
export function dayName(at: string | undefined, now: number, locale: string): string {
  const ms = instantMs(at);
  if (ms === undefined) return "";
  return daysAgo(ms, now) === 0 ? timeOfDay(ms, locale) : dayHeading(at, now, locale);
}

/** The same, but "today" for today: what stands above a day's messages. */
export function dayHeading(at: string | undefined, now: number, locale: string): string {
  const ms = instantMs(at);
  if (ms === undefined) return "";
  const days = daysAgo(ms, now);
  if (days === 0 || days === 1) {
    return new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(-days || 0, "day");
  }
  if (days > 1 && days < 7) return format(ms, locale, { weekday: "long" });
  const sameYear = new Date(ms).getFullYear() === new Date(now).getFullYear();
  const year = sameYear ? undefined : "numeric";
  return format(ms, locale, { day: "numeric", month: "short", year });
}

function daysAgo(ms: number, now: number): number {
  return Math.round((startOfDay(now) - startOfDay(ms)) / dayMs);
}

/** Date and time in full, for a tooltip. */
export function fullDate(at: string | undefined, locale: string): string {
  const ms = instantMs(at);
  if (ms === undefined) return "";
  return format(ms, locale, { dateStyle: "full", timeStyle: "short" });
}

/** Date and time on the clocks of a time zone; on this machine's where it is empty or not known here. */
export function dateAndTime(at: string | undefined, locale: string, zone: string | undefined): string {
  const ms = instantMs(at);
  if (ms === undefined) return "";
  const near = Math.abs(ms - Date.now()) < nearMs;
  const day = near ? { weekday: "short" as const } : { year: "numeric" as const };
  return format(ms, locale, { ...day, day: "numeric", month: "short", hour: "numeric", minute: "2-digit", timeZone: knownZone(zone) });
}

/** What the clocks of a time zone show, as a field for date and time writes it: `2026-11-23T18:00`. */
export function clockOf(ms: number, zone: string | undefined): string {
  const options = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  return format(ms, "sv-SE", { ...options, timeZone: knownZone(zone) }).replace(" ", "T");
}

function knownZone(zone: string | undefined): string | undefined {
  if (!zone) return undefined;
  try {
    new Intl.DateTimeFormat("en", { timeZone: zone });
    return zone;
  } catch {
    return undefined;
  }
}

/** "2 min", "1 hr": the largest unit that fits, rounded down; under a minute in seconds. */
export function shortDuration(ms: number, locale: string): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [value, unit] =
    seconds < 60
      ? [seconds, "second"]
      : seconds < 3600
        ? [Math.floor(seconds / 60), "minute"]
        : seconds < 86_400
          ? [Math.floor(seconds / 3600), "hour"]
          : [Math.floor(seconds / 86_400), "day"];
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short" }).format(value);
}

function startOfDay(ms: number): number {
  const day = new Date(ms);
  day.setHours(0, 0, 0, 0);
  return day.getTime();
}
