// SPDX-License-Identifier: Apache-2.0
import type { Text } from "../text/catalogue";
import type { Refusal } from "../state/state";
import type { SessionError } from "../wire/usher/agents/v1/session_service";

/** What went wrong and what to do next, in the language of the page where we have the words. */
export function errorText(error: SessionError, t: Text): Refusal {
  const reason = error.detail?.reason ?? "";
  const known = t.ifKnown(`error.${reason}`);
  // gRPC's own words for a method that is not there are no help to anybody.
  const ours = t.language !== "en" || reason.startsWith("RPC_");
  const title = (ours ? known || error.message : error.message || known) || t("error.unknown");
  return { title, next: error.detail?.nextStep || t.ifKnown(`error.${reason}.next`) };
}
