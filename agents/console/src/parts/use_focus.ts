// SPDX-License-Identifier: Apache-2.0
import type { RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

/** Focuses an element as it appears, before the next key can come; browsers heed `autofocus` only while a page loads. */
export function useFocus<Element extends HTMLElement>(): RefObject<Element> {
  const element = useRef<Element>(null);
  useLayoutEffect(() => element.current?.focus(), []);
  return element;
}

/** Focuses an element as it appears where what had the focus went away for it. */
export function useLostFocus<Element extends HTMLElement>(): RefObject<Element> {
  const element = useRef<Element>(null);
  useLayoutEffect(() => {
    if (document.activeElement === document.body) element.current?.focus();
  }, []);
  return element;
}
