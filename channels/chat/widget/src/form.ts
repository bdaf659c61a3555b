// SPDX-License-Identifier: Apache-2.0
// What the site wants to ask before the first message. Only the question itself must be answered.
import { h } from "./dom";
import type { AskedField } from "./options";
import type { Words } from "./text";

export interface StartForm {
  element: HTMLElement;
  focus(): void;
}

export interface Answers {
  name: string;
  email: string;
  question: string;
}

export function makeStartForm(
  words: Words,
  ask: AskedField[],
  known: { name?: string; email?: string },
  onStart: (answers: Answers) => void,
): StartForm {
  const name = h("input", { type: "text", autocomplete: "name", maxlength: 60, value: known.name });
  const email = h("input", { type: "email", autocomplete: "email", maxlength: 120, value: known.email });
  const question = h("textarea", { rows: 3, maxlength: 1000, required: true });
  const bad = h("p", { class: "hint", role: "alert" });
  const asked = { name, email };
  const element = h(
    "form",
    {
      class: "start",
      novalidate: true,
      onsubmit: (event: Event) => {
        event.preventDefault();
        bad.textContent = email.validity.typeMismatch ? words.badEmail : "";
        if (email.validity.typeMismatch) return email.focus();
        if (question.value.trim() === "") return question.focus();
        onStart({ name: name.value.trim(), email: email.value.trim(), question: question.value.trim() });
      },
    },
    ...ask.map((field) =>
      h("label", {}, h("span", {}, words[field], " ", h("small", {}, words.optional)), asked[field]),
    ),
    h("label", {}, h("span", {}, words.question), question),
    bad,
    h("button", { type: "submit", class: "primary" }, words.start),
  );
  const first = ask[0] ? asked[ask[0]] : question;
  return { element, focus: () => (first.value === "" ? first : question).focus() };
}
