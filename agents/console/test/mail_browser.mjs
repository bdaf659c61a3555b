// SPDX-License-Identifier: Apache-2.0
// Mails in the browser, against the development server: part of `npm run test:browser`.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { billMail, hostileMail, picture } from "../dev/mails.mjs";
import { accessible, launchBrowser, openPage, until } from "./pages.mjs";

let browser;
before(async () => (browser = await launchBrowser()));
after(() => browser.close());

/** A signed-in page with a mail accepted. */
async function withMail(context, mails = [billMail()], how = {}) {
  const { server, page, browserContext } = await openPage(context, browser, { height: 1000, ...how });
  await page.getByRole("button", { name: "Go available" }).first().click();
  const id = server.mail("k17", { subject: "Roaming on the November bill", mails });
  await page.getByRole("button", { name: "Accept" }).first().click();
  await page.locator("#composer").waitFor();
  return { server, page, id, browserContext };
}

const draftOf = (server, id) => server.drafts.get(id);
const sent = (server, id) => server.conversations.get(id).filter((one) => one.author.side === "SIDE_AGENT");

test("a hostile mail runs nothing, loads nothing from elsewhere, and reaches nothing of the console", async (context) => {
  const asked = [];
  const elsewhere = createServer((request, response) => {
    asked.push(request.url);
    response.writeHead(200, { "content-type": "image/png", "access-control-allow-origin": "*" }).end(picture);
  });
  await new Promise((ready) => elsewhere.listen(0, "127.0.0.1", ready));
  context.after(() => elsewhere.close());
  const host = `http://127.0.0.1:${elsewhere.address().port}`;
  // Browsers report what the mail tries and may not.
  const { page, browserContext } = await withMail(context, [hostileMail(host)], { expected: (text) => /Content Security Policy|sandbox|ERR_BLOCKED|404/i.test(text) });
  // What its policy stops is told as a request that failed; nothing may have come through.
  const answered = [];
  browserContext.on("response", (response) => answered.push(response.url()));
  await page.evaluate(() => {
    globalThis.heard = [];
    addEventListener("message", ({ data }) => globalThis.heard.push(data));
  });
  await page.getByRole("button", { name: "Show as it was designed" }).click();
  const inside = page.frameLocator(".mail-frame-page").frameLocator("iframe");
  await inside.getByText("Your parcel waits").waitFor();
  await page.getByText(/images? (is|are) not loaded from elsewhere/).waitFor();

  // What acts is gone, and what is left stands in an origin that is nobody's, without scripts.
  const mail = page.frames().find((frame) => frame.url() === "about:srcdoc");
  const left = await mail.evaluate(() => ({
    active: document.querySelectorAll("script, iframe, object, embed, form, input, button, svg, math, link, base, meta[http-equiv=refresh], audio, video").length,
    handlers: [...document.querySelectorAll("*")].flatMap((one) => [...one.attributes]).filter(({ name, value }) => /^on/i.test(name) || /javascript:/i.test(value)).length,
    origin: self.origin,
    links: [...document.querySelectorAll("a")].map((one) => [one.textContent, one.getAttribute("href"), one.target, one.rel]),
  }));
  assert.deepEqual({ active: left.active, handlers: left.handlers, origin: left.origin }, { active: 0, handlers: 0, origin: "null" });
  assert.deepEqual(left.links, [
    ["script", null, "", ""],
    ["data", null, "", ""],
    ["shop", "https://shop.example/", "_blank", "noopener noreferrer nofollow"],
  ]);
  for (const name of ["sessionStorage", "localStorage", "document.cookie", "parent.parent.document", "top.document"]) {
    for (const frame of page.frames().slice(1)) {
      const reached = await frame.evaluate((what) => {
        try {
          // Walked by hand: the page's policy forbids eval.
          const found = what.split(".").reduce((at, key) => at[key], globalThis);
          return String(found);
        } catch (error) {
          return error.name;
        }
      }, name);
      assert.equal(reached, "SecurityError", `${name} from ${frame.url()}`);
    }
  }
  assert.deepEqual(await page.frameLocator(".mail-frame-page").locator("iframe").evaluate((one) => one.sandbox.value), "allow-popups allow-popups-to-escape-sandbox");
  assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
  for (const frame of page.frames()) assert.equal(await frame.evaluate(() => globalThis.hacked), undefined);
  const words = new Set((await page.evaluate(() => globalThis.heard)).map((one) => one?.usher));
  assert.deepEqual([...words].sort(), ["mail-ready", "mail-shown"]);
  assert.deepEqual(answered.filter((url) => url.startsWith(host)), []);
  assert.deepEqual(asked, []);
  // The console itself still stands where it stood.
  assert.match(page.url(), /\/console\/$/);
});

