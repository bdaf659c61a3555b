// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import { Icon } from "../parts/icon";
import { type TimelineFilter, type TimelineGroup, timelineGroups } from "../state/timeline";
import type { Channel } from "../wire/usher/type/v1/channel";
import "./history_filter.css";

const groups = Object.keys(timelineGroups) as TimelineGroup[];
const channels: Channel[] = [
  "CHANNEL_UNSPECIFIED",
  "CHANNEL_VOICE",
  "CHANNEL_CHAT",
  "CHANNEL_EMAIL",
  "CHANNEL_MESSAGE",
  "CHANNEL_CALLBACK",
  "CHANNEL_TASK",
];
/** The contract's least: a single letter finds everything. */
const letters = 2;

interface Props {
  filter: TimelineFilter;
  onChange(filter: TimelineFilter): void;
  /** What is searched for; empty: nothing. */
  said: string;
  onSearch(said: string): void;
}

/** Narrows the history to kinds and a channel, or looks for what was said. */
export function HistoryFilter({ filter, onChange, said, onSearch }: Props) {
  const { t } = useApp();
  const [query, setQuery] = useState(said);
  return (
    <div class="history-filter">
      <form
        class="history-search"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          if (query.trim().length >= letters) onSearch(query.trim());
        }}
      >
        <Icon name="search" size={16} />
        <input
          class="input"
          type="search"
          aria-label={t("said.label")}
          placeholder={t("said.label")}
          maxLength={120}
          value={query}
          onInput={(event) => {
            setQuery(event.currentTarget.value);
            if (event.currentTarget.value === "") onSearch("");
          }}
        />
      </form>
      <select class="input" aria-label={t("history.filter.kind")} value={filter.group} onChange={(event) => onChange({ ...filter, group: event.currentTarget.value as TimelineGroup })}>
        {groups.map((group) => <option key={group} value={group}>{t(`history.group.${group}`)}</option>)}
      </select>
      <select class="input" aria-label={t("history.filter.channel")} value={filter.channel} onChange={(event) => onChange({ ...filter, channel: event.currentTarget.value as Channel })}>
        {channels.map((channel) => (
          <option key={channel} value={channel}>{channel === "CHANNEL_UNSPECIFIED" ? t("history.channel.all") : t(`channel.${channel}`)}</option>
        ))}
      </select>
    </div>
  );
}
