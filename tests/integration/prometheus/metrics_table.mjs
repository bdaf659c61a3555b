// SPDX-License-Identifier: Apache-2.0
// What /metrics says, as the table of docs/operate/metrics.md.

/** The families of a text exposition, by name: { name, help, type, labels }. */
export function readFamilies(text) {
  const families = new Map();
  for (const line of text.split("\n")) {
    const comment = line.match(/^# (HELP|TYPE) (\S+) (.*)$/);
    if (comment) {
      const [, kind, name, value] = comment;
      const family = families.get(name) ?? { name, labels: new Set() };
      family[kind.toLowerCase()] = value;
      families.set(name, family);
      continue;
    }
    const sample = line.match(/^([a-zA-Z_:]+)(?:\{(.*)\})? /);
    if (!sample) continue;
    const name = families.has(sample[1]) ? sample[1] : sample[1].replace(/_(bucket|sum|count)$/, "");
    for (const [, label] of (sample[2] ?? "").matchAll(/(\w+)="/g)) {
      if (label !== "le") families.get(name).labels.add(label);
    }
  }
  return families;
}

export function makeTable(families) {
  const rows = [...families.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).map(
    ({ name, type, labels, help }) => `| \`${name}\` | ${type} | ${[...labels].sort().map((label) => `\`${label}\``).join(", ")} | ${help} |`,
  );
  return ["| name | type | labels | meaning |", "|---|---|---|---|", ...rows].join("\n");
}

/** The page with its table replaced; it stands between two comments. */
export function putTable(page, table) {
  return page.replace(/(<!-- table: begin[^>]*-->\n)[^]*?(\n<!-- table: end -->)/, (_, begin, end) => `${begin}${table}${end}`);
}