test("even what slips through the cleaning is kept from acting by the page around it", async (context) => {
  const { page } = await withMail(context, undefined, { expected: (text) => /Content Security Policy|sandbox/i.test(text) });
  await page.getByRole("button", { name: "Show as it was designed" }).click();
  const inside = page.frameLocator(".mail-frame-page").frameLocator("iframe");
  // With its own images it is shown anew; nothing changes it after that.
  await inside.locator("img[src^='data:image/png']").waitFor();
  const outer = page.frames().find((frame) => frame.url().endsWith("/mail/"));
  await outer.evaluate(() => {
    const frame = document.querySelector("iframe");
    const policy = trustedTypes.createPolicy("test", { createHTML: (html) => html });
    frame.srcdoc = policy.createHTML("<p>raw</p><script>parent.postMessage('ran', '*'); top.postMessage('ran', '*')</scr" + "ipt><img src=x onerror=\"top.hacked = 1\">");
    addEventListener("message", ({ data }) => (globalThis.hacked = data));
  });
  await inside.getByText("raw").waitFor();
  assert.equal(await outer.evaluate(() => globalThis.hacked), undefined);
  assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
});

test("images from elsewhere are loaded when they are asked for, and the mail's own at once", async (context) => {
  const { page } = await withMail(context);
  const loaded = [];
  await page.route("https://pictures.example/**", (route) => {
    loaded.push([route.request().url(), route.request().headers()["referer"]]);
    return route.fulfill({ contentType: "image/png", body: picture });
  });
  await page.getByRole("button", { name: "Show as it was designed" }).click();
  const inside = page.frameLocator(".mail-frame-page").frameLocator("iframe");
  await inside.locator("img[src^='data:image/png']").waitFor();
  await page.getByText("1 image is not loaded from elsewhere.").waitFor();
  assert.deepEqual(loaded, []);
  await page.getByRole("button", { name: "Show images" }).click();
  await until("the image is asked for", () => loaded.length > 0);
  assert.deepEqual(loaded, [["https://pictures.example/banner.png", undefined]]);
});

test("a mail shows its head, what is odd, its folded rest, and its files", async (context) => {
  const { page, server, id } = await withMail(context);
  const card = page.locator(".mail-card");
  await card.getByText("Mei Tanaka <mei.tanaka@example.com>").waitFor();
  await card.getByText("Characters repaired").waitFor();
  await card.getByText("Thread guessed").waitFor();
  assert.equal(await card.getByText("Larkfield 14").isVisible(), false);
  await card.getByText("Signature").click();
  await card.getByText("Larkfield 14").waitFor();
  const [bill] = await Promise.all([page.waitForEvent("download"), card.getByRole("button", { name: "Save bill.pdf" }).click()]);
  assert.equal(bill.suggestedFilename(), "bill.pdf");
  await card.getByRole("button", { name: "Look at phone.png" }).click();
  await until("the picture is drawn", () => card.locator("img.file-picture").evaluate((one) => one.naturalWidth > 0));
  const [source] = await Promise.all([page.waitForEvent("download"), card.getByRole("button", { name: "Save the whole mail" }).click()]);
  assert.equal(source.suggestedFilename(), "Roaming on the November bill.eml");
  server.receive(id, { text: "and more", clientId: "mail-kx-0", mail: { subject: "long" } });
  server.receive(id, { text: "of the same", clientId: "mail-kx-1" });
  await page.locator(".mail-card-text").getByText("and more\nof the same").waitFor();
  assert.equal(await card.count(), 2);
});

