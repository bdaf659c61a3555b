// SPDX-License-Identifier: Apache-2.0
// One stroke, one size, one grid of 20.
const paths = {
  chat: "M4 5.5A1.5 1.5 0 0 1 5.5 4h9A1.5 1.5 0 0 1 16 5.5v6a1.5 1.5 0 0 1-1.5 1.5H9l-3.5 3v-3A1.5 1.5 0 0 1 4 11.5z",
  voice: "M5 3.5h2.5l1 3.5-1.7 1.2a9 9 0 0 0 5 5L13 11.5l3.5 1V15a1.5 1.5 0 0 1-1.6 1.5A12.5 12.5 0 0 1 3.5 5.1 1.5 1.5 0 0 1 5 3.5z",
  email: "M3.5 6A1.5 1.5 0 0 1 5 4.5h10A1.5 1.5 0 0 1 16.5 6v8a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 14zM4 6.5l6 4.5 6-4.5",
  message: "M6.5 3h7A1.5 1.5 0 0 1 15 4.5v11a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 5 15.5v-11A1.5 1.5 0 0 1 6.5 3zM9 14.5h2",
  callback: "M5 3.5h2.5l1 3.5-1.7 1.2a9 9 0 0 0 5 5L13 11.5l3.5 1V15a1.5 1.5 0 0 1-1.6 1.5A12.5 12.5 0 0 1 3.5 5.1 1.5 1.5 0 0 1 5 3.5zM16.5 3.5l-4.5 4.5M12 4.5v3.5h3.5",
  task: "M6 4h8a1.5 1.5 0 0 1 1.5 1.5v9A1.5 1.5 0 0 1 14 16H6a1.5 1.5 0 0 1-1.5-1.5v-9A1.5 1.5 0 0 1 6 4zM7.5 10l2 2 3.5-4",
  send: "M10 16V4.5M5 9.5l5-5 5 5",
  check: "M4.5 10.5l3.5 3.5 7.5-8",
  checks: "M2 10.5l3.5 3.5L13 6M9.5 13l1 1L18 6",
  clock: "M10 3.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM10 6.5V10l2.5 1.5",
  alert: "M10 3.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM10 6.5v4M10 13.3v.2",
  pause: "M7.5 5v10M12.5 5v10",
  play: "M7 4.8v10.4l8-5.2z",
  transfer: "M4 7.5h11M12 4.5l3 3-3 3M16 12.5H5M8 9.5l-3 3 3 3",
  close: "M5.5 5.5l9 9M14.5 5.5l-9 9",
  back: "M12 4.5L6.5 10l5.5 5.5",
  down: "M5.5 8l4.5 4.5L14.5 8",
  right: "M8 5.5l4.5 4.5L8 14.5",
  user: "M10 4a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM4 16.5a6 6 0 0 1 12 0",
  users: "M7.5 4.5a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4zM2.5 15.5a5 5 0 0 1 10 0M13 5a2.5 2.5 0 0 1 0 4.6M14.5 11.5a4.5 4.5 0 0 1 3 4",
  note: "M5 3.5h7.5L15.5 6.5v10H5zM12 3.5v3.5h3.5M7.5 10h5M7.5 13h3.5",
  edit: "M4 16l.7-3.3L13.2 4.2a1.4 1.4 0 0 1 2 0l.6.6a1.4 1.4 0 0 1 0 2L7.3 15.3z",
  search: "M9 4a5 5 0 1 0 0 10A5 5 0 0 0 9 4zM12.7 12.7L16.5 16.5",
  shield: "M10 3l5.5 2v4.5c0 3.5-2.3 6-5.5 7.5-3.2-1.5-5.5-4-5.5-7.5V5zM7.5 10l1.8 1.8 3.2-3.6",
  queue: "M4 5.5h12M4 10h12M4 14.5h7",
  leaf: "M4.5 15.5c0-7 4-11 11-11 0 7-4 11-11 11zM4.5 15.5l6-6",
  bell: "M10 3.5a4.5 4.5 0 0 0-4.5 4.5c0 4-1.5 5-1.5 5h12s-1.5-1-1.5-5A4.5 4.5 0 0 0 10 3.5zM8.5 16a1.6 1.6 0 0 0 3 0",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={`${size / 16}rem`}
      height={`${size / 16}rem`}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  );
}
