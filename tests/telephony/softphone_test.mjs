// SPDX-License-Identifier: Apache-2.0
// The telephone in the console, in a real browser at a real Asterisk: it registers, one press accepts
// and answers, both hear each other, mute is mute, hanging up ends the call for both. `--screenshots` also
// takes the picture of the documentation.
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";
import { closeAll } from "../integration/e2e/pages.mjs";
import { root, until } from "../integration/e2e/server.mjs";
import { BrowserPhone, needBrowser, passwordOf } from "./browser_phone.mjs";
import { CallCentre } from "./call_centre.mjs";
import { needTelephony, tones } from "./pbx.mjs";

needBrowser();
needTelephony();

const routing = `
domain: acme
disconnect_grace: 10m
not_ready: [break]
queues:
  support: {channels: [voice], offer_timeout: 30s, wrap_up: 5m, missed_offers: {limit: 0}}
  sales: {channels: [voice], offer_timeout: 30s, wrap_up: 5m, missed_offers: {limit: 0}}
agents:
  ann: {name: Ann Li, queues: [support, sales]}
`;
const images = process.argv.includes("--screenshots") ? join(root, "docs/images") : "";
const support = "+4930111", sales = "+4930222";
const annSays = tones.phones[0];
let centre, link, phone, ann;

before(async () => {
  centre = await CallCentre.start({
    softphones: ["ann"], routing, numbers: { [support]: "support", [sales]: "sales" }, queues: { sales: { ring: "on-accept" } },
    extra: { "extensions.conf": "\n[test-colleague]\nexten => 1,1,MusicOnHold(default)\n" },
  });
  link = `http://${centre.router.http}/console/#token=${centre.place.token("agent", "ann", "acme")}`;
  phone = await BrowserPhone.open({ link, name: "ann", hertz: annSays, folder: centre.place.data });
  ann = phone.desk;
});
after(() => closeAll(() => phone?.close(), () => centre?.end()));
afterEach(() => assert.deepEqual(ann.wrong, []));

const phoneButton = (state) => phone.button(state);
const annHears = (hertz) => phone.hears(hertz);
const hears = (customer) => until("the customer hears Ann", () => customer.hears(annSays));

async function pictureOfTheTelephone() {
  if (!images) return;
  await ann.page.locator(".call-leg").filter({ hasText: "Mei Tanaka" }).getByText(/0:1\d/).waitFor();
  await phoneButton("registered").click();
  await ann.page.locator("dialog[open]").getByText("Ready: calls ring here").waitFor();
  await ann.page.screenshot({ path: join(images, "console-softphone.png"), animations: "disabled" });
  await ann.page.keyboard.press("Escape");
}

const wrapUp = async () => {
  await ann.page.locator(".wrap").waitFor();
  await ann.page.locator(".wrap").getByRole("button", { name: "Finish" }).click();
};

test("a wrong password is said, a right one registers, and stays in this tab", async () => {
  const { page } = ann;
  await phoneButton("signed-out").click();
  const dialog = await phone.give("wrong");
  await dialog.getByText("does not take this password").waitFor();
  await phone.give(passwordOf(centre.pbx, "ann"));
  await dialog.getByText("Ready: calls ring here").waitFor();
  await dialog.getByLabel("Close").click();
  await page.reload();
  await phoneButton("registered").waitFor();
  assert.match(await centre.pbx.cli("pjsip show contacts"), /ann\/sip:/);
});

test("one press accepts and answers; both hear each other; mute is mute; hanging up leads to the wrap-up", async () => {
  const { page } = ann;
  await ann.goAvailable();
  const identities = [{ kind: "phone", value: "+15557000142" }];
  await centre.ask("context.v1.ContextService/CreateCustomer", { requestId: "mei", customer: { name: "Mei Tanaka", identities } });
  const customer = centre.call(support, { from: "+15557000142" });
  const { id } = await centre.contactOf(customer);
  await ann.offer.getByText("Mei Tanaka").first().waitFor();
  await until("it rings in the browser", async () => /Ring/.test(await centre.pbx.cli("core show channels concise")));
  const pressed = performance.now();
  await page.getByRole("button", { name: "Accept" }).first().click();
  await page.locator(".call-controls").waitFor();
  await hears(customer);
  process.stdout.write(`# from the press until the customer hears Ann: ${Math.round(performance.now() - pressed)} ms\n`);
  await annHears(tones.customer);
  assert.deepEqual([(await centre.contact(id)).state, (await centre.contact(id)).agent], ["STATE_ASSIGNED", "ann"]);
  await pictureOfTheTelephone();

  await page.getByRole("button", { name: "Mute" }).click();
  await page.locator('.call-button[aria-pressed="true"]').first().waitFor();
  await until("her own microphone is off", () => page.evaluate(() => globalThis.peers.at(-1).getSenders().every(({ track }) => !track.enabled)));
  await page.getByRole("button", { name: "Mute" }).click();
  await hears(customer);

  await page.getByRole("button", { name: "Hang up" }).first().click();
  const dialog = page.locator("dialog[open]");
  await dialog.getByRole("button", { name: "Complete" }).click();
  await until("the customer is hung up", () => customer.state === "ended");
  await page.locator(".wrap").waitFor();
});

test("a call that rings after accepting is answered by itself; the customer hangs up", async () => {
  const { page } = ann;
  await wrapUp();
  const customer = centre.call(sales);
  await ann.offer.waitFor();
  await page.getByRole("button", { name: "Accept" }).first().click();
  await hears(customer);
  await annHears(tones.customer);
  await customer.hangUp();
  await page.locator(".wrap").waitFor();
});

test("the console in a second tab does not cut the call: it goes on in the first, and is ended in either", async () => {
  const { page } = ann;
  await wrapUp();
  const customer = centre.call(support);
  await ann.offer.waitFor();
  await page.getByRole("button", { name: "Accept" }).first().click();
  await hears(customer);
  await page.evaluate(() => {
    for (const key of Object.keys(sessionStorage)) if (key.includes("password")) localStorage.setItem(key, sessionStorage.getItem(key));
  });
  const second = await page.context().newPage();
  await second.goto(link);
  await second.locator(".phone-button.elsewhere").waitFor();
  await hears(customer);
  await annHears(tones.customer);
  await second.locator(".work-item").first().click();
  await second.getByRole("button", { name: "Hang up" }).first().click();
  await second.locator("dialog[open]").getByRole("button", { name: "Complete" }).click();
  await until("the customer is hung up", () => customer.state === "ended");
  await second.locator(".phone-button.registered").waitFor();
  await page.close();
  ann.page = second;
});

test("a call past the queues rings as itself, and is answered and ended in its bar", async () => {
  const { page } = ann;
  await wrapUp();
  await centre.pbx.ari("channels?endpoint=PJSIP/ann&context=test-colleague&extension=1&callerId=%2B4930999", { method: "POST" });
  const bar = page.locator(".phone-bar");
  await bar.getByText("+4930999 calls").waitFor();
  await bar.getByRole("button", { name: "Answer" }).click();
  await annHears(tones.music);
  await bar.getByRole("button", { name: "Hang up" }).click();
  await bar.waitFor({ state: "detached" });
});

test("when the telephone system cannot be reached it says so, and registers again by itself", async () => {
  centre.road.cut();
  await phoneButton("failed").waitFor();
  centre.road.mend();
  await phoneButton("registered").waitFor();
});
