// SPDX-License-Identifier: Apache-2.0
import { askUntil } from "../rig/rpc.mjs";

/**
 * What was acknowledged and when, for faults that may cost something: submits as fast as they are
 * answered, and tells afterwards which of them are gone.
 */
export class Ledger {
  constructor(rig, { writers = 8 } = {}) {
    this.rig = rig;
    this.acknowledged = [];
    this.running = true;
    this.round = Ledger.rounds = (Ledger.rounds ?? 0) + 1;
    this.writing = Promise.all(Array.from({ length: writers }, (_, writer) => this.#write(writer)));
  }

  async #write(writer) {
    const routers = this.rig.routersOf("crm");
    for (let number = 1; this.running; ++number) {
      const requestId = `ledger-${this.round}-${writer}-${number}`;
      const request = { requestId, channel: "CHANNEL_EMAIL", queue: "mail", externalId: requestId };
      const address = routers.address;
      try {
        const { contact } = await routers.ask("routing.v1.RoutingService", "SubmitContact", request, { msMax: 2_000 });
        this.acknowledged.push({ contact: contact.id, externalId: requestId, at: performance.now() });
      } catch {
        routers.turnFrom(address);
        await this.rig.pause(20);
      }
    }
    routers.close();
  }

  /** Until that many more were acknowledged. */
  async grow(count) {
    const goal = this.acknowledged.length + count;
    const deadline = performance.now() + 60_000;
    while (this.acknowledged.length < goal) {
      if (performance.now() > deadline) throw new Error(`only ${this.acknowledged.length} of ${goal} submits were answered in 60 s`);
      await this.rig.pause(2);
    }
  }

  async stop() {
    this.running = false;
    await this.writing;
  }

  /** Those acknowledged before `cutAt` that the server does not have, oldest first. */
  async missing(cutAt = Infinity) {
    const routers = this.rig.routersOf("watcher-1");
    const there = new Map();
    for (let pageToken = ""; ; ) {
      const answer = await askUntil(routers, "routing.v1.RoutingService", "ListContacts", { page: { pageSize: 500, pageToken } });
      for (const contact of answer.contacts ?? []) there.set(contact.id, contact.externalId);
      pageToken = answer.page?.nextPageToken ?? "";
      if (!pageToken) break;
    }
    routers.close();
    return this.acknowledged.filter(({ contact, externalId, at }) => at <= cutAt && there.get(contact) !== externalId);
  }
}

/** Applies the rig's domain for faults that have no clients of the rig's. */
export async function applyDomain(rig, yaml) {
  const admin = rig.routersOf("admin");
  await askUntil(admin, "admin.v1.AdminService", "ApplyDomain", { requestId: "apply", yaml });
  admin.close();
}