test("a mail whose words come late is answered, not begun anew", async (context) => {
  const { page, server, id } = await withMail(context, undefined, {
    fresh: (server) => {
      const real = server.on_listMessages;
      server.on_listMessages = (request) => (server.late ? real.call(server, request) : { tag: "0" });
    },
  });
  await until("the draft is read", () => page.locator(".mail-kinds").count());
  assert.equal(await page.locator(".mail-card").count(), 0);
  await page.locator("#composer").fill("Yes.");
  await until("the draft is saved", () => draftOf(server, id)?.text === "Yes.");
  assert.equal(draftOf(server, id).mail.kind, "KIND_ANSWER");
});

test("a file that cannot be read says why, and what to do", async (context) => {
  const { page, server, id } = await withMail(context, undefined, { expected: (text) => /404/.test(text) });
  server.files.delete(`${id}/1/0`);
  await page.getByRole("button", { name: "Save bill.pdf" }).click();
  await page.getByText("There is no such file.").waitFor();
  await page.getByText("Look at the mail in its mailbox.").waitFor();
});

test("an answer is written, saved as a draft, sent after the time to take it back, and the draft is gone", async (context) => {
  const { page, server, id } = await withMail(context);
  await page.locator("#composer").fill("Dear Mei,\nit is taken off.");
  await until("the draft is saved", () => draftOf(server, id)?.text === "Dear Mei,\nit is taken off.");
  await page.getByText("Draft saved").waitFor();
  await page.locator("#composer").press("Control+Enter");
  await page.getByRole("button", { name: "Undo" }).and(page.locator(":focus")).waitFor();
  await page.getByText(/Sends in \d+ s/).waitFor();
  assert.deepEqual(sent(server, id), []);
  await page.keyboard.press("Escape");
  await page.locator("#composer:focus").waitFor();
  assert.equal(await page.locator("#composer").inputValue(), "Dear Mei,\nit is taken off.");
  await page.getByRole("button", { name: "Cc, Bcc" }).click();
  await page.getByLabel("Cc", { exact: true }).fill("ken@example.com, \"Li, Ann\" <ann@example.com>");
  await page.keyboard.press("Enter");
  await page.getByLabel("Bcc", { exact: true }).fill("boss@example.com");
  await page.locator("#composer").press("Control+Enter");
  await page.getByRole("button", { name: "Send now" }).click();
  await until("it is sent", () => sent(server, id).length === 1);
  await until("the draft is gone", () => draftOf(server, id) === undefined);
  const { text, mail, clientId } = sent(server, id)[0];
  assert.equal(text, "Dear Mei,\nit is taken off.");
  assert.match(clientId, /^draft-\d+-/);
  assert.deepEqual(mail.to, [{ name: "Mei Tanaka", address: "mei.tanaka@example.com" }]);
  assert.deepEqual(mail.cc, [{ address: "ken@example.com" }, { name: "Li, Ann", address: "ann@example.com" }]);
  assert.deepEqual([mail.kind, mail.bcc, mail.withoutQuotation], ["KIND_ANSWER", [{ address: "boss@example.com" }], false]);
  assert.equal(await page.locator("#composer").inputValue(), "");
});

test("a text that is too long is not sent, and what was saved of it stays", async (context) => {
  const { page, server, id } = await withMail(context);
  const most = 64 * 1024;
  await page.locator("#composer").fill("x".repeat(most - 100));
  await page.getByText("100 more bytes fit").waitFor();
  await until("the draft is saved", () => draftOf(server, id)?.text.length === most - 100);
  await page.locator("#composer").fill("x".repeat(most - 1) + "字字");
  await page.getByRole("alert").getByText("Too long by 2 characters.").waitFor();
  await page.getByRole("alert").getByText("Too long to be saved").waitFor();
  await accessible(page, "too long");
  await page.locator("#composer").press("Control+Enter");
  assert.equal(await page.getByRole("button", { name: "Undo" }).count(), 0);
  assert.equal(draftOf(server, id).text.length, most - 100);
  await page.locator("#composer").fill("x".repeat(most));
  await until("the draft is saved", () => draftOf(server, id)?.text.length === most);
  await page.locator("#composer").press("Control+Enter");
  await page.getByRole("button", { name: "Send now" }).click();
  await until("it is sent", () => sent(server, id)[0]?.text.length === most);
});

