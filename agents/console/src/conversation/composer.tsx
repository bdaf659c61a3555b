// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef } from "preact/hooks";
import { useApp } from "../app/context";
import { Icon } from "../parts/icon";
import type { Contact } from "../wire/usher/routing/v1/contact";
import "./composer.css";

/** The proto's bound of a message. */
const textBytesMax = 8192;
const rowsMax = 9;

/** Where the agent writes. Enter sends, unless an input method is at work. */
export function Composer({ contact }: { contact: Contact }) {
  const { state, desk, t } = useApp();
  const id = contact.id ?? "";
  const text = state.drafts[id] ?? "";
  const field = useRef<HTMLTextAreaElement>(null);
  const over = new TextEncoder().encode(text).length - textBytesMax;
  useEffect(() => {
    if (matchMedia("(hover: hover)").matches && !document.querySelector("dialog[open]")) field.current?.focus();
  }, [id]);

  const send = () => {
    const said = text.trim();
    if (said === "" || over > 0) return;
    desk.say(id, said);
    desk.store.dispatch({ kind: "draft", contactId: id, text: "" });
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // 229: what browsers report while an input method composes, also where isComposing is late.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    send();
  };
  const onInput = (value: string) => {
    desk.store.dispatch({ kind: "draft", contactId: id, text: value });
    if (value === "") desk.stopTyping();
    else desk.type(id);
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div class="composer-box">
        <textarea
          ref={field}
          id="composer"
          data-home
          class="composer-field"
          rows={Math.min(rowsMax, text.split("\n").length)}
          value={text}
          placeholder={t("talk.placeholder")}
          aria-label={t("talk.composer", { name: desk.nameOf(contact) })}
          aria-describedby="composer-hint"
          aria-invalid={over > 0}
          onKeyDown={onKeyDown}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
        <button class="button primary icon composer-send" type="submit" aria-label={t("talk.send")} disabled={text.trim() === "" || over > 0}>
          <Icon name="send" />
        </button>
      </div>
      <p id="composer-hint" class={over > 0 ? "composer-hint bad" : "composer-hint"} role={over > 0 ? "alert" : undefined}>
        {over > 0 ? t("talk.long", { count: over }) : t("talk.hint")}
      </p>
    </form>
  );
}
