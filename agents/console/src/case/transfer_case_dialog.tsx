// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";
import { useApp } from "../app/context";
import { FormDialog } from "../parts/form_dialog";
import { useCase } from "./case_form";

/** Passes a case on to an agent, who owns it at once, or to a queue, with the reason that all after will see. */
export function TransferCaseDialog({ customerId, caseId }: { customerId: string; caseId: string }) {
  const { state, desk, t } = useApp();
  const one = useCase(customerId, caseId);
  const [to, setTo] = useState("");
  const [reason, setReason] = useState("");
  useEffect(() => void desk.readBoard().catch(() => undefined), []);
  if (!one) return null;
  const { queues, agents } = state.board;
  const send = () => {
    const [kind = "", ...rest] = to.split(" ");
    const id = rest.join(" ");
    return desk.cases.transfer(one, kind === "queue" ? { queue: id } : { agentId: id }, reason.trim());
  };
  return (
    <FormDialog title={t("case.transfer.title", { subject: one.subject ?? "" })} go={t("case.transfer")} ready={to !== "" && reason.trim() !== ""} onSubmit={send}>
      <label class="field">
        <span>{t("case.transfer.to")}</span>
        <select class="input" data-first value={to} onChange={(event) => setTo(event.currentTarget.value)}>
          <option value="" disabled>{t("case.transfer.choose")}</option>
          <optgroup label={t("board.queues")}>
            {queues.map((queue) => <option key={queue.id} value={`queue ${queue.id}`}>{t.word(queue.id ?? "")}</option>)}
          </optgroup>
          <optgroup label={t("board.agents")}>
            {agents
              .filter((agent) => agent.id !== one.owner)
              .map((agent) => <option key={agent.id} value={`agent ${agent.id}`}>{agent.name || agent.id}</option>)}
          </optgroup>
        </select>
      </label>
      <label class="field">
        <span>{t("case.transfer.reason")}</span>
        <textarea class="input" rows={3} maxLength={500} value={reason} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
      {(one.transfers ?? 0) > 0 && <p class="faint">{t("history.transfers", { count: one.transfers ?? 0 })}</p>}
    </FormDialog>
  );
}
