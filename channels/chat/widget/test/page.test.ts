// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { inkOn, readOptions, socketUrlOf } from "../src/options";
import { catalogues, languageOf } from "../src/text";

const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

test("every language has every text, with the same things filled in, in its own words", () => {
  const { en, zh } = catalogues;
  assert.deepEqual(Object.keys(zh), Object.keys(en));
  for (const key of Object.keys(en) as (keyof typeof en)[]) {
    assert.notEqual(zh[key].trim(), "", key);
    assert.notEqual(zh[key], en[key], key);
    assert.deepEqual(holes(zh[key]), holes(en[key]), key);
  }
  assert.deepEqual(["zh-CN", "en", "de"].map(languageOf), ["zh", "en", "en"]);
});

test("the socket is beside the script", () => {
  assert.equal(socketUrlOf("https://chat.example.com/chat/v1/usher-chat.js?v=2"), "wss://chat.example.com/chat/v1/socket");
  assert.equal(socketUrlOf("http://127.0.0.1:8080/chat/v1/usher-chat.js"), "ws://127.0.0.1:8080/chat/v1/socket");
});

test("the tag's wishes are read, and what is not a colour or a field is left out", () => {
  const src = "https://h/chat/v1/usher-chat.js";
  const read = (dataset: Record<string, string>) => readOptions({ src, dataset }, "fr");
  assert.deepEqual(read({ site: "demo", ask: "email, name,phone", accent: "#1f4fd8", lang: "zh-TW" }), {
    site: "demo", socketUrl: "wss://h/chat/v1/socket", language: "zh", accent: "#1f4fd8", ask: ["name", "email"],
  });
  assert.equal(read({ site: "demo", accent: "red;}body{display:none" }).accent, undefined);
  assert.equal(read({}).site, "");
});

test("ink reads on any accent", () => {
  assert.deepEqual(["#1f4fd8", "#0b6b57", "#000", "#fff", "#ffd24d"].map(inkOn), ["#fff", "#fff", "#fff", "#10201a", "#10201a"]);
});

test("the built script is under 15 kB gzipped and is what its .gz holds", () => {
  const gzipped = readFileSync("dist/usher-chat.js.gz");
  assert.ok(gzipped.length <= 15_000, `${gzipped.length} bytes`);
  assert.deepEqual(gunzipSync(gzipped), readFileSync("dist/usher-chat.js"));
});
