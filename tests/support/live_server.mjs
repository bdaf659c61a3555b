// SPDX-License-Identifier: Apache-2.0
// A real server of `usher demo` for tests: a data folder of its own, free ports, stopped at the end.
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
export const binary = resolve(root, process.env.USHER_BINARY ?? "build/release/bin/usher");

/** Asks `probe` until it answers something true; fails with what it said last. */
export async function until(what, probe, seconds = 30) {
  const deadline = Date.now() + seconds * 1000;
  let last;
  for (;;) {
    try {
      last = await probe();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) throw new Error(`${what}: not within ${seconds} s; last: ${last?.stack ?? last}`);
    await new Promise((wake) => setTimeout(wake, 100));
  }
}

/** Starts a program and gives it back with what it has said; it ends with the test. */
export function start(command, args, options = {}) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  const running = { child, out: "", ended: false };
  child.stdout.on("data", (text) => (running.out += text));
  child.stderr.on("data", (text) => (running.out += text));
  running.end = new Promise((done) => {
    child.on("error", (error) => {
      running.out += error.message;
      running.ended = true;
      done();
    });
    child.on("exit", () => {
      running.ended = true;
      done();
    });
  });
  running.stop = async () => {
    if (!running.ended) child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), 20_000);
    await running.end;
    clearTimeout(late);
  };
  return running;
}

/** The demo on free ports: { http, grpc, metrics, data, token(), call(), stop() }. */
export async function startDemo() {
  const data = mkdtempSync(join(tmpdir(), "usher-live-"));
  const args = ["demo", "--port", "0", "--data", data];
  if (process.env.USHER_ASSETS) args.push("--assets", resolve(process.env.USHER_ASSETS));
  const running = start(binary, args);
  try {
    await until("the server is ready", () => {
      if (running.ended) throw new Error(`${binary} ended: ${running.out}`);
      return /^ready$/m.test(running.out);
    });
  } catch (error) {
    await running.stop();
    rmSync(data, { recursive: true, force: true });
    throw error;
  }
  const http = running.out.match(/(http:\/\/127\.0\.0\.1:\d+)\/demo\//)[1];
  const grpc = running.out.match(/gRPC +(127\.0\.0\.1:\d+)/)[1];
  const metrics = running.out.match(/metrics (http:\/\/127\.0\.0\.1:\d+)\/metrics/)[1];

  const token = (role, subject) =>
    execFileSync(binary, ["token", "--keys", join(data, "keys"), "--role", role, "--subject", subject, "--domain", "demo"], {
      encoding: "utf8",
    }).trim();

  /** One call of the Connect protocol: the answer, or an Error with its code and detail. */
  const call = async (method, body, bearer) => {
    const response = await fetch(`${http}/usher.${method}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${bearer}` },
      body: JSON.stringify(body),
    });
    const answer = await response.json();
    if (response.ok) return answer;
    throw Object.assign(new Error(`${method}: ${response.status} ${JSON.stringify(answer)}`), answer);
  };
  const stop = async () => {
    await running.stop();
    rmSync(data, { recursive: true, force: true });
  };
  return { http, grpc, metrics, data, token, call, running, stop };
}
