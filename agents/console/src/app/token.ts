// SPDX-License-Identifier: Apache-2.0
// The token that says who is there. It comes in the fragment of a sign-in link, which no server
// sees, and is kept for this tab only.

const key = "usher.token";

/** Takes the token out of the address bar, or the one that this tab has kept. */
export function takeToken(): string | undefined {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const given = fragment.get("token");
  if (given !== null) {
    history.replaceState(null, "", location.pathname + location.search);
    keepToken(given.trim());
  }
  return sessionStorage.getItem(key) || undefined;
}

export function keepToken(token: string): void {
  sessionStorage.setItem(key, token);
}

export function forgetToken(): void {
  sessionStorage.removeItem(key);
}

/** A pasted token or sign-in link as a token; undefined when it is neither. */
export function tokenIn(text: string): string | undefined {
  const match = /(?:^|[#&]token=)([\w-]+\.[\w-]+\.[\w-]+)\s*$/.exec(text.trim());
  return match?.[1];
}
