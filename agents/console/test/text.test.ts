// SPDX-License-Identifier: Apache-2.0
import assert from "node:assert/strict";
import { test } from "node:test";
import { catalogues, languageOf, textOf } from "../src/text/catalogue";

const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();

test("every language has every text, none is empty, and each fills in the same things", () => {
  for (const [language, table] of Object.entries(catalogues)) {
    assert.deepEqual(Object.keys(table).sort(), Object.keys(catalogues.en).sort(), language);
    for (const [key, text] of Object.entries(table)) {
      assert.notEqual(text.trim(), "", `${language} ${key}`);
      assert.deepEqual(holes(text), holes(catalogues.en[key as keyof typeof catalogues.en]), `${language} ${key}`);
    }
  }
});

test("every language is its own", () => {
  const same = Object.entries(catalogues.zh).filter(([key, text]) => text === catalogues.en[key as keyof typeof catalogues.en]);
  assert.deepEqual(same.map(([key]) => key), ["app.name"]);
});

test("plurals follow the count", () => {
  const en = textOf("en");
  assert.equal(en("list.unread", { count: 1 }), "1 unread message");
  assert.equal(en("list.unread", { count: 3 }), "3 unread messages");
  assert.equal(textOf("zh")("list.unread", { count: 3 }), "3 条未读消息");
});

test("words of the domain file are translated where known and spelled out where not", () => {
  assert.equal(textOf("zh").word("lunch"), "午餐");
  assert.equal(textOf("en").word("tech_support"), "Tech support");
  assert.equal(textOf("en").word(""), "");
});

test("any Chinese tag is Chinese, anything else English", () => {
  assert.deepEqual(["zh-CN", "ZH", "zh-Hant-TW", "en-GB", "fr", ""].map(languageOf), ["zh", "zh", "zh", "en", "en", "en"]);
});
