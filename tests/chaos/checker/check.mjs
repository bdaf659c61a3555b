// SPDX-License-Identifier: Apache-2.0
import { checkAnswers } from "./answers.mjs";
import { checkKept } from "./kept.mjs";
import { checkLife } from "./life.mjs";
import { checkReads } from "./reads.mjs";
import { checkTold } from "./told.mjs";

/** What can be wrong. Every verdict is a list of sentences; all must be empty. */
export const verdictNames = ["lost", "doubled", "overCapacity", "outOfOrder", "stale", "stuck"];

/**
 * Judges what clients saw against what the server holds when all is over. A pure function.
 *
 * `records`  the clients' history (rig/history.mjs)
 * `final`    what the server holds (rig/final_state.mjs)
 * `rules`    the domain's promises that are checked:
 *            `channelOf` queue -> channel; `room` channel -> how many an agent may have;
 *            `strictQueues` where nobody declines, so that the order of law 1 holds to the letter
 *
 * lost          an acknowledged submit, accept, decline, completion, abandon or message that is not
 *               there; an event that was told and is not in the log; one that a resumed stream left out
 * doubled       two contacts for one request or name, two agents at once, two ends; an event told
 *               twice, or told differently; a message or a line of a timeline that stands twice
 * overCapacity  an agent had more than there is room for
 * outOfOrder    somebody was passed by; a stream went back
 * stale         told by a router after another one led; a read that knows less than was told before
 * stuck         contacts that are still open though there are agents for them; offers that ran out
 *               where everybody answers at once
 */
export function check({ records, final, rules }) {
  const verdicts = Object.fromEntries(verdictNames.map((name) => [name, []]));
  const log = indexLog(final.log);
  const life = checkLife({ log, rules, verdicts });
  const counts = checkAnswers({ records, final, log, life, verdicts });
  checkTold({ records, log, verdicts });
  checkReads({ records, log, life, verdicts });
  checkKept({ records, final, log, verdicts });
  for (const [contact, { state }] of final.open) verdicts.stuck.push(`${contact} is still ${state}`);
  return { verdicts, counts: { commits: final.sequence, events: final.log.length, ...counts }, ok: verdictNames.every((name) => verdicts[name].length === 0) };
}

/** The log's facts with their places: `all` in order, `at` sequence -> the facts of that commit. */
function indexLog(facts) {
  const at = new Map();
  facts.forEach((fact, place) => {
    if (!at.has(fact.sequence)) at.set(fact.sequence, []);
    at.get(fact.sequence).push({ fact, place, text: JSON.stringify(fact) });
  });
  return { all: facts, at };
}
