// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";
import { useApp } from "../app/context";
import { Avatar } from "../parts/avatar";
import { Dialog } from "../parts/dialog";
import { Icon } from "../parts/icon";
import { Refusal } from "../parts/refusal";
import { isNumber } from "../state/call";
import { findContact } from "../state/desk";
import { type Target, targetId, targetsFor } from "./transfer_targets";
import "./transfer_dialog.css";

const refreshMs = 3000;

/** Passes a contact on to a queue or to an available agent, or asks them about it; a call also to somebody outside. */
export function TransferDialog({ contactId, purpose = "transfer" }: { contactId: string; purpose?: "transfer" | "consult" }) {
  const { state, desk, t } = useApp();
  const [query, setQuery] = useState("");
  const [chosen, setChosen] = useState(0);
  useEffect(() => {
    const read = () => void desk.readBoard().catch(() => undefined);
    read();
    const timer = setInterval(read, refreshMs);
    return () => clearInterval(timer);
  }, []);
  const close = () => desk.store.dispatch({ kind: "dialog" });
  const contact = findContact(state.desk, contactId) ?? {};
  const { queues, agents, loaded } = state.board;
  const call = state.calls[contactId];
  const outside: Target[] = call && !call.cannot.includes("outside") && isNumber(query) ? [{ kind: "outside", number: query.trim() }] : [];
  const targets = [...outside, ...targetsFor(contact, { queues, agents, me: state.me?.subject ?? "" }, query)];
  const at = Math.min(chosen, targets.length - 1);

  const choose = (target: Target | undefined) => target && void desk.fromDialog(() => pass(target));
  const pass = (target: Target): Promise<boolean> => {
    if (target.kind === "outside") {
      const { number } = target;
      return purpose === "consult" ? desk.calls.dialOut(contactId, number) : desk.calls.passOutside(contactId, { number });
    }
    const to = target.kind === "queue" ? { toQueue: target.queue.id ?? "" } : { toAgent: target.agent.id ?? "" };
    return purpose === "consult" ? desk.calls.consult(contactId, to) : desk.transfer(contactId, to);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown") setChosen(Math.min(at + 1, targets.length - 1));
    else if (event.key === "ArrowUp") setChosen(Math.max(at - 1, 0));
    else if (event.key === "Enter") choose(targets[at]);
    else return;
    event.preventDefault();
  };

  return (
    <Dialog title={t(`${purpose}.title`, { name: desk.nameOf(contact) })} onClose={close}>
      <div class="transfer-search">
        <Icon name="search" />
        <input
          class="input"
          type="search"
          data-first
          role="combobox"
          aria-expanded="true"
          aria-controls="transfer-list"
          aria-activedescendant={targets[at] ? `transfer-${at}` : undefined}
          aria-label={t(call ? "call.search" : "transfer.search")}
          placeholder={t(call ? "call.search" : "transfer.search")}
          value={query}
          onInput={(event) => {
            setQuery(event.currentTarget.value);
            setChosen(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <ul class="transfer-list" id="transfer-list" role="listbox" aria-label={t("transfer.search")}>
        {targets.map((target, index) => (
          <li
            key={targetId(target)}
            id={`transfer-${index}`}
            role="option"
            aria-selected={index === at}
            class="transfer-one"
            ref={(row) => {
              if (index === at) row?.scrollIntoView({ block: "nearest" });
            }}
            onMouseMove={() => setChosen(index)}
            onClick={() => choose(target)}
          >
            <TargetRow target={target} />
          </li>
        ))}
      </ul>
      <Refusal />
      {targets.length === 0 && <p class="empty">{loaded ? t("transfer.none", { query }) : t("common.loading")}</p>}
    </Dialog>
  );
}

function TargetRow({ target }: { target: Target }) {
  const { t } = useApp();
  if (target.kind === "outside") {
    return (
      <>
        <span class="transfer-sign"><Icon name="voice" /></span>
        <span class="transfer-name ellipsis">{target.number}</span>
        <span class="faint">{t("call.party.PARTY_OUTSIDE")}</span>
      </>
    );
  }
  if (target.kind === "queue") {
    const { queue } = target;
    return (
      <>
        <span class="transfer-sign"><Icon name="queue" /></span>
        <span class="transfer-name ellipsis">{t.word(queue.id ?? "")}</span>
        <span class="faint number">{t("transfer.waiting", { count: queue.waiting ?? 0 })} · {t("transfer.available", { count: queue.agentsAvailable ?? 0 })}</span>
      </>
    );
  }
  const { agent, hasRoom } = target;
  const name = agent.name || agent.id || "";
  return (
    <>
      <Avatar name={name} id={agent.id ?? ""} />
      <span class="transfer-name ellipsis">{name}</span>
      {hasRoom ? <span class="chip accent">{t("presence.available")}</span> : <span class="chip">{t("transfer.busy")}</span>}
    </>
  );
}
