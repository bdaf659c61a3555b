// SPDX-License-Identifier: Apache-2.0
// Pictures of the console in its states, and an accessibility check of each: `npm run dev:shots`.
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { billMail } from "./mails.mjs";
import { startFakeServer, tokenFor } from "./fake_server.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const out = process.env.SHOTS ?? "out";
mkdirSync(out, { recursive: true });
const sizes = { desk: { width: 1440, height: 900 }, phone: { width: 390, height: 844 }, tablet: { width: 1024, height: 768 } };
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
});
let problems = 0;

const tours = [
  ["desk", "light", "en-GB"],
  ["desk", "dark", "en-GB"],
  ["phone", "light", "en-GB"],
  ["phone", "dark", "zh-CN"],
  ["tablet", "light", "en-GB"],
];
// `npm run dev:shots -- desk dark` shows only those that fit every word.
const wanted = process.argv.slice(2);
for (const [size, scheme, locale] of tours.filter((one) => wanted.every((word) => one.includes(word)))) {
  await tour(size, scheme, locale);
}
await browser.close();
process.exit(problems > 0 ? 1 : 0);

async function tour(size, scheme, locale) {
  const server = await startFakeServer({ replies: false });
  const context = await browser.newContext({ viewport: sizes[size], colorScheme: scheme, locale, bypassCSP: false });
  const page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("WebSocket connection")) note(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => note(`page: ${error.message}`));
  const note = (text) => {
    problems += 1;
    console.log(`${size} ${scheme}: ${text}`);
  };
  const shot = async (name) => {
    await page.waitForTimeout(350);
    await page.screenshot({ path: `${out}/${size}-${scheme}-${name}.png` });
    await check(page, name, note);
  };
  const zh = locale.startsWith("zh");
  const press = (en, other) => page.getByRole("button", { name: zh ? other : en, exact: false }).first().click();

  await page.goto(server.url);
  await shot("0-signin");
  await page.goto(`${server.url}#token=${tokenFor("ann")}`);
  await page.getByText(zh ? "离线" : "offline").first().waitFor();
  if (page.url().includes("token")) note("the token stays in the address bar");
  await shot("1-offline");
  await press("Go available", "设为可接待");
  await page.waitForTimeout(200);
  await shot("2-idle");
  const first = server.offer("k17", { subject: "Still slow in the evening", said: ["Hello, it is slow again tonight.", "The technician came on Tuesday but nothing changed."] });
  await page.getByText(zh ? "上次联系" : "Last time").waitFor();
  await shot("3-offer");
  await page.keyboard.press("Alt+KeyA");
  await page.locator("#composer").waitFor();
  await page.locator("#composer").fill("Hello Mei, I am sorry to hear that. Let me look at the line right now.");
  await page.keyboard.press("Enter");
  await page.waitForTimeout(150);
  server.mark(first, 4);
  server.say(first, "Thank you. I can stay on for a while.");
  await page.locator("#composer").fill("I see packet loss at the street box.\nI have opened a repair order, number R-5512. The crew works tonight between 20:00 and 22:00.");
  await page.keyboard.press("Enter");
  server.typing(first);
  await shot("4-talk");
  const second = server.offer("k23", { queue: "billing", subject: "发票问题", said: ["你好，想问一下上个月的发票。"], forMs: 60_000 });
  await page.getByText("王小明").filter({ visible: true }).first().waitFor();
  await shot("5-second-offer");
  await page.keyboard.press("Alt+KeyA");
  await page.waitForTimeout(200);
  server.say(first, "Great, that is fast!");
  server.say(first, "One more thing about my bill.");
  await shot("6-parallel");
  if (size !== "phone") {
    await page.keyboard.press("Alt+ArrowDown");
    if (size === "tablet") await page.locator(".talk-head .only-narrow").click();
    await page.locator(".past-head").first().click();
    await shot("7-history");
    await page.getByRole("tab").nth(1).click();
    await page.locator(".case-head").first().click();
    await shot("8-cases");
    await page.locator(".case-actions").getByRole("button").nth(1).click();
    await page.locator("dialog textarea").fill("Tell you what the crew found");
    await shot("8-promise");
    await page.keyboard.press("Escape");
    await page.getByRole("tab").nth(2).click();
    await shot("8-notes");
    await page.getByRole("tab").nth(3).click();
    await shot("8-profile");
    await page.locator(".profile > .button").click();
    await shot("8-profile-edit");
    await page.getByRole("tab").nth(4).click();
    await page.locator(".change").first().waitFor();
    await shot("8-record");
    await page.getByRole("tab").nth(0).click();
    if (size === "tablet") await page.locator(".customer-back button").click();
  } else {
    await page.locator(".talk-head .only-narrow").click();
    await shot("7-customer");
    await page.locator(".customer-back button").click();
  }
  await page.keyboard.press("Alt+KeyI");
  await page.locator("#composer").fill("She has called three times: credit her the month.");
  await page.keyboard.press("Enter");
  await shot("9-internal");
  await page.keyboard.press("Alt+KeyI");
  await page.keyboard.press("Alt+KeyK");
  await page.locator("dialog input").fill("an");
  await page.locator(".search-who").first().waitFor();
  await shot("9-search");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Alt+KeyT");
  await page.locator(".finder-one").first().waitFor();
  await shot("9-transfer");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Alt+KeyC");
  await page.locator(".complete-one").first().waitFor();
  await shot("10-complete");
  await page.locator("dialog .primary").click();
  await page.locator(".wrap").waitFor();
  await shot("11-wrap");
  const spoken = server.ring("k31", { subject: "Moving house" });
  await page.locator(".offer-bar, article.offer").first().waitFor();
  await page.keyboard.press("Alt+KeyA");
  await page.locator(".call-leg").first().waitFor();
  await shot("11-call");
  server.on_controlCall({ contactId: spoken, control: { dialOut: { number: "+49 30 5550 100" } } });
  server.call(spoken, { cannot: ["digits"] });
  await page.locator(".call-leg").nth(2).waitFor();
  await shot("11-call-outside");
  server.mail("k17", { subject: "Roaming on the November bill", mails: [billMail()] });
  await page.locator(".offer-bar, article.offer").first().waitFor();
  await page.keyboard.press("Alt+KeyA");
  await page.locator(".mail-card").first().waitFor();
  await page.locator(".mail-card-foot .message-link").first().click();
  await page.frameLocator(".mail-frame-page").frameLocator("iframe").locator("b").first().waitFor();
  await page.locator("#composer").fill("Dear Mei,\n\nI am sorry for that. The roaming is taken off the bill today; the new one is attached.\n\nKind regards\nAnn Li");
  await page.locator("input[type=file]").setInputFiles([{ name: "bill-november-corrected.pdf", mimeType: "application/pdf", buffer: Buffer.alloc(81_000) }]);
  await page.locator(".mail-tray").getByText("bill-november").waitFor();
  await page.locator(".mail-frame").evaluate((one) => one.scrollIntoView({ block: "start" }));
  await page.waitForTimeout(1200);
  await shot("11-mail");
  await page.keyboard.press("Alt+KeyQ");
  await page.locator(".quick-box").waitFor();
  await shot("11-mail-quick");
  await page.keyboard.press("Escape");
  await page.locator("#composer").press("Control+Enter");
  await page.locator(".mail-undo").waitFor();
  await shot("11-mail-undo");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Alt+KeyD");
  await page.locator("dialog input").first().fill("+49 30 5550 100");
  server.on_placeCall = () => server.error(9, "No telephone system is connected.", "NO_CALLS", "Start its adapter, then try again.");
  await page.keyboard.press("Enter");
  await page.locator("dialog .refusal").waitFor();
  server.offer("k31", { forMs: 1 });
  await page.locator(".toast").first().waitFor();
  await shot("11-dial");
  await page.keyboard.press("Escape");
  await context.setOffline(true);
  server.drop();
  await page.locator(".banner").waitFor();
  await shot("12-lost");
  await context.setOffline(false);
  await page.locator(".banner").waitFor({ state: "detached" });
  await page.locator("#presence-button").click();
  await shot("13-presence");
  await page.keyboard.press("Escape");
  await page.goto("about:blank");
  await page.goto(`${server.url}#token=${tokenFor("sam")}`);
  await page.locator(".board tbody tr").first().waitFor();
  await shot("14-board");
  await page.keyboard.press("Alt+KeyK");
  await page.locator("dialog input").fill("mei");
  await page.locator(".search-who").first().waitFor();
  await page.keyboard.press("Enter");
  await page.locator(".lookup .history-item").first().waitFor();
  await shot("15-lookup");
  await page.getByRole("tab").nth(4).click();
  await page.locator(".change").first().waitFor();
  await shot("16-lookup-record");
  await context.close();
  server.close();
}

async function check(page, name, note) {
  // Evaluated outside of the page's own scripts, so its policy stays as strict as in use.
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  for (const one of found.violations) {
    note(`${name}: ${one.id} (${one.impact}): ${one.nodes.map((node) => `${node.target} ${node.any[0]?.message ?? ""}`).slice(0, 3).join(" | ")}`);
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  if (wide) note(`${name}: the page scrolls sideways`);
}
