// SPDX-License-Identifier: Apache-2.0
import { useApp } from "../app/context";
import { Elapsed } from "../parts/elapsed";
import { Icon, type IconName } from "../parts/icon";
import type { Call } from "../state/call";
import type { CallLeg, CallLegParty } from "../wire/usher/routing/v1/call";
import type { Contact } from "../wire/usher/routing/v1/contact";

const icons: Record<CallLegParty, IconName> = {
  PARTY_UNSPECIFIED: "voice",
  PARTY_CUSTOMER: "user",
  PARTY_AGENT: "mic",
  PARTY_COLLEAGUE: "users",
  PARTY_OUTSIDE: "voice",
  PARTY_SUPERVISOR: "ear",
};

/** Everybody in the call, how far each is and since when, and whether it is recorded. */
export function CallLegs({ contact, call }: { contact: Contact; call: Call }) {
  const { t } = useApp();
  return (
    <div class="call-legs">
      <ul aria-label={t("call.legs")}>
        {call.legs.map((leg) => <Leg key={leg.id} contact={contact} leg={leg} />)}
      </ul>
      <p class="call-recording" role="status">
        {call.recording === "RECORDING_STATE_ON" && <span class="chip bad"><i class="call-lamp" aria-hidden="true" />{t("call.recorded")}</span>}
        {call.recording === "RECORDING_STATE_PAUSED" && <span class="chip warn">{t("call.recording.paused")}</span>}
      </p>
    </div>
  );
}

function Leg({ contact, leg }: { contact: Contact; leg: CallLeg }) {
  const { desk, t } = useApp();
  const id = contact.id ?? "";
  const legId = leg.id ?? "";
  const party = leg.party ?? "PARTY_UNSPECIFIED";
  const name = useNameOf(contact, leg);
  const state = leg.muted ? "muted" : (leg.state ?? "STATE_UNSPECIFIED");
  const outside = party === "PARTY_OUTSIDE";
  return (
    <li class={`call-leg ${leg.state === "STATE_RINGING" ? "ringing" : ""}`}>
      <Icon name={icons[party]} size={18} />
      <span class="call-leg-who">
        <strong class="ellipsis">{name}</strong>
        <span class="faint">{t(`call.party.${party}`)}{leg.mode && ` · ${t(`call.mode.${leg.mode}`)}`}</span>
      </span>
      <span class={`chip ${leg.state === "STATE_UP" && !leg.muted ? "accent" : leg.state === "STATE_RINGING" ? "warn" : ""}`}>{t(`call.leg.${state}`)}</span>
      <span class="number faint"><Elapsed since={leg.since} /></span>
      <span class="call-leg-acts">
        {outside && (
          <button class="button small" type="button" onClick={() => void desk.calls.passOutside(id, { legId })}>
            {t("call.pass")}
            <span class="sr-only">: {name}</span>
          </button>
        )}
        {(outside || party === "PARTY_COLLEAGUE") && (
          <button class="button quiet small icon" type="button" aria-label={t("call.drop", { name })} title={t("call.drop", { name })} onClick={() => void desk.calls.drop(id, legId)}>
            <Icon name="close" size={16} />
          </button>
        )}
      </span>
    </li>
  );
}

function useNameOf(contact: Contact, leg: CallLeg): string {
  const { state, desk, t } = useApp();
  if (leg.agentId) return leg.agentId === state.me?.subject ? t("talk.you") : desk.nameOfAgent(leg.agentId);
  if (leg.party === "PARTY_CUSTOMER" && state.customers[contact.customerId ?? ""]?.name) return desk.nameOf(contact);
  return leg.address || t("call.withheld");
}
