// SPDX-License-Identifier: Apache-2.0

/** What an acknowledged command must have left in the log. */
const effects = {
  accept: (fact, told) => fact.what === "assigned" && fact.agent === told.agent && fact.offer === told.offer,
  reject: (fact, told) => fact.what === "offerEnded" && fact.agent === told.agent && fact.offer === told.offer && fact.outcome === "OUTCOME_REJECTED",
  complete: (fact) => fact.what === "wrapUpStarted" || (fact.what === "closed" && fact.outcome === "OUTCOME_COMPLETED"),
  abandon: (fact) => fact.what === "closed" && fact.outcome === "OUTCOME_ABANDONED",
  cancel: (fact) => fact.what === "closed" && fact.outcome === "OUTCOME_CANCELLED",
};

/** Holds every acknowledged command against the log, and the contacts against those who asked for them. */
export function checkAnswers({ records, final, log, life, verdicts }) {
  const factsOf = new Map();
  for (const fact of log.all) {
    if (!fact.contact) continue;
    if (!factsOf.has(fact.contact)) factsOf.set(fact.contact, []);
    factsOf.get(fact.contact).push(fact);
  }
  const counts = { invoked: 0, ok: 0, failed: 0, unknown: 0, recovered: 0, unresolved: 0, contacts: life.contacts.size };
  const contactsOf = new Map(); // request id of a submit -> the contacts that were answered
  const namedBy = new Map(); // external id -> contacts
  const doubtful = new Map(); // request -> op, while nobody knows

  for (const record of records) {
    if (record.kind === "invoke") ++counts.invoked;
    if (record.kind === "fail") {
      ++counts.failed;
      doubtful.delete(record.request);
    }
    if (record.kind === "unknown") {
      ++counts.unknown;
      if (record.request) doubtful.set(record.request, record.op);
    }
    if (record.kind !== "ok") continue;
    ++counts.ok;
    if (doubtful.delete(record.request) && record.repeated) ++counts.recovered;
    if (record.op === "submit") {
      addTo(contactsOf, record.request, record.contact);
      if (record.external) addTo(namedBy, record.external, record.contact);
      const there = final.open.has(record.contact) || final.closed.has(record.contact);
      if (!there || !factsOf.has(record.contact)) {
        verdicts.lost.push(`${record.contact}, acknowledged to ${record.process} for ${record.request}, is ${there ? "not in the log" : "neither open nor closed"}`);
      }
    } else if (effects[record.op]) {
      const facts = factsOf.get(record.contact) ?? [];
      if (!facts.some((fact) => effects[record.op](fact, record))) {
        verdicts.lost.push(`${record.op} of ${record.contact} by ${record.process}, acknowledged for ${record.request}, is undone`);
      }
    }
  }
  counts.unresolved = doubtful.size;

  for (const [request, contacts] of contactsOf) {
    if (contacts.size > 1) verdicts.doubled.push(`${request} made ${[...contacts].join(" and ")}`);
  }
  for (const [external, contacts] of namedBy) {
    if (contacts.size > 1) verdicts.doubled.push(`${external} names ${[...contacts].join(" and ")}`);
  }
  const claimed = new Set([...contactsOf.values()].flatMap((contacts) => [...contacts]));
  const unclaimed = [...life.contacts.keys()].filter((contact) => !claimed.has(contact));
  const unresolvedSubmits = [...doubtful.values()].filter((op) => op === "submit").length;
  // Refused submits leave closed contacts that were told as a refusal.
  const refused = unclaimed.filter((contact) => (factsOf.get(contact) ?? []).some((fact) => fact.what === "closed" && fact.outcome === "OUTCOME_REFUSED"));
  const extra = unclaimed.length - refused.length - unresolvedSubmits;
  if (extra > 0) verdicts.doubled.push(`${extra} more contacts than were asked for: ${unclaimed.slice(0, 10).join(", ")}`);
  return counts;
}

function addTo(map, key, value) {
  if (!map.has(key)) map.set(key, new Set());
  map.get(key).add(value);
}
