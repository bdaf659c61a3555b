// SPDX-License-Identifier: Apache-2.0
// Pictures of the widget in its states, with an accessibility check of each: `npm run dev:shots`.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { startFakeServer } from "./fake_server.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const out = process.env.SHOTS ?? "out";
mkdirSync(out, { recursive: true });
const sizes = { desk: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
});
let problems = 0;
for (const [size, scheme] of [["desk", "light"], ["desk", "dark"], ["phone", "light"], ["phone", "dark"]]) await tour(size, scheme);
await hostile();
await browser.close();
process.exit(problems > 0 ? 1 : 0);

async function tour(size, scheme) {
  const server = await startFakeServer({ answers: false });
  const context = await browser.newContext({ viewport: sizes[size], colorScheme: scheme, locale: "en-GB" });
  const page = await context.newPage();
  const note = watch(page, `${size} ${scheme}`);
  const shot = (name) => take(page, `${size}-${scheme}-${name}`, note);

  await page.goto(`${server.origin}/demo/`);
  await page.locator(".launcher").waitFor();
  await shot("0-site");
  if (size === "desk") await page.screenshot({ path: `${out}/${size}-${scheme}-0-full.png`, fullPage: true });
  await page.locator(".launcher").click();
  await page.locator(".start").waitFor();
  await shot("1-form");
  await page.getByLabel("Your name").fill("Mei Tanaka");
  await page.getByLabel("E-mail").fill("mei.tanaka@example.com");
  await page.getByLabel("How can we help?").fill("Hello, my line is slow again tonight.");
  await page.getByRole("button", { name: "Start chat" }).click();
  await page.locator(".status.waiting").waitFor();
  await shot("2-waiting");
  server.join(server.session);
  const write = async (text) => {
    await page.getByLabel("Your message").fill(text);
    await page.keyboard.press("Enter");
  };
  await write("It is fine in the morning.");
  await page.waitForTimeout(200);
  server.tell(server.session, { mark: { side: "SIDE_AGENT", deliveredUpTo: "4", readUpTo: "4" } });
  server.add(server.session, { side: "SIDE_AGENT", id: "ann", name: "Ann" }, "I see packet loss at the street box. A crew comes tonight; you can follow it at https://example.com/R-5512.");
  await write("Wonderful, thank you!");
  server.typing(server.session);
  await page.waitForTimeout(150);
  await shot("3-talk");
  await context.setOffline(true);
  server.drop();
  await page.locator(".notice:not(:empty)").waitFor();
  await write("Are you still there?");
  await write("My connection was gone for a moment.");
  await shot("4-lost");
  await context.setOffline(false);
  await page.locator(".sending").first().waitFor({ state: "detached" });
  await page.reload();
  await page.locator(".launcher").waitFor();
  if (size === "phone") await page.locator(".launcher").click();
  await page.getByText("My connection was gone for a moment.").waitFor();
  const texts = await page.locator("li p").allTextContents();
  for (const text of ["Are you still there?", "It is fine in the morning."]) {
    if (texts.filter((one) => one === text).length !== 1) note(`"${text}" is shown ${texts.filter((one) => one === text).length} times`);
  }
  await shot("5-resumed");
  await page.locator(".close").click();
  server.add(server.session, { side: "SIDE_AGENT", id: "ann", name: "Ann" }, "Yes, I am here.");
  await page.locator(".badge:not([hidden])").waitFor();
  await shot("6-unread");
  await page.locator(".launcher").click();
  await write("!bad");
  await page.locator(".refused").waitFor();
  await shot("7-refused");
  await page.getByRole("button", { name: "End chat" }).click();
  await shot("8-end");
  await page.locator(".ask .primary").click();
  await page.waitForTimeout(200);
  await context.close();
  server.close();
}

async function hostile() {
  const server = await startFakeServer();
  const context = await browser.newContext({ viewport: { width: 900, height: 760 }, locale: "zh-CN" });
  const page = await context.newPage();
  const note = watch(page, "hostile");
  await page.goto(`${server.origin}/host/`);
  await page.locator(".launcher").click();
  await page.getByLabel("您的消息").fill("Hello");
  await page.keyboard.press("Enter");
  await page.getByText("Ann has joined").waitFor();
  await page.locator(".panel .head button").first().click();
  await page.locator(".ask .primary").click();
  await page.getByText("聊天已结束。").waitFor();
  await take(page, "hostile-1-ended", note);
  await page.locator(".ask .primary").click();
  await page.getByLabel("您的消息").fill("Again");
  await page.keyboard.press("Enter");
  await page.locator(".status.waiting").waitFor();
  await take(page, "hostile-2-again", note);
  await context.close();
  server.close();
}

function watch(page, where) {
  const note = (text) => {
    problems += 1;
    console.log(`${where}: ${text}`);
  };
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("WebSocket connection")) note(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => note(`page: ${error.message}`));
  return note;
}

async function take(page, name, note) {
  await page.waitForTimeout(300);
  await page.screenshot({ path: `${out}/${name}.png` });
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run("usher-chat", { resultTypes: ["violations"] }));
  for (const one of found.violations) {
    note(`${name}: ${one.id} (${one.impact}): ${one.nodes.map((node) => `${node.target} ${node.any[0]?.message ?? ""}`).slice(0, 3).join(" | ")}`);
  }
}
