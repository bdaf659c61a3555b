// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  allSeen, type Conversation, emptyConversation, isTyping, stateOf, unreadCount, withEvent, withMark, withMessages,
  withPage, withRefusal, withUnsent,
} from "../src/state/conversation";
import type { AuthorSide, Message } from "../src/wire/usher/context/v1/conversation";

function message(id: number, side: AuthorSide, clientId = `m${id}`): Message {
  return { id: String(id), clientId, contactId: "c1", author: { side }, text: `text ${id}` };
}

const ids = (conversation: Conversation) => conversation.messages.map((one) => one.id);

test("messages stand in the order of their numbers however they arrive", () => {
  const there = withMessages(emptyConversation, [message(10, "SIDE_CUSTOMER"), message(2, "SIDE_AGENT")]);
  assert.deepEqual(ids(withMessages(there, [message(3, "SIDE_CUSTOMER")])), ["2", "3", "10"]);
});

test("a message that comes twice is shown once", () => {
  const once = withMessages(emptyConversation, [message(1, "SIDE_CUSTOMER")]);
  assert.deepEqual(ids(withMessages(once, [message(1, "SIDE_CUSTOMER")])), ["1"]);
});

test("an unsent message is shown once and is sent when it is recorded under its client id", () => {
  const written = withUnsent(emptyConversation, { clientId: "a", text: "hi", at: 0 });
  assert.equal(withUnsent(written, { clientId: "a", text: "hi", at: 0 }).unsent.length, 1);
  const recorded = withMessages(written, [message(1, "SIDE_AGENT", "a")]);
  assert.deepEqual([recorded.unsent.length, recorded.messages.length], [0, 1]);
  assert.equal(withUnsent(recorded, { clientId: "a", text: "hi", at: 0 }).unsent.length, 0);
});

test("unsent messages keep the order of writing, and other people's messages leave them alone", () => {
  let conversation = emptyConversation;
  for (const clientId of ["a", "b", "c"]) conversation = withUnsent(conversation, { clientId, text: "", at: 0 });
  conversation = withMessages(conversation, [message(1, "SIDE_CUSTOMER", ""), message(2, "SIDE_AGENT", "a")]);
  assert.deepEqual(conversation.unsent.map((one) => one.clientId), ["b", "c"]);
});

test("a refused message waits with its reason and loses it when it is tried again", () => {
  const refused = withRefusal(withUnsent(emptyConversation, { clientId: "a", text: "", at: 0 }), "a", "full");
  assert.equal(refused.unsent[0]?.refused, "full");
  assert.equal(withRefusal(refused, "a").unsent[0]?.refused, undefined);
});

test("marks tell how far a message has got, and never go back", () => {
  const said = withMessages(emptyConversation, [message(4, "SIDE_AGENT")]);
  assert.equal(stateOf(said, message(4, "SIDE_AGENT")), "sent");
  const delivered = withMark(said, { side: "SIDE_CUSTOMER", deliveredUpTo: "4", readUpTo: "3" });
  assert.equal(stateOf(delivered, message(4, "SIDE_AGENT")), "delivered");
  const read = withMark(delivered, { side: "SIDE_CUSTOMER", readUpTo: "4" });
  assert.equal(stateOf(read, message(4, "SIDE_AGENT")), "read");
  const old = withMark(read, { side: "SIDE_CUSTOMER", deliveredUpTo: "2", readUpTo: "1" });
  assert.deepEqual(old.customer, { delivered: 4, read: 4 });
});

test("unread are the customer's messages after what was seen or answered", () => {
  const three = withMessages(emptyConversation, [message(1, "SIDE_CUSTOMER"), message(2, "SIDE_AGENT"), message(3, "SIDE_CUSTOMER")]);
  assert.equal(unreadCount(three), 1);
  assert.equal(unreadCount(allSeen(three)), 0);
  assert.equal(unreadCount(withMessages(allSeen(three), [message(4, "SIDE_CUSTOMER")])), 1);
  assert.equal(unreadCount(withMessages(allSeen(three), [message(4, "SIDE_SYSTEM")])), 0);
});

test("typing is believed for six seconds and ends with the message", () => {
  const event = { contactId: "c1", typing: { author: { side: "SIDE_CUSTOMER" as const, name: "Mei" }, active: true } };
  const typing = withEvent(emptyConversation, event, 1000);
  assert.equal(isTyping(typing, 6999), true);
  assert.equal(isTyping(typing, 7000), false);
  assert.equal(isTyping(withMessages(typing, [message(1, "SIDE_CUSTOMER")]), 1001), false);
  const own = { contactId: "c1", typing: { author: { side: "SIDE_AGENT" as const }, active: true } };
  assert.equal(isTyping(withEvent(emptyConversation, own, 1000), 1001), false);
});

test("a page read after a reconnect fills the gap without doubling", () => {
  const before = withMessages(emptyConversation, [message(1, "SIDE_CUSTOMER"), message(4, "SIDE_CUSTOMER")]);
  const page = { messages: [message(2, "SIDE_AGENT"), message(3, "SIDE_AGENT"), message(4, "SIDE_CUSTOMER")], marks: [{ side: "SIDE_AGENT" as const, readUpTo: "3" }] };
  const after = withPage(before, page);
  assert.deepEqual(ids(after), ["1", "2", "3", "4"]);
  assert.deepEqual([after.loaded, after.agent.read], [true, 3]);
});
