// SPDX-License-Identifier: Apache-2.0
// Who may call what: every method of the contract with every role, as gRPC and as JSON. A method
// that this table does not name fails the test, so that none is open by accident.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { clientOf, methods, withToken } from "./rpc.mjs";
import { grpc } from "./packages.mjs";
import { Server } from "./server.mjs";

const roles = ["agent", "supervisor", "adapter", "admin", "visitor", "metrics"];
const table = `
  routing.v1.RoutingService/SubmitContact        adapter admin
  routing.v1.RoutingService/CancelContact        adapter admin
  routing.v1.RoutingService/AbandonContact       adapter admin
  routing.v1.RoutingService/CompleteContact      adapter admin
  routing.v1.RoutingService/TransferContact      adapter supervisor admin
  routing.v1.RoutingService/UpdateContact        adapter supervisor admin
  routing.v1.RoutingService/GetContact           adapter supervisor admin
  routing.v1.RoutingService/ListContacts         adapter supervisor admin
  routing.v1.RoutingService/WatchContacts        adapter supervisor admin
  routing.v1.RoutingService/ListQueues           adapter supervisor admin
  routing.v1.RoutingService/GetQueue             adapter supervisor admin
  routing.v1.RoutingService/RouteContacts        adapter
  routing.v1.ExplainService/ExplainOffer         adapter supervisor admin
  routing.v1.ExplainService/ExplainContact       adapter supervisor admin
  routing.v1.ExplainService/ExplainAgent         adapter supervisor admin
  agents.v1.AgentService/SignIn                  agent supervisor adapter admin
  agents.v1.AgentService/SignOut                 agent supervisor adapter admin
  agents.v1.AgentService/SetPresence             agent supervisor adapter admin
  agents.v1.AgentService/TransferContact         agent supervisor adapter admin
  agents.v1.AgentService/GetAgent                agent supervisor adapter admin
  agents.v1.AgentService/ListAgents              agent supervisor adapter admin
  agents.v1.AgentService/AcceptOffer             agent adapter
  agents.v1.AgentService/RejectOffer             agent adapter
  agents.v1.AgentService/CompleteContact         agent adapter
  agents.v1.AgentService/EndWrapUp               agent adapter
  agents.v1.AgentService/ExtendWrapUp            agent adapter
  agents.v1.AgentService/HoldContact             agent adapter
  agents.v1.AgentService/ResumeContact           agent adapter
  agents.v1.AgentService/PullContact             agent adapter
  agents.v1.AgentService/ConsultContact          agent adapter
  agents.v1.AgentService/AssignContact           supervisor admin
  agents.v1.AgentService/ControlCall             agent supervisor adapter admin
  agents.v1.AgentService/PlaceCall               agent supervisor adapter
  agents.v1.AgentService/StartMail               agent supervisor adapter
  agents.v1.AgentService/WatchAgent              agent adapter
  agents.v1.AgentService/ServeAgents             adapter
  agents.v1.SessionService/Session               agent supervisor
  context.v1.ContextService/ResolveCustomer      adapter admin
  context.v1.ContextService/Converse             adapter admin
  context.v1.ContextService/AppendMessages       agent adapter admin
  context.v1.ContextService/WatchConversation    agent adapter admin
  context.v1.ContextService/GetCustomer          agent supervisor adapter admin
  context.v1.ContextService/UpdateCustomer       agent supervisor adapter admin
  context.v1.ContextService/ListTimeline         agent supervisor adapter admin
  context.v1.ContextService/AddNote              agent supervisor adapter admin
  context.v1.ContextService/RecordEvents         adapter admin
  context.v1.ContextService/WatchTimeline        agent supervisor adapter admin
  context.v1.ContextService/SearchMessages       agent supervisor adapter admin
  context.v1.ContextService/ListMessages         agent supervisor adapter admin
  context.v1.ContextService/SaveDraft            agent supervisor adapter admin
  context.v1.ContextService/GetDraft             agent supervisor adapter admin
  context.v1.ContextService/ListCustomers        supervisor adapter admin
  context.v1.ContextService/SearchCustomers      agent supervisor adapter admin
  context.v1.ContextService/SuggestDuplicates    agent supervisor adapter admin
  context.v1.ContextService/MergeCustomers       supervisor adapter admin
  context.v1.ContextService/UndoMerge            supervisor adapter admin
  context.v1.ContextService/CreateCustomer       agent supervisor adapter admin
  context.v1.ContextService/AddIdentity          agent supervisor adapter admin
  context.v1.ContextService/RemoveIdentity       agent supervisor adapter admin
  context.v1.PrivacyService/EraseCustomer        admin
  context.v1.PrivacyService/ListReads            supervisor admin
  context.v1.PrivacyService/ExportCustomer       supervisor admin
  context.v1.PrivacyService/ListChanges          agent supervisor adapter admin
  context.v1.PrivacyService/RevertChange         supervisor adapter admin
  context.v1.CaseService/OpenCase                agent supervisor adapter admin
  context.v1.CaseService/GetCase                 agent supervisor adapter admin
  context.v1.CaseService/ListCases               agent supervisor adapter admin
  context.v1.CaseService/UpdateCase              agent supervisor adapter admin
  context.v1.CaseService/TransferCase            agent supervisor adapter admin
  context.v1.CaseService/MakePromise             agent supervisor adapter admin
  context.v1.CaseService/KeepPromise             agent supervisor adapter admin
  admin.v1.AdminService/ApplyDomain              admin
  admin.v1.AdminService/RollbackDomain           admin
  admin.v1.AdminService/GetDomain                supervisor admin
  admin.v1.AdminService/ListDomainVersions       supervisor admin
  admin.v1.AdminService/DiffDomain               supervisor admin
  admin.v1.RouterService/GetRouter               admin
  admin.v1.RouterService/StepDown                admin
`;
const allowed = new Map(
  table.trim().split("\n").map((line) => {
    const [method, ...who] = line.trim().split(/ +/);
    return [`/usher.${method}`, new Set(who)];
  }),
);