test("a mail that nobody takes back goes by itself, once, also when another contact is on the screen", async (context) => {
  const { page, server, id } = await withMail(context);
  await page.locator("#composer").fill("It is taken off.");
  await page.locator("#composer").press("Control+Enter");
  await page.getByRole("button", { name: "Undo" }).waitFor();
  server.offer("k23", { queue: "billing" });
  await page.locator(".offer-bar").waitFor();
  await page.keyboard.press("Alt+KeyA");
  await page.locator(".talk-head").getByText("王小明").waitFor();
  await until("it is sent", () => sent(server, id).length === 1);
  await until("the draft is gone", () => draftOf(server, id) === undefined);
  assert.equal(sent(server, id).length, 1);
});

test("a browser that dies while a mail waits to be taken back has sent nothing and lost nothing", async (context) => {
  const { page, server, id } = await withMail(context);
  await page.locator("#composer").fill("Nearly sent.");
  await page.locator("#composer").press("Control+Enter");
  await page.getByRole("button", { name: "Undo" }).waitFor();
  await until("the draft is saved", () => draftOf(server, id)?.text === "Nearly sent.");
  await page.reload();
  await until("the draft is back", async () => (await page.locator("#composer").count()) > 0 && (await page.locator("#composer").inputValue()) === "Nearly sent.");
  assert.deepEqual(sent(server, id), []);
});

test("a mail whose answer is lost is sent once, and its draft does not come back", async (context) => {
  const { page, server, id } = await withMail(context);
  const real = server.on_sendMessage;
  const { tell } = server;
  server.on_sendMessage = (message) => {
    server.tell = () => {};
    real.call(server, message);
    return { tag: "0" };
  };
  await page.locator("#composer").fill("Once.");
  await page.locator("#composer").press("Control+Enter");
  await page.getByRole("button", { name: "Send now" }).click();
  await until("the server has it", () => sent(server, id).length === 1);
  Object.assign(server, { on_sendMessage: real, tell });
  await page.reload();
  await page.locator(".mail-card.own").getByText("Once.").waitFor();
  await until("the draft is gone", () => draftOf(server, id) === undefined);
  await until("nothing is written", async () => (await page.locator("#composer").inputValue()) === "");
  assert.equal(sent(server, id).length, 1);
});

test("two who write one draft are told, and either can go on", async (context) => {
  const { page, server, id } = await withMail(context);
  await page.locator("#composer").fill("Mine");
  await until("the draft is saved", () => draftOf(server, id)?.text === "Mine");
  const { version } = draftOf(server, id);
  server.on_saveDraft({ draft: { contactId: id, version, text: "Theirs" } }, "bob");
  await page.locator("#composer").fill("Mine too");
  const conflict = page.locator(".mail-conflict");
  await conflict.getByText(/Bob Ortiz saved another draft/).waitFor();
  await page.locator("#composer").press("Control+Enter");
  await page.getByText("Somebody else changed this draft. Choose").waitFor();
  await page.getByRole("button", { name: "Keep mine" }).click();
  await until("mine is saved", () => draftOf(server, id)?.text === "Mine too");
  server.on_saveDraft({ draft: { contactId: id, version: draftOf(server, id).version, text: "Theirs again" } }, "bob");
  await page.locator("#composer").fill("Mine three");
  await conflict.getByText("Theirs again").waitFor();
  await page.getByRole("button", { name: "Take theirs" }).click();
  await until("theirs is here", async () => (await page.locator("#composer").inputValue()) === "Theirs again");
  await conflict.waitFor({ state: "detached" });
});

test("a mail is put aside with its draft, and gone on with", async (context) => {
  const { page, server, id } = await withMail(context);
  await page.locator("#composer").fill("Half an answer");
  await page.getByRole("button", { name: "Put aside" }).click();
  await page.getByText("Put aside. The draft is kept").waitFor();
  assert.equal(server.contacts.get(id).state, "STATE_HELD");
  assert.equal(draftOf(server, id).text, "Half an answer");
  await page.getByRole("button", { name: "Resume" }).click();
  await until("the draft is back", async () => (await page.locator("#composer").count()) > 0 && (await page.locator("#composer").inputValue()) === "Half an answer");
});

