// SPDX-License-Identifier: Apache-2.0

const kinds = [
  "queued", "scheduled", "overflowed", "offered", "offerEnded", "assigned", "held", "resumed", "transferred",
  "wrapUpStarted", "wrapUpExtended", "wrapUpEnded", "closed", "updated", "presenceChanged", "consoleChanged",
  "domainApplied", "callbackOffered",
];

const instant = (time) => (time ? `${time.seconds ?? 0}.${String(time.nanos ?? 0).padStart(9, "0")}` : "");

/**
 * An event as the histories hold it: what is the same whoever is told and however late. Snapshots
 * that go with live events only, and what is computed from them, are left out. Null for hints that
 * are not recorded.
 */
export function toFact(event) {
  if (Number(event.sequence ?? 0) === 0) return null;
  const what = kinds.find((kind) => event[kind] !== undefined && event[kind] !== null);
  const body = event[what] ?? {};
  const fact = { sequence: Number(event.sequence), what, at: instant(event.at) };
  if (event.contactId) fact.contact = event.contactId;
  if (event.agentId && what !== "updated") fact.agent = event.agentId;
  if (event.queue && what !== "offered" && what !== "updated") fact.queue = event.queue;
  const offer = body.offer?.id ?? body.offerId;
  if (offer) fact.offer = offer;
  for (const key of ["cause", "outcome", "reason", "fromQueue", "fromAgent", "toAgent", "toQueue", "presence", "lost"]) {
    if (body[key]) fact[key] = body[key];
  }
  return fact;
}
