// SPDX-License-Identifier: Apache-2.0
// The sound of ringing, made here: two tones for a second, three of silence.
const tones = [440, 480];
const everyMs = 4_000;
const forSeconds = 1;

let audio: AudioContext | undefined;

export class Ringer {
  private timer?: ReturnType<typeof setInterval>;

  constructor(private readonly wanted: () => boolean) {}

  ring(on: boolean): void {
    clearInterval(this.timer);
    this.timer = undefined;
    if (!on || !this.wanted()) return;
    burst();
    this.timer = setInterval(burst, everyMs);
  }
}

function burst(): void {
  audio ??= new AudioContext();
  if (audio.state === "suspended") void audio.resume();
  const start = audio.currentTime;
  const gain = audio.createGain();
  gain.gain.setValueAtTime(0, start);
  gain.gain.linearRampToValueAtTime(0.08, start + 0.03);
  gain.gain.setValueAtTime(0.08, start + forSeconds - 0.05);
  gain.gain.linearRampToValueAtTime(0, start + forSeconds);
  gain.connect(audio.destination);
  for (const hertz of tones) {
    const oscillator = audio.createOscillator();
    oscillator.frequency.value = hertz;
    oscillator.connect(gain);
    oscillator.start(start);
    oscillator.stop(start + forSeconds);
  }
}
