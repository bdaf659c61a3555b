// SPDX-License-Identifier: Apache-2.0
import type { ComponentChildren } from "preact";
import { useApp } from "../app/context";
import { ChannelIcon } from "../parts/channel_icon";
import { loads, worklist } from "../state/desk";
import { presenceName } from "./presence_name";
import { WorkItem } from "./work_item";
import "./work_list.css";

/** Everything that the agent is asked and has. */
export function WorkList() {
  const { state, desk, t } = useApp();
  const { offers, live, held, wrapping } = worklist(state.desk);
  const name = presenceName(state.desk.agent?.presence);
  const empty = offers.length + live.length + held.length + wrapping.length === 0;
  return (
    <div class="work">
      {name !== "available" && !empty && (
        <div class="work-notice">
          <p>{state.desk.agent?.reason === "missed" && name === "not-ready" ? t("presence.missed") : t(`presence.${name}.detail`)}</p>
          <button class="button primary small" type="button" onClick={() => void desk.goAvailable()}>
            {t("presence.go.available")}
          </button>
        </div>
      )}
      <Group title={t("list.offers")} count={offers.length}>
        {offers.map(({ contact, offer }) => contact && <WorkItem key={offer?.id} contact={contact} offer={offer} />)}
      </Group>
      <Group title={t("list.live")} count={live.length}>
        {live.map((contact) => <WorkItem key={contact.id} contact={contact} />)}
      </Group>
      <Group title={t("list.wrapping")} count={wrapping.length}>
        {wrapping.map((contact) => <WorkItem key={contact.id} contact={contact} />)}
      </Group>
      <Group title={t("list.held")} count={held.length}>
        {held.map((contact) => <WorkItem key={contact.id} contact={contact} />)}
      </Group>
      {empty && <p class="empty">{t("list.empty")}</p>}
      <Loads />
    </div>
  );
}

function Group({ title, count, children }: { title: string; count: number; children: ComponentChildren }) {
  if (count === 0) return null;
  return (
    <section class="work-group">
      <h2 class="label work-title">
        {title} <span class="number">{count}</span>
      </h2>
      <ul>{children}</ul>
    </section>
  );
}

/** How full the agent is, by channel. */
function Loads() {
  const { state, t } = useApp();
  const full = loads(state.desk);
  if (full.length === 0) return null;
  return (
    <ul class="work-loads">
      {full.map(({ channel, used, max }) => (
        <li key={channel} title={t(`channel.${channel}`)}>
          <ChannelIcon channel={channel} size={16} />
          <span class="sr-only">{t(`channel.${channel}`)}: </span>
          <span class="number">{t("list.load", { used, max })}</span>
        </li>
      ))}
    </ul>
  );
}
