// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Action } from "../src/state/action";
import { callOf, canJoin, isNumber, supervision } from "../src/state/call";
import { reduce } from "../src/state/reduce";
import { initialState, type State } from "../src/state/state";
import type { CallLeg } from "../src/wire/usher/routing/v1/call";

const customer: CallLeg = { id: "l1", party: "PARTY_CUSTOMER", state: "STATE_UP" };
const outside: CallLeg = { id: "l4", party: "PARTY_OUTSIDE", state: "STATE_UP" };
const told = (contactId: string, legs: CallLeg[]): Action => ({ kind: "event", event: { at: "2026-01-05T00:00:00Z", contactId, agentId: "ann", call: { contactId, legs } } });

function after(...actions: Action[]): State {
  return actions.reduce(reduce, initialState);
}

test("a call is as its adapter tells last, and over without legs", () => {
  const here = after(told("c1", [customer, outside]), told("c1", [{ ...customer, state: "STATE_HELD", since: "2026-01-05T00:00:07Z" }]));
  assert.deepEqual(here.calls["c1"]?.legs, [{ ...customer, state: "STATE_HELD", since: "2026-01-05T00:00:07Z" }]);
  assert.equal(callOf({ legs: [] }), undefined);
});

test("all are joined when somebody is held and a third has answered", () => {
  const call = (legs: CallLeg[]) => callOf({ legs })!;
  assert.equal(canJoin(call([customer, outside])), false);
  assert.equal(canJoin(call([{ ...customer, state: "STATE_HELD" }, outside])), true);
  assert.equal(canJoin(call([{ ...customer, state: "STATE_HELD" }, { ...outside, state: "STATE_RINGING" }])), false);
  assert.equal(canJoin(call([{ ...customer, state: "STATE_HELD" }])), false);
});

test("a number has digits and nothing that is more", () => {
  assert.deepEqual(["+1 (555) 010-9999", "*43#", "#*", "ann", "100@x", "1"].map(isNumber), [true, true, false, false, false, false]);
});

test("a call goes with its contact, and everything with a new desk", () => {
  const here = after({ kind: "welcome", welcome: { subject: "ann", role: "agent" } }, told("c1", [customer]), told("c2", [customer]));
  assert.deepEqual(Object.keys(here.calls), ["c1", "c2"]);
  assert.deepEqual(Object.keys(reduce(here, { kind: "event", event: { contactId: "c1", closed: {} } }).calls), ["c2"]);
  assert.deepEqual(Object.keys(reduce(here, told("c2", [])).calls), ["c1"]);
  assert.deepEqual(reduce(here, { kind: "desk", desk: {} }).calls, {});
});

test("a supervisor is in a call as the leg says", () => {
  const leg: CallLeg = { id: "l9", party: "PARTY_SUPERVISOR", agentId: "sam", mode: "SUPERVISION_MODE_BARGE" };
  assert.equal(supervision(callOf({ legs: [customer, leg] }), "sam"), "SUPERVISION_MODE_BARGE");
  assert.equal(supervision(callOf({ legs: [customer] }), "sam"), undefined);
});
