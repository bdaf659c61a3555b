// SPDX-License-Identifier: Apache-2.0
// The file of `usher serve --asterisk`, as a test's call centre needs it. JSON is YAML.

/**
 * `numbers`: {"+4930111": "support"}. `queues`: how calls wait in them. `agents`: their telephones. The password of each Asterisk
 * stands in a file beside it, `pbx0.password` for the first.
 */
export function adapterFile({ pbxes, numbers, queues = {}, server = {}, agents = {} }) {
  return JSON.stringify({
    servers: Object.fromEntries(pbxes.map(({ host, httpPort }, at) => [
      `pbx${at}`, { url: `http://${host}:${httpPort}`, user: "usher", password_file: `pbx${at}.password`, domain: "acme", ...server },
    ])),
    numbers: Object.fromEntries(Object.entries(numbers).map(([number, queue]) => [number, { queue }])),
    queues,
    agents: { address: "PJSIP/{agent}", ...agents },
    outside: { address: "PJSIP/{number}@trunk1" },
  });
}
