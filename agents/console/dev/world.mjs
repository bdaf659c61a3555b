// SPDX-License-Identifier: Apache-2.0
// The people and the past of the development server.
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

export const vocabulary = {
  notReadyReasons: ["break", "lunch", "training"],
  dispositions: ["resolved", "follow-up", "spam"],
  disconnectGrace: "30s",
  tiers: ["platinum", "gold", "silver"],
  customerFields: [
    { id: "account", name: "Account number", type: "TYPE_TEXT", searchable: true },
    { id: "seats", name: "Seats", type: "TYPE_NUMBER" },
    { id: "paperless", name: "Paperless bill", type: "TYPE_BOOLEAN" },
    { id: "renewal", name: "Renewal", type: "TYPE_DATE" },
    { id: "plan", name: "Plan", type: "TYPE_CHOICE", choices: ["Valley", "Hillside", "Summit"] },
  ],
  caseCategories: ["fault", "billing", "complaint"],
  timezone: "Asia/Tokyo",
  quickResponses: [
    { id: "greet", name: "Greeting", language: "en", text: "Dear {{customer.name}},\n\nthank you for writing to us.\n\nKind regards\n{{agent.name}}" },
    { id: "crew", name: "Technician on the way", queues: ["support"], channels: ["CHANNEL_EMAIL"], text: "A technician comes on {{visit.day}}. Your reference is {{contact.id}}." },
    { id: "gruss", name: "Begrüßung", language: "de", text: "Guten Tag {{customer.name}},\n\ndanke für Ihre Nachricht." },
    { id: "bill", name: "Copy of the bill", queues: ["billing"], text: "Attached is a copy of your bill." },
    { id: "wait", name: "One moment", channels: ["CHANNEL_CHAT"], text: "One moment please, {{customer.name}}." },
  ],
};

const ago = (ms) => new Date(Date.now() - ms).toISOString();

export function customers() {
  return new Map(
    [
      {
        id: "k17",
        name: "Mei Tanaka",
        tier: "gold",
        language: "en",
        tags: ["fibre", "five years"],
        identities: [
          { kind: "email", value: "mei.tanaka@example.com", verified: true },
          { kind: "phone", value: "+81 90 5550 0142", verified: true },
          { kind: "chat", value: "v-8c21f0" },
        ],
        attributes: { crm: "A-77120" },
        fields: { account: "LK-20417", plan: "Hillside", renewal: "2027-02-01", paperless: "true" },
        type: "CUSTOMER_TYPE_CONTRACTED",
        stage: "SALE_STAGE_AFTER",
        value: "48000",
        consents: [
          { purpose: "recording", granted: true, at: ago(300 * day), source: "contract 4711" },
          { purpose: "marketing", granted: false, at: ago(40 * day), source: "c41" },
        ],
        openCases: 2,
        lastAgent: "bob",
        lastContactAt: ago(2 * day),
        relationshipOwner: "bob",
        createdAt: ago(5 * 365 * day),
        version: "7",
        contacts: 4,
      },
      {
        id: "k23",
        name: "王小明",
        language: "zh-CN",
        tags: [],
        identities: [{ kind: "chat", value: "v-11d0a2" }, { kind: "phone", value: "+86 138 0000 0142", verified: true }],
        attributes: { account: "LK-31180" },
        createdAt: ago(40 * day),
        version: "2",
        contacts: 2,
      },
      {
        id: "k31",
        name: "Jonas Weber",
        tier: "silver",
        language: "de",
        tags: ["moving"],
        identities: [{ kind: "email", value: "jonas@example.org" }],
        createdAt: ago(3 * hour),
        version: "1",
        contacts: 1,
      },
    ].map((customer) => [customer.id, customer]),
  );
}

