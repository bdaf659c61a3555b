// SPDX-License-Identifier: Apache-2.0
import { useEffect, useState } from "preact/hooks";
import { useApp } from "../app/context";
import { AgentTable } from "./agent_table";
import { CallTable } from "./call_table";
import { Figures } from "./figures";
import { QueueTable } from "./queue_table";
import { WaitingTable } from "./waiting_table";
import "./board.css";

const refreshMs = 2000;

/** A supervisor's view of the domain, read again while it is on the screen. */
export function Board() {
  const { state, desk, t } = useApp();
  const [stale, setStale] = useState(false);
  const open = state.link.kind === "open";
  useEffect(() => {
    if (!open) return;
    let busy = false;
    const read = async () => {
      if (busy || document.visibilityState !== "visible") return;
      busy = true;
      const failed = await desk.readBoard().then(
        () => false,
        () => true,
      );
      setStale(failed);
      busy = false;
    };
    void read();
    const timer = setInterval(() => void read(), refreshMs);
    return () => clearInterval(timer);
  }, [open]);
  return (
    <div class="board">
      <div class="board-inner">
        {stale && <p class="board-stale" role="status">{t("board.stale")}</p>}
        <Figures />
        <QueueTable />
        <CallTable />
        <AgentTable />
        <WaitingTable />
      </div>
    </div>
  );
}
