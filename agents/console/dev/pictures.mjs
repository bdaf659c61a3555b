// SPDX-License-Identifier: Apache-2.0
// The pictures of the documentation that the development server is enough for: `npm run dev:pictures`.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { startFakeServer, tokenFor } from "./fake_server.mjs";
import { billMail } from "./mails.mjs";

const images = join(dirname(fileURLToPath(import.meta.url)), "../../../docs/images");
const ago = (seconds) => new Date(Date.now() - 1000 * seconds).toISOString();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"],
});
await picture("console-call", 900, call);
await picture("console-mail", 960, mail);
await browser.close();

async function picture(name, height, show) {
  const server = await startFakeServer({ replies: false });
  const context = await browser.newContext({ viewport: { width: 1440, height }, locale: "en-GB" });
  const page = await context.newPage();
  await page.goto(`${server.url}#token=${tokenFor("ann")}`);
  await page.getByRole("button", { name: "Go available" }).first().click();
  await show(server, page);
  await page.screenshot({ path: join(images, `${name}.png`), animations: "disabled" });
  await context.close();
  server.close();
}

/** A customer on hold while somebody outside is asked. */
async function call(server, page) {
  const id = server.ring("k17", { subject: "No signal since noon" });
  await page.getByRole("button", { name: "Accept" }).first().click();
  await page.locator(".call-leg").first().waitFor();
  const [customer, agent] = server.legs(id);
  server.call(id, {
    legs: [
      { ...customer, id: "l3", state: "STATE_HELD", since: ago(52) },
      { ...agent, id: "l4", since: ago(247) },
      { id: "l5", party: "PARTY_OUTSIDE", address: "+49 30 5550 100", state: "STATE_UP", since: ago(38) },
    ],
  });
  await page.locator(".call-leg").getByText("On hold").waitFor();
}

/** A mail as it was designed, its answer being written, and another one put aside with a draft. */
async function mail(server, page) {
  server.mail("k31", { subject: "Moving house", mails: [{ text: "We move in March. What do you need of us?", mail: { from: { name: "Jonas Weber", address: "jonas.weber@example.com" }, subject: "Moving house" } }] });
  await page.getByRole("button", { name: "Accept" }).first().click();
  await page.locator("#composer").fill("Dear Jonas,\n\nthank you for telling us early.");
  await page.getByText("Draft saved").waitFor();
  await page.getByRole("button", { name: "Put aside" }).click();
  await page.locator(".work-draft").waitFor();
  server.mail("k17", { subject: "Roaming on the November bill", mails: [billMail()] });
  await page.getByRole("button", { name: "Accept" }).first().click();
  await page.locator(".mail-card-foot .message-link").first().click();
  await page.frameLocator(".mail-frame-page").frameLocator("iframe").locator("b").first().waitFor();
  await page.locator("#composer").fill("Dear Mei,\n\nI am sorry for that. The roaming is taken off the bill today; the new one is attached.\n\nKind regards\nAnn Li");
  await page.locator("input[type=file]").setInputFiles([{ name: "bill-november-corrected.pdf", mimeType: "application/pdf", buffer: Buffer.alloc(81_000) }]);
  await page.locator(".mail-tray").getByText("bill-november").waitFor();
  await page.getByText("Draft saved").waitFor();
  await page.locator(".mail-frame").evaluate((one) => one.scrollIntoView({ block: "center" }));
  await page.locator(".work-draft").nth(1).waitFor();
}
