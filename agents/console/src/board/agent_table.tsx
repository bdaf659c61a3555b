// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import { presenceName } from "../desk/presence_name";
import { Avatar } from "../parts/avatar";
import { ChannelIcon } from "../parts/channel_icon";
import { Elapsed } from "../parts/elapsed";
import { Icon } from "../parts/icon";
import { Menu, MenuItem } from "../parts/menu";
import type { Agent } from "../wire/usher/agents/v1/agent";
import { byPresence, isSignedIn } from "./summary";
import "./agent_table.css";

export function AgentTable() {
  const { state, t } = useApp();
  const [filter, setFilter] = useState("");
  const { agents, loaded } = state.board;
  const wanted = filter.trim().toLowerCase();
  const shown = byPresence(agents).filter((agent) => `${agent.id} ${agent.name}`.toLowerCase().includes(wanted));
  return (
    <section class="panel agents">
      <header class="panel-head">
        <h2>{t("board.agents")}</h2>
        <input class="input" type="search" placeholder={t("board.filter")} aria-label={t("board.filter")} value={filter} onInput={(event) => setFilter(event.currentTarget.value)} />
      </header>
      <div class="table-scroll">
        <table class="table">
          <thead>
            <tr>
              <th scope="col">{t("board.agent")}</th>
              <th scope="col">{t("board.presence")}</th>
              <th scope="col" class="end hide-phone">{t("board.since")}</th>
              <th scope="col" class="hide-phone">{t("board.load")}</th>
              <th scope="col"><span class="sr-only">{t("presence.label")}</span></th>
            </tr>
          </thead>
          <tbody>{shown.map((agent) => <AgentRow key={agent.id} agent={agent} />)}</tbody>
        </table>
      </div>
      {agents.length === 0 && <p class="empty">{t(loaded ? "board.empty.agents" : "common.loading")}</p>}
    </section>
  );
}

function AgentRow({ agent }: { agent: Agent }) {
  const { t } = useApp();
  const name = agent.name || agent.id || "";
  const presence = presenceName(agent.presence);
  const reason = presence === "not-ready" && agent.reason ? t.word(agent.reason) : "";
  return (
    <tr>
      <td>
        <span class="agents-who">
          <Avatar name={name} id={agent.id ?? ""} size="small" />
          <strong class="ellipsis">{name}</strong>
        </span>
      </td>
      <td>
        <span class="agents-presence">
          <span class={`dot ${agent.consoleLost ? "lost" : presence}`} aria-hidden="true" />
          {reason || t(`presence.${presence}`)}
          {agent.consoleLost && <span class="chip bad">{t("board.lost")}</span>}
        </span>
      </td>
      <td class="end hide-phone soft"><Elapsed since={agent.presenceSince} unknown="–" /></td>
      <td class="hide-phone"><Loads agent={agent} /></td>
      <td class="end"><SetPresence agent={agent} name={name} /></td>
    </tr>
  );
}

const pipsMax = 8;

function Loads({ agent }: { agent: Agent }) {
  const { t } = useApp();
  if (!isSignedIn(agent)) return <span class="faint">–</span>;
  return (
    <span class="agents-loads">
      {(agent.load ?? []).map(({ channel, used = 0, max = 0 }) => {
        const label = `${t(`channel.${channel ?? "CHANNEL_UNSPECIFIED"}`)}: ${t("list.load", { used, max })}`;
        return (
          <span key={channel} class="agents-load" title={label}>
            <ChannelIcon channel={channel} size={14} />
            <span class="sr-only">{label}</span>
            {max <= pipsMax ? (
              <span class="agents-pips" aria-hidden="true">
                {Array.from({ length: max }, (_, at) => <i key={at} class={at < used ? "used" : ""} />)}
              </span>
            ) : (
              <span class="number" aria-hidden="true">{used}/{max}</span>
            )}
          </span>
        );
      })}
    </span>
  );
}

function SetPresence({ agent, name }: { agent: Agent; name: string }) {
  const { state, desk, t } = useApp();
  const id = agent.id ?? "";
  const offline = !isSignedIn(agent);
  const reasons = state.words.notReadyReasons ?? [];
  if (offline) return null;
  return (
    <Menu button={<Icon name="down" size={18} />} label={t("board.set", { name })} buttonClass="button quiet icon small">
      {(close) => {
        const choose = (act: () => Promise<boolean>) => () => {
          close();
          void act().then(() => desk.readBoard().catch(() => undefined));
        };
        return (
          <>
            <MenuItem onChoose={choose(() => desk.setAgentPresence(id, "PRESENCE_AVAILABLE"))}>
              <span class="dot available" aria-hidden="true" />
              {t("presence.available")}
            </MenuItem>
            {(reasons.length > 0 ? reasons : [""]).map((reason) => (
              <MenuItem key={reason} onChoose={choose(() => desk.setAgentPresence(id, "PRESENCE_NOT_READY", reason))}>
                <span class="dot not-ready" aria-hidden="true" />
                {reason ? t.word(reason) : t("presence.not-ready")}
              </MenuItem>
            ))}
          </>
        );
      }}
    </Menu>
  );
}
