// SPDX-License-Identifier: Apache-2.0
// The agent's telephone in this browser, joined to the console: when there is one, whose offer rings,
// and that it is mute when the call says so.
import type { Store } from "../app/store";
import { loadPreferences } from "../app/preferences";
import { legOf } from "../state/call";
import { ringsFor } from "../state/phone";
import type { State } from "../state/state";
import type { Offer } from "../wire/usher/routing/v1/contact";
import { claim } from "./claim";
import { Loudspeaker, openMicrophone } from "./devices";
import { forgetPassword, forgetPasswordOfTab, keepPassword, keptPassword } from "./password";
import { Ringer } from "./ringer";
import { type PhoneSettings, readSettings } from "./settings";
import type { OpenLine } from "./sip_line";
import { Softphone } from "./softphone";

declare const SIP_URL: string;

const readAgainMs = 10_000;

export class Telephone {
  private readonly loudspeaker = new Loudspeaker();
  private readonly phone: Softphone;
  private settings?: PhoneSettings;
  private token?: string;
  /** The console has no session any more; the call that goes on is not cut for it. */
  private ending = false;

  constructor(private readonly store: Store) {
    const ringer = new Ringer(() => loadPreferences().sound);
    this.phone = new Softphone({
      library: async () => ((await import(`./${SIP_URL}`)) as { openLine: OpenLine }).openLine,
      microphone: openMicrophone,
      claim,
      play: (sound) => this.loudspeaker.play(sound),
      ring: (on) => ringer.ring(on),
      after: (ms, then) => {
        const timer = setTimeout(then, ms);
        return () => clearTimeout(timer);
      },
      now: () => Date.now(),
      tell: (phone) => {
        // It is wrong: not tried again with the next page.
        if (phone.problem === "password-refused" && this.settings) forgetPassword(this.settings.user, this.settings.domain);
        store.dispatch({ kind: "phone", phone });
      },
    });
    store.subscribe(() => {
      this.phone.mute(isMuted(store.state));
      if (this.ending && !store.state.phone.call) this.end();
    });
    addEventListener("online", () => this.phone.hurry());
    // The telephone system rings nobody who is gone.
    addEventListener("pagehide", () => this.phone.signOut(store.state.phone.status));
  }

  get user(): string {
    return this.settings?.user ?? "";
  }

  /** For an agent who takes calls; a second time for the same one does nothing. */
  begin(token: string): void {
    if (token === this.token) return;
    this.token = token;
    this.ending = false;
    void this.read(token);
  }

  /** At the console's sign-out: whatever goes on. */
  leave(): void {
    if (this.settings) forgetPasswordOfTab(this.settings.user, this.settings.domain);
    this.stop();
  }

  /** The console's session is over; the telephone's is when its call is. */
  end(): void {
    this.token = undefined;
    this.ending = this.store.state.phone.call !== undefined;
    if (!this.ending) this.stop();
  }

  private stop(): void {
    this.token = undefined;
    this.ending = false;
    this.settings = undefined;
    this.phone.signOut("absent");
  }

  signIn(password: string, forGood: boolean): void {
    if (!this.settings) return;
    keepPassword(this.settings.user, this.settings.domain, password, forGood);
    this.phone.signIn({ ...this.settings, password });
  }

  signOut(): void {
    if (this.settings) forgetPassword(this.settings.user, this.settings.domain);
    this.phone.signOut();
  }

  /** Registers here: instead of in another tab, or at once. */
  take(): void {
    if (this.store.state.phone.status === "elsewhere") this.phone.take();
    else this.phone.hurry();
  }

  /** True when the offer's call rings here, so that answering is accepting. */
  ringsFor(offer: Offer): boolean {
    const { phone, clock } = this.store.state;
    return ringsFor(phone, offer, clock.offsetMs);
  }

  answer(ofDesk: boolean): Promise<boolean> {
    return this.phone.answer(ofDesk);
  }

  hangUp(): void {
    this.phone.end();
  }

  /** See Softphone.expect. */
  expect(comes: boolean): void {
    this.phone.expect(comes);
  }

  mute(muted: boolean): void {
    this.phone.mute(muted);
  }

  chooseLoudspeaker(): void {
    void this.loudspeaker.choose();
  }

  private async read(token: string): Promise<void> {
    let settings: PhoneSettings | undefined;
    try {
      settings = await readSettings(token);
    } catch {
      setTimeout(() => token === this.token && void this.read(token), readAgainMs);
      return;
    }
    if (token !== this.token || !settings) return;
    // The same person is back while her call went on.
    if (this.store.state.phone.call && this.settings?.user === settings.user) return;
    this.settings = settings;
    const password = keptPassword(settings.user, settings.domain);
    if (password) this.phone.signIn({ ...settings, password });
    else this.phone.offer();
  }
}

/** Whether the call in which the agent is has her muted. */
function isMuted(state: State): boolean {
  const { call } = state.phone;
  if (!call?.ofDesk) return call?.muted ?? false;
  const me = state.me?.subject ?? "";
  return Object.values(state.calls).some((one) => legOf(one, me)?.muted === true);
}
