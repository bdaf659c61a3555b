// SPDX-License-Identifier: Apache-2.0
// The command line's way with customers: written down, found, changed, made one and two again.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Server } from "./server.mjs";

let server;
before(async () => (server = await Server.start()));
after(() => server?.stop());

const customer = (...words) => server.usher("customer", ...words);
const json = async (...words) => JSON.parse(await customer(...words, "--output", "json"));

test("a customer is written down, found in Latin letters too, and changed", async () => {
  const made = await json("create", "--name", "王小明", "--identity", "phone:+86 10 6552 9988", "--verified", "--tag", "vip");
  const id = made.customer.id;
  assert.equal(made.customer.identities[0].value, "+861065529988");

  const found = await json("search", "xiaoming");
  assert.deepEqual(found.hits.map((hit) => [hit.customer.id, ...hit.matched]), [[id, "name"]]);

  const changed = await json("update", id, "--type", "member", "--stage", "after", "--value", "1200", "--remove-tag", "vip");
  assert.deepEqual(
    [changed.customer.type, changed.customer.stage, changed.customer.value, changed.customer.tags],
    ["CUSTOMER_TYPE_MEMBER", "SALE_STAGE_AFTER", "1200", []],
  );
  await customer("add-identity", id, "email:ming@example.com");
  await customer("note", id, "prefers mornings");
  const shown = await customer("show", id);
  for (const text of ["member", "1200", "ming@example.com (claimed)", "prefers mornings", "record changed by"]) {
    assert.ok(shown.includes(text), `${text} is not in\n${shown}`);
  }
  await customer("remove-identity", id, "email:ming@example.com");
  assert.ok(!(await customer("show", id)).includes("ming@example.com"));
});

test("two records are made one, and two again", async () => {
  const [one, other] = await Promise.all(
    ["+441632960001", "+441632960002"].map((phone) => json("create", "--name", "Ann Lee", "--identity", `phone:${phone}`)),
  );
  const [id, otherId] = [one.customer.id, other.customer.id];
  const merged = await json("merge", id, otherId, "--reason", "same person");
  assert.deepEqual(merged.customer.merged, [otherId]);
  const parted = await json("undo-merge", id, otherId, "--reason", "her sister");
  assert.deepEqual([parted.customer.merged, parted.other.id], [[], otherId]);
});

test("what is not understood is refused by its name, with the next step", async () => {
  await assert.rejects(customer("create", "--stage", "soon"), /--stage: "soon" is not understood; give one of before, during, after/);
  await assert.rejects(customer("create", "--identity", "nobody"), /write it as kind:value/);
  await assert.rejects(customer("update", "cu_0000000000000000", "--tier", "gold"), /UNKNOWN_CUSTOMER/);
});
