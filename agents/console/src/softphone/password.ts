// SPDX-License-Identifier: Apache-2.0
// The telephone's password: in this browser only, for this tab or, if the agent says so, for good.

const keyOf = (user: string, domain: string) => `usher.phone.password.${user}@${domain}`;

export function keptPassword(user: string, domain: string): string | undefined {
  const key = keyOf(user, domain);
  return sessionStorage.getItem(key) ?? localStorage.getItem(key) ?? undefined;
}

export function keepPassword(user: string, domain: string, password: string, forGood: boolean): void {
  forgetPassword(user, domain);
  (forGood ? localStorage : sessionStorage).setItem(keyOf(user, domain), password);
}

export function forgetPassword(user: string, domain: string): void {
  sessionStorage.removeItem(keyOf(user, domain));
  localStorage.removeItem(keyOf(user, domain));
}

/** At the console's sign-out: what was kept for good stays. */
export function forgetPasswordOfTab(user: string, domain: string): void {
  sessionStorage.removeItem(keyOf(user, domain));
}
