// SPDX-License-Identifier: Apache-2.0

/**
 * What one agent does with what is told: takes, declines or ignores offers, says something, completes.
 * `act(op, requestId, body, more)` does it and resolves when it is sure. Every decision is the
 * seed's, by the contact and the offer, so that a reconnect decides as before.
 */
export class AgentBrain {
  constructor({ id, random, act, say, progress }) {
    Object.assign(this, { id, random, act, say, progress });
    this.offersSeen = new Set();
    this.working = new Set();
    this.busy = 0;
    this.paused = false;
  }

  get idle() {
    return this.busy === 0;
  }

  onDesk(desk) {
    for (const { offer, contact } of desk.offers ?? []) this.onOffer(offer, contact?.queue);
    for (const contact of desk.contacts ?? []) {
      if (contact.state === "STATE_ASSIGNED") this.onAssigned(contact.id);
    }
  }

  onEvent(event) {
    if (event.offered) this.onOffer(event.offered.offer, event.offered.contact?.queue);
    if (event.assigned) this.onAssigned(event.contactId);
  }

  onOffer(offer, queue) {
    if (this.offersSeen.has(offer.id)) return;
    this.offersSeen.add(offer.id);
    const draw = this.random.below(100);
    if (queue === "rough" && draw < 5) return; // it will be missed
    const op = queue === "rough" && draw < 15 ? "reject" : "accept";
    void this.later(this.random.below(15), async () => {
      const about = { agentId: this.id, contactId: offer.contactId, offerId: offer.id };
      await this.act(op, `${op}-${offer.id}-${this.id}`, about, { contact: offer.contactId, agent: this.id, offer: offer.id });
      this.progress();
    });
  }

  onAssigned(contact) {
    if (this.working.has(contact)) return;
    this.working.add(contact);
    const says = this.random.chance(30) ? 1 + this.random.below(2) : 0;
    const pause = this.random.between(2, 40);
    void this.later(pause, async () => {
      for (let i = 1; i <= says; ++i) await this.say(contact, `${contact}-${this.id}-${i}`);
      const about = { agentId: this.id, contactId: contact, disposition: "done" };
      await this.act("complete", `complete-${contact}-${this.id}`, about, { contact, agent: this.id });
      this.working.delete(contact);
      this.progress();
    });
  }

  async later(ms, act) {
    ++this.busy;
    try {
      await new Promise((done) => setTimeout(done, ms));
      await act();
    } finally {
      --this.busy;
    }
  }
}
