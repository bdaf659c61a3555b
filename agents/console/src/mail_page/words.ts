// SPDX-License-Identifier: Apache-2.0
// What the console and the page that shows a mail's HTML say to each other. The page has an origin
// that nobody else has: this is all that passes between the two.

/** To the page: show this. */
export interface ShowMail {
  usher: "show-mail";
  html: string;
  /** What the frame is called for screen readers. */
  title: string;
  /** Data addresses by content id, of those that the page named. */
  images: Record<string, string>;
  /** True: images are loaded from where the mail says. */
  remote: boolean;
}

/** From the page. */
export type PageWord =
  /** It can be told what to show. */
  | { usher: "mail-ready" }
  /** It shows the mail: how many remote images stay away, and which images of the mail itself it would show. */
  | { usher: "mail-shown"; blocked: number; contentIds: string[] };
