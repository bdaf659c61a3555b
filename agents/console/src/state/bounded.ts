// SPDX-License-Identifier: Apache-2.0

/** Sets a key; past `max` keys, those set first and not in `kept` go. */
export function withKey<Value>(
  record: Readonly<Record<string, Value>>,
  entry: { key: string; value: Value },
  bound: { max: number; kept: ReadonlySet<string | undefined> },
): Record<string, Value> {
  const next = { ...record, [entry.key]: entry.value };
  const keys = Object.keys(next);
  let surplus = keys.length - bound.max;
  for (const key of keys) {
    if (surplus <= 0) break;
    if (key === entry.key || bound.kept.has(key)) continue;
    delete next[key];
    surplus -= 1;
  }
  return next;
}
