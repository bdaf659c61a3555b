// SPDX-License-Identifier: Apache-2.0
// What agents and supervisors do with customers, in real browsers on the real server: find one, make two
// records one, take a defacing change back, open a case and promise something.
import assert from "node:assert/strict";
import { after, before } from "node:test";
import { Desk, closeAll, launchBrowser } from "./pages.mjs";
import { Server, until } from "./server.mjs";
import { story } from "./story.mjs";

let server;
let browser;
let supervisor;
let agent;
let customerId;

before(async () => {
  server = await Server.start();
  browser = await launchBrowser();
});
after(() => closeAll(() => browser?.close(), () => server?.stop()));

const tell = story(() => ({ server, supervisor, agent }));
const ask = (method, request) => server.call(`context.v1.${method}`, request);
const create = async (requestId, customer) => (await ask("ContextService/CreateCustomer", { requestId, customer })).customer.id;
const phone = (value) => [{ kind: "phone", value, verified: true }];

tell("a supervisor finds a customer by the start of a name, and makes two records one", async () => {
  await create("one", { name: "Mei Lin", tier: "gold", identities: phone("+442079460001"), fields: { account: "A-1177" } });
  await create("two", { name: "Mei Lin", tier: "gold", identities: phone("+442079460002"), language: "zh" });
  supervisor = await Desk.open(browser, server.links.Supervisor);
  const { page } = supervisor;
  await page.getByTitle("Find a customer").click();
  await page.locator("dialog[open] input[type=search]").fill("mei");
  await page.getByRole("option").nth(1).waitFor();
  await page.keyboard.press("Enter");

  await page.getByRole("tab", { name: "Record" }).click();
  await page.getByText("both are called Mei Lin").waitFor();
  await page.getByRole("button", { name: "Merge into this one" }).click();
  await page.getByLabel("Why are they the same?").fill("same person");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Take out again" }).waitFor();
  const { hits } = await ask("ContextService/SearchCustomers", { query: "mei" });
  assert.equal(hits.length, 1);
  assert.deepEqual(hits[0].customer.identities.map(({ value }) => value).sort(), ["+442079460001", "+442079460002"]);
  customerId = hits[0].customer.id;
});

tell("a defaced name is seen at once, with who did it, and taken back in one press", async () => {
  const { page } = supervisor;
  await ask("ContextService/UpdateCustomer", { customerId, name: "Shrew" });
  await page.locator(".customer").getByText("Shrew").first().waitFor();
  await page.getByRole("button", { name: "Take back" }).first().click();
  await page.getByText("The change was taken back.").waitFor();
  await page.getByText("Takes an earlier change back").waitFor();
  const { customer } = await ask("ContextService/GetCustomer", { customerId });
  assert.equal(customer.name, "Mei Lin");
});

tell("an agent sees the customer before accepting, opens a case, and promises something", async () => {
  agent = await Desk.open(browser, server.links["Ann Li"]);
  await agent.goAvailable();
  const submit = { requestId: "s1", channel: "CHANNEL_CHAT", queue: "billing", customerId, subject: "The bill is wrong" };
  await server.call("routing.v1.RoutingService/SubmitContact", submit, server.token("adapter", "web"));
  await agent.offer.getByText("Gold").waitFor();
  await agent.accept("Mei Lin");

  const { page } = agent;
  await page.getByRole("tab", { name: /Cases/ }).click();
  await page.getByRole("button", { name: "New case" }).click();
  await page.getByLabel("What is it about?").fill("The bill of October is wrong");
  await page.getByLabel("Category").selectOption("billing");
  await page.getByRole("button", { name: "Open the case" }).click();
  await page.getByText("The bill of October is wrong").first().waitFor();
  const [opened] = await until("the case is the customer's", async () => {
    const { cases } = await ask("CaseService/ListCases", { customerId });
    return cases?.length === 1 && cases;
  });
  assert.deepEqual([opened.owner, opened.category, opened.status], ["ann", "billing", "STATUS_OPEN"]);

  await page.locator(".customer-panel").getByText("The bill of October is wrong").click();
  await page.getByRole("button", { name: /^Promise/ }).first().click();
  const dialog = page.locator("dialog[open]");
  await dialog.locator("input[type=text], textarea").first().fill("a corrected bill");
  await dialog.getByRole("button", { name: /promise/i }).last().click();
  const promise = await until("the promise is on record", async () => {
    const { cases } = await ask("CaseService/ListCases", { customerId });
    return cases[0].promise;
  });
  assert.equal(promise.text, "a corrected bill");
});

tell("the supervisor sees what the agent did, live, and who read the customer", async () => {
  const { page } = supervisor;
  await page.getByRole("tab", { name: "History" }).click();
  await page.getByText("The bill of October is wrong").first().waitFor();
  await page.getByRole("tab", { name: "Record" }).click();
  await page.locator(".customer-panel").getByText("Ann Li").first().waitFor();
  assert.deepEqual([...supervisor.wrong, ...agent.wrong], []);
});
