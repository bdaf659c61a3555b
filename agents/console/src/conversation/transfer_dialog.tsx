// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";
import { useApp } from "../app/context";
import { Avatar } from "../parts/avatar";
import { Dialog } from "../parts/dialog";
import { Finder } from "../parts/finder";
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

  const pass = (target: Target): Promise<boolean> => {
    if (target.kind === "outside") {
      const { number } = target;
      return purpose === "consult" ? desk.calls.dialOut(contactId, number) : desk.calls.passOutside(contactId, { number });
    }
    const to = target.kind === "queue" ? { toQueue: target.queue.id ?? "" } : { toAgent: target.agent.id ?? "" };
    return purpose === "consult" ? desk.calls.consult(contactId, to) : desk.transfer(contactId, to);
  };
  return (
    <Dialog title={t(`${purpose}.title`, { name: desk.nameOf(contact) })} onClose={close}>
      <Finder
        label={t(call ? "call.search" : "transfer.search")}
        listLabel={t("transfer.search")}
        query={query}
        found={targets}
        keyOf={targetId}
        row={(target) => <TargetRow target={target} />}
        onQuery={setQuery}
        onChoose={(target) => void desk.fromDialog(() => pass(target))}
      />
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
