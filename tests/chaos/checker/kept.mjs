// SPDX-License-Identifier: Apache-2.0

const entryOf = { assigned: "assigned", transferred: "transferred", closed: "closed" };

/** What is kept beside the log: conversations and the customers' timelines. */
export function checkKept({ records, final, log, verdicts }) {
  checkConversations({ records, final, verdicts });
  checkTimelines({ records, final, log, verdicts });
  checkWritten({ records, final, verdicts });
}

function checkConversations({ records, final, verdicts }) {
  for (const record of records) {
    if (record.kind !== "ok" || record.op !== "message") continue;
    const messages = final.conversations.get(record.contact) ?? [];
    const found = messages.find((message) => message.clientId === record.request);
    if (!found) verdicts.lost.push(`message ${record.request} of ${record.contact}, acknowledged to ${record.process}, is gone`);
    else if (found.id !== record.message) verdicts.doubled.push(`message ${record.request} of ${record.contact} was acknowledged as ${record.message} and is ${found.id}`);
  }
  for (const [contact, messages] of final.conversations) {
    const seen = new Set();
    messages.forEach((message, index) => {
      if (seen.has(message.clientId)) verdicts.doubled.push(`message ${message.clientId} of ${contact} stands twice`);
      seen.add(message.clientId);
      if (message.id !== index + 1) verdicts.outOfOrder.push(`message ${message.id} of ${contact} is in place ${index + 1}`);
    });
  }
}

/** Contact -> customer, as the adapters gave it. */
function customersOf(records) {
  const customers = new Map();
  for (const record of records) {
    if (record.kind === "ok" && record.op === "submit" && record.customer) customers.set(record.contact, record.customer);
  }
  return customers;
}

/** Customer -> ["c7 opened", …] in the order of the log: what the timelines must come to hold. */
export function expectedTimelines(records, facts) {
  const customerOf = customersOf(records);
  const expected = new Map();
  const opened = new Set();
  for (const fact of facts) {
    const customer = customerOf.get(fact.contact);
    if (!customer) continue;
    if (!expected.has(customer)) expected.set(customer, []);
    if (!opened.has(fact.contact)) {
      opened.add(fact.contact);
      expected.get(customer).push(`${fact.contact} opened`);
    }
    if (entryOf[fact.what]) expected.get(customer).push(`${fact.contact} ${entryOf[fact.what]}`);
  }
  return expected;
}

function checkTimelines({ records, final, log, verdicts }) {
  const customerOf = customersOf(records);
  for (const [customer, lines] of expectedTimelines(records, log.all)) {
    // Told newest first.
    const kept = (final.timelines.get(customer) ?? []).filter((entry) => !entry.name && customerOf.has(entry.contact)).map((entry) => `${entry.contact} ${entry.what}`).reverse();
    const missing = without(lines, kept);
    const more = without(kept, lines);
    for (const line of missing) verdicts.lost.push(`the timeline of ${customer} lacks: ${line}`);
    for (const line of more) verdicts.doubled.push(`the timeline of ${customer} has once more: ${line}`);
    if (missing.length + more.length > 0) continue;
    const wrong = lines.findIndex((line, index) => line !== kept[index]);
    if (wrong >= 0) verdicts.outOfOrder.push(`the timeline of ${customer} has "${kept[wrong]}" where "${lines[wrong]}" happened`);
  }
}

/** Notes and outside events: how many must stand in the timelines, acknowledged as they were. */
export const writtenOf = (records) => records.filter((record) => record.kind === "ok" && (record.op === "note" || record.op === "event"));

function checkWritten({ records, final, verdicts }) {
  for (const { request, customer, entry, process } of writtenOf(records)) {
    const found = (final.timelines.get(customer) ?? []).filter((one) => one.name === request);
    if (found.length === 0) verdicts.lost.push(`${request} of ${customer}, acknowledged to ${process}, is gone`);
    else if (found.every((one) => one.id !== entry)) verdicts.doubled.push(`${request} of ${customer} was acknowledged as ${entry} and is ${found[0].id}`);
  }
  for (const [customer, entries] of final.timelines) {
    const seen = new Set();
    let before = 0;
    // Told newest first; the writer waits for each before the next.
    for (const { name } of entries.filter((one) => one.name).reverse()) {
      if (seen.has(name)) verdicts.doubled.push(`${name} stands twice in the timeline of ${customer}`);
      seen.add(name);
      const number = Number(name.split("-").at(-1));
      if (number < before) verdicts.outOfOrder.push(`${name} stands behind number ${before} in the timeline of ${customer}`);
      before = Math.max(before, number);
    }
  }
}

/** What is in `some` more often than in `others`. */
function without(some, others) {
  const count = new Map();
  for (const line of others) count.set(line, (count.get(line) ?? 0) + 1);
  return some.filter((line) => {
    const left = count.get(line) ?? 0;
    count.set(line, left - 1);
    return left <= 0;
  });
}
