// SPDX-License-Identifier: Apache-2.0
// The append-only file of a Redis that is not running: where its transactions lie, torn, damaged.
import { readFileSync, truncateSync, openSync, closeSync, readSync, writeSync } from "node:fs";
import { join } from "node:path";

/** The file that the Redis of a folder appends to. */
export function appendedFile(folder) {
  const manifest = readFileSync(join(folder, "appendonlydir/appendonly.aof.manifest"), "utf8");
  const [, name] = manifest.match(/^file (\S+) seq \d+ type i$/m);
  return join(folder, "appendonlydir", name);
}

/** What is applied as a whole, in order: `{ start, end, commands: [[{ text, start }]] }`. */
export function transactions(bytes) {
  const all = [];
  let open;
  for (let at = 0; at < bytes.length; ) {
    const { words, end } = command(bytes, at);
    const verb = words[0].text.toUpperCase();
    if (verb === "MULTI") {
      open = { start: at, commands: [] };
    } else if (verb === "EXEC") {
      all.push({ ...open, end });
      open = undefined;
    } else if (open) {
      open.commands.push(words);
    } else {
      all.push({ start: at, end, commands: [words] });
    }
    at = end;
  }
  return all;
}

// *2\r\n$3\r\nGET\r\n$1\r\nk\r\n
function command(bytes, at) {
  const number = (mark) => {
    if (bytes[at] !== mark.charCodeAt(0)) throw new Error(`no ${mark} at byte ${at} of the append-only file`);
    const end = bytes.indexOf("\r\n", at, "latin1");
    const value = Number(bytes.toString("latin1", at + 1, end));
    at = end + 2;
    return value;
  };
  const words = [];
  for (let count = number("*"); count > 0; --count) {
    const size = number("$");
    words.push({ text: bytes.toString("latin1", at, at + size), start: at });
    at += size + 2;
  }
  return { words, end: at };
}

/** Ends the file after `size` bytes, as a write that was cut off does. */
export function tear(path, size) {
  truncateSync(path, size);
}

/** Turns one bit over. */
export function flip(path, offset, bit = 0) {
  const file = openSync(path, "r+");
  const byte = Buffer.alloc(1);
  if (readSync(file, byte, 0, 1, offset) !== 1) throw new Error(`${path} has no byte ${offset}`);
  byte[0] ^= 1 << bit;
  writeSync(file, byte, 0, 1, offset);
  closeSync(file);
}
