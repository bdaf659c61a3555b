// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef, useState } from "preact/hooks";
import { useApp } from "../app/context";
import { isWritten } from "../call/is_call";
import { Icon } from "../parts/icon";
import { charactersOver } from "../state/bytes";
import { QuickResponses } from "../mail/quick_responses";
import type { Contact } from "../wire/usher/routing/v1/contact";
import "./composer.css";

/** The proto's bound of a message. */
const textBytesMax = 8192;
const rowsMax = 9;

/** Where the agent writes: to the customer, or a note that only colleagues see. The two have drafts of
 * their own, so that no switch turns what was meant for one into something for the other. To who is on
 * the telephone nothing can be written, so there it is for colleagues; where mails are written elsewhere, `onBack` leads
 * there, and it is for colleagues too. Enter sends, unless an input
 * method is at work. */
export function Composer({ contact, onBack }: { contact: Contact; onBack?(): void }) {
  const { state, desk, t } = useApp();
  const [forColleagues, setForColleagues] = useState(false);
  const unwritten = !isWritten(contact);
  const internal = unwritten || forColleagues || onBack !== undefined;
  const id = contact.id ?? "";
  const draftKey = internal ? `internal ${id}` : id;
  const text = state.drafts[draftKey] ?? "";
  const field = useRef<HTMLTextAreaElement>(null);
  const over = charactersOver(text, textBytesMax);
  useEffect(() => {
    if (matchMedia("(hover: hover)").matches && !document.querySelector("dialog[open]")) field.current?.focus();
  }, [id]);

  const send = () => {
    const said = text.trim();
    if (said === "" || over > 0) return;
    desk.talk.say(id, said, internal);
    desk.store.dispatch({ kind: "draft", contactId: draftKey, text: "" });
    field.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // 229: what browsers report while an input method composes, also where isComposing is late.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    send();
  };
  const onInput = (value: string) => {
    desk.store.dispatch({ kind: "draft", contactId: draftKey, text: value });
    // The customer is not told that somebody writes what the customer will not get.
    if (internal) return;
    if (value === "") desk.talk.stopTyping();
    else desk.talk.type(id);
  };
  const insert = (said: string) => {
    const { selectionStart: from = text.length, selectionEnd: to = text.length } = field.current ?? {};
    onInput(text.slice(0, from) + said + text.slice(to));
    field.current?.focus();
  };
  return (
    <form
      class={internal ? "composer internal" : "composer"}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      {internal && <p class="composer-internal" role="status"><Icon name="note" size={16} />{t("talk.internal.banner")}</p>}
      <div class="composer-box">
        {!unwritten && (
          <button
            id="composer-mode"
            class="button icon composer-switch"
            type="button"
            aria-pressed={internal}
            aria-keyshortcuts="Alt+I"
            aria-label={t("talk.internal.switch")}
            title={t("talk.internal.switch")}
            onClick={() => {
              if (onBack) return onBack();
              desk.talk.stopTyping();
              setForColleagues(!internal);
              field.current?.focus();
            }}
          >
            <Icon name="note" size={18} />
          </button>
        )}
        <textarea
          ref={field}
          id="composer"
          data-home
          class="composer-field"
          rows={Math.min(rowsMax, text.split("\n").length)}
          value={text}
          placeholder={t(internal ? "talk.internal.placeholder" : "talk.placeholder")}
          aria-label={internal ? t("talk.internal.composer") : t("talk.composer", { name: desk.nameOf(contact) })}
          aria-describedby="composer-hint"
          aria-invalid={over > 0}
          onKeyDown={onKeyDown}
          onInput={(event) => onInput(event.currentTarget.value)}
        />
        {!internal && <QuickResponses contact={contact} onChoose={insert} />}
        <button class="button primary icon composer-send" type="submit" aria-label={t(internal ? "talk.internal.send" : "talk.send")} disabled={text.trim() === "" || over > 0}>
          <Icon name={internal ? "check" : "send"} />
        </button>
      </div>
      <p id="composer-hint" class={over > 0 ? "composer-hint bad" : "composer-hint"} role={over > 0 ? "alert" : undefined}>
        {over > 0 ? t("talk.long", { count: over }) : t(unwritten ? "talk.unwritten.hint" : internal ? "talk.internal.hint" : "talk.hint")}
      </p>
    </form>
  );
}
