// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from "preact/hooks";
import type { SessionError } from "../wire/usher/agents/v1/session_service";

export interface Page<Item> {
  items: Item[];
  /** Asks for what follows; empty when that is all. */
  next: string;
}

export interface Pages<Item> {
  items: Item[];
  /** False until the first page is here. */
  loaded: boolean;
  busy: boolean;
  more: boolean;
  error?: SessionError;
  /** Reads the next page. */
  older(): void;
  /** Reads from the beginning again. */
  again(): void;
}

interface Kept<Item> {
  items: Item[];
  next: string;
  loaded: boolean;
  busy: boolean;
  error?: SessionError;
}

/** A list that is read while it is looked at, page by page; what `key` names is read anew when it changes. */
export function usePages<Item>(key: string, read: (pageToken: string) => Promise<Page<Item>>): Pages<Item> {
  const fresh: Kept<Item> = { items: [], next: "", loaded: false, busy: true };
  const [kept, setKept] = useState(fresh);
  // An answer to an earlier question is dropped.
  const question = useRef(0);
  const load = (before: Kept<Item>) => {
    const mine = ++question.current;
    setKept({ ...before, busy: true, error: undefined });
    read(before.next).then(
      ({ items, next }) => {
        if (mine === question.current) setKept({ items: [...before.items, ...items], next, loaded: true, busy: false });
      },
      (error: SessionError) => {
        if (mine === question.current) setKept({ ...before, busy: false, error });
      },
    );
  };
  useEffect(() => {
    load(fresh);
    return () => void ++question.current;
  }, [key]);
  const { items, loaded, busy, error } = kept;
  return { items, loaded, busy, error, more: kept.next !== "", older: () => load(kept), again: () => load(fresh) };
}
