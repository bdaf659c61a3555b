// SPDX-License-Identifier: Apache-2.0
// The composition root: joins store, session, words and page.
import { render } from "preact";
import "./design/tokens.css";
import "./design/base.css";
import "./design/control.css";
import { Console } from "./app/console";
import { loadPreferences } from "./app/preferences";
import { Store } from "./app/store";
import { takeToken } from "./app/token";
import { Telephone } from "./softphone/telephone";
import { startTicker } from "./session/ticker";
import { App } from "./shell/app";
import { textOf } from "./text/catalogue";

const store = new Store();
const url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/agents/v1/session`;
const desk = new Console(store, url, () => textOf(loadPreferences().language), new Telephone(store));

function signInFromAddress(): void {
  const token = takeToken();
  if (token) desk.signIn(token);
}

startTicker(() => desk.tick());
addEventListener("online", () => desk.hurry());
addEventListener("hashchange", () => location.hash.includes("token=") && signInFromAddress());
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && desk.hurry());

const root = document.getElementById("root");
if (root) render(<App desk={desk} />, root);
signInFromAddress();
