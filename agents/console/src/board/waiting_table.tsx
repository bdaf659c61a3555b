// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { ChannelIcon } from "../parts/channel_icon";
import { Elapsed } from "../parts/elapsed";
import { instantMs } from "../state/time";
import type { Contact } from "../wire/usher/routing/v1/contact";
import "./waiting_table.css";

const rowsMax = 50;

/** Those who wait, longest first. */
export function WaitingTable() {
  const { state, t } = useApp();
  const waiting = state.board.contacts
    .filter((contact) => contact.state === "STATE_WAITING" || contact.state === "STATE_OFFERED")
    .sort((a, b) => (instantMs(a.enqueuedAt) ?? 0) - (instantMs(b.enqueuedAt) ?? 0))
    .slice(0, rowsMax);
  return (
    <section class="panel">
      <header class="panel-head"><h2>{t("board.waiting.contacts")}</h2></header>
      {waiting.length > 0 && (
        <div class="table-scroll">
          <table class="table">
            <thead>
              <tr>
                <th scope="col">{t("board.contact")}</th>
                <th scope="col">{t("board.queue")}</th>
                <th scope="col" class="end">{t("board.position")}</th>
                <th scope="col" class="end">{t("board.waited")}</th>
              </tr>
            </thead>
            <tbody>{waiting.map((contact) => <WaitingRow key={contact.id} contact={contact} />)}</tbody>
          </table>
        </div>
      )}
      {waiting.length === 0 && <p class="empty">{t(state.board.loaded ? "board.empty.waiting" : "common.loading")}</p>}
    </section>
  );
}

function WaitingRow({ contact }: { contact: Contact }) {
  const { t } = useApp();
  return (
    <tr>
      <td>
        <span class="waiting-what">
          <ChannelIcon channel={contact.channel} size={16} />
          <span class="ellipsis">{contact.subject || contact.id}</span>
          {contact.state === "STATE_OFFERED" && <span class="chip accent">{t("board.offered")}</span>}
        </span>
      </td>
      <td>{t.word(contact.queue ?? "")}</td>
      <td class="end">{contact.position || "–"}</td>
      <td class="end"><Elapsed since={contact.enqueuedAt} unknown="–" /></td>
    </tr>
  );
}
