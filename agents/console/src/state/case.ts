// SPDX-License-Identifier: Apache-2.0
// A customer's cases and what was promised in them.
import type { Case, CaseStatus, Promise as CasePromise } from "../wire/usher/context/v1/case";
import type { ListCasesResponse } from "../wire/usher/context/v1/case_service";
import { instantMs } from "./time";

export interface CaseList {
  /** Latest first, each once. */
  cases: Case[];
  /** Asks for more; empty when there are none. */
  nextPage: string;
  loaded: boolean;
}

export const noCases: CaseList = { cases: [], nextPage: "", loaded: false };

/** The first page (`more` false) replaces what was known, so that nothing stays that is gone. */
export function withPage(list: CaseList, page: ListCasesResponse, more: boolean): CaseList {
  const added = page.cases ?? [];
  const kept = more ? list.cases.filter((one) => !added.some((other) => other.id === one.id)) : [];
  return { cases: sorted([...kept, ...added]), nextPage: page.page?.nextPageToken ?? "", loaded: true };
}

/** A case as it is now; an answer that was overtaken by a newer one is dropped. */
export function withCase(list: CaseList, changed: Case): CaseList {
  const known = list.cases.find((one) => one.id === changed.id);
  if (known && Number(known.version ?? 0) > Number(changed.version ?? 0)) return list;
  return { ...list, cases: sorted([...list.cases.filter((one) => one.id !== changed.id), changed]) };
}

/** Open ones first, the most urgent promise first among them; then the latest. */
function sorted(cases: Case[]): Case[] {
  return [...cases].sort(
    (a, b) =>
      Number(isOpen(b)) - Number(isOpen(a)) ||
      dueMs(a) - dueMs(b) ||
      (instantMs(b.openedAt) ?? 0) - (instantMs(a.openedAt) ?? 0),
  );
}

function dueMs(one: Case): number {
  const waits = isOpen(one) && one.promise && !one.promise.keptAt;
  return waits ? (instantMs(one.promise?.due) ?? Number.MAX_SAFE_INTEGER) : Number.MAX_SAFE_INTEGER;
}

export function isOpen(one: Case): boolean {
  return one.status === "STATUS_OPEN" || one.status === "STATUS_PENDING";
}

export function openCases(list: CaseList | undefined): Case[] {
  return (list?.cases ?? []).filter(isOpen);
}

export type PromiseState = "open" | "due-soon" | "overdue" | "kept";

/** Where the server has not said so yet, a promise is due soon this long before. */
const dueSoonMs = 2 * 3_600_000;

/** How a promise stands; `now` is the server's clock. */
export function promiseState(promise: CasePromise, now: number): PromiseState {
  if (promise.keptAt) return "kept";
  const due = instantMs(promise.due) ?? Number.MAX_SAFE_INTEGER;
  if (promise.missedAt || due <= now) return "overdue";
  return promise.remindedAt || due - now < dueSoonMs ? "due-soon" : "open";
}

/** The word of a status, as the timeline writes it: `open`. */
export function statusWord(status: CaseStatus | undefined): string {
  return (status ?? "STATUS_UNSPECIFIED").replace("STATUS_", "").toLowerCase();
}
