// SPDX-License-Identifier: Apache-2.0

/**
 * Holds everything that streams told against the log: told is recorded, once, in order; a resumed
 * stream leaves nothing out; nobody tells of what another router decides by now.
 */
export function checkTold({ records, log, verdicts }) {
  const streams = new Map();
  const leaders = new Leaders();
  const followers = new Map(); // process that follows everything -> how far it was told, and since when

  for (const record of records) if (record.kind === "led") leaders.add(record);
  for (const record of records) {
    if (record.kind === "opened") {
      streams.set(record.stream, { after: record.after ?? 0, last: 0, told: new Set(), desks: new Map() });
      if (record.after !== null && record.process.startsWith("watcher") && !followers.has(record.process)) {
        followers.set(record.process, { from: record.after, told: new Set(), to: record.after });
      }
    }
    if (record.kind !== "told") continue;
    const stream = streams.get(record.stream);
    if (record.snapshot) {
      // Events of the same message follow the snapshot.
      stream.after = record.events.length > 0 ? record.events[0].sequence - 1 : record.sequence;
    }
    // Desks come before the events of their message.
    for (const [agent, sequence] of record.desks ?? []) stream.desks.set(agent, sequence);
    const behind = record.events.find((fact) => fact.sequence <= stream.last);
    if (behind && !record.desks) verdicts.outOfOrder.push(`${record.stream} said that all up to ${stream.last} was told, and then tells of commit ${behind.sequence}`);
    for (const fact of record.events) checkFact({ record, fact, stream, log, leaders, verdicts });
    if (record.sequence && record.sequence < stream.last) {
      verdicts.outOfOrder.push(`${record.stream} goes back from ${stream.last} to ${record.sequence}`);
    }
    stream.last = Math.max(stream.last, record.sequence ?? 0);
    const follower = followers.get(record.process);
    if (follower) {
      for (const fact of record.events) {
        const text = JSON.stringify(fact);
        if (follower.told.has(text) && fact.sequence > follower.from) verdicts.doubled.push(`${record.process} is told twice: ${text}`);
        follower.told.add(text);
      }
      follower.to = Math.max(follower.to, record.sequence ?? 0);
    }
  }
  for (const [process, follower] of followers) {
    for (const [sequence, entries] of log.at) {
      if (sequence <= follower.from || sequence > follower.to) continue;
      for (const { text } of entries) if (!follower.told.has(text)) verdicts.lost.push(`${process} was told up to ${follower.to}, but never of ${text}`);
    }
  }
}

function checkFact({ record, fact, stream, log, leaders, verdicts }) {
  const text = JSON.stringify(fact);
  const known = log.at.get(fact.sequence)?.some((entry) => entry.text === text) ?? false;
  const successor = leaders.successor(record.router, fact.sequence, record.t);
  if (successor) {
    verdicts.stale.push(`${record.router} tells ${record.process} of commit ${fact.sequence} although ${successor.process} has led with epoch ${successor.epoch} from commit ${successor.sequence + 1} on`);
  }
  if (!known) {
    const there = log.at.get(fact.sequence);
    const verdict = there ? "doubled" : "lost";
    verdicts[verdict].push(`${record.process} was told ${text} by ${record.router}; the log has ${there ? there.map((entry) => entry.text).join(" ").slice(0, 400) : "no such commit"}`);
  }
  if (stream.told.has(text)) verdicts.doubled.push(`${record.stream} tells twice: ${text}`);
  stream.told.add(text);
  if (fact.sequence <= stream.after) verdicts.doubled.push(`${record.stream}, opened after ${stream.after}, tells of commit ${fact.sequence}`);
  const desk = stream.desks.get(fact.agent);
  if (desk !== undefined && fact.sequence <= desk) verdicts.doubled.push(`${record.stream} tells of commit ${fact.sequence} behind a desk of ${fact.agent} that is exact at ${desk}`);
}

/** Which commits belong to whose epoch, as the routers logged it when they began to lead. */
class Leaders {
  constructor() {
    this.terms = [];
  }

  add({ at, process, router, epoch, sequence }) {
    this.terms.push({ at, process, router, epoch, sequence });
    this.terms.sort((a, b) => a.epoch - b.epoch);
  }

  /**
   * Who took over from `router` before commit `sequence`, when `router` tells of that commit
   * at time `t`: the router of a later epoch than any that `router` has led with so far.
   */
  successor(router, sequence, t) {
    const own = this.terms.filter((term) => term.router === router && term.at <= t);
    if (own.length === 0) return undefined;
    const last = own[own.length - 1];
    return this.terms.find((term) => term.epoch > last.epoch && term.router !== router && term.sequence < sequence);
  }
}
