// SPDX-License-Identifier: Apache-2.0
import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";

const flushRecords = 500;

/**
 * What the clients did and saw, in the order in which they did: the only witness of the checker.
 *
 * A record is a plain object: `n` (its number), `t` (milliseconds of the rig's monotonic clock),
 * `process` (which client), and `kind`:
 *   invoke   `call`, `op`, `request`, … a call goes out; a retry is another call of the same `request`
 *   ok       `call`, … it was answered and took effect
 *   fail     `call`, `reason`: certainly not applied
 *   unknown  `call`, `reason`: may be applied
 *   told     `stream`, `sequence`, `events`: a stream told something
 *   opened   `stream`, `after`: a stream was opened and asks for what came after `after`
 *   read     `call`, `contact`, `state`, `agent`: a state that was read; an answer like ok
 *   led      `router`, `epoch`, `sequence`, `at`: a router began to lead behind that commit, at that time
 *   fault    `name`, `what`: the rig did something
 * Records are written to `folder/history.jsonl` as they come.
 */
export class History {
  constructor(folder) {
    this.records = [];
    this.unwritten = [];
    this.calls = 0;
    if (folder) {
      mkdirSync(folder, { recursive: true });
      this.file = join(folder, "history.jsonl");
    }
  }

  add(process, kind, more = {}) {
    const record = { n: this.records.length, t: Number(performance.now().toFixed(3)), process, kind, ...more };
    this.records.push(record);
    if (this.file) {
      this.unwritten.push(JSON.stringify(record));
      if (this.unwritten.length >= flushRecords) this.flush();
    }
    return record;
  }

  /** A call goes out; its number goes into the answer's record. */
  invoke(process, op, request, more = {}) {
    const call = ++this.calls;
    this.add(process, "invoke", { call, op, request, ...more });
    return call;
  }

  flush() {
    if (!this.file || this.unwritten.length === 0) return;
    appendFileSync(this.file, this.unwritten.join("\n") + "\n");
    this.unwritten = [];
  }
}
