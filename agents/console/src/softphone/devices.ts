// SPDX-License-Identifier: Apache-2.0
// Microphone and loudspeaker: which the agent chose, asked of the browser.
import type { PhoneProblem } from "../state/phone";

export interface Devices {
  input: string;
  output: string;
}

const key = "usher.phone.devices";

export function chosenDevices(): Devices {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? "{}");
    const { input, output } = (kept ?? {}) as Partial<Devices>;
    return { input: input ?? "", output: output ?? "" };
  } catch {
    return { input: "", output: "" };
  }
}

export function chooseDevices(devices: Devices): void {
  localStorage.setItem(key, JSON.stringify(devices));
}

/** Fails with a PhoneProblem. */
export async function openMicrophone(): Promise<MediaStream> {
  // Browsers have none on pages that are neither https nor of this machine.
  if (!navigator.mediaDevices) throw "insecure" satisfies PhoneProblem;
  const { input } = chosenDevices();
  const sound = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  try {
    // The chosen one may be unplugged: then any is better than none.
    return await navigator.mediaDevices.getUserMedia({ audio: input ? { ...sound, deviceId: { ideal: input } } : sound });
  } catch (error) {
    const refused = (error as DOMException).name === "NotAllowedError";
    throw (refused ? "microphone-refused" : "no-microphone") satisfies PhoneProblem;
  }
}

/** Named only once the microphone was allowed. */
export async function listDevices(kind: "audioinput" | "audiooutput"): Promise<MediaDeviceInfo[]> {
  const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  return all.filter((one) => one.kind === kind && one.deviceId !== "" && one.label !== "");
}

export class Loudspeaker {
  private readonly audio = new Audio();

  play(sound: MediaStream | undefined): void {
    this.audio.srcObject = sound ?? null;
    if (!sound) return;
    void this.choose().finally(() => this.audio.play().catch(() => undefined));
  }

  /** Takes the chosen one where the browser lets pages choose. */
  async choose(): Promise<void> {
    const { output } = chosenDevices();
    await this.audio.setSinkId?.(output).catch(() => undefined);
  }
}
