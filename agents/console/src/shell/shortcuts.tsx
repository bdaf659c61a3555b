// SPDX-License-Identifier: Apache-2.0
import { useEffect, useRef } from "preact/hooks";
import { type AppContext, useApp } from "../app/context";
import { takesCalls } from "../call/takes_calls";
import { takesMail } from "../mail/takes_mail";
import { legOf } from "../state/call";
import { worklist } from "../state/desk";

/** The keys that work everywhere, by where they are on the keyboard. */
export function Shortcuts() {
  const app = useApp();
  const latest = useRef(app);
  latest.current = app;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
      const act = actionOf(event.code, latest.current);
      if (!act) return;
      event.preventDefault();
      act();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  return null;
}

function actionOf(code: string, app: AppContext): (() => void) | undefined {
  const { state, desk } = app;
  const offer = state.desk.offers[0]?.offer;
  const { shown } = state;
  const open = (kind: "transfer" | "complete") => () => {
    if (shown?.id) desk.store.dispatch({ kind: "dialog", dialog: { kind, contactId: shown.id } });
  };
  const live = shown?.state === "STATE_ASSIGNED";
  switch (code) {
    case "KeyA":
      return offer && (() => void desk.accept(offer));
    case "KeyR":
      return offer && (() => void desk.reject(offer));
    case "ArrowDown":
      return () => step(app, 1);
    case "ArrowUp":
      return () => step(app, -1);
    case "KeyM":
      return () => document.getElementById("composer")?.focus();
    case "KeyI":
      return () => document.getElementById("composer-mode")?.click();
    case "KeyO":
      return () => desk.store.dispatch({ kind: "dialog", dialog: { kind: "open-cases" } });
    case "KeyK":
      return () => desk.store.dispatch({ kind: "dialog", dialog: { kind: "search" } });
    case "KeyN":
      return () => document.getElementById("note")?.focus();
    case "KeyP":
      return () => document.getElementById("presence-button")?.click();
    case "KeyD":
      return takesCalls(state.desk.agent) ? () => desk.store.dispatch({ kind: "dialog", dialog: { kind: "dial" } }) : undefined;
    case "KeyE":
      return takesMail(state.desk.agent) ? () => desk.store.dispatch({ kind: "dialog", dialog: { kind: "write" } }) : undefined;
    case "KeyQ":
      return () => document.getElementById("quick-responses")?.click();
    case "KeyU":
      return muting(app);
    case "KeyT":
      return live ? open("transfer") : undefined;
    case "KeyC":
      if (live) return open("complete");
      return shown?.state === "STATE_WRAPPING" ? () => void desk.endWrapUp(shown.id ?? "") : undefined;
    case "Slash":
      return () => desk.store.dispatch({ kind: "dialog", dialog: { kind: "shortcuts" } });
    default:
      return undefined;
  }
}

/** Mute and heard again, of the call on show. */
function muting({ state, desk }: AppContext): (() => void) | undefined {
  const id = state.shown?.id ?? "";
  const call = state.calls[id];
  if (!call || call.cannot.includes("mute")) return undefined;
  return () => void desk.calls.mute(id, !legOf(call, state.me?.subject ?? "")?.muted);
}

/** Selects the next or previous contact of the list, round at its ends. */
function step({ state, desk }: AppContext, by: number): void {
  const { offers, live, wrapping, held } = worklist(state.desk);
  const ids = [...offers.map((one) => one.contact?.id), ...[...live, ...wrapping, ...held].map((one) => one.id)];
  if (ids.length === 0) return;
  const at = ids.indexOf(state.selected);
  desk.store.dispatch({ kind: "select", contactId: ids[(at + by + ids.length) % ids.length] });
}