export function timelines() {
  const entry = (id, ms, contactId, channel, kind) => ({ id, at: ago(ms), contactId, channel: `CHANNEL_${channel}`, ...kind });
  return new Map([
    [
      "k17",
      [
        { id: "t9c", at: ago(20 * hour), promise: { caseId: "s1", change: "missed", text: "Call back with the measurement of the street box", due: ago(20 * hour) } },
        { id: "t9b", at: ago(26 * hour), outside: { source: "field-service", eventId: "v-881", type: "visit.done", summary: "Technician visited: splitter replaced", reference: "R-5490", url: "https://field.example.com/visits/881", data: { crew: "North 2", minutes: "35" }, occurredAt: ago(26 * hour) } },
        { id: "t9a", at: ago(2 * day - 2 * minute), promise: { caseId: "s1", change: "made", text: "Call back with the measurement of the street box", due: ago(20 * hour), by: "bob" } },
        { id: "t9z", at: ago(2 * day - minute), caseChanged: { caseId: "s1", change: "opened", subject: "Fibre loses signal in the evening", by: "bob", owner: "bob", status: "open" } },
        entry("t9", 2 * day, "c88", "CHAT", { note: { author: "bob", text: "Technician booked for the 24th, 9 to 11. Credit 10.00 promised if he is late." } }),
        entry("t8", 2 * day + minute, "c88", "CHAT", { closed: { outcome: "completed", disposition: "follow-up", agentId: "bob" } }),
        entry("t7", 2 * day + 9 * minute, "c88", "CHAT", { assigned: { agentId: "bob", waited: "22s" } }),
        entry("t6", 2 * day + 10 * minute, "c88", "CHAT", { opened: { queue: "support", subject: "Slow in the evening" } }),
        { id: "t5b", at: ago(40 * day), profile: { by: "cai", fields: ["tier", "fields.plan"], changeId: "h2" } },
        { id: "t5a", at: ago(45 * day), outside: { source: "shop", eventId: "o-20931", type: "order.delivered", summary: "Router AX-6 delivered", reference: "20931" } },
        entry("t5", 46 * day, "c41", "EMAIL", { closed: { outcome: "completed", disposition: "resolved", agentId: "cai" } }),
        entry("t4", 46 * day + 2 * hour, "c41", "EMAIL", { transferred: { fromAgent: "bob", toQueue: "billing" } }),
        entry("t3", 46 * day + 3 * hour, "c41", "EMAIL", { assigned: { agentId: "bob", waited: "1200s" } }),
        entry("t2", 46 * day + 4 * hour, "c41", "EMAIL", { opened: { queue: "support", subject: "Roaming on the November bill" } }),
        { id: "t1", at: ago(300 * day), note: { author: "cai", text: "Prefers to be called after 18:00." } },
        entry("t01", 400 * day, "c7", "VOICE", { closed: { outcome: "abandoned" } }),
        entry("t00", 400 * day + minute, "c7", "VOICE", { opened: { queue: "support" } }),
      ],
    ],
    [
      "k23",
      [
        entry("t2", 12 * day, "c60", "CHAT", { closed: { outcome: "completed", disposition: "resolved", agentId: "ann" } }),
        entry("t1", 12 * day + 8 * minute, "c60", "CHAT", { opened: { queue: "billing", subject: "发票抬头" } }),
      ],
    ],
    ["k31", []],
  ]);
}

