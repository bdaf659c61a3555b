// SPDX-License-Identifier: Apache-2.0
import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** Focuses an element as it appears; browsers heed `autofocus` only while a page loads. */
export function useFocus<Element extends HTMLElement>(): RefObject<Element> {
  const element = useRef<Element>(null);
  useEffect(() => element.current?.focus(), []);
  return element;
}
