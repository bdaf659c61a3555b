// SPDX-License-Identifier: Apache-2.0

const stateOf = { STATE_WAITING: "waiting", STATE_OFFERED: "offered", STATE_ASSIGNED: "assigned", STATE_WRAPPING: "wrapping", STATE_CLOSED: "closed" };
const settledBy = { accept: ["assigned"], complete: ["wrapping", "closed"], abandon: ["closed"] };

/** A read that begins after something was told or acknowledged must not know less than that. */
export function checkReads({ records, log, life, verdicts }) {
  const knownUpTo = new Map(); // contact -> the place in the log that somebody knows of
  const begun = new Map(); // call -> the place that was known when the read began
  const learn = (contact, place) => knownUpTo.set(contact, Math.max(knownUpTo.get(contact) ?? -1, place));

  for (const record of records) {
    if (record.kind === "told") {
      for (const fact of record.events) {
        if (!fact.contact) continue;
        const text = JSON.stringify(fact);
        const entry = log.at.get(fact.sequence)?.find((one) => one.text === text);
        if (entry) learn(fact.contact, entry.place);
      }
    }
    if (record.kind === "ok" && settledBy[record.op]) {
      const settled = life.contacts.get(record.contact)?.states.find((one) => settledBy[record.op].includes(one.state) && (!record.agent || one.agent === record.agent));
      if (settled) learn(record.contact, settled.place);
    }
    if (record.kind === "invoke" && record.op === "read") begun.set(record.call, knownUpTo.get(record.contact) ?? -1);
    if (record.kind !== "read") continue;
    const known = begun.get(record.call) ?? -1;
    const states = life.contacts.get(record.contact)?.states ?? [];
    const wanted = stateOf[record.state];
    const fits = states.some((one, index) => {
      const until = states[index + 1]?.place ?? Infinity;
      return one.state === wanted && until > known && (wanted !== "assigned" || one.agent === record.agent);
    });
    if (!fits) {
      verdicts.stale.push(`${record.process} reads ${record.contact} as ${record.state} ${record.agent} from ${record.router}, although more was told before`);
    }
  }
}
