// SPDX-License-Identifier: Apache-2.0
// What every component may ask for: the state, the verbs, the words, the likings.
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { State } from "../state/state";
import type { Text } from "../text/catalogue";
import type { Console } from "./console";
import type { Preferences } from "./preferences";

export interface AppContext {
  state: State;
  desk: Console;
  t: Text;
  preferences: Preferences;
  prefer(change: Partial<Preferences>): void;
}

export const Context = createContext<AppContext | undefined>(undefined);

export function useApp(): AppContext {
  const app = useContext(Context);
  if (!app) throw new Error("useApp outside of Context");
  return app;
}
