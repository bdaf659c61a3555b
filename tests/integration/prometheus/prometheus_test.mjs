// SPDX-License-Identifier: Apache-2.0
// A real Prometheus scrapes a real server, and every query of the dashboard and of the rules is put
// to it. With USHER_UPDATE_DOCS=1 the table of docs/operate/metrics.md is written anew.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root, start, startDemo, until } from "../../support/live_server.mjs";
import { makeTable, putTable, readFamilies } from "./metrics_table.mjs";
import { openConsole, privateWords, refuseChatFrame, routeContacts } from "./traffic.mjs";

const rulesFile = join(root, "deploy/prometheus/usher.rules.yml");
const dashboard = JSON.parse(readFileSync(join(root, "deploy/grafana/usher.json"), "utf8"));
const promtool = (...args) => execFileSync("promtool", args, { encoding: "utf8", cwd: join(root, "deploy/prometheus") });

let server;
let prometheus;
let address;
let privateIds;
let closeConsole = () => {};
const folder = mkdtempSync(join(tmpdir(), "usher-prometheus-"));

const freePort = () =>
  new Promise((done) => {
    const probe = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });

async function ask(path, parameters = {}) {
  const response = await fetch(`http://${address}/api/v1/${path}?${new URLSearchParams(parameters)}`);
  const answer = await response.json();
  assert.equal(answer.status, "success", `${JSON.stringify(parameters)}: ${answer.error}`);
  return answer.data;
}
const query = async (expr) => (await ask("query", { query: expr })).result;
const hasNumber = (result) => result.some(({ value }) => Number.isFinite(Number(value[1])));
const scrape = async () => (await fetch(`${server.metrics}/metrics`)).text();

async function startPrometheus() {
  address = `127.0.0.1:${await freePort()}`;
  const config = join(folder, "prometheus.yml");
  writeFileSync(
    config,
    `global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [${rulesFile}]
scrape_configs:
  - job_name: usher
    static_configs: [{targets: ["${new URL(server.metrics).host}"]}]
`,
  );
  prometheus = start("prometheus", [
    `--config.file=${config}`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=${address}`, "--log.level=warn",
  ]);
  await until("Prometheus is ready", async () => {
    if (prometheus.ended) throw new Error(prometheus.out);
    return (await fetch(`http://${address}/-/ready`)).ok;
  });
}

before(async () => {
  server = await startDemo();
  await startPrometheus();
  // What is counted must be seen to rise: Prometheus scrapes once before the traffic.
  await until("Prometheus has scraped", async () => (await query('up{job="usher"} == 1')).length > 0 && (await query("usher_agents")).length > 0);
  privateIds = await routeContacts(server);
  closeConsole = await openConsole(server);
  await refuseChatFrame(server);
  const list = () => server.call("routing.v1.RoutingService/ListContacts", {}, server.token("admin", "test"));
  assert.ok((await list()).contacts.length > 0);
  // Latencies of a route have no rate before they are seen to rise.
  await until("Prometheus has seen the route", async () => (await query('usher_http_request_seconds_count{route=~".*ListContacts"}')).length > 0);
  await list();
  // A window holds data once two scrapes have seen the traffic.
  await until("Prometheus has seen the traffic twice", async () =>
    (await query("min(count_over_time(usher_gateway_requests_total[5m])) >= 2")).length > 0 &&
    (await query("min(count_over_time(usher_chat_refusals_total[5m])) >= 2")).length > 0);
});

after(async () => {
  closeConsole();
  if (prometheus) await prometheus.stop();
  if (server) await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("the configuration, the rules and their unit tests hold", () => {
  promtool("check", "config", "prometheus.yml");
  promtool("check", "rules", "usher.rules.yml");
  promtool("test", "rules", "usher.rules.test.yml");
});

test("promtool has nothing to say about /metrics", async () => {
  const text = await scrape();
  const said = execFileSync("promtool", ["check", "metrics"], { input: text, encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] });
  assert.equal(said, "");
});

test("liveness and readiness answer", async () => {
  assert.equal((await fetch(`${server.metrics}/healthz`)).status, 200);
  assert.equal((await fetch(`${server.metrics}/readyz`)).status, 200);
});

test("every rule is healthy, every recording has data, no alert fires", async () => {
  const groups = await until("every rule was evaluated", async () => {
    const data = await ask("rules");
    return data.groups.every((group) => group.rules.every((rule) => rule.health !== "unknown")) && data.groups;
  });
  const rules = groups.flatMap((group) => group.rules);
  assert.ok(rules.length > 20);
  for (const rule of rules) assert.equal(rule.health, "ok", `${rule.name}: ${rule.lastError}`);
  for (const rule of rules.filter(({ type }) => type === "recording")) {
    await until(`${rule.name} has data`, async () => hasNumber(await query(rule.name)));
  }
  // An alert is empty when all is well, so each thing that it looks at must be there by itself.
  for (const rule of rules.filter(({ type }) => type === "alerting")) {
    for (const word of ["summary", "description", "runbook"]) assert.ok(rule.annotations[word], `${rule.name} has no ${word}`);
    assert.equal(rule.state === "firing", false, `${rule.name} fires on a healthy server`);
    const selectors = rule.query.match(/\b(?:up|(?:usher|process)[_:][a-z0-9_:]+)(?:\{[^}]*\})?/g) ?? [];
    assert.ok(selectors.length > 0, rule.query);
    for (const selector of selectors) {
      // No request failed, which is as it should be.
      const found = selector.replace('{status=~"5.."}', "");
      assert.ok((await query(found)).length > 0, `${rule.name}: nothing matches ${found}`);
    }
  }
});

