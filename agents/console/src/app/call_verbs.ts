// SPDX-License-Identifier: Apache-2.0
// What can be done with telephone calls.
import type { CallControl, PlaceCall, SupervisionMode } from "../wire/usher/routing/v1/call";
import type { SessionError } from "../wire/usher/agents/v1/session_service";
import { findContact } from "../state/desk";
import { newId } from "./id";
import type { Ways } from "./ways";

export class CallVerbs {
  constructor(
    private readonly ways: Ways,
    /** That the agent's own telephone rings soon because of what she asked for here, or that it does not. */
    private readonly expectRinging: (comes: boolean) => void,
  ) {}

  mute(contactId: string, muted: boolean): Promise<boolean> {
    return this.control(contactId, { mute: { muted } });
  }

  digits(contactId: string, digits: string): Promise<boolean> {
    return this.control(contactId, { digits: { digits } });
  }

  pauseRecording(contactId: string, paused: boolean): Promise<boolean> {
    return this.control(contactId, { pauseRecording: { paused } });
  }

  dialOut(contactId: string, number: string): Promise<boolean> {
    return this.control(contactId, { dialOut: { number } });
  }

  join(contactId: string): Promise<boolean> {
    return this.control(contactId, { join: {} });
  }

  drop(contactId: string, legId: string): Promise<boolean> {
    return this.control(contactId, { drop: { legId } });
  }

  passOutside(contactId: string, to: { number: string } | { legId: string }): Promise<boolean> {
    return this.control(contactId, { passOutside: to });
  }

  /** Rings the customer of a contact whose call is gone, or who is to be called back. */
  dialCustomer(contactId: string): Promise<boolean> {
    return this.ringing(() => this.control(contactId, { dialCustomer: {} }));
  }

  /** Comes into somebody's call, changes how, or with UNSPECIFIED leaves. */
  supervise(contactId: string, mode: SupervisionMode): Promise<boolean> {
    const come = () => this.control(contactId, { supervise: { mode } });
    return mode === "SUPERVISION_MODE_UNSPECIFIED" ? come() : this.ringing(come);
  }

  consult(contactId: string, target: { toQueue: string } | { toAgent: string }): Promise<boolean> {
    return this.ways.act({ consult: { requestId: newId(), contactId, ...target } });
  }

  /** Calls a number; its contact is shown when it is there. */
  place(call: PlaceCall): Promise<boolean> {
    return this.ringing(() => this.placed(call));
  }

  private async placed(call: PlaceCall): Promise<boolean> {
    try {
      const { contact } = await this.ways.ask({ placeCall: { requestId: newId(), call } });
      const { store } = this.ways;
      if (findContact(store.state.desk, contact?.id)) store.dispatch({ kind: "select", contactId: contact?.id });
      return true;
    } catch (error) {
      this.ways.tell(error as SessionError);
      return false;
    }
  }

  private async ringing(verb: () => Promise<boolean>): Promise<boolean> {
    this.expectRinging(true);
    const done = await verb();
    if (!done) this.expectRinging(false);
    return done;
  }

  private control(contactId: string, control: CallControl): Promise<boolean> {
    return this.ways.act({ controlCall: { contactId, control } });
  }
}