test("contacts with a draft show it in the list with when it was saved, after a reload too, until it is sent", async (context) => {
  const { page, server, id } = await withMail(context);
  const item = page.locator(".work-item").filter({ hasText: "Mei Tanaka" });
  await item.waitFor();
  assert.equal(await item.getByText(/^Draft/).count(), 0);
  await page.locator("#composer").fill("Half an answer");
  await item.getByText(/^Draft \d+:\d\d/).waitFor();
  await page.getByRole("button", { name: "Put aside" }).click();
  await page.getByText(/The draft is kept, saved \d+:\d\d/).waitFor();
  server.offer("k23", { queue: "billing" });
  await page.locator(".offer-bar, article.offer").first().waitFor();
  await page.keyboard.press("Alt+KeyA");
  await page.locator(".talk-head").getByText("王小明").waitFor();
  // Of another day, and by somebody else: it is the server's that counts.
  draftOf(server, id).savedAt = new Date(Date.now() - 86_400_000).toISOString();
  await page.reload();
  await item.getByText("Draft yesterday").waitFor();
  await item.click();
  await page.getByText("The draft is kept, saved yesterday").waitFor();
  await accessible(page, "draft");
  await page.getByRole("button", { name: "Resume" }).click();
  await page.locator("#composer").press("Control+Enter");
  await item.getByText(/^Draft/).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Send now" }).click();
  await until("it is sent", () => sent(server, id).length === 1);
  await until("the draft is gone", () => draftOf(server, id) === undefined);
  assert.equal(await item.getByText(/^Draft/).count(), 0);
});

test("no more drafts are asked for than can be looked at", async (context) => {
  const asked = new Set();
  const { page, server } = await withMail(context, undefined, {
    fresh: (server) => {
      for (let at = 0; at < 40; ++at) {
        const id = `c9${String(at).padStart(2, "0")}`;
        server.contacts.set(id, { id, state: "STATE_HELD", channel: "CHANNEL_EMAIL", queue: "support", subject: `Mail ${at}`, customerId: "k17", agent: "ann", attributes: {} });
        server.conversations.set(id, []);
        server.on_saveDraft({ draft: { contactId: id, version: "0", text: "Half an answer" } });
      }
      const { on_getDraft } = server;
      server.on_getDraft = (request) => (asked.add(request.contactId), on_getDraft.call(server, request));
    },
  });
  await page.locator(".work-draft").nth(28).waitFor();
  assert.ok(asked.size <= 31, `${asked.size} were asked for`);
  assert.equal(server.drafts.size, 40);
});

test("a mail that was put aside for too long leaves with a word about its draft", async (context) => {
  const { page, server, id } = await withMail(context);
  await page.locator("#composer").fill("Half an answer");
  await page.getByRole("button", { name: "Put aside" }).click();
  await page.getByText("Put aside. The draft is kept").waitFor();
  Object.assign(server.contacts.get(id), { state: "STATE_WAITING", agent: "" });
  server.event({ contactId: id, queue: "support", queued: { cause: "hold-limit" } });
  await page.getByText("It was put aside for too long. Its draft is kept.").waitFor();
  await page.getByText("This contact is no longer with you.").waitFor();
  assert.equal(draftOf(server, id).text, "Half an answer");
});

test("completing a contact sends what waits to be taken back first", async (context) => {
  const { page, server, id } = await withMail(context);
  await page.locator("#composer").fill("Done.");
  await page.locator("#composer").press("Control+Enter");
  await page.getByRole("button", { name: "Undo" }).waitFor();
  await page.keyboard.press("Alt+KeyC");
  await page.locator("dialog").getByRole("button", { name: "Complete" }).click();
  await page.locator(".wrap").waitFor();
  assert.deepEqual(sent(server, id).map((one) => one.text), ["Done."]);
});

