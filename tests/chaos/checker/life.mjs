// SPDX-License-Identifier: Apache-2.0

/**
 * Folds the log: who waits, who is asked, who has what. Says what no domain may do, and returns
 * `contacts`: id -> {states, order, queue}, where `states` are [{place, state, agent}] in the log's order.
 */
export function checkLife({ log, rules, verdicts }) {
  const contacts = new Map();
  const held = new Map(); // agent -> Map of "contact" -> channel: offered, assigned, wrapping
  let arrivals = 0;

  const contactOf = (fact) => {
    if (!contacts.has(fact.contact)) {
      contacts.set(fact.contact, { id: fact.contact, state: "none", agent: "", queue: "", order: ++arrivals, offers: new Map(), asked: new Set(), states: [] });
    }
    return contacts.get(fact.contact);
  };
  const channelOf = (contact) => rules.channelOf[contact.queue] ?? "";
  const hold = (agent, contact, fact) => {
    if (!held.has(agent)) held.set(agent, new Map());
    const mine = held.get(agent);
    mine.set(contact.id, channelOf(contact));
    const channel = channelOf(contact);
    const used = [...mine.values()].filter((one) => one === channel).length;
    if (used > (rules.room[channel] ?? Infinity)) {
      verdicts.overCapacity.push(`${agent} has ${used} of ${channel} at commit ${fact.sequence}; there is room for ${rules.room[channel]}`);
    }
  };
  const release = (agent, contact) => held.get(agent)?.delete(contact.id);
  const settle = (contact, state, place) => {
    contact.state = state;
    contact.states.push({ place, state, agent: contact.agent });
  };

  const passedBy = (contact, agent, fact) => {
    if (!rules.strictQueues.includes(contact.queue)) return;
    for (const other of contacts.values()) {
      if (other.queue === contact.queue && other.order < contact.order && other.state === "waiting" && !other.asked.has(agent)) {
        verdicts.outOfOrder.push(`${agent} is asked for ${contact.id} at commit ${fact.sequence} while ${other.id} waits longer in ${contact.queue}`);
      }
    }
  };
  const endOffers = (contact, keep) => {
    for (const [offer, agent] of contact.offers) {
      if (agent !== keep) release(agent, contact);
      contact.offers.delete(offer);
    }
  };

  const happened = {
    queued(contact, fact, place) {
      if (contact.state === "closed") verdicts.doubled.push(`${contact.id} is queued at commit ${fact.sequence} after its end`);
      if (contact.agent) release(contact.agent, contact);
      contact.agent = "";
      contact.queue = fact.queue ?? contact.queue;
      settle(contact, "waiting", place);
    },
    overflowed(contact, fact) {
      contact.queue = fact.queue ?? contact.queue;
    },
    offered(contact, fact, place) {
      if (contact.state !== "waiting") verdicts.doubled.push(`${contact.id} is offered to ${fact.agent} at commit ${fact.sequence} while it is ${contact.state}${contact.agent ? ` with ${contact.agent}` : ""}`);
      passedBy(contact, fact.agent, fact);
      contact.offers.set(fact.offer, fact.agent);
      hold(fact.agent, contact, fact);
      settle(contact, "offered", place);
    },
    offerEnded(contact, fact, place) {
      if (!contact.offers.delete(fact.offer)) return; // withdrawn behind an assignment or an end
      release(fact.agent, contact);
      if (fact.outcome !== "OUTCOME_WITHDRAWN") contact.asked.add(fact.agent);
      if (fact.outcome === "OUTCOME_MISSED" && rules.strictQueues.includes(contact.queue)) {
        verdicts.stuck.push(`${fact.agent}, who takes all, missed offer ${fact.offer} of ${contact.id} at commit ${fact.sequence}`);
      }
      if (contact.state === "offered" && contact.offers.size === 0) settle(contact, "waiting", place);
    },
    assigned(contact, fact, place) {
      if (contact.state === "assigned" || contact.state === "wrapping" || contact.state === "closed") {
        verdicts.doubled.push(`${contact.id} is assigned to ${fact.agent} at commit ${fact.sequence} while it is ${contact.state}${contact.agent ? ` with ${contact.agent}` : ""}`);
      }
      if (fact.cause === "offer" && contact.offers.get(fact.offer) !== fact.agent) {
        verdicts.doubled.push(`${contact.id} is assigned to ${fact.agent} at commit ${fact.sequence} by offer ${fact.offer}, which is not open`);
      }
      endOffers(contact, fact.agent);
      contact.agent = fact.agent;
      hold(fact.agent, contact, fact);
      settle(contact, "assigned", place);
    },
    wrapUpStarted(contact, fact, place) {
      if (contact.state !== "assigned") verdicts.doubled.push(`${contact.id} is completed at commit ${fact.sequence} while it is ${contact.state}`);
      settle(contact, "wrapping", place);
    },
    closed(contact, fact, place) {
      if (contact.state === "closed") verdicts.doubled.push(`${contact.id} ends a second time at commit ${fact.sequence}`);
      endOffers(contact, undefined);
      if (contact.agent) release(contact.agent, contact);
      settle(contact, "closed", place);
    },
  };

  log.all.forEach((fact, place) => {
    if (fact.contact && happened[fact.what]) happened[fact.what](contactOf(fact), fact, place);
  });
  return { contacts };
}
