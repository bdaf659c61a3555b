// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { Icon } from "../parts/icon";
import type { UnsentMessage } from "../state/conversation";
import { stateIcons } from "./message_bubble";

/** Said here and not recorded yet, or refused. */
export function UnsentBubble({ message, contactId }: { message: UnsentMessage; contactId: string }) {
  const { desk, t } = useApp();
  const { clientId, text, refused, internal, mail } = message;
  const state = refused === undefined ? "sending" : "refused";
  return (
    <li class={`message ${internal ? "internal" : "own"} first last ${state}`}>
      {internal && <span class="message-author"><Icon name="note" size={14} /> {t("talk.internal.by", { name: t("talk.you") })}</span>}
      <p class="message-text" dir="auto">
        {mail?.subject && <strong>{mail.subject}{"\n"}</strong>}
        {text}
      </p>
      <span class="message-meta" role="status">
        <Icon name={stateIcons[state]} size={16} />
        {refused === undefined ? (
          t("talk.state.sending")
        ) : (
          <>
            <span>{t("talk.state.refused")}: {refused}</span>
            <button class="message-link" type="button" onClick={() => desk.talk.sayAgain(contactId, clientId)}>{t("common.retry")}</button>
            <button class="message-link" type="button" onClick={() => desk.talk.unsay(contactId, clientId)}>{t(mail ? "mail.back" : "common.discard")}</button>
          </>
        )}
      </span>
    </li>
  );
}
