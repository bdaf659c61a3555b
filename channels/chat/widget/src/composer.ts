// SPDX-License-Identifier: Apache-2.0
// Where the visitor writes. Enter sends, unless an input method is at work.
import { h, icon } from "./dom";
import { filled, type Words } from "./text";

export interface Composer {
  element: HTMLElement;
  focus(): void;
  limit(bytes: number): void;
}

const rowsMax = 5;

export function makeComposer(words: Words, on: { say(text: string): void; type(): void }): Composer {
  let bytesMax = 4096;
  const hint = h("p", { class: "hint", role: "alert" });
  const field = h("textarea", {
    rows: 1,
    placeholder: words.placeholder,
    "aria-label": words.compose,
    oninput: () => {
      on.type();
      update();
    },
    onkeydown: (event: KeyboardEvent) => {
      // 229: what browsers report while an input method composes, also where isComposing is late.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      say();
    },
  });
  const button = h("button", { type: "submit", class: "send", "aria-label": words.send }, icon("send"));
  const element = h(
    "form",
    {
      class: "composer",
      onsubmit: (event: Event) => {
        event.preventDefault();
        say();
      },
    },
    h("div", { class: "box" }, field, button),
    hint,
  );
  update();
  return {
    element,
    focus: () => field.focus(),
    limit: (bytes) => {
      bytesMax = bytes;
      update();
    },
  };

  function update(): void {
    field.rows = Math.min(rowsMax, Math.max(field.value.split("\n").length, Math.ceil(field.value.length / 34)));
    const count = new TextEncoder().encode(field.value).length - bytesMax;
    hint.textContent = count > 0 ? filled(words.tooLong, { count }) : "";
    button.disabled = count > 0 || field.value.trim() === "";
  }

  function say(): void {
    const text = field.value.trim();
    if (button.disabled || text === "") return;
    field.value = "";
    update();
    on.say(text);
    field.focus();
  }
}