test("files are attached by button, drop and paste, shown as they go, refused in words, and taken out", async (context) => {
  const { page, server, id } = await withMail(context, undefined, { expected: (text) => /413/.test(text) });
  const tray = page.locator(".mail-tray");
  await page.locator("input[type=file]").setInputFiles([
    { name: "offer.txt", mimeType: "text/plain", buffer: Buffer.from("the offer") },
    { name: "refused.exe", mimeType: "application/x-msdownload", buffer: Buffer.from("x") },
  ]);
  await tray.getByText("offer.txt").waitFor();
  await tray.getByText("The file is too large. Send a link instead.").waitFor();
  for (const event of ["drop", "paste"]) {
    await page.locator("#composer").evaluate((field, kind) => {
      const data = new DataTransfer();
      data.items.add(new File([kind], `${kind}.txt`, { type: "text/plain" }));
      const init = { bubbles: true, cancelable: true };
      field.dispatchEvent(kind === "drop" ? new DragEvent("drop", { ...init, dataTransfer: data }) : new ClipboardEvent("paste", { ...init, clipboardData: data }));
    }, event);
    await tray.getByText(`${event}.txt`).waitFor();
  }
  await page.locator("#composer").fill("See attached.");
  await page.locator("#composer").press("Control+Enter");
  await page.getByText("A file was not uploaded.").waitFor();
  await tray.getByRole("button", { name: "Remove refused.exe" }).click();
  await tray.getByRole("button", { name: "Remove drop.txt" }).click();
  await page.locator("#composer").press("Control+Enter");
  await page.getByRole("button", { name: "Send now" }).click();
  await until("it is sent", () => sent(server, id).length === 1);
  assert.deepEqual(sent(server, id)[0].attachments.map((one) => one.name), ["offer.txt", "paste.txt"]);
  assert.deepEqual(server.uploaded.map((one) => [one.contactId, one.name, one.bytes])[0], [id, "offer.txt", "the offer"]);
});

test("a mail is passed on, answered to all, and quoted or not", async (context) => {
  const { page, server, id } = await withMail(context);
  await page.getByRole("button", { name: "Answer all" }).click();
  assert.deepEqual(await page.locator(".mail-chip").allInnerTexts(), ["Mei Tanaka", "Ken"]);
  await page.getByRole("button", { name: "Forward" }).click();
  await page.getByText("Show what is passed on").click();
  await page.locator(".mail-quoted").getByText("38.20 for roaming").waitFor();
  await page.locator("#composer").press("Control+Enter");
  await page.getByText("Say who it goes to.").waitFor();
  await page.getByLabel("To", { exact: true }).fill("carrier@example.net and");
  await page.keyboard.press("Enter");
  await page.getByText("“carrier@example.net and” is not an e-mail address.").first().waitFor();
  await page.getByLabel("To", { exact: true }).fill("carrier@example.net");
  await page.locator("#composer").press("Control+Enter");
  await page.getByRole("button", { name: "Send now" }).click();
  await until("it is passed on", () => sent(server, id).length === 1);
  const { mail } = sent(server, id)[0];
  assert.deepEqual([mail.kind, mail.aboutMessage, mail.subject, mail.to], ["KIND_FORWARD", "1", "Fwd: Roaming on the November bill", [{ address: "carrier@example.net" }]]);
  await page.getByLabel("Quote what it answers").uncheck();
  await page.locator("#composer").fill("Without.");
  await page.locator("#composer").press("Control+Enter");
  await page.getByRole("button", { name: "Send now" }).click();
  await until("it is answered", () => sent(server, id).length === 2);
  assert.equal(sent(server, id)[1].mail.withoutQuotation, true);
});

test("a quick response is found from the keyboard, filled in, and not sent with an open place", async (context) => {
  const { page } = await withMail(context);
  await page.locator("#composer").fill("PS");
  await page.locator("#composer").press("Home");
  await page.keyboard.press("Alt+KeyQ");
  await page.getByRole("combobox", { name: "Search quick responses" }).and(page.locator(":focus")).waitFor();
  assert.deepEqual(await page.locator(".quick-name strong").allInnerTexts(), ["Greeting", "Technician on the way", "Begrüßung"]);
  await page.keyboard.type("techn");
  await page.keyboard.press("Enter");
  await page.locator("#composer:focus").waitFor();
  assert.match(await page.locator("#composer").inputValue(), /^A technician comes on \{\{visit\.day\}\}\. Your reference is c\d+\.PS$/);
  await page.keyboard.press("Control+Enter");
  await page.getByText("Fill in {{visit.day}} first.").waitFor();
});

test("a note beside the mail stays a note, and the mail stays as it was", async (context) => {
  const { page, server, id } = await withMail(context);
  await page.locator("#composer").fill("for the customer");
  await page.keyboard.press("Alt+KeyI");
  await page.getByText("Only colleagues see this.").waitFor();
  await page.locator("#composer").fill("between us");
  await page.keyboard.press("Enter");
  await page.locator(".message.internal").getByText("between us").waitFor();
  await page.keyboard.press("Alt+KeyI");
  await until("the mail is back", async () => (await page.locator("#composer").inputValue()) === "for the customer");
  assert.deepEqual(sent(server, id).map((one) => [one.text, one.internal]), [["between us", true]]);
});

