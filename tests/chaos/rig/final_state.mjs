// SPDX-License-Identifier: Apache-2.0
import { askUntil } from "./rpc.mjs";
import { toFact } from "./events.mjs";
import { pause } from "./processes.mjs";

const atOnce = 32;
const timelineMsMax = 30_000;

/**
 * What the server holds when all is over, read anew from whichever router leads:
 * `{sequence, log, open, closed, conversations, timelines, agents}`.
 */
export async function readFinalState({ routersOf, customers, conversations, entriesExpected }) {
  const routers = routersOf("watcher-1");
  const admin = routersOf("admin");
  try {
    const { domains } = await askUntil(admin, "admin.v1.RouterService", "GetRouter", {}, {
      accept: (answer) => answer.domains?.some((one) => one.standing === "STANDING_LEADING"),
    });
    const led = domains.find((one) => one.standing === "STANDING_LEADING");
    routers.at = admin.at;
    const sequence = Number(led.sequence ?? 0);
    const log = await readLog(routers, sequence);
    const open = await pages((page) => askUntil(routers, "routing.v1.RoutingService", "ListContacts", { page }), "contacts");
    const known = new Set(open.map((contact) => contact.id));
    const ids = [...new Set(log.filter((fact) => fact.contact).map((fact) => fact.contact))].filter((id) => !known.has(id));
    const closed = new Map();
    await each(ids, async (id) => {
      const found = await askUntil(routers, "routing.v1.RoutingService", "GetContact", { contactId: id }).catch((error) => ({ error: error.reason }));
      if (found.contact) closed.set(id, { state: found.contact.state, outcome: found.contact.outcome, external: found.contact.externalId, agent: found.contact.agent });
    });
    const said = new Map();
    await each(conversations, async (id) => {
      const found = await askUntil(routers, "context.v1.ContextService", "ListMessages", { contactId: id, limit: 1000 });
      said.set(id, (found.messages ?? []).map((message) => ({ id: Number(message.id), clientId: message.clientId })));
    });
    const timelines = await readTimelines(routers, customers, entriesExpected(log));
    return {
      sequence, log, conversations: said, timelines, closed,
      open: new Map(open.map((contact) => [contact.id, { state: contact.state, agent: contact.agent ?? "", queue: contact.queue }])),
    };
  } finally {
    routers.close();
    admin.close();
  }
}

/**
 * The timelines are fed behind the log, and a connection that a fault spoiled is given up after ten
 * seconds only: read until they hold as much as they should, or nothing comes any more for long.
 */
async function readTimelines(routers, customers, expected) {
  let before = -1;
  let movedAt = performance.now();
  for (;;) {
    const timelines = new Map();
    await each(customers, async (id) => {
      const entries = await pages((page) => askUntil(routers, "context.v1.ContextService", "ListTimeline", { customerId: id, page }), "entries");
      timelines.set(id, entries.map((entry) => ({
        id: entry.id, contact: entry.contactId, name: entry.note?.text ?? entry.outside?.eventId,
        what: ["opened", "assigned", "transferred", "closed", "note", "outside"].find((kind) => entry[kind]),
      })));
    });
    const count = [...timelines.values()].reduce((sum, entries) => sum + entries.length, 0);
    if (count !== before) movedAt = performance.now();
    if (count >= expected || performance.now() - movedAt > timelineMsMax) return timelines;
    before = count;
    await pause(200);
  }
}

/** The whole log, as a watcher from the first commit on is told it. */
async function readLog(routers, until) {
  for (let attempt = 1; ; ++attempt) {
    try {
      return await new Promise((done, failed) => {
        const facts = [];
        const stream = routers.open("routing.v1.RoutingService", "WatchContacts", { afterSequence: 0 });
        const silent = setTimeout(() => failed(new Error("the log is not told")), 120_000);
        stream.on("data", (message) => {
          for (const event of message.events ?? []) {
            const fact = toFact(event);
            if (fact) facts.push(fact);
          }
          if (Number(message.sequence ?? 0) < until) return;
          clearTimeout(silent);
          stream.cancel();
          done(facts);
        });
        stream.on("error", (error) => {
          clearTimeout(silent);
          failed(error);
        });
      });
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}

async function pages(ask, field) {
  const all = [];
  let pageToken = "";
  do {
    const answer = await ask({ pageSize: 500, pageToken });
    all.push(...(answer[field] ?? []));
    pageToken = answer.page?.nextPageToken ?? "";
  } while (pageToken);
  return all;
}

async function each(items, act) {
  const waiting = [...items];
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (waiting.length > 0) await act(waiting.pop());
  }));
}
