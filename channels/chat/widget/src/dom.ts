// SPDX-License-Identifier: Apache-2.0
// Elements without a framework. Text is always text, never markup.

type Child = Node | string | false | undefined;
type Props = Record<string, string | boolean | number | undefined | ((event: never) => void)>;

/** An element: `on…` functions are listeners, true is an empty attribute, false and undefined none. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  props: Props = {},
  ...children: Child[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value as EventListener);
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter((child): child is Node | string => child !== false && child !== undefined));
  return element;
}

const svgSpace = "http://www.w3.org/2000/svg";

const paths = {
  chat: "M4 5.5A1.5 1.5 0 0 1 5.5 4h9A1.5 1.5 0 0 1 16 5.5v6a1.5 1.5 0 0 1-1.5 1.5H9l-3.5 3v-3A1.5 1.5 0 0 1 4 11.5z",
  down: "M5 8l5 5 5-5",
  send: "M10 16V4.5M5 9.5l5-5 5 5",
  clock: "M10 4a6 6 0 1 0 0 12 6 6 0 0 0 0-12zM10 7v3l2 1.5",
  check: "M4.5 10.5L8 14l7.5-8",
  checks: "M2 10.5L5.5 14 13 6M9.5 13l1 1L18 6",
  alert: "M10 4a6 6 0 1 0 0 12 6 6 0 0 0 0-12zM10 7v3.5M10 13v.1",
  exit: "M8 4H5.5A1.5 1.5 0 0 0 4 5.5v9A1.5 1.5 0 0 0 5.5 16H8M12.5 13.5L16 10l-3.5-3.5M16 10H8",
};

export type IconName = keyof typeof paths;

export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS(svgSpace, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(svgSpace, "path");
  path.setAttribute("d", paths[name]);
  svg.append(path);
  return svg;
}

/** Puts children in place of what is there, unless they are the same already. */
export function fill(element: Element, children: Node[]): void {
  const same = children.length === element.childNodes.length && children.every((child, at) => child === element.childNodes[at]);
  if (!same) element.replaceChildren(...children);
}