export function cases() {
  return new Map([
    [
      "k17",
      [
        {
          id: "s1",
          customerId: "k17",
          subject: "Fibre loses signal in the evening",
          status: "STATUS_OPEN",
          owner: "bob",
          category: "fault",
          product: "Hillside 300",
          complaintLevel: 2,
          contacts: ["c88"],
          transfers: 1,
          openedAt: ago(2 * day),
          openedBy: "cai",
          version: "4",
          hops: [
            { owner: "cai", at: ago(2 * day), by: "cai" },
            { owner: "bob", at: ago(2 * day - hour), by: "cai", reason: "Needs the measurements of the north cabinet" },
          ],
          promise: { text: "Call back with the measurement of the street box", due: ago(20 * hour), by: "bob", madeAt: ago(2 * day), missedAt: ago(20 * hour), number: 1 },
        },
        {
          id: "s2",
          customerId: "k17",
          subject: "Credit for the outage in November",
          status: "STATUS_PENDING",
          owner: "",
          queue: "billing",
          category: "billing",
          contacts: ["c41"],
          openedAt: ago(5 * day),
          openedBy: "bob",
          version: "2",
          hops: [{ queue: "billing", at: ago(5 * day), by: "bob", reason: "Above my limit" }],
          promise: { text: "Tell the amount", due: new Date(Date.now() + 30 * hour).toISOString(), by: "bob", madeAt: ago(5 * day), number: 1 },
        },
        {
          id: "s3",
          customerId: "k17",
          subject: "Roaming on the November bill",
          status: "STATUS_CLOSED",
          owner: "cai",
          category: "billing",
          openedAt: ago(46 * day),
          openedBy: "cai",
          endedAt: ago(45 * day),
          resolution: "4.80 taken off.",
          version: "3",
          hops: [{ owner: "cai", at: ago(46 * day), by: "cai" }],
        },
      ],
    ],
  ]);
}

export function changes() {
  const base = { id: "k17", name: "Mei Tanaka", tier: "silver", fields: { plan: "Valley" } };
  return new Map([
    [
      "k17",
      [
        { id: "h3", by: "emre", role: "agent", at: ago(3 * hour), before: { ...base, name: "Mei Tanaka", tier: "gold" }, after: { ...base, name: "Mrs. Complains-a-lot", tier: "gold" } },
        { id: "h2", by: "cai", role: "supervisor", at: ago(40 * day), before: base, after: { ...base, tier: "gold", fields: { plan: "Hillside" } } },
        { id: "h1", by: "gateway", role: "adapter", at: ago(5 * 365 * day), after: { id: "k17", name: "Mei Tanaka" } },
      ],
    ],
  ]);
}

export function reads() {
  return [
    { by: "bob", role: "agent", at: ago(2 * day), method: "ListTimeline", right: "contact c88" },
    { by: "cai", role: "supervisor", at: ago(40 * day), method: "GetCustomer", right: "role" },
  ];
}

export function duplicates() {
  return [
    {
      customer: { id: "k40", name: "M. Tanaka", identities: [{ kind: "phone", value: "+81 90 5550 0142" }] },
      evidence: [
        { kind: "same-phone", text: "both gave the phone number +81 90 5550 0142" },
        { kind: "same-name", text: "the family name is the same" },
      ],
    },
  ];
}

const customer = (name) => ({ side: "SIDE_CUSTOMER", name });
const agent = (id, name) => ({ side: "SIDE_AGENT", id, name });

export function conversations() {
  const talk = (contactId, startMs, lines) =>
    lines.map(([author, text], at) => ({
      id: String(at + 1),
      clientId: `${contactId}-${at}`,
      contactId,
      author: { side: author.side, id: author.id, name: author.name },
      internal: author.internal,
      at: ago(startMs - at * 70_000),
      text,
      attachments: text.includes("technician") ? [{ name: "measurement.pdf", mediaType: "application/pdf", sizeBytes: "340123", url: "https://files.example.com/m/881.pdf" }] : [],
    }));
  const mei = customer("Mei Tanaka");
  const bob = agent("bob", "Bob Ortiz");
  const ming = customer("王小明");
  return new Map([
    [
      "c88",
      talk("c88", 2 * day + 10 * minute, [
        [mei, "Hi, my fibre drops to 5 Mbit/s every evening. It is fine in the morning."],
        [{ side: "SIDE_SYSTEM" }, "Bob Ortiz has joined"],
        [bob, "Hello Mei, let me measure the line while we talk."],
        [{ ...bob, internal: true }, "Third call about this line. The cabinet log shows loss since Friday."],
        [bob, "The line loses signal at the street box. I will send a technician: Tuesday, 9 to 11?"],
        [mei, "That works. Thank you!"],
      ]),
    ],
    [
      "c41",
      talk("c41", 46 * day + 4 * hour, [
        [mei, "There are two days of roaming on my bill, but I was at home in November."],
        [agent("cai", "Cai Wen"), "You are right, the second day was booked twice. I have taken 4.80 off."],
      ]),
    ],
    ["c60", talk("c60", 12 * day, [[ming, "请问发票抬头可以改吗？"], [agent("ann", "Ann Li"), "可以，已经帮您改好了。"]])],
  ]);
}