let server;
const clients = new Map();
before(async () => {
  server = await Server.start();
});
after(async () => {
  for (const client of clients.values()) client.close();
  await server?.stop();
});

function clientFor(service) {
  if (!clients.has(service)) clients.set(service, clientOf(server, service));
  return clients.get(service);
}

/** How an empty call ends: `refused` with a reason of the gate, or `admitted` whatever came of it. */
function tryCall(method, authorization, hello) {
  return new Promise((done) => {
    const metadata = authorization === undefined ? new grpc.Metadata() : withToken();
    if (authorization) metadata.set("authorization", authorization);
    const options = { deadline: new Date(Date.now() + 20_000) };
    const client = clientFor(method.service);
    const finish = (error) => {
      const [reason = ""] = error?.metadata?.get("usher-reason") ?? [];
      done({ code: error?.code ?? 0, reason });
    };
    const start = client[method.name];
    if (!method.requestStream && !method.responseStream) {
      start.call(client, {}, metadata, options, finish);
      return;
    }
    const stream = method.requestStream ? start.call(client, metadata, options) : start.call(client, {}, metadata, options);
    stream.on("data", ({ error }) => {
      // A session refuses a hello with a message, which browsers can read as well.
      if (error) done({ code: error.code, reason: error.detail.reason });
      finish();
      stream.cancel();
    });
    stream.on("error", finish);
    stream.on("end", () => finish());
    // A stream that is admitted waits for a hello; its end makes it end.
    if (method.requestStream) {
      if (hello) stream.write({ hello });
      stream.end();
    } else stream.on("metadata", () => {
      finish();
      stream.cancel();
    });
  });
}

const gateReasons = new Set(["TOKEN_MISSING", "TOKEN_SCHEME", "ROLE_NOT_ALLOWED", "METHOD_NOT_LISTED"]);