test("a new mail is begun from the customer's address and from the keyboard", async (context) => {
  const { page, server } = await withMail(context);
  const { on_startMail } = server;
  server.on_startMail = () => server.error(9, "No mailbox is connected.", "NO_MAIL", "Start the adapter of the mailbox, then try again.");
  await page.getByRole("button", { name: "Write to mei.tanaka@example.com" }).click();
  await page.keyboard.type("Your new router");
  await page.getByRole("dialog").getByRole("option").first().waitFor({ state: "attached" });
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByRole("alert").getByText("Start the adapter of the mailbox").waitFor();
  await accessible(page, "write a mail");
  server.on_startMail = on_startMail;
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  assert.deepEqual(server.started, { to: "mei.tanaka@example.com", queue: "support", customerId: "k17", subject: "Your new router" });
  await until("the mail is begun", async () => (await page.getByLabel("Subject").inputValue()) === "Your new router");
  assert.deepEqual(await page.locator(".mail-chip").allInnerTexts(), ["mei.tanaka@example.com"]);
  await page.locator("#composer").fill("It comes on Monday.");
  await page.locator("#composer").press("Control+Enter");
  await page.getByRole("button", { name: "Send now" }).click();
  await page.locator(".mail-card.own").getByText("It comes on Monday.").waitFor();
  await page.keyboard.press("Alt+KeyE");
  await page.getByRole("dialog", { name: "Write a mail" }).waitFor();
});

test("what became of a mail is said in words, and a refused one goes back to where it was written", async (context) => {
  const { page, server, id } = await withMail(context);
  const write = async (text) => {
    await page.locator("#composer").fill(text);
    await page.locator("#composer").press("Control+Enter");
    await page.getByRole("button", { name: "Send now" }).click();
  };
  await write("One");
  const card = page.locator(".mail-card.own");
  await card.getByText("On its way").waitFor();
  server.mark(id, 2);
  await card.getByText("Taken by the mail server").waitFor();
  server.receive(id, { side: "SIDE_SYSTEM", clientId: "mail-fate-2", text: "This answer was not delivered: no such user" });
  await card.getByText("Not delivered").waitFor();
  await page.locator(".message.system.failed").getByText("no such user").waitFor();
  server.receive(id, { side: "SIDE_SYSTEM", clientId: "mail-ack-k9", text: "We have your mail.\nIts number is 47." });
  assert.equal(await page.getByText("Its number is 47.").isVisible(), false);
  await page.getByText("Answered by itself").click();
  await page.getByText("Its number is 47.").waitFor();
  await write("!fail");
  await page.getByText("Not sent: This conversation is full.").waitFor();
  await page.getByRole("button", { name: "Back to the draft" }).click();
  await until("it is back", async () => (await page.locator("#composer").inputValue()) === "!fail");
});

test("what became of a mail stands in the history, in the words of the page and of the mail server", async (context) => {
  const { page, server } = await withMail(context);
  const tell = (type, data) => server.happen("k17", { outside: { source: "email", eventId: type, type, summary: "in English", data: { kind: "mail", contact: "c1", ...data } } });
  const history = page.locator(".history");
  await history.getByText("Roaming on the November bill").first().waitFor();
  tell("mail.sent", {});
  tell("mail.failed", { words: "550 no such user" });
  tell("mail.deferred", { words: "451 try later", since: "2026-11-20T08:00:00Z" });
  await history.getByText("Mail sent", { exact: true }).waitFor();
  await history.getByText("Mail not delivered", { exact: true }).waitFor();
  await history.getByText("550 no such user").waitFor();
  await history.getByText(/451 try later · since .*20 Nov/).waitFor();
  assert.equal(await history.getByText("in English").count(), 0);
});

