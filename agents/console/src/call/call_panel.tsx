// SPDX-License-Identifier: Apache-2.0
import { useState } from "preact/hooks";
import { useApp } from "../app/context";
import type { Dialog } from "../state/state";
import { type Call, canJoin, legOf } from "../state/call";
import type { Contact } from "../wire/usher/routing/v1/contact";
import { CallButton } from "./call_button";
import { CallLegs } from "./call_legs";
import { DialPad } from "./dial_pad";
import "./call_panel.css";

/** The sound of a contact: who is in the call, and what can be done with it. */
export function CallPanel({ contact }: { contact: Contact }) {
  const { state, t } = useApp();
  const call = state.calls[contact.id ?? ""];
  return (
    <section class="call" aria-label={t("call.label")}>
      {call ? <CallLegs contact={contact} call={call} /> : <p class="call-gone" role="status">{t("call.gone")}</p>}
      {call ? <Controls contact={contact} call={call} /> : <Gone contact={contact} />}
    </section>
  );
}

function Gone({ contact }: { contact: Contact }) {
  const { desk, t } = useApp();
  const id = contact.id ?? "";
  return (
    <div class="call-controls" role="group" aria-label={t("call.controls")}>
      <CallButton icon="voice" label={t("call.again")} onPress={() => void desk.calls.dialCustomer(id)} />
      <HangUp id={id} />
    </div>
  );
}

function Controls({ contact, call }: { contact: Contact; call: Call }) {
  const { state, desk, t } = useApp();
  const [keys, setKeys] = useState(false);
  const id = contact.id ?? "";
  const open = (dialog: Dialog) => desk.store.dispatch({ kind: "dialog", dialog });
  const why = (word: string) => (call.cannot.includes(word) ? t("call.cannot") : undefined);
  const muted = legOf(call, state.me?.subject ?? "")?.muted ?? false;
  const held = contact.state === "STATE_HELD";
  const onHold = held ? t("call.on.hold") : undefined;
  const recorded = call.recording !== "RECORDING_STATE_UNSPECIFIED";
  const paused = call.recording === "RECORDING_STATE_PAUSED";
  const customerThere = call.legs.some((leg) => leg.party === "PARTY_CUSTOMER");
  return (
    <>
      <div class="call-controls" role="group" aria-label={t("call.controls")}>
        <CallButton icon={muted ? "mic-off" : "mic"} label={t("call.mute")} keys="Alt+U" pressed={muted} why={why("mute")} onPress={() => void desk.calls.mute(id, !muted)} />
        <CallButton icon={held ? "play" : "pause"} label={t("action.hold")} pressed={held} why={why("hold")} onPress={() => void (held ? desk.resume(id) : desk.hold(id))} />
        <CallButton icon="keypad" label={t("call.keys")} expanded={keys} why={why("digits") ?? onHold} onPress={() => setKeys(!keys)} />
        <CallButton icon="record" label={t("call.record.pause")} pressed={paused} why={why("record") ?? (recorded ? undefined : t("call.record.none"))} onPress={() => void desk.calls.pauseRecording(id, !paused)} />
        <CallButton icon="users" label={t("call.consult")} why={onHold} onPress={() => open({ kind: "consult", contactId: id })} />
        <CallButton icon="merge" label={t("call.join")} why={canJoin(call) ? undefined : t("call.join.nobody")} onPress={() => void desk.calls.join(id)} />
        {!customerThere && <CallButton icon="voice" label={t("call.again")} why={why("outside")} onPress={() => void desk.calls.dialCustomer(id)} />}
        <HangUp id={id} />
      </div>
      {keys && !onHold && <DialPad onKey={(key) => void desk.calls.digits(id, key)} onClose={() => setKeys(false)} />}
    </>
  );
}

/** The contact's end is the call's. */
function HangUp({ id }: { id: string }) {
  const { desk, t } = useApp();
  return <CallButton icon="hang-up" label={t("call.hang.up")} tone="danger" keys="Alt+C" onPress={() => desk.store.dispatch({ kind: "dialog", dialog: { kind: "complete", contactId: id } })} />;
}
