// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { Avatar } from "../parts/avatar";
import { Elapsed } from "../parts/elapsed";
import { supervision } from "../state/call";
import { durationMs, instantMs } from "../state/time";
import type { SupervisionMode } from "../wire/usher/routing/v1/call";
import type { Contact } from "../wire/usher/routing/v1/contact";
import "./call_table.css";

const rowsMax = 50;
const modes = ["SUPERVISION_MODE_LISTEN", "SUPERVISION_MODE_WHISPER", "SUPERVISION_MODE_BARGE"] as const satisfies SupervisionMode[];

/** Calls that go on, and the supervisor's way into them. */
export function CallTable() {
  const { state, t } = useApp();
  const calls = state.board.contacts
    .filter((contact) => contact.channel === "CHANNEL_VOICE" || state.calls[contact.id ?? ""])
    .filter((contact) => contact.state === "STATE_ASSIGNED" || contact.state === "STATE_HELD")
    .slice(0, rowsMax);
  if (calls.length === 0) return null;
  return (
    <section class="panel">
      <header class="panel-head"><h2>{t("board.calls")}</h2></header>
      <div class="table-scroll">
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{t("board.agent")}</th>
              <th scope="col" class="hide-phone">{t("board.contact")}</th>
              <th scope="col" class="hide-phone">{t("board.queue")}</th>
              <th scope="col" class="end">{t("board.since")}</th>
              <th scope="col"><span class="sr-only">{t("call.supervise")}</span></th>
            </tr>
          </thead>
          <tbody>{calls.map((contact) => <CallRow key={contact.id} contact={contact} />)}</tbody>
        </table>
      </div>
    </section>
  );
}

/** When the wait ended. */
function answeredMs(contact: Contact): number | undefined {
  const came = instantMs(contact.enqueuedAt);
  return came === undefined ? undefined : came + (durationMs(contact.waited) ?? 0);
}

function CallRow({ contact }: { contact: Contact }) {
  const { state, desk, t } = useApp();
  const id = contact.id ?? "";
  const call = state.calls[id];
  const name = desk.nameOfAgent(contact.agent ?? "");
  const me = state.me?.subject ?? "";
  const mode = supervision(call, me);
  const ringing = call?.legs.some((leg) => leg.agentId === me && leg.state === "STATE_RINGING");
  const cannot = call?.cannot.includes("supervise") ? t("call.cannot") : undefined;
  return (
    <tr>
      <td>
        <span class="agents-who">
          <Avatar name={name} id={contact.agent ?? ""} size="small" />
          <strong class="ellipsis">{name}</strong>
        </span>
      </td>
      <td class="hide-phone"><span class="ellipsis">{contact.subject || id}</span></td>
      <td class="hide-phone">{t.word(contact.queue ?? "")}</td>
      <td class="end"><Elapsed since={answeredMs(contact)} unknown="–" /></td>
      <td class="end">
        <span class="supervise" role="group" aria-label={t("call.supervise.of", { name })}>
          {ringing && <span class="chip warn" role="status">{t("call.supervise.ringing")}</span>}
          {modes.map((one) => (
            <button key={one} class="button small" type="button" aria-pressed={mode === one} title={cannot ?? t(`call.mode.${one}.detail`)} disabled={cannot !== undefined} onClick={() => void desk.calls.supervise(id, one)}>
              {t(`call.mode.${one}`)}
            </button>
          ))}
          {mode && (
            <button class="button small danger" type="button" onClick={() => void desk.calls.supervise(id, "SUPERVISION_MODE_UNSPECIFIED")}>{t("call.supervise.leave")}</button>
          )}
        </span>
      </td>
    </tr>
  );
}