test("everything about mails can be used by those who see nothing", async (context) => {
  const { page } = await withMail(context);
  await page.getByRole("button", { name: "Cc, Bcc" }).click();
  await page.getByLabel("Cc", { exact: true }).fill("ken@example.com");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Show as it was designed" }).click();
  await page.frameLocator(".mail-frame-page").frameLocator("iframe").getByText("November bill", { exact: true }).waitFor();
  await page.locator("input[type=file]").setInputFiles([{ name: "offer.txt", mimeType: "text/plain", buffer: Buffer.from("x") }]);
  await page.locator(".mail-tray").getByText("offer.txt").waitFor();
  await accessible(page, "composer");
  await page.keyboard.press("Alt+KeyQ");
  await page.locator(".quick-box").waitFor();
  await accessible(page, "quick responses");
  await page.keyboard.press("Escape");
  await page.locator("#composer").fill("x");
  await page.locator("#composer").press("Control+Enter");
  await page.getByRole("button", { name: "Undo" }).waitFor();
  await accessible(page, "undo");
});

test("a mail is written, addressed and put aside without a mouse, and the focus is never lost", async (context) => {
  const { page, server, id } = await withMail(context);
  const { keyboard } = page;
  const focused = (locator) => locator.and(page.locator(":focus")).waitFor();
  const to = page.getByLabel("To", { exact: true });
  const cc = page.getByLabel("Cc", { exact: true });
  await focused(page.locator("#composer"));
  await keyboard.press("Shift+Tab");
  await focused(page.getByLabel("Subject"));
  await keyboard.press("Shift+Tab");
  await focused(page.getByRole("button", { name: "Cc, Bcc" }));
  await keyboard.press("Enter");
  await focused(cc);
  await keyboard.type("ken@example.com, ann@example.com;");
  assert.deepEqual(await page.locator(".mail-chip").allInnerTexts(), ["ken@example.com", "ann@example.com"]);
  await page.getByRole("status").getByText("ann@example.com added").waitFor({ state: "attached" });
  await keyboard.press("Shift+Tab");
  await focused(page.getByRole("button", { name: "Remove ann@example.com" }));
  await keyboard.press("Shift+Tab");
  await focused(page.getByRole("button", { name: "Remove ken@example.com" }));
  await keyboard.press("Space");
  await focused(cc);
  await page.getByRole("status").getByText("ken@example.com removed").waitFor({ state: "attached" });
  await keyboard.press("Backspace");
  assert.equal(await page.locator(".mail-chip").count(), 0);
  await keyboard.press("Shift+Tab");
  await focused(to);
  await keyboard.type("mei@example.com");
  await keyboard.press("Tab");
  assert.deepEqual(await page.locator(".mail-chip").allInnerTexts(), ["mei@example.com"]);
  await focused(cc);
  await page.locator("#composer").focus();
  await keyboard.type("Half an answer");
  await page.locator("input[type=file]").setInputFiles(["one.txt", "two.txt"].map((name) => ({ name, mimeType: "text/plain", buffer: Buffer.from("x") })));
  await page.getByRole("status").getByText("2 files attached").waitFor({ state: "attached" });
  await page.locator(".mail-tray button").first().focus();
  await keyboard.press("Enter");
  await page.getByRole("status").getByText("1 file attached").waitFor({ state: "attached" });
  await focused(page.locator(".mail-tray button"));
  await keyboard.press("Enter");
  await focused(page.locator("#composer"));
  await until("the draft is saved", () => draftOf(server, id)?.text === "Half an answer");
  server.on_saveDraft({ draft: { contactId: id, version: draftOf(server, id).version, text: "Theirs" } }, "bob");
  await keyboard.type("!");
  const theirs = page.getByRole("button", { name: "Take theirs" });
  await theirs.waitFor();
  await theirs.focus();
  await keyboard.press("Enter");
  await focused(page.locator("#composer"));
  await page.getByRole("button", { name: "Put aside" }).focus();
  await keyboard.press("Enter");
  await focused(page.getByRole("button", { name: "Resume" }));
  await keyboard.press("Enter");
  await focused(page.locator("#composer"));
});

test("a note in a call says what Enter does there, and nothing that is not so", async (context) => {
  const { page, server } = await withMail(context);
  server.ring("k31");
  await page.locator(".offer-bar").waitFor();
  await page.keyboard.press("Alt+KeyA");
  await page.getByText("Enter adds the note. Nothing is written to the customer here.").waitFor();
  assert.equal(await page.getByText("Alt+I goes back").count(), 0);
});
