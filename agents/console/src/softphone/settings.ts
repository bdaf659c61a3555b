// SPDX-License-Identifier: Apache-2.0
// How the operator set up the telephone in the console.
import type { SipAccount } from "./sip_line";

export type PhoneSettings = Omit<SipAccount, "password">;

/** Undefined where there is no telephone. */
export async function readSettings(token: string): Promise<PhoneSettings | undefined> {
  const response = await fetch("/agents/v1/softphone", { headers: { authorization: `Bearer ${token}` } });
  if (!response.ok) throw new Error(`the softphone's settings: ${response.status}`);
  const { server, domain, user, iceServers } = (await response.json()) as Partial<PhoneSettings>;
  return server && domain && user ? { server, domain, user, iceServers: iceServers ?? [] } : undefined;
}
