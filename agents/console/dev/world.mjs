// SPDX-License-Identifier: Apache-2.0
// The people and the past of the development server.
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

export const vocabulary = {
  notReadyReasons: ["break", "lunch", "training"],
  dispositions: ["resolved", "follow-up", "spam"],
  disconnectGrace: "30s",
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
        attributes: { account: "LK-20417", plan: "Hillside", "renewal date": "2027-02-01" },
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
        entry("t9", 2 * day, "c88", "CHAT", { note: { author: "bob", text: "Technician booked for the 24th, 9 to 11. Credit 10.00 promised if he is late." } }),
        entry("t8", 2 * day + minute, "c88", "CHAT", { closed: { outcome: "completed", disposition: "follow-up", agentId: "bob" } }),
        entry("t7", 2 * day + 9 * minute, "c88", "CHAT", { assigned: { agentId: "bob", waited: "22s" } }),
        entry("t6", 2 * day + 10 * minute, "c88", "CHAT", { opened: { queue: "support", subject: "Slow in the evening" } }),
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

const customer = (name) => ({ side: "SIDE_CUSTOMER", name });
const agent = (id, name) => ({ side: "SIDE_AGENT", id, name });

export function conversations() {
  const talk = (contactId, startMs, lines) =>
    lines.map(([author, text], at) => ({
      id: String(at + 1),
      clientId: `${contactId}-${at}`,
      contactId,
      author,
      at: ago(startMs - at * 70_000),
      text,
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
    one("ann", "Ann Li", "OFFLINE", "", 8 * minute, 0, 3),
    one("bob", "Bob Ortiz", "AVAILABLE", "", 47 * minute, 2, 3, { load: [{ channel: "CHANNEL_CHAT", used: 2, max: 3 }, { channel: "CHANNEL_EMAIL", used: 1, max: 5 }] }),
    one("cai", "Cai Wen", "NOT_READY", "lunch", 21 * minute, 0, 3),
    one("dora", "Dora Nowak", "AVAILABLE", "", 3 * minute, 3, 3),
    one("emre", "Emre Kaya", "OFFLINE", "", 9 * hour, 0, 2),
    one("fen", "Fen Zhao", "AVAILABLE", "", 12 * minute, 1, 3, { consoleLost: true }),
  ];
}

export function queues() {
  return [
    { id: "support", waiting: 4, offered: 1, assigned: 6, agentsSignedIn: 4, agentsAvailable: 3, longestWait: "74s", serviceLevelBasisPoints: 8650, accepted: "312", channels: ["CHANNEL_CHAT", "CHANNEL_EMAIL"] },
    { id: "billing", waiting: 0, assigned: 2, agentsSignedIn: 3, agentsAvailable: 2, serviceLevelBasisPoints: 9720, accepted: "108", channels: ["CHANNEL_CHAT"] },
    { id: "retention", waiting: 2, agentsSignedIn: 1, longestWait: "305s", serviceLevelBasisPoints: 5240, accepted: "21", channels: ["CHANNEL_CHAT"] },
    { id: "night", waiting: 0, agentsSignedIn: 0, agentsAvailable: 0, channels: ["CHANNEL_CHAT"] },
  ];
}

export function waitingContacts() {
  return [
    { id: "c210", state: "STATE_OFFERED", channel: "CHANNEL_CHAT", queue: "support", subject: "Router blinks red", position: 1, enqueuedAt: ago(74_000) },
    { id: "c211", state: "STATE_WAITING", channel: "CHANNEL_CHAT", queue: "support", subject: "Change of address", position: 2, enqueuedAt: ago(41_000) },
    { id: "c208", state: "STATE_WAITING", channel: "CHANNEL_CHAT", queue: "retention", subject: "I want to cancel", position: 1, enqueuedAt: ago(305_000) },
  ];
}
