// SPDX-License-Identifier: Apache-2.0
// A mail from a customer's mailbox to the agent's screen and back: real mail servers, the real router, the
// real console in Chromium. Its HTML is shown and runs nothing, its files are saved; the answer, with a
// copy and a file, stands in the customer's mailbox, in its thread; so does a mail that the agent begins.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Desk, launchBrowser } from "../integration/e2e/pages.mjs";
import { root, until } from "../integration/e2e/server.mjs";
import { MailCentre } from "./mail_centre.mjs";
import { body, header, needMailServers } from "./servers.mjs";
import { SmtpSender } from "./smtp.mjs";

const missing = [
  [process.env.CHROMIUM ?? "/usr/bin/chromium", "apt-get install chromium"],
  [join(root, "agents/console/dist/mail/index.html"), "./dev web"],
].find(([file]) => !existsSync(file));
if (missing) {
  console.log(`NOT TESTED: there is no ${missing[0]}; ${missing[1]}`);
  process.exit(77);
}
needMailServers();

const desk = "support@mail.test";
const picture = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==", "base64");
const bill = Buffer.from(Array.from({ length: 3000 }, (_, at) => at % 256));

let centre, browser, ann, customer;
before(async () => {
  centre = await MailCentre.start({
    mailboxes: { desk: { address: desk, queue: "support", done_folder: "Done" } },
    routing: {
      queues: { support: { channels: ["email"], offer_timeout: "1h", missed_offers: { limit: 0 } } },
      profiles: { desk: { email: { max: 10 } } },
      agents: { ann: { name: "Ann Li", profile: "desk", queues: ["support"] } },
    },
    users: ["support", "mei", "ken", "carrier", "jo"],
  });
  customer = new SmtpSender(centre.servers.port("SMTP"));
  browser = await launchBrowser();
  ann = await Desk.open(browser, `http://${centre.router.http}/console/#token=${centre.place.token("agent", "ann", "acme")}`);
  await ann.goAvailable();
});
after(async () => {
  customer?.close();
  await browser?.close();
  await centre?.end();
});

/** A mail as programs write it: plain and HTML with an image of its own, and a file. */
function question() {
  const lines = (bytes) => bytes.toString("base64").match(/.{1,76}/g);
  return Buffer.from([
    "From: Mei Tanaka <mei@mail.test>", `To: Support <${desk}>`, "Cc: Ken <ken@mail.test>", "Subject: Roaming on the bill", "Message-ID: <question1@customer.test>",
    "Date: Mon, 16 Nov 2026 09:55:00 +0100", "MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="mixed"', "",
    "--mixed", 'Content-Type: multipart/related; boundary="related"', "",
    "--related", 'Content-Type: multipart/alternative; boundary="either"', "",
    "--either", "Content-Type: text/plain; charset=utf-8", "", "Why is there roaming on my bill?", "",
    "--either", "Content-Type: text/html; charset=utf-8", "",
    '<body onload="top.hacked=1"><h2 style="color:#b3261e">Why roaming?</h2><img src="cid:logo@customer.test" width="20" height="20"><img src="https://elsewhere.test/pixel.gif">',
    "<script>top.hacked = 1</script><img src=x onerror=\"top.hacked=1\"></body>", "", "--either--",
    "--related", "Content-Type: image/png; name=logo.png", "Content-ID: <logo@customer.test>", "Content-Disposition: inline; filename=logo.png", "Content-Transfer-Encoding: base64", "", ...lines(picture), "--related--",
    "--mixed", "Content-Type: application/pdf; name=bill.pdf", "Content-Disposition: attachment; filename=bill.pdf", "Content-Transfer-Encoding: base64", "", ...lines(bill), "--mixed--", "",
  ].join("\r\n"));
}

async function write(text) {
  await ann.page.locator("#composer").fill(text);
  await ann.page.locator("#composer").press("Control+Enter");
  await ann.page.getByRole("button", { name: "Send now" }).click();
}

/** The mail of a mailbox whose words hold `text`. */
const received = (user, text) => until(`${user} has the mail`, () => centre.servers.mails(user).map((mail) => mail.toString("latin1")).find((mail) => mail.includes(text)));

let contactId;
test("a mail is shown as it was designed, and nothing of it acts", { timeout: 180_000 }, async () => {
  await customer.send({ from: "mei@mail.test", to: desk, bytes: question() });
  await ann.page.getByRole("button", { name: "Accept" }).first().click();
  const card = ann.page.locator(".mail-card");
  await card.getByText("Mei Tanaka <mei@mail.test>").waitFor();
  await card.getByText("Why is there roaming on my bill?").waitFor();
  const asked = [];
  ann.page.on("request", (request) => asked.push(request.url()));
  await card.getByRole("button", { name: "Show as it was designed" }).click();
  const inside = ann.page.frameLocator(".mail-frame-page").frameLocator("iframe");
  await inside.getByText("Why roaming?").waitFor();
  await inside.locator("img[src^='data:image/png']").waitFor();
  await card.getByText("1 image is not loaded from elsewhere.").waitFor();
  assert.deepEqual(asked.filter((url) => url.includes("elsewhere.test")), []);
  for (const frame of ann.page.frames()) assert.equal(await frame.evaluate(() => globalThis.hacked), undefined);
  contactId = (await centre.contacts())[0].id;
});