test("the table names every method of the contract, and none besides", () => {
  assert.deepEqual(methods.map((one) => one.path).sort(), [...allowed.keys()].sort());
});

test("without a token nothing is answered", async () => {
  for (const method of methods) {
    const { code, reason } = await tryCall(method);
    assert.deepEqual([method.path, code, reason], [method.path, grpc.status.UNAUTHENTICATED, "TOKEN_MISSING"]);
  }
});

test("nor with something that is no bearer token, or with one that somebody else signed", async () => {
  const forged = server.token("admin").split(".");
  forged[1] = Buffer.from(JSON.stringify({ ...JSON.parse(Buffer.from(forged[1], "base64url")), sub: "root" })).toString("base64url");
  for (const authorization of ["Basic dXNlcjpwYXNz", "Bearer x", `Bearer ${forged.join(".")}`, `Bearer ${unsigned(forged[1])}`]) {
    for (const method of methods) {
      const { code, reason } = await tryCall(method, authorization);
      assert.deepEqual([method.path, code], [method.path, grpc.status.UNAUTHENTICATED]);
      assert.match(reason, /^[A-Z_]+$/);
    }
  }
});

function unsigned(payload) {
  return `${Buffer.from('{"alg":"none","typ":"JWT"}').toString("base64url")}.${payload}.`;
}

for (const role of roles) {
  test(`role ${role} may call what the table says and nothing else`, async () => {
    const token = server.token(role, role === "agent" ? "ann" : "e2e");
    for (const method of methods) {
      const { code, reason } = await tryCall(method, `Bearer ${token}`);
      const may = allowed.get(method.path).has(role);
      if (may) assert.ok(!gateReasons.has(reason), `${role} ${method.path}: ${reason}`);
      else assert.deepEqual([method.path, code, reason], [method.path, grpc.status.PERMISSION_DENIED, "ROLE_NOT_ALLOWED"]);
    }
  });
}

test("the JSON door has the same locks", async () => {
  for (const method of methods.filter((one) => !one.requestStream && !one.responseStream)) {
    const call = (role) => server.call(method.path.replace("/usher.", ""), {}, role && server.token(role, role === "agent" ? "ann" : "e2e"))
      .then(() => ({ status: 200 }), (error) => ({ status: error.status, reason: error.body.reason }));
    assert.deepEqual([method.path, await call("")], [method.path, { status: 401, reason: "TOKEN_MISSING" }]);
    for (const role of roles) {
      const { status, reason } = await call(role);
      if (allowed.get(method.path).has(role)) assert.ok(!gateReasons.has(reason), `${role} ${method.path}: ${reason}`);
      else assert.deepEqual([method.path, status, reason], [method.path, 403, "ROLE_NOT_ALLOWED"]);
    }
  }
});

test("a token of another domain opens nothing of this one", async () => {
  for (const method of methods) {
    // A customer's context is looked for in the token's domain, where there is none of it: below.
    if (method.service.startsWith("usher.context.v1.")) continue;
    const role = [...allowed.get(method.path)][0];
    const subject = role === "agent" ? "ann" : "e2e";
    const { code, reason } = await tryCall(method, `Bearer ${server.token(role, subject, "elsewhere")}`, { adapter: subject, gateway: subject });
    assert.notEqual(code, 0, `${role} ${method.path} was answered`);
    assert.match(reason, /^[A-Z_]+$/, `${role} ${method.path} ended with ${code}`);
  }
  const elsewhere = server.token("adapter", "e2e", "elsewhere");
  const here = server.token("adapter", "e2e");
  const resolve = { requestId: "who", identity: { kind: "email", value: "mei@example.com" } };
  const { customer } = await server.call("context.v1.ContextService/ResolveCustomer", resolve, here);
  await assert.rejects(server.call("context.v1.ContextService/GetCustomer", { customerId: customer.id }, elsewhere), { status: 404 });
  await assert.rejects(server.call("routing.v1.RoutingService/ListContacts", {}, elsewhere), { status: 404 });
});
