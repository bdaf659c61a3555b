// SPDX-License-Identifier: Apache-2.0
// What customers write, drawn from a seed: new mails, answers in threads, the same mail twice, and the
// corpus of mails that are hard to read. Each mail has a name (m00001), which its words say once.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Random } from "../chaos/rig/random.mjs";

const corpus = join(dirname(fileURLToPath(import.meta.url)), "corpus");
export const namePattern = /\bm\d{5}\b/g;
export const desk = "support@mail.test";

/** `count` mails of `customers` people: `{name, root, from, bytes}`, with some of them twice. */
export function drawLetters({ seed, count, customers = 40 }) {
  const random = Random.of(seed, "letters");
  const letters = [];
  const people = Array.from({ length: customers }, () => []); // what each has written
  const sent = [];
  for (let at = 1; at <= count; ++at) {
    const name = `m${String(at).padStart(5, "0")}`;
    const person = random.below(customers);
    const earlier = random.chance(40) && people[person].length > 0 ? random.pick(people[person]) : undefined;
    // A colleague may answer in the same thread.
    const from = earlier && random.chance(10) ? `colleague${person}@mail.test` : `customer${person}@mail.test`;
    const letter = { name, from, root: earlier?.root ?? name, path: [...(earlier?.path ?? []), name].slice(-8) };
    letter.bytes = write(letter, earlier, random);
    people[person].push(letter);
    letters.push(letter);
    sent.push(letter);
    if (random.chance(5)) sent.push(random.pick(letters));
  }
  return { letters, sent };
}

const idOf = (name) => `<${name}@customer.test>`;

function write({ name, from, root, path }, earlier, random) {
  const lines = [`From: Customer <${from}>`, `To: ${desk}`, `Message-ID: ${idOf(name)}`, "Date: Mon, 16 Nov 2026 09:55:00 +0100", "MIME-Version: 1.0"];
  lines.push(earlier ? `Subject: Re: Question ${root.slice(1)}` : `Subject: Question ${name.slice(1)}`);
  if (earlier) lines.push(`In-Reply-To: ${idOf(earlier.name)}`, `References: ${[...new Set([root, ...path.slice(0, -1)])].map(idOf).join("\r\n ")}`);
  const words = [`My words are ${name}, and no others.`, "", "你好"];
  const quoted = earlier ? ["", "On Monday you wrote:", `> My words are ${earlier.name}, and no others.`] : [];
  const text = `${[...words, ...quoted].join("\r\n")}\r\n`;
  if (random.chance(30)) {
    lines.push("Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64", "");
    lines.push(...Buffer.from(text).toString("base64").match(/.{1,76}/g));
  } else {
    lines.push("Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit", "", text.trimEnd());
  }
  return Buffer.from(`${lines.join("\r\n")}\r\n`);
}

/** The corpus: `{name, from, bytes, opens}`; `opens` is false of what no agent needs to see. */
export function readCorpus() {
  return readdirSync(corpus).filter((file) => file.endsWith(".eml")).map((file) => {
    const name = file.slice(0, -4).replaceAll("_", "-");
    const golden = readFileSync(join(corpus, `${file.slice(0, -4)}.golden`), "utf8");
    const origin = /^origin: (.*)$/m.exec(golden)[1];
    const opens = ["person", "list", "bulk", "automatic", "bounce"].includes(origin) && !golden.includes("marked_spam: yes");
    const text = readFileSync(join(corpus, file)).toString("latin1").replace(/\r?\n/g, "\r\n");
    return { name, from: `corpus.${name}@mail.test`, bytes: Buffer.from(text, "latin1"), opens };
  });
}

/** Whose mail of the corpus a delivered mail is, by its envelope; undefined of others. */
export const corpusName = (raw) => /^Return-Path: <corpus\.(.*)@mail\.test>/im.exec(raw.toString("latin1"))?.[1];

/**
 * By what Usher knows a mail again, whatever its uid: Message-ID, From, Date and content
 * (docs/integrate/email.md). `raw` as it lies on disk, which IMAP shows with CRLF and without NUL.
 */
export function keyOf(raw) {
  const text = raw.toString("latin1").replace(/\r?\n/g, "\r\n").replaceAll("\0", "\x80");
  const end = text.startsWith("\r\n") ? 0 : text.indexOf("\r\n\r\n") + 2;
  const [head, content] = end < 2 && !text.startsWith("\r\n") ? [text, ""] : [text.slice(0, end), text.slice(end + 2)];
  const lines = [];
  let counts = false;
  for (const line of head.split("\r\n").filter(Boolean)) {
    if (!/^[ \t]/.test(line)) counts = /^(message-id|from|date):/i.test(line);
    if (counts) lines.push(`${line.replace(/[ \t]/g, "")}\n`);
  }
  const said = lines.length > 0 ? lines.join("") + content : text;
  return createHash("sha256").update(said, "latin1").digest("hex").slice(0, 32);
}