test("its files are those that were sent", { timeout: 120_000 }, async () => {
  const [saved] = await Promise.all([ann.page.waitForEvent("download"), ann.page.getByRole("button", { name: "Save bill.pdf" }).click()]);
  assert.deepEqual(readFileSync(await saved.path()), bill);
  const [source] = await Promise.all([ann.page.waitForEvent("download"), ann.page.getByRole("button", { name: "Save the whole mail" }).click()]);
  assert.match(readFileSync(await source.path(), "latin1"), /Message-ID: <question1@customer\.test>/i);
});

test("an answer with a copy and a file is in their mailboxes, in the thread, and its draft is gone", { timeout: 180_000 }, async () => {
  await ann.page.getByRole("button", { name: "Cc, Bcc" }).click();
  await ann.page.getByLabel("Cc", { exact: true }).fill("ken@mail.test");
  await ann.page.keyboard.press("Enter");
  await ann.page.locator("input[type=file]").setInputFiles([{ name: "corrected.pdf", mimeType: "application/pdf", buffer: bill }]);
  await ann.page.locator(".mail-tray").getByText("corrected.pdf").waitFor();
  await ann.page.locator(".mail-tray progress").waitFor({ state: "detached" });
  await ann.page.locator("#composer").fill("It is taken off today.");
  await ann.page.getByText("Draft saved").waitFor();
  await ann.page.reload();
  await until("the draft is back", async () => (await ann.page.locator("#composer").count()) > 0 && (await ann.page.locator("#composer").inputValue()) === "It is taken off today.");
  await write("It is taken off today.");
  for (const user of ["mei", "ken"]) {
    const mail = await received(user, "It is taken off today.");
    assert.equal(header(mail, "In-Reply-To"), "<question1@customer.test>");
    assert.match(header(mail, "Subject"), /^Re: Roaming on the bill/);
    assert.match(header(mail, "To"), /mei@mail\.test/);
    assert.match(header(mail, "Cc"), /ken@mail\.test/);
    assert.match(mail, /corrected\.pdf/);
    assert.ok(mail.replace(/\r?\n/g, "").includes(bill.toString("base64").slice(0, 400)), "the file is whole");
  }
  await ann.page.locator(".mail-card.own").getByText("Taken by the mail server").waitFor();
  await until("the draft is gone", async () => !(await centre.agent("ann", "GetAgent"), await draft(contactId)).text);
  assert.deepEqual(ann.wrong.filter((text) => !/Content Security Policy|404/.test(text)), []);
});

const draft = async (id) => (await centre.ask("context.v1.ContextService/GetDraft", { contactId: id }, { role: "agent", as: "ann" })).draft ?? {};

test("everybody is answered but our own mailbox, at length: saved, and sent as one mail", { timeout: 180_000 }, async () => {
  await ann.page.getByRole("button", { name: "Answer all" }).click();
  assert.deepEqual(await ann.page.locator(".mail-chip").allInnerTexts(), ["Mei Tanaka", "Ken"]);
  // Quotation marks and lines are what a frame's JSON makes two of.
  const text = `${'As the bill has it: "roaming" \u6f2b\u6e38.\n'.repeat(1_700)}END`;
  assert.ok(Buffer.byteLength(text) > 60_000 && Buffer.byteLength(text) < 65_536);
  await ann.page.locator("#composer").fill(text);
  await until("the draft is saved", async () => (await draft(contactId)).text === text);
  await write(text);
  const mail = await until("Ken has the mail, whole", () => centre.servers.mails("ken").map(String).find((one) => body(one).replaceAll("\r", "").startsWith(text)));
  assert.equal(header(mail, "To"), "Mei Tanaka <mei@mail.test>");
  await ann.page.locator(".mail-card.own").last().getByText("Taken by the mail server").waitFor();
  const { messages = [] } = await centre.ask("context.v1.ContextService/ListMessages", { contactId }, { role: "agent", as: "ann" });
  assert.equal(messages.filter((one) => one.text === text).length, 1);
  assert.deepEqual(ann.wrong.filter((one) => !/Content Security Policy|404/.test(one)), []);
});

test("a mail is passed on whole", { timeout: 120_000 }, async () => {
  await ann.page.getByRole("button", { name: "Forward" }).click();
  await ann.page.getByLabel("To", { exact: true }).fill("carrier@mail.test");
  await write("Please look into it.");
  const mail = await received("carrier", "Please look into it.");
  assert.match(header(mail, "Subject"), /^Fwd: Roaming on the bill/);
  assert.match(mail, /bill\.pdf|message\/rfc822/);
});

test("a mail that the agent begins comes to its customer, and the answer to it to her", { timeout: 180_000 }, async () => {
  await ann.page.keyboard.press("Alt+KeyE");
  const dialog = ann.page.getByRole("dialog");
  await dialog.getByLabel("To").fill("jo@mail.test");
  await dialog.getByLabel("Subject").fill("Your new router");
  await dialog.getByRole("button", { name: "Begin" }).click();
  await dialog.waitFor({ state: "detached" });
  await until("the mail is begun", async () => (await ann.page.locator(".mail-write .mail-row").last().locator("input").inputValue()) === "Your new router");
  await write("It comes on Monday.");
  const mail = await received("jo", "It comes on Monday.");
  assert.equal(header(mail, "Subject"), "Your new router");
  const answer = ["From: <jo@mail.test>", `To: ${desk}`, "Subject: Re: Your new router", "Message-ID: <jo1@customer.test>", `In-Reply-To: ${header(mail, "Message-ID")}`, "Date: Mon, 16 Nov 2026 10:55:00 +0100", "", "Thank you!", ""];
  await customer.send({ from: "jo@mail.test", to: desk, bytes: Buffer.from(answer.join("\r\n")) });
  await ann.page.locator(".mail-card").getByText("Thank you!").waitFor();
});
