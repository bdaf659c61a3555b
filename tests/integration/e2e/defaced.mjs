// SPDX-License-Identifier: Apache-2.0
// A customer's name is defaced: it is seen who did it, and taken back in one step.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "./server.mjs";

let server;
before(async () => (server = await Server.start()));
after(() => server?.stop());

const ask = (method, request) => server.call(`context.v1.${method}`, request);

test("a defaced name is seen in the changes, taken back in one step, and the timeline tells both", async () => {
  const identity = { kind: "phone", value: "+8613800138000" };
  const { customer } = await ask("ContextService/ResolveCustomer", { identity, name: "Mei Lin" });
  const customerId = customer.id;
  await ask("ContextService/UpdateCustomer", { requestId: "r1", customerId, name: "Shrew" });

  const { changes } = await ask("PrivacyService/ListChanges", { customerId });
  assert.equal(changes.length, 2);
  const [defaced] = changes;
  assert.equal(defaced.before.name, "Mei Lin");
  assert.equal(defaced.after.name, "Shrew");
  assert.ok(defaced.by && defaced.role && defaced.at);

  const revert = { requestId: "r2", customerId, changeId: defaced.id };
  const reverted = await ask("PrivacyService/RevertChange", revert);
  assert.equal(reverted.customer.name, "Mei Lin");
  // Sent again because the answer got lost, it does nothing more.
  await ask("PrivacyService/RevertChange", revert);

  const { entries } = await ask("ContextService/ListTimeline", { customerId });
  const told = entries.filter(({ profile }) => profile).map(({ profile }) => profile.changeId);
  const now = (await ask("PrivacyService/ListChanges", { customerId })).changes;
  assert.equal(now[0].reverts, defaced.id);
  assert.deepEqual(told, [now[0].id, defaced.id]);
});

test("what was changed again since is not taken back", async () => {
  const { customer } = await ask("ContextService/CreateCustomer", { requestId: "c1", customer: { name: "Lin" } });
  const customerId = customer.id;
  for (const name of ["Shrew", "Lin Mei"]) await ask("ContextService/UpdateCustomer", { customerId, name });
  const { changes } = await ask("PrivacyService/ListChanges", { customerId });
  await assert.rejects(ask("PrivacyService/RevertChange", { customerId, changeId: changes[1].id }), /CHANGED_SINCE/);
});