test("every query of the dashboard has data", async () => {
  const fill = (text) =>
    text
      .replaceAll("$__rate_interval", "5m").replaceAll("$__range", "1h")
      .replaceAll("$domain", "demo").replaceAll("$queue", ".*");
  for (const variable of dashboard.templating.list.filter(({ type }) => type === "query")) {
    const [, selector, label] = variable.definition.match(/^label_values\((.*), (\w+)\)$/);
    const values = new Set((await query(fill(selector))).map(({ metric }) => metric[label]));
    assert.ok(values.size > 0 && !values.has(undefined), variable.name);
  }
  let asked = 0;
  for (const panel of dashboard.panels) {
    for (const { expr } of panel.targets ?? []) {
      const filled = fill(expr);
      assert.ok(!filled.includes("$"), filled);
      await until(`"${panel.title}" has data: ${filled}`, async () => hasNumber(await query(filled)), 10);
      asked += 1;
    }
  }
  assert.ok(asked > 30);
});

test("the panels of the dashboard do not overlap and fill their rows", () => {
  const cells = new Map();
  const ids = new Set();
  for (const { id, title, gridPos: { x, y, w, h } } of dashboard.panels) {
    assert.ok(!ids.has(id));
    ids.add(id);
    assert.ok(x + w <= 24, title);
    for (let i = x; i < x + w; i++) {
      for (let j = y; j < y + h; j++) {
        assert.ok(!cells.has(`${i},${j}`), `${title} covers ${cells.get(`${i},${j}`)}`);
        cells.set(`${i},${j}`, title);
      }
    }
  }
  const height = Math.max(...dashboard.panels.map(({ gridPos }) => gridPos.y + gridPos.h));
  assert.equal(cells.size, 24 * height);
});

test("what was done is what is counted", async () => {
  const text = await scrape();
  const value = (series) => Number(text.split("\n").find((line) => line.startsWith(`${series} `))?.split(" ").at(-1));
  const queue = (name, labels) => value(`${name}{domain="demo",${labels}}`);
  assert.equal(queue("usher_contacts_arrived_total", 'queue="billing"'), 3);
  assert.equal(queue("usher_contacts_in_time_total", 'queue="billing"'), 2);
  assert.equal(queue("usher_contact_wait_seconds_count", 'queue="billing"'), 2);
  assert.equal(queue("usher_contacts", 'queue="billing",state="assigned"'), 1);
  assert.equal(queue("usher_contacts", 'queue="billing",state="waiting"'), 1);
  assert.ok(queue("usher_queue_longest_wait_seconds", 'queue="billing"') > 0);
  assert.equal(queue("usher_queue_service_level_seconds", 'queue="billing"'), 60);
  assert.equal(queue("usher_queue_service_level_target_ratio", 'queue="billing"'), 0.8);
  assert.equal(queue("usher_queue_agents_signed_in", 'queue="billing"'), 1);
  assert.equal(queue("usher_queue_agents_available", 'queue="billing"'), 0);
  assert.equal(queue("usher_contacts_closed_total", 'outcome="abandoned",queue="support"'), 1);
  assert.equal(queue("usher_contacts_closed_total", 'outcome="cancelled",queue="support"'), 1);
  assert.equal(queue("usher_contacts_closed_total", 'outcome="completed",queue="billing"'), 1);
  assert.equal(queue("usher_offers_total", 'outcome="rejected",queue="support"'), 1);
  assert.equal(queue("usher_offers_total", 'outcome="accepted",queue="billing"'), 2);
  assert.equal(queue("usher_agents", 'presence="not-ready"'), 1);
  assert.equal(queue("usher_agents", 'presence="offline"'), 2);
  assert.equal(value("usher_gateway_sessions"), 1);
});

test("no label names a customer, a contact or a person", async () => {
  const allowed = ["version", "domain", "queue", "state", "presence", "outcome", "route", "status", "direction", "reason", "request", "stream", "wait"];
  const text = await scrape();
  for (const { name, labels } of readFamilies(text).values()) {
    for (const label of labels) assert.ok(allowed.includes(label), `${name} has the label ${label}`);
  }
  for (const word of [...privateWords, ...privateIds, "Ann Li", '"ann"', '"ben"', "eyJ"]) assert.ok(!text.includes(word), word);
  assert.ok(text.split("\n").length < 1500, "a small server has a small page of metrics");
});

test("docs/operate/metrics.md lists every alert", () => {
  const page = readFileSync(join(root, "docs/operate/metrics.md"), "utf8");
  const inRules = [...readFileSync(rulesFile, "utf8").matchAll(/- alert: (\w+)/g)].map(([, name]) => name).sort();
  const inPage = [...page.matchAll(/^\| `(Usher\w+)` \|/gm)].map(([, name]) => name).sort();
  assert.deepEqual(inPage, inRules);
});

test("docs/operate/metrics.md tells every metric as it is", async () => {
  const file = join(root, "docs/operate/metrics.md");
  const page = readFileSync(file, "utf8");
  const current = putTable(page, makeTable(readFamilies(await scrape())));
  if (process.env.USHER_UPDATE_DOCS) writeFileSync(file, current);
  else assert.equal(page, current, "run this test with USHER_UPDATE_DOCS=1 to write the table anew");
});
