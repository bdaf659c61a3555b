// SPDX-License-Identifier: Apache-2.0
// Holds the state, lets actions change it, and tells who listens.
import type { Action } from "../state/action";
import { reduce } from "../state/reduce";
import { initialState, type State } from "../state/state";

export class Store {
  private current = initialState;
  private readonly listeners = new Set<() => void>();

  get state(): State {
    return this.current;
  }

  dispatch(action: Action): void {
    const next = reduce(this.current, action);
    if (next === this.current) return;
    this.current = next;
    for (const listener of [...this.listeners]) listener();
  }

  /** Returns what ends the subscription. */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}
