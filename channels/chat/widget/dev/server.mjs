// SPDX-License-Identifier: Apache-2.0
// The demo site with the widget against the fake server: `npm run build && npm run dev:server`.
import { startFakeServer } from "./fake_server.mjs";

const server = await startFakeServer({ port: Number(process.env.PORT ?? 8091) });
console.log(`${server.origin}/demo/`);
