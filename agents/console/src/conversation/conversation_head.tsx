// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { isCall } from "../call/is_call";
import { Avatar } from "../parts/avatar";
import { ChannelIcon } from "../parts/channel_icon";
import { Icon } from "../parts/icon";
import type { Dialog } from "../state/state";
import type { Contact } from "../wire/usher/routing/v1/contact";
import "./conversation_head.css";

/** Who it is and what can be done with the contact. */
export function ConversationHead({ contact, here }: { contact: Contact; here: boolean }) {
  const { state, desk, t } = useApp();
  const customer = state.customers[contact.customerId ?? ""];
  const id = contact.id ?? "";
  const open = (dialog: Dialog) => desk.store.dispatch({ kind: "dialog", dialog });
  // The call's own controls hold and end it.
  const called = isCall(contact, state.calls[id]);
  const live = here && contact.state === "STATE_ASSIGNED";
  return (
    <header class="talk-head">
      <button class="button quiet icon only-phone" type="button" aria-label={t("pane.back")} onClick={() => desk.store.dispatch({ kind: "pane", pane: "list" })}>
        <Icon name="back" />
      </button>
      <Avatar name={customer?.name ?? ""} id={contact.customerId ?? id} />
      <div class="talk-who">
        <h2 class="ellipsis">{desk.nameOf(contact)}</h2>
        <p class="ellipsis">
          <ChannelIcon channel={contact.channel} size={14} />
          <span class="ellipsis">
            {t.word(contact.queue ?? "")}
            {contact.subject && ` · ${contact.subject}`}
          </span>
        </p>
      </div>
      {live && (
        <div class="talk-actions">
          {!called && <Action icon="pause" label={t("action.hold")} onPress={() => void desk.hold(id)} />}
          <Action icon="transfer" label={t("action.transfer")} keys="Alt+T" onPress={() => open({ kind: "transfer", contactId: id })} />
          {!called && (
            <button class="button soft" type="button" title={t("action.complete")} aria-keyshortcuts="Alt+C" onClick={() => open({ kind: "complete", contactId: id })}>
              <Icon name="check" size={18} />
              <span class="talk-action-word">{t("action.complete")}</span>
            </button>
          )}
        </div>
      )}
      <button class="button quiet icon only-narrow" type="button" aria-label={t("pane.show.customer")} onClick={() => desk.store.dispatch({ kind: "pane", pane: state.pane === "customer" ? "main" : "customer" })}>
        <Icon name="user" />
      </button>
    </header>
  );
}

interface ActionProps {
  icon: "pause" | "transfer";
  label: string;
  keys?: string;
  onPress(): void;
}

function Action({ icon, label, keys, onPress }: ActionProps) {
  return (
    <button class="button" type="button" title={label} aria-keyshortcuts={keys} onClick={onPress}>
      <Icon name={icon} size={18} />
      <span class="talk-action-word">{label}</span>
    </button>
  );
}