export function agents() {
  const one = (id, name, presence, reason, sinceMs, used, max, more) => ({
    id,
    name,
    presence: `PRESENCE_${presence}`,
    reason,
    presenceSince: ago(sinceMs),
    load: [{ channel: "CHANNEL_CHAT", used, max }],
    queues: { support: 0 },
    ...more,
  });
  return [
    one("ann", "Ann Li", "OFFLINE", "", 8 * minute, 0, 3, { load: [{ channel: "CHANNEL_CHAT", used: 0, max: 3 }, { channel: "CHANNEL_VOICE", used: 0, max: 1 }, { channel: "CHANNEL_EMAIL", used: 0, max: 5 }] }),
    one("bob", "Bob Ortiz", "AVAILABLE", "", 47 * minute, 2, 3, { load: [{ channel: "CHANNEL_CHAT", used: 2, max: 3 }, { channel: "CHANNEL_EMAIL", used: 1, max: 5 }] }),
    one("cai", "Cai Wen", "NOT_READY", "lunch", 21 * minute, 0, 3),
    one("dora", "Dora Nowak", "AVAILABLE", "", 3 * minute, 3, 3),
    one("emre", "Emre Kaya", "OFFLINE", "", 9 * hour, 0, 2),
    one("fen", "Fen Zhao", "AVAILABLE", "", 12 * minute, 1, 3, { consoleLost: true }),
  ];
}

export function queues() {
  return [
    { id: "support", waiting: 4, offered: 1, assigned: 6, agentsSignedIn: 4, agentsAvailable: 3, longestWait: "74s", serviceLevelBasisPoints: 8650, accepted: "312", channels: ["CHANNEL_CHAT", "CHANNEL_EMAIL", "CHANNEL_VOICE"] },
    { id: "billing", waiting: 0, assigned: 2, agentsSignedIn: 3, agentsAvailable: 2, serviceLevelBasisPoints: 9720, accepted: "108", channels: ["CHANNEL_CHAT"] },
    { id: "retention", waiting: 2, agentsSignedIn: 1, longestWait: "305s", serviceLevelBasisPoints: 5240, accepted: "21", channels: ["CHANNEL_CHAT"] },
    { id: "night", waiting: 0, agentsSignedIn: 0, agentsAvailable: 0, channels: ["CHANNEL_CHAT"] },
  ];
}

export function runningCalls() {
  return [
    { id: "c220", state: "STATE_ASSIGNED", channel: "CHANNEL_VOICE", queue: "support", subject: "No signal since noon", agent: "bob", enqueuedAt: ago(260_000), waited: "12s" },
    { id: "c221", state: "STATE_HELD", channel: "CHANNEL_VOICE", queue: "support", subject: "Moving house", agent: "dora", enqueuedAt: ago(620_000), waited: "4s" },
  ];
}

export function waitingContacts() {
  return [
    { id: "c210", state: "STATE_OFFERED", channel: "CHANNEL_CHAT", queue: "support", subject: "Router blinks red", position: 1, enqueuedAt: ago(74_000) },
    { id: "c211", state: "STATE_WAITING", channel: "CHANNEL_CHAT", queue: "support", subject: "Change of address", position: 2, enqueuedAt: ago(41_000) },
    { id: "c208", state: "STATE_WAITING", channel: "CHANNEL_CHAT", queue: "retention", subject: "I want to cancel", position: 1, enqueuedAt: ago(305_000) },
  ];
}
